"""Which nodes of a graph are drawn."""

from __future__ import annotations

from collections.abc import Iterable

from autograd.errors import GraphTooLargeError
from autograd.value import Value


def is_plain_number(node: Value) -> bool:
    """Return whether the node is a number in a formula, such as the 2 in ``2 * v``."""
    return not (node.parents or node.requires_grad or node.label)


def within(outputs: Iterable[Value], depth: int | None, stop: int | None = None) -> set[Value]:
    """Return the nodes at most `depth` operations behind the outputs.

    Breadth first and without recursion. The search ends once it has found more than `stop` nodes.
    """
    found = set(outputs)
    frontier: Iterable[Value] = list(found)
    steps = 0
    while frontier and (depth is None or steps < depth):
        behind: dict[Value, None] = {}
        for node in frontier:
            behind.update((operand, None) for operand in node.parents if operand not in found)
            if stop is not None and len(found) + len(behind) > stop:
                return found.union(behind)
        found.update(behind)
        frontier = behind
        steps += 1
    return found


def drawn(outputs: list[Value], depth: int | None, max_nodes: int, constants: bool) -> list[Value]:
    """Return the nodes to draw, operands before results and in the order of the operands.

    Raises:
        GraphTooLargeError: There are more than `max_nodes` of them.
    """
    nodes = within(outputs, depth, stop=max_nodes)
    if len(nodes) > max_nodes:
        size = len(within(outputs, depth))
        raise GraphTooLargeError(
            f"the graph has {size:,} nodes, and at most {max_nodes:,} are drawn: draw the part "
            "next to the output with depth=3 or so, draw an inner node, or raise max_nodes"
        )
    if not constants:
        nodes = {node for node in nodes if not is_plain_number(node)}
    return _operands_first(outputs, nodes)


def _operands_first(outputs: list[Value], nodes: set[Value]) -> list[Value]:
    order: dict[Value, None] = {}
    stack = [(node, iter(node.parents)) for node in reversed(outputs)]
    while stack:
        node, operands = stack[-1]
        for operand in operands:
            if operand in nodes and operand not in order:
                stack.append((operand, iter(operand.parents)))
                break
        else:
            order[node] = None
            stack.pop()
    return list(order)
