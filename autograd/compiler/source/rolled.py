"""From rolled statements to a tree of assignments and loops."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.compiler.roll import Instruction, Item, Loops, roll
from autograd.compiler.roll import Loop as RolledLoop
from autograd.compiler.source.statements import Form, Literal, Part, Shape, Statements
from autograd.compiler.source.tree import (
    Affine,
    Array,
    Assignment,
    Element,
    Expression,
    Loop,
    Number,
    Operation,
    Statement,
    Tree,
    all_elements,
    mapped,
)

#: The steps of one address in the loops around it: (the loop's number, the step).
Steps = tuple[tuple[int, int], ...]


def tree_of(statements: Statements) -> Tree:
    """Roll the two parts of a program, each by itself, and return them as a tree."""
    reader = _Reader(statements.constants)
    forward = reader.read(roll(statements.forward))
    backward = reader.read(roll(statements.backward))
    return Tree(forward, backward, reader.results)


class _Reader:
    def __init__(self, constants: Sequence[float]) -> None:
        self.constants = constants
        self.counts: list[int] = []
        self.results: list[Expression] = []
        self.tables: dict[bytes, Array] = {}

    def read(self, loops: Loops) -> list[Statement]:
        statements: list[Statement] = []
        for item in loops.items:
            statements += self._item(item, [()] * len(item.addresses))
        return statements

    def _item(self, item: Item, steps: Sequence[Steps]) -> Iterator[Statement]:
        if isinstance(item, Instruction):
            indices = iter([Affine(a, s) for a, s in zip(item.addresses, steps)])
            shape: Any = item.shape
            yield from self._statement(shape, indices)
            return
        yield self._loop(item, steps)

    def _loop(self, item: RolledLoop, steps: Sequence[Steps]) -> Loop:
        loop = Loop(len(self.counts), item.count)
        self.counts.append(item.count)
        start = 0
        for inner in item.body:
            stop = start + len(inner.addresses)
            moved = [
                (*s, (loop.number, step)) if step else s
                for s, step in zip(steps[start:stop], item.step[start:stop])
            ]
            loop.body += self._item(inner, moved)
            start = stop
        return loop

    def _statement(self, shape: Shape, indices: Iterator[Affine]) -> Iterator[Statement]:
        if shape.target is None:
            self.results.append(self._expression(shape.form, indices))
            return
        target = self._element(shape.target, indices)
        yield Assignment(target, self._expression(shape.form, indices))

    def _expression(self, part: Part, indices: Iterator[Affine]) -> Expression:
        if part is None:
            return self._constant(next(indices))
        if isinstance(part, Array):
            return self._element(part, indices)
        if isinstance(part, Literal):
            return Number(float(part.text))
        assert isinstance(part, Form)
        return Operation(part.name, tuple([self._expression(p, indices) for p in part.parts]))

    def _element(self, array: Array, indices: Iterator[Affine]) -> Element:
        return Element(array, tuple([next(indices) for _ in array.shape]))

    def _constant(self, place: Affine) -> Expression:
        """A number if it is the same in all iterations, else an element of a table of them."""
        counts = [self.counts[loop] for loop, _ in place.steps]
        places = np.full(counts, place.base)
        for axis, (_, step) in enumerate(place.steps):
            along = [1] * len(counts)
            along[axis] = -1
            places = places + step * np.arange(counts[axis]).reshape(along)
        values = np.array(self.constants)[places]
        bits = values.view(np.int64) if counts else values
        kept: list[int] = []
        for axis, (loop, _) in enumerate(place.steps):
            if (bits == bits.take([0], axis)).all():
                bits, values = bits.take([0], axis), values.take([0], axis)
            else:
                kept.append(loop)
        if not kept:
            return Number(float(values.reshape(-1)[0]))
        shape = tuple([self.counts[loop] for loop in kept])
        key = struct.pack(f"{len(shape)}q", *shape) + values.tobytes()
        if key not in self.tables:
            flat = tuple(values.reshape(-1).tolist())
            self.tables[key] = Array("table", "table", shape, (None,) * len(shape), flat)
        return Element(self.tables[key], tuple([Affine(0, ((loop, 1),)) for loop in kept]))


def addresses(index: Affine, counts: dict[int, int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """All values that an index takes; ``counts`` gives the loops' numbers of iterations."""
    found = np.array([index.base])
    for loop, step in index.steps:
        found = (found[:, None] + step * np.arange(counts[loop])[None, :]).reshape(-1)
    return found


def split(tree: Tree) -> Tree:
    """Part local arrays into what is used together.

    What one access reaches in all iterations belongs together; so what loops never connect becomes
    arrays, or plain variables, of their own.
    """
    return _Splitter(tree).run(tree)


class _Splitter:
    """The addresses of all local arrays, joined to components."""

    def __init__(self, tree: Tree) -> None:
        self.counts: dict[int, int] = {}
        self.parents: dict[tuple[Array, int], tuple[Array, int]] = {}
        self.order: list[tuple[Array, int]] = []
        for element in all_elements(tree, self.counts):
            if element.array.role == "local":
                places = addresses(element.index[0], self.counts)
                first = self._add(element.array, int(places[0]))
                for number in np.unique(places).tolist():
                    self._join(first, self._add(element.array, number))
        members: dict[tuple[Array, int], list[int]] = {}
        for place in self.order:
            members.setdefault(self._root(place), []).append(place[1])
        self.arrays: dict[tuple[Array, int], tuple[Array, int, int]] = {}
        for root, numbers in members.items():
            low = min(numbers)
            stride = math.gcd(*[number - low for number in numbers]) or 1
            size = (max(numbers) - low) // stride + 1
            whole = size > 1
            new = Array(root[0].name, "local", (size,) if whole else (), (None,) if whole else ())
            self.arrays[root] = new, low, stride

    def run(self, tree: Tree) -> Tree:
        return mapped(tree, self._new)

    def _new(self, element: Element) -> Element:
        if element.array.role != "local":
            return element
        (index,) = element.index
        array, low, stride = self.arrays[self._root((element.array, index.base))]
        if not array.shape:
            return Element(array)
        steps = tuple([(loop, step // stride) for loop, step in index.steps])
        return Element(array, (Affine((index.base - low) // stride, steps),))

    def _add(self, array: Array, number: int) -> tuple[Array, int]:
        place = (array, number)
        if place not in self.parents:
            self.parents[place] = place
            self.order.append(place)
        return place

    def _root(self, place: tuple[Array, int]) -> tuple[Array, int]:
        while self.parents[place] != place:
            self.parents[place] = self.parents[self.parents[place]]
            place = self.parents[place]
        return place

    def _join(self, a: tuple[Array, int], b: tuple[Array, int]) -> None:
        self.parents[self._root(b)] = self._root(a)
