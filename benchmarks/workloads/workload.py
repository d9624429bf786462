"""A function of scalars whose value and gradient are wanted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.peers.peer import Peer


class Workload(ABC):
    """A function and the point at which it is differentiated.

    Subclasses are dataclasses whose fields are plain numbers and lists: they travel to the workers
    as JSON, which keeps every bit of a float.
    """

    @abstractmethod
    def point(self) -> list[float]:
        """Return where the gradient is taken."""

    @abstractmethod
    def bind(self, peer: Peer) -> Callable[[Sequence[Any]], Any]:
        """Return the function, its constants in the form the peer likes."""

    def gradient(self) -> list[float] | None:
        """Return the gradient in closed form, None where there is none."""
        return None
