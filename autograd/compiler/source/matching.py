"""Whether statements are what a loop would do in the iteration before its first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd.compiler.source.tree import (
    Affine,
    Assignment,
    Element,
    Expression,
    If,
    Loop,
    Number,
    Operation,
    Statement,
)

_WRITABLE = ("local", "gradient", "result")


@dataclass
class Match:
    """A first iteration compared with what the loop would do in its place.

    Attributes:
        loop: the loop's number.
        numbers: for each loop inside the loop, the number of its counterpart.
        around: the counterparts that are around what is being compared.
        starts: for each element that a loop would read and the first iteration does not: what
            that reads instead, the loops around it, and at which assignment.
        tables: for elements of tables, the number that the first iteration has in their place.
        position: the number of assignments that were compared.
        written: what these assign, but for those in inner loops.
    """

    loop: int
    numbers: dict[int, int] = field(default_factory=dict)
    around: list[Loop] = field(default_factory=list)
    starts: dict[Element, tuple[Expression, tuple[Loop, ...], int]] = field(default_factory=dict)
    tables: dict[Element, Number] = field(default_factory=dict)
    position: int = 0
    written: set[Element] = field(default_factory=set)

    def statements(self, first: Sequence[Statement], body: Sequence[Statement]) -> bool:
        """Whether some statements are what the body of the loop does."""
        return len(first) == len(body) and all(map(self.statement, first, body))

    def statement(self, first: Statement, body: Statement) -> bool:
        """The same for one."""
        if isinstance(first, Loop) and isinstance(body, Loop):
            if first.count != body.count:
                return False
            self.numbers[body.number] = first.number
            self.around.append(first)
            same = self.statements(first.body, body.body)
            self.around.pop()
            return same
        if isinstance(first, If) and isinstance(body, If):
            return first.body == body.body and self.expression(first.condition, body.condition)
        if not isinstance(first, Assignment) or not isinstance(body, Assignment):
            return False
        if first.target != self.before(body.target):
            return False
        starts, tables = dict(self.starts), dict(self.tables)
        same = self.expression(first.value, body.value)
        if not same:
            self.starts, self.tables = starts, tables
            same = self.first_term(first.value, body)
        self.position += 1
        if not self.around:
            self.written.add(first.target)
        return same

    def first_term(self, first: Expression, body: Assignment) -> bool:
        """Whether the loop adds to a sum what here is the whole sum."""
        value = body.value
        if not isinstance(value, Operation) or value.name != "add":
            return False
        if value.operands[0] != body.target:
            return False
        if isinstance(first, Operation) and first.name == "from_zero":
            (first,) = first.operands
        total = self.before(body.target)
        return self.start(total, Number(0.0)) and self.expression(first, value.operands[1])

    def expression(self, first: Expression, body: Expression) -> bool:
        """The same for an expression, but for what the loop has to be started with."""
        if isinstance(body, Element):
            before = self.before(body)
            if first == before and (before not in self.starts or before in self.written):
                return True
            if body.array.role == "table":
                if not isinstance(first, Number) or len(body.index) != 1:
                    return False
                if body.index[0].steps != ((self.loop, 1),):
                    return False
                return self.tables.setdefault(body, first) == first
            return self.start(before, first)
        if isinstance(body, Operation):
            return (
                isinstance(first, Operation)
                and first.name == body.name
                and len(first.operands) == len(body.operands)
                and all(map(self.expression, first.operands, body.operands))
            )
        return first == body

    def start(self, element: Element, value: Expression) -> bool:
        """Note what an element has to be before the loop starts."""
        if element.array.role not in _WRITABLE:
            return False
        if element in self.starts and self.starts[element][0] != value:
            return False
        self.starts[element] = value, tuple(self.around), self.position
        return True

    def before(self, element: Element) -> Element:
        """What an element of the loop's body is in the iteration before the first."""
        index = []
        for i in element.index:
            moved = i.before(self.loop)
            steps = tuple([(self.numbers.get(loop, loop), step) for loop, step in moved.steps])
            index.append(Affine(moved.base, steps))
        return Element(element.array, tuple(index))
