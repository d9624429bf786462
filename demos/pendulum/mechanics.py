"""Equations of motion from a Lagrangian, by differentiation.

The motion q(t) of a system with the Lagrangian L(q, v), v = dq/dt, satisfies Lagrange's equations

    d/dt ∂L/∂v = ∂L/∂q.

By the chain rule the left side is (∂²L/∂v∂v) a + (∂²L/∂v∂q) v, with a = dv/dt. So gradient and
Hessian of L are all it takes; what is left is a linear system for the accelerations a. As L does
not depend on time, the energy v · ∂L/∂v − L is conserved (Landau & Lifshitz, "Mechanics", §§ 2
and 6).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd

FloatArray = npt.NDArray[np.float64]


class System:
    """What moves as a Lagrangian says.

    A state is an array of n coordinates q, then n velocities v.
    """

    def __init__(self, lagrangian: Callable[[Any, Any], Any]) -> None:
        """Compile ``lagrangian(q, v)``; it is recorded for the n of the first state that comes."""

        def of_state(state: Any) -> Any:
            n = len(state) // 2
            return lagrangian(state[:n], state[n:])

        self._lagrangian = autograd.compile(of_state)
        self._of_states = autograd.compile(of_state, in_axes=0)

    def derivative(self, time: float, state: FloatArray) -> FloatArray:
        """The time derivative of a state, (v, a); the time itself does not matter."""
        n = len(state) // 2
        v = state[n:]
        gradient = self._lagrangian.grad(state)
        hessian = self._lagrangian.hessian(state)
        a = np.linalg.solve(hessian[n:, n:], gradient[:n] - hessian[n:, :n] @ v)
        return np.concatenate([v, a])

    def energies(self, states: FloatArray) -> FloatArray:
        """The energy of each state, shape (count,), of states of shape (count, 2n)."""
        n = states.shape[1] // 2
        values, gradients = self._of_states.value_and_grad(states)
        energies: FloatArray = (states[:, n:] * gradients[:, n:]).sum(axis=1) - values
        return energies
