"""HIPS autograd, https://github.com/HIPS/autograd.

Its import name is this project's, so it lives in a virtual environment of its own.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.peers.peer import Evaluate, Peer

# Not import statements: a type checker would take these names for this project's package.
_autograd: Any = importlib.import_module("autograd")
_numpy: Any = importlib.import_module("autograd.numpy")


class HipsAutograd(Peer):
    """``value_and_grad`` of a function of as many floats as there are coordinates.

    That is as fast as one argument that holds a list of floats, and faster than an array, each
    element of which would have a gradient as long as the array.
    """

    distribution = "autograd"

    def value_and_gradient(
        self, f: Callable[[Sequence[Any]], Any], point: Sequence[float]
    ) -> Evaluate:
        """Differentiate with respect to all arguments at once."""
        differentiated = _autograd.value_and_grad(
            lambda *scalars: f(scalars), argnum=tuple(range(len(point)))
        )

        def evaluate() -> tuple[float, list[float]]:
            value, gradient = differentiated(*point)
            return float(value), [float(partial) for partial in gradient]

        return evaluate

    def relu(self, x: Any) -> Any:
        """``autograd.numpy.maximum``."""
        return _numpy.maximum(x, 0.0)


PEER = HipsAutograd()
