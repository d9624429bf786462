"""Branches on data: a tree of recordings, and which of them each sample takes.

Each recording, or trace, is right for the samples for which its guards hold. A sample begins with
the first trace. Where one of the guards does not hold for it, the sample leaves: it goes on with
the trace that was recorded with the opposite result of that guard. If there is none yet, one is
recorded with the sample's own numbers (trace trees: Gal & Franz 2006).

What a sample is found to do does not depend on the traces that there are, or in which order they
were recorded: all of them compute the conditions that they have in common alike, to the last bit.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.compiler.execution import Executable
from autograd.compiler.guide import Guard, Guide, quoted
from autograd.compiler.options import Options
from autograd.compiler.record import Recording
from autograd.compiler.symbol import Recorder, Symbol
from autograd.compiler.tape import CONSTANT, INPUT, Place, Tape
from autograd.compiler.tiers import Tiers
from autograd.errors import RecordingError
from autograd.structure import Block, Structure

FloatArray = npt.NDArray[np.float64]
Samples = npt.NDArray[np.intp]

#: Makes kernels of a recording, to which it may append what else is wanted; quickly or fast ones.
Make = Callable[[Recording, bool], Executable]

_DECIDER = "decider"


class Trace:
    """One recording, along one way through the function.

    Attributes:
        recording: what was recorded.
        guards: the conditions on which it is right.
        path: what was decided; no two traces of a tree have the same.
        begin: how many of the guards are known to hold for all samples that come here.
        exits: by the position of a guard, the trace for samples for which it is the first that
            does not hold.
    """

    def __init__(self, recording: Recording, guide: Guide, begin: int) -> None:
        self.recording = recording
        self.guards = guide.guards
        self.path = guide.path
        self.begin = begin
        self.exits: dict[int, Trace] = {}
        self._tiers: dict[Hashable, Tiers] = {}

    @property
    def parted(self) -> Place | None:
        """The line where its samples left another trace, if they did."""
        return self.guards[self.begin - 1].place if self.begin else None

    @property
    def decides(self) -> bool:
        """Whether samples that come here may leave again."""
        return self.begin < len(self.guards)

    def kernels(self, what: Hashable, make: Make, machine_code: bool) -> Tiers:
        """The kernels that compute something for samples for which all guards hold.

        Args:
            what: tells this from other things that are computed of the trace.
            make: makes them.
            machine_code: whether there are quick kernels and fast ones.
        """
        if what not in self._tiers:
            self._tiers[what] = Tiers(
                lambda quick: make(self.recording.copied(), quick), machine_code
            )
        return self._tiers[what]

    def decider(self, make: Make, machine_code: bool) -> Tiers:
        """The kernels that count the guards, from ``begin`` on, before the first not to hold."""
        if _DECIDER not in self._tiers:
            guards = self.guards[self.begin :]
            self._tiers[_DECIDER] = Tiers(
                lambda quick: make(_counting(self.recording, guards), quick), machine_code
            )
        return self._tiers[_DECIDER]

    def report(self, what: Hashable) -> str:
        """What the passes did for such kernels."""
        made = self._tiers.get(what)
        return "not run for these results" if made is None else made.report()


class TraceTree:
    """The traces of a function, for one structure of its arguments.

    Attributes:
        options: those of ``compile``.
        one_sample: whether no argument runs over samples.
        traces: all of them, in the order in which they were recorded.
        name: what the function is called.
        structures: those of the function's own arguments.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        structures: Sequence[tuple[Structure, Sequence[int | None]]],
        names: Sequence[str],
        one_sample: bool,
        options: Options,
        count: int,
    ) -> None:
        """Begin with no recordings.

        Args:
            f: the function.
            structures: those of the arguments, as ``Arguments.structures`` gives them.
            names: what to call the arguments in listings.
            one_sample: whether no argument runs over samples.
            options: those of ``compile``.
            count: how many arguments ``f`` gets; others that follow are left to derivatives.
        """
        self.options = options
        self.one_sample = one_sample
        self.traces: list[Trace] = []
        self.name = getattr(f, "__name__", "the function")
        self.structures = [structure for structure, _ in structures[:count]]
        self._f = f
        self._count = count
        self._structures = structures
        self._names = names
        self._root: dict[int, Trace] = {}
        #: For each number of the arguments whether it differs from sample to sample.
        self._batched = [
            axis is not None
            for structure, axes in structures
            for (_, block), axis in zip(structure.root.blocks(""), axes, strict=True)
            for _ in range(block.stop - block.start)
        ]

    def root(self, inputs: FloatArray, singles: FloatArray) -> Trace:
        """The first trace; recorded, if there is none, as one of the samples does.

        Without any samples it is recorded for numbers that are all one.
        """
        if not self._root:
            sample = _guide(len(inputs))
            row = inputs[sample] if len(inputs) else np.ones(inputs.shape[1])
            trace = self._record((), None, row, singles, sample)
            self._add(self._root, 0, trace)
        return self._root[0]

    def exit(
        self, trace: Trace, position: int, row: FloatArray, singles: FloatArray, sample: int
    ) -> Trace:
        """Where samples go for which the guard at this position is the first not to hold.

        Args:
            trace: what they leave.
            position: the guard's.
            row: what one of them has of the numbers that differ from sample to sample.
            singles: the other numbers.
            sample: which sample it is, for messages.

        Raises:
            RecordingError: one more recording is wanted than there may be.
        """
        if position not in trace.exits:
            guard = trace.guards[position]
            if len(self.traces) >= self.options.max_recordings:
                raise self._too_many(guard, sample)
            given = [*trace.guards[:position], guard._replace(result=not guard.result)]
            new = self._record(given, trace.recording.recorder.tape, row, singles, sample)
            self._add(trace.exits, position, new)
        return trace.exits[position]

    def assign(self, inputs: FloatArray, singles: FloatArray) -> list[tuple[Trace, Samples]]:
        """Each trace that samples take, with these samples; in the order of the traces' paths."""
        waiting = [(self.root(inputs, singles), np.arange(len(inputs)))]
        taken = []
        while waiting:
            trace, samples = waiting.pop()
            if not trace.decides:
                taken.append((trace, samples))
                continue
            decider = self.decider(trace)
            frame = decider.frame(inputs, samples, singles)
            frame.run()
            for count, part in _by_number(frame.out[:, 0], samples):
                position = trace.begin + count
                if position == len(trace.guards):
                    taken.append((trace, part))
                    continue
                guide = int(part[_guide(len(part))])
                following = self.exit(trace, position, inputs[guide], singles, guide)
                waiting.append((following, part))
            decider.keep(frame, inputs)
        return sorted([(trace, s) for trace, s in taken if len(s)], key=lambda each: each[0].path)

    def decider(self, trace: Trace) -> Tiers:
        """Counts for each sample how many guards of a trace hold; see ``Trace.decider``."""
        return trace.decider(self._decider, self.options.machine_code)

    def _decider(self, counting: Recording, quick: bool) -> Executable:
        options = dataclasses.replace(self.options, reduce=None, quick=quick)
        return Executable(counting, self._structures, self.one_sample, None, options)

    def _record(
        self,
        given: Sequence[Guard],
        tape: Tape | None,
        row: FloatArray,
        singles: FloatArray,
        sample: int,
    ) -> Trace:
        columns, others = iter(row.tolist()), iter(singles.tolist())
        numbers = [next(columns if batched else others) for batched in self._batched]
        guide = Guide(numbers, given, tape, self.options.max_conditions)
        structures = [structure for structure, _ in self._structures]
        try:
            recording = Recording(self._call, structures, self._names, recorder=guide)
            guide.finish()
        except Exception as error:
            if not self.one_sample:
                error.add_note(f"while recording for sample {sample}")
            raise
        return Trace(recording, guide, len(given))

    def _call(self, *args: Any) -> Any:
        return self._f(*args[: self._count])

    def _add(self, places: dict[int, Trace], key: int, trace: Trace) -> None:
        # Another thread may have recorded the same: the first to come counts, for both.
        if places.setdefault(key, trace) is trace:
            self.traces.append(trace)

    def _too_many(self, guard: Guard, sample: int) -> RecordingError:
        parted = Counter([trace.parted for trace in self.traces if trace.begin])
        parted[guard.place] += 1
        place, times = parted.most_common(1)[0]
        what = "this call" if self.one_sample else f"sample {sample}"
        return RecordingError(
            f"{self.name} has been recorded {len(self.traces)} times, once for each way through "
            f"it, and {what} goes yet another way. Most ways part at {quoted(place)}: {times} of "
            "them. If numbers are chosen there and nothing else, write autograd.where, "
            "autograd.maximum or autograd.minimum, which need no recordings; else pass a larger "
            "max_recordings to autograd.compile"
        )


