"""A fan-in: one node with as many parents as the graph has leaves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.workloads.workload import Workload

if TYPE_CHECKING:
    from benchmarks.peers.peer import Peer


@dataclass(frozen=True)
class FanIn(Workload):
    """f(x) = s², where s is the sum of all leaves."""

    leaves: int

    def point(self) -> list[float]:
        """Return 1/1, 1/2, 1/3, …."""
        return [1.0 / i for i in range(1, self.leaves + 1)]

    def bind(self, peer: Peer) -> Callable[[Sequence[Any]], Any]:
        """Return the function of the leaves."""

        def f(xs: Sequence[Any]) -> Any:
            total = peer.sum(xs)
            return total * total

        return f

    def gradient(self) -> list[float]:
        """∂f/∂xᵢ = 2 s for every i."""
        return [2.0 * math.fsum(self.point())] * self.leaves
