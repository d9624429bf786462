"""Kernels as trees of loops over places: memory addresses that are affine in the loop counters.

What a kernel states as first addresses and steps is here turned into places that can be compared:
whether two are the same, whether they can ever coincide, in which loops they stand still. That is
what decides which of them may be held in registers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd.compiler.kernel import READ_ONLY, Kernel
from autograd.compiler.roll import Instruction, Item, Loop

#: Spaces that can be read, and that can be written.
READABLE = (*READ_ONLY, "tmp", "keep")
WRITABLE = ("tmp", "keep", "out", "sum")


class Place(NamedTuple):
    """An address in a space, moved by the counters of the loops around it.

    Attributes:
        space: one of the kernel's spaces.
        base: the address where all counters are zero.
        steps: the numbers of the loops in which it moves, outermost first, and by how much in each
            iteration; never zero.
    """

    space: str
    base: int
    steps: tuple[tuple[int, int], ...]


@dataclass
class Operation:
    """One elementwise operation: where it writes, and what it reads."""

    name: str
    target: Place
    operands: tuple[Place, ...]


@dataclass
class Nest:
    """A loop.

    Attributes:
        number: what places call it by; no two loops of a kernel share it.
        count: the number of iterations, at least one.
        body: what is run in each.
    """

    number: int
    count: int
    body: list[Operation | Nest]


Node = Operation | Nest


def operations(nodes: Sequence[Node]) -> Iterator[Operation]:
    """Yield each operation once, in the order of the first iterations."""
    for node in nodes:
        if isinstance(node, Nest):
            yield from operations(node.body)
        else:
            yield node


def places(nodes: Sequence[Node]) -> Iterator[tuple[Place, bool]]:
    """Yield what is read and, then with True, what is written, in order."""
    for operation in operations(nodes):
        for operand in operation.operands:
            yield operand, False
        yield operation.target, True


class Tree:
    """The nodes of a kernel, and the lengths of its loops.

    Attributes:
        nodes: operations and loops, in order.
        counts: for each loop its number of iterations.
        sizes: for each space the number of its addresses.
    """

    def __init__(self, kernel: Kernel, unroll: int) -> None:
        """Convert a kernel; loops that unrolled have at most ``unroll`` operations are unrolled.

        Raises:
            ValueError: an address is outside its space, or a space is read or written that cannot
                be; such a kernel would reach into memory that is not its own.
        """
        self.counts: list[int] = []
        self.sizes = dict(kernel.sizes)
        self._unroll = unroll
        self.nodes: list[Node] = []
        for item in kernel.loops.items:
            self.nodes += self._converted(item, (0,) * len(item.addresses), ())

    def new_loop(self, count: int) -> int:
        """The number of a loop that is not there yet."""
        self.counts.append(count)
        return len(self.counts) - 1

    def new_place(self) -> Place:
        """A place for temporary results that nothing uses yet."""
        self.sizes["tmp"] += 1
        return Place("tmp", self.sizes["tmp"] - 1, ())

    def overlap(self, p: Place, q: Place) -> bool:
        """Whether two places may coincide in some iterations.

        Loops that are around both are taken to be in the same iteration.
        """
        if p.space != q.space:
            return False
        steps = dict(p.steps)
        for loop, step in q.steps:
            steps[loop] = steps.get(loop, 0) - step
        low = high = p.base - q.base
        divisor = 0
        for loop, step in steps.items():
            reach = step * (self.counts[loop] - 1)
            low, high = low + min(reach, 0), high + max(reach, 0)
            divisor = math.gcd(divisor, step)
        if divisor == 0:
            return low == 0
        return low <= 0 <= high and (p.base - q.base) % divisor == 0

    def _converted(
        self, item: Item, moved: Sequence[int], around: tuple[tuple[int, Sequence[int]], ...]
    ) -> list[Node]:
        """Convert an item whose addresses are moved by ``moved``.

        Args:
            item: an instruction or a loop.
            moved: the effect of loops that have been unrolled, for each address.
            around: the numbers of the loops around, and the steps of the item's addresses there.
        """
        if isinstance(item, Instruction):
            return [self._operation(item, moved, around)]
        if item.count * _length(item.body) <= self._unroll:
            nodes: list[Node] = []
            for _ in range(item.count):
                nodes += self._body(item, moved, around)
                moved = [m + step for m, step in zip(moved, item.step)]
            return nodes
        number = self.new_loop(item.count)
        body = self._body(item, moved, (*around, (number, item.step)))
        return [Nest(number, item.count, body)]

    def _body(
        self, loop: Loop, moved: Sequence[int], around: tuple[tuple[int, Sequence[int]], ...]
    ) -> list[Node]:
        nodes: list[Node] = []
        start = 0
        for inner in loop.body:
            part = slice(start, start + len(inner.addresses))
            steps = tuple([(number, step[part]) for number, step in around])
            nodes += self._converted(inner, moved[part], steps)
            start = part.stop
        return nodes

    def _operation(
        self,
        item: Instruction,
        moved: Sequence[int],
        around: tuple[tuple[int, Sequence[int]], ...],
    ) -> Operation:
        shape: Any = item.shape
        target, *operands = [
            Place(
                space,
                item.addresses[k] + moved[k],
                tuple([(number, step[k]) for number, step in around if step[k]]),
            )
            for k, space in enumerate(shape.spaces)
        ]
        self._check(target, WRITABLE, item)
        for operand in operands:
            self._check(operand, READABLE, item)
        return Operation(shape.operation, target, tuple(operands))

    def _check(self, place: Place, allowed: Sequence[str], item: Instruction) -> None:
        low, high = bounds(place, self.counts)
        if place.space not in allowed or not 0 <= low <= high < self.sizes[place.space]:
            raise ValueError(
                f"{item.shape} {item.addresses} reaches addresses {low} to {high} of space "
                f"{place.space!r}; the spaces allowed there are {allowed}, the sizes {self.sizes}"
            )


def bounds(place: Place, counts: Sequence[int] | Mapping[int, int]) -> tuple[int, int]:
    """Return the lowest and the highest address that a place takes."""
    reaches = [step * (counts[loop] - 1) for loop, step in place.steps]
    low = place.base + sum(reach for reach in reaches if reach < 0)
    return low, place.base + sum(reach for reach in reaches if reach > 0)


def _length(items: Sequence[Item]) -> int:
    """The number of instructions that are executed."""
    return sum(item.count * _length(item.body) if isinstance(item, Loop) else 1 for item in items)
