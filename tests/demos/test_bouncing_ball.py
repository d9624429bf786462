"""Balls that bounce, against a simulation in small steps and against differences."""

from __future__ import annotations

import re

import numpy as np
import pytest

import autograd
from demos import bouncing_ball
from demos.bouncing_ball import GRAVITY, bounces, position


def simulated(height, restitution, seconds, step=1e-5):
    """The position by small steps of time, without a formula for flights."""
    y, v = height, 0.0
    for _ in range(round(seconds / step)):
        v -= GRAVITY * step
        y += v * step
        if y < 0.0 and v < 0.0:
            y, v = 0.0, -restitution * v
    return y


@pytest.mark.parametrize(("height", "seconds"), [(1.0, 0.2), (1.0, 0.7), (2.0, 1.6), (0.5, 1.3)])
def test_position_and_bounces(height, seconds):
    assert position(height, 0.8, seconds) == pytest.approx(
        simulated(height, 0.8, seconds), abs=1e-3
    )


def test_a_ball_comes_to_rest():
    assert position(0.1, 0.5, 60.0) == 0.0
    assert bounces(1.0, 0.8, 0.1) == 0
    assert bounces(1.0, 0.8, 0.5) == 1


def test_derivatives_are_those_of_differences():
    f = autograd.compile(
        position, argnums=(0, 1), in_axes=(0, None, None), branches="guard", backend="numpy"
    )
    heights = np.array([0.3, 0.9, 1.7, 2.6, 3.8])
    _, (by_height, by_restitution) = f.value_and_grad(heights, 0.8, 2.0)
    h = 1e-6
    above, below = f(heights + h, 0.8, 2.0), f(heights - h, 0.8, 2.0)
    np.testing.assert_allclose(by_height, (above - below) / (2 * h), rtol=1e-6, atol=1e-7)
    above, below = f(heights, 0.8 + h, 2.0), f(heights, 0.8 - h, 2.0)
    np.testing.assert_allclose(by_restitution, (above - below) / (2 * h), rtol=1e-6, atol=1e-7)


def test_the_demo(run_lesson):
    printed = run_lesson("bouncing_ball", "--balls", "200", "--seconds", "1.5")
    rows = re.findall(r"^ *[\d.]+ +\d+ .* (\d)e[−+](\d\d)$", printed, re.MULTILINE)
    assert len(rows) == 5
    assert all(int(exponent) >= 12 or digit == "0" for digit, exponent in rows)
    assert bouncing_ball.HEIGHTS[0] < bouncing_ball.HEIGHTS[1]
