"""SciPy's solvers are given compiled functions and their derivatives as they are."""

from __future__ import annotations

import numpy as np
import pytest

from autograd import compile, exp, sin, where

optimize = pytest.importorskip("scipy.optimize", reason="these tests are about SciPy")
integrate = pytest.importorskip("scipy.integrate")


def rosenbrock(x):
    return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in zip(x[:-1], x[1:]))


START = np.array([1.3, 0.7, 0.8, 1.9, 1.2])


def test_minimize_with_gradient():
    f = compile(rosenbrock)
    found = optimize.minimize(f.value_and_grad, START, jac=True)
    assert found.success
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)
    assert optimize.minimize(f, START, jac=f.grad, method="L-BFGS-B").success


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-exact", "trust-constr"])
def test_minimize_with_hessian(method):
    f = compile(rosenbrock)
    found = optimize.minimize(
        f.value_and_grad, START, jac=True, hess=f.hessian, method=method, tol=1e-9
    )
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov"])
def test_minimize_with_products(method):
    f = compile(rosenbrock)
    found = optimize.minimize(
        f.value_and_grad, START, jac=True, hessp=f.hvp, method=method, tol=1e-9
    )
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)


def test_minimize_with_further_arguments():
    def penalized(x, weight, center):
        return rosenbrock(x) + weight * ((x - center) ** 2).sum()

    f = compile(penalized)
    given = {"jac": True, "args": (0.5, np.zeros(5)), "method": "Newton-CG"}
    by_products = optimize.minimize(f.value_and_grad, START, hessp=f.hvp, **given)
    by_hessian = optimize.minimize(f.value_and_grad, START, hess=f.hessian, **given)
    by_differences = optimize.minimize(lambda x, *args: f(x, *args), START, args=given["args"])
    np.testing.assert_allclose(by_products.x, by_differences.x, atol=1e-4)
    np.testing.assert_allclose(by_hessian.x, by_differences.x, atol=1e-4)


def test_constraints():
    circle = compile(lambda x: np.array([x[0] ** 2 + x[1] ** 2, x[0] * x[1]]))
    f = compile(rosenbrock)
    constraint = optimize.NonlinearConstraint(
        circle, [0.0, 0.0], [0.5, 1.0], jac=circle.jacobian, hess=lambda x, v: hessian(x, v)
    )

    @compile
    def weighted(x, v):
        return v[0] * (x[0] ** 2 + x[1] ** 2) + v[1] * x[0] * x[1]

    hessian = weighted.hessian
    found = optimize.minimize(
        f.value_and_grad,
        np.array([0.3, 0.2]),
        jac=True,
        hess=f.hessian,
        method="trust-constr",
        constraints=[constraint],
    )
    assert circle(found.x)[0] == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_least_squares(method):
    t = np.linspace(0.0, 4.0, 30)
    y = 2.5 * np.exp(-1.3 * t) + 0.5

    def residuals(p, t, y):
        return p[0] * np.exp(-p[1] * t) + p[2] - y

    f = compile(residuals)
    start = np.array([1.0, 1.0, 0.0])
    found = optimize.least_squares(f, start, jac=f.jacobian, args=(t, y), method=method)
    np.testing.assert_allclose(found.x, [2.5, 1.3, 0.5], rtol=1e-6)


@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_root(method):
    @compile
    def equations(x):
        return np.array([x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1.0, 0.5 * (x[1] - x[0]) ** 3 + x[1]])

    found = optimize.root(equations, np.zeros(2), jac=equations.jacobian, method=method)
    assert found.success
    np.testing.assert_allclose(equations(found.x), 0.0, atol=1e-8)
    listed = compile(lambda x: [x[0] * x[0] - 2.0, x[1] - x[0]])
    found = optimize.root(listed, [1.0, 1.0], jac=listed.jacobian, method=method)
    np.testing.assert_allclose(found.x, 2.0**0.5, atol=1e-8)


def test_root_scalar():
    f = compile(lambda x: x**3 - 2.0)
    found = optimize.root_scalar(f.value_and_grad, x0=1.0, fprime=True, method="newton")
    assert found.root == pytest.approx(2.0 ** (1.0 / 3.0))
    halley = optimize.root_scalar(f, x0=1.0, fprime=f.grad, fprime2=f.hessian, method="halley")
    assert halley.root == pytest.approx(2.0 ** (1.0 / 3.0))


def test_curve_fit():
    def decay(t, height, rate, floor):
        return height * exp(-rate * t) + floor

    f = compile(decay, argnums=(1, 2, 3), in_axes=(0, None, None, None))
    t = np.linspace(0.0, 4.0, 50)
    y = f(t, 2.5, 1.3, 0.5)
    found, _ = optimize.curve_fit(f, t, y, jac=lambda t, *p: np.column_stack(f.jacobian(t, *p)))
    np.testing.assert_allclose(found, [2.5, 1.3, 0.5], rtol=1e-6)


@pytest.mark.parametrize("method", ["BDF", "Radau", "LSODA"])
def test_solve_ivp(method):
    @compile
    def robertson(t, y):
        a, b = 0.04 * y[0], 1e4 * y[1] * y[2]
        c = 3e7 * y[1] ** 2
        return np.array([b - a, a - b - c, c])

    f = compile(robertson, argnums=1)
    found = integrate.solve_ivp(
        f, (0.0, 40.0), [1.0, 0.0, 0.0], jac=f.jacobian, method=method, rtol=1e-8, atol=1e-10
    )
    assert found.success
    # Hairer & Wanner, Solving Ordinary Differential Equations II, at t = 40
    np.testing.assert_allclose(
        found.y[:, -1], [0.7158270688, 0.9185534765e-5, 0.2841637457], rtol=1e-5
    )
    assert f.jacobian(0.0, np.array([1.0, 0.0, 0.0])).shape == (3, 3)


def test_numpys_functions_on_arrays_work_inside():
    f = compile(lambda x: where(x[0] > 0.0, np.sum(np.sin(x)), sin(x[1])))
    point = np.array([0.3, -0.2])
    np.testing.assert_allclose(f.grad(point), np.cos(point))
    np.testing.assert_allclose(f.hessian(point), np.diag(-np.sin(point)))
