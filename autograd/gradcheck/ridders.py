"""The limit of difference quotients, by Ridders' method, and how far off it may be.

Ridders, C. J. F.: "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering
Software 4(2), 1982, pp. 75-76.

His error bar is how much the best extrapolation still changed. Three things are added, without
which it is too small now and then: the function's own noise, divided by the step; witnesses from
steps of other sizes, that the extrapolation went to the right limit; and a look at both sides,
since the central differences of |x| at 0 settle at once, on a derivative that does not exist.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from autograd.gradcheck.noise import EPS, Noise

# Noise counts this often: once for each value in a difference, and Richardson's weights amplify it.
_CENTRAL_SAFETY = 4.0
_ONE_SIDED_SAFETY = 16.0

# Steps, as powers of 1/2 of the scale of x: those that extrapolations start from, and those of the
# witnesses. Smaller ones are nothing but rounding.
_STARTS = (3, 7, 11, 15, 19, 23, 27, 31, 35, 39)
_WITNESSES = (10, 18, 28, 41)

# A quantity that stands out from its noise by less than this is not seen.
_CLEAR = 16.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A derivative computed from values of the function.

    Attributes:
        value: the derivative; ±inf at a vertical tangent; at a kink the mean of both sides.
        error: how far off ``value`` may be; inf if nothing can be said.
        kind: what the function looks like at this point: ``"smooth"``; a ``"kink"``, where the two
            one-sided derivatives differ; a ``"jump"`` of the function; a ``"vertical"`` tangent; an
            ``"edge"`` of the domain, so that the derivative is one-sided; or ``"unsettled"``, if
            the differences approach nothing.
        left: the derivative from below, if there is a kink.
        right: the derivative from above, if there is a kink.
    """

    value: float
    error: float
    kind: Literal["smooth", "kink", "jump", "vertical", "edge", "unsettled"] = "smooth"
    left: float | None = None
    right: float | None = None


class Quotient(NamedTuple):
    """Something divided by the step h, and how much of it may be noise."""

    h: float
    q: float
    noise: float

    @property
    def clear(self) -> bool:
        """Whether it stands out from the noise."""
        return abs(self.q) > _CLEAR * self.noise


class Curve:
    """One result of a function along one argument, t ↦ f(x + t).

    Args:
        f: gives the result at a point; nan where it is undefined. Called again and again with the
            same points, so it should remember.
        x: the point of interest.
        noise: the noise in values of ``f`` (see ``noise.py``).
    """

    def __init__(self, f: Callable[[float], float], x: float, noise: Noise) -> None:
        self.f = f
        self.x = x
        self.noise = noise

    def difference(self, h: float, side: int = 0) -> float:
        """Return the difference quotient over ±h, or above (1) or below (-1) only; nan if none."""
        low = self.x - h if side <= 0 else self.x
        high = self.x + h if side >= 0 else self.x
        return (
            (self.f(high) - self.f(low)) / (high - low) if 0.0 < high - low < math.inf else math.nan
        )

    def noise_over(self, h: float, side: int = 0) -> float:
        """Return how far noise may carry an extrapolated difference over ``h``."""
        values = [abs(self.f(x)) for x in (self.x - h, self.x, self.x + h)]
        largest = max((y for y in values if not math.isnan(y)), default=0.0)
        safety = _ONE_SIDED_SAFETY if side else _CENTRAL_SAFETY
        return safety * self.noise.of(largest) / h

    def steps(self, powers: Iterable[int]) -> list[float]:
        """Return steps of the scale of x divided by these powers of two, largest first.

        The scale on which a function of x varies may be 1, as for a small weight of a network, or x
        itself; so there are two sets of steps if x is small.
        """
        own = 2.0 ** max(math.frexp(self.x)[1] - 1, -960) if self.x else 1.0
        scales = {1.0, own} if own < 2.0**-8 else {max(own, 1.0)}
        return sorted({scale * 2.0**-k for scale in scales for k in powers}, reverse=True)

    def quotients(self, powers: Iterable[int], side: int = 0) -> list[Quotient]:
        """Return the difference quotients over these steps, where the function is defined."""
        return [
            Quotient(h, q, self.noise_over(h, side))
            for h in self.steps(powers)
            if not math.isnan(q := self.difference(h, side))
        ]

    def gap(self, h: float) -> Quotient:
        """Return by how much the slope above exceeds the slope below, over ``h``."""
        q = self.difference(h, 1) - self.difference(h, -1)
        return Quotient(h, q, 2.0 * self.noise_over(h))


def extrapolate(curve: Curve, h: float, side: int = 0, halvings: int = 12) -> tuple[float, float]:
    """Extrapolate differences over h, h/2, h/4, … to zero; return the limit and its error bar.

    Each new difference begins a new row of Neville's tableau, whose next entries have the error
    terms of the next higher orders of h removed. The entry that differs least from the two it was
    made of is taken, noise included. Ridders' steps shrink by 1.4; halving them is exact and
    amplifies noise less.
    """
    orders = range(1, 7) if side else range(2, 14, 2)
    best, error = math.nan, math.inf
    row = [curve.difference(h, side)]
    for _ in range(halvings):
        h /= 2.0
        above, row = row, [curve.difference(h, side)]
        noise = curve.noise_over(h, side)
        for order, coarse in zip(orders, above, strict=False):
            fine = row[-1]
            value = fine + (fine - coarse) / (2.0**order - 1.0)
            row.append(value)
            change = max(abs(value - fine), abs(value - coarse))
            bar = change + noise + 4.0 * EPS * abs(value)
            if bar <= error:
                best, error = value, bar
        if noise >= error:
            break
    return best, error


