"""Operations in machine code, against NumPy, eager Values and 50-digit arithmetic."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from autograd.compiler.kernel import Kernel
from autograd.primitive import BUILT_IN
from autograd.rule import TABLE

pytest.importorskip("llvmlite")

from autograd.compiler import emit_llvm
from autograd.compiler.emit_llvm import compile_kernel
from tests.compiler.kernels import (
    LANES,
    SHORTER,
    WIDTH,
    compile_with_width,
    instruction,
    kernel_of,
    run,
)

pytestmark = pytest.mark.usefixtures("scratch_memory_full_of_nan")

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 2.5, -7.25, 1e308, -1e308, 5e-324, 1e-310]
SPECIAL += [math.inf, -math.inf, math.nan, 709.0, 710.0, -745.0, -800.0, 1e22, 1.0 + 2.0**-52]
OPERATIONS = sorted(name for name, rule in TABLE.items() if not rule.variadic)

# NumPy takes the larger of two zeros, has one zero for the sign of zero, and clips to nan; eager
# Values do not.
EAGER = ("maximum", "minimum", "sign", "clip")


def elementwise(operation: str, operands: int, space: str = "in") -> Kernel:
    sources = [(space, k) for k in range(operands)]
    return kernel_of([instruction(operation, ("out", 0), *sources)])


def reference(operation: str, xs: list[float]) -> float:
    """NumPy's value where NumPy has the function, else the eager one; nan where that raises."""
    if hasattr(np, operation) and operation not in EAGER:
        with np.errstate(all="ignore"):
            return float(getattr(np, operation)(*[np.array([x]) for x in xs])[0])
    try:
        return float(TABLE[operation].value(*xs))
    except (ArithmeticError, ValueError):
        return math.nan


def agree(x: float, y: float) -> bool:
    """To 4 ulp and, for zeros, in sign; nan agrees with nan."""
    if math.isnan(y) or math.isinf(y):
        return math.isnan(x) if math.isnan(y) else x == y
    return abs(x - y) <= 4 * math.ulp(y) and (
        y != 0.0 or math.copysign(1, x) == math.copysign(1, y)
    )


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name in BUILT_IN])
def test_every_operation_at_special_numbers(operation: str) -> None:
    operands = len(TABLE[operation].partials)
    numbers = SPECIAL if operands < 3 else SPECIAL[:7] + [math.inf, math.nan]
    points = np.array(list(itertools.product(numbers, repeat=operands)))
    kernel = elementwise(operation, operands)
    for width in (1, *SHORTER, WIDTH):
        single = width == 1
        compiled = compile_kernel(kernel, 1) if single else compile_with_width(kernel, width, 1)
        out, _ = run(compiled, points, np.empty(0), np.empty(0))
        for point, y in zip(points.tolist(), out[:, 0].tolist()):
            expected = reference(operation, point)
            assert agree(y, expected), (operation, width, point, y, expected)


def test_a_condition_that_is_nan_is_true() -> None:
    assert bool(math.nan)
    compiled = compile_kernel(elementwise("where", 3))
    out, _ = run(compiled, np.array([[math.nan, 1.0, 2.0]]), np.empty(0), np.empty(0))
    assert out[0, 0] == 1.0


@pytest.mark.parametrize("space", ["par", "const"])
def test_operands_that_are_the_same_for_all_samples(space: str) -> None:
    numbers = [3.0, -0.5, 2.0]
    kernel = elementwise("fma", 3, space)
    if space == "const":
        kernel = kernel_of(kernel.loops.items, numbers)
    par = np.array(numbers if space == "par" else [])
    for lanes in LANES:
        out, _ = run(compile_kernel(kernel, lanes), np.empty((11, 0)), par, np.empty(0))
        np.testing.assert_array_equal(out, np.full((11, 1), 0.5))


# Accuracy
# --------


def logarithmic(low: float, high: float) -> np.ndarray:
    """Numbers of all magnitudes between two, of both signs."""
    rng = np.random.default_rng(1)
    sizes = np.exp(rng.uniform(math.log(low), math.log(high), 150))
    return sizes * rng.choice([-1.0, 1.0], 150)


def uniform(low: float, high: float) -> np.ndarray:
    return np.random.default_rng(2).uniform(low, high, 150)


