"""Topological order and the backward sweep: loops over flat lists, no recursion."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

from autograd.value import Value

# Each traversal marks the nodes it has seen with a number of its own, so nothing is ever cleared;
# drawing the next number is atomic, so traversals in several threads do not share one.
_traversals: Final = itertools.count(1)


def topological_order(
    *roots: Value, constants: bool = True, stops: Sequence[Value] = ()
) -> list[Value]:
    """Return the nodes that ``roots`` depend on, each once, parents before their children.

    Args:
        roots: where to start; they are part of the result.
        constants: whether to include nodes that require no gradient.
        stops: nodes that are left out, with all that only they depend on.
    """
    seen = next(_traversals)
    opened = -seen
    for node in stops:
        node._mark = seen
    order: list[Value] = []
    stack = list(roots)
    while stack:
        node = stack[-1]
        mark = node._mark
        if mark == seen:
            stack.pop()
            continue
        if mark == opened or node.rule is None:
            stack.pop()
            node._mark = seen
            order.append(node)
            continue
        # It stays on the stack: its turn comes again when its parents are done.
        node._mark = opened
        left = node._left
        if left is not None:
            if left._mark != seen and (constants or left.requires_grad):
                stack.append(left)
            right = node._right
            if right is not None and right._mark != seen and (constants or right.requires_grad):
                stack.append(right)
        elif node._operands is not None:
            for parent in node._operands.parents:
                if parent._mark != seen and (constants or parent.requires_grad):
                    stack.append(parent)
    return order


def backward(root: Value, seed: float) -> None:
    """Set the gradients of all nodes that ``root`` depends on; ``Value.backward`` in full.

    Each node's gradient is complete before it is passed on to its parents, because all its
    children come earlier in the reversed order. Leaves start from zero too and get what they had
    before added at the end: so a sweep adds exactly the same number each time it is run, and an
    interrupted one adds nothing.

    Raises:
        RuntimeError: ``root`` does not require a gradient.
    """
    if not root.requires_grad:
        raise RuntimeError(
            f"{root!r} does not require a gradient: it was made with requires_grad=False, by "
            "detach(), under no_grad(), or from constants only"
        )
    order = topological_order(root, constants=False)
    leaves = [node for node in order if node.rule is None]
    before = [leaf.grad for leaf in leaves]
    try:
        for node in order:
            node.grad = 0.0
        root.grad = seed
        pull_back(order)
    except BaseException:
        for leaf, grad in zip(leaves, before):
            leaf.grad = grad
        raise
    for leaf, grad in zip(leaves, before):
        leaf.grad += grad


def pull_back(order: list[Value]) -> None:
    """Add to each parent's gradient the node's own, times the partial derivative."""
    for node in reversed(order):
        grad = node.grad
        left = node._left
        if left is not None:
            if left.requires_grad:
                left.grad += grad * node._dleft
            right = node._right
            if right is not None and right.requires_grad:
                right.grad += grad * node._dright
        elif node._operands is not None:
            for parent, partial in zip(node._operands.parents, node._operands.partials):
                if parent.requires_grad:
                    parent.grad += grad * partial
