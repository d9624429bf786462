"""Equations of motion from a Lagrangian, by nested derivatives.

The motion q(t) of a system with the Lagrangian L(q, v), v = dq/dt, satisfies Lagrange's equations:
the momenta p = ∂L/∂v change as the forces say,

    dp/dt = ∂L/∂q.

By the chain rule dp/dt = (∂p/∂q) v + (∂p/∂v) a with the accelerations a = dv/dt, and that makes it
a linear system for them. As L does not depend on time, the energy v · p − L is conserved. (Landau &
Lifshitz, "Mechanics", §§ 2 and 6.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd
from autograd import dot, grad, jacobian, jvp

FloatArray = npt.NDArray[np.float64]


class System:
    """What moves as a Lagrangian says.

    A state is an array of n coordinates q, then n velocities v.
    """

    def __init__(self, lagrangian: Callable[[Any, Any], Any]) -> None:
        """Compile what follows from ``lagrangian(q, v)``; the first state that comes fixes n."""
        force, momentum = grad(lagrangian, 0), grad(lagrangian, 1)

        def equations(state: Any) -> Any:
            """The matrix and the right side of the linear system for the accelerations."""
            q, v = _parts(state)
            mass = jacobian(momentum, 1)(q, v)
            _, along_v = jvp(lambda q: momentum(q, v), (q,), (v,))
            return mass, force(q, v) - along_v

        def energy(state: Any) -> Any:
            q, v = _parts(state)
            return dot(v, momentum(q, v)) - lagrangian(q, v)

        self._equations = autograd.compile(equations)
        self._energies = autograd.compile(energy, in_axes=0)

    def derivative(self, time: float, state: FloatArray) -> FloatArray:
        """The time derivative of a state, (v, a); the time itself does not matter."""
        _, v = _parts(state)
        return np.concatenate([v, np.linalg.solve(*self._equations(state))])

    def energies(self, states: FloatArray) -> FloatArray:
        """The energy of each state, shape (count,), of states of shape (count, 2n)."""
        energies: FloatArray = self._energies(states)
        return energies


def _parts(state: Any) -> tuple[Any, Any]:
    n = len(state) // 2
    return state[:n], state[n:]
