"""Outlining: what a long recording repeats becomes one operation for each repetition.

The iterations of a loop are cut into cones: a result that only one other needs goes into the same
cone as that one. Each cone is a node of the outlined tape, which applies an ``Element``; all passes
from here to ``store`` see a tape that is several times shorter. What ``simplify`` would share among
iterations, or do once for all of them, stays outside of cones, so that nothing is computed more
often than without.
"""

from __future__ import annotations

import struct
from collections.abc import Hashable, Iterable, Sequence
from itertools import compress
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autograd import rules
from autograd.compiler.element import Element, simplest
from autograd.compiler.repetition import Integers, Operations, Run, together
from autograd.compiler.tape import CONSTANT, INPUT, Tape
from autograd.primitive import BUILT_IN
from autograd.rule import Rule

#: Shorter tapes are left as they are.
FEWEST_NODES = 16_384

#: A cone has at most so many operands that are not constants: its second derivatives grow with
#: their square.
MOST_OPERANDS = 8

#: How many iterations are tried as one. What they have in common has one derivative in all of them.
MOST_TOGETHER = (1, 2, 3, 4)

#: Smaller cones are not worth it.
FEWEST_IN_CONE = 3

Booleans = npt.NDArray[np.bool_]


class Outlined(NamedTuple):
    """A tape, and for each node of the one before its number here; -1 for what is inside cones."""

    tape: Tape
    twin: Integers


def outline(tape: Tape, outputs: Iterable[int]) -> Outlined | None:
    """Return a shorter tape that does the same; None if there is none half as long.

    Args:
        tape: what was recorded.
        outputs: the nodes that are wanted.
    """
    if len(tape) < FEWEST_NODES:
        return None
    operations = Operations(tape)
    runs = operations.runs()
    wanted = list(outputs)
    ways = [together(runs, count) for count in MOST_TOGETHER]
    escaping = [_escaping(operations, each, wanted, len(tape)) for each in ways]
    outliner = _Outliner(tape)
    for of_run in zip(*ways):
        tried = dict(zip(of_run, escaping))
        outliner.add([_Iterations(tape, operations, *way) for way in tried.items()])
    computed = outliner.kept[operations.nodes].sum()
    return None if 2 * computed > len(operations.nodes) else outliner.outlined()


def _escaping(
    operations: Operations, runs: Sequence[Run], outputs: Iterable[int], nodes: int
) -> Booleans:
    """For each node whether it is needed outside of its iteration."""
    # Operations outside of runs are iterations of their own.
    iteration = -1 - np.arange(len(operations.nodes))
    first = 0
    for start, period, count in runs:
        own = np.repeat(np.arange(first, first + count), period)
        iteration[start : start + len(own)] = own
        first += count
    escaping: Booleans = np.zeros(nodes, dtype=bool)
    escaping[list(outputs)] = True
    numbers = operations.numbers[operations.operands]
    crossing = (numbers >= 0) & (iteration[numbers] != iteration[operations.users])
    escaping[operations.operands[crossing]] = True
    return escaping


class _Cone(NamedTuple):
    """A part of an iteration that becomes one node.

    Attributes:
        places: of its operations in the iteration; the last is its result.
        element: what it computes.
        operands: of the element: columns, or places in the iteration as ``~place``.
    """

    places: list[int]
    element: Element
    operands: list[int]


