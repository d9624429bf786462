"""PyTorch on matrices: whole batches, float64, one thread."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch.nn import functional

from benchmarks.training.peers.peer import Peer, Train
from benchmarks.training.workloads import Workload

_ACTIVATIONS = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}


class PyTorch(Peer):
    """``torch.nn`` and ``torch.optim``, in the loop of its tutorials."""

    distribution = "torch"

    def __init__(self) -> None:
        torch.set_num_threads(1)

    def prepare(self, workload: Workload) -> Train:
        """See Peer."""
        x, y = map(torch.tensor, workload.data)

        def train() -> list[float]:
            model = _model(workload)
            optimizer = getattr(torch.optim, workload.optimizer)(
                model.parameters(), **workload.options
            )
            schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, workload.rate)
            losses = []
            for batches in workload.batches():
                total = 0.0
                for batch in map(torch.tensor, batches):
                    # One that has all samples in order need not be picked.
                    inputs, targets = (x[batch], y[batch]) if workload.batch_size else (x, y)
                    optimizer.zero_grad()
                    loss = _loss(workload, model(inputs), targets)
                    if workload.penalty:
                        squares = sum((p * p).sum() for p in model.parameters())
                        loss = loss + workload.penalty * squares
                    loss.backward()
                    optimizer.step()
                    total += loss.item() * (len(batch) / len(x))
                losses.append(total)
                schedule.step()
            return losses

        return train


def _model(workload: Workload) -> torch.nn.Sequential:
    layers: list[torch.nn.Module] = []
    for (nin, nout), (weight, bias) in zip(pairwise(workload.sizes), workload.start(), strict=True):
        linear = torch.nn.Linear(nin, nout, dtype=torch.float64)
        linear.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})
        layers += [linear, _ACTIVATIONS[workload.activation]()]
    return torch.nn.Sequential(*layers[:-1])


def _loss(workload: Workload, outputs: torch.Tensor, targets: torch.Tensor) -> Any:
    match workload.loss:
        case "mse_loss":
            return functional.mse_loss(outputs[:, 0], targets)
        case "hinge_loss":
            return functional.relu(1.0 - targets * outputs[:, 0]).mean()
        case "cross_entropy":
            return functional.cross_entropy(outputs, targets)
    raise NotImplementedError(workload.loss)


PEER = PyTorch()
