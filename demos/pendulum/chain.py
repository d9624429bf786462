"""A chain of pendulums: rods without mass, each hung from the end of the one before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import cos, sin
from demos.pendulum.mechanics import FloatArray

#: Metres per second squared; the standard value.
GRAVITY = 9.80665


def lagrangian(lengths: Sequence[float], masses: Sequence[float]) -> Callable[[Any, Any], Any]:
    """Kinetic minus potential energy, in joules, of rods in metres and masses in kilograms.

    Coordinates are the rods' angles, in radians, from hanging straight down.
    """

    def of_angles(angles: Any, velocities: Any) -> Any:
        kinetic, potential = 0.0, 0.0
        vx, vy, height = 0.0, 0.0, 0.0
        for length, mass, angle, velocity in zip(lengths, masses, angles, velocities, strict=True):
            vx = vx + length * velocity * cos(angle)
            vy = vy + length * velocity * sin(angle)
            height = height - length * cos(angle)
            kinetic = kinetic + 0.5 * mass * (vx * vx + vy * vy)
            potential = potential + mass * GRAVITY * height
        return kinetic - potential

    return of_angles


def positions(angles: FloatArray, lengths: Sequence[float]) -> FloatArray:
    """Where the joints are: (x, y) of the pivot and of each mass, shape (..., n + 1, 2)."""
    steps = np.stack([np.sin(angles), -np.cos(angles)], axis=-1) * np.asarray(lengths)[:, None]
    pivot = np.zeros_like(steps[..., :1, :])
    return np.cumsum(np.concatenate([pivot, steps], axis=-2), axis=-2)


def greatest_fall(lengths: Sequence[float], masses: Sequence[float]) -> float:
    """The energy, in joules, between the chain upright and the chain hanging down."""
    return float(2.0 * GRAVITY * np.dot(masses, np.cumsum(lengths)))
