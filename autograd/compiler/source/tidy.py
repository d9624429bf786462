"""The last touches on a tree: what can be simpler without changing any number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from autograd.compiler.source.plain import plain
from autograd.compiler.source.tree import (
    Affine,
    Array,
    Assignment,
    Element,
    Loop,
    Number,
    Role,
    Statement,
    Tree,
    assignments,
    elements,
    mapped,
)


def contracted(tree: Tree) -> Tree:
    """Arrays that each iteration of a loop uses for itself become plain variables."""
    found: dict[Array, _Accesses] = {}
    for assignment, around in assignments([*tree.forward, *tree.backward]):
        block = tuple([loop.number for loop in around])
        for element in elements(assignment.value):
            _note(found, element, block, False)
        _note(found, assignment.target, block, True)
    for result in tree.results:
        for element in elements(result):
            _note(found, element, (), False)
    numbers = {array: Array(array.name, "local") for array, each in found.items() if each.private}
    simple = mapped(
        tree,
        lambda e: Element(numbers[e.array]) if e.array in numbers else e,
    )
    return Tree(
        [_readable(s, False) for s in simple.forward],
        [_readable(s, True) for s in simple.backward],
        [plain(e, False) for e in simple.results],
    )


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


def without_zeroing(tree: Tree, roles: Collection[Role]) -> Tree:
    """Leave out what makes arrays zero that are so from the beginning.

    Args:
        tree: the program; its local arrays are marked where they have to be declared as zeros.
        roles: of the other arrays that are zeros.
    """
    used: set[Array] = set()

    def kept(statement: Statement) -> bool:
        inner = statement
        while isinstance(inner, Loop) and len(inner.body) == 1:
            inner = inner.body[0]
        if isinstance(inner, Assignment) and inner.value == Number(0.0):
            array = inner.target.array
            if inner.target.index and array not in used and array.role in ("local", *roles):
                array.zeroed = True
                return False
        for assignment, _ in assignments([statement]):
            used.add(assignment.target.array)
            used.update([element.array for element in elements(assignment.value)])
        return True

    forward = [statement for statement in tree.forward if kept(statement)]
    return Tree(forward, [s for s in tree.backward if kept(s)], tree.results)


def _readable(statement: Statement, backward: bool) -> Statement:
    if isinstance(statement, Loop):
        body = [_readable(inner, backward) for inner in statement.body]
        return Loop(statement.number, statement.count, body)
    return Assignment(statement.target, plain(statement.value, backward))
