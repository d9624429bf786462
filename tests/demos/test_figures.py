"""What the pictures have in common."""

from __future__ import annotations

import numpy as np
import pytest

from demos.figures import broken_at_jumps, signed_colors


def test_a_jump_is_no_line():
    x = np.linspace(-1.0, 1.0, 9)
    shown_x, shown_y = broken_at_jumps(x, np.where(x > 0.3, 1.0, 0.0))
    np.testing.assert_array_equal(np.isnan(shown_y), [False] * 6 + [True] + [False] * 3)
    np.testing.assert_array_equal(shown_x[~np.isnan(shown_x)], x)


@pytest.mark.parametrize("f", [np.abs, np.tanh, lambda x: -1.0 / (x + 1.05)])
def test_kinks_and_steep_curves_stay_whole(f):
    x = np.linspace(-1.0, 1.0, 41)
    np.testing.assert_array_equal(broken_at_jumps(x, f(x)), (x, f(x)))


def test_orange_is_positive_and_blue_negative():
    pytest.importorskip("matplotlib")
    (red, _, blue, _), below = signed_colors()(1.0), signed_colors()(0.0)
    assert red > blue
    assert below[2] > below[0]
    assert signed_colors()(0.5)[:3] == pytest.approx((1.0, 1.0, 1.0), abs=0.01)
