"""Guarded execution: each sample runs on the recording that is right for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.compiler.batch import Arguments
from autograd.compiler.branches import Make, Samples, Trace, TraceTree
from autograd.compiler.collection import collection_paused
from autograd.compiler.execution import Executable
from autograd.compiler.frame import Frame, Memory, add_up
from autograd.compiler.guide import quoted
from autograd.compiler.options import Options, Reduce
from autograd.compiler.record import Recording
from autograd.compiler.replay import key_of
from autograd.compiler.tiers import Tiers
from autograd.structure import Block, Structure
from autograd.value import Value

FloatArray = npt.NDArray[np.float64]


class GuardedExecutable:
    """A function with branches, for one structure of its arguments; used like ``Executable``.

    Attributes:
        tree: its recordings.
        first: the recording that is tried first.
        recording: what was recorded then.
        reduce: what is done over the samples.
        one_sample: whether no argument runs over samples.
    """

    def __init__(
        self, tree: TraceTree, what: Hashable, make: Make, reduce: Reduce, arguments: Arguments
    ) -> None:
        """Record the function if it is not yet.

        Args:
            tree: the recordings.
            what: tells this from other things that are computed of the same recordings.
            make: makes kernels that compute it, added up over samples if these are reduced.
            reduce: what is done over the samples.
            arguments: the first, of the structure that the tree is for.
        """
        self.tree = tree
        self.first = tree.root(*arguments.numbers())
        self.recording = self.first.recording
        self.one_sample = tree.one_sample
        self.reduce = None if self.one_sample else reduce
        self._what = what
        self._make = make

    @property
    def captured(self) -> list[Value]:
        """The Values from outside that the recordings so far read."""
        return [value for trace in self.tree.traces for value in trace.recording.recorder.captured]

    def frame_of(self, arguments: Arguments) -> BatchFrame | PointFrame:
        """A frame with the arguments' numbers."""
        return self.frame(*arguments.numbers())

    def keep(self, frame: Memory) -> None:
        """Frames are not used again: what they have to hold depends on the numbers."""

    def frame(self, inputs: FloatArray, singles: FloatArray) -> BatchFrame | PointFrame:
        """The memory of one run; see ``Frame``."""
        if self.one_sample:
            return PointFrame(self, singles)
        return BatchFrame(self, inputs, singles)

    def kernels(self, trace: Trace) -> Tiers:
        """What runs the samples of a trace.

        Raises:
            TypeError: the function returns something of another structure there.
        """
        expected, found = self.recording.structure, trace.recording.structure
        if not expected.root.matches(found.root):
            raise TypeError(
                f"{self.tree.name} returns {expected!r} along one way through it and {found!r} "
                "along another; what is compiled returns the same structure always"
            )
        return trace.kernels(self._what, self._make, self.tree.options.machine_code)

    @property
    def layout(self) -> Executable:
        """Where results are; the same for all executables of the function."""
        return self.kernels(self.first).ready(0)

    @property
    def gradients_are_arrays(self) -> bool:
        """Whether all derivatives are arrays, none a plain number."""
        return self.layout.gradients_are_arrays

    @property
    def gives_one_number(self) -> bool:
        """Whether the value is a single number, not one for each sample."""
        root = self.recording.structure.root
        single = isinstance(root, Block) and root.shape is None
        return single and (self.one_sample or self.reduce is not None)

    def check(self, frame: Memory) -> None:
        """Raise where a sample gives nan or inf on its way.

        Raises:
            FloatingPointError: an operation gives nan or inf for finite operands.
        """
        inputs, singles = frame.inputs, frame.singles
        if self.one_sample:
            inputs, singles = inputs[:, :0], inputs[0]
        for part, samples in self.parts(inputs, singles):
            part.executable.check(part, samples)

    def parts(
        self, inputs: FloatArray, singles: FloatArray, out: FloatArray | None = None
    ) -> Iterator[tuple[Frame, Samples]]:
        """Run each recording that samples take, in an order that depends on nothing but them.

        Args:
            inputs: what runs over samples.
            singles: what does not; what both are for one sample ``Arguments.numbers`` says.
            out: where results for each sample go if one recording is right for all of them.

        Yields:
            A frame that was run, and the samples in it.
        """
        for trace, samples in self.tree.assign(inputs, singles):
            kernels = self.kernels(trace)
            frame = kernels.frame(inputs, samples, singles, out)
            frame.run()
            yield frame, samples
            kernels.keep(frame, inputs)

    def report(self) -> str:
        """What the passes did, for each recording."""
        traces = list(self.tree.traces)
        parts = []
        for k, trace in enumerate(traces, start=1):
            where = f", after another result at {quoted(trace.parted)}" if trace.begin else ""
            shown = trace.report(self._what)
            parts.append(f"recording {k} of {len(traces)}{where}\n{shown}")
        return "\n\n".join(parts)


class BatchFrame(Memory):
    """A frame for samples each of which may go its own way."""

    def __init__(self, guarded: GuardedExecutable, inputs: FloatArray, singles: FloatArray) -> None:
        self.executable = guarded.layout
        self.inputs = inputs
        self.singles = singles
        self.out = np.empty((len(inputs), self.executable.size("out")))
        self.totals = np.empty(self.executable.size("sum"))
        self._guarded = guarded

    def run(self) -> None:
        """Compute the results from what is in ``inputs`` and ``singles`` now."""
        inputs, guarded = self.inputs, self._guarded
        totals = []
        for part, samples in guarded.parts(inputs, self.singles, self.out):
            if part.out is not self.out:
                _put(self.out, samples, part.out)
            totals.append(part.totals.copy())
        sums = np.array(totals or [np.zeros(self.totals.size)])
        add_up(sums)
        self.totals[...] = sums[0]
        if guarded.reduce == "mean":
            with np.errstate(invalid="ignore"):  # the mean of nothing is nan
                self.totals /= len(inputs)
            self.out /= len(inputs)


