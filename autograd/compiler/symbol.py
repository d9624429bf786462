"""Symbols: what a function is called with while it is recorded.

A symbol stands for a number that is not known yet. Every rule applied to it becomes a node of the
tape. What would need the number itself (a branch, a conversion to float) is an error that names the
line and what to write instead: a recording that had silently taken one of two branches would be
wrong for other numbers.
"""

from __future__ import annotations

import copy
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NoReturn

import numpy as np

from autograd import rules
from autograd.compiler.recorded_array import RecordedArray
from autograd.compiler.tape import INPUT, Place, Tape
from autograd.errors import RecordingError
from autograd.number import number
from autograd.operand import Operand
from autograd.rule import Rule
from autograd.value import Value

# Compiled modules have no frames; the files of those that have are these.
_OWN_FILES = (str(Path(__file__).parents[1]), str(Path(np.__file__).parent))


def place_of_caller() -> Place | None:
    """The innermost line on the stack that is neither this package's nor NumPy's."""
    frame = frame_of_caller()
    return None if frame is None else Place(frame.f_code.co_filename, frame.f_lineno)


def frame_of_caller(within: CodeType | None = None) -> FrameType | None:
    """The innermost frame on the stack that is neither this package's nor NumPy's.

    Args:
        within: where to give up: the code of a frame of this package.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_own(frame.f_code.co_filename):
        frame = None if frame.f_code is within else frame.f_back
    return frame


@functools.cache
def is_own(file: str) -> bool:
    """Whether a file of source is one of this package's or NumPy's."""
    return file.startswith(_OWN_FILES)


class Recorder:
    """A tape being written, and the Values from outside that it reads.

    Attributes:
        tape: the nodes so far.
        captured: leaves that the function took from elsewhere than its arguments; each is an input
            of the tape, read anew at every call.
        place: where new nodes are said to come from; None for the line that is being run.
        conditions: the nodes on which branches were decided.
    """

    def __init__(self) -> None:
        self.tape = Tape()
        self.captured: dict[Value, int] = {}
        self.place: Place | None = None
        self.conditions: list[int] = []
        # The places of instructions that were met before, and their code, so that it stays.
        self._places: dict[tuple[int, int], tuple[Place, CodeType]] = {}

    def node_of(self, x: Any) -> int:
        """The node that stands for ``x``: a symbol's own, an input for a Value, or a constant."""
        if isinstance(x, Symbol):
            if x.recorder is not self:
                raise RecordingError(
                    f"at {place_of_caller()}: a symbol of one recording is used in another; a "
                    "recorded function must not keep its arguments"
                )
            return x.node
        if isinstance(x, Value):
            return self._node_of_value(x)
        # Most are plain numbers, of which ``number`` would ask more.
        return self.tape.constant(float(x) if type(x) is int else number(x))

    def _node_of_value(self, x: Value) -> int:
        if x.rule is not None:
            raise RecordingError(
                f"at {place_of_caller()}: {x!r} was computed outside the recorded function; pass "
                "it as an argument, compute it inside, or detach() it to make it a constant"
            )
        if x not in self.captured:
            self.captured[x] = self.tape.input(x.label or f"captured[{len(self.captured)}]")
        return self.captured[x]

    def symbol(self, x: Any) -> Symbol:
        """What stands for ``x``: a symbol, a Value or a number."""
        return x if isinstance(x, Symbol) else Symbol(self, self.node_of(x))

    def apply(self, rule: Rule, operands: tuple[Any, ...]) -> Symbol:
        """Record one operation."""
        node_of = self.node_of
        nodes = tuple(
            [x.node if type(x) is Symbol and x.recorder is self else node_of(x) for x in operands]
        )
        return Symbol(self, self.tape.append(rule, nodes, self.place or self._place()))

    def again(self, rule: Rule, place: Place | None) -> Place | None:
        """What to keep as the place of an operation that was recorded there before."""
        return place

    def mark(self) -> Callable[[], None]:
        """Return what undoes all that is recorded after this call."""
        kept = {name: copy.copy(each) for name, each in vars(self).items()}
        kept["tape"] = self.tape.copy()
        return lambda: vars(self).update(kept)

    def _place(self) -> Place | None:
        """The same as ``place_of_caller``, faster for an instruction that was met before."""
        # Whoever calls ``apply`` is of this package.
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and is_own(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is None:
            return None
        key = (id(frame.f_code), frame.f_lasti)
        found = self._places.get(key)
        if found is None:
            place = Place(frame.f_code.co_filename, frame.f_lineno)
            found = self._places[key] = place, frame.f_code
        return found[0]

    def truth(self, symbol: Symbol) -> bool:
        """Decide a branch on a symbol.

        Raises:
            RecordingError: always; a ``Guide`` knows better.
        """
        symbol.refuse(
            "a branch on a recorded number",
            "autograd.where(condition, x, y), autograd.maximum or autograd.minimum (and & and | "
            'instead of `and` and `or`), or compile with branches="guard"',
        )

    def decide(self, condition: Symbol, whole: int | None, place: Place | None) -> bool | None:
        """Decide a branch that was recorded before; see ``Guide``.

        Raises:
            RecordingError: as ``truth``.
        """
        return self.truth(condition)

    def whole(self, symbol: Symbol) -> int:
        """Convert a symbol to an int.

        Raises:
            RecordingError: always; a ``Guide`` knows better.
        """
        symbol.refuse(
            "a conversion of a recorded number to int",
            "autograd.floor, pass what counts iterations as a plain int from outside, or compile "
            'with branches="guard"',
        )


class Symbol(Operand):
    """A number that will be known when the recorded function is run."""

    __slots__ = ("node", "recorder")

    array_class = RecordedArray

    def __init__(self, recorder: Recorder, node: int) -> None:
        self.recorder = recorder
        self.node = node

    def _apply(self, rule: Rule, operands: tuple[Any, ...]) -> Any:
        return self.recorder.apply(rule, operands)

    def _operate(self, rule: Rule, operands: tuple[Any, Any]) -> Any:
        for x in operands:
            if type(x) is not Symbol and isinstance(x, np.ndarray) and x.ndim:
                return NotImplemented  # NumPy applies the operator to the array's elements
        return self.recorder.apply(rule, operands)

    def __lt__(self, other: Any) -> Any:
        return self._operate(rules.less, (self, other))

    def __le__(self, other: Any) -> Any:
        return self._operate(rules.less_equal, (self, other))

    def __gt__(self, other: Any) -> Any:
        return self._operate(rules.less, (other, self))

    def __ge__(self, other: Any) -> Any:
        return self._operate(rules.less_equal, (other, self))

    def __eq__(self, other: Any) -> Any:
        # Nothing is equal to None, or to text: Python knows without recording it.
        if not hasattr(other, "__float__"):
            return NotImplemented
        return self._operate(rules.equal, (self, other))

    def __ne__(self, other: Any) -> Any:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else 1.0 - equal

    def __and__(self, other: Any) -> Any:
        return self * other

    def __or__(self, other: Any) -> Any:
        return self._operate(rules.maximum, (self, other))

    __rand__ = __and__
    __ror__ = __or__

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        return self.recorder.truth(self)

    def __int__(self) -> int:
        return self.recorder.whole(self)

    # What a recording cannot do
    # --------------------------

    def __float__(self) -> NoReturn:
        self.refuse(
            "a conversion of a recorded number to float",
            "the functions of autograd (autograd.exp, not math.exp) and no float()",
        )

    def __index__(self) -> NoReturn:
        self.refuse(
            "a recorded number as an index or a count",
            "a plain int for it, or autograd.where to choose among numbers",
        )

    def __round__(self, digits: Any = None) -> NoReturn:
        self.refuse("rounding a recorded number", "autograd.floor(x + 0.5)")

    def __format__(self, spec: str) -> str:
        if spec:
            self.refuse("formatting a recorded number", "{x} alone, or print what the call returns")
        return repr(self)

    def refuse(self, what: str, remedy: str) -> NoReturn:
        """Raise an error that says what cannot be recorded, and what to write instead."""
        tape = self.recorder.tape
        rule = tape.rules[self.node]
        shown = tape.inputs[tape.operands[self.node][0]] if rule is INPUT else rule.name
        raise RecordingError(
            f"{place_of_caller()}: {what} ({shown}), which is not known while recording, only when "
            f"the compiled function runs. Write {remedy}."
        )

    def __repr__(self) -> str:
        return f"<recorded number %{self.node}>"
