"""Three ways down a valley, against the formulas of their steps."""

from __future__ import annotations

import re

import numpy as np
import pytest

from demos import momentum


def ways(curvature, steps):
    makers = momentum.optimizers(curvature).items()
    return [momentum.descend(name, make, curvature, steps) for name, make in makers]


@pytest.mark.parametrize("curvature", [4.0, 100.0])
def test_the_first_two_by_formula(curvature):
    plain, with_momentum, _ = ways(curvature, 40)
    scale = np.array([1.0, curvature])
    for way, alpha in ((plain, 0.0), (with_momentum, momentum.ALPHA)):
        w, step = np.array(momentum.START), np.zeros(2)
        for point in way.points:
            np.testing.assert_allclose(point, w, atol=1e-12)
            step = -scale * w / curvature + alpha * step  # equation 9 of 1986
            w = w + step


def test_adam_moves_both_parameters_alike_at_first():
    *_, adam = ways(100.0, 1)
    moved = np.abs(np.subtract(adam.points[1], adam.points[0]))
    np.testing.assert_allclose(moved, momentum.ADAM_RATE, rtol=1e-6)


def test_who_is_first(run_lesson):
    printed = run_lesson("momentum")
    names = ("plain descent", "momentum 1986", "Adam")
    rows = [re.search(rf"^{name} +\d\.\de.* (\d+)$", printed, re.MULTILINE) for name in names]
    steps = [int(row[1]) for row in rows]
    # 50 · 0.99^(2n) ≤ 1e-6 for the first time.
    assert steps[0] == np.ceil(np.log(50.0 / momentum.REACHED) / (-2.0 * np.log(0.99)))
    assert steps[1] < steps[0] / 4
    assert steps[2] < steps[0] / 4


def test_a_way_that_does_not_arrive(run_lesson):
    assert re.search(r"^plain descent .* no$", run_lesson("momentum", "--steps", "1"), re.MULTILINE)
