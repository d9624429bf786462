"""The last touches on a tree: what can be simpler without changing any number."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from autograd.compiler.source.plain import plain, plain_condition
from autograd.compiler.source.tree import (
    Affine,
    Array,
    Assignment,
    Block,
    Element,
    End,
    If,
    Loop,
    Number,
    Program,
    Role,
    Statement,
    all_elements,
    flat,
    read_by,
    with_body,
    with_elements,
)


def contracted(program: Program) -> Program:
    """Arrays that each iteration of a loop uses for itself become plain variables."""
    found: dict[Array, _Accesses] = {}
    for statement, around in flat(program):
        block = tuple(map(id, around))
        for element in read_by(statement):
            _note(found, element, block, False)
        if isinstance(statement, Assignment):
            _note(found, statement.target, block, True)
    numbers = {array: Array(array.name, "local") for array, each in found.items() if each.private}
    return with_elements(program, lambda e: Element(numbers[e.array]) if e.array in numbers else e)


def readable(statements: Sequence[Statement], backward: bool = False) -> list[Statement]:
    """The statements with plainer expressions; in the backward part users have not written them."""
    changed: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Assignment):
            value = plain(statement.value, backward)
            statement = dataclasses.replace(statement, value=value)
        elif isinstance(statement, Block):
            is_end = isinstance(statement, End)
            statement = with_body(statement, readable(statement.body, backward or is_end))
            if isinstance(statement, If):
                statement.condition = plain_condition(statement.condition)
            elif isinstance(statement, End):
                statement.results = [plain(result, False) for result in statement.results]
        changed.append(statement)
    return changed


@dataclass
class _Accesses:
    """How an array is used.

    Attributes:
        index: the index of its first use.
        block: the loops around that.
        private: whether all uses so far are in one iteration of these, and a write is the first.
    """

    index: tuple[Affine, ...]
    block: tuple[int, ...]
    private: bool


def _note(
    found: dict[Array, _Accesses], element: Element, block: tuple[int, ...], writes: bool
) -> None:
    if element.array.role != "local" or not element.array.shape:
        return
    if element.array not in found:
        found[element.array] = _Accesses(element.index, block, writes)
    each = found[element.array]
    within = block[: len(each.block)] == each.block
    each.private = each.private and within and element.index == each.index


def without_zeroing(program: Program, roles: Collection[Role]) -> Program:
    """Leave out what makes arrays zero that are so from the beginning.

    Args:
        program: its local arrays are marked where they have to be declared as zeros.
        roles: of the other arrays that are zeros.
    """
    used: set[Array] = set()

    def makes_zero(statement: Statement) -> bool:
        inner = statement
        while isinstance(inner, Loop) and len(inner.body) == 1:
            inner = inner.body[0]
        if not isinstance(inner, Assignment) or inner.value != Number(0.0):
            return False
        array = inner.target.array
        if array.role == "local" and inner is statement:
            return False  # where a loop starts
        if not inner.target.index or array in used or array.role not in ("local", *roles):
            return False
        array.zeroed = True
        return True

    def kept(statements: Sequence[Statement]) -> list[Statement]:
        found: list[Statement] = []
        for statement in statements:
            if isinstance(statement, (If, End)):
                used.update([element.array for element in read_by(statement)])
                found.append(with_body(statement, kept(statement.body)))
            elif not makes_zero(statement):
                used.update([element.array for element in all_elements([statement])])
                found.append(statement)
        return found

    return kept(program)
