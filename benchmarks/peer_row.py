"""A row of a table: a way to compute, in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from benchmarks.process import Process


@dataclass(frozen=True, eq=False)
class PeerRow:
    """A row of the benchmarks in ``package``.

    Attributes:
        package: where ``peers`` and ``worker`` are.
        title: how the tables call it.
        peer: ``module:attribute`` in the package's ``peers``.
    """

    package: ClassVar[str]
    title: str
    peer: str

    def start(self, core: int | None, environment: Mapping[str, str]) -> Process:
        """Start a process for this row.

        Raises:
            NotInstalled: the library is not there.
        """
        return Process(
            f"{self.package}.peers.{self.peer}",
            Path(sys.executable),
            environment=environment,
            core=core,
            worker=f"{self.package}.worker:Worker",
        )
