"""What a library has to say of itself to take part."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from benchmarks.peers.peer import Library
from benchmarks.training.workloads import Workload

#: Trains from the start, and returns the loss of each epoch.
Train = Callable[[], list[float]]


class Peer(Library):
    """A library that trains perceptrons."""

    @abstractmethod
    def prepare(self, workload: Workload) -> Train:
        """Return what is timed; it trains anew each time it is called.

        Converting the data, and what need be compiled only once, is done here or at the first call.
        """
