"""This project: ``nn.fit``, eager and compiled."""

from __future__ import annotations

from typing import Any

import autograd
import nn
from benchmarks.training.peers.peer import Peer, Train
from benchmarks.training.workloads import Workload


class Ours(Peer):
    """Modules of scalars.

    Args:
        compiled: whether the loss is compiled, once for all trainings.
    """

    def __init__(self, *, compiled: bool) -> None:
        self._compiled = compiled

    def version(self) -> str:
        """Return the version of the package that is imported, and what its core is."""
        core = "core compiled" if autograd.COMPILED else "pure Python"
        return f"{autograd.__version__} ({core})"

    def prepare(self, workload: Workload) -> Train:
        """See Peer."""
        model = nn.MLP(workload.sizes[0], workload.sizes[1:], workload.activation)
        start = {
            f"layers.{i}.{name}": array
            for i, layer in enumerate(workload.start())
            for name, array in zip(("weight", "bias"), layer, strict=True)
        }
        loss: Any = nn.LOSSES[workload.loss]
        if workload.penalty:
            loss = _penalized(loss, workload.penalty, model)
        if self._compiled:
            loss = nn.compile_loss(model, loss)

        def train() -> list[float]:
            model.load_state_dict(start)
            optimizer = getattr(nn, workload.optimizer)(model.parameters(), **workload.options)
            history = nn.fit(
                model,
                *workload.data,
                loss=loss,
                optimizer=optimizer,
                epochs=workload.epochs,
                batch_size=workload.batch_size,
                seed=0,
                scheduler=nn.LambdaLR(optimizer, workload.rate),
                progress=False,
            )
            return history.losses

        return train


def _penalized(loss: Any, penalty: float, model: nn.Module) -> Any:
    def penalized(outputs: Any, targets: Any) -> Any:
        return loss(outputs, targets) + penalty * sum(p * p for p in model.parameters())

    return penalized


COMPILED = Ours(compiled=True)
EAGER = Ours(compiled=False)
