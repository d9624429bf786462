"""Gradients through many layers, against the recursion in NumPy; and the cliff."""

from __future__ import annotations

import math

import numpy as np
import pytest

from demos import cliff, vanishing

CASES = [
    vanishing.Case(activation, start, residual)
    for activation in vanishing.ACTIVATIONS
    for start in vanishing.STARTS
    for residual in (False, True)
]
ACTIVATIONS = {
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
    "tanh": (np.tanh, lambda a: 1 - a**2),
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(float)),
}


def by_recursion(case, depth, seed):
    """δ of each layer by hand, from the same random numbers."""
    n, rng = vanishing.WIDTH, np.random.default_rng(seed)
    readout = rng.standard_normal(n) / np.sqrt(n)
    x = rng.standard_normal((vanishing.SAMPLES, n))
    std = {"naive": 1.0, "Xavier": math.sqrt(1 / n), "He": math.sqrt(2 / n)}[case.start]
    f, slope = ACTIVATIONS[case.activation]
    weights = [std * rng.standard_normal((n, n)) for _ in range(depth)]
    outputs = []
    for W in weights:
        outputs.append(f(x @ W.T))
        x = outputs[-1] + (x if case.residual else 0.0)
    delta, sizes = np.tile(readout, (len(x), 1)), []
    for W, a in zip(reversed(weights), reversed(outputs)):
        at_z = delta * slope(a)
        sizes.append(np.sqrt(np.mean(at_z**2)))
        delta = at_z @ W + (delta if case.residual else 0.0)
    return sizes[::-1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case)))
def test_sizes_are_those_of_the_recursion(case):
    found = vanishing.gradient_sizes(case, [2, 6], seed=3)
    for depth in (2, 6):
        np.testing.assert_allclose(found[depth], by_recursion(case, depth, 3), rtol=1e-8)


def test_sizes_that_underflow_in_their_squares():
    assert vanishing._root_mean_square([3e-200, -4e-200]) == pytest.approx(5e-200 / math.sqrt(2))
    assert vanishing._root_mean_square([0.0, 0.0]) == 0.0


def test_the_lesson(run_lesson):
    printed = run_lesson("vanishing", "--depth", "12")
    rows = [line.split() for line in printed.splitlines() if " naive " in line or " He " in line]
    first = {(row[0], row[1], i // 6): float(row[-1]) for i, row in enumerate(rows)}
    assert first["sigmoid", "naive", 0] < 1e-3 < first["sigmoid", "naive", 1]
    assert first["relu", "naive", 0] > 1e2
    assert 1e-4 < first["relu", "He", 0] < 10.0


def test_clipping_cures_the_cliff():
    without, clipped = cliff.descend(None), cliff.descend(cliff.MAX_NORM)
    apart = next(i for i, (a, b) in enumerate(zip(without, clipped)) if a != b)
    assert without[:apart] == clipped[:apart]
    assert clipped[apart - 1].norm > cliff.MAX_NORM  # the step after which they part
    assert max(step.norm for step in without) > 20.0 * without[0].norm
    assert without[-1].error == pytest.approx((1.0 - cliff.TARGET) ** 2, rel=0.01)  # stuck
    assert np.median([step.error for step in clipped[-20:]]) < 0.01
    for before, after in zip(clipped, clipped[1:]):
        length = math.hypot(after.w - before.w, after.b - before.b)
        assert length <= cliff.RATE * cliff.MAX_NORM * (1 + 1e-9)
