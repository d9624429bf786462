"""The exclusive or: four points that no single straight line divides as wanted."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: The four points, one per row, and the target of each.
X: FloatArray = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y: FloatArray = np.array([[0.0], [1.0], [1.0], [0.0]])

#: The points as they are written in tables and pictures.
POINTS = ["00", "01", "10", "11"]


def all_right(outputs: npt.ArrayLike) -> bool:
    """Return whether all four outputs ŷ, in the order of `X`, are on their target's side of ½."""
    guesses: npt.NDArray[Any] = np.reshape(outputs, Y.shape) > 0.5
    return bool(np.array_equal(guesses, Y > 0.5))
