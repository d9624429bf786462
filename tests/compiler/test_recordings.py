"""One recording of a function serves all that is computed of it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import autograd
from autograd import compiler
from autograd.compiler import record

POINT = np.array([0.5, -1.0, 2.0])


@pytest.fixture
def runs():
    return []


def test_a_function_is_run_once_for_value_and_derivatives(runs):
    def f(x):
        runs.append(1)
        return autograd.sum(x**3)

    compiled = compiler.compile(f, backend="numpy")
    results = [
        compiled(POINT),
        compiled.grad(POINT),
        compiled.jacobian(POINT),
        compiled.hessian(POINT),
        compiled.hvp(POINT, np.ones(3)),
        compiled.jvp(POINT, np.ones(3))[1],
        compiled.vjp(POINT)[1](2.0),
    ]
    assert len(runs) == 1
    gradient, second = 3.0 * POINT**2, 6.0 * POINT
    expected = [sum(POINT**3), gradient, gradient, np.diag(second), second, sum(gradient)]
    for found, right in zip(results, [*expected, 2.0 * gradient], strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-14)


def test_another_shape_is_another_recording(runs):
    def f(x):
        runs.append(len(x))
        return x[0] * x[-1]

    compiled = compiler.compile(f, backend="numpy")
    assert compiled([2.0, 3.0]) == 6.0
    assert compiled.grad([2.0, 3.0, 4.0]) == [4.0, 0.0, 2.0]
    assert compiled.grad([2.0, 3.0]) == [3.0, 2.0]
    assert runs == [2, 3]


def test_a_function_that_failed_is_run_again(runs):
    def f(x):
        runs.append(1)
        if len(runs) == 1:
            raise LookupError("not yet")
        return x * x

    compiled = compiler.compile(f, backend="numpy")
    with pytest.raises(LookupError):
        compiled(3.0)
    assert compiled.grad(3.0) == 6.0


def test_values_from_outside_come_after_tangents():
    factor = autograd.Value(2.0)
    compiled = compiler.compile(lambda x: factor * x * x, backend="numpy")
    assert compiled(3.0) == 18.0
    assert compiled.hvp(3.0, 0.5) == 2.0
    factor.data = 4.0
    assert compiled.hvp(3.0, 0.5) == 4.0
    assert compiled.hessian(3.0) == 8.0


def test_derivatives_do_not_change_what_travels():
    factor = autograd.Value(2.0)
    for f in (lambda x: x * x * x, lambda x: factor * x * x):
        compiled = compiler.compile(f, backend="numpy")
        compiled.hvp(3.0, 1.0)
        there = pickle.loads(pickle.dumps(compiled))
        assert there(3.0) == compiled(3.0)
        assert there.hvp(3.0, 0.5) == compiled.hvp(3.0, 0.5)


def test_copies_have_tapes_of_their_own():
    structures = [autograd.structure.flatten(1.0)[1]]
    first = record.Recording(lambda x: x * 2.0, structures, ["x"])
    second = first.copied()
    third = first.copied(structures, ["tangent"])
    lines = str(first.recorder.tape)
    node = second.recorder.tape.constant(5.0)
    assert second.recorder.tape.constant(5.0) == node
    assert third.arguments == [[0], [3]]
    assert str(first.recorder.tape) == lines
    assert first.recorder.tape.constant(2.0) == second.recorder.tape.constant(2.0)
