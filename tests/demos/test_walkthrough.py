"""Two hidden units, one of them off."""

from __future__ import annotations

import pytest

from demos import walkthrough


def test_every_step_is_printed(run_lesson):
    printed = run_lesson("walkthrough")
    for line in (
        "h2 = relu(−1) = 0    OFF",
        "ŷ  = w1 h1 + w2 h2 = 0.5 · 2 + 1 · 0 = 1",
        "∂E/∂v1 = ∂E/∂z1 · x = −1 · 2 = −2",
        "∂E/∂h2 = ∂E/∂ŷ · w2 = −2 · 1 = −2",
        "∂E/∂z2 = ∂E/∂h2 · relu'(z2) = −2 · 0 = 0",
        "h2 is dead here",
    ):
        assert line in printed
    assert "h1 is dead" not in printed


def test_where_the_other_unit_is_on(run_lesson):
    printed = run_lesson("walkthrough", "--x", "-2")
    assert "h1 is dead here" in printed
    assert "h2 is dead" not in printed


@pytest.mark.parametrize("x", [2.0, -2.0, 0.0])
def test_gradients_by_formula(x):
    found = walkthrough.network(x, 3.0)
    h = [max(0.0, v * x) for v in walkthrough.V]
    delta = walkthrough.W[0] * h[0] + walkthrough.W[1] * h[1] - 3.0
    for i in (0, 1):
        on = walkthrough.V[i] * x > 0.0
        assert found.w[i].grad == pytest.approx(delta * h[i], abs=1e-15)
        assert found.v[i].grad == pytest.approx(delta * walkthrough.W[i] * on * x, abs=1e-15)
