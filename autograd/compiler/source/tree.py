"""Readable programs, whatever language they will be written in: assignments, loops and branches.

Elements of arrays have indices that are affine in the counters of the loops around them.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Role = Literal["argument", "captured", "result", "gradient", "local", "table"]


class Key(NamedTuple):
    """A part of a nest that is not an element of a regular array.

    Attributes:
        key: a dict's key, or a position.
        label: what to call it in names.
        in_dict: whether it is a dict's key.
    """

    key: Any
    label: str
    in_dict: bool


@dataclass(eq=False)
class Array:
    """A single number, or a regular array of them.

    Attributes:
        name: what it is called; for arguments and results, the nest that it is a part of.
        role: what it is for.
        shape: its size in each dimension; empty for a number.
        path: how to come to it, or its elements, in the nest: keys, and None for each index.
        values: the numbers in a table, flat.
        zeroed: whether all its elements are zero to begin with.
    """

    name: str
    role: Role
    shape: tuple[int, ...] = ()
    path: tuple[Key | None, ...] = ()
    values: tuple[float, ...] = ()
    zeroed: bool = False


class Affine(NamedTuple):
    """An index: ``base``, and for each loop in which it moves, the loop's number and the step."""

    base: int
    steps: tuple[tuple[int, int], ...] = ()

    def shifted(self, by: int) -> Affine:
        """The index plus a number."""
        return Affine(self.base + by, self.steps)

    def step(self, loop: int) -> int:
        """How far it moves in each iteration of a loop."""
        return dict(self.steps).get(loop, 0)

    def before(self, loop: int) -> Affine:
        """What the index would have been in the iteration before the loop's first."""
        others = tuple([step for step in self.steps if step[0] != loop])
        return Affine(self.base - self.step(loop), others)


@dataclass(frozen=True, eq=False)
class Number:
    """A constant; equal to those of the same bits."""

    value: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self._bits() == other._bits()

    def __hash__(self) -> int:
        return hash(self._bits())

    def _bits(self) -> bytes:
        return struct.pack("d", self.value)


@dataclass(frozen=True)
class Element:
    """A number in an array."""

    array: Array
    index: tuple[Affine, ...] = ()


@dataclass(frozen=True)
class Operation:
    """An operation on the values of expressions; its name is a rule's, or that of a variant."""

    name: str
    operands: tuple[Expression, ...]


Expression = Number | Element | Operation


@dataclass(frozen=True)
class Assignment:
    """A statement: ``target`` becomes the value of an expression.

    Attributes:
        line: in the backward part, the line of the user's source that it is the derivative of.
    """

    target: Element
    value: Expression
    line: str = field(default="", compare=False)


@dataclass
class SampleCall:
    """A call of a function for one sample.

    Attributes:
        samples: the number of samples.
        value: the variable for the value.
        gradients: for each argument that is differentiated, its position and the derivatives.
    """

    samples: Array
    value: Array
    gradients: list[tuple[int, list[Element]]]


@dataclass
class Loop:
    """Statements that are run ``count`` times.

    Attributes:
        number: what indices call it by; no two loops of a program share it.
        call: if it is run for each sample instead, what it begins with.
    """

    number: int
    count: int
    body: list[Statement] = field(default_factory=list)
    call: SampleCall | None = None


@dataclass
class Refusal:
    """The end of a way through a function that was never recorded.

    Attributes:
        where: the line of the user's source that the way leaves the others at.
    """

    where: str


@dataclass
class If:
    """Statements that are run if a condition holds; the function ends there."""

    condition: Expression
    body: list[Statement]


@dataclass
class End:
    """The end of a way through a function.

    Attributes:
        body: what computes the derivatives.
        results: the numbers that a call returns, where they are no arrays.
    """

    body: list[Statement]
    results: list[Expression]


Statement = Assignment | Loop | If | End | Refusal

#: A statement with statements inside.
Block = Loop | If | End

#: A function's statements, in order; the last is an ``End``.
Program = list[Statement]


def elements(expression: Expression) -> Iterator[Element]:
    """Yield the elements that an expression reads, from left to right."""
    if isinstance(expression, Element):
        yield expression
    elif isinstance(expression, Operation):
        for operand in expression.operands:
            yield from elements(operand)


def read_by(statement: Statement) -> Iterator[Element]:
    """Yield the elements that a statement reads itself, not those inside it."""
    if isinstance(statement, Assignment):
        yield from elements(statement.value)
    elif isinstance(statement, If):
        yield from elements(statement.condition)
    elif isinstance(statement, End):
        for result in statement.results:
            yield from elements(result)


def flat(
    statements: Sequence[Statement], around: tuple[Block, ...] = ()
) -> Iterator[tuple[Statement, tuple[Block, ...]]]:
    """Yield every statement, with the blocks around it.

    A loop, or an ``If``, comes before what is inside it; an ``End``, with its results, after it.
    """
    for statement in statements:
        if not isinstance(statement, End):
            yield statement, around
        if isinstance(statement, Block):
            yield from flat(statement.body, (*around, statement))
        if isinstance(statement, End):
            yield statement, (*around, statement)


def assignments(
    statements: Sequence[Statement], around: tuple[Block, ...] = ()
) -> Iterator[tuple[Assignment, tuple[Block, ...]]]:
    """Yield every assignment, with the blocks around it."""
    for statement, blocks in flat(statements, around):
        if isinstance(statement, Assignment):
            yield statement, blocks


def replaced(expression: Expression, new: Callable[[Element], Expression]) -> Expression:
    """The expression with something else for each of its elements."""
    if isinstance(expression, Element):
        return new(expression)
    if isinstance(expression, Operation):
        operands = tuple([replaced(operand, new) for operand in expression.operands])
        return Operation(expression.name, operands)
    return expression


def with_body(block: Block, body: list[Statement]) -> Block:
    """The block with other statements inside."""
    return dataclasses.replace(block, body=body)


def with_expressions(
    statements: Sequence[Statement],
    target: Callable[[Element], Element],
    expression: Callable[[Expression], Expression],
) -> list[Statement]:
    """The statements with other targets and expressions; the numbers of loops stay."""
    changed: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Assignment):
            new, value = target(statement.target), expression(statement.value)
            statement = Assignment(new, value, statement.line)
        elif isinstance(statement, Block):
            body = with_expressions(statement.body, target, expression)
            statement = with_body(statement, body)
            if isinstance(statement, If):
                statement.condition = expression(statement.condition)
            elif isinstance(statement, End):
                statement.results = [expression(result) for result in statement.results]
        changed.append(statement)
    return changed


def with_elements(
    statements: Sequence[Statement], new: Callable[[Element], Element]
) -> list[Statement]:
    """The statements with other elements; the numbers of loops stay."""
    return with_expressions(statements, new, lambda expression: replaced(expression, new))


def all_elements(
    statements: Sequence[Statement], counts: dict[int, int] | None = None
) -> Iterator[Element]:
    """Yield every element in a program; note the loops' numbers of iterations in ``counts``."""
    for statement, _ in flat(statements):
        if isinstance(statement, Loop) and counts is not None:
            counts[statement.number] = statement.count
        if isinstance(statement, Assignment):
            yield statement.target
        yield from read_by(statement)
