"""What is measured, and how.

For each problem all rows get a process of their own, all on the same core, of which only one
computes at a time. They take turns in rounds, and the fastest training of each counts. Before any
time is taken, the losses of all epochs are compared.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np

from benchmarks import machine
from benchmarks.compiled.measure import Disagreement
from benchmarks.peers.peer import NotInstalled
from benchmarks.process import Failed, Process
from benchmarks.training.rows import COMPILED, EPOCHS, Problem, Row

#: Relative; rounding errors grow from epoch to epoch.
TOLERANCE = 1e-9


@dataclass
class Entry:
    """What came out for one row of one problem.

    Attributes:
        row: which.
        epochs: how many were measured.
        version: the library's, if it is installed.
        absent: why there are no figures, if there are none.
        first: the seconds of the first training, in which what need be done once is done.
        seconds: of each of the others.
    """

    row: Row
    epochs: int
    version: str = ""
    absent: str = ""
    first: float = 0.0
    seconds: list[float] = field(default_factory=list)

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
    entries = [Entry(row, epochs) for row, epochs in problem.epochs.items()]
    with ExitStack() as stack:
        environment = {"XDG_CACHE_HOME": stack.enter_context(tempfile.TemporaryDirectory())}
        running: list[tuple[Entry, Process]] = []
        losses: dict[Row, list[float]] = {}
        for entry in entries:
            _progress(f"{problem.title}: {entry.row.title}, first training")
            try:
                process = entry.row.start(machine.last_core(), environment)
                stack.callback(process.close)
                entry.version = process.version
                process.load(problem.workload(entry.epochs))
                entry.first = process.call("time")
                losses[entry.row] = process.call("losses")
                running.append((entry, process))
            except NotInstalled as error:
                entry.absent = f"not installed: {error}"
            except Failed as error:
                entry.absent = f"failed: {error}"
        check_agreement(losses, entries)
        for number in range(rounds):
            for entry, process in running:
                # What takes long, and is extrapolated, need not be measured as often.
                if number == 0 or entry.epochs == EPOCHS:
                    _progress(f"{problem.title}: {entry.row.title}, round {number + 1}")
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


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
