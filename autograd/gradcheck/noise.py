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

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

EPS = 2.0**-52

# Whole numbers, so that point plus offset is exact and the argument itself is not rounded.
_NODES = (3, 7, 12, 17, 26, 31)
_BASIS = np.linalg.qr(np.vander(np.array(_NODES) / 31.0, 4)).Q
# Four of six degrees of freedom go into the fit: scaled back to what the noise was before.
_RESIDUAL = (np.eye(len(_NODES)) - _BASIS @ _BASIS.T) * math.sqrt(6 / 2)


class Noise(NamedTuple):
    """The noise in a function's values near a point.

    Attributes:
        level: the largest that was seen at the point; 0.0 if none was, inf if nothing else was.
        relative: how much noise there is in larger values, as a part of them.
    """

    level: float
    relative: float

    def of(self, largest: float) -> float:
        """Return the noise in values of which this is the largest in size."""
        return max(self.level, self.relative * largest)


def evaluate(f: Callable[[Any], list[float]], point: Any, size: int) -> list[float]:
    """Return the ``size`` numbers ``f(point)``, nan for each that is undefined or infinite.

    TypeError counts as undefined too: Python's powers of negative numbers are complex.
    """
    try:
        with np.errstate(all="ignore"):
            values = f(point)
    except (ArithmeticError, ValueError, TypeError):
        return [math.nan] * size
    if len(values) != size:
        raise ValueError(f"f returned {size} numbers at one point and {len(values)} at another")
    return [y if math.isfinite(y) else math.nan for y in values]


def measure_noise(
    f: Callable[[list[float]], list[float]], xs: Sequence[float], size: int
) -> list[Noise]:
    """Return the noise in each of the ``size`` results of ``f`` around ``xs``.

    All arguments are moved at once, along a line in a fixed arbitrary direction: 24 calls, and some
    more where noise and function are hard to tell apart.
    """
    here = _Neighborhood(f, tuple(xs), size)
    beside = [
        _Neighborhood(f, tuple(factor * x + math.copysign(0.125, factor - 1.0) for x in xs), size)
        for factor in (1.125, 0.875)
    ]
    noises = []
    for k in range(size):
        level, relative = here.level(k), EPS
        if level > 8.0 * EPS * here.largest(k):
            # More than rounding to double precision, or the function is almost zero here.
            pairs = [(level, here.largest(k))]
            pairs += [(other.residual(k, 23), other.largest(k)) for other in beside]
            parts = [noise / largest for noise, largest in pairs if largest > 0.0]
            relative = max(min((part for part in parts if math.isfinite(part)), default=EPS), EPS)
        noises.append(Noise(level, relative))
    return noises


class _Neighborhood:
    """Values of f near a point, and what is noise in them.

    Args:
        f: gives ``size`` numbers.
        xs: the point.
        size: how many.
    """

    def __init__(
        self, f: Callable[[list[float]], list[float]], xs: tuple[float, ...], size: int
    ) -> None:
        self.f = f
        self.xs = xs
        self.size = size
        self._values: dict[tuple[int, bool, int], Array] = {}

    def values(self, bits: int, relative: bool = True, repetition: int = 0) -> Array:
        """Evaluate f on both sides of the point: an array of shape (2, nodes, size).

        Offsets are numbers of ``bits`` bits, in units of the last place of x, or of 1 if larger.
        """
        key = (bits, relative, repetition)
        if key not in self._values:
            rng = np.random.default_rng(key)
            units = [math.ulp(x) if x else EPS for x in self.xs]
            if not relative:
                units = [max(unit, EPS) for unit in units]
            odd = rng.integers(2 ** (bits - 1), 2**bits, (2, len(units))) | 1
            odd *= rng.choice([-1, 1], len(units)) * np.array([[-1], [1]])
            points = self.xs + np.multiply.outer(_NODES, odd * np.array(units)).swapaxes(0, 1)
            self._values[key] = np.array(
                [[evaluate(self.f, x.tolist(), self.size) for x in side] for side in points]
            )
        return self._values[key]

    def largest(self, k: int) -> float:
        """Return the size of the values."""
        return float(np.max(np.abs(self.values(23)[:, :, k])))

    def residual(self, k: int, bits: int, relative: bool = True, repetition: int = 0) -> float:
        """Return what cubics leave over; inf if they are no fit, nan if nothing can be seen."""
        residuals = []
        for side in self.values(bits, relative, repetition)[:, :, k]:
            if not np.isnan(side).any() and len(set(side.tolist())) > len(_NODES) // 2:
                # Less one of the values, because the matrix is rounded too.
                changes = side - side[0]
                noise = float(np.abs(_RESIDUAL @ changes).max())
                if noise < 16.0 * EPS * np.abs(changes).max():
                    noise = 0.0
                residuals.append(noise if noise <= 0.1 * np.abs(side).max() else math.inf)
        return max(residuals, default=math.nan)

    def level(self, k: int) -> float:
        """Return the noise in the k-th result."""
        wide = self.residual(k, 23)
        for bits in (6, 10, 15):
            narrow = self.residual(k, bits)
            # None at all can mean that the roundings of neighbors are all the same.
            if 0.0 < narrow < math.inf:
                break
        if 0.0 < narrow < math.inf and not narrow >= wide / 8.0:
            # The function itself bends within the wide interval; or roundings happened to move in
            # step in the narrow one, which they do not do twice.
            return float(np.fmax(narrow, self.residual(k, bits, repetition=1)))
        if 0.0 < wide < math.inf:
            return float(np.fmax(wide, narrow))
        # Constant, exact, or nothing but noise: the steps of a staircase show at a larger scale.
        larger = [(31, True), (39, True), (23, False), (31, False), (39, False)]
        seen = {wide}
        for bits, relative in larger[:2] if wide == 0.0 else larger:
            wider = self.residual(k, bits, relative)
            if 0.0 < wider < math.inf:
                return wider
            seen.add(wider)
        return math.inf if math.inf in seen else 0.0
