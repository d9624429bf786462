"""Calls at one point, given as arrays and numbers, as solvers make them by the thousand.

Such a call may be shorter than a microsecond; it cannot afford to read arguments of any structure
or to make new arrays to work on. What a call needs is made once for each shape, and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.compiler.batch import Arguments
from autograd.compiler.frame import Memory

if TYPE_CHECKING:
    from autograd.compiler.guarded import AnyExecutable

_Array = np.ndarray
_DOUBLE = np.dtype(np.float64)

#: Makes, of a frame, what fetches the results that are in it at the time.
Fetch = Callable[[Memory], Callable[[], Any]]


def form(x: Any) -> Any:
    """What has to be equal for arguments to fit the same point; None if there is none for them."""
    if type(x) is float:
        return float
    return x.shape if type(x) is _Array and x.dtype is _DOUBLE else None


class Points:
    """Points that are not in use, by the forms of what they are called with.

    A key is the form of a single argument, or made up of those of several.
    """

    def __init__(self) -> None:
        self._free: dict[Any, list[Point]] = {}

    def take(self, key: Any) -> Point | None:
        """A point, for one call at a time, or None; afterwards it goes back to its home."""
        try:
            return self._free[key].pop()
        except (KeyError, IndexError):  # none yet, or all of them are in use by other threads
            return None

    def add(self, key: Any, executable: AnyExecutable, arguments: Arguments, fetch: Fetch) -> None:
        """Make a point for what is like these arguments."""
        home = self._free.setdefault(key, [])
        home.append(Point(executable, arguments, fetch, home))


class Point:
    """A frame for arguments of certain forms, kept from one call to the next.

    Attributes:
        home: where it is kept while it is not in use.
    """

    def __init__(
        self, executable: AnyExecutable, arguments: Arguments, fetch: Fetch, home: list[Point]
    ) -> None:
        # A copy: its memory will be written to, and must not be the caller's array.
        frame = executable.frame(np.empty((1, 0)), arguments.numbers()[1].copy())
        self._run = frame.quick_run
        self._fetch = fetch(frame)
        self._windows = []
        start = 0
        for array in arguments.singles:
            window = frame.inputs[0, start : start + array.size]
            self._windows.append(window.reshape(array.shape))
            start += array.size
        self._first: Any = self._windows[0] if self._windows else None
        self.home = home

    def at(self, x: Any) -> Any:
        """The results for a single argument."""
        self._first[...] = x
        self._run()
        return self._fetch()

    def __call__(self, args: Sequence[Any]) -> Any:
        """The results for several."""
        for window, x in zip(self._windows, args):
            window[...] = x
        self._run()
        return self._fetch()
