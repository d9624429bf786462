"""Readable programs, whatever language they will be written in: assignments and loops.

Elements of arrays have indices that are affine in the counters of the loops around them.
"""

from __future__ import annotations

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
    """A statement: ``target`` becomes the value of an expression."""

    target: Element
    value: Expression


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


Statement = Assignment | Loop


@dataclass
class Tree:
    """A program.

    Attributes:
        forward: what computes the value.
        backward: what computes the derivatives.
        results: the numbers that a call returns, where they are no arrays.
    """

    forward: list[Statement]
    backward: list[Statement]
    results: list[Expression]


def elements(expression: Expression) -> Iterator[Element]:
    """Yield the elements that an expression reads, from left to right."""
    if isinstance(expression, Element):
        yield expression
    elif isinstance(expression, Operation):
        for operand in expression.operands:
            yield from elements(operand)


def operations(expression: Expression) -> Iterator[Operation]:
    """Yield the operations in an expression."""
    if isinstance(expression, Operation):
        yield expression
        for operand in expression.operands:
            yield from operations(operand)


def assignments(
    statements: Sequence[Statement], around: tuple[Loop, ...] = ()
) -> Iterator[tuple[Assignment, tuple[Loop, ...]]]:
    """Yield every assignment, with the loops around it."""
    for statement in statements:
        if isinstance(statement, Loop):
            yield from assignments(statement.body, (*around, statement))
        else:
            yield statement, around


def replaced(expression: Expression, new: Callable[[Element], Expression]) -> Expression:
    """The expression with something else for each of its elements."""
    if isinstance(expression, Element):
        return new(expression)
    if isinstance(expression, Operation):
        operands = tuple([replaced(operand, new) for operand in expression.operands])
        return Operation(expression.name, operands)
    return expression


def with_elements(
    statements: Sequence[Statement], new: Callable[[Element], Element]
) -> list[Statement]:
    """The statements with other elements; the numbers of loops stay."""
    changed: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Loop):
            body = with_elements(statement.body, new)
            changed.append(Loop(statement.number, statement.count, body))
        else:
            changed.append(Assignment(new(statement.target), replaced(statement.value, new)))
    return changed


def all_elements(tree: Tree, counts: dict[int, int]) -> Iterator[Element]:
    """Yield every element in a program; note the loops' numbers of iterations in ``counts``."""
    for assignment, around in assignments([*tree.forward, *tree.backward]):
        counts.update({loop.number: loop.count for loop in around})
        yield assignment.target
        yield from elements(assignment.value)
    for result in tree.results:
        yield from elements(result)


def mapped(tree: Tree, new: Callable[[Element], Element]) -> Tree:
    """The program with other elements."""
    results = [replaced(result, new) for result in tree.results]
    return Tree(with_elements(tree.forward, new), with_elements(tree.backward, new), results)
