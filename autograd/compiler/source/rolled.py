"""From rolled statements to a tree of assignments and loops."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.compiler.roll import Instruction, Item, roll
from autograd.compiler.roll import Loop as RolledLoop
from autograd.compiler.source.statements import (
    Branch,
    Derived,
    Form,
    Last,
    Literal,
    Part,
    Shape,
    Statements,
    Term,
)
from autograd.compiler.source.tree import (
    Affine,
    Array,
    Assignment,
    Block,
    Element,
    End,
    Expression,
    If,
    Loop,
    Number,
    Operation,
    Program,
    Refusal,
    Statement,
    all_elements,
    read_by,
    with_body,
    with_elements,
)

#: The steps of one address in the loops around it: (the loop's number, the step).
Steps = tuple[tuple[int, int], ...]


def program_of(statements: Statements) -> Program:
    """Roll each straight stretch of a program, and return the whole as a tree."""
    return _Reader(statements.constants).read(statements.parts)


class _Reader:
    def __init__(self, constants: Sequence[float]) -> None:
        self.constants = constants
        self.counts: list[int] = []
        self.tables: dict[bytes, Array] = {}

    def read(self, parts: Sequence[Part]) -> list[Statement]:
        """The statements of some parts."""
        found: list[Statement] = []
        for part in parts:
            if isinstance(part, Branch):
                found.append(If(self._single(part.condition), self.read(part.parts)))
            elif isinstance(part, Last):
                results = [self._single(result) for result in part.results]
                found.append(End(self.read([part.backward]), results))
            else:
                for item in roll(part).items:
                    found += self._item(item, [()] * len(item.addresses))
        return found

    def _single(self, instruction: Instruction) -> Expression:
        """The expression of an instruction that is in no loop."""
        shape: Any = instruction.shape
        return self._expression(shape.form, iter([Affine(a) for a in instruction.addresses]))

    def _item(self, item: Item, steps: Sequence[Steps]) -> Iterator[Statement]:
        if isinstance(item, Instruction):
            indices = iter([Affine(a, s) for a, s in zip(item.addresses, steps)])
            shape: Any = item.shape
            line = item.line if isinstance(item, Derived) else ""
            yield self._statement(shape, indices, line)
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

    def _statement(self, shape: Shape, indices: Iterator[Affine], line: str) -> Statement:
        if isinstance(shape.target, Array):
            target = self._element(shape.target, indices)
            return Assignment(target, self._expression(shape.form, indices), line)
        refusal = Refusal(shape.target or "")
        return If(self._expression(shape.form, indices), [refusal])

    def _expression(self, part: Term, indices: Iterator[Affine]) -> Expression:
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


def split(program: Program) -> Program:
    """Part local arrays into what is used together.

    What one access reaches in all iterations belongs together; so what loops never connect becomes
    arrays, or plain variables, of their own. What is used in different ways through the function,
    and nowhere before these part, is different, too.
    """
    return _Splitter(program).statements(program, ())


#: A place in an array, and the block that all its uses are in.
_Place = tuple[Array, tuple[int, ...], int]


class _Splitter:
    """The addresses of all local arrays, joined to components."""

    def __init__(self, program: Program) -> None:
        self.counts: dict[int, int] = {}
        for _ in all_elements(program, self.counts):
            pass
        self.ways: dict[tuple[Array, int], set[tuple[int, ...]]] = {}
        self.parents: dict[_Place, _Place] = {}
        self.order: list[_Place] = []
        used = list(self._used(program, ()))
        for element, way in used:
            for number in self._numbers(element):
                self.ways.setdefault((element.array, number), set()).add(way)
        for element, way in used:
            first, *others = [self._place(element, way, n) for n in self._numbers(element)]
            self._add(first)
            for other in others:
                self._join(first, self._add(other))
        members: dict[_Place, list[int]] = {}
        for place in self.order:
            members.setdefault(self._root(place), []).append(place[2])
        self.arrays: dict[_Place, tuple[Array, int, int]] = {}
        for root, numbers in members.items():
            low = min(numbers)
            stride = math.gcd(*[number - low for number in numbers]) or 1
            size = (max(numbers) - low) // stride + 1
            whole = size > 1
            new = Array(root[0].name, "local", (size,) if whole else (), (None,) if whole else ())
            self.arrays[root] = new, low, stride

    def _used(
        self, statements: Sequence[Statement], way: tuple[int, ...]
    ) -> Iterator[tuple[Element, tuple[int, ...]]]:
        """Yield all local elements, with what tells the way that they are used in."""
        for statement in statements:
            found = list(read_by(statement))
            if isinstance(statement, Assignment):
                found.append(statement.target)
            inner = _way_inside(statement, way)
            for element in found:
                if element.array.role == "local":
                    yield element, inner if isinstance(statement, End) else way
            if isinstance(statement, Block):
                yield from self._used(statement.body, inner)
            way = _way_after(statement, way)

    def statements(self, statements: Sequence[Statement], way: tuple[int, ...]) -> list[Statement]:
        """The statements with the new arrays."""
        found: list[Statement] = []
        for statement in statements:
            inner = _way_inside(statement, way)
            here = inner if isinstance(statement, End) else way

            def new(element: Element, way: tuple[int, ...] = here) -> Element:
                return self._new(element, way)

            if isinstance(statement, Block):
                body = self.statements(statement.body, inner)
                (changed,) = with_elements([with_body(statement, [])], new)
                assert isinstance(changed, Block)
                found.append(with_body(changed, body))
            else:
                found += with_elements([statement], new)
            way = _way_after(statement, way)
        return found

    def _new(self, element: Element, way: tuple[int, ...]) -> Element:
        if element.array.role != "local":
            return element
        (index,) = element.index
        array, low, stride = self.arrays[self._root(self._place(element, way, index.base))]
        if not array.shape:
            return Element(array)
        steps = tuple([(loop, step // stride) for loop, step in index.steps])
        return Element(array, (Affine((index.base - low) // stride, steps),))

    def _numbers(self, element: Element) -> list[int]:
        """All indices of an element."""
        numbers: list[int] = addresses(element.index[0], self.counts).tolist()
        return numbers

    def _place(self, element: Element, way: tuple[int, ...], number: int) -> _Place:
        """What an element is part of: the same for all uses that may be connected."""
        ways = self.ways[element.array, number]
        common = next(way[:size] for size in range(len(way) + 1) if way[:size] in ways)
        return element.array, common, number

    def _add(self, place: _Place) -> _Place:
        if place not in self.parents:
            self.parents[place] = place
            self.order.append(place)
        return place

    def _root(self, place: _Place) -> _Place:
        while self.parents[place] != place:
            self.parents[place] = self.parents[self.parents[place]]
            place = self.parents[place]
        return place

    def _join(self, a: _Place, b: _Place) -> None:
        self.parents[self._root(b)] = self._root(a)


def _way_inside(statement: Statement, way: tuple[int, ...]) -> tuple[int, ...]:
    """What tells the way inside a statement from others."""
    return (*way, id(statement)) if isinstance(statement, (If, End)) else way


def _way_after(statement: Statement, way: tuple[int, ...]) -> tuple[int, ...]:
    """What tells the way after a statement: where another way has left, it is one of its own."""
    leaves = isinstance(statement, If) and not isinstance(statement.body[0], Refusal)
    return (*way, -id(statement)) if leaves else way
