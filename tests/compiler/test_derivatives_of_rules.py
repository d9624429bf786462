"""Every rule's first and second derivatives, compiled, against mpmath's to 50 digits."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd
from autograd import compiler
from autograd.primitive import BUILT_IN
from autograd.rule import TABLE, Rule
from tests.compiler.test_compile import needs_llvm
from tests.test_functions import FORMULAS

Formula = Callable[..., Any]

#: Where derivatives are known to be hard: near zero, and where functions saturate or grow.
HARD = (0.0, 1e-8, -1e-8, 0.5, -0.75, 1.0, -1.0, 3.0, -3.0, 30.0, -30.0, 300.0)

#: Rules of several operands, each with mpmath's formula.
OF_SEVERAL: dict[str, Formula] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": lambda x, y: x**y,
    # Turned by some angle: where mpmath's jumps, on the negative half of the axis, is no slope.
    "arctan2": lambda y, x: mpmath.arg(mpmath.mpc(x, y) * mpmath.expj(0.7)),
    "hypot": mpmath.hypot,
    "sum": lambda *xs: sum(xs),
    "mean": lambda *xs: sum(xs) / len(xs),
    "prod": lambda *xs: mpmath.fprod(xs),
    "dot": lambda a, b, c, d: a * c + b * d,
    "norm": lambda *xs: mpmath.sqrt(sum(x * x for x in xs)),
    "logsumexp": lambda *xs: mpmath.log(sum(mpmath.exp(x) for x in xs)),
    "variance": lambda *xs: sum((x - sum(xs) / len(xs)) ** 2 for x in xs) / len(xs),
}

#: Rules with a jump or kink, which are compared with eager code where they have it.
PIECEWISE = {
    *("absolute", "relu", "leaky_relu", "elu", "selu", "maximum", "minimum", "clip", "where"),
    *("heaviside", "less", "less_equal", "equal", "sign", "floor", "ceil"),
    *("floor_divide", "remainder"),
}

OF_ONE: dict[str, Formula] = {
    name: FORMULAS[name][0] for name in FORMULAS if name in TABLE and name not in PIECEWISE
} | {"negative": lambda x: -x, "positive": lambda x: x}


def test_every_rule_is_tested_here() -> None:
    assert {*OF_ONE, *OF_SEVERAL, *PIECEWISE} == set(BUILT_IN)


def points(rule: Rule) -> list[tuple[float, ...]]:
    """Hard points inside the domain, where second derivatives exist."""
    if rule.variadic:
        return [(1.5, -2.0, 0.25, 1e-3), (30.0, 29.0, -300.0, 1.0), (3.0, 3.0, 3.0, 3.0)]
    inside = [
        [x for x in HARD if domain.low < x < domain.high or (x == 0.0 and domain.low < 0.0)]
        for domain in rule.domain
    ]
    if len(rule.domain) == 1:
        return [(x,) for x in inside[0] if not (rule.name == "cbrt" and x == 0.0)]
    chosen = [x[::3] for x in inside]
    every = [xs for xs in itertools.product(*chosen) if any(xs) and max(xs) < 30.0 * 2]
    return [*every, (0.5, 2.0), (2.0, 0.5)]


@pytest.mark.parametrize("backend", ["numpy", pytest.param("llvm", marks=needs_llvm)])
@pytest.mark.parametrize("name", [*OF_ONE, *OF_SEVERAL])
def test_derivatives_agree_with_mpmath(name: str, backend: Any) -> None:
    rule, formula = TABLE[name], OF_ONE.get(name) or OF_SEVERAL[name]
    f = compiler.compile(lambda x: rule(*x), backend=backend)
    for point in points(rule):
        first, second = by_mpmath(formula, point)
        if not (np.isfinite(first).all() and np.isfinite(second).all()):
            continue
        x = np.array(point)
        v = np.linspace(0.5, -1.5, len(x))
        # What cancels in a result of the size of 1 loses no more than its last bits.
        near = {"rtol": 1e-11, "atol": 1e-14, "err_msg": f"{name} at {point}"}
        np.testing.assert_allclose(f.grad(x), first, **near)
        np.testing.assert_allclose(f.hessian(x), second, **near)
        if backend == "numpy":  # the others are the same sweeps, and machine code takes its time
            np.testing.assert_allclose(f.jacobian(x), first, **near)
            np.testing.assert_allclose(f.vjp(x)[1](2.0), 2.0 * first, **near)
        size = {"rtol": 1e-11, "atol": 1e-11 * (1e-3 + np.abs(second).max())}
        np.testing.assert_allclose(f.hvp(x, v), second @ v, **size)
        size["atol"] = 1e-11 * (1e-3 + np.abs(first).max())
        np.testing.assert_allclose(f.jvp(x, v)[1], first @ v, **size)


@functools.cache
def by_mpmath(formula: Formula, point: tuple[float, ...]) -> tuple[Any, Any]:
    """Gradient and Hessian."""
    count = len(point)

    def derivative(*places: int) -> float:
        orders = tuple(places.count(i) for i in range(count))
        found = mpmath.diff(formula, [mpmath.mpf(x) for x in point], orders)
        return float(mpmath.re(found))

    with mpmath.workdps(50):
        first = [derivative(i) for i in range(count)]
        second = [[derivative(i, j) for j in range(count)] for i in range(count)]
    return np.array(first), np.array(second)


@pytest.mark.parametrize("backend", ["numpy", pytest.param("llvm", marks=needs_llvm)])
@pytest.mark.parametrize("name", sorted(PIECEWISE))
def test_at_ties_derivatives_are_those_of_eager_code(name: str, backend: Any) -> None:
    rule = TABLE[name]
    count = len(rule.domain)
    f = compiler.compile(lambda x: rule(*x) * x[0], backend=backend)
    for point in itertools.product((0.0, -0.0, 1.0, -1.0, 2.5), repeat=count):
        if name in ("floor_divide", "remainder") and point[1] == 0.0:
            continue
        x, v = np.array(point), np.linspace(0.5, -1.5, count)
        eager = lambda x: rule(*x) * x[0]  # noqa: E731
        gradient, hessian = autograd.grad(eager)(x), autograd.hessian(eager)(x)
        np.testing.assert_allclose(f.grad(x), gradient, rtol=1e-14, err_msg=str(point))
        np.testing.assert_allclose(f.hessian(x), hessian, rtol=1e-14, err_msg=str(point))
        np.testing.assert_allclose(f.jvp(x, v)[1], gradient @ v, rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(f.hvp(x, v), hessian @ v, rtol=1e-13, atol=1e-14)
