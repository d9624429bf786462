"""From a tape to straight-line statements, ready to be rolled into loops.

The variables of one name are elements of one array, in the order in which they are computed. One
takes the place of another only if it is computed from it, and that is used for the last time: so a
running sum stays where it is. An adjoint has the index of what it is the adjoint of. What repeats
itself on the tape repeats itself here, with indices that move by constant steps.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from autograd import rules
from autograd.compiler.lower import FMA
from autograd.compiler.roll import Instruction
from autograd.compiler.source.origin import Origin
from autograd.compiler.source.selection import Selection
from autograd.compiler.source.starts import is_start
from autograd.compiler.source.stretches import (
    Decision,
    Output,
    Stretch,
    Stretches,
    Way,
    line_at,
)
from autograd.compiler.source.tree import Affine, Array, Element
from autograd.compiler.tape import CONSTANT, INPUT, Tape

# The backward part divides by what the forward part did not: these slopes may be infinite.
_VERTICAL = (
    rules.sqrt,
    rules.cbrt,
    rules.arcsin,
    rules.arccos,
    rules.arccosh,
    rules.arctan2,
)


class Literal(NamedTuple):
    """A constant that belongs to the form of a statement, such as an exponent."""

    text: str


class Form(NamedTuple):
    """An expression without its addresses.

    Attributes:
        name: of the operation.
        parts: forms; arrays, of which elements are read; None for a constant.
    """

    name: str
    parts: tuple[Term, ...]


Term = Form | Array | Literal | None


class Shape(NamedTuple):
    """What a statement does: the array it writes to, and the form of the value.

    Its addresses are the target's index, then, from left to right, the indices of what is read
    and the places of constants in the list of all of them. A statement that ends the function if
    something holds has, in the place of an array, the line of source where this is decided; an
    expression by itself has None.
    """

    target: Array | str | None
    form: Term


class Derived(Instruction):
    """An assignment, and the line of the user's source that it is a derivative of."""

    __slots__ = ("line",)

    def __init__(self, shape: Shape, addresses: tuple[int, ...], line: str) -> None:
        super().__init__(shape, addresses)
        self.line = line


class Branch(NamedTuple):
    """What is done, until the function ends, if a condition holds."""

    condition: Instruction
    parts: list[Part]


class Last(NamedTuple):
    """The end of a way: what computes the derivatives, and what is returned."""

    backward: list[Instruction]
    results: list[Instruction]


#: A straight stretch of a program, a branch off it, or its end.
Part = list[Instruction] | Branch | Last


@dataclass
class Statements:
    """A program without loops.

    Attributes:
        parts: what it does, in order.
        constants: the numbers that stand in it, in order, each as often as it occurs.
    """

    parts: list[Part] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)


def statements(tape: Tape, inputs: Sequence[Element], way: Way) -> Statements:
    """Return the statements that compute what is wanted.

    Args:
        tape: elementwise operations and powers, whose places are origins.
        inputs: for each input of the tape where it is.
        way: what is wanted, and the other ways that leave this one.
    """
    builder = _Builder(tape, inputs, Stretches(tape, way))
    builder.result.parts = builder.parts(way)
    return builder.result


#: What is written at some point of a stretch: a variable, a decision, or an output.
Event = int | Decision | Output


