"""Calls at one point given as one array or number, as solvers make them by the thousand.

Such a call may be shorter than a microsecond; it cannot afford to read arguments of any structure
or to make new arrays to work on. What a call needs is made once for each shape, and kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.compiler.batch import Arguments
from autograd.compiler.frame import Memory

if TYPE_CHECKING:
    from autograd.compiler.guarded import AnyExecutable

_Array = np.ndarray
_DOUBLE = np.dtype(np.float64)


class Points:
    """Points that are not in use, by what they are called with."""

    def __init__(self) -> None:
        self._free: dict[Any, list[Point]] = {}

    def take(self, x: Any) -> Point | None:
        """A point for x, for one call at a time, or None; afterwards it goes back to its home."""
        kind = type(x)
        try:
            if kind is _Array and x.dtype is _DOUBLE:
                return self._free[x.shape].pop()
            return self._free[kind].pop()
        except (KeyError, IndexError):
            return None

    def add(self, executable: AnyExecutable, arguments: Arguments, x: Any) -> None:
        """Make a point for what is like x, unless that is neither an array nor a float."""
        if type(x) is _Array and x.dtype is _DOUBLE:
            home = self._free.setdefault(x.shape, [])
        elif type(x) is float:
            home = self._free.setdefault(float, [])
        else:
            return
        # A copy: its memory will be written to, and must not be the caller's array.
        frame = executable.frame(np.empty((1, 0)), arguments.numbers()[1].copy())
        home.append(Point(frame, np.shape(x), home))


class Point:
    """A frame for arguments of one shape, and what a call does with it.

    Attributes:
        home: where it is kept while it is not in use.
    """

    def __init__(self, frame: Memory, shape: tuple[int, ...], home: list[Point]) -> None:
        self._given = frame.inputs[0, : int(np.prod(shape))].reshape(shape)
        self._run = frame.quick_run
        self._value, self._gradients = frame.executable.results(frame, copy=True)
        self.home = home

    def value(self, x: Any) -> Any:
        """The function's value at x."""
        self._given[...] = x
        self._run()
        return self._value()

    def value_and_grad(self, x: Any) -> tuple[Any, Any]:
        """The function's value and its derivatives at x."""
        self._given[...] = x
        self._run()
        return self._value(), self._gradients()
