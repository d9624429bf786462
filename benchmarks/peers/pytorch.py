"""PyTorch on scalars: tensors of dimension 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from benchmarks.peers.peer import Evaluate, Peer


class PyTorch(Peer):
    """Leaves with ``requires_grad``, float64, one thread, a new graph per evaluation."""

    distribution = "torch"

    def __init__(self) -> None:
        torch.set_num_threads(1)

    def value_and_gradient(
        self, f: Callable[[Sequence[Any]], Any], point: Sequence[float]
    ) -> Evaluate:
        """Record, sweep, read the leaves; ``grad = None`` is what ``Optimizer.zero_grad`` does."""
        leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]

        def evaluate() -> tuple[float, list[float]]:
            for leaf in leaves:
                leaf.grad = None
            result = f(leaves)
            result.backward()
            return result.item(), [_item(leaf.grad) for leaf in leaves]

        return evaluate

    def relu(self, x: Any) -> Any:
        """``torch.relu``."""
        return torch.relu(x)

    def constant(self, x: float) -> Any:
        """Return a tensor made once."""
        return torch.tensor(x, dtype=torch.float64)


def _item(grad: torch.Tensor | None) -> float:
    return 0.0 if grad is None else float(grad.item())


PEER = PyTorch()
