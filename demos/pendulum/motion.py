"""The motion: Lagrange's equations, integrated by SciPy."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import ellipk
from tqdm import tqdm

from demos.pendulum.chain import GRAVITY
from demos.pendulum.mechanics import FloatArray, System


class Motion(NamedTuple):
    """A motion at equally spaced times.

    Attributes:
        times: from 0 on, in seconds.
        states: angles and angular velocities, shape (times, 2n).
        energy_errors: how much energy has come or gone, in joules.
        evaluations: how often the equations of motion were evaluated.
        seconds: what the integration took.
    """

    times: FloatArray
    states: FloatArray
    energy_errors: FloatArray
    evaluations: int
    seconds: float


def released(angles: FloatArray) -> FloatArray:
    """The state of a chain at rest."""
    return np.concatenate([angles, np.zeros_like(angles)])


def move(system: System, start: FloatArray, times: FloatArray, tolerance: float) -> Motion:
    """Integrate the motion from ``start``, with a relative and absolute error per step.

    The method is DOP853, of order 8 (Hairer, Nørsett & Wanner, "Solving Ordinary Differential
    Equations I", 2nd ed. 1993, section II.5).

    Raises:
        RuntimeError: the steps have become too small to go on.
    """
    began = time.perf_counter()
    with tqdm(total=float(times[-1]), unit="s", delay=2.0, leave=False) as bar:

        def derivative(t: float, state: FloatArray) -> FloatArray:
            bar.update(max(0.0, t - bar.n))
            return system.derivative(t, state)

        found = solve_ivp(
            derivative,
            (times[0], times[-1]),
            start,
            method="DOP853",
            t_eval=times,
            rtol=tolerance,
            atol=tolerance,
        )
    if not found.success:
        raise RuntimeError(f"the motion could not be integrated: {found.message}")
    seconds = time.perf_counter() - began
    states = np.ascontiguousarray(found.y.T)
    energies = system.energies(states)
    return Motion(times, states, energies - energies[0], found.nfev, seconds)


def measured_period(system: System, angle: float, length: float, tolerance: float) -> float:
    """The period of a single pendulum released at ``angle``: four times that until it is lowest."""

    def lowest(time: float, state: FloatArray) -> float:
        return float(state[0])

    lowest.terminal = True  # type: ignore[attr-defined]
    start = released(np.array([angle]))
    found = solve_ivp(
        system.derivative,
        (0.0, exact_period(angle, length)),
        start,
        method="DOP853",
        events=lowest,
        rtol=tolerance,
        atol=tolerance,
    )
    return 4.0 * float(found.t_events[0][0])


def exact_period(angle: float, length: float) -> float:
    """The period by the complete elliptic integral, 4 √(l/g) K(sin(θ/2)); DLMF §22.19."""
    return float(4.0 * np.sqrt(length / GRAVITY) * ellipk(np.sin(angle / 2.0) ** 2))