class _Iterations:
    """The iterations of a run, stated for one of them: place by place.

    What an operation works on is the result at another place of the same iteration, or a column:
    one node for each iteration, from outside of it.

    Attributes:
        nodes: a row for each iteration, of the nodes at its places.
        rules: what is done at each place.
        operands: for each place what it is done to: a column, or a place as ``~place``.
        columns: the nodes from outside.
        same: for each place an earlier one with the same result, or itself.
        fixed: whether the result at a place is the same in all iterations.
        escaping: whether that at a place is needed in other iterations.
    """

    def __init__(
        self,
        tape: Tape,
        operations: Operations,
        run: Run,
        escaping: Booleans,
    ) -> None:
        start, period, count = run
        self._tape = tape
        self._numbers = operations.numbers
        stretch = slice(start, start + period * count)
        self.nodes: Integers = operations.nodes[stretch].reshape(count, period)
        self.rules = [tape.rules[node] for node in self.nodes[0]]
        self.columns: list[Integers] = []
        self.operands: list[list[int]] = []
        known: dict[bytes, int] = {}
        begins = operations.starts[stretch].reshape(count, period)
        for place in range(period):
            begin, stop = operations.starts[start + place], operations.starts[start + place + 1]
            operands = []
            for k in range(stop - begin):
                distance = operations.distance(begin + k)
                if distance is not None and distance <= place:
                    operands.append(~(place - distance))
                    continue
                column = operations.operands[begins[:, place] + k]
                number = known.setdefault(column.tobytes(), len(self.columns))
                if number == len(self.columns):
                    self.columns.append(column)
                operands.append(number)
            self.operands.append(operands)
        self._fixed_columns = [bool((column == column[0]).all()) for column in self.columns]
        self._is_constant = [bool(operations.is_constant[each].all()) for each in self.columns]
        self.same = list(range(period))
        self.fixed = [False] * period
        self.escaping = [bool(escaping[column].any()) for column in self.nodes.T]
        self._leaders: dict[int, tuple[int, int]] = {}
        self._shared = self._find_equal()
        self._users = self._find_users()
        self._cones = self._cut()

    def _find_equal(self) -> list[bool]:
        """Find equal results; return for each place whether another iteration has it too.

        Results are described up to a shift by some iterations: what is computed of two neighbors
        of an array, one of them is what the next iteration computes of its first.
        """
        columns = [self._description(k) for k in range(len(self.columns))]
        classes: dict[Hashable, int] = {}
        places: list[tuple[Hashable, int | None]] = []
        firsts: list[dict[int | None, int]] = []
        for place, operands in enumerate(self.operands):
            parts = [columns[k] if k >= 0 else places[~k] for k in operands]
            shift = min([s for _, s in parts if s is not None], default=None)
            relative = [(key, None if s is None else s - (shift or 0)) for key, s in parts]
            key = (self.rules[place], tuple(relative))
            number = classes.setdefault(key, len(classes))
            if number == len(firsts):
                firsts.append({})
            self.fixed[place] = shift is None
            self.same[place] = first = firsts[number].setdefault(shift, place)
            self.escaping[first] |= self.escaping[place]
            places.append((number, shift))
        shared = [False] * len(self.rules)
        for at_shift in firsts:
            shifts = [shift for shift in at_shift if shift is not None]
            for shift in shifts:
                ahead = max(shifts) - shift
                if 0 < ahead < len(self.nodes):
                    place, leader = at_shift[shift], at_shift[max(shifts)]
                    shared[place] = shared[leader] = True
                    self._leaders[place] = leader, ahead
        return shared

    def _description(self, k: int) -> tuple[Hashable, int | None]:
        """What a column is up to a shift by some iterations, and the shift; None if it is fixed."""
        column = self.columns[k]
        if self._fixed_columns[k]:
            return ("fixed", int(column[0])), None
        computed = self._numbers[column[0]] >= 0
        moving = self._numbers[column] if computed else column
        step = int(moving[1] - moving[0])
        if step and (np.diff(moving) == step).all():
            first = int(moving[0])
            return ("moving", bool(computed), step, first % step), first // step
        return ("irregular", k), 0

    def _find_users(self) -> list[set[int]]:
        """For each place the places that use its result."""
        users: list[set[int]] = [set() for _ in self.rules]
        for place, operands in enumerate(self.operands):
            if self.same[place] == place:
                for k in operands:
                    if k < 0:
                        users[self.same[~k]].add(place)
        return users

    def _cut(self) -> list[list[int]]:
        """Part the places into cones, each with its result last."""
        cones: dict[int, list[int]] = {}
        cone_of: dict[int, int] = {}
        apart: set[int] = set()
        for place in reversed(range(len(self.rules))):
            if self.same[place] != place or self.fixed[place]:
                continue
            of_users = {cone_of[user] for user in self._users[place] if user in cone_of}
            cone = of_users.pop() if len(of_users) == 1 else place
            alone = place in apart or self.escaping[place] or self._is_shared(place)
            if cone == place or alone or not self._may_join(place, cone):
                cone = place
                apart.update(self._terms(place))
            cone_of[place] = cone
            cones.setdefault(cone, []).insert(0, place)
        self._leaders = {
            place: found
            for place, found in self._leaders.items()
            if place in cones and found[0] in cones
        }
        return list(cones.values())

    def _is_shared(self, place: int) -> bool:
        """Whether other iterations have the same result, but not that of all that use it."""
        return self._shared[place] and not all(self._shared[user] for user in self._users[place])

    def _may_join(self, place: int, cone: int) -> bool:
        ours, theirs = self.rules[place], self.rules[cone]
        # Partials of users' primitives may read Values from outside.
        return ours.name in BUILT_IN and theirs.name in BUILT_IN

    def _terms(self, place: int) -> list[int]:
        """The terms of a sum that goes on from one iteration to the next.

        The sum stays an operation of its own: what comes from before is its business only.
        """
        operands = self.operands[place]
        if self.rules[place] not in (rules.add, rules.subtract) or len(operands) != 2:
            return []
        outside = [k for k in operands if k >= 0]
        inside = [self.same[~k] for k in operands if k < 0]
        uses = [k for each in self.operands for k in each]
        return inside if len(outside) == 1 and uses.count(outside[0]) == 1 else []

    def cones(self, known: dict[Hashable, Element | None]) -> list[_Cone]:
        """The cones that are worth it.

        Args:
            known: the elements so far, by what they do; None where it is not worth it.
        """
        found = []
        for places in self._cones:
            if len(places) < FEWEST_IN_CONE:
                continue
            operands, key = self._stated(places)
            if not 0 < self._variables(operands) <= MOST_OPERANDS:
                continue
            if key not in known:
                known[key] = self._element(places, operands)
            element = known[key]
            if element is not None:
                found.append(_Cone(places, element, operands))
        return found

    @property
    def is_regular(self) -> bool:
        """Whether all that comes from outside, but constants, moves by steps that are the same.

        In a nest of loops it does not where an inner loop begins again. Several iterations at a
        time would reach across that, and hide the nest.
        """
        return all(
            fixed or self._description(k)[0] != ("irregular", k)
            for k, fixed in enumerate(self._is_constant)
        )

    def _variables(self, operands: Sequence[int]) -> int:
        """How many of some operands are not constants."""
        constants = [k for k in operands if k >= 0 and self._is_constant[k]]
        return len(operands) - len(constants)

    def cost(self, cones: Sequence[_Cone]) -> float:
        """About how many nodes there will be for each operation, with a gradient."""
        inside = sum(len(cone.places) for cone in cones)
        once = sum(self.is_known(place) for place in range(len(self.rules)))
        nodes = sum(1 + self._variables(cone.operands) for cone in cones)
        return (nodes + 3 * (len(self.rules) - inside - once)) / len(self.rules)

    def is_known(self, place: int) -> bool:
        """Whether the result at a place is that of another, here or in earlier iterations."""
        return self.same[place] != place or self.fixed[place] or place in self._leaders

    def known(self, place: int) -> Integers:
        """For each iteration a node with the result at a place: the first that there is."""
        nodes: Integers = self.nodes[:, self.same[place]].copy()
        if self.fixed[place]:
            nodes[:] = nodes[0]
        leader, ahead = self._leaders.get(self.same[place], (0, 0))
        if ahead:
            nodes[ahead:] = self.nodes[:-ahead, leader]
        return nodes

    def _constant(self, k: int) -> float | None:
        """The number that an operand is in all iterations, if it is one."""
        if k < 0 or not self._fixed_columns[k]:
            return None
        return self._tape.constant_value(int(self.columns[k][0]))

    def _stated(self, places: Sequence[int]) -> tuple[list[int], Hashable]:
        """The operands of a cone, and what it does to them in a form that can be compared."""
        inner = {place: i for i, place in enumerate(places)}
        operands: list[int] = []
        lines = []
        for place in places:
            line: list[Hashable] = [self.rules[place]]
            for k in self.operands[place]:
                constant = self._constant(k)
                if constant is not None:
                    line.append(struct.pack("d", constant))
                    continue
                k = k if k >= 0 else ~self.same[~k]
                if k < 0 and ~k in inner:
                    line.append(inner[~k])
                    continue
                if k not in operands:
                    operands.append(k)
                line.append(~operands.index(k))
            lines.append(tuple(line))
        return operands, tuple(lines)

    def _element(self, places: Sequence[int], operands: Sequence[int]) -> Element | None:
        tape = Tape()
        twin = {k: tape.input(f"x{i}") for i, k in enumerate(operands)}
        for place in places:
            refs = []
            for k in self.operands[place]:
                constant = self._constant(k)
                k = k if k >= 0 else ~self.same[~k]
                refs.append(twin[k] if constant is None else tape.constant(constant))
            twin[~place] = tape.append(self.rules[place], tuple(refs))
        found = simplest(tape, twin[~places[-1]], range(len(operands)))
        if isinstance(found, Element) and len(found.positions) == len(operands):
            return found
        return None  # there is next to nothing in it

    def column(self, k: int) -> Integers:
        """For each iteration the node of an operand."""
        if k >= 0:
            return self.columns[k]
        return self.known(~k)


