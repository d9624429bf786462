"""Losses: their slopes in words and by the engine, and who learns when confidently wrong."""

from __future__ import annotations

import math
import re

import pytest

import autograd
import nn
from demos import losses


def test_the_lesson(run_lesson):
    printed = run_lesson("losses", "--start", "-5")
    assert re.search(r"^ +0 +0\.4170 +-0\.3410 +0\.2424 +0\.0986$", printed, re.MULTILINE)
    squared, entropy = re.search(
        r"squared error (\d+), cross-entropy (\d+)$", printed, re.M
    ).groups()
    assert int(squared) > 5 * int(entropy)


def test_slopes_are_as_the_words_say():
    said = {
        "mse_loss": lambda o: 2.0 * (o - 1.0),
        "half_squared_error": lambda o: o - 1.0,
        "binary_cross_entropy": lambda p: -1.0 / p,
        "binary_cross_entropy_with_logits": lambda z: 1.0 / (1.0 + math.exp(-z)) - 1.0,
        "hinge_loss": lambda s: -1.0 if s < 1.0 else 0.0,
    }
    assert list(said) == list(losses.CURVES)
    for name, slope in said.items():
        for x in (0.1, 0.5, 0.9):
            found = autograd.grad(nn.LOSSES[name])(x, 1.0)
            assert found == pytest.approx(slope(x), rel=1e-12)


@pytest.mark.parametrize("z", [-8.0, -1.0, 3.0])
def test_the_slope_of_the_sigmoid_cancels(z):
    y = 1.0 / (1.0 + math.exp(-z))
    assert autograd.grad(losses.cross_entropy)(z) == pytest.approx(y - 1.0, rel=1e-12)
    expected = -2.0 * (1.0 - y) ** 2 * y
    assert autograd.grad(losses.squared)(z) == pytest.approx(expected, rel=1e-12)


def test_descent_as_in_plain_python():
    z, steps = -3.0, 0
    while 1.0 / (1.0 + math.exp(-z)) < losses.LEARNED:
        z += losses.RATE * (1.0 - 1.0 / (1.0 + math.exp(-z)))
        steps += 1
    assert len(losses.descend(losses.cross_entropy, -3.0)) == steps + 1
