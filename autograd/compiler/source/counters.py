"""How loops count, so that most indices are just the counter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from autograd.compiler.source.tree import Affine, Array, Loop, Statement, assignments, elements


class Count(NamedTuple):
    """What the counter of a loop does.

    Attributes:
        name: the variable.
        start: its first value.
        direction: 1 or −1.
        iterations: the number of its values.
        downward: whether it has to run from the largest value to the smallest.
    """

    name: str
    start: int
    direction: int
    iterations: int
    downward: bool

    @property
    def low(self) -> int:
        """Its smallest value."""
        return self.start if self.direction > 0 else self.start - self.iterations + 1


def count_of(loop: Loop, name: str, private: Collection[Array]) -> Count:
    """Return how a loop best counts: upward if the order of its iterations does not matter.

    Args:
        loop: the loop.
        name: its counter.
        private: plain variables of which every iteration has its own.
    """
    found: Counter[tuple[int, int]] = Counter()
    signs = 0
    for index in _indices(loop.body):
        step = index.step(loop.number)
        signs += (step > 0) - (step < 0)
        if abs(step) == 1 and len(index.steps) == 1:
            found[step, index.base] += 1
    # It cannot go below zero, as indices do not.
    if found:
        direction, start = max(found, key=lambda way: (found[way], way[0], -way[1]))
    else:
        direction = 1 if signs >= 0 else -1
        start = 0 if direction > 0 else loop.count - 1
    downward = direction < 0 and not _is_independent(loop, private)
    return Count(name, start, direction, loop.count, downward)


def _is_independent(loop: Loop, private: Collection[Array]) -> bool:
    """Whether no iteration writes what another one reads or writes."""
    # Different iterations write to different elements if all indices of an array move alike in
    # one of its dimensions.
    indices: dict[Array, set[tuple[Affine, ...]]] = {}
    written: set[Array] = set()
    for assignment, _ in assignments(loop.body):
        written.add(assignment.target.array)
        for element in (assignment.target, *elements(assignment.value)):
            indices.setdefault(element.array, set()).add(element.index)
    for array in written - set(private):
        alike = [set(dimension) for dimension in zip(*indices[array])]
        if not any(len(each) == 1 and each.pop().step(loop.number) for each in alike):
            return False
    return True


def _indices(body: Sequence[Statement]) -> Iterator[Affine]:
    for assignment, _ in assignments(body):
        for element in (assignment.target, *elements(assignment.value)):
            yield from element.index


def index_text(index: Affine, counts: dict[int, Count]) -> str:
    """An index as a formula, such as ``16 * i + j - 1``."""
    base = index.base
    terms: list[str] = []
    for loop, step in index.steps:
        count = counts[loop]
        factor = step * count.direction
        base -= factor * count.start
        size = "" if abs(factor) == 1 else f"{abs(factor)} * "
        terms.append(f"{'-' if factor < 0 else '+'} {size}{count.name}")
    # A formula that starts with a minus is hard to read.
    terms.sort(key=lambda term: term[0] == "-")
    if terms and terms[0][0] == "-":
        terms.insert(0, f"+ {base}")
    elif base or not terms:
        terms.append(f"{'-' if base < 0 else '+'} {abs(base)}")
    return " ".join(terms).removeprefix("+ ").replace("- ", "-", terms[0][0] == "-")
