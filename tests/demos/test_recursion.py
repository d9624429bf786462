"""The recursion beside the engine."""

from __future__ import annotations

import re

import numpy as np
import pytest

from demos import recursion


def test_columns_agree(run_lesson):
    printed = run_lesson("recursion")
    rows = re.findall(r"^δ[₁₂₃]\[\d\] +(\S+) +([01]) +(\S+) +(\S+)$", printed, re.MULTILINE)
    assert len(rows) == 4 + 3 + 1
    for handed_down, slope, by_hand, engine in rows:
        assert by_hand == engine
        assert float(by_hand) == float(handed_down) * float(slope)
    assert "W₁[2, 1], path by path" in printed
    shares = re.findall(r"^    = (\S+) \(", printed, re.MULTILINE)
    total = re.search(r"^∂E/∂W₁\[2, 1\] = (\S+),", printed, re.MULTILINE)[1]
    assert sum(map(float, shares)) == pytest.approx(float(total), rel=1e-3)
    assert {slope for _, slope, _, _ in rows} == {"0", "1"}  # units that are on, and off


@pytest.mark.parametrize("seed", range(5))
def test_the_engine_finds_the_recursion(seed):
    passed = recursion.both_passes(seed)
    assert [len(delta) for delta in passed.deltas] == [4, 3, 1]
    for depth, layer in enumerate(passed.model.layers):
        delta, below = passed.deltas[depth], passed.a[depth]
        np.testing.assert_allclose([z.grad for z in passed.z[depth]], delta, atol=1e-12)
        found = [[w.grad for w in row] for row in layer.weight]
        np.testing.assert_allclose(found, np.outer(delta, below), atol=1e-12)
        np.testing.assert_allclose([b.grad for b in layer.bias], delta, atol=1e-12)
