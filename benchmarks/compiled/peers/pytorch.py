"""PyTorch on matrices: a new graph for each evaluation, one thread."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from benchmarks.compiled.peers.peer import Peer, Task, flat
from benchmarks.compiled.workloads import AsianCall, CrossEntropy, Hinge, Layers, Rosenbrock


class PyTorch(Peer):
    """Whole batches, float64."""

    distribution = "torch"

    def __init__(self) -> None:
        torch.set_num_threads(1)

    def hinge(self, workload: Hinge) -> Task:
        """``linear`` and ``relu``."""
        layers, x, y = workload.data
        parameters, inputs, labels = _parameters(layers), torch.tensor(x), torch.tensor(y)

        def loss() -> torch.Tensor:
            return functional.relu(1.0 - labels * _scores(parameters, inputs)[:, 0]).sum()

        return _task(loss, parameters)

    def cross_entropy(self, workload: CrossEntropy) -> Task:
        """``linear``, ``relu`` and ``cross_entropy`` of class numbers."""
        layers, x, one_hot = workload.data
        parameters, inputs = _parameters(layers), torch.tensor(x)
        classes = torch.tensor(one_hot.argmax(axis=1))

        def loss() -> torch.Tensor:
            return functional.cross_entropy(_scores(parameters, inputs), classes, reduction="sum")

        return _task(loss, parameters)

    def asian_call(self, workload: AsianCall) -> Task:
        """All paths at once, one step after the other: what a step needs stays in the cache."""
        market, z = workload.data
        parameters = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in market]
        increments = torch.tensor(z.T.copy())

        def loss() -> torch.Tensor:
            spot, rate, volatility, maturity, strike = parameters
            dt = maturity / workload.steps
            drift, scale = (rate - 0.5 * volatility**2) * dt, volatility * torch.sqrt(dt)
            price = spot.expand(workload.paths)
            total = torch.zeros_like(price)
            for step in increments:
                price = price * torch.exp(drift + scale * step)
                total = total + price
            paid = functional.relu(total / workload.steps - strike)
            return (paid * torch.exp(-rate * maturity)).sum()

        return _task(loss, parameters)

    def rosenbrock(self, workload: Rosenbrock) -> Task:
        """One tensor."""
        x = torch.tensor(workload.data, requires_grad=True)

        def loss() -> torch.Tensor:
            return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()

        return _task(loss, [x])


def _parameters(layers: Layers) -> list[torch.Tensor]:
    return [torch.tensor(array, requires_grad=True) for layer in layers for array in layer]


def _scores(parameters: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    for k in range(0, len(parameters), 2):
        x = functional.linear(x, parameters[k], parameters[k + 1])
        if k + 2 < len(parameters):
            x = functional.relu(x)
    return x


def _task(loss: Any, parameters: list[torch.Tensor]) -> Task:
    def evaluate() -> Any:
        for parameter in parameters:
            parameter.grad = None
        value = loss()
        value.backward()
        return value.item(), [parameter.grad for parameter in parameters]

    return Task(evaluate, flat)


PEER = PyTorch()
