"""A ladder: so many paths that only a sweep that visits each node once can come to an end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.workloads.workload import Workload

if TYPE_CHECKING:
    from benchmarks.peers.peer import Peer


@dataclass(frozen=True)
class Ladder(Workload):
    """Each number of a row is the sum of two neighbors in the row before; f sums the last row.

    The rows close into rings, so that each has as many numbers as the first.

    Attributes:
        columns: the numbers in a row.
        rows: how many follow the first; at most 1000, as 2ʳ must be a float.
    """

    columns: int
    rows: int

    def point(self) -> list[float]:
        """Return 1/1, 1/2, 1/3, …."""
        return [1.0 / i for i in range(1, self.columns + 1)]

    def bind(self, peer: Peer) -> Callable[[Sequence[Any]], Any]:
        """Return the function of the first row."""

        def f(xs: Sequence[Any]) -> Any:
            row = list(xs)
            for _ in range(self.rows):
                row = [a + b for a, b in zip(row, row[1:] + row[:1], strict=True)]
            return peer.sum(row)

        return f

    def gradient(self) -> list[float]:
        """∂f/∂xⱼ is the number of paths to the leaf: 2ʳ, r being the number of rows."""
        return [2.0**self.rows] * self.columns