ACCURACY = {
    "exp": [uniform(-745, 709), logarithmic(1e-9, 9), uniform(-1, 1)],
    "exp2": [uniform(-1070, 1023), logarithmic(1e-9, 9)],
    "expm1": [uniform(-40, 709), logarithmic(1e-300, 9)],
    "log": [abs(logarithmic(1e-310, 1e308)), uniform(0.5, 2)],
    "log2": [abs(logarithmic(1e-310, 1e308)), uniform(0.5, 2)],
    "log10": [abs(logarithmic(1e-310, 1e308)), uniform(0.5, 2)],
    "log1p": [abs(logarithmic(1e-310, 1e308)), logarithmic(1e-300, 0.9)],
    "sin": [uniform(-10, 10), logarithmic(1e-300, 1e15)],
    "cos": [uniform(-10, 10), logarithmic(1, 1e15)],
    "tan": [uniform(-10, 10), logarithmic(1e-300, 1e15)],
    "arcsin": [uniform(-1, 1), logarithmic(1e-300, 1)],
    "arccos": [uniform(-1, 1), 1 - abs(logarithmic(1e-15, 1))],
    "arctan": [uniform(-5, 5), logarithmic(1e-300, 1e300)],
    "sinh": [uniform(-709, 709), logarithmic(1e-300, 5)],
    "cosh": [uniform(-709, 709), logarithmic(1e-3, 5)],
    "tanh": [uniform(-20, 20), logarithmic(1e-310, 5), uniform(-1, 1)],
    "arcsinh": [uniform(-5, 5), logarithmic(1e-300, 1e300)],
    "arccosh": [1 + abs(logarithmic(1e-15, 1e300))],
    "arctanh": [uniform(-1, 1), logarithmic(1e-300, 1)],
    "erf": [uniform(-6, 6), logarithmic(1e-300, 1)],
    "erfc": [uniform(-6, 26), logarithmic(1e-300, 1)],
    "cbrt": [logarithmic(1e-310, 1e308)],
    "sigmoid": [uniform(-700, 40), logarithmic(1e-9, 5)],
    "softplus": [uniform(-700, 700), uniform(-5, 5)],
    "logsigmoid": [uniform(-700, 700), uniform(-5, 5)],
    "silu": [uniform(-700, 700), uniform(-5, 5)],
}

EXACT: dict[str, Callable[..., Any]] = {
    "exp2": lambda x: mpmath.mpf(2) ** x,
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "arcsin": mpmath.asin,
    "arccos": mpmath.acos,
    "arctan": mpmath.atan,
    "arcsinh": mpmath.asinh,
    "arccosh": mpmath.acosh,
    "arctanh": mpmath.atanh,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "logsigmoid": lambda x: -mpmath.log1p(mpmath.exp(-x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
}


def ulps(y: float, exact: Any) -> float:
    """The error of y in units in the last place."""
    return float(abs(y - exact)) / math.ulp(float(exact)) if float(exact) else float(y != 0.0)


@pytest.mark.parametrize("operation", ACCURACY)
def test_accuracy(operation: str) -> None:
    points = np.concatenate(ACCURACY[operation])[:, None]
    function = EXACT.get(operation) or getattr(mpmath, operation)
    for lanes in (1, WIDTH):
        compiled = compile_kernel(elementwise(operation, 1), lanes)
        out, _ = run(compiled, points, np.empty(0), np.empty(0))
        with mpmath.workdps(350 if operation in ("log1p", "expm1", "tanh", "sinh") else 50):
            for x, y in zip(points[:, 0].tolist(), out[:, 0].tolist()):
                assert ulps(y, function(mpmath.mpf(x))) <= 4, (operation, lanes, x, y)


@pytest.mark.parametrize("width", SHORTER)
@pytest.mark.parametrize("operation", ["exp", "tanh", "log"])
def test_accuracy_of_shorter_vectors(operation: str, width: int) -> None:
    points = np.concatenate(ACCURACY[operation])[:, None]
    compiled = compile_with_width(elementwise(operation, 1), width, 1)
    out, _ = run(compiled, points, np.empty(0), np.empty(0))
    with mpmath.workdps(50 if operation != "tanh" else 350):
        for x, y in zip(points[:, 0].tolist(), out[:, 0].tolist()):
            assert ulps(y, getattr(mpmath, operation)(mpmath.mpf(x))) <= 4, (x, y)


@pytest.mark.parametrize("operation", ["power", "hypot", "arctan2"])
def test_accuracy_of_two_operands(operation: str) -> None:
    x, y = logarithmic(1e-5, 1e5), uniform(-20, 20)
    points = np.stack([abs(x) if operation == "power" else x, y], axis=1)
    function = {"power": mpmath.power, "hypot": mpmath.hypot, "arctan2": mpmath.atan2}[operation]
    for lanes in (1, WIDTH):
        compiled = compile_kernel(elementwise(operation, 2), lanes)
        out, _ = run(compiled, points, np.empty(0), np.empty(0))
        with mpmath.workdps(50):
            for (a, b), z in zip(points.tolist(), out[:, 0].tolist()):
                assert ulps(z, function(mpmath.mpf(a), mpmath.mpf(b))) <= 4, (a, b, z)


def test_without_vector_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emit_llvm, "vector_library", lambda llvm: frozenset())
    compiled = compile_kernel(elementwise("arctan", 1))
    assert "_ZGV" not in compiled.ir()
    points = uniform(-3, 3)[:, None]
    out, _ = run(compiled, points, np.empty(0), np.empty(0))
    np.testing.assert_allclose(out, np.arctan(points), rtol=1e-15)
