"""What a library has to say of itself to take part."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from typing import Any

from benchmarks.workloads.workload import Workload

Evaluate = Callable[[], tuple[float, list[float]]]


class NotInstalled(Exception):
    """A peer is not there; the message says what is missing."""


class Library(ABC):
    """What takes part.

    Attributes:
        distribution: its name on PyPI.
    """

    distribution: str

    def version(self) -> str:
        """Return the installed version."""
        return metadata.version(self.distribution)


class Peer(Library):
    """A library that differentiates scalar code."""

    def prepare(self, workload: Workload) -> Evaluate:
        """Return the function that is timed: it computes the value and the gradient anew.

        Whatever a training loop would do only once (making the parameters, converting the data) is
        done here, outside the time. Recording, differentiating, reading the gradient out as
        floats and giving the memory back are all inside.
        """
        return self.value_and_gradient(workload.bind(self), workload.point())

    @abstractmethod
    def value_and_gradient(
        self, f: Callable[[Sequence[Any]], Any], point: Sequence[float]
    ) -> Evaluate:
        """Return an evaluation of ``f`` and its gradient at a point."""

    @abstractmethod
    def relu(self, x: Any) -> Any:
        """max(x, 0), recorded as an operation."""

    def constant(self, x: float) -> Any:
        """Return a number of the data in the form this library is fastest with."""
        return x

    def sum(self, terms: Iterable[Any]) -> Any:
        """Return the sum of the terms."""
        return sum(terms)
