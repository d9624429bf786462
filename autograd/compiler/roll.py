"""Loops recovered from straight-line code.

A program that ran loops leaves a tape that is nearly periodic: the same operations again and again,
on addresses that move by the same step each time (affine in the iteration number). ``roll`` finds
such runs and folds each into a loop; a loop is an item like any other, so runs of equal loops fold
into nests. This is nested loop recognition (Ketterlin & Clauss, "Prediction and trace compression
of data access addresses through nested loop recognition", CGO 2008), on a tape instead of a trace.

Periods are tried from short to long, so inner loops are found first. Each try looks at all items at
once: an item is reduced to a number for its shape and to a random linear image of its addresses.
Equal steps of addresses give equal steps of their images; the converse fails with probability 2⁻⁶⁴,
and is checked on what was found. So the time is linear in the length of the tape.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import compress

import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.uint64]

#: The longest loop body that is looked for, in items.
LONGEST_PERIOD = 1024

#: In long programs fewer periods are tried, but at least these, so that no more items than this are
#: compared with others.
_ALWAYS_TRIED, _MOST_COMPARED = 64, 50_000_000

#: Two equal stretches are not yet a rhythm.
FEWEST_ITERATIONS = 3


class Instruction:
    """One operation on addresses.

    Attributes:
        shape: all about it but its addresses: what it does, and in which spaces they are.
        addresses: where it writes and reads, in a fixed order.
    """

    __slots__ = ("addresses", "shape")
    addresses: tuple[int, ...]
    shape: Hashable

    def __init__(self, shape: Hashable, addresses: tuple[int, ...]) -> None:
        self.shape = shape
        self.addresses = addresses

    def lines(self, indent: str, steps: Sequence[tuple[int, ...]]) -> Iterator[str]:
        """The listing: the shape, and each address with its steps in the loops around."""
        shown = [
            _affine(address, [step[k] for step in steps])
            for k, address in enumerate(self.addresses)
        ]
        listing = getattr(self.shape, "listing", None)
        yield indent + (listing(shown) if listing else f"{self.shape} {', '.join(shown)}")


def _affine(address: int, steps: Sequence[int]) -> str:
    """An address as a formula of the loops' counters i, j, k …, such as ``5+2i-j``."""
    terms = [str(address)] if address or not any(steps) else []
    for counter, step in zip("ijklmnopqrstuvwxyz", steps):
        if step:
            terms.append({1: "+", -1: "-"}.get(step, f"{step:+d}") + counter)
    return "".join(terms).removeprefix("+")


class Loop:
    """A body of items that is run ``count`` times.

    Attributes:
        count: the number of iterations.
        body: the items of the first iteration.
        step: how far each address of the body moves from one iteration to the next.
        addresses: all addresses of the body, in order.
        shape: equal for loops that differ in their addresses only.
    """

    __slots__ = ("addresses", "body", "count", "shape", "step")
    addresses: tuple[int, ...]
    shape: Hashable

    def __init__(self, count: int, body: list[Item], step: tuple[int, ...]) -> None:
        self.count = count
        self.body = body
        self.step = step
        self.addresses = tuple([a for item in body for a in item.addresses])
        forms = tuple([(item.shape, len(item.addresses)) for item in body])
        self.shape = (count, step, forms)

    def lines(self, indent: str, steps: Sequence[tuple[int, ...]]) -> Iterator[str]:
        """The listing of the loop and, indented, of its body."""
        yield f"{indent}{self.count} times, {chr(ord('i') + len(steps))}:"
        start = 0
        for item in self.body:
            stop = start + len(item.addresses)
            inner = [step[start:stop] for step in (*steps, self.step)]
            yield from item.lines(indent + "    ", inner)
            start = stop


Item = Instruction | Loop


class Loops:
    """A rolled program; ``str`` gives it as an indented listing.

    Attributes:
        items: instructions and loops, in order.
    """

    def __init__(self, items: list[Item]) -> None:
        self.items = items

    def __len__(self) -> int:
        return sum(_size(item) for item in self.items)

    def unrolled(self) -> Iterator[Instruction]:
        """Yield the straight-line program again: what an interpreter would execute."""
        for item in self.items:
            yield from _unrolled(item, ())

    def __str__(self) -> str:
        return "\n".join(line for item in self.items for line in item.lines("", ()))


def _size(item: Item) -> int:
    return 1 + sum(_size(inner) for inner in item.body) if isinstance(item, Loop) else 1


def _unrolled(item: Item, offset: tuple[int, ...]) -> Iterator[Instruction]:
    if isinstance(item, Instruction):
        moved = [a + b for a, b in zip(item.addresses, offset)] if offset else item.addresses
        yield Instruction(item.shape, tuple(moved))
        return
    base = offset or (0,) * len(item.addresses)
    for i in range(item.count):
        start = 0
        for inner in item.body:
            stop = start + len(inner.addresses)
            step = item.step[start:stop]
            yield from _unrolled(inner, tuple([b + i * s for b, s in zip(base[start:stop], step)]))
            start = stop


