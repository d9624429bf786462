"""Hinge loss with L2 of a ReLU network on two moons, as in micrograd's demo notebook.

Every weight times input, every addition and every ReLU is an operation on scalars.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from benchmarks.workloads.workload import Workload

if TYPE_CHECKING:
    from benchmarks.peers.peer import Peer

L2 = 1e-4


@dataclass(frozen=True)
class HingeMLP(Workload):
    """The loss of MLP(2, [16, 16, 1]), or other sizes, over all points.

    Attributes:
        sizes: width of each layer, the input first and the single output last.
        parameters: for each neuron of each layer, its weights, then its bias.
        points: the inputs.
        labels: −1 or 1 for each point.
    """

    sizes: list[int]
    parameters: list[float]
    points: list[list[float]]
    labels: list[float]

    @classmethod
    def on_two_moons(cls, points: int, seed: int = 0) -> HingeMLP:
        """Return the 2-16-16-1 network with weights and data drawn from ``seed``."""
        import numpy as np

        from benchmarks.workloads.two_moons import two_moons

        sizes = [2, 16, 16, 1]
        rng = np.random.default_rng(seed)
        count = sum((nin + 1) * nout for nin, nout in pairwise(sizes))
        x, y = two_moons(points, rng)
        return cls(sizes, rng.uniform(-1.0, 1.0, count).tolist(), x.tolist(), y.tolist())

    def point(self) -> list[float]:
        """Return the weights and biases."""
        return self.parameters

    def bind(self, peer: Peer) -> Callable[[Sequence[Any]], Any]:
        """Return the loss as a function of the parameters."""
        points = [[peer.constant(x) for x in point] for point in self.points]
        return lambda parameters: self._loss(parameters, points, peer.relu)

    def _loss(
        self,
        parameters: Sequence[Any],
        points: list[list[Any]],
        relu: Callable[[Any], Any],
    ) -> Any:
        *hidden, output = self._layers(parameters)
        total = 0.0
        for activations, label in zip(points, self.labels, strict=True):
            for layer in hidden:
                activations = [relu(neuron(w, activations, b)) for w, b in layer]
            (score,) = (neuron(w, activations, b) for w, b in output)
            total = total + relu(1.0 + -label * score)
        penalty = 0.0
        for p in parameters:
            penalty = penalty + p * p
        return total * (1.0 / len(points)) + penalty * L2

    def _layers(self, parameters: Sequence[Any]) -> list[list[tuple[list[Any], Any]]]:
        remaining = iter(parameters)
        return [
            [([next(remaining) for _ in range(nin)], next(remaining)) for _ in range(nout)]
            for nin, nout in pairwise(self.sizes)
        ]


def neuron(weights: Sequence[Any], inputs: Sequence[Any], bias: Any) -> Any:
    """Return the weighted sum, by one multiplication and one addition per input."""
    total = bias
    for w, x in zip(weights, inputs):
        total = total + w * x
    return total
