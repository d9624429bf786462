from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.draw.gradient_scale import GradientScale


def channels(color: str) -> tuple[int, int, int]:
    assert len(color) == 7
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in channels(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_of_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # WebAIM's checker


@given(st.floats(-1e3, 1e3) | st.sampled_from([math.nan, math.inf, -math.inf]))
def test_text_is_readable_on_every_color(gradient: float) -> None:
    assert contrast(GradientScale([1e3, 0.1]).color(gradient), "#1b2733") > 4.5


def test_color_grows_with_the_logarithm_of_the_magnitude() -> None:
    scale = GradientScale([1e-4, 1.0])
    blue = [channels(scale.color(10.0**exponent))[2] for exponent in (-4, -3, -2, -1, 0)]
    steps = [left - right for left, right in zip(blue, blue[1:])]
    assert max(steps) - min(steps) <= 1  # equal but for rounding
    assert min(steps) > 30


def test_sign_decides_the_color_and_zero_has_none() -> None:
    scale = GradientScale([2.0, -0.5])
    red, _, blue = channels(scale.color(2.0))
    assert red > blue
    red, _, blue = channels(scale.color(-2.0))
    assert red < blue
    assert scale.color(0.0) == scale.color(-0.0) == "#ffffff"
    assert scale.color(-0.5) != "#ffffff"


def test_four_decades_are_told_apart_and_less_is_faint() -> None:
    scale = GradientScale([1.0, 1e-9])
    assert scale.color(1e-9) == scale.color(1e-4) != scale.color(1e-3)
    assert scale.color(1e-9) != "#ffffff"


def test_what_is_not_finite() -> None:
    scale = GradientScale([math.inf, math.nan, 1.0])
    assert scale.color(math.inf) == scale.color(1.0)
    assert scale.color(-math.inf) == scale.color(-1.0)
    assert scale.color(math.nan) not in {scale.color(1.0), scale.color(-1.0), scale.color(0.0)}


@pytest.mark.parametrize(
    ("gradients", "legend"),
    [
        ([3.0, -0.5], [3.0, 0.5, 0.0, -0.5, -3.0]),
        ([-2.0], [2.0, 0.0, -2.0]),
        ([0.0], [1.0, 0.0, -1.0]),
        ([], [1.0, 0.0, -1.0]),
    ],
)
def test_the_legend_spans_the_gradients(gradients: list[float], legend: list[float]) -> None:
    assert GradientScale(gradients).legend() == legend


def test_the_smallest_of_all_floats() -> None:
    scale = GradientScale([5e-324, 1.7e308])
    assert scale.color(5e-324) != scale.color(1.7e308)
    assert GradientScale([5e-324]).color(5e-324) == GradientScale([1.0]).color(1.0)
