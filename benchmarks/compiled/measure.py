"""What is measured, and how.

For each problem all rows get a process of their own, all on the same core, of which only one
computes at a time. They take turns in rounds, so that a slow minute of the machine hits all alike,
and the fastest evaluation of each counts. Before any time is taken, the values and gradients are
compared.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from benchmarks import machine, measurement
from benchmarks.compiled.rows import OURS, TWO_THREADS, Problem, Row
from benchmarks.compiled.workloads import FloatArray
from benchmarks.measurement import Disagreement, progress
from benchmarks.peers.peer import NotInstalled
from benchmarks.process import Process

TOLERANCE = 1e-9


@dataclass
class Entry(measurement.Entry[Row]):
    """What came out for one row of one problem.

    Attributes:
        set_up: seconds before the first evaluation, with nothing cached.
        cached: the same where an earlier process has left its machine code on disk.
    """

    set_up: float = 0.0
    cached: float | None = None


@dataclass
class Result:
    """What came out for one problem.

    Attributes:
        problem: which.
        entries: one for each of its rows.
        speedup: of two threads over one, on two cores, in wall time; None if not measured.
    """

    problem: Problem
    entries: Sequence[Entry]
    speedup: float | None

    def best(self, row: Row) -> float | None:
        """The nanoseconds of the fastest evaluation, per unit of the problem."""
        seconds = [s for entry in self.entries if entry.row is row for s in entry.seconds]
        return min(seconds) / self.problem.workload.units * 1e9 if seconds else None


def measure(problem: Problem, rounds: int) -> Result:
    """Measure one problem.

    Raises:
        NotInstalled: this project itself cannot be run.
        Disagreement: some gradient is wrong.
    """
    entries = [Entry(row) for row in problem.rows]
    with ExitStack() as stack:
        cache = stack.enter_context(tempfile.TemporaryDirectory())
        environment = {"XDG_CACHE_HOME": cache}
        running: list[tuple[Entry, Process]] = []
        numbers: dict[Row, list[float]] = {}
        for entry in entries:
            progress(f"{problem.title}: {entry.row.title}, set-up")
            with entry.excused():
                process = entry.row.start(machine.last_core(), environment)
                stack.callback(process.close)
                entry.version = process.version
                process.load(problem.workload)
                entry.set_up = process.call("set_up")
                numbers[entry.row] = process.call("numbers")
                running.append((entry, process))
        _check_agreement(numbers, entries)
        for number in range(rounds):
            for entry, process in running:
                progress(f"{problem.title}: {entry.row.title}, round {number + 1} of {rounds}")
                with entry.excused():
                    entry.seconds += process.call("time", repetitions=3, calls=problem.calls)
        ours = entries[0]
        with ours.excused(), OURS.start(machine.last_core(), environment) as process:
            process.load(problem.workload)
            ours.cached = process.call("set_up")
        speedup = _speedup(problem, rounds, environment) if problem.scales else None
    return Result(problem, entries, speedup)


def _check_agreement(numbers: Mapping[Row, list[float]], entries: Sequence[Entry]) -> None:
    if OURS not in numbers:
        raise NotInstalled(f"{OURS.title}: {entries[0].absent}")
    expected = np.array(numbers[OURS])
    for row, given in numbers.items():
        error = relative_error(np.array(given), expected)
        if not error <= TOLERANCE:
            raise Disagreement(f"{row.title} and {OURS.title}: relative difference {error:.1e}")


def relative_error(actual: FloatArray, expected: FloatArray) -> float:
    """Return the largest |actual − expected| / |expected| of all entries.

    Small entries are sums in which most has canceled, to zero at times; errors are taken relative
    to a thousandth of the largest entry there.
    """
    if actual.shape != expected.shape:
        return np.inf
    size = np.abs(expected)
    return float(np.max(np.abs(actual - expected) / np.maximum(size, 1e-3 * size.max())))


def _speedup(problem: Problem, rounds: int, environment: Mapping[str, str]) -> float | None:
    """Measure one thread and two in turn, free to use all cores."""
    best = {OURS: np.inf, TWO_THREADS: np.inf}
    with ExitStack() as stack:
        processes = {row: stack.enter_context(row.start(None, environment)) for row in best}
        for process in processes.values():
            process.load(problem.workload)
            process.call("set_up")
        for number in range(2 * rounds):
            progress(f"{problem.title}: two threads, round {number + 1} of {2 * rounds}")
            for row, process in processes.items():
                seconds = process.call("wall_time", repetitions=5, calls=1)
                best[row] = min(best[row], *seconds)
    return best[OURS] / best[TWO_THREADS]
