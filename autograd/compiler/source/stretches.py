"""The ways through a function, cut into stretches where they part.

Without branches a function has one way, and that one stretch.
"""

from __future__ import annotations

import linecache
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from autograd.compiler.source.origin import Origin
from autograd.compiler.source.tree import Element
from autograd.compiler.tape import Place, Tape

#: How much of a line of source is quoted.
LONGEST_LINE = 60


def line_at(place: Place | None) -> str:
    """The text of a line of source, or as much of it as is quoted; nothing if it cannot be read."""
    text = linecache.getline(place.file, place.line) if place is not None else ""
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return textwrap.shorten(text, LONGEST_LINE, placeholder=" ...")


class Output(NamedTuple):
    """A wanted node.

    Attributes:
        node: which.
        to: where it belongs; None if the call returns it.
        is_value: whether it is a value, not a derivative.
    """

    node: int
    to: Element | None
    is_value: bool


@dataclass(eq=False)
class Decision:
    """A condition that decides which way a call goes.

    Attributes:
        node: the condition.
        result: what it is along the way that the decision belongs to.
        place: the line of the user's source that asks for it.
        exit: the way of calls for which it is the opposite, from here on, if that is known.
    """

    node: int
    result: bool
    place: Place | None
    exit: Way | None

    @property
    def line(self) -> str:
        """The line of the user's source, or where it is if it cannot be read."""
        return line_at(self.place) or str(self.place)


@dataclass(eq=False)
class Way:
    """A way through a function, from where it leaves another.

    Attributes:
        decisions: those along it, in order.
        outputs: what is wanted at its end.
    """

    decisions: list[Decision]
    outputs: list[Output]


@dataclass(eq=False)
class Stretch:
    """A part of a way that no other way leaves but at its end.

    Attributes:
        before: what comes before it.
        decisions: those that are made in it, in order.
        way: the way that ends with it, if one does.
    """

    before: Stretch | None
    decisions: list[Decision] = field(default_factory=list)
    way: Way | None = None
    depth: int = 0

    @property
    def branch(self) -> Decision | None:
        """The decision at its end, if another way leaves there."""
        last = self.decisions[-1] if self.decisions else None
        return last if last is not None and last.exit is not None else None

    def comes_after(self, other: Stretch) -> bool:
        """Whether it can only be reached by way of another."""
        return self.depth > other.depth and _back(self, other.depth) is other


class Stretches:
    """All stretches of a function's ways, and where each operation belongs.

    Attributes:
        all: the stretches; each after the one before it.
        ways: the ways.
        home: for each node that is needed, the last stretch that comes before all that need it.
        nodes: for each stretch the computed nodes whose home it is, in order.
    """

    def __init__(self, tape: Tape, way: Way) -> None:
        self.tape = tape
        self.all: list[Stretch] = []
        self.ways: list[Way] = []
        self._of: dict[Way, list[Stretch]] = {}
        self._add(way, None)
        self.home: dict[int, Stretch] = {}
        for stretch in self.all:
            for decision in stretch.decisions:
                self._need(decision.node, stretch)
            for output in stretch.way.outputs if stretch.way is not None else ():
                self._need(output.node, stretch)
        self.nodes: dict[Stretch, list[int]] = {stretch: [] for stretch in self.all}
        for node in range(len(tape) - 1, -1, -1):
            if node in self.home and tape.is_computed(node):
                self.nodes[self.home[node]].append(node)
                for operand in tape.operands[node]:
                    self._need(operand, self.home[node])
        for nodes in self.nodes.values():
            nodes.reverse()

    def of(self, way: Way) -> Sequence[Stretch]:
        """The stretches of a way, from where it leaves another."""
        return self._of[way]

    def position(self, node: int) -> tuple[int, int]:
        """What orders nodes as they were recorded."""
        origin = self.tape.places[node]
        return (origin.position, node) if isinstance(origin, Origin) else (-1, node)

    def decisions(self) -> Iterator[Decision]:
        """Yield the decisions of all ways."""
        for stretch in self.all:
            yield from stretch.decisions

    def _add(self, way: Way, before: Stretch | None) -> None:
        """Cut a way, and the ways that leave it."""
        self.ways.append(way)
        found = [self._stretch(before)]
        exits: list[tuple[Way, Stretch]] = []
        for decision in way.decisions:
            found[-1].decisions.append(decision)
            if decision.exit is not None:
                exits.append((decision.exit, found[-1]))
                found.append(self._stretch(found[-1]))
        found[-1].way = way
        self._of[way] = found
        for exit, stretch in exits:
            self._add(exit, stretch)

    def _stretch(self, before: Stretch | None) -> Stretch:
        self.all.append(Stretch(before, depth=0 if before is None else before.depth + 1))
        return self.all[-1]

    def _need(self, node: int, stretch: Stretch) -> None:
        known = self.home.get(node)
        self.home[node] = stretch if known is None else _common(known, stretch)


def _back(stretch: Stretch, depth: int) -> Stretch:
    while stretch.depth > depth and stretch.before is not None:
        stretch = stretch.before
    return stretch


def _common(a: Stretch, b: Stretch) -> Stretch:
    """The last stretch that comes before both, or is one of them."""
    a, b = _back(a, b.depth), _back(b, a.depth)
    while a is not b:
        assert a.before is not None
        assert b.before is not None
        a, b = a.before, b.before
    return a
