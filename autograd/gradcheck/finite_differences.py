"""Derivatives of functions that are known only by their values, each with an error bar.

>>> from autograd.gradcheck.finite_differences import derivative
>>> import math
>>> estimate = derivative(math.sin, 1.0)
>>> abs(estimate.value - math.cos(1.0)) <= estimate.error < 1e-10
True

There are three methods:

- ``"ridders"``, the default: central differences extrapolated to step zero (``ridders.py``). It
  looks for its steps itself, also where x is huge, tiny or at the edge of the domain.
- ``"central"``: one central difference, over a step of your choice.
- ``"complex"``: Im f(x + ih) / h, which loses nothing to cancellation, for functions that take
  complex numbers and are analytic. Squire, W. and Trapp, G.: "Using complex variables to estimate
  derivatives of real functions", SIAM Review 40(1), 1998, pp. 110-112.

The functions may be any that take and return plain numbers or arrays; they need not know of
``autograd``. What raises ArithmeticError or ValueError, or is not finite, counts as undefined.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

from autograd.gradcheck.flat_function import FlatFunction
from autograd.gradcheck.noise import EPS, evaluate, measure_noise
from autograd.gradcheck.ridders import Curve, Estimate, ridders

__all__ = ["Estimate", "Method", "derivative", "estimated_jacobian", "numerical_grad"]

Method = Literal["ridders", "central", "complex"]


def derivative(
    f: Callable[[Any], Any], x: float, *, method: Method = "ridders", step: float | None = None
) -> Estimate:
    """Return the derivative of a function of one number.

    Args:
        f: takes a float (for ``"complex"`` also a complex number) and returns a number.
        x: where.
        method: ``"ridders"``, ``"central"`` or ``"complex"``.
        step: the step of ``"central"``, the cube root of ε · max(1, abs(x)) by default;
            the largest step of ``"ridders"``.

    Raises:
        TypeError: ``f`` returns no real number or, for ``"complex"``, takes no complex one.
        ValueError: the method is unknown; ``step`` is not positive; or ``f`` is not analytic and
            the method is ``"complex"``.
        Exception: what ``f`` raises at ``x`` itself.
    """
    return _scalar_estimates(FlatFunction(f, (x,), 0), method, step, "derivative")[0]


def numerical_grad(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    method: Method = "ridders",
    step: float | None = None,
) -> Callable[..., tuple[Any, Any]]:
    """Return a function that gives the gradient of ``f`` by finite differences, and its error bar.

    Args:
        f: a function of floats, arrays and nests of those that returns one number.
        argnums: which argument to differentiate, or a tuple of several.
        method: as in ``derivative``.
        step: as in ``derivative``.

    Returns:
        A function of ``f``'s arguments that returns ``(gradient, error)``, both in the structure of
        the argument, or tuples of such for several; arrays give arrays of the same shape.

    Raises:
        TypeError, ValueError: (when called) as ``derivative``.
    """

    def gradient_and_error(*args: Any) -> tuple[Any, Any]:
        flat = FlatFunction(f, args, argnums)
        estimates = _scalar_estimates(flat, method, step, "numerical_grad")
        gradient = flat.nests([estimate.value for estimate in estimates])
        error = flat.nests([estimate.error for estimate in estimates])
        return (
            (gradient[0], error[0]) if isinstance(argnums, int) else (tuple(gradient), tuple(error))
        )

    return gradient_and_error


def _scalar_estimates(
    f: FlatFunction, method: Method, step: float | None, what: str
) -> list[Estimate]:
    rows = estimated_jacobian(f, method=method, step=step)
    if len(rows) != 1:
        raise TypeError(
            f"{what} wants a function that returns one number, but {f.__name__} returned "
            f"{len(rows)}"
        )
    return rows[0]


def estimated_jacobian(
    f: FlatFunction, *, method: Method = "ridders", step: float | None = None
) -> list[list[Estimate]]:
    """Return, for each number that ``f`` returns, its derivatives with respect to all leaves.

    Args:
        f: the function and the point.
        method: as in ``derivative``.
        step: as in ``derivative``.

    Raises:
        TypeError, ValueError: as ``derivative``; ValueError also if ``f`` returns more or fewer
            numbers at another point.
    """
    if method not in ("ridders", "central", "complex"):
        raise ValueError(f'method should be "ridders", "central" or "complex", not {method!r}')
    if step is not None and not 0.0 < step < math.inf:
        raise ValueError(f"step should be positive and finite, not {step!r}")
    size = len(f.floats(f.xs))
    noise = measure_noise(f.floats, f.xs, size)
    columns = []
    for i, x in enumerate(f.xs):
        at = _along(f, i, size)
        curves = [Curve(functools.partial(_item, at, k), x, noise[k]) for k in range(size)]
        if method == "central":
            columns.append([_central(curve, step) for curve in curves])
        else:
            estimates = [ridders(curve, step) for curve in curves]
            columns.append(_complex_step(f, i, estimates) if method == "complex" else estimates)
    return [[column[k] for column in columns] for k in range(size)]


def _along(f: FlatFunction, i: int, size: int) -> Callable[[float], list[float]]:
    """Return ``f`` as a function of its i-th leaf, which remembers what it has computed."""

    @functools.cache
    def at(x: float) -> list[float]:
        return evaluate(f.floats, [*f.xs[:i], x, *f.xs[i + 1 :]], size)

    return at


def _item(at: Callable[[float], list[float]], k: int, x: float) -> float:
    return at(x)[k]


def _central(curve: Curve, step: float | None) -> Estimate:
    """Return the central difference over ``step``; the error bar is from one over half of it."""
    h = step or EPS ** (1.0 / 3.0) * max(1.0, abs(curve.x))
    value, finer = curve.difference(h), curve.difference(h / 2.0)
    if math.isnan(value) or math.isnan(finer):
        return Estimate(math.nan, math.inf, "unsettled")
    error = 2.0 * abs(value - finer) + curve.noise_over(h / 2.0)
    left, right = curve.difference(h, -1), curve.difference(h, 1)
    gap = curve.gap(h)
    if gap.clear and abs(gap.q) > 0.01 * max(abs(left), abs(right)):
        # The function bends within the step; if smaller steps give something else, it has a kink.
        limit = ridders(curve)
        if limit.kind == "kink" or abs(limit.value - value) > limit.error + error:
            return Estimate(value, error, "kink", left, right)
    return Estimate(value, error)


def _complex_step(f: FlatFunction, i: int, checks: list[Estimate]) -> list[Estimate]:
    """Return Im f(x + ih) / h along the i-th leaf, checked with what Ridders' method gave."""
    h = 1e-20 * (min(abs(f.xs[i]), 1.0) or 1.0)

    def slopes(point: Sequence[float]) -> list[float]:
        moved = [*point[:i], complex(point[i], h), *point[i + 1 :]]
        try:
            return [complex(y).imag / h for y in f(moved)]
        except TypeError as error:
            raise TypeError(
                f"the complex-step method wants a function that takes complex numbers: {error}"
            ) from None

    noise = measure_noise(slopes, f.xs, len(checks))
    estimates = []
    for value, rounding, check in zip(slopes(f.xs), noise, checks, strict=True):
        error = 4.0 * (rounding.level + EPS * abs(value))
        if not abs(value - check.value) <= check.error + error:
            raise ValueError(
                f"the complex step gives {value!r}, finite differences {check.value!r} ± "
                f"{check.error:.1g}: {f.__name__} is not analytic there (abs, comparisons, real "
                'parts and conjugates are not); use method="ridders"'
            )
        estimates.append(Estimate(value, error))
    return estimates
