"""Arrays of several dimensions, where indices are those of nested loops.

What nested loops compute was numbered in the order in which it was computed. So its indices are
such as 16 i + j, perhaps with gaps. Here such an array becomes one of two dimensions, with indices
i and j; and if every iteration of the outer loop uses a row of its own, one row will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd.compiler.source.tree import (
    Affine,
    Array,
    Element,
    Program,
    all_elements,
    with_elements,
)


def with_dimensions(program: Program) -> Program:
    """Return the program with arrays of as many dimensions as one would give them."""
    counts: dict[int, int] = {}
    indices: dict[Array, list[Affine]] = {}
    for element in all_elements(program, counts):
        if element.array.role == "local" and element.array.shape:
            indices.setdefault(element.array, []).append(element.index[0])
    found = {}
    for array, each in indices.items():
        table = _table(array, each, counts)
        if table is not None:
            found[array] = table

    def new(element: Element) -> Element:
        table = found.get(element.array)
        return element if table is None else table.element(element.index[0], counts)

    return with_elements(program, new)


class _Table(NamedTuple):
    """An array of rows.

    Attributes:
        array: the new array.
        stride: how far rows were apart.
        one_row: whether there is one row only, which every iteration uses anew.
    """

    array: Array
    stride: int
    one_row: bool

    def element(self, index: Affine, counts: dict[int, int]) -> Element:
        """An element of it."""
        parted = _parted(index, self.stride, counts)
        assert parted is not None
        return Element(self.array, parted[1:] if self.one_row else parted)


def _table(array: Array, indices: Sequence[Affine], counts: dict[int, int]) -> _Table | None:
    """What an array becomes, if there is a stride that fits all its indices."""
    strides = {abs(step) for index in indices for _, step in index.steps} - {1}
    for stride in sorted(strides, reverse=True):
        parted = [_parted(index, stride, counts) for index in indices]
        pairs = [pair for pair in parted if pair is not None]
        if len(pairs) < len(parted):
            continue
        rows, columns = ([pair[k] for pair in pairs] for k in (0, 1))
        shape = _size(rows, counts), _size(columns, counts)
        if min(shape) == 1:
            continue
        one_row = len(set(rows)) == 1 and len(rows[0].steps) == 1
        kept = shape[1:] if one_row else shape
        return _Table(Array(array.name, "local", kept, (None,) * len(kept)), stride, one_row)
    return None


def _parted(index: Affine, stride: int, counts: dict[int, int]) -> tuple[Affine, Affine] | None:
    """The row and the column of an index; None if it runs over the end of a row."""
    outer = tuple([(loop, step // stride) for loop, step in index.steps if step % stride == 0])
    inner = tuple([(loop, step) for loop, step in index.steps if step % stride])
    lowest = index.base + sum(min(0, step * (counts[loop] - 1)) for loop, step in inner)
    row = lowest // stride
    column = Affine(index.base - row * stride, inner)
    return (Affine(row, outer), column) if _size([column], counts) <= stride else None


def _size(indices: Sequence[Affine], counts: dict[int, int]) -> int:
    """One more than the largest value that the indices take."""
    return 1 + max(
        index.base + sum(max(0, step * (counts[loop] - 1)) for loop, step in index.steps)
        for index in indices
    )
