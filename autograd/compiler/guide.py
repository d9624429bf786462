"""Guides: recording along the way that one sample takes.

A function with branches does different things for different samples. A guide follows one of them:
it knows that sample's numbers, decides each branch as they say, and keeps the conditions. They are
called guards, as in tracing compilers: the recording is right for all samples for which they hold
(Gal & Franz, "Incremental Dynamic Code Generation with Trace Trees", 2006).
"""

from __future__ import annotations

import itertools
import linecache
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import rules
from autograd.compiler.emit_numpy import OPERATIONS
from autograd.compiler.symbol import Recorder, Symbol, place_of_caller
from autograd.compiler.tape import CONSTANT, INPUT, Place, Tape
from autograd.errors import RecordingError
from autograd.rule import Rule

_COMPARISONS = (rules.less, rules.less_equal, rules.equal)


class Guard(NamedTuple):
    """A condition that holds for all samples that a recording is right for.

    Attributes:
        node: a comparison on the tape.
        result: whether it is true or false.
        whole: what a number that was converted to an int is compared with; None for a branch.
        place: the line that was decided by it.
    """

    node: int
    result: bool
    whole: int | None
    place: Place | None


class Guide(Recorder):
    """A recorder that knows one sample's numbers.

    Attributes:
        guards: what was decided so far, each condition once, in order.
        path: the decisions as the function saw them. Unlike guards, these do not depend on which
            samples other recordings were made for.
    """

    def __init__(
        self,
        numbers: Sequence[float],
        given: Sequence[Guard] = (),
        tape: Tape | None = None,
        max_conditions: int = 10_000,
    ) -> None:
        """Prepare to follow a sample.

        Args:
            numbers: the numbers of the function's arguments.
            given: guards with which the recording is to begin, whatever the numbers say.
            tape: that on which they were recorded.
            max_conditions: how many branches may be decided.
        """
        super().__init__()
        self.guards: list[Guard] = []
        self.path: list[int] = []
        self._arguments = numbers
        self._given = given
        self._given_tape = self.tape if tape is None else tape
        self._max_conditions = max_conditions
        self._numbers: list[float] = []
        self._known: dict[tuple[Rule, tuple[int, ...]], bool] = {}
        self._whole: dict[int, int] = {}
        self._asked: Counter[Place | None] = Counter()

    def truth(self, symbol: Symbol) -> bool:
        """Decide a branch as the sample does.

        Raises:
            RecordingError: there are too many, or the function does not do what it did before.
        """
        place = self._asking(place_of_caller(), symbol.node)
        if self.tape.rules[symbol.node] in _COMPARISONS:
            return self._decide(symbol.node, None, place)
        return not self._decide(rules.equal(symbol, 0.0).node, None, place)

    def decide(self, condition: Symbol, whole: int | None, place: Place | None) -> bool | None:
        """Decide a branch that was recorded before as the sample does.

        Args:
            condition: a comparison.
            whole: see ``Guard``.
            place: likewise.

        Returns:
            The result; None if this recording is to begin with guards among which this one is not.

        Raises:
            RecordingError: there are too many branches.
        """
        place = self._asking(place, condition.node)
        if self._is_known(condition.node) is None and not self._may_follow(condition.node, whole):
            return None
        return self._decide(condition.node, whole, place)

    def whole(self, symbol: Symbol) -> int:
        """Convert a number to an int as the sample does.

        Raises:
            RecordingError: as ``truth``.
            ValueError, OverflowError: the sample's number is nan or infinite.
        """
        place = self._asking(place_of_caller(), symbol.node)
        if symbol.node in self._whole:
            return self._whole[symbol.node]
        truncated = rules.where(symbol < 0.0, rules.ceil(symbol), rules.floor(symbol))
        refused: set[int] = set()
        while len(self.guards) < len(self._given):
            candidate = self._given[len(self.guards)].whole
            if candidate is None:
                raise self._differs(place)
            if self._decide(rules.equal(truncated, float(candidate)).node, candidate, place):
                self._whole[symbol.node] = candidate
                return candidate
            refused.add(candidate)
        nearest = int(self.number(symbol.node))
        # Where rounding decides, the number may have been found to be another int than it is here.
        around = itertools.chain.from_iterable(
            (nearest + i, nearest - i) for i in itertools.count()
        )
        chosen = next(candidate for candidate in around if candidate not in refused)
        self._keep(rules.equal(truncated, float(chosen)).node, True, chosen, place)
        self._whole[symbol.node] = chosen
        return chosen

    def number(self, node: int) -> float:
        """What the sample has at a node, by the arithmetic of Python and, where that fails, IEEE's.

        It may differ in the last digits from what machine code computes, and so may what is decided
        by it: it proposes a way through the function, and machine code finds out who takes it.
        """
        tape, numbers = self.tape, self._numbers
        for i in range(len(numbers), node + 1):
            rule, operands = tape.rules[i], tape.operands[i]
            if rule is INPUT:
                numbers.append(self._input(operands[0]))
            elif rule is CONSTANT:
                numbers.append(tape.constants[operands[0]])
            else:
                numbers.append(_computed(rule, [numbers[k] for k in operands]))
        return numbers[node]

    def finish(self) -> None:
        """End the recording.

        Raises:
            RecordingError: the function has not come to all the guards that were given.
        """
        if len(self.guards) < len(self._given):
            raise self._differs(self._given[len(self.guards)].place)

    def _input(self, k: int) -> float:
        if k < len(self._arguments):
            return self._arguments[k]
        return list(self.captured)[k - len(self._arguments)].data

    def _asking(self, place: Place | None, node: int) -> Place | None:
        """Count a question for a node's number, and return the line that asks it."""
        self._asked[place] += 1
        if self._asked.total() > self._max_conditions:
            most, times = self._asked.most_common(1)[0]
            raise RecordingError(
                f"{quoted(most)}: decided {times} times and still not at an end; the latest "
                f"question was for {self._shown(node)}. A recording may have "
                f"{self._max_conditions} branches on recorded numbers; if the function would end "
                "in plain Python, pass a larger max_conditions to autograd.compile"
            )
        return place

    def _shown(self, node: int) -> str:
        """What was asked, with the sample's numbers."""
        rule, operands = self.tape.rules[node], self.tape.operands[node]
        if rule in _COMPARISONS:
            return f"{rule.name}({', '.join(f'{self.number(i):.6g}' for i in operands)})"
        return f"{self.number(node):.6g}"

    def _decide(self, node: int, whole: int | None, place: Place | None) -> bool:
        """Return whether a condition is true, and keep it."""
        known = self._is_known(node)
        if known is not None:
            return known
        position = len(self.guards)
        if position >= len(self._given):
            return self._keep(node, self.number(node) != 0.0, whole, place)
        if not self._may_follow(node, whole):
            raise self._differs(place)
        return self._keep(node, self._given[position].result, whole, place)

    def _is_known(self, node: int) -> bool | None:
        """The result of a condition that was decided before."""
        return self._known.get((self.tape.rules[node], self.tape.operands[node]))

    def _may_follow(self, node: int, whole: int | None) -> bool:
        """Whether a condition may come next, after what was decided so far."""
        position = len(self.guards)
        if position >= len(self._given):
            return True
        given = self._given[position]
        last = position == len(self._given) - 1
        return (node, whole) == (given.node, given.whole) and (not last or self._as_before())

    def _keep(self, node: int, result: bool, whole: int | None, place: Place | None) -> bool:
        self._known[self.tape.rules[node], self.tape.operands[node]] = result
        self.guards.append(Guard(node, result, whole, place))
        self.conditions.append(node)
        if whole is None:
            self.path.append(int(result))
        elif result:
            self.path.append(whole)
        return result

    def _as_before(self) -> bool:
        """Whether the tape up to the given guards is what it was when they were recorded."""
        new, old = self.tape, self._given_tape
        parts = slice(max(guard.node for guard in self._given) + 1)
        constants = slice(new.rules[parts].count(CONSTANT))
        return (
            new.rules[parts] == old.rules[parts]
            and new.operands[parts] == old.operands[parts]
            and np.array(new.constants[constants]).tobytes()
            == np.array(old.constants[constants]).tobytes()
        )

    def _differs(self, place: Place | None) -> RecordingError:
        return RecordingError(
            f"{place}: the function does something else when it is recorded again. With "
            'branches="guard" it must do the same for the same numbers: no random numbers in it, '
            "nothing that remembers earlier calls, and no numbers from outside that change"
        )


def quoted(place: Place | None) -> str:
    """A line of source: its place, and the text where it can be read."""
    text = linecache.getline(place.file, place.line).strip() if place else ""
    return f"{place}: `{text}`" if text else str(place)


def _computed(rule: Rule, xs: Sequence[float]) -> float:
    try:
        return float(rule.value(*xs))
    except (ArithmeticError, ValueError):
        operation: Any = OPERATIONS.get(rule.name)
    with np.errstate(all="ignore"):
        return float(operation(*map(np.float64, xs))) if operation else math.nan
