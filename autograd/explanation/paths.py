"""All paths from a node to a result that depends on it: counted, weighed, the largest found first.

The derivative of the result is the sum over all paths of the product of the local derivatives along
each (Bauer, "Computational graphs and rounding error", SIAM J. Numer. Anal. 11, 1974). There may be
exponentially many, so nothing here lists them. Numbers of paths and sums over them come from one
pass in topological order. The largest products are found one by one as the k shortest paths of a
graph are, with −log|local derivative| as the length of an edge: by Eppstein, "Finding the k
shortest paths", SIAM J. Comput. 28 (1998), which is exact, also where lengths are negative, because
the graph has no cycles. A path is its few departures from the best way on, and the departures on
the way from each node are kept in a heap that shares all but a few entries with that of the next
node.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from typing import Any, Final, NamedTuple

from autograd.sweep import topological_order
from autograd.value import Value

EXACT_UP_TO: Final = 10**30
"""Larger numbers of paths are rounded: of a long ladder they have thousands of digits."""

# Ten digits more than are given out, for the roundings on the way.
_DIGITS: Final = Context(prec=40, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
_GIVEN: Final = Context(prec=30, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])

# The logarithms of derivatives that are no ordinary numbers: a product with an infinite factor
# comes before all others, one with a zero after all others.
_LOG_OF_INFINITE: Final = 1e13
_LOG_OF_ZERO: Final = -1e12


class Edge(NamedTuple):
    """A step from a node to one of its operands.

    Attributes:
        node: the number of the node, in the topological order.
        operand: that of the operand.
        position: which of the node's operands it is.
        partial: the local derivative.
    """

    node: int
    operand: int
    position: int
    partial: float


class Walk(NamedTuple):
    """A path from the result to the leaf.

    Attributes:
        nodes: the numbers of the nodes, the leaf's last.
        positions: which operand of each node the next one is.
        partials: the local derivatives.
    """

    nodes: list[int]
    positions: list[int]
    partials: list[float]


class _Departures(NamedTuple):
    """A persistent leftist heap of edges off the best way on, the cheapest on top."""

    cost: float
    rank: int
    edge: Edge
    left: _Departures | None
    right: _Departures | None


class PathGraph:
    """The part of a graph that is on paths from ``leaf`` to ``result``.

    Attributes:
        nodes: in topological order, the leaf first and the result last.
        counts: for each node the number of paths to it from the leaf.
        live: likewise, of those with no local derivative that is zero.
        positive: for each node the sum of the products of the paths to it that are positive.
        negative: likewise, of those that are negative.

    Raises:
        LookupError: no path leads from one to the other.
    """

    def __init__(self, result: Value, leaf: Value) -> None:
        self.nodes: list[Value] = [leaf]
        self.counts: list[int | Decimal] = [1]
        self.live: list[int | Decimal] = [1]
        self.positive: list[float] = [1.0]
        self.negative: list[float] = [0.0]
        self._index: dict[Value, int] = {leaf: 0}
        # The best way on: the logarithm of its product, and its first edge.
        self._best: list[float] = [0.0]
        self._operand: list[int] = [-1]
        self._position: list[int] = [-1]
        self._partial: list[float] = [1.0]
        self._has_zeros = False
        self._departures: dict[int, _Departures | None] = {0: None}
        order = topological_order(result, constants=False, stops=(leaf,))
        with localcontext(_DIGITS):
            for node in order:
                self._add(node)
        if result not in self._index:
            raise LookupError("the result does not depend on the leaf")

    def _add(self, node: Value) -> None:
        """Take a node in, if it depends on one that is in already."""
        count: int | Decimal = 0
        live: int | Decimal = 0
        positive = negative = 0.0
        best, next_operand, next_position, next_partial = -math.inf, -1, -1, 0.0
        partials = node.partials
        for position, parent in enumerate(node.parents):
            operand = self._index.get(parent)
            if operand is None:
                continue
            partial = partials[position]
            count += self.counts[operand]
            if partial == 0.0:
                self._has_zeros = True
            else:
                live += self.live[operand]
            towards, against = self.positive[operand], self.negative[operand]
            if partial < 0.0:
                towards, against = against, towards
            # A sum over no paths stays zero, whatever it is multiplied by.
            positive += towards * partial if towards else 0.0
            negative += against * partial if against else 0.0
            size = _log(partial) + self._best[operand]
            if size > best:
                best, next_operand, next_position = size, operand, position
                next_partial = partial
        if next_operand < 0:
            return
        self._index[node] = len(self.nodes)
        self.nodes.append(node)
        self.counts.append(_bounded(count))
        self.live.append(_bounded(live))
        self.positive.append(positive)
        self.negative.append(negative)
        self._best.append(best)
        self._operand.append(next_operand)
        self._position.append(next_position)
        self._partial.append(next_partial)

    def edges(self, number: int) -> Iterator[Edge]:
        """Yield the edges from a node, given by its number, to operands that are on a path."""
        node = self.nodes[number]
        for position, parent in enumerate(node.parents if number else ()):
            operand = self._index.get(parent)
            if operand is not None:
                yield Edge(number, operand, position, node.partials[position])

    def gradient(self) -> float:
        """Return the derivative, added up in the order in which ``backward`` adds."""
        gradients = [0.0] * len(self.nodes)
        gradients[-1] = 1.0
        for number in range(len(self.nodes) - 1, 0, -1):
            node, gradient = self.nodes[number], gradients[number]
            for parent, partial in zip(node.parents, node.partials):
                operand = self._index.get(parent)
                if operand is not None:
                    gradients[operand] += gradient * partial
        return gradients[0]

    def zeros(self) -> list[tuple[Edge, int | Decimal]]:
        """Return the edges at which paths become zero, and how many do, most first.

        A path with several zeros belongs to the one next to the result.
        """
        if not self._has_zeros:
            return []
        found: list[tuple[Edge, int | Decimal]] = []
        reached: list[int | Decimal] = [0] * len(self.nodes)
        reached[-1] = 1
        with localcontext(_DIGITS):
            for number in range(len(self.nodes) - 1, 0, -1):
                if not reached[number]:
                    continue
                for edge in self.edges(number):
                    if edge.partial == 0.0:
                        count = _bounded(reached[number] * self.counts[edge.operand])
                        found.append((edge, count))
                        continue
                    reached[edge.operand] = _bounded(reached[edge.operand] + reached[number])
        return sorted(found, key=lambda zero: zero[1], reverse=True)

    # The largest paths
    # -----------------

    def largest(self) -> Iterator[Walk]:
        """Yield all paths, those with the largest products first, zeros last.

        What has not been asked for is not looked for. Products that differ by no more than rounding
        may come in any order.
        """
        yield self._path([])
        # Entries: cost, a number that settles ties, the cost without the last departure, the
        # departures that end with it, and those before.
        queue: list[tuple[float, int, float, _Departures, Any]] = []
        ties = itertools.count()

        def offer(cost: float, departures: _Departures | None, before: Any) -> None:
            if departures is not None:
                total = cost + departures.cost
                heapq.heappush(queue, (total, next(ties), cost, departures, before))

        offer(0.0, self._departures_from(len(self.nodes) - 1), None)
        while queue:
            total, _, cost, departures, before = heapq.heappop(queue)
            taken = (departures.edge, before)
            yield self._path(_unlinked(taken))
            offer(cost, departures.left, before)
            offer(cost, departures.right, before)
            offer(total, self._departures_from(departures.edge.operand), taken)

    def _path(self, departures: list[Edge]) -> Walk:
        """Return the path that departs from the best way on by these edges, the last one first."""
        walk = Walk([], [], [])
        number = len(self.nodes) - 1
        while number:
            walk.nodes.append(number)
            if departures and departures[-1].node == number:
                _, operand, position, partial = departures.pop()
            else:
                operand, position = self._operand[number], self._position[number]
                partial = self._partial[number]
            walk.positions.append(position)
            walk.partials.append(partial)
            number = operand
        walk.nodes.append(0)
        return walk

    def _departures_from(self, number: int) -> _Departures | None:
        """Return the heap of all edges off the best way from a node to the leaf."""
        way = []
        while number not in self._departures:
            way.append(number)
            number = self._operand[number]
        departures = self._departures[number]
        for number in reversed(way):
            for edge in self.edges(number):
                if edge.position != self._position[number]:
                    size = _log(edge.partial) + self._best[edge.operand]
                    cost = self._best[number] - size
                    departures = _meld(departures, _Departures(cost, 1, edge, None, None))
            self._departures[number] = departures
        return departures


def counts_to_result(order: Sequence[Value]) -> list[int | Decimal]:
    """Return for each node the number of paths from it to the result.

    Args:
        order: the nodes of a graph in topological order, the result last.
    """
    counts: dict[Value, int | Decimal] = dict.fromkeys(order, 0)
    counts[order[-1]] = 1
    with localcontext(_DIGITS):
        for node in reversed(order):
            if node.requires_grad and counts[node]:
                for parent in node.parents:
                    if parent.requires_grad:
                        counts[parent] = _bounded(counts[parent] + counts[node])
    return list(counts.values())


def _bounded(count: int | Decimal) -> int | Decimal:
    """Return a count, rounded to the digits of the context if it is large."""
    return count if count <= EXACT_UP_TO else +Decimal(count)


def given(count: int | Decimal) -> int | Decimal:
    """Return a count to as many digits as are given out."""
    return count if isinstance(count, int) else _GIVEN.plus(count)


def total(counts: Iterable[int | Decimal]) -> int | Decimal:
    """Return the sum of counts, of which some may be negative."""
    with localcontext(_DIGITS):
        return _bounded(sum(counts))


def _log(partial: float) -> float:
    if partial == 0.0:
        return _LOG_OF_ZERO
    return math.log(abs(partial)) if math.isfinite(partial) else _LOG_OF_INFINITE


def _meld(a: _Departures | None, b: _Departures | None) -> _Departures | None:
    """Return the union of two heaps; as deep as the logarithm of their sizes."""
    if a is None or b is None:
        return b if a is None else a
    if b.cost < a.cost:
        a, b = b, a
    left, right = a.left, _meld(a.right, b)
    if left is None or (right is not None and left.rank < right.rank):
        left, right = right, left
    return _Departures(a.cost, 1 if right is None else right.rank + 1, a.edge, left, right)


def _unlinked(taken: Any) -> list[Edge]:
    """Return a linked list of edges, the last one first."""
    edges = []
    while taken is not None:
        edge, taken = taken
        edges.append(edge)
    return edges
