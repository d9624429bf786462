"""Finite differences: is the true error within the error bar, and the bar small enough to be of
use? The witness is mpmath, with 60 digits."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.gradcheck.finite_differences import derivative, numerical_grad
from autograd.gradcheck.ridders import Estimate

mp = pytest.importorskip("mpmath").mp
mp.dps = 60

Function = Callable[[Any], Any]

# Each function in double precision, and what it stands for in 60 digits.
SMOOTH: dict[str, tuple[Function, Function]] = {
    "sin": (math.sin, mp.sin),
    "cos": (math.cos, mp.cos),
    "exp": (math.exp, mp.exp),
    "log": (math.log, mp.log),
    "sqrt": (math.sqrt, mp.sqrt),
    "tan": (math.tan, mp.tan),
    "tanh": (math.tanh, mp.tanh),
    "erf": (math.erf, mp.erf),
    "gamma": (math.gamma, mp.gamma),
    "acos": (math.acos, mp.acos),
    "reciprocal": (lambda x: 1.0 / x, lambda x: 1 / x),
    "square": (lambda x: x * x, lambda x: x * x),
    "power": (lambda x: x**7, lambda x: x**7),
    "x log x": (lambda x: x * math.log(x), lambda x: x * mp.log(x)),
    "constant": (lambda x: 3.25, lambda x: mp.mpf(3.25)),
    "line": (lambda x: 3.5 * x + 7.25, lambda x: mp.mpf(3.5) * x + mp.mpf(7.25)),
    "sigmoid": (lambda x: 1.0 / (1.0 + math.exp(-x)), lambda x: 1 / (1 + mp.exp(-x))),
    "softplus": (
        lambda x: math.log1p(math.exp(-abs(x))) + max(x, 0.0),
        lambda x: mp.log1p(mp.exp(x)),
    ),
    "log cosh": (lambda x: math.log(math.cosh(x)), lambda x: mp.log(mp.cosh(x))),
    "units of 1e-200": (lambda x: 1e-200 * math.sin(x), lambda x: mp.mpf(1e-200) * mp.sin(x)),
    "units of 1e200": (lambda x: 1e200 * math.sin(x), lambda x: mp.mpf(1e200) * mp.sin(x)),
}
# Functions with more noise, or on a smaller scale, than their values let one think.
HARD: dict[str, tuple[Function, Function]] = {
    "cancellation": (lambda x: (x + 1e8) - 1e8, lambda x: x),
    "1 - cos": (lambda x: 1.0 - math.cos(x), lambda x: 1 - mp.cos(x)),
    "single precision": (lambda x: float(np.float32(x) ** 2), lambda x: x * x),
    "six digits": (lambda x: round(math.sin(x), 6), mp.sin),
    "steep tanh": (lambda x: math.tanh(50.0 * x), lambda x: mp.tanh(50 * x)),
    "oscillations": (lambda x: math.sin(1e3 * x), lambda x: mp.sin(1000 * x)),
    "fast oscillations": (lambda x: math.sin(1e6 * x), lambda x: mp.sin(10**6 * x)),
    "ripple on a line": (
        lambda x: x + math.sin(2.0**20 * x) / 2.0**20,
        lambda x: x + mp.sin(2**20 * x) / 2**20,
    ),
    "narrow bump": (
        lambda x: math.exp(-1e4 * x * x),
        lambda x: mp.exp(-(10**4) * x * x),
    ),
    "narrow peak": (
        lambda x: 1.0 / (1.0 + 1e6 * (x - 0.25) ** 2),
        lambda x: 1 / (1 + 10**6 * (x - mp.mpf(0.25)) ** 2),
    ),
    "steep exponential": (lambda x: math.exp(1e3 * x), lambda x: mp.exp(1000 * x)),
    "product of ten": (
        lambda x: math.prod(x - k for k in range(1, 11)),
        lambda x: mp.fprod(x - k for k in range(1, 11)),
    ),
    "sum of waves": (
        lambda x: sum(math.sin(k * x) / k for k in range(1, 60)),
        lambda x: mp.fsum(mp.sin(k * x) / k for k in range(1, 60)),
    ),
    "saturated cross-entropy": (
        lambda x: -math.log(1.0 - 1.0 / (1.0 + math.exp(-x)) + 1e-8),
        lambda x: -mp.log(1 - 1 / (1 + mp.exp(-x)) + mp.mpf(1e-8)),
    ),
    "cube root": (math.cbrt, lambda x: mp.sign(x) * mp.cbrt(abs(x))),
}


def points(seed: int, count: int, largest: float) -> list[float]:
    """Ordinary numbers, whole numbers, zero, and numbers of all magnitudes up to ``largest``."""
    rng = random.Random(seed)
    choices = [
        lambda: 0.0,
        lambda: float(rng.randint(-5, 5)),
        lambda: rng.uniform(-3.0, 3.0),
        lambda: rng.choice([-1, 1]) * 10 ** rng.uniform(-12.0, math.log10(largest)),
    ]
    return [rng.choices(choices, [1, 1, 4, 4])[0]() for _ in range(count)]


def true_derivative(g: Function, x: float) -> Any:
    """The derivative in 60 digits; None where there is none, or it changes with the last digits of
    x, so that no function of a double can tell it."""
    with mp.workdps(120):
        values = []
        settled = True
        for y in (
            mp.mpf(x),
            mp.mpf(x) * (1 + mp.mpf(2) ** -48),
            mp.mpf(x) * (1 - mp.mpf(2) ** -48),
        ):
            h = mp.mpf(10) ** -40 * max(abs(y), mp.mpf(10) ** -15)
            coarse = (g(y + h) - g(y - h)) / (2 * h)
            fine = (g(y + h / 2) - g(y - h / 2)) / h
            values.append((4 * fine - coarse) / 3)
            settled &= abs(fine - coarse) <= mp.mpf(1e-9) * abs(fine)
    if any(mp.im(value) != 0 or not mp.isfinite(value) for value in values):
        return None
    true = mp.re(values[0])
    changes = max(abs(value - true) for value in values) > mp.mpf(1e-3) * abs(true)
    return None if changes or not settled or abs(true) > 1e300 else true


def estimates(
    functions: tuple[Function, Function], seed: int, count: int, largest: float
) -> list[tuple[float, Estimate, Any]]:
    f, g = functions
    found = []
    for x in points(seed, count, largest):
        try:
            y = f(x)
            true = true_derivative(g, x)
        except (ArithmeticError, ValueError):
            continue
        if isinstance(y, float) and math.isfinite(y) and true is not None:
            found.append((x, derivative(f, x), true))
    return found


@pytest.mark.parametrize("name", [*SMOOTH, *HARD])
def test_the_true_error_is_within_the_bar(name: str) -> None:
    functions = (SMOOTH | HARD)[name]
    found = estimates(functions, seed=1, count=25, largest=1e6)
    assert len(found) >= 6
    for x, estimate, true in found:
        allowed = 2 * mp.mpf(estimate.error) + mp.mpf(1e-300)
        assert abs(mp.mpf(estimate.value) - true) <= allowed, (x, estimate, true)


@pytest.mark.parametrize("name", SMOOTH)
def test_the_bar_is_small_where_the_function_is_smooth(name: str) -> None:
    f = SMOOTH[name][0]
    for x, estimate, true in estimates(SMOOTH[name], seed=2, count=15, largest=1e3):
        assert estimate.kind == "smooth"
        if abs(x) > 0.01:
            assert estimate.error <= 1e-9 * max(abs(float(true)), abs(f(x))), (x, estimate, true)


@pytest.mark.parametrize("name", ["oscillations", "fast oscillations", "steep tanh", "narrow bump"])
def test_the_bar_is_small_where_the_function_varies_on_a_small_scale(name: str) -> None:
    f, g = HARD[name]
    for x in (0.0078, -0.0123, 0.0211):
        true = float(true_derivative(g, x))
        assert derivative(f, x).error <= 1e-6 * abs(true)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-100.0, 100.0).map(lambda x: round(x, 9)),
    st.floats(-20.0, 20.0).map(lambda x: round(x, 3)),
    st.floats(-3.0, 3.0),
    st.lists(st.floats(-10.0, 10.0), min_size=1, max_size=5),
)
def test_the_true_error_of_waves_on_polynomials_is_within_the_bar(
    x: float, frequency: float, phase: float, coefficients: list[float]
) -> None:
    def f(t: float) -> float:
        return math.sin(frequency * t + phase) + sum(c * t**k for k, c in enumerate(coefficients))

    t = mp.mpf(x)
    true = mp.mpf(frequency) * mp.cos(frequency * t + mp.mpf(phase)) + sum(
        mp.mpf(c) * k * t ** (k - 1) for k, c in enumerate(coefficients) if k
    )
    estimate = derivative(f, x)
    assert abs(mp.mpf(estimate.value) - true) <= 2 * mp.mpf(estimate.error)
    assert estimate.error <= 1e-6 * max(abs(f(x)), abs(f(x + 1.0)), abs(float(true)))


@pytest.mark.parametrize("digits", range(1, 14))
def test_noise_is_seen_where_neighboring_values_are_rounded_alike(digits: int) -> None:
    slope = -1.0 + 10.0**-digits
    estimate = derivative(lambda x: 1.0 + slope * x, 1.0)
    assert abs(estimate.value - slope) <= 2.0 * estimate.error


def test_oscillations_in_step_with_the_steps_are_seen() -> None:
    # All differences over steps that are multiples of the period are exactly 1.
    estimate = derivative(lambda x: x + math.sin(2.0**21 * math.pi * x) / 2.0**20, 0.5)
    assert estimate.value == pytest.approx(1.0 + 2.0 * math.pi, rel=1e-6)


@pytest.mark.parametrize(
    ("frequency", "coefficient", "x"), [(3.0, 7.0, 382.0), (2.0, 6.0, 992.0), (2.0, 1.0, 2267.0)]
)
def test_a_small_wave_on_a_large_power_is_seen(
    frequency: float, coefficient: float, x: float
) -> None:
    estimate = derivative(lambda t: math.sin(frequency * t) + coefficient * t**4, x)
    true = frequency * mp.cos(frequency * mp.mpf(x)) + 4 * coefficient * mp.mpf(x) ** 3
    assert abs(estimate.value - true) <= 2.0 * estimate.error


@pytest.mark.parametrize("x", [1e-300, 3e-150, 1e-20, 7e-9, 1e20, 1e150])
def test_steps_are_of_the_scale_of_the_argument(x: float) -> None:
    estimate = derivative(math.log, x)
    assert abs(estimate.value - 1.0 / x) <= estimate.error <= 1e-6 / x


def test_the_largest_and_the_smallest_arguments_do_no_harm() -> None:
    assert derivative(lambda x: x / 2.0, 1.7e308).value == pytest.approx(0.5)
    assert derivative(lambda x: 2.0 * x, 5e-324).value == pytest.approx(2.0)


# Where there is no derivative
# ----------------------------


@pytest.mark.parametrize(
    ("f", "x", "left", "right"),
    [
        (abs, 0.0, -1.0, 1.0),
        (lambda x: max(x, 0.0), 0.0, 0.0, 1.0),
        (lambda x: min(max(x, -1.0), 1.0), 1.0, 1.0, 0.0),
        (lambda x: (0.25 + 0.75 * max(x, 0.0)) ** 2 + math.exp(x), 0.0, 1.0, 1.375),
        (lambda x: abs(x - 0.3), 0.3, -1.0, 1.0),
    ],
)
def test_kinks_have_two_slopes(f: Function, x: float, left: float, right: float) -> None:
    estimate = derivative(f, x)
    assert estimate.kind == "kink"
    assert estimate.left == pytest.approx(left, abs=1e-9)
    assert estimate.right == pytest.approx(right, abs=1e-9)
    assert estimate.value == pytest.approx((left + right) / 2.0, abs=1e-9)


@pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize("side", [-1, 1])
def test_steps_become_smaller_than_the_distance_to_a_kink(distance: float, side: int) -> None:
    x = 0.3 + side * distance
    estimate = derivative(lambda x: math.tanh(x + max(x - 0.3, 0.0)), x)
    true = (1.0 - math.tanh(x + max(x - 0.3, 0.0)) ** 2) * (2.0 if side > 0 else 1.0)
    assert estimate.kind == "smooth"
    assert abs(estimate.value - true) <= estimate.error <= 5e-3


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: float(x > 0.0), 0.0),
        (lambda x: float((x > 0.0) - (x < 0.0)), 0.0),
        (math.floor, 3.0),
        (lambda x: x + (x >= 1.0), 1.0),
        (lambda x: float(x == 0.0), 0.0),
    ],
)
def test_jumps_are_seen(f: Function, x: float) -> None:
    estimate = derivative(f, x)
    assert math.isnan(estimate.value)
    assert (estimate.error, estimate.kind) == (math.inf, "jump")


def test_beside_a_jump_the_slope_is_that_of_the_step() -> None:
    assert derivative(math.floor, 1.5).value == 0.0
    assert derivative(math.floor, 1.0 + 1e-9).value == 0.0


@pytest.mark.parametrize(
    ("f", "x", "slope", "kind"),
    [
        (math.cbrt, 0.0, math.inf, "vertical"),
        (lambda x: -math.cbrt(x), 0.0, -math.inf, "vertical"),
        (lambda x: x * math.log(abs(x)) if x else 0.0, 0.0, -math.inf, "vertical"),
        (math.sqrt, 0.0, math.inf, "edge"),
        (math.acos, 1.0, -math.inf, "edge"),
        (math.acos, -1.0, -math.inf, "edge"),
    ],
)
def test_vertical_tangents_have_infinite_slopes(
    f: Function, x: float, slope: float, kind: str
) -> None:
    assert derivative(f, x) == Estimate(slope, 0.0, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("f", "x", "true"),
    [
        (lambda x: x**1.5 + x, 0.0, 1.0),
        (lambda x: math.exp(x) * math.sqrt(1.0 - x) ** 2, 1.0, -math.e),
        (lambda x: math.nan if x < 2.0 else x * x, 2.0, 4.0),
        (lambda x: -1.0 / 0.0 if x < 2.0 else x * x, 2.0, 4.0),
        (lambda x: math.inf if x > 2.0 else x * x, 2.0, 4.0),
    ],
)
def test_at_the_edge_of_the_domain_the_derivative_is_one_sided(
    f: Function, x: float, true: float
) -> None:
    estimate = derivative(f, x)
    assert estimate.kind == "edge"
    assert abs(estimate.value - true) <= 2.0 * estimate.error < 1e-4


def test_near_the_edge_of_the_domain_steps_are_small() -> None:
    estimate = derivative(math.sqrt, 1e-9)
    assert estimate.kind == "smooth"
    assert estimate.value == pytest.approx(0.5 / math.sqrt(1e-9), rel=1e-9)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * math.sin(1.0 / x) if x else 0.0,
        lambda x: math.nan,
        lambda x: 1.0 if x == 0.0 else math.nan,
    ],
)
def test_where_differences_settle_on_nothing_nothing_is_claimed(f: Function) -> None:
    estimate = derivative(f, 0.0)
    assert math.isnan(estimate.value)
    assert math.isinf(estimate.error)
    assert estimate.kind == "unsettled"


def test_nothing_is_claimed_where_rounding_swallows_the_function() -> None:
    estimate = derivative(lambda x: 1e16 + x, 1.0)
    assert abs(estimate.value - 1.0) <= estimate.error
    assert estimate.error > 1.0


# Central differences and the complex step
# ----------------------------------------


@pytest.mark.parametrize("step", [None, 1e-3, 1e-6])
@pytest.mark.parametrize("name", SMOOTH)
def test_the_error_of_plain_central_differences_is_within_the_bar(
    name: str, step: float | None
) -> None:
    f, g = SMOOTH[name]
    for x in (0.3, 0.7, 0.95):
        estimate = derivative(f, x, method="central", step=step)
        true = true_derivative(g, x)
        assert abs(mp.mpf(estimate.value) - true) <= 2 * mp.mpf(estimate.error)
        assert estimate.error <= 0.01 * max(abs(float(true)), abs(f(x)))


def test_a_central_difference_is_over_the_step_asked_for() -> None:
    assert derivative(lambda x: x**3, 0.0, method="central", step=0.5).value == 0.25


@pytest.mark.parametrize("x", [0.0, 2e-4, -3e-4])
def test_a_kink_inside_the_step_of_a_central_difference_is_seen(x: float) -> None:
    estimate = derivative(abs, x, method="central", step=1e-3)
    assert estimate.kind == "kink"
    assert estimate.left is not None
    assert estimate.right is not None
    assert estimate.left <= math.copysign(1.0, x) <= estimate.right


def test_central_differences_claim_nothing_past_the_edge() -> None:
    estimate = derivative(math.log, 1e-4, method="central", step=1e-3)
    assert (estimate.error, estimate.kind) == (math.inf, "unsettled")


@pytest.mark.parametrize(
    ("f", "g", "x", "relative"),
    [
        (np.sin, mp.sin, 1.0, 1e-14),
        (np.exp, mp.exp, -600.0, 1e-14),
        (lambda z: z**3 / (1 + z * z), lambda x: x**3 / (1 + x * x), 1e-5, 1e-14),
        (lambda z: np.sqrt(z) * np.log(z), lambda x: mp.sqrt(x) * mp.log(x), 1e8, 1e-14),
        # Rounding in exp itself is 1e7 times larger than in the difference.
        (lambda z: np.exp(z) - np.exp(z + 1e-7), lambda x: mp.exp(x) - mp.exp(x + 1e-7), 0.5, 1e-7),
        (lambda z: z * z, lambda x: x * x, 0.0, 1e-14),
    ],
)
def test_the_complex_step_loses_no_digits_to_cancellation(
    f: Function, g: Function, x: float, relative: float
) -> None:
    estimate = derivative(f, x, method="complex")
    true = mp.diff(g, x)
    assert abs(mp.mpf(estimate.value) - true) <= 2 * mp.mpf(estimate.error)
    assert estimate.error <= relative * max(abs(float(true)), 1e-10)


@pytest.mark.parametrize("f", [abs, lambda z: z.real**2, lambda z: z * z.conjugate()])
def test_the_complex_step_refuses_what_is_not_analytic(f: Function) -> None:
    with pytest.raises(ValueError, match="not analytic"):
        derivative(lambda z: f(z) + z * z, 1.5, method="complex")


def test_the_complex_step_wants_functions_of_complex_numbers() -> None:
    with pytest.raises(TypeError, match="complex-step method wants .* complex numbers"):
        derivative(math.sin, 1.0, method="complex")


# Functions of several numbers
# ----------------------------


@pytest.mark.parametrize("method", ["ridders", "central", "complex"])
def test_gradients_have_the_structure_of_the_argument(method: Any) -> None:
    def f(params: Any, scale: float) -> Any:
        return scale * np.sum(np.tanh(params["w"]) @ params["b"][0]) + params["b"][1] ** 2

    params: Any = {"w": np.arange(6.0).reshape(2, 3) / 7.0, "b": (np.array([1.0, -2.0, 0.5]), 3.0)}
    gradient, error = numerical_grad(f, method=method)(params, 2.0)
    expected = 2.0 * (1.0 - np.tanh(params["w"]) ** 2) * params["b"][0]
    assert gradient["w"] == pytest.approx(expected, rel=1e-8)
    assert gradient["b"][0] == pytest.approx(2.0 * np.tanh(params["w"]).sum(axis=0), rel=1e-8)
    assert gradient["b"][1] == pytest.approx(6.0, rel=1e-8)
    assert error["w"].shape == (2, 3)
    assert (np.abs(gradient["w"] - expected) <= error["w"]).all()
    assert (error["w"] < 1e-6).all()


def test_argnums_choose_arguments() -> None:
    def f(x: float, y: float) -> float:
        return x * y * y

    assert numerical_grad(f, 1)(2.0, 3.0)[0] == pytest.approx(12.0)
    gradient, error = numerical_grad(f, (1, 0))(2.0, 3.0)
    assert gradient == pytest.approx((12.0, 9.0))
    assert max(error) < 1e-9


def test_arguments_are_left_alone() -> None:
    def f(x: Any, data: Any) -> float:
        x *= 2.0
        data[0] += 1.0
        return float(np.sum(x) + data[0])

    x, data = np.array([1.0, 2.0]), np.array([5.0])
    gradient, _ = numerical_grad(f)(x, data)
    assert gradient == pytest.approx([2.0, 2.0])
    assert x.tolist() == [1.0, 2.0]
    assert data.tolist() == [5.0]


def test_a_smooth_function_is_called_about_forty_times_for_each_number() -> None:
    calls = 0

    def f(x: Any) -> float:
        nonlocal calls
        calls += 1
        return float(np.sum(np.tanh(x) ** 2))

    numerical_grad(f)(np.linspace(-1.0, 1.0, 20))
    assert calls <= 20 * 42


def test_bad_requests_say_what_is_wanted() -> None:
    with pytest.raises(ValueError, match='should be "ridders", "central" or "complex"'):
        derivative(math.sin, 1.0, method="forward")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="step should be positive"):
        derivative(math.sin, 1.0, step=0.0)
    with pytest.raises(TypeError, match="returned 2"):
        derivative(lambda x: [x, x], 1.0)
    with pytest.raises(TypeError, match="should return numbers"):
        derivative(lambda x: "text", 1.0)
    with pytest.raises(TypeError, match=r"x\['a'\] cannot be differentiated"):
        numerical_grad(lambda x: 1.0)({"a": "text"})
    with pytest.raises(ValueError, match="names no argument"):
        numerical_grad(lambda x: 1.0, 3)(1.0)
    with pytest.raises(ZeroDivisionError):
        derivative(lambda x: 1.0 / x, 0.0)


def test_a_result_that_changes_its_size_is_refused() -> None:
    with pytest.raises(ValueError, match="1 numbers at one point and 2 at another"):
        derivative(lambda x: [x] if x == 1.0 else [x, x], 1.0)