class _Builder:
    """The statements while they are written."""

    def __init__(self, tape: Tape, inputs: Sequence[Element], stretches: Stretches) -> None:
        self.tape = tape
        self.inputs = inputs
        self.stretches = stretches
        self.selection = Selection(tape, stretches)
        self.result = Statements()
        self.families: dict[Hashable, _Family] = {}
        self.index_of: dict[Origin, int] = {}
        self.elements: dict[int, Element] = {}
        self.lines: dict[Origin, str] = {}
        self.destinations: dict[int, list[Element]] = {}
        self.forward: dict[Stretch, list[Event]] = {}
        self.backward: dict[Stretch, list[Event]] = {}
        for stretch in stretches.all:
            self._schedule(stretch)
        self.last_read = self._last_reads()
        self.fixed = self._fixed()

    # What is written when
    # --------------------

    def _schedule(self, stretch: Stretch) -> None:
        """Put what belongs to a stretch in order."""
        selection, way = self.selection, stretch.way
        nodes = [i for i in self.stretches.nodes[stretch] if i in selection.stands]
        late: list[Output] = []
        for output in way.outputs if way is not None else ():
            if output.to is not None and self._belongs_here(output, stretch):
                self.destinations.setdefault(output.node, []).append(output.to)
            elif output.to is not None:
                late.append(output)
        forward = self._in_order([i for i in nodes if selection.forward[i]])
        self.forward[stretch] = self._with_decisions(forward, stretch)
        self.forward[stretch] += [output for output in late if output.is_value]
        # Derivatives that were computed on the way to the value are written in the backward part;
        # those of what a loop starts with after it.
        late = [output for output in late if not output.is_value]
        early = [output for output in late if not self._is_backward(output.node)]
        self.backward[stretch] = [
            *early,
            *self._in_order([i for i in nodes if not selection.forward[i]]),
            *[output for output in late if self._is_backward(output.node)],
        ]

    def _in_order(self, nodes: Sequence[int]) -> list[int]:
        """Variables in the order in which they are computed; what loops share before these."""
        selection = self.selection
        order = sorted(nodes, key=self.stretches.position)
        place: dict[int, int] = {}
        for number, node in enumerate(order):
            place[node] = number
            if node in selection.invariants:
                place[node] = max([-1, *[place.get(i, -1) for i in self._reads(node)]])
        return sorted(order, key=place.__getitem__)

    def _with_decisions(self, nodes: Sequence[int], stretch: Stretch) -> list[Event]:
        """The variables of the forward part, and each decision as soon as it can be made."""
        position = self.stretches.position
        events: list[Event] = []
        waiting = list(reversed(nodes))
        for decision in stretch.decisions:
            known = {i for i in self._needs(decision.node) if self.stretches.home[i] is stretch}
            done = position(decision.node)
            while waiting and (position(waiting[-1]) <= done or known.intersection(waiting)):
                events.append(waiting.pop())
            events.append(decision)
        return events + waiting[::-1]

    def _belongs_here(self, output: Output, stretch: Stretch) -> bool:
        """Whether an output is written where it is computed, not later."""
        if not self.tape.is_computed(output.node):
            return False
        of = self.selection.origin(output.node).adjoint_of
        starts = isinstance(of, Origin) and is_start(of.rule)
        in_part = self.selection.forward[output.node] is output.is_value
        return in_part and not starts and self.stretches.home[output.node] is stretch

    def _is_backward(self, node: int) -> bool:
        """Whether a node is computed in the backward part."""
        return self.tape.is_computed(node) and not self.selection.forward[node]

    def _events(self, stretch: Stretch) -> list[Event]:
        results = [] if stretch.way is None else stretch.way.outputs
        returned = [output for output in results if output.to is None]
        return [*self.forward[stretch], *self.backward[stretch], *returned]

    def _last_reads(self) -> dict[int, dict[Stretch, Event]]:
        """For each variable, and each stretch that reads it, what does so last."""
        last: dict[int, dict[Stretch, Event]] = {}
        for stretch in self.stretches.all:
            for event in self._events(stretch):
                for node in self._needs_of(event):
                    last.setdefault(node, {})[stretch] = event
        return last

    def _needs_of(self, event: Event) -> Iterator[int]:
        """The variables that something reads."""
        return self._reads(event) if isinstance(event, int) else self._needs(event.node)

    def _needs(self, node: int) -> Iterator[int]:
        """The variables that the expression for a node reads, which may be itself one."""
        if node in self.selection.stands:
            yield node
        elif self.tape.is_computed(node):
            yield from self._reads(node)

    # What is written
    # ---------------

    def parts(self, way: Way) -> list[Part]:
        """The parts of a way, from where it leaves another."""
        found: list[Part] = []
        straight: list[Instruction] = []
        for stretch in self.stretches.of(way):
            for event in self.forward[stretch]:
                self._write_event(event, stretch, straight)
            if stretch.branch is not None:
                found += [straight, self._branch(stretch.branch)]
                straight = []
        backward: list[Instruction] = []
        for event in self.backward[stretch]:
            self._write_event(event, stretch, backward)
        results = [self._alone(output.node, None) for output in way.outputs if output.to is None]
        return [*found, straight, Last(backward, results)]

    def _write_event(self, event: Event, stretch: Stretch, part: list[Instruction]) -> None:
        if isinstance(event, int):
            self._write(event, stretch, part)
        elif isinstance(event, Output):
            assert event.to is not None
            self._assign(event.to, event.node, part)
        elif event.exit is None:
            part.append(self._alone(event.node, event.result, event.line))

    def _branch(self, decision: Decision) -> Branch:
        assert decision.exit is not None
        condition = self._alone(decision.node, decision.result)
        saved = {key: (set(each.live), each.next) for key, each in self.families.items()}
        parts = self.parts(decision.exit)
        for key, family in self.families.items():
            live, family.next = saved.get(key, (set(), 0))
            family.live = live
        return Branch(condition, parts)

    def _alone(self, node: int, against: bool | None, target: str | None = None) -> Instruction:
        """An expression by itself: for a decision, the condition that it is made otherwise."""
        addresses: list[int] = []
        form = self._operand(node, addresses)
        if against:
            form = Form("subtract", (Literal("1.0"), form))
        return Instruction(Shape(target, form), tuple(addresses))

    def _write(self, node: int, stretch: Stretch, part: list[Instruction]) -> None:
        """Write the statement for a node, and copies of the result where it is wanted."""
        reads = sorted(set(self._reads(node)), reverse=True)
        dying = [i for i in reads if i not in self.fixed and self._dies(i, stretch, node)]
        form, addresses = self._expression(node)
        for i in dying:
            self._free(i)
        target = self.fixed.get(node) or self._take(node, dying)
        self.elements[node] = target
        self._emit(target, form, addresses, part, self._line(node))
        for destination in self.destinations.get(node, ()):
            if destination != target:
                self._assign(destination, node, part)
        if node not in self.last_read and node not in self.fixed:
            self._free(node)

    def _dies(self, node: int, stretch: Stretch, reader: int) -> bool:
        """Whether nothing reads a variable after a node of this stretch."""
        last = self.last_read[node]
        return last[stretch] == reader and not any(
            other.comes_after(stretch) for other in last if other is not stretch
        )

    def _assign(self, to: Element, node: int, part: list[Instruction]) -> None:
        addresses: list[int] = []
        form = self._operand(node, addresses)
        self._emit(to, form, addresses, part)

    def _emit(
        self,
        to: Element,
        form: Term,
        addresses: list[int],
        part: list[Instruction],
        line: str = "",
    ) -> None:
        index = [i.base for i in to.index]
        part.append(Derived(Shape(to.array, form), tuple(index + addresses), line))

    def _line(self, node: int) -> str:
        """The line of the user's source that a node of the backward part is a derivative of."""
        forward = self.selection.origin(node).forward
        if forward is None or node in self.selection.invariants:
            return ""
        if forward not in self.lines:
            self.lines[forward] = line_at(forward)
        return self.lines[forward]

    # Expressions
    # -----------

    def _expression(self, node: int) -> tuple[Term, list[int]]:
        addresses: list[int] = []
        return self._form(node, addresses), addresses

    def _form(self, node: int, addresses: list[int]) -> Term:
        """The form of the expression of a node; its addresses are added to the list."""
        rule, operands = self.tape.rules[node], self.tape.operands[node]
        if rule is FMA:
            total = self._operand(operands[2], addresses)
            factors = tuple([self._operand(i, addresses) for i in operands[:2]])
            return Form("add", (total, Form("multiply", factors)))
        name = rule.name
        forward = self.selection.origin(node).forward
        if rule is rules.power:
            base = self._operand(operands[0], addresses)
            exponent = self.tape.constant_value(operands[1])
            if exponent is None:
                name = "power" if forward is None else "power_or_infinity"
                return Form(name, (base, self._operand(operands[1], addresses)))
            if forward is not None and exponent < 0.0 and forward.rule is rules.power:
                name = "power_or_infinity"
            return Form(name, (base, Literal(repr(exponent))))
        if rule is rules.divide and forward is not None and forward.rule in _VERTICAL:
            name = "divide_or_infinity"
        return Form(name, tuple([self._operand(i, addresses) for i in operands]))

    def _operand(self, node: int, addresses: list[int]) -> Term:
        rule = self.tape.rules[node]
        if rule is CONSTANT:
            addresses.append(len(self.result.constants))
            self.result.constants.append(self.tape.constants[self.tape.operands[node][0]])
            return None
        if rule is INPUT or node in self.selection.stands:
            place = self.tape.operands[node][0]
            element = self.inputs[place] if rule is INPUT else self.elements[node]
            addresses += [i.base for i in element.index]
            return element.array
        return self._form(node, addresses)

    def _reads(self, node: int) -> Iterator[int]:
        """The variables that the statement for a node reads."""
        for inner in (node, *self.selection.inlined(node)):
            for operand in self.tape.operands[inner]:
                if operand in self.selection.stands:
                    yield operand

    # Storage
    # -------

    def _fixed(self) -> dict[int, Element]:
        """The variables that live where they are wanted in the end, as do their partial sums."""
        selection = self.selection
        fixed: dict[int, Element] = {}
        for node in sorted(selection.stands, reverse=True):
            to = fixed.get(node)
            if to is None and node in self.destinations and not selection.has_name(node):
                to = fixed[node] = self.destinations[node][0]
            if to is not None:
                for operand in self.tape.operands[node]:
                    chained = operand in selection.stands and selection.uses[operand] == 1
                    if chained and selection.same_adjoint(node, operand):
                        fixed[operand] = to
        return fixed

    def _take(self, node: int, dying: Sequence[int]) -> Element:
        """The place of a variable, which may be that of one that ``dying`` names."""
        selection = self.selection
        name, key = selection.name(node)
        if key not in self.families:
            self.families[key] = _Family(Array(name, "local", (0,), (None,)))
        family = self.families[key]
        origin = selection.origin(node)
        of = origin.adjoint_of
        wished = self.index_of.get(of, -1) if isinstance(of, Origin) else -1
        freed = [self.elements[i].index[0].base for i in dying if selection.name(i)[1] == key]
        if freed:
            index = min(freed)
        elif wished >= 0 and wished not in family.live:
            index = wished
        else:
            index = family.next
        family.live.add(index)
        family.next = max(family.next, index + 1)
        if origin.forward is None and node not in selection.invariants:
            self.index_of[origin] = index
        return Element(family.array, (Affine(index),))

    def _free(self, node: int) -> None:
        family = self.families[self.selection.name(node)[1]]
        family.live.discard(self.elements[node].index[0].base)


@dataclass
class _Family:
    """The variables of one name.

    Attributes:
        array: what they are elements of.
        live: the indices of those that are still needed.
        next: the first index that was never used.
    """

    array: Array
    live: set[int] = field(default_factory=set)
    next: int = 0
