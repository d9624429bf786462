"""First iterations that stand apart are taken back into their loops.

The first iteration of a loop often reads something else than the others: where they read a running
sum, it reads what the sum starts from. On the tape it looks different, and so is left out of the
loop. Here

    total = b + w[0] * x[0]
    for i from 1: total = total + w[i] * x[i]

becomes

    total = b
    for i from 0: total = total + w[i] * x[i]

and a sum that starts with its first term starts with zero. Where a loop was found that is out of
step, with a part of its body before it and the rest after it, it is put into step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autograd.compiler.source.matching import Match
from autograd.compiler.source.rolled import addresses
from autograd.compiler.source.tree import (
    Affine,
    Array,
    Assignment,
    Block,
    Element,
    Expression,
    Loop,
    Program,
    Statement,
    all_elements,
    assignments,
    elements,
    with_body,
    with_elements,
)


def with_first_iterations(program: Program) -> Program:
    """Return the program with as many first iterations as possible inside their loops."""
    return _from_zero(_Absorber(program).block(program))


def _from_zero(program: Program) -> Program:
    """Let the indices of local arrays start from zero."""
    counts: dict[int, int] = {}
    lowest: dict[Array, int] = {}
    highest: dict[Array, int] = {}
    for element in all_elements(program, counts):
        if element.array.role == "local" and element.array.shape:
            places = addresses(element.index[0], counts)
            low, high = int(places.min()), int(places.max())
            lowest[element.array] = min(low, lowest.get(element.array, low))
            highest[element.array] = max(high, highest.get(element.array, high))
    for array, high in highest.items():
        array.shape = (high - lowest[array] + 1,)

    def new(element: Element) -> Element:
        if lowest.get(element.array, 0) == 0:
            return element
        return Element(element.array, (element.index[0].shifted(-lowest[element.array]),))

    return with_elements(program, new)


class _Absorber:
    def __init__(self, program: Program) -> None:
        self.counts: dict[int, int] = {}
        self.used: dict[Array, set[int]] = {}
        for element in all_elements(program, self.counts):
            if element.array.role == "local" and element.array.shape:
                places = addresses(element.index[0], self.counts)
                self.used.setdefault(element.array, set()).update(places.tolist())

    def block(self, statements: Sequence[Statement]) -> list[Statement]:
        """The statements of one block, with what precedes a loop taken into it."""
        items: list[Statement] = []
        for statement in statements:
            if isinstance(statement, Block):
                statement = with_body(statement, self.block(statement.body))
            items.append(statement)
        at = 0
        while at < len(items):
            loop = items[at]
            if isinstance(loop, Loop):
                size = len(loop.body)
                found = self.absorbed(items[at - size : at], loop) if at >= size else None
                if found is not None:
                    items[at - size : at + 1] = found
                    at += len(found) - size - 1
                    continue
                at = self.rotate(items, at, loop)
            at += 1
        return items

    def rotate(self, items: list[Statement], at: int, loop: Loop) -> int:
        """Let a loop begin earlier in its body, if that takes in what is before and after it.

        Of statements a b a b a b a, a loop may have been found over b a, with a before it; or over
        the middle, with parts of the body on either side.
        """
        size = len(loop.body)
        for early in range(min(size - 1, at), 0, -1):
            late = size - early
            before, after = items[at - early : at], items[at + 1 : at + 1 + late]
            match = Match(loop.number)
            if not match.statements(after, _moved(loop.body[:late], loop.number, -loop.count - 1)):
                continue
            if match.starts or match.tables:
                continue
            match = Match(loop.number)
            if not match.statements(before, loop.body[late:]) or match.tables:
                continue
            starts = self.starts(before, match)
            if starts is None:
                continue
            body = _moved(loop.body[late:], loop.number, 1) + loop.body[:late]
            self.counts[loop.number] = loop.count + 1
            whole = [*starts, Loop(loop.number, loop.count + 1, body)]
            items[at - early : at + 1 + late] = whole
            return at - early + len(starts)
        return at

    def absorbed(self, first: Sequence[Statement], loop: Loop) -> list[Statement] | None:
        """What stands in the place of a first iteration and its loop; None if they do not fit."""
        match = Match(loop.number)
        if not match.statements(first, loop.body):
            return None
        before = self.starts(first, match)
        if before is None:
            return None
        tables = {
            element: replace(
                element.array,
                shape=(loop.count + 1,),
                values=(number.value, *element.array.values),
            )
            for element, number in match.tables.items()
        }

        def with_table(element: Element) -> Element:
            return Element(tables.get(element, element.array), element.index)

        self.counts[loop.number] = loop.count + 1
        body = with_elements(loop.body, with_table)
        return [*before, Loop(loop.number, loop.count + 1, _moved(body, loop.number, 1))]

    def starts(self, first: Sequence[Statement], match: Match) -> list[Statement] | None:
        """What a loop with its first iteration needs assigned before it; None if it cannot be."""
        if len(match.starts) > max(2, len(first)):
            return None
        flat = [assignment for assignment, _ in assignments(first)]
        for element in match.starts:
            if not self.may_start(element, flat, match):
                return None
        before: list[Statement] = []
        for element, (value, around, _) in match.starts.items():
            before.append(self.start(element, value, around))
            self.use(element)
        return before

    def may_start(self, element: Element, flat: Sequence[Assignment], match: Match) -> bool:
        """Whether an element can be given its value before everything else.

        Args:
            element: what would be started.
            flat: the assignments of the first iteration.
            match: says what the value is, and where it is read.
        """
        value, around, position = match.starts[element]
        written = [k for k, assignment in enumerate(flat) if assignment.target == element]
        if written:
            if position > written[0]:
                return False
            # An inner loop would read what it has written itself an iteration before.
            if any(not any(i.step(loop.number) for i in element.index) for loop in around):
                return False
        elif not self.is_fresh(element):
            return False
        # What is assigned before the value is read must not change it; nor what an inner loop
        # assigns at all.
        earlier = flat if around else flat[:position]
        if any(self.overlap(a.target, read) for a in earlier for read in elements(value)):
            return False
        for k, assignment in enumerate(flat):
            if assignment.target != element and self.overlap(assignment.target, element):
                return False
            for read in elements(assignment.value):
                harmless = read == element and written and k > written[0]
                if not harmless and self.overlap(read, element):
                    return False
        others = [other for other in match.starts if other != element]
        return not any(self.overlap(read, o) for read in elements(value) for o in others)

    def overlap(self, a: Element, b: Element) -> bool:
        """Whether two elements may be the same in some iterations."""
        if a.array is not b.array:
            return False
        for i, j in zip(a.index, b.index):
            if not np.isin(addresses(i, self.counts), addresses(j, self.counts)).any():
                return False
        return True

    def is_fresh(self, element: Element) -> bool:
        if element.array.role != "local" or not element.array.shape:
            return False
        places = addresses(element.index[0], self.counts).tolist()
        return self.used.get(element.array, set()).isdisjoint(places)

    def use(self, element: Element) -> None:
        if element.array.role == "local" and element.array.shape:
            places = addresses(element.index[0], self.counts).tolist()
            self.used.setdefault(element.array, set()).update(places)

    def start(self, element: Element, value: Expression, around: Sequence[Loop]) -> Statement:
        """The assignment, in loops of its own like those around it."""
        numbers: dict[int, int] = {}
        loops: list[Loop] = []
        for loop in around:
            number = max(self.counts, default=-1) + 1
            self.counts[number] = loop.count
            numbers[loop.number] = number
            loops.append(Loop(number, loop.count))

        def renamed(inner: Element) -> Element:
            index = [
                Affine(i.base, tuple([(numbers.get(loop, loop), s) for loop, s in i.steps]))
                for i in inner.index
            ]
            return Element(inner.array, tuple(index))

        (statement,) = with_elements([Assignment(element, value)], renamed)
        for loop in reversed(loops):
            statement = Loop(loop.number, loop.count, [statement])
        return statement


def _moved(body: Sequence[Statement], loop: int, iterations: int) -> list[Statement]:
    """A loop's body as it was so many iterations earlier; tables have been moved already."""

    def earlier(element: Element) -> Element:
        if element.array.role == "table":
            return element
        index = [Affine(i.base - iterations * i.step(loop), i.steps) for i in element.index]
        return Element(element.array, tuple(index))

    return with_elements(body, earlier)
