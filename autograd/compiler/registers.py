"""What may stay in registers, and for how long; how to cut kernels into stretches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from autograd.compiler.affine import Nest, Node, Operation, Place, Tree, bounds, operations, places
from autograd.compiler.vector_math import WEIGHTS

#: The size of a stretch, in LLVM's instructions or so. LLVM's time grows faster than linearly with
#: the size of a function.
LONGEST_STRETCH: Final = 400

#: Numbers that are the same for all samples are loaded before a loop only if they are this few.
MOST_HOISTED: Final = 8

#: How many vector registers processors have, by the length of the vectors.
REGISTERS: Final = {1: 16, 2: 16, 4: 16, 8: 32}

#: Registers left for intermediate results.
SPARE: Final = 6


class Uses:
    """What a loop does to memory.

    Attributes:
        fixed: places of strips that stand still in it and can be in registers all the time, because
            nothing else in the loop can be the same memory.
        read_first: those of them that are read before they are written, and those only read.
        written_first: the others.
        changed: all places that are written.
        hoisted: numbers that are the same for all samples and can be loaded before.
        moving: places of strips that are not fixed, each with whether it is written.
        sums: sums that can be in registers all the time.
        moving_sums: the other sums.
    """

    def __init__(self, nest: Nest, tree: Tree) -> None:
        first_is_write: dict[Place, bool] = {}
        self.changed: set[Place] = set()
        for place, written in places(nest.body):
            first_is_write.setdefault(place, written)
            if written:
                self.changed.add(place)
        still = [p for p in first_is_write if all(loop < nest.number for loop, _ in p.steps)]
        # Constants at fixed addresses are written into the code.
        single = [p for p in still if p.space == "par" or (p.space == "const" and p.steps)]
        self.hoisted = single if len(single) <= MOST_HOISTED else []
        strips = [p for p in first_is_write if p.space not in ("par", "const", "sum")]
        alone = [
            p
            for p in still
            if p.space not in ("par", "const") and self._is_alone(p, tree, first_is_write)
        ]
        self.fixed = {p for p in alone if p.space != "sum"}
        self.read_first = [p for p in alone if p in self.fixed and not first_is_write[p]]
        self.written_first = [p for p in alone if p in self.fixed and first_is_write[p]]
        self.moving = {p: p in self.changed for p in strips if p not in self.fixed}
        self.sums = [p for p in alone if p.space == "sum"]
        self.moving_sums = [p for p in first_is_write if p.space == "sum" and p not in self.sums]

    def _is_alone(self, p: Place, tree: Tree, others: Mapping[Place, bool]) -> bool:
        """Whether no other place of the loop can be the same memory, at least not to change it."""
        return not any(
            p.steps != q.steps
            and p.space == q.space
            and (p in self.changed or q in self.changed)
            and tree.overlap(p, q)
            for q in others
        )


class Part(NamedTuple):
    """A stretch of a kernel.

    Attributes:
        nodes: what is in it.
        units: the vectors that it works on at a time.
        dead: the places that it writes but that nothing reads afterwards.
    """

    nodes: list[Node]
    units: int
    dead: set[Place]


def cut(tree: Tree, most_units: int, width: int) -> list[Part]:
    """Cut a kernel into stretches of bounded size.

    Args:
        tree: the kernel.
        most_units: the vectors in a strip.
        width: their length.
    """
    stretches = list(_stretches(tree, most_units, REGISTERS[width]))
    live = {space: np.zeros(size, dtype=bool) for space, size in tree.sizes.items()}
    parts = []
    for nodes, units in reversed(stretches):
        first_is_write: dict[Place, bool] = {}
        for place, written in places(nodes):
            first_is_write.setdefault(place, written)
        still = [p for p in first_is_write if not p.steps and p.space in ("tmp", "keep")]
        parts.append(Part(nodes, units, {p for p in still if not live[p.space][p.base]}))
        for place in still:
            live[place.space][place.base] = False
        for place, written in first_is_write.items():
            if not written:
                low, high = bounds(place, tree.counts)
                live[place.space][low : high + 1] = True
    return parts[::-1]


def _stretches(tree: Tree, most_units: int, registers: int) -> Iterator[tuple[list[Node], int]]:
    stretch: list[Node] = []
    size = units = 0
    for node in tree.nodes:
        wanted = units_of(node, tree, most_units, registers)
        length = wanted * length_of([node])
        if stretch and (size + length > LONGEST_STRETCH or wanted != units):
            yield stretch, units
            stretch, size = [], 0
        stretch.append(node)
        size, units = size + length, wanted
    if stretch:
        yield stretch, units


def length_of(nodes: Sequence[Node]) -> int:
    """The length of the code of nodes, for one vector, in LLVM's instructions or so."""
    return sum(WEIGHTS[operation.name] + 2 for operation in operations(nodes))


def units_of(node: Node, tree: Tree, most: int, registers: int) -> int:
    """How many vectors a node should work on at a time.

    The more the better in loops: numbers that are the same for all samples are loaded once for all
    of them, and operations that wait for each other alternate with others. But what is carried from
    one iteration to the next should fit into the registers.
    """
    if isinstance(node, Operation):
        return 1
    units, length = most, length_of([node])
    carried = max(len(Uses(nest, tree).fixed) for nest in _innermost(node))
    while units > 1 and (units * carried + SPARE > registers or units * length > LONGEST_STRETCH):
        units //= 2
    return units


def _innermost(nest: Nest) -> Iterator[Nest]:
    inner = [node for node in nest.body if isinstance(node, Nest)]
    for node in inner:
        yield from _innermost(node)
    if not inner:
        yield nest
