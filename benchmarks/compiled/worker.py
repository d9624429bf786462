"""The process behind one row: it imports one peer, and one workload after the other."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, Any

from benchmarks.worker import PeerWorker, clock, named

# NumPy must not be imported before this process is on its core: its linear algebra would start a
# thread for each core there is, which would then be in one another's way.
if TYPE_CHECKING:
    from benchmarks.compiled.peers.peer import Peer, Task
    from benchmarks.compiled.workloads import Workload


class Worker(PeerWorker):
    """One peer and its task."""

    peer: Peer
    task: Task

    def load(self, workload: str, fields: dict[str, Any]) -> None:
        """Take on a workload, ``module:class``."""
        self.workload: Workload = named(workload)(**fields)
        self.workload.data  # noqa: B018 - drawn here, outside all times

    def set_up(self) -> float:
        """Return the seconds from the data to the end of the first evaluation, less a second one.

        That is what recording, differentiating and compiling cost.
        """
        start = clock()
        self.task = self.peer.prepare(self.workload)
        self.task.evaluate()
        seconds = clock() - start
        (once,) = self.time(1, 1)
        return max(0.0, seconds - once)

    def numbers(self) -> list[float]:
        """Return the value, then the gradient."""
        value, gradient = self.task.numbers(self.task.evaluate())
        return [value, *gradient.tolist()]

    def time(self, repetitions: int, calls: int) -> list[float]:
        """Return the seconds of processor time of a call, for each of several repetitions.

        Args:
            repetitions: how often it is measured.
            calls: how many calls are measured together.
        """
        return self._time(repetitions, calls, clock)

    def wall_time(self, repetitions: int, calls: int) -> list[float]:
        """Return the same in wall time, which more threads can shorten."""
        return self._time(repetitions, calls, time.perf_counter)

    def _time(self, repetitions: int, calls: int, now: Any) -> list[float]:
        evaluate = self.task.evaluate
        seconds = []
        for _ in range(repetitions):
            gc.collect()
            start = now()
            for _ in range(calls):
                evaluate()
            seconds.append((now() - start) / calls)
        return seconds
