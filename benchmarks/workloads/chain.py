"""A chain: one operation after the other, as deep as the graph has nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.workloads.workload import Workload

if TYPE_CHECKING:
    from benchmarks.peers.peer import Peer

X, W = 0.75, 1.0000001


@dataclass(frozen=True)
class Chain(Workload):
    """f(x, w) = x wⁿ, multiplied out one factor at a time."""

    operations: int

    def point(self) -> list[float]:
        """Return x and w."""
        return [X, W]

    def bind(self, peer: Peer) -> Callable[[Sequence[Any]], Any]:
        """Return the function of x and w."""

        def f(xs: Sequence[Any]) -> Any:
            y, w = xs
            for _ in range(self.operations):
                y = y * w
            return y

        return f

    def gradient(self) -> list[float]:
        """∂f/∂x = wⁿ and ∂f/∂w = n x wⁿ⁻¹."""
        n = self.operations
        return [W**n, n * X * W ** (n - 1)]
