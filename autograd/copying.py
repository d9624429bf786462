"""Copies and pickles of graphs, without recursion: a chain of any length works.

Python's own ``deepcopy`` and ``pickle`` follow parents by recursion. Both are given the nodes in
topological order instead, so that each node's parents are already copied when its turn comes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from autograd.operation import link
from autograd.rule import Rule
from autograd.sweep import topological_order
from autograd.value import Value


def rebuild(
    parents: tuple[Value, ...],
    rule: Rule | None,
    partials: tuple[float, ...],
    data: float,
    grad: float,
    label: str,
    requires_grad: bool,
) -> Value:
    """Make a node from all that it consists of."""
    node = Value(data, label, requires_grad)
    node.grad = grad
    link(node, rule, list(parents), list(partials))
    return node


def _state(node: Value) -> tuple[Rule | None, tuple[float, ...], float, float, str, bool]:
    return node.rule, node.partials, node.data, node.grad, node.label, node.requires_grad


def copy(node: Value) -> Value:
    """Return a second node with the same number, gradient, label and parents."""
    return rebuild(node.parents, *_state(node))


def deepcopy(root: Value, memo: dict[int, Any]) -> Any:
    """Return a copy of ``root`` and of all that it depends on.

    Args:
        root: the last node of the graph.
        memo: ``copy.deepcopy``'s: what stands for the objects met so far, by their ids. If it has
            a symbol for a leaf, all that depends on the leaf is computed again, on the symbol.
    """
    for node in topological_order(root):
        if id(node) not in memo:
            parents = tuple(memo[id(parent)] for parent in node.parents)
            if node.rule is None or all(isinstance(parent, Value) for parent in parents):
                memo[id(node)] = rebuild(parents, *_state(node))
            else:
                memo[id(node)] = node.rule(*parents)
    return memo[id(root)]


class _Pickling(threading.local):
    """Whether the pickler is walking through an ``Ancestors`` list in this thread."""

    in_order = False


_pickling = _Pickling()


class Ancestors(list[Value]):
    """Nodes in topological order, pickled one after the other.

    While the pickler draws them from ``_in_order``, each node is reduced to its own fields and its
    parents, which the pickler has met before and refers back to.
    """

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return list, (), None, self._in_order()

    def _in_order(self) -> Iterator[Value]:
        _pickling.in_order = True
        try:
            yield from self
        finally:
            _pickling.in_order = False


def reduce(root: Value) -> tuple[Callable[..., Value], tuple[Any, ...]]:
    """Return what ``pickle`` needs to rebuild ``root`` and its graph."""
    if _pickling.in_order or root.rule is None:
        return rebuild, (root.parents, *_state(root))
    ancestors = Ancestors(topological_order(root)[:-1])
    return _rebuild_after, (ancestors, root.parents, *_state(root))


def _rebuild_after(ancestors: list[Value], *fields: Any) -> Value:
    return rebuild(*fields)
