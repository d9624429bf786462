"""micrograd, as in its demo notebook: https://github.com/karpathy/micrograd."""

from __future__ import annotations

from typing import Any

from micrograd.engine import Value
from micrograd.nn import MLP

from benchmarks.training.peers.peer import Peer, Train
from benchmarks.training.workloads import Workload


class Micrograd(Peer):
    """Its own network of ReLU units; the steps are written out. It has no exponential."""

    distribution = "micrograd"

    def prepare(self, workload: Workload) -> Train:
        """See Peer."""
        if (workload.activation, workload.optimizer) != ("relu", "SGD"):
            raise NotImplementedError(workload.activation)
        x, y = workload.data
        inputs = [list(map(Value, row)) for row in x.tolist()]
        targets = y.tolist()

        def train() -> list[float]:
            model = _model(workload)
            parameters = model.parameters()
            momentum = workload.options.get("momentum", 0.0)
            changes = [0.0] * len(parameters)
            losses = []
            for epoch in range(workload.epochs):
                loss = _loss(workload, list(map(model, inputs)), targets)
                if workload.penalty:
                    loss = loss + workload.penalty * sum(p * p for p in parameters)
                model.zero_grad()
                loss.backward()
                rate = workload.options["lr"] * workload.rate(epoch)
                for i, p in enumerate(parameters):
                    changes[i] = momentum * changes[i] + p.grad
                    p.data -= rate * changes[i]
                losses.append(loss.data)
            return losses

        return train


def _model(workload: Workload) -> MLP:
    model = MLP(workload.sizes[0], workload.sizes[1:])
    for layer, (weight, bias) in zip(model.layers, workload.start(), strict=True):
        for neuron, row, b in zip(layer.neurons, weight.tolist(), bias.tolist(), strict=True):
            neuron.b.data = b
            for w, number in zip(neuron.w, row, strict=True):
                w.data = number
    return model


def _loss(workload: Workload, outputs: list[Any], targets: list[float]) -> Any:
    pairs = zip(outputs, targets, strict=True)
    if workload.loss == "mse_loss":
        losses = [(output - target) ** 2 for output, target in pairs]
    else:
        losses = [(1 + -target * output).relu() for output, target in pairs]
    return sum(losses) * (1.0 / len(losses))


PEER = Micrograd()
