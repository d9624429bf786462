"""Gradient checks in test suites: ``assert_gradients_match``."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd
from autograd import GradcheckError
from autograd.testing import assert_gradients_match


def test_one_line_checks_first_and_second_order_at_several_points() -> None:
    assert_gradients_match(autograd.tanh, 0.3, order=2, points=4)
    assert_gradients_match(autograd.relu, 0.0)
    assert_gradients_match(lambda x: np.sum(x**2), np.ones(2), manual=lambda x: 2.0 * x, points=3)
    assert_gradients_match(math.sin, 0.3, manual=math.cos, points=3)


def test_other_points_find_what_one_point_hides() -> None:
    def only_right_at_one(x: float) -> float:
        return 2.0 * x * x

    assert_gradients_match(lambda x: x * x, 1.0, manual=only_right_at_one)
    with pytest.raises(GradcheckError):
        assert_gradients_match(lambda x: x * x, 1.0, manual=only_right_at_one, points=2)


def test_second_order_is_checked_if_asked_for() -> None:
    # A cube whose partial is a constant to autograd.
    cube = autograd.primitive(name="cube", partials=lambda y, x: 3.0 * float(x) ** 2)(
        lambda x: x**3
    )
    assert_gradients_match(cube, 1.5)
    with pytest.raises((GradcheckError, TypeError)):
        assert_gradients_match(cube, 1.5, order=2)


def test_bad_requests_say_what_is_wanted() -> None:
    with pytest.raises(ValueError, match="order should be 1 or 2"):
        assert_gradients_match(math.sin, 1.0, order=3)
    with pytest.raises(ValueError, match="points should be 1 or more"):
        assert_gradients_match(math.sin, 1.0, points=0)
