"""Where the results of a derivation go, and how they are put together.

A Jacobian or Hessian has an array for each pair of a block of its rows and one of its columns,
nested as the function's result and arguments are. What is made here walks the same nest twice: once
to reserve addresses, and at each call to fetch what is there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.compiler.execution import Slot
from autograd.structure import Block, Structure

#: The nodes of a matrix, row by row.
Matrix = list[list[int]]

#: The structure of one sample of an argument, and for each of its blocks the axis of the samples.
Argument = tuple[Structure, Sequence[int | None]]

#: Reserves addresses for an array of this shape (None for a number) of which the samples are added
#: up where that is asked for, or, if False, never are; they get this axis then.
Reserve = Callable[[tuple[int, ...] | None, bool, int], Slot]


class Results(NamedTuple):
    """What comes of a derivation.

    Attributes:
        nodes: appends to the tape of the recording, and returns the nodes of the numbers, slot by
            slot. It is not called where a program in the cache knows them.
        slots: where the arrays and numbers of the result go.
        build: makes the result of what is found there.
    """

    nodes: Callable[[], list[int]]
    slots: list[Slot]
    build: Callable[[Sequence[Any]], Any]


#: A block of a function's result or of its arguments, and the number of the argument.
Part = tuple[int, Block]

#: Makes the part of a matrix that belongs to a row's block and a column's.
Make = Callable[[Part, Part], Any]


class Differentiated(NamedTuple):
    """The arguments with respect to which derivatives are taken.

    Attributes:
        arguments: these.
        several: whether there is a tuple with an entry for each of them.
    """

    arguments: list[Argument]
    several: bool

    def nest(self, make: Callable[[int, Block], Any]) -> Any:
        """What ``make`` makes of each block of each argument, in their structure."""
        each = [
            structure.build(functools.partial(make, k))
            for k, (structure, _) in enumerate(self.arguments)
        ]
        return tuple(each) if self.several else each[0]

    def row(self, row: Part, make: Make) -> Any:
        """What ``make`` makes of a row's block and each of the arguments' blocks."""
        return self.nest(lambda k, block: make(row, (k, block)))


def slots_of(structure: Structure, axes: Sequence[int | None], reserve: Reserve) -> list[Slot]:
    """Slots for the blocks of a structure, in order."""
    return [
        reserve(block.shape, axis is None, axis or 0)
        for (_, block), axis in zip(structure.root.blocks(""), axes, strict=True)
    ]


def unbatched(structure: Structure) -> list[int | None]:
    """The axes of what does not run over samples."""
    return [None for _ in structure.root.blocks("")]


def like_arguments(
    nodes: Callable[[], list[int]], differentiated: Differentiated, reserve: Reserve
) -> Results:
    """Results that are like the differentiated arguments."""
    slots: list[Slot] = []
    for structure, axes in differentiated.arguments:
        slots += slots_of(structure, axes, reserve)

    def build(found: Sequence[Any]) -> Any:
        each = iter(found)
        return differentiated.nest(lambda *_: next(each))

    return Results(nodes, slots, build)


def like_pairs(
    nest: Callable[[Make], Any],
    matrix: Callable[[], Matrix],
    rows: Sequence[Argument],
    columns: Sequence[Argument],
    reserve: Reserve,
) -> Results:
    """Results that have an array for each pair of a row's block and a column's.

    Args:
        nest: makes the result of what it is told to make of each pair.
        matrix: appends to the tape, and returns the nodes.
        rows: what the rows stand for.
        columns: likewise.
        reserve: where results get their addresses.
    """
    down, across = _Side(rows), _Side(columns)
    order: list[tuple[int, int]] = []
    slots: list[Slot] = []

    def place(row: Part, column: Part) -> None:
        shapes = row[1].shape, column[1].shape
        shape = None if shapes == (None, None) else (shapes[0] or ()) + (shapes[1] or ())
        slots.append(reserve(shape, down.is_shared(row) and across.is_shared(column), 0))
        for i in down.range(row):
            order.extend([(i, j) for j in across.range(column)])

    nest(place)

    def nodes() -> list[int]:
        found = matrix()
        return [found[i][j] for i, j in order]

    def build(found: Sequence[Any]) -> Any:
        each = iter(found)
        return nest(lambda *_: next(each))

    return Results(nodes, slots, build)


class _Side:
    """What the rows or the columns of a matrix stand for."""

    def __init__(self, arguments: Sequence[Argument]) -> None:
        self._offsets = [0]
        self._axes: dict[tuple[int, int], int | None] = {}
        for k, (structure, axes) in enumerate(arguments):
            self._offsets.append(self._offsets[k] + structure.size)
            for (_, block), axis in zip(structure.root.blocks(""), axes, strict=True):
                self._axes[k, block.start] = axis

    def range(self, part: Part) -> range:
        """The rows or columns of a block."""
        k, block = part
        return range(self._offsets[k] + block.start, self._offsets[k] + block.stop)

    def is_shared(self, part: Part) -> bool:
        """Whether a block is the same for all samples."""
        k, block = part
        return self._axes[k, block.start] is None
