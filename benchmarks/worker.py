"""The process behind one row of a table: it imports one peer and does as it is told.

Commands come as lines of JSON on standard input, one reply to each goes to standard output:
``process.py`` is the other end.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks import machine
from benchmarks.peers.peer import Evaluate, NotInstalled, Peer
from benchmarks.workloads.workload import Workload

# On a busy machine, processor time is closer than wall time to what an idle one would need. Where
# it comes in ticks of many milliseconds (Windows), wall time is still the better clock.
if time.get_clock_info("process_time").resolution < 1e-4:
    clock, CLOCK = time.process_time, "processor time"
else:
    clock, CLOCK = time.perf_counter, "wall time"


class PeerWorker:
    """One peer; each public method is a command."""

    peer: Any

    def pin(self, core: int) -> None:
        """Stay on one core from now on."""
        machine.pin(core)

    def meet(self, peer: str) -> str:
        """Import a peer, ``module:attribute``, and return its version.

        Raises:
            ImportError, NotInstalled: it is not there.
        """
        self.peer = named(peer)
        version: str = self.peer.version()
        return version


class Worker(PeerWorker):
    """One peer and the workload it was last given."""

    peer: Peer
    workload: Workload
    evaluate: Evaluate

    def load(self, workload: str, fields: dict[str, Any]) -> None:
        """Prepare a workload, ``module:class``, for the commands below."""
        self.workload = named(workload)(**fields)
        self.evaluate = self.peer.prepare(self.workload)

    def gradient(self) -> list[float]:
        """Return the gradient."""
        return self.evaluate()[1]

    def error(self) -> float:
        """Return the largest relative error of the gradient, whose closed form is known."""
        expected = self.workload.gradient()
        assert expected is not None
        return relative_error(self.gradient(), expected)

    def time(self, repetitions: int) -> list[float]:
        """Return the seconds of processor time that each of several evaluations took.

        Python's garbage collector stays on, as it would for a user; what earlier evaluations left
        to it is collected outside the time.
        """
        seconds = []
        for _ in range(repetitions):
            gc.collect()
            start = clock()
            self.evaluate()
            seconds.append(clock() - start)
        return seconds

    def nodes(self) -> int:
        """Return how many nodes this project makes of the workload, constants included."""
        from autograd.sweep import topological_order

        return len(topological_order(self._record()))

    def growth(self) -> int | None:
        """Return by how many bytes, at most, the process grows in an evaluation."""
        return _growth(self.evaluate)

    def graph_growth(self) -> int | None:
        """Return by how many bytes the process grows as the graph is recorded."""
        return _growth(self._record)

    def _record(self) -> Any:
        from benchmarks.peers.ours import Ours

        assert isinstance(self.peer, Ours)
        return self.peer.record(self.workload)


def relative_error(actual: list[float], expected: list[float]) -> float:
    """Return the largest |actual − expected| / |expected| of all entries."""
    return max(
        0.0 if a == b else abs(a - b) / abs(b) if b else float("inf")
        for a, b in zip(actual, expected, strict=True)
    )


def _growth(action: Callable[[], object]) -> int | None:
    gc.collect()
    before = machine.resident_bytes()
    result = action()
    peak = machine.peak_resident_bytes()
    del result
    return None if before is None or peak is None else peak - before


def named(name: str) -> Any:
    """Import ``module:attribute``."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def serve(worker: object) -> None:
    """Carry out commands, each a method of the worker's, until standard input ends."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # Whatever a library prints must not end up among the replies.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        command, arguments = json.loads(line)
        try:
            reply = {"result": getattr(worker, command)(**arguments)}
        except (ImportError, NotInstalled) as error:
            reply = {"missing": str(error)}
        except Exception as error:
            reply = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)
