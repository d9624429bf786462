"""Two interleaving half circles, from a seed, with NumPy alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def two_moons(
    points: int, rng: np.random.Generator, noise: float = 0.1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points of two classes that no straight line separates.

    Args:
        points: how many, half of them (rounded down) of class −1.
        rng: where they are drawn from.
        noise: standard deviation added to each coordinate.

    Returns:
        Coordinates of shape (points, 2), labels −1 and 1 of shape (points,).
    """
    labels = np.where(np.arange(points) < points // 2, -1.0, 1.0)
    angle = rng.uniform(0.0, np.pi, points)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    x = np.where(labels[:, None] < 0.0, upper, lower)
    return x + rng.normal(0.0, noise, x.shape), labels
