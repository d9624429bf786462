"""Families: which outlined operations are computed together.

An element and its derivatives, of the same operands, share most of what they compute. They are
computed where the first of them is wanted; what the others give is kept until then.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from autograd.compiler.element import Element, elements
from autograd.compiler.tape import Tape


class Family:
    """Nodes that are computed together.

    Attributes:
        nodes: all of them, in order.
        elements: what each of them applies.
        operands: the nodes of their operands, by their positions.
    """

    __slots__ = ("elements", "nodes", "operands")

    def __init__(self, node: int, element: Element, operands: dict[int, int]) -> None:
        self.nodes = [node]
        self.elements = [element]
        self.operands = operands

    def admits(self, operands: dict[int, int]) -> bool:
        """Whether what has these operands can be computed with the others."""
        own, first = self.operands, self.nodes[0]
        for position, node in operands.items():
            if node >= first or own.get(position, node) != node:
                return False
        return True


def families(tape: Tape, wanted: Sequence[bool]) -> dict[int, Family]:
    """Return the families of the nodes that apply elements, each by its first node."""
    found: dict[int, Family] = {}
    known = elements(tape.rules)
    # By an element and one of its operands, the family that has it; None if there are several.
    by_operand: dict[Hashable, Family | None] = {}
    for node, rule in enumerate(tape.rules):
        if rule not in known or not wanted[node]:
            continue
        element = known[rule]
        operands = dict(zip(element.positions, tape.operands[node]))
        origin = element.origin
        for each in operands.items():
            family = by_operand.get((origin, each))
            if family is not None and family.admits(operands):
                family.nodes.append(node)
                family.elements.append(element)
                new = {*operands.items()} - family.operands.items()
                family.operands.update(operands)
                break
        else:
            family = found[node] = Family(node, element, operands)
            new = {*operands.items()}
        for each in new:
            if by_operand.setdefault((origin, each), family) is not family:
                by_operand[origin, each] = None
    return found
