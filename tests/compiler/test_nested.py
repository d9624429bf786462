"""The eager transforms inside compiled functions."""

from __future__ import annotations

import functools
import importlib.util
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, compiler, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from tests.test_random_graphs import programs, run

needs_llvm = pytest.mark.skipif(
    importlib.util.find_spec("llvmlite") is None, reason="machine code needs llvmlite"
)


@pytest.fixture(params=["numpy", pytest.param("llvm", marks=needs_llvm)])
def compile(request):
    return functools.partial(compiler.compile, backend=request.param)


def rosenbrock(x):
    return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in zip(x[:-1], x[1:]))


def curve(x):
    return {"a": autograd.sin(x[0]) * x[1], "b": [x * x[2], 3.0, x[0]]}


POINT, DIRECTION = np.array([0.3, -0.7, 1.2]), np.array([1.0, 2.0, -0.5])
COTANGENT = {"a": 2.0, "b": [DIRECTION, 5.0, -1.0]}

close = functools.partial(np.testing.assert_allclose, rtol=1e-12, atol=1e-12)


def same(actual, expected):
    """Both of one structure, all numbers close."""
    if isinstance(expected, dict):
        assert list(actual) == list(expected)
        actual, expected = list(actual.values()), list(expected.values())
    if isinstance(expected, (list, tuple)):
        assert type(actual) is type(expected)
        for a, b in zip(actual, expected, strict=True):
            same(a, b)
    else:
        assert np.shape(actual) == np.shape(expected)
        close(actual, expected)


@pytest.mark.parametrize(
    "f",
    [
        grad(rosenbrock),
        value_and_grad(rosenbrock),
        hessian(rosenbrock),
        jacobian(curve),
        jacobian(grad(rosenbrock)),
        grad(lambda x: autograd.sum(grad(rosenbrock)(x) ** 2)),
        lambda x: jvp(curve, (x,), (DIRECTION,)),
        lambda x: jvp(lambda v: jvp(curve, (v,), (DIRECTION,))[1], (x,), (x * 2.0,)),
        lambda x: vjp(curve, x)[1](COTANGENT),
        lambda x: vjp(lambda v: [v[0], v[0]], x)[1]([2.0, x[1]]),
        lambda x: hvp(rosenbrock, (x,), (x + DIRECTION,)),
        autograd.elementwise_grad(lambda t: t**3 + autograd.exp(t)),
        grad(lambda x: 7.0),
        jacobian(lambda x: [x[0], 2.0]),
    ],
)
def test_every_transform(compile, f):
    same(compile(f)(POINT), f(POINT))


def test_over_samples_and_differentiated_again(compile):
    f = compile(lambda x: autograd.sum(grad(rosenbrock)(x) ** 2), in_axes=0)
    points = np.random.default_rng(0).standard_normal((6, 3))
    values, gradients = f.value_and_grad(points)
    expected = [grad(rosenbrock)(p) for p in points]
    close(values, [(g * g).sum() for g in expected])
    close(gradients, [2.0 * hessian(rosenbrock)(p) @ g for p, g in zip(points, expected)])
    close(compile(grad(rosenbrock)).jacobian(POINT), hessian(rosenbrock)(POINT))


def test_what_else_is_computed_of_a_variable_is_constant(compile):
    # Siskind & Pearlmutter 2005, "Perturbation confusion and referential transparency".
    f = compile(lambda x: x * grad(lambda y: x + y)(x * 0.0 + 1.0))
    assert f.value_and_grad(5.0) == (5.0, 1.0)
    f = compile(lambda x: grad(lambda y: x * y * y)(x))  # 2xy at y = x
    assert f.value_and_grad(3.0) == (18.0, 12.0)
    f = compile(grad(lambda x: x * grad(lambda y: x * y)(x)))
    assert f(3.0) == 6.0


def test_several_arguments_and_numbers_among_them(compile):
    def f(x, y):
        return x[0] * x[1] * y["k"] ** 2

    together = compile(lambda x: grad(f, (0, 1))([x, 3.0], {"k": 2.0}))
    assert together(5.0) == ([12.0, 20.0], {"k": 60.0})
    outside = Value(4.0)
    read = compile(lambda x: grad(lambda v: v[0] * v[1] * outside)([x, outside]))
    assert read(3.0) == [16.0, 12.0]
    outside.data = 5.0
    assert read(3.0) == [25.0, 15.0]


def test_with_respect_to_a_plain_number(compile):
    assert compile(lambda x: grad(lambda y: x * y * y)(3.0)).value_and_grad(2.0) == (12.0, 6.0)
    assert compile(lambda x: x * grad(lambda y: y * y)(3.0)).value_and_grad(2.0) == (12.0, 6.0)


def test_only_one_number_has_a_gradient():
    with pytest.raises(TypeError, match="grad wants a function that returns one number"):
        compiler.compile(lambda x: grad(lambda y: [y, y])(x))(2.0)


def test_compiled_functions_are_differentiated_as_parts(compile):
    square = compile(lambda x: x * x)
    assert compile(grad(lambda x: square(square(x))))(3.0) == 108.0


def test_branches_on_derivatives(compile):
    def newton(x):
        for _ in range(50):
            value, slope = value_and_grad(lambda t: t * t * t - 2.0)(x)
            if abs(value) < 1e-12:
                break
            x = x - value / slope
        return x

    f = compile(newton, in_axes=0, branches="guard")
    close(f(np.array([1.0, 2.0, 9.0])), 2.0 ** (1.0 / 3.0))


def test_source_of_derivatives():
    f = compiler.compile(lambda x: autograd.sum(grad(rosenbrock)(x) ** 2), backend="numpy")
    names = {}
    exec(f.source("python", POINT), names)
    (function,) = [v for k, v in names.items() if k.endswith("value_and_grad")]
    value, gradient = function(POINT.tolist())
    expected, expected_gradient = f.value_and_grad(POINT)
    assert value == pytest.approx(expected, rel=1e-12)
    assert gradient == pytest.approx(expected_gradient.tolist(), rel=1e-12)


def test_derivatives_travel_as_a_part_of_the_tape(compile):
    f = compile(lambda x: grad(rosenbrock)(x))
    expected = f(POINT)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(f))(POINT), expected)


@given(program=programs, seed=st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_random_programs(program, seed):
    numbers = np.random.default_rng(seed).uniform(-2, 2, 4)

    def f(x):
        return run(program, autograd, [*x])

    expected = grad(f)(numbers)
    found = compiler.compile(grad(f), backend="numpy")(numbers)
    scale = 1.0 + np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * scale)
