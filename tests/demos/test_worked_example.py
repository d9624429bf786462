"""The worked example: the figures that are published, and those of the sigmoid."""

from __future__ import annotations

import math

import pytest

from demos import worked_example


def test_the_figures_are_those_published(run_lesson):
    printed = run_lesson("worked_example")
    for line in (
        "ŷ = w x + b = 1 · 2.1 + 0 = 2.1",
        "E = (y − ŷ)² = (4 − 2.1)² = 3.61",
        "∂E/∂ŷ = −2 (y − ŷ)    = −2 · 1.9 = −3.8",
        "∂E/∂w = ∂E/∂ŷ · ∂ŷ/∂w = −3.8 · 2.1 = −7.98",
        "∂E/∂b = ∂E/∂ŷ · ∂ŷ/∂b = −3.8 · 1 = −3.8",
        "= 1.0798",
        "= 0.038\n",
        "E = 2.871",
        "σ'(z)  = ŷ (1 − ŷ) = 0.8909 · 0.1091 = 0.0972",
    ):
        assert line in printed


def test_the_sigmoid_by_formula():
    found = worked_example.neuron(1.0, 0.0, squashed=True)
    y_hat = 1.0 / (1.0 + math.exp(-2.1))
    assert y_hat == pytest.approx(0.891, abs=5e-4)
    assert y_hat * (1.0 - y_hat) == pytest.approx(0.097, abs=5e-4)
    assert found.w.grad == pytest.approx(
        -2.0 * (4.0 - y_hat) * y_hat * (1.0 - y_hat) * 2.1, rel=1e-14
    )


def test_descent_goes_down():
    errors = [step.E.data for step in worked_example.descend(10)]
    assert errors == sorted(errors, reverse=True)
    # E shrinks by the same factor each time: (1 − 2η (x² + 1))².
    assert errors[1] / errors[0] == pytest.approx((1.0 - 0.02 * (2.1**2 + 1.0)) ** 2, rel=1e-12)
    assert errors[10] / errors[9] == pytest.approx(errors[1] / errors[0], rel=1e-12)
