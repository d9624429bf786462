"""How much of a computed function is rounding noise, measured from its values alone.

No formula in the machine precision will do: in ``(x + 1e8) - 1e8`` the noise is eight digits
larger than one unit in the last place of the result. The measurement follows Hamming's idea, worked
out by Moré and Wild ("Estimating computational noise", SIAM J. Sci. Comput. 33(3), 2011): over a
very short interval a smooth function is a polynomial of low degree, and what such a polynomial
leaves over is noise. Their difference table wants equal spacing, at which the roundings of many
simple functions move in step and cancel; here cubics are fitted at unequally spaced points, one on
each side of the point of interest, where the function may have a kink, a jump or its domain an end.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

EPS = 2.0**-52

# Whole numbers, so that point plus offset is exact and the argument itself is not rounded.
_NODES = (3, 7, 12, 17, 26, 31)
_BASIS = np.linalg.qr(np.vander(np.array(_NODES) / 31.0, 4)).Q
# Four of six degrees of freedom go into the fit: scaled back to what the noise was before.
_RESIDUAL = (np.eye(len(_NODES)) - _BASIS @ _BASIS.T) * math.sqrt(6 / 2)


def evaluate(f: Callable[[Any], list[float]], point: Any, size: int) -> list[float]:
    """Return the ``size`` numbers ``f(point)``, nan for each that is undefined or infinite."""
    try:
        with np.errstate(all="ignore"):
            values = f(point)
    except (ArithmeticError, ValueError):
        return [math.nan] * size
    if len(values) != size:
        raise ValueError(f"f returned {size} numbers at one point and {len(values)} at another")
    return [y if math.isfinite(y) else math.nan for y in values]


def noise_levels(
    f: Callable[[list[float]], list[float]], xs: Sequence[float], size: int
) -> list[float]:
    """Return for each of the ``size`` results of ``f`` the largest noise seen around ``xs``.

    All arguments are moved at once, along a line in a fixed arbitrary direction: 24 calls, and up
    to 84 where noise and function are hard to tell apart. 0.0 means that no noise was seen, inf
    that there is nothing but noise.
    """

    @functools.cache
    def samples(bits: int, relative: bool, repetition: int) -> np.ndarray[Any, Any]:
        """Evaluate f on both sides of the point: an array of shape (2, nodes, size).

        Offsets are numbers of ``bits`` bits, in units of the last place of x, or of 1 if larger.
        """
        rng = np.random.default_rng([bits, relative, repetition])
        units = [math.ulp(x) if x else EPS for x in xs]
        if not relative:
            units = [max(unit, EPS) for unit in units]
        odd = rng.integers(2 ** (bits - 1), 2**bits, (2, len(xs))) | 1
        odd *= rng.choice([-1, 1], len(xs)) * np.array([[-1], [1]])
        points = xs + np.multiply.outer(_NODES, odd * np.array(units)).swapaxes(0, 1)
        return np.array([[evaluate(f, x.tolist(), size) for x in side] for side in points])

    def residual(k: int, bits: int, relative: bool = True, repetition: int = 0) -> float:
        """Return what cubics leave over; inf if they are no fit, nan if nothing can be seen."""
        values = samples(bits, relative, repetition)[:, :, k]
        seen = [side for side in values if len(set(side.tolist())) > len(_NODES) // 2]
        residuals = [
            (float(np.abs(_RESIDUAL @ side).max()), float(np.abs(side).max()))
            for side in seen
            if not np.isnan(side).any()
        ]
        if not residuals:
            return math.nan
        return max(noise if noise <= 0.1 * largest else math.inf for noise, largest in residuals)

    def level(k: int) -> float:
        wide, narrow = residual(k, 23), residual(k, 6)
        if math.isfinite(narrow) and not narrow >= wide / 8.0:
            # The function itself bends within the wide interval; or the roundings of the narrow
            # one happened to move in step, which they do not do twice.
            return float(np.fmax(narrow, residual(k, 6, repetition=1)))
        if math.isfinite(wide):
            return float(np.fmax(wide, narrow))
        # Constant, or nothing but noise: the steps of a staircase show at a larger scale.
        wider = wide
        for bits, relative in ((31, True), (39, True), (23, False), (31, False), (39, False)):
            wider = residual(k, bits, relative)
            if math.isfinite(wider):
                return wider
        return math.inf if math.inf in (wide, wider) else 0.0

    return [level(k) for k in range(size)]
