"""What is measured, and how.

For each problem all rows get a process of their own, all on the same core, of which only one
computes at a time. They take turns in rounds, and the fastest training of each counts. Before any
time is taken, the losses of all epochs are compared.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from benchmarks import machine, measurement
from benchmarks.measurement import Disagreement, progress
from benchmarks.peers.peer import NotInstalled
from benchmarks.process import Process
from benchmarks.training.rows import COMPILED, EPOCHS, Problem, Row

#: Relative; rounding errors grow from epoch to epoch.
TOLERANCE = 1e-9


@dataclass
class Entry(measurement.Entry[Row]):
    """What came out for one row of one problem; ``seconds`` are those of trainings.

    Attributes:
        epochs: how many were measured.
        first: the seconds of the first training, in which what need be done once is done.
    """

    epochs: int = EPOCHS
    first: float = 0.0

    @property
    def best(self) -> float | None:
        """The seconds of all epochs, extrapolated if only some were measured."""
        return min(self.seconds) * (EPOCHS / self.epochs) if self.seconds else None

    @property
    def set_up(self) -> float:
        """The seconds that the first training took longer."""
        return max(0.0, self.first - min(self.seconds)) if self.seconds else 0.0


@dataclass
class Result:
    """What came out for one problem."""

    problem: Problem
    entries: Sequence[Entry]

    def entry(self, row: Row) -> Entry | None:
        """What came out for a row, if it takes part."""
        return next((entry for entry in self.entries if entry.row is row), None)


def measure(problem: Problem, rounds: int) -> Result:
    """Measure one problem.

    Raises:
        NotInstalled: this project itself cannot be run.
        Disagreement: some training goes another way.
    """
    entries = [Entry(row, epochs=epochs) for row, epochs in problem.epochs.items()]
    with ExitStack() as stack:
        environment = {"XDG_CACHE_HOME": stack.enter_context(tempfile.TemporaryDirectory())}
        running: list[tuple[Entry, Process]] = []
        losses: dict[Row, list[float]] = {}
        for entry in entries:
            progress(f"{problem.title}: {entry.row.title}, first training")
            with entry.excused():
                process = entry.row.start(machine.last_core(), environment)
                stack.callback(process.close)
                entry.version = process.version
                process.load(problem.workload(entry.epochs))
                entry.first = process.call("time")
                losses[entry.row] = process.call("losses")
                running.append((entry, process))
        check_agreement(losses, entries)
        for number in range(rounds):
            for entry, process in running:
                # What takes long, and is extrapolated, need not be measured as often.
                if number == 0 or entry.epochs == EPOCHS:
                    progress(f"{problem.title}: {entry.row.title}, round {number + 1}")
                    entry.seconds.append(process.call("time"))
    return Result(problem, entries)


def check_agreement(losses: Mapping[Row, list[float]], entries: Sequence[Entry]) -> None:
    """Raise Disagreement if a row's losses are not those of compiled training."""
    if COMPILED not in losses:
        raise NotInstalled(f"{COMPILED.title}: {entries[0].absent}")
    for row, given in losses.items():
        expected = np.array(losses[COMPILED][: len(given)])
        error = float(np.max(np.abs(np.array(given) - expected) / expected))
        if not error <= TOLERANCE:
            raise Disagreement(f"{row.title} and {COMPILED.title}: relative difference {error:.1e}")