def limit(curve: Curve, side: int = 0, first: float | None = None) -> tuple[float, float]:
    """Return the limit of the difference quotients for small steps, and its error bar.

    A large first step may see another function than the derivative does: one past a kink, or with
    its oscillations strode over. So an extrapolation is believed no further than a witness confirms
    it, and smaller first steps are tried as long as they may give something better. If the
    differences grow as at a vertical tangent, the limit is ±inf; if they settle on nothing, it is
    nan ± inf.

    Args:
        curve: the function.
        side: 0 for central differences, 1 for those above the point, -1 below.
        first: the largest step, in place of an eighth of the scale of x.
    """
    quotients = curve.quotients(_WITNESSES, side)
    if _diverges(curve, quotients, side):
        growth = _powers(quotients)
        vertical = len(growth) > 1 and all(-0.95 < p < -0.03 for p in growth)
        return (math.copysign(math.inf, quotients[-1].q), 0.0) if vertical else (math.nan, math.inf)
    witnesses = _witnesses(curve, quotients, side)
    starts = curve.steps(_STARTS)
    if first is not None:
        starts = [first, *(h for h in starts if h < first)]
    best, error = math.nan, math.inf
    for h in starts:
        if not witnesses or math.isnan(curve.difference(h, side)):
            continue
        if 16.0 * curve.noise_over(h, side) > error:
            break
        value, bar = extrapolate(curve, h, side)
        bar = max(bar, min(abs(value - witness) + own for witness, own in witnesses))
        if bar < error:
            best, error = value, bar
    return best, error


def _diverges(curve: Curve, quotients: Sequence[Quotient], side: int) -> bool:
    """Whether difference quotients still grow where they are last clear of noise."""
    if power(quotients) >= -0.03:
        return False
    last = [quotient for quotient in quotients if quotient.clear][-1]
    change = abs(curve.difference(last.h / 2.0, side) - last.q)
    return change > 0.02 * abs(last.q) + last.noise + curve.noise_over(last.h / 2.0, side)


def _witnesses(curve: Curve, quotients: Sequence[Quotient], side: int) -> list[tuple[float, float]]:
    """Return short extrapolations from each of these steps, with their error bars.

    To what they seem to be off, seen from themselves, comes what they differ from plain differences
    over much smaller steps, as far as that exceeds the noise in those.
    """
    witnesses = []
    for i, (h, _, _) in enumerate(quotients):
        value, error = extrapolate(curve, h, side, halvings=2)
        finer = [abs(value - other.q) - other.noise for other in quotients[i + 1 :]]
        witnesses.append((value, error + 1.25 * max([0.0, *finer])))
    return witnesses


def _powers(quotients: Iterable[Quotient]) -> list[float]:
    """Return with which power of h clear quotients change, from each to the next."""
    clear = [quotient for quotient in quotients if quotient.clear]
    return [
        math.log(b.q / a.q) / math.log(b.h / a.h) if b.q / a.q > 0.0 else math.nan
        for a, b in zip(clear, clear[1:], strict=False)
    ]


def power(quotients: Sequence[Quotient]) -> float:
    """Return with which power of h quotients change at last: 0 if they settle on a number.

    It is inf if nothing clear is left at small steps: those whose quotients do not stand out from
    the noise must at least not contradict the power seen at larger ones.
    """
    powers = _powers(quotients)
    if not powers or not -10.0 < powers[-1] < 10.0:
        return math.inf
    last = max(i for i, quotient in enumerate(quotients) if quotient.clear)
    h, q, noise = quotients[last]
    for finer in quotients[last + 1 :]:
        growth = (finer.h / h) ** powers[-1]
        if abs(finer.q - growth * q) > _CLEAR * (finer.noise + growth * noise):
            return math.inf
    return powers[-1]


def ridders(curve: Curve, first: float | None = None) -> Estimate:
    """Return the derivative at x, and what the function looks like there.

    The difference between the slopes above and below shrinks with h where the function is smooth,
    stays where it has a kink, and grows as 1/h where it jumps.
    """
    central = curve.quotients((3, 7, *_WITNESSES))
    if not central:
        value, error = min((limit(curve, side, first) for side in (1, -1)), key=lambda r: r[1])
        return Estimate(value, error, "unsettled" if math.isinf(error) else "edge")
    bend = power([curve.gap(quotient.h) for quotient in central])
    if bend < -0.95:
        return Estimate(math.nan, math.inf, "jump")
    if bend < 0.5:
        left, left_error = limit(curve, -1, first)
        right, right_error = limit(curve, 1, first)
        if abs(right - left) > left_error + right_error:
            error = max(left_error, right_error)
            return Estimate((left + right) / 2.0, error, "kink", left, right)
    value, error = limit(curve, 0, first)
    if math.isinf(error):
        return Estimate(value, error, "jump" if power(central) < -0.95 else "unsettled")
    return Estimate(value, error, "vertical" if math.isinf(value) else "smooth")
