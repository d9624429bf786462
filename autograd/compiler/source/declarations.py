"""Where variables are declared: as late as possible, in the innermost block that will do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd.compiler.source.tree import (
    Array,
    Assignment,
    Element,
    Loop,
    Role,
    Statement,
    Tree,
    elements,
)

#: A block: the loops around it.
Block = tuple[int, ...]


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
    block: Block
    statements: tuple[Statement, ...]
    first_write: Assignment | None
    writes: int = 0


def declarations(tree: Tree, roles: Sequence[Role]) -> Declarations:
    """Decide for all local variables, and for single numbers of some other ``roles``."""
    uses: dict[Array, _Uses] = {}

    def use(element: Element, around: Sequence[Statement], write: Assignment | None) -> None:
        array = element.array
        declared = array.role == "local" or (array.role in roles and not array.path)
        if not declared:
            return
        block = tuple([loop.number for loop in around[:-1] if isinstance(loop, Loop)])
        if array not in uses:
            uses[array] = _Uses(block, tuple(around), write)
        found = uses[array]
        common = 0
        for a, b in zip(found.block, block):
            if a != b:
                break
            common += 1
        found.block = block[:common]
        found.writes += write is not None

    def walk(statements: Sequence[Statement], around: tuple[Statement, ...]) -> None:
        for statement in statements:
            if isinstance(statement, Loop):
                walk(statement.body, (*around, statement))
                continue
            for element in elements(statement.value):
                use(element, (*around, statement), None)
            use(statement.target, (*around, statement), statement)

    walk([*tree.forward, *tree.backward], ())
    for result in tree.results:
        for element in elements(result):
            use(element, (), None)
    found = Declarations()
    for array, each in uses.items():
        depth = len(each.block)
        if array.shape:
            depth = 0
        elif each.first_write is not None and len(each.statements) == depth + 1:
            found.at_assignment[id(each.first_write)] = each.writes == 1
            continue
        found.before.setdefault(id(each.statements[depth]), []).append(array)
    return found