def roll(program: Sequence[Instruction]) -> Loops:
    """Fold the repetitions in a straight-line program into loops."""
    return Loops(_Roller(program).run())


class _Roller:
    """The items so far, and for all of them together the two arrays that are searched.

    Attributes:
        keys: for each item the number of its shape.
        images: for each item a random linear image of its addresses, modulo 2⁶⁴.
    """

    def __init__(self, program: Sequence[Instruction]) -> None:
        self.items: list[Item] = list(program)
        self.shapes: dict[Hashable, int] = {}
        # By identity, which is found faster: items share their shapes.
        self.known: dict[tuple[int, int], int] = {}
        self.alive: list[Hashable] = []  # no other shape may get the identity of one of these
        self.keys = self.keys_of(self.items)
        self.images = _images(self.items)

    def keys_of(self, items: Sequence[Item]) -> npt.NDArray[np.int64]:
        shapes, known = self.shapes, self.known
        numbers = []
        for item in items:
            form = (id(item.shape), len(item.addresses))
            number = known.get(form)
            if number is None:
                number = shapes.setdefault((item.shape, form[1]), len(shapes))
                known[form] = number
                self.alive.append(item.shape)
            numbers.append(number)
        return np.array(numbers, dtype=np.int64)

    def run(self) -> list[Item]:
        """Fold all periods, from short to long, until nothing is left to fold.

        Loops that were just found may repeat themselves with a period shorter than their own, and
        would otherwise be found with a multiple of it. So it starts again from the shortest, unless
        little was folded of a long program, which would make the time grow faster than linearly.
        """
        folded, period = False, 1
        while folded or period <= self.longest():
            if period > self.longest():
                folded, period = False, 1
            before = len(self.items)
            if self.fold(period):
                folded = True
                if before < 10_000 or len(self.items) < 0.9 * before:
                    period = 0
            period += 1
        return self.items

    def longest(self) -> int:
        """The longest period that is worth trying."""
        count = len(self.items)
        affordable = max(_ALWAYS_TRIED, _MOST_COMPARED // max(count, 1))
        return min(LONGEST_PERIOD, affordable, count // FEWEST_ITERATIONS)

    def fold(self, period: int) -> bool:
        """Fold all runs of one period; return whether there were any."""
        same = self.keys[:-period] == self.keys[period:]
        steps = self.images[period:] - self.images[:-period]
        # Where an item moves on to the next stretch as that does to the one after it.
        steady = same[:-period] & same[period:] & (steps[:-period] == steps[period:])
        edges = np.diff(steady.astype(np.int8), prepend=0, append=0)
        starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        long = stops - starts >= period * (FEWEST_ITERATIONS - 2)
        loops: list[tuple[int, Loop]] = []
        done = 0
        for start, stop in zip(starts[long].tolist(), stops[long].tolist()):
            start = max(start, done)
            count = (stop - start) // period + 2
            if count >= FEWEST_ITERATIONS:
                loop = self.loop(start, period, count)
                if loop is not None:
                    loops.append((start, loop))
                    done = start + period * count
        self.replace(loops, period)
        return bool(loops)

    def loop(self, start: int, period: int, count: int) -> Loop | None:
        """Return the loop over a run; None if the images deceived us, which they hardly ever do."""
        stretch = self.items[start : start + period * count]
        addresses = np.array([a for item in stretch for a in item.addresses], dtype=np.int64)
        moves = np.diff(addresses.reshape(count, len(addresses) // count), axis=0)
        if (moves != moves[0]).any():
            return None
        return Loop(count, stretch[:period], tuple(moves[0].tolist()))

    def replace(self, loops: Sequence[tuple[int, Loop]], period: int) -> None:
        """Put the loops in the place of the runs that they fold."""
        if not loops:
            return
        starts, folded = [start for start, _ in loops], [loop for _, loop in loops]
        kept = np.ones(len(self.items), dtype=bool)
        for start, loop in loops:
            kept[start + 1 : start + period * loop.count] = False
            self.items[start] = loop
        self.keys[starts], self.images[starts] = self.keys_of(folded), _images(folded)
        self.items = list(compress(self.items, kept.tolist()))
        self.keys, self.images = self.keys[kept], self.images[kept]


def _images(items: Sequence[Item]) -> Images:
    lengths = np.array([len(item.addresses) for item in items], dtype=np.int64)
    addresses = np.array([a for item in items for a in item.addresses], dtype=np.int64)
    stops = np.cumsum(lengths)
    places = np.arange(len(addresses)) - np.repeat(stops - lengths, lengths)
    sums: Images = np.zeros(len(addresses) + 1, dtype=np.uint64)
    np.cumsum(addresses.astype(np.uint64) * weights(places), out=sums[1:])
    images: Images = sums[stops] - sums[stops - lengths]
    return images


def weights(places: npt.NDArray[np.int64]) -> Images:
    """Pseudorandom odd 64-bit numbers, one for each place: splitmix64 (Steele et al. 2014)."""
    z = (places.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) | np.uint64(1)
