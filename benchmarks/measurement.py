"""What all measurements have in common, and how their circumstances are told."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from benchmarks import machine
from benchmarks.peers.peer import NotInstalled
from benchmarks.process import Failed
from benchmarks.worker import CLOCK


class Disagreement(Exception):
    """A result is not what it should be, so that the time it took means nothing."""


class Titled(Protocol):
    """A row of a table."""

    @property
    def title(self) -> str:
        """How the tables call it."""
        ...


RowType = TypeVar("RowType", bound=Titled)


@dataclass
class Entry(Generic[RowType]):
    """What came out for one row.

    Attributes:
        row: which.
        version: the library's, if it is installed.
        absent: why there are no figures, if there are none.
        seconds: of each evaluation.
    """

    row: RowType
    version: str = ""
    absent: str = ""
    seconds: list[float] = field(default_factory=list)

    @contextmanager
    def excused(self) -> Iterator[None]:
        """Note what keeps this row from being measured instead of raising it."""
        try:
            yield
        except NotInstalled as error:
            self.absent = f"not installed: {error}"
        except Failed as error:
            self.absent = f"failed: {error}"


def progress(line: str) -> None:
    """Show what is being measured, in place of what was before."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def circumstances(
    entries: Iterable[Entry[RowType]],
    unset: Sequence[str],
    *,
    timed: str = "evaluation",
    what: str = "",
    how: str,
) -> str:
    """Return a paragraph: when, where, in which versions, what was measured and how.

    Args:
        entries: the rows whose versions are listed.
        unset: the variables that were removed from the environment.
        timed: of what the best one counts.
        what: sentences on what was measured.
        how: sentences on how, beyond what is the same everywhere.
    """
    pinned = ", all on the same core" if machine.last_core() is not None else ""
    versions = {entry.row.title: entry.version for entry in entries if entry.version}
    listed = ", ".join(f"{title} {version}" for title, version in versions.items())
    sentences = [
        f"Measured {datetime.date.today()} on {machine.describe()}{': ' * bool(listed)}{listed}.",
        what,
        f"Each row is a process of its own{pinned}; they take turns, and the best {timed} counts, "
        f"in {CLOCK}.",
        how,
        f"Run without {', '.join(unset)}." if unset else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)
