"""Unroll and jam: a few iterations of an outer loop at a time, for inner loops that read the same.

A layer of a network reads all of its inputs for each of its outputs. Four outputs at a time read
each input once for all of them (Callahan, Cocke & Kennedy, "Estimating interlock and improving
balance for pipelined architectures", Journal of Parallel and Distributed Computing 5, 1988). The
bodies of these iterations alternate, operation by operation and inner loop by inner loop; where
that would change what is read, the loop is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from autograd.compiler.affine import Nest, Node, Operation, Place, Tree, places
from autograd.compiler.registers import Uses

#: Iterations that are jammed together.
FACTOR = 4

#: Spaces where the order of reads and writes counts; what is added to ``sum`` may come in any.
_ORDERED = ("tmp", "keep", "out")


def jam(tree: Tree) -> None:
    """Jam all loops of a tree that gain from it."""
    tree.nodes = _all_jammed(tree, tree.nodes)


def _all_jammed(tree: Tree, nodes: Sequence[Node]) -> list[Node]:
    result: list[Node] = []
    for node in nodes:
        if isinstance(node, Operation):
            result.append(node)
        elif any(_inner_nests(inner) for inner in _inner_nests(node)):
            result.append(Nest(node.number, node.count, _all_jammed(tree, node.body)))
        elif node.count >= FACTOR and _shares(node):
            result += _jammed(tree, node)
        else:
            result.append(node)
    return result


def _inner_nests(nest: Nest) -> list[Nest]:
    return [node for node in nest.body if isinstance(node, Nest)]


def _shares(nest: Nest) -> bool:
    """Whether an inner loop reads strips that are the same in all iterations of the outer one."""
    for inner in _inner_nests(nest):
        for place, written in places(inner.body):
            loops = [loop for loop, _ in place.steps]
            moves_inside_only = inner.number in loops and nest.number not in loops
            if place.space in ("in", "keep", "tmp") and moves_inside_only and not written:
                return True
    return False


def _jammed(tree: Tree, nest: Nest) -> list[Node]:
    """The jammed loop and what remains, or the loop as it was if that would not be the same."""
    count, rest = divmod(nest.count, FACTOR)
    # What is only used within an iteration needs a place of its own in all but the last of those
    # that are jammed.
    private = Uses(nest, tree).written_first
    copies = []
    for k in range(FACTOR):
        own = {p: tree.new_place() for p in private} if k < FACTOR - 1 else {}
        copies.append(list(_copied(nest.body, _shift(nest.number, k, FACTOR, own))))
    tree.counts[nest.number] = count
    for k, first in enumerate(copies):
        if any(not _may_alternate(tree, first, second) for second in copies[k + 1 :]):
            tree.counts[nest.number] = nest.count
            return [nest]
    jammed = Nest(nest.number, count, _alternating(copies))
    if not rest:
        return [jammed]
    # A single iteration left is no loop.
    later = _shift(nest.number, nest.count - rest, int(rest > 1), {})
    body = list(_copied(nest.body, later))
    remaining: list[Node] = [Nest(nest.number, rest, body)] if rest > 1 else body
    return [jammed, *_renumbered(tree, remaining)]


def _shift(
    loop: int, iteration: int, factor: int, private: Mapping[Place, Place]
) -> Callable[[Place], Place]:
    """Places as they are ``iteration`` iterations later, with ``factor`` times the step."""

    def shifted(place: Place) -> Place:
        place = private.get(place, place)
        step = dict(place.steps).get(loop, 0)
        steps = [(n, s * factor if n == loop else s) for n, s in place.steps]
        moving = tuple([(n, s) for n, s in steps if s])
        return Place(place.space, place.base + step * iteration, moving)

    return shifted


def _copied(nodes: Sequence[Node], change: Callable[[Place], Place]) -> Iterator[Node]:
    """Nodes with changed places."""
    for node in nodes:
        if isinstance(node, Operation):
            operands = tuple([change(place) for place in node.operands])
            yield Operation(node.name, change(node.target), operands)
        else:
            yield Nest(node.number, node.count, list(_copied(node.body, change)))


def _renumbered(tree: Tree, nodes: Sequence[Node]) -> list[Node]:
    """Nodes whose loops have numbers of their own."""
    result: list[Node] = []
    for node in nodes:
        if isinstance(node, Operation):
            result.append(node)
        else:
            number = tree.new_loop(node.count)
            body = list(_copied(node.body, _renamed_loop(node.number, number)))
            result.append(Nest(number, node.count, _renumbered(tree, body)))
    return result


def _renamed_loop(old: int, new: int) -> Callable[[Place], Place]:
    def renamed(place: Place) -> Place:
        steps = tuple([(new if n == old else n, s) for n, s in place.steps])
        return Place(place.space, place.base, steps)

    return renamed


def _alternating(copies: Sequence[Sequence[Node]]) -> list[Node]:
    """Bodies of the same shape, node by node."""
    result: list[Node] = []
    for nodes in zip(*copies):
        first = nodes[0]
        if isinstance(first, Nest):
            bodies = [node.body for node in nodes if isinstance(node, Nest)]
            result.append(Nest(first.number, first.count, _alternating(bodies)))
        else:
            result += nodes
    return result


# What may not be exchanged
# -------------------------


def _may_alternate(tree: Tree, first: Sequence[Node], second: Sequence[Node]) -> bool:
    """Whether two bodies, executed one after the other until now, may alternate."""
    for k, (a, b) in enumerate(zip(first, second)):
        if not _may_swap(tree, [a], second[:k]):
            return False
        if isinstance(a, Nest) and isinstance(b, Nest):
            if not _may_alternate(tree, a.body, b.body):
                return False
            if not _may_swap_iterations(tree, a, b):
                return False
    return True


def _may_swap(tree: Tree, first: Sequence[Node], second: Sequence[Node]) -> bool:
    """Whether what comes first may as well come second."""
    return not any(tree.overlap(p, q) for p, q in _pairs(first, second))


def _may_swap_iterations(tree: Tree, first: Nest, second: Nest) -> bool:
    """Whether iterations of the first loop may come after earlier ones of the second, its equal."""
    if first.count == 1:
        return True
    ahead = tree.new_loop(first.count - 1)
    anywhere = tree.new_loop(first.count)
    for p, q in _pairs(first.body, second.body):
        step, other_step = dict(p.steps).get(first.number, 0), dict(q.steps).get(first.number, 0)
        if step == other_step:
            # Only how far the first loop is ahead matters: by one iteration or more.
            moved = _renamed_loop(first.number, ahead)(p)
            p = Place(p.space, p.base + step, moved.steps)
            q = _shift(first.number, 0, 0, {})(q)
        else:
            p = _renamed_loop(first.number, anywhere)(p)
        if tree.overlap(p, q):
            return False
    return True


def _pairs(first: Sequence[Node], second: Sequence[Node]) -> Iterator[tuple[Place, Place]]:
    """Places of both in the same space, at least one of each pair written."""
    ours, theirs = dict.fromkeys(places(first)), dict.fromkeys(places(second))
    for p, written in ours:
        for q, also_written in theirs:
            if p.space == q.space and p.space in _ORDERED and (written or also_written):
                yield p, q
