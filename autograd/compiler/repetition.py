"""Repetitions on a recorded tape: stretches that do the same again and again.

A loop leaves iterations that apply the same rules, to each other's results at the same distances.
What else they work on (inputs, constants, results from far away) may be anything: unlike ``roll``,
which sees addresses, this looks for a period in what the operations are.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autograd import rules
from autograd.compiler.roll import Images, weights
from autograd.compiler.tape import CONSTANT, INPUT, Tape

Integers = npt.NDArray[np.int64]

#: The longest iteration that is looked for, in operations.
LONGEST_PERIOD = 64

#: A loop has at least this many iterations,
FEWEST_ITERATIONS = 8

#: and this many operations in all of them.
FEWEST_OPERATIONS = 128

#: Results of more operations ago are far away.
_NEAR = 2 * LONGEST_PERIOD

# What an operand is: something far away, or a result of so many operations ago, from _DISTANCE on.
# The exponent of a power makes another operation of it, so that each constant is another.
_CONSTANT, _INPUT, _FAR, _DISTANCE = 0, 1, 2, 3
_EXPONENT = _DISTANCE + _NEAR + 1


class Run(NamedTuple):
    """Iterations that are alike.

    Attributes:
        start: the first operation of the first.
        period: the operations of each.
        iterations: how many there are.
    """

    start: int
    period: int
    iterations: int


def together(runs: Sequence[Run], iterations: int) -> list[Run]:
    """The same runs with so many iterations at a time, where there are enough of them."""
    found = []
    for run in runs:
        period, count = run.period * iterations, run.iterations // iterations
        enough = period <= LONGEST_PERIOD and count >= FEWEST_ITERATIONS
        found.append(Run(run.start, period, count) if enough else run)
    return found


class Operations:
    """The operations of a tape, in arrays; inputs and constants are not counted.

    Attributes:
        nodes: their nodes.
        codes: for each a number for its rule.
        starts: for each where its operands begin in ``operands``; and where the last ones end.
        operands: the nodes of all operands.
        users: for each operand the operation that it is one of.
        numbers: for each node which operation it is, or -1.
        kinds: what each operand is.
        is_constant: for each node whether it is a constant.
    """

    def __init__(self, tape: Tape) -> None:
        code = {rule: number for number, rule in enumerate(dict.fromkeys(tape.rules))}
        codes = np.array([code[rule] for rule in tape.rules], dtype=np.int64)
        lengths = np.array([len(operands) for operands in tape.operands], dtype=np.int64)
        every = np.fromiter(chain.from_iterable(tape.operands), np.int64, lengths.sum())
        is_constant, is_input = codes == code.get(CONSTANT, -1), codes == code.get(INPUT, -1)
        computed = ~(is_constant | is_input)
        self.nodes: Integers = np.flatnonzero(computed)
        self.codes = codes[computed]
        self.starts: Integers = np.concatenate([[0], np.cumsum(lengths[computed])])
        self.operands: Integers = every[np.repeat(computed, lengths)]
        self.users: Integers = np.repeat(np.arange(len(self.nodes)), lengths[computed])
        self.numbers: Integers = np.where(computed, np.cumsum(computed) - 1, -1)
        distances = self.users - self.numbers[self.operands]
        kinds = np.where(distances <= _NEAR, distances + _DISTANCE, _FAR)
        kinds[is_input[self.operands]] = _INPUT
        kinds[is_constant[self.operands]] = _CONSTANT
        self.is_constant = is_constant
        places = np.arange(len(self.users)) - self.starts[self.users]
        exponents = (kinds == _CONSTANT) & (places == 1)
        exponents &= self.codes[self.users] == code.get(rules.power, -1)
        kinds[exponents] = _EXPONENT + self.operands[exponents]
        self.kinds: Integers = kinds
        self._places = places

    def distance(self, operand: int) -> int | None:
        """How many operations ago an operand was computed; None if it is from far away."""
        kind = int(self.kinds[operand])
        return kind - _DISTANCE if _DISTANCE <= kind < _EXPONENT else None

    def runs(self) -> list[Run]:
        """Find the repetitions; short periods first, for a multiple of a period is one too."""
        keys = self._keys()
        found: list[Run] = []
        for period in range(1, min(LONGEST_PERIOD, len(keys) // FEWEST_ITERATIONS) + 1):
            equal = (keys[:-period] == keys[period:]).astype(np.int8)
            edges = np.diff(equal, prepend=0, append=0)
            starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) + period
            least = max(FEWEST_ITERATIONS * period, FEWEST_OPERATIONS)
            long = stops - starts >= least
            done = 0
            for start, stop in zip(starts[long].tolist(), stops[long].tolist()):
                start = max(start, done)
                if stop - start < least:
                    continue
                run = self._in_phase(Run(start, period, (stop - start) // period), stop)
                done = run.start + run.period * run.iterations
                # What is taken is like nothing else.
                keys[run.start : done] = np.arange(run.start, done, dtype=np.uint64)
                found.append(run)
        return [run for run in sorted(found) if self._alike(run)]

    def _keys(self) -> Images:
        """Equal for operations that do the same: their rules, and what their operands are."""
        places = self._places + 2
        products = self.kinds.astype(np.uint64) * weights(places)
        sums: Images = np.zeros(len(products) + 1, dtype=np.uint64)
        np.cumsum(products, out=sums[1:])
        one, two = weights(np.arange(2))
        lengths = np.diff(self.starts).astype(np.uint64)
        keys: Images = sums[self.starts[1:]] - sums[self.starts[:-1]]
        keys += self.codes.astype(np.uint64) * one + lengths * two
        return keys

    def _in_phase(self, run: Run, stop: int) -> Run:
        """Let iterations begin where the fewest results go from one to the next."""
        start, period, count = run
        # By an iteration in the middle: distances in the first may lead out of the run.
        first = start + period * (count // 2)
        uses = []
        for place in range(period):
            for operand in range(self.starts[first + place], self.starts[first + place + 1]):
                distance = self.distance(operand)
                if distance is not None:
                    uses.append((place, distance))

        def carried(phase: int) -> int:
            crossing = [(p, d) for p, d in uses if d > (p - phase) % period]
            return len({(p - d) % period for p, d in crossing})

        phase = min(range(period), key=carried)
        return Run(start + phase, period, (stop - start - phase) // period)

    def _alike(self, run: Run) -> bool:
        """Whether iterations are alike indeed: equal keys are no proof."""
        start, period, count = run
        operations = slice(start, start + period * count)
        operands = slice(self.starts[operations.start], self.starts[operations.stop])
        rows = [
            self.codes[operations].reshape(count, period),
            np.diff(self.starts)[operations].reshape(count, period),
        ]
        if any((each != each[0]).any() for each in rows):
            return False
        kinds = self.kinds[operands].reshape(count, -1)
        return not (kinds != kinds[0]).any()
