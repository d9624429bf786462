"""Letting go of graphs without recursion, in compiled code.

When the last reference to a node goes, so do its references to its parents, which may be the last
ones too, and so on: in a chain of a million nodes, a recursion a million deep. CPython's own answer
to this, the trashcan, needs the header of the garbage collector, which compiled nodes do not have
(``_trashcan.h``). So each node hands on its parents to a list as it goes, and a loop lets them go
one at a time. Pure Python has the trashcan, and ``__init__.py`` removes ``Value.__del__`` there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from autograd.value import Value


class Release:
    """Nodes that nothing but this list refers to any more."""

    def __init__(self) -> None:
        self.pending: list[Value] = []
        self.running = False


RELEASE: Final = Release()


def release(node: Value) -> None:
    """Let go of a node's parents that have parents themselves."""
    pending = RELEASE.pending
    left = node._left
    if left is not None:
        # A leaf has no parents, so it can be let go at once.
        if left.rule is not None:
            pending.append(left)
            node._left = None
        right = node._right
        if right is not None and right.rule is not None:
            pending.append(right)
            node._right = None
        left = None
        right = None
    elif node._operands is not None:
        pending.extend(node._operands.parents)
        node._operands = None
    if not RELEASE.running:
        RELEASE.running = True
        try:
            while pending:
                pending.pop()
        finally:
            RELEASE.running = False
