"""SciPy's solvers on a valley of many variables."""

from __future__ import annotations

import re

import numpy as np
import pytest

import autograd
from demos import rosenbrock


def test_all_solvers_find_a_minimum():
    optimize = pytest.importorskip("scipy.optimize")
    f = autograd.compile(rosenbrock.rosenbrock)
    x0 = np.full(30, rosenbrock.START)
    assert f(x0) == pytest.approx(optimize.rosen(x0), rel=1e-14)
    for name, (asks_for, solver) in rosenbrock.solvers(f).items():
        way = rosenbrock.solve(f, name, asks_for, solver, x0)
        assert way.slopes[0] == pytest.approx(np.abs(optimize.rosen_der(x0)).max(), rel=1e-12)
        assert way.slopes[-1] <= rosenbrock.REACHED


def test_newton_where_the_function_bends_down():
    pytest.importorskip("scipy")
    f = autograd.compile(rosenbrock.rosenbrock)
    points = [np.array([0.0, 1.0])]  # the Hessian has a negative eigenvalue here
    assert np.linalg.eigvalsh(f.hessian(points[0])).min() < 0.0
    rosenbrock.newton(f, points[0], points.append)
    np.testing.assert_allclose(points[-1], 1.0, rtol=1e-5)
    values = [f(x) for x in points]
    assert values == sorted(values, reverse=True)


def test_the_demo(run_lesson):
    pytest.importorskip("scipy")
    printed = run_lesson("rosenbrock", "--variables", "40")
    assert "118 of 1,600 entries can differ from zero" in printed
    iterations = re.findall(r"^(?:L-BFGS-B|trust-krylov|Newton) .* (\d+) +\de", printed, re.M)
    assert int(iterations[0]) > int(iterations[1]) > int(iterations[2])