class _Outliner:
    """The outlined tape, as far as it is decided.

    Attributes:
        kept: for each node whether it is on it.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.kept: Booleans = np.ones(len(tape), dtype=bool)
        self._instead: Integers = np.arange(len(tape))
        self._known: dict[Hashable, Element | None] = {}
        self._applied: list[tuple[Rule, Integers, list[Integers]]] = []

    def add(self, ways: Sequence[_Iterations]) -> None:
        """Outline a run, if that halves it.

        Args:
            ways: with one iteration at a time, and with several.
        """
        alone, *others = [(iterations, iterations.cones(self._known)) for iterations in ways]
        if not self._halves(*alone):
            return
        if alone[0].is_regular:
            alone = min([alone, *others], key=lambda way: way[0].cost(way[1]))
        self._take(*alone)

    def _halves(self, iterations: _Iterations, cones: Sequence[_Cone]) -> bool:
        inside = sum(len(cone.places) - 1 for cone in cones)
        once = sum(iterations.is_known(place) for place in range(len(iterations.rules)))
        return 2 * (inside + once) >= len(iterations.rules)

    def _take(self, iterations: _Iterations, cones: Sequence[_Cone]) -> None:
        inside = [place for cone in cones for place in cone.places[:-1]]
        nodes = iterations.nodes
        self.kept[nodes[:, inside]] = False
        for place in range(len(iterations.rules)):
            if iterations.is_known(place):
                first = iterations.known(place)
                self._instead[nodes[:, place]] = first
                self.kept[nodes[:, place]] = nodes[:, place] == first
        for places, element, operands in cones:
            columns = [iterations.column(k) for k in operands]
            self._applied.append((element.rule, nodes[:, places[-1]], columns))

    def outlined(self) -> Outlined:
        """The new tape."""
        old, kept = self.tape, self.kept.tolist()
        numbers = np.where(self.kept, np.cumsum(self.kept) - 1, -1)
        twin: Integers = numbers[self._instead]
        new = Tape.made_of(
            list(compress(old.rules, kept)),
            list(compress(old.operands, kept)),
            old.constants,
            old.inputs,
            list(compress(old.places, kept)),
        )
        of_node = twin.tolist().__getitem__
        for node, (rule, operands) in enumerate(zip(new.rules, new.operands)):
            if rule is not INPUT and rule is not CONSTANT:
                new.operands[node] = tuple(map(of_node, operands))
        for rule, nodes, columns in self._applied:
            applied = self.kept[nodes]
            each = zip(*[twin[column[applied]].tolist() for column in columns])
            for node, operands in zip(numbers[nodes[applied]].tolist(), each):
                new.rules[node] = rule
                new.operands[node] = operands
        return Outlined(new, twin)
