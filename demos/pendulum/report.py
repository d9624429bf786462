"""What is printed: the period of a single pendulum, and how well the energy is conserved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demos.pendulum.mechanics import System
from demos.pendulum.motion import Motion, exact_period, measured_period
from demos.tables import heading, paragraph, table


def show_period(system: System, angle: float, tolerance: float) -> None:
    """Print the period of a single pendulum, by integration and by formula."""
    print(heading("Period"))
    rows = [
        ["integrated", f"{measured_period(system, angle, 1.0, tolerance):.12f} s"],
        ["4 √(l/g) K(sin(θ/2))", f"{exact_period(angle, 1.0):.12f} s"],
        ["of small swings, 2π √(l/g)", f"{exact_period(0.0, 1.0):.12f} s"],
    ]
    print(table(["", ""], rows, align="lr").lstrip("\n"))


def show_energy(tolerances: Sequence[float], motions: Sequence[Motion], scale: float) -> None:
    """Print how far the energy is off, for each tolerance of the integrator."""
    print(heading("Energy"))
    rows = [
        [
            f"{tolerance:.0e}",
            f"{motion.evaluations:,}",
            f"{motion.seconds:.2f} s",
            f"{1e6 * motion.seconds / motion.evaluations:.0f} µs",
            f"{np.abs(motion.energy_errors).max() / scale:.1e}",
        ]
        for tolerance, motion in zip(tolerances, motions, strict=True)
    ]
    headers = ["tolerance", "evaluations", "time", "each", "energy off by"]
    print(table(headers, rows, align="rrrrr"))
    text = (
        "The last column is relative to what the chain gains by falling, at most. The Lagrangian's "
        "derivatives are exact; what is lost is the integrator's, and falls with its tolerance."
    )
    print(f"\n{paragraph(text)}")
