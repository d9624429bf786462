"""Contrasts of the page's colors, by the formulas of WCAG 2.2 (success criteria 1.4.3, 1.4.11)."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

STYLE = (files("autograd.draw.live") / "page.css").read_text(encoding="utf-8")
COLORS = {
    name: {"light": light, "dark": dark}
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", STYLE)
}
BOXES = ["parameter", "constant", "result", "output"]


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str, scheme: str) -> float:
    values = (luminance(COLORS[name][scheme]) for name in (one, other))
    darker, lighter = sorted(values)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "quiet", "negative", "positive"])
def test_text_is_read_on_every_ground(text: str, scheme: str) -> None:
    for ground in ["paper", "ground", *BOXES]:
        assert contrast(text, ground, scheme) >= 4.5, ground


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lines_are_seen(scheme: str) -> None:
    for line in ["edge", "border", "accent", "now", *[f"{box}-line" for box in BOXES]]:
        assert contrast(line, "paper", scheme) >= 3.0, line
    assert contrast("on-accent", "accent", scheme) >= 4.5


def test_colors_are_stated_in_one_place() -> None:
    after = STYLE[STYLE.index("}") :]
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[ ;])", after) == []
