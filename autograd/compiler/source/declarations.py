"""Where variables are declared: as late as possible, in the innermost block that will do."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd.compiler.source.tree import (
    Array,
    Assignment,
    Block,
    Element,
    End,
    Loop,
    Program,
    Role,
    Statement,
    flat,
    read_by,
)


@dataclass
class Declarations:
    """Where the local variables of a program are declared.

    Attributes:
        at_assignment: the assignments that are a declaration too; with True, of what is never
            changed.
        before: for statements, by their id, the variables that are declared before them.
    """

    at_assignment: dict[int, bool] = field(default_factory=dict)
    before: dict[int, list[Array]] = field(default_factory=dict)


@dataclass
class _Uses:
    """Where a variable is used.

    Attributes:
        common: the blocks that are around all its uses.
        first: what uses it first, with the blocks around that.
        begins: whether that assigns it.
        writes: how often it is assigned.
    """

    common: tuple[Block, ...]
    first: tuple[Statement, ...]
    begins: bool
    writes: int = 0


def declarations(program: Program, roles: Sequence[Role]) -> Declarations:
    """Decide for all local variables, and for single numbers of some other ``roles``."""
    uses: dict[tuple[Array, int], _Uses] = {}

    def use(
        element: Element, around: tuple[Block, ...], statement: Statement, writes: bool
    ) -> None:
        array = element.array
        if array.role == "local" or (array.role in roles and not array.path):
            # Each way has derivatives of its own.
            ends = [id(block) for block in around if isinstance(block, End)]
            way = ends[-1] if ends and array.role == "gradient" else 0
            found = uses.setdefault((array, way), _Uses(around, (*around, statement), writes))
            found.writes += writes
            pairs = itertools.takewhile(lambda pair: pair[0] is pair[1], zip(found.common, around))
            found.common = tuple([block for block, _ in pairs])

    for statement, around in flat(program):
        for element in read_by(statement):
            use(element, around, statement, False)
        if isinstance(statement, Assignment):
            use(statement.target, around, statement, True)
    found = Declarations()
    for (array, _), each in uses.items():
        depth = len(each.common)
        statement = each.first[depth]
        if array.shape:
            # An array is declared outside loops.
            depth = next((k for k, b in enumerate(each.common) if isinstance(b, Loop)), depth)
        elif isinstance(statement, Assignment) and each.begins:
            found.at_assignment[id(statement)] = each.writes == 1
            continue
        found.before.setdefault(id(each.first[depth]), []).append(array)
    return found
