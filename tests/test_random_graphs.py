"""Random programs: first and second derivatives against differences in 60-digit arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import grad, hessian, hvp, value_and_grad

mpmath.mp.dps = 60


class ByMpmath:
    """The functions the programs use, on mpmath's numbers."""

    sin, cos, tanh, exp, sqrt = mpmath.sin, mpmath.cos, mpmath.tanh, mpmath.exp, mpmath.sqrt
    log1p, erf, arctan2, arctan = mpmath.log1p, mpmath.erf, mpmath.atan2, mpmath.atan
    arcsinh, expm1, hypot = mpmath.asinh, mpmath.expm1, mpmath.hypot

    @staticmethod
    def sigmoid(x):
        return 1 / (1 + mpmath.exp(-x))

    @staticmethod
    def softplus(x):
        return mpmath.log1p(mpmath.exp(x))

    @staticmethod
    def maximum(x, y):
        # At a kink the derivative is a convention; differences across it say nothing.
        assume(abs(x - y) > 1e-9)
        return max(x, y)

    @staticmethod
    def absolute(x):
        assume(abs(x) > 1e-9)
        return abs(x)

    @staticmethod
    def where(condition, x, y):
        return x if condition else y

    @staticmethod
    def dot(w, x, b):
        return sum((p * q for p, q in zip(w, x, strict=True)), b)

    @staticmethod
    def sum(xs):
        return sum(xs)

    @staticmethod
    def prod(xs):
        return mpmath.fprod(xs)

    @staticmethod
    def norm(xs):
        return mpmath.norm(xs)

    @staticmethod
    def logsumexp(xs):
        return mpmath.log(sum(map(mpmath.exp, xs)))

    @staticmethod
    def variance(xs):
        center = sum(xs) / len(xs)
        return sum((x - center) ** 2 for x in xs) / len(xs)


# Steps on two earlier numbers a and b; the results stay of moderate size and off all poles.
STEPS: list[Callable[[Any, Any, Any], Any]] = [
    lambda f, a, b: a + b,
    lambda f, a, b: 0.5 * a - b,
    lambda f, a, b: f.tanh(a * b),
    lambda f, a, b: a / (1.5 + b * b),
    lambda f, a, b: (1.0 + a * a) ** (0.25 * f.sin(b)),
    lambda f, a, b: f.sin(a) * f.cos(b),
    lambda f, a, b: f.exp(-a * a) + b,
    lambda f, a, b: f.log1p(a * a) - b,
    lambda f, a, b: f.sqrt(1.0 + a * a),
    lambda f, a, b: f.sigmoid(a) - f.softplus(b),
    lambda f, a, b: f.arctan2(a, 2.0 + b * b),
    lambda f, a, b: f.hypot(a, 1.0 + b * b),
    lambda f, a, b: f.erf(a) * f.arctan(b),
    lambda f, a, b: f.arcsinh(a) + f.expm1(f.tanh(b)),
    lambda f, a, b: f.maximum(a, b + 0.0625),
    lambda f, a, b: f.where(f.maximum(a, b) > b, f.sin(a), b * b / (1.0 + b * b)),
    lambda f, a, b: f.dot([a, b, 0.5], [b, a, a], b),
    lambda f, a, b: f.sum([a, b, a, 2.0]),
    lambda f, a, b: f.tanh(f.prod([a, b, a])),
    lambda f, a, b: f.norm([a, b, 1.0]),
    lambda f, a, b: f.logsumexp([a, b, a - b]),
    lambda f, a, b: f.tanh(f.variance([a, b, 1.0])),
    lambda f, a, b: f.absolute(a - 7.0) + b**3 / (10.0 + b**4),
]

programs = st.lists(
    st.tuples(st.sampled_from(range(len(STEPS))), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=8,
)
points = st.lists(st.floats(-2, 2).map(lambda x: round(x, 6)), min_size=2, max_size=3)


def run(program: Any, functions: Any, numbers: Any) -> Any:
    values = list(numbers)
    for step, i, j in program:
        values.append(STEPS[step](functions, values[-1 - i % len(values)], values[j % len(values)]))
    return values[-1] + 0.25 * values[-1 - len(values) // 2]


def differences(f: Callable[[list[Any]], Any], point: list[float], i: int) -> Any:
    """The derivative of ``f`` in its ith number, to about 30 digits away from kinks."""
    step = mpmath.mpf(10) ** -20
    above, below = ([mpmath.mpf(x) for x in point] for _ in range(2))
    above[i] += step
    below[i] -= step
    return (f(above) - f(below)) / (2 * step)


@given(program=programs, point=points)
def test_gradient(program, point):
    value, gradient = value_and_grad(lambda xs: run(program, autograd, xs))(point)
    reference = lambda xs: run(program, ByMpmath, xs)  # noqa: E731
    assert value == pytest.approx(float(reference([mpmath.mpf(x) for x in point])), rel=1e-10)
    expected = [float(differences(reference, point, i)) for i in range(len(point))]
    scale = max(map(abs, expected), default=0.0)
    assert gradient == pytest.approx(expected, rel=1e-9, abs=1e-10 * (1.0 + scale))


@given(program=programs, point=points)
def test_hessian_and_its_products(program, point):
    def f(xs):
        return run(program, autograd, xs)

    def reference(xs):
        return run(program, ByMpmath, xs)

    rows = hessian(f)(point)
    expected = [
        [
            float(differences(lambda xs, i=i: differences(reference, xs, i), point, j))
            for j in range(len(point))
        ]
        for i in range(len(point))
    ]
    scale = max(abs(x) for row in expected for x in row)
    for row, row_expected in zip(rows, expected, strict=True):
        assert row == pytest.approx(row_expected, rel=1e-8, abs=1e-9 * (1.0 + scale))
    direction = [1.0, -0.5, 0.25][: len(point)]
    (product,) = hvp(f, (point,), (direction,))
    for entry, row in zip(product, rows, strict=True):
        dotted = sum(a * b for a, b in zip(row, direction, strict=True))
        assert entry == pytest.approx(dotted, rel=1e-8, abs=1e-9 * (1.0 + scale))


@given(program=programs, point=points)
def test_backward_agrees_with_grad(program, point):
    leaves = [autograd.Value(x) for x in point]
    run(program, autograd, leaves).backward()
    gradient = grad(lambda xs: run(program, autograd, xs))(point)
    assert [leaf.grad for leaf in leaves] == gradient
