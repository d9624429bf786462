"""Fill colors that show the size and the sign of gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable

_Color = tuple[int, int, int]

# Blue and orange stay apart under every common form of color blindness; both are light enough for
# dark text (a contrast above 4.5 to 1, which WCAG 2.2 asks for, over the whole scale).
_NEGATIVE: _Color = (0x5E, 0xA9, 0xDD)
_ZERO: _Color = (0xFF, 0xFF, 0xFF)
_POSITIVE: _Color = (0xF3, 0x9A, 0x45)
_UNDEFINED: _Color = (0xD9, 0x8C, 0xC8)

_DECADES = 4
_FAINTEST = 0.2


class GradientScale:
    """A diverging color scale: blue below zero, white at zero, orange above.

    The strength of the color grows with the logarithm of the magnitude, from the smallest gradient
    present (but at most four decades below the largest) to the largest, so that vanishing and
    exploding gradients both show. NaN is pink; infinities take the strongest color.

    Args:
        gradients: The gradients to be told apart.
    """

    def __init__(self, gradients: Iterable[float]) -> None:
        sizes = [abs(gradient) for gradient in gradients if gradient and math.isfinite(gradient)]
        self.largest = max(sizes, default=1.0)
        self.smallest = max(min(sizes, default=1.0), self.largest * 10.0**-_DECADES)

    def color(self, gradient: float) -> str:
        """Return the color of a gradient as ``#rrggbb``."""
        if math.isnan(gradient):
            return _hex(_UNDEFINED)
        end = _NEGATIVE if gradient < 0 else _POSITIVE
        strength = self._strength(abs(gradient))
        return _hex(
            (
                round(_ZERO[0] + strength * (end[0] - _ZERO[0])),
                round(_ZERO[1] + strength * (end[1] - _ZERO[1])),
                round(_ZERO[2] + strength * (end[2] - _ZERO[2])),
            )
        )

    def legend(self) -> list[float]:
        """Return gradients that show the scale, in falling order."""
        sizes = sorted({self.smallest, self.largest})
        return [*reversed(sizes), 0.0, *(-size for size in sizes)]

    def _strength(self, size: float) -> float:
        if size == 0.0:
            return 0.0
        if size >= self.largest:
            return 1.0
        if size <= self.smallest:
            return _FAINTEST
        share = math.log(size / self.smallest) / math.log(self.largest / self.smallest)
        return _FAINTEST + share * (1.0 - _FAINTEST)


def _hex(color: _Color) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