def _guide(samples: int) -> int:
    """Which of so many samples a recording is made for.

    Data is often sorted, or even about its middle. One from this place divides what follows better
    than the first or the middle one, so that few recordings are tried before the right one.
    """
    return int(0.618 * samples)


def _by_number(counts: FloatArray, samples: Samples) -> Iterator[tuple[int, Samples]]:
    """Part samples by a whole number that each of them has."""
    if not len(counts):
        return
    if counts.min() == counts.max():
        yield int(counts[0]), samples
        return
    # Small integers are sorted in linear time.
    numbers = counts.astype(np.min_scalar_type(int(counts.max())))
    order = np.argsort(numbers, kind="stable")
    ends = np.flatnonzero(np.diff(numbers[order])) + 1
    for part in np.split(order, ends):
        yield int(numbers[part[0]]), samples[part]


def _counting(recording: Recording, guards: Sequence[Guard]) -> Recording:
    """A recording whose result is how many of the guards hold before the first that does not.

    Each guard is counted as soon as it is known, so that the recording repeats itself where the
    function does, and no conditions need be kept.
    """
    old = recording.recorder.tape
    recorder = Recorder()
    tape = recorder.tape
    twin: list[int] = []
    holding: Any = 1.0
    count: Any = 0.0
    waiting = list(reversed(guards))
    for node, (rule, operands) in enumerate(zip(old.rules, old.operands)):
        if rule is INPUT:
            twin.append(tape.input(old.inputs[operands[0]]))
        elif rule is CONSTANT:
            twin.append(tape.constant(old.constants[operands[0]]))
        else:
            twin.append(tape.append(rule, tuple([twin[i] for i in operands]), old.places[node]))
        while waiting and waiting[-1].node <= node:
            guard = waiting.pop()
            condition = Symbol(recorder, twin[guard.node])
            holding = holding * (condition if guard.result else 1.0 - condition)
            count = count + holding
    recorder.captured = {value: twin[node] for value, node in recording.recorder.captured.items()}
    counting = copy.copy(recording)
    counting.recorder = recorder
    counting.outputs = [recorder.node_of(count)]
    recorder.conditions = counting.outputs
    counting.structure = Structure(Block(0, None), 1)
    return counting
