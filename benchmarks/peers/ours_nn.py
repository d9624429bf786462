"""This project through its package ``nn``: one ``dot`` node per neuron."""

from __future__ import annotations

from collections.abc import Callable

import nn
from autograd import Value
from benchmarks.peers.ours import Ours
from benchmarks.peers.peer import Evaluate
from benchmarks.workloads.hinge_mlp import L2, HingeMLP
from benchmarks.workloads.workload import Workload


class OursNN(Ours):
    """``nn.MLP`` and ``nn.hinge_loss``, for the one workload that is a network."""

    def prepare(self, workload: Workload) -> Evaluate:
        """Record, sweep, read the parameters."""
        model, parameters, loss = _network(workload)

        def evaluate() -> tuple[float, list[float]]:
            model.zero_grad()
            result = loss()
            result.backward()
            return result.data, [parameter.grad for parameter in parameters]

        return evaluate

    def record(self, workload: Workload) -> Value:
        """Return the root of the graph of one evaluation."""
        _, _, loss = _network(workload)
        return loss()


def _network(workload: Workload) -> tuple[nn.MLP, list[Value], Callable[[], Value]]:
    """Return the model, its parameters in the workload's order, and the loss."""
    assert isinstance(workload, HingeMLP)
    nin, *nouts = workload.sizes
    model = nn.MLP(nin, nouts, activation="relu")
    parameters: list[Value] = []
    for layer in model.layers:
        assert layer.bias is not None
        for weights, bias in zip(layer.weight, layer.bias, strict=True):
            parameters += [*weights, bias]
    for parameter, x in zip(parameters, workload.parameters, strict=True):
        parameter.data = x

    def loss() -> Value:
        scores = [model(point) for point in workload.points]
        penalty = sum(p * p for p in model.parameters())
        total: Value = nn.hinge_loss(scores, workload.labels) + L2 * penalty
        return total

    return model, parameters, loss


COMPILED = OursNN(compiled=True)
PURE = OursNN(compiled=False)
