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
from autograd.compiler.source.starts import Start
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
    parts: tuple[Part, ...]


Part = Form | Array | Literal | None


class Shape(NamedTuple):
    """What a statement does: the array it writes to (None for what is returned), and the form.

    Its addresses are the target's index, then, from left to right, the indices of what is read
    and the places of constants in the list of all of them.
    """

    target: Array | None
    form: Part


@dataclass
class Statements:
    """A program without loops.

    Attributes:
        forward: what computes the value.
        backward: what computes the derivatives, and at the end says what is returned.
        constants: the numbers that stand in it, in order, each as often as it occurs.
    """

    forward: list[Instruction] = field(default_factory=list)
    backward: list[Instruction] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)


def statements(tape: Tape, inputs: Sequence[Element], outputs: Sequence[Output]) -> Statements:
    """Return the statements that compute the outputs.

    Args:
        tape: elementwise operations and powers, whose places are origins.
        inputs: for each input of the tape where it is.
        outputs: what is wanted.
    """
    return _Builder(tape, inputs, outputs).run()


class _Builder:
    """The statements while they are written."""

    def __init__(self, tape: Tape, inputs: Sequence[Element], outputs: Sequence[Output]) -> None:
        values = [output.node for output in outputs if output.is_value]
        self.tape = tape
        self.inputs = inputs
        self.outputs = outputs
        self.selection = Selection(tape, [output.node for output in outputs], values)
        self.result = Statements()
        self.families: dict[Hashable, _Family] = {}
        self.index_of: dict[Origin, int] = {}
        self.elements: dict[int, Element] = {}
        self.order = self._order()
        self.parts_forward = sum(self.selection.forward[node] for node in self.order)
        self.destinations: dict[int, list[Element]] = {}
        # Derivatives that were computed on the way to the value are written in the backward part;
        # those of what a loop starts with after it.
        self.late: list[Output] = []
        for output in outputs:
            computed = tape.is_computed(output.node)
            if output.to is None:
                continue
            if computed and self._belongs_here(output):
                self.destinations.setdefault(output.node, []).append(output.to)
            else:
                self.late.append(output)
        self.last_use = self._last_uses()
        self.fixed = self._fixed()

    def run(self) -> Statements:
        for number, node in enumerate(self.order[: self.parts_forward]):
            self._write(node, number, self.result.forward)
        part = self.result.backward
        early = [output for output in self.late if self._is_ready(output.node)]
        for output in early:
            self._assign(output.to, output.node, self.result.forward if output.is_value else part)
        for number, node in enumerate(self.order[self.parts_forward :], self.parts_forward):
            self._write(node, number, part)
        for output in self.late:
            if output not in early:
                self._assign(output.to, output.node, part)
        for output in self.outputs:
            if output.to is None:
                self._assign(None, output.node, part)
        return self.result

    def _order(self) -> list[int]:
        """The variables in the order in which they are computed; what loops share before these."""
        selection = self.selection
        order = [node for node in selection.computed if node in selection.stands]
        order.sort(key=lambda node: not selection.forward[node])
        place: dict[int, int] = {}
        for number, node in enumerate(order):
            place[node] = number
            if node in selection.invariants:
                read = [place[i] for i in self._reads(node)]
                begin = 0 if selection.forward[node] else sum(selection.forward[i] for i in order)
                place[node] = max([begin - 1, *read])
        return sorted(order, key=place.__getitem__)

    def _belongs_here(self, output: Output) -> bool:
        """Whether an output is written where it is computed, not later."""
        selection = self.selection
        of = selection.origin(output.node).adjoint_of
        starts = isinstance(of, Origin) and isinstance(of.rule, Start)
        return selection.forward[output.node] is output.is_value and not starts

    def _write(self, node: int, number: int, part: list[Instruction]) -> None:
        """Write the statement for a node, and copies of the result where it is wanted."""
        reads = sorted(set(self._reads(node)), reverse=True)
        dying = [i for i in reads if self.last_use[i] == number and i not in self.fixed]
        form, addresses = self._expression(node)
        for i in dying:
            self._free(i)
        target = self.fixed.get(node) or self._take(node, dying)
        self.elements[node] = target
        self._emit(target, form, addresses, part)
        for destination in self.destinations.get(node, ()):
            if destination != target:
                self._assign(destination, node, part)
        if self.last_use.get(node, -1) < 0 and node not in self.fixed:
            self._free(node)

    def _assign(self, to: Element | None, node: int, part: list[Instruction]) -> None:
        addresses: list[int] = []
        form = self._operand(node, addresses)
        self._emit(to, form, addresses, part)

    def _emit(
        self, to: Element | None, form: Part, addresses: list[int], part: list[Instruction]
    ) -> None:
        index = [] if to is None else [i.base for i in to.index]
        shape = Shape(None if to is None else to.array, form)
        part.append(Instruction(shape, tuple(index + addresses)))

    def _is_ready(self, node: int) -> bool:
        """Whether a node is known before the backward part."""
        return not self.tape.is_computed(node) or self.selection.forward[node]

    # Expressions
    # -----------

    def _expression(self, node: int) -> tuple[Part, list[int]]:
        addresses: list[int] = []
        return self._form(node, addresses), addresses

    def _form(self, node: int, addresses: list[int]) -> Part:
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

    def _operand(self, node: int, addresses: list[int]) -> Part:
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

    def _last_uses(self) -> dict[int, int]:
        """For each variable the number of the last statement that reads it."""
        last: dict[int, int] = {}
        for number, node in enumerate(self.order):
            for operand in self._reads(node):
                last[operand] = number
        for output in self.late:
            end = self.parts_forward if self._is_ready(output.node) else len(self.order)
            last[output.node] = max(last.get(output.node, -1), end)
        for output in self.outputs:
            if output.to is None:
                last[output.node] = len(self.order)
        return last

    def _fixed(self) -> dict[int, Element]:
        """The variables that live where they are wanted in the end, as do their partial sums."""
        selection = self.selection
        fixed: dict[int, Element] = {}
        for node in reversed(self.order):
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
