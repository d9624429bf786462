"""Activations and softmax, by formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

from demos import activations


def test_softmax_of_the_example(run_lesson):
    printed = run_lesson("activations")
    assert "softmax of [2.0, 1.0, 0.1] = [0.6590, 0.2424, 0.0986]" in printed
    shares = np.exp(activations.LOGITS) / np.exp(activations.LOGITS).sum()
    np.testing.assert_allclose(shares, [0.66, 0.24, 0.10], atol=5e-3)
    expected = np.diag(shares) - np.outer(shares, shares)
    found = activations.softmax_jacobian(activations.LOGITS)
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_slopes_are_those_of_finite_differences(name):
    x = np.array([-3.0, -0.7, 0.4, 3.0])
    f, h = activations.function(name), 1e-6
    expected = [(float(f(a + h)) - float(f(a - h))) / (2 * h) for a in x.tolist()]
    np.testing.assert_allclose(activations.derivative(name, x), expected, atol=1e-8)


def test_what_is_said_of_the_sigmoid():
    assert activations.derivative("sigmoid", np.array([0.0]))[0] == 0.25
    assert math.log10(0.25**10) == pytest.approx(-6.0, abs=0.05)