def _put(out: FloatArray, samples: Samples, rows: FloatArray) -> None:
    """Put the rows of some samples where they belong among all."""
    if out.shape[1]:
        # Moved as single items, which NumPy does several times as fast.
        row = np.dtype((np.void, out.itemsize * out.shape[1]))
        out.view(row)[samples, 0] = rows.view(row)[:, 0]


class PointFrame(Memory):
    """A frame for one sample, which may go another way each time."""

    def __init__(self, guarded: GuardedExecutable, numbers: FloatArray) -> None:
        self.executable = guarded.layout
        self.inputs = numbers[None, :]
        self.singles = np.empty(0)
        self.out = np.empty((1, self.executable.size("out")))
        self.totals = np.empty(0)
        self._guarded = guarded
        self._tied: dict[Executable, Callable[[], FloatArray]] = {}

    def run(self) -> None:
        """Compute the results from what is in ``inputs`` now."""
        guarded, tree = self._guarded, self._guarded.tree
        trace = guarded.first
        while trace.decides:
            count = self._run(tree.decider(trace))
            position = trace.begin + int(count[0, 0])
            if position == len(trace.guards):
                break
            numbers = self.inputs[0]
            trace = tree.exit(trace, position, numbers[:0], numbers, 0)
        self.out[...] = self._run(guarded.kernels(trace))

    def _run(self, kernels: Tiers) -> FloatArray:
        """Run kernels on the numbers here, and return their results."""
        executable = kernels.ready(1)
        if executable not in self._tied:
            self._tied[executable] = self._tie(executable)
        return self._tied[executable]()

    def _tie(self, executable: Executable) -> Callable[[], FloatArray]:
        """What runs an executable on the numbers here, and returns its results."""
        numbers = self.inputs[0]
        frame = executable.frame(self.inputs, numbers)
        run, out = frame.quick_run, frame.out
        # Values from outside are kept behind the numbers, in a copy of them.
        copy = frame.inputs[0, : len(numbers)] if executable.captured else None

        def results() -> FloatArray:
            if copy is not None:
                copy[...] = numbers
            run()
            return out

        return results


AnyExecutable = Executable | GuardedExecutable


@collection_paused()
def executable(
    f: Callable[..., Any],
    arguments: Arguments,
    count: int,
    what: tuple[type[Executable], Any],
    options: Options,
    trees: dict[Hashable, TraceTree],
    recordings: dict[Hashable, Recording],
) -> AnyExecutable:
    """Record a function, or take recordings of it that are right, and make kernels.

    Args:
        f: the function.
        arguments: numbers like those that it will be called with.
        count: how many arguments ``f`` gets; others that follow are left to derivatives.
        what: a class of executables, and the argnums or the derivation to make one with.
        options: those of ``compile``.
        trees: the recordings with branches that there are, to which a tree may be added.
        recordings: those without branches, to which one may be added.

    Raises:
        TypeError: the function cannot be recorded, or returns what cannot be differentiated.
    """
    kind, of = what
    structures, one_sample = arguments.structures(), arguments.samples is None
    names = [arguments.name((None, i)) for i in range(len(structures))]
    if options.branches == "error":
        plain = [structure for structure, _ in structures]
        # Over samples it is the running that takes time, and that is done best with as little
        # memory as possible: of derivatives that are stored for each iteration there would be more.
        outlined = one_sample and not options.check
        recording = _recorded(f, plain, names, count, outlined, recordings)
        return kind(recording, structures, one_sample, of, options)
    tree = trees.setdefault(
        (arguments.key, count), TraceTree(f, structures, names, one_sample, options, count)
    )
    # Each recording adds up its own samples, and only all together they have a mean.
    added = dataclasses.replace(options, reduce="sum" if options.reduce else None)

    def make(recording: Recording, quick: bool) -> Executable:
        chosen = dataclasses.replace(added, quick=quick)
        return kind(recording, structures, one_sample, of, chosen)

    return GuardedExecutable(tree, what, make, options.reduce, arguments)


def _recorded(
    f: Callable[..., Any],
    structures: Sequence[Structure],
    names: Sequence[str],
    count: int,
    outlined: bool,
    recordings: dict[Hashable, Recording],
) -> Recording:
    """What a function does, on a tape to which derivatives can be appended.

    It is run once for all that is computed of it, unless Values from outside, which are the last
    inputs, have to come after tangents or a cotangent.
    """
    key = key_of(structures[:count])
    seconds = 0.0
    if key not in recordings:
        recordings[key] = Recording(f, structures[:count], names[:count])
        seconds = recordings[key].seconds
    known = recordings[key]
    if known.recorder.captured and len(structures) > count:
        return Recording(lambda *xs: f(*xs[:count]), structures, names)
    if outlined:
        known = known.outlined()
    recording = known.copied(structures[count:], names[count:])
    recording.seconds = seconds
    return recording
