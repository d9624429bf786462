"""The process behind one row: it imports one peer, and trains one workload after the other."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from benchmarks.worker import PeerWorker, clock, named

# NumPy must not be imported before this process is on its core: see benchmarks/compiled/worker.py.
if TYPE_CHECKING:
    from benchmarks.training.peers.peer import Peer, Train


class Worker(PeerWorker):
    """One peer and its training."""

    peer: Peer
    train: Train

    def load(self, workload: str, fields: dict[str, Any]) -> None:
        """Take on a workload, ``module:class``."""
        training = named(workload)(**fields)
        training.data  # noqa: B018 - drawn here, outside all times
        self.train = self.peer.prepare(training)

    def losses(self) -> list[float]:
        """Train, and return the loss of each epoch."""
        return self.train()

    def time(self) -> float:
        """Return the seconds of processor time of a training."""
        gc.collect()
        start = clock()
        self.train()
        return clock() - start
