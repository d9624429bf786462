"""Execution: a recording made into kernels, and the memory they work on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd.compiler.batch import Arguments
from autograd.compiler.check import check_finite
from autograd.compiler.differentiate import differentiate
from autograd.compiler.options import Options
from autograd.compiler.program import Program
from autograd.compiler.record import Recording
from autograd.compiler.storage import Address
from autograd.structure import Block, Structure

FloatArray = npt.NDArray[np.float64]

#: Samples whose sums are accumulated one after the other; the blocks' sums are added pairwise.
_BLOCK = 8192


class _Slot(NamedTuple):
    """Where a number or an array of a result is found: a range of addresses in ``out`` or ``sum``.

    Attributes:
        shape: the array's shape, or None for a number.
        axis: the axis that gets the samples, if there is one for each.
    """

    space: str
    start: int
    stop: int
    shape: tuple[int, ...] | None
    axis: int


class Executable:
    """A function recorded for one structure of its arguments, ready to run.

    Attributes:
        program: the kernels.
        recording: what was recorded; the derivatives are on the same tape.
        one_sample: whether no argument runs over samples.
        captured: the Values from outside, whose numbers follow those of the arguments.
        reduce: what is done over the samples.
        workers: how many threads there may be.
    """

    def __init__(
        self,
        recording: Recording,
        structures: Sequence[tuple[Structure, list[int | None]]],
        one_sample: bool,
        argnums: Sequence[int] | None,
        options: Options,
    ) -> None:
        """Differentiate what was recorded if there are ``argnums``, and compile it.

        Args:
            recording: the function; derivatives are appended to its tape.
            structures: those of the arguments, as ``Arguments.structures`` gives them.
            one_sample: whether no argument runs over samples.
            argnums: the arguments to differentiate.
            options: those of ``compile``.

        Raises:
            TypeError: there are ``argnums``, but the function does not return one number.
        """
        start = time.perf_counter() - recording.seconds
        self.recording = recording
        self.one_sample = one_sample
        self.reduce = None if self.one_sample else options.reduce
        self.workers = options.workers()
        self.captured = list(recording.recorder.captured)
        self._counts = {"out": 0, "sum": 0}
        self._value = self._slots(recording.structure, [None] * len(recording.outputs))
        self._gradients: list[tuple[Structure, dict[int, _Slot]]] = []
        nodes = list(recording.outputs)
        if argnums is not None:
            _check_one_number(recording.structure)
            variables = [node for i in argnums for node in recording.arguments[i]]
            seeds = {recording.outputs[0]: 1.0}
            nodes += differentiate(recording.recorder, seeds, variables)
            self._gradients = [self._slots(*structures[i]) for i in argnums]
        self._one_array = self._slot_of_one_array()
        batched = [
            self.one_sample or axis is not None
            for structure, axes in structures
            for (_, block), axis in zip(structure.root.blocks(""), axes, strict=True)
            for _ in range(block.stop - block.start)
        ]
        batched += [self.one_sample] * len(self.captured)
        recorded = time.perf_counter() - start
        outputs = list(zip(nodes, self._addresses(), strict=True))
        tape = recording.recorder.tape
        self._tape = tape
        self._batched = batched
        self.program = Program(
            tape, outputs, batched, options.emit, self.one_sample, recording.recorder.conditions
        )
        self.program.report.seconds = {"record": recorded, **self.program.report.seconds}

    def _slots(
        self, structure: Structure, axes: Sequence[int | None]
    ) -> tuple[Structure, dict[int, _Slot]]:
        """Reserve addresses for the blocks of one result; return them by the blocks' starts."""
        slots: dict[int, _Slot] = {}
        for (_, block), axis in zip(structure.root.blocks(""), axes):
            space = "sum" if self.reduce is not None and axis is None else "out"
            start = self._counts[space]
            self._counts[space] += block.stop - block.start
            slots[block.start] = _Slot(space, start, self._counts[space], block.shape, axis or 0)
        return structure, slots

    def _addresses(self) -> list[Address]:
        return [
            (slot.space, address)
            for _, slots in (self._value, *self._gradients)
            for slot in slots.values()
            for address in range(slot.start, slot.stop)
        ]

    def _slot_of_one_array(self) -> _Slot | None:
        """The slot of the gradient, if that is a single array at a single point."""
        if not self.one_sample or len(self._gradients) != 1:
            return None
        slot = next(iter(self._gradients[0][1].values()), None)
        return slot if isinstance(self._gradients[0][0].root, Block) else None

    def frame(self, inputs: FloatArray, singles: FloatArray) -> Frame:
        """The memory of one run; see ``Frame``."""
        return Frame(self, inputs, singles)

    @property
    def gradients_are_arrays(self) -> bool:
        """Whether all derivatives are arrays, none a plain number."""
        return all(
            slot.shape is not None or (slot.space == "out" and not self.one_sample)
            for _, slots in self._gradients
            for slot in slots.values()
        )

    @property
    def gives_one_number(self) -> bool:
        """Whether the value is a single number, not one for each sample."""
        root = self._value[0].root
        single = isinstance(root, Block) and root.shape is None
        return single and (self.one_sample or self.reduce is not None)

    def check(self, frame: Frame) -> None:
        """Raise where a sample gives nan or inf.

        Raises:
            FloatingPointError: an operation gives nan or inf for finite operands.
        """
        singles = frame.inputs[0] if self.one_sample else frame.singles
        check_finite(self._tape, self._batched, frame.inputs, singles)

    def value(self, frame: Frame, copy: bool = False) -> Any:
        """The value that a frame holds, in the structure that the function returns."""
        if self._one_array is not None:
            return float(frame.row[0])
        return self._result(frame, *self._value, copy)

    def gradients(self, frame: Frame, copy: bool = False) -> list[Any]:
        """The derivatives that a frame holds, one entry for each argument in ``argnums``."""
        slot = self._one_array
        if slot is not None and slot.shape is not None:
            # What solvers call most; it should not cost more than the kernel itself.
            found = frame.row[slot.start : slot.stop].reshape(slot.shape)
            return [found.copy() if copy else found]
        return [self._result(frame, structure, slots, copy) for structure, slots in self._gradients]

    def _result(
        self, frame: Frame, structure: Structure, slots: dict[int, _Slot], copy: bool
    ) -> Any:
        def fetch(block: Block) -> Any:
            space, start, stop, shape, axis = slots[block.start]
            if space == "sum" or self.one_sample:
                numbers = frame.totals if space == "sum" else frame.out[0]
                if shape is None:
                    return float(numbers[start])
                found = numbers[start:stop].reshape(shape)
            else:
                rows = frame.out[:, start:stop]
                found = rows[:, 0]
                if shape is not None:
                    found = np.moveaxis(rows.reshape(len(rows), *shape), 0, axis)
            return found.copy() if copy else found

        return structure.build(fetch)


def _check_one_number(structure: Structure) -> None:
    root = structure.root
    if not isinstance(root, Block) or root.shape is not None:
        raise TypeError(
            f"value_and_grad wants a function that returns one number, but it returned {root!r}"
        )


class Frame:
    """The memory of one run: numbers in, results out.

    Attributes:
        executable: what runs in it.
        inputs: what runs over samples, shape (N, …); for one sample, all arguments' numbers.
        singles: what does not, then the captured Values, then the prologue's results.
        out: results for each sample, shape (N, …).
        row: the first sample's part of ``out``.
        totals: results that are reduced over the samples.
    """

    def __init__(self, executable: Executable, inputs: FloatArray, singles: FloatArray) -> None:
        """Take the numbers of the arguments, as ``Arguments.numbers`` gives them.

        ``inputs`` is used as it is, so that what is in it at the time of ``run`` counts; so is
        ``singles``, where there is only one sample and nothing is captured.
        """
        program, captured = executable.program, executable.captured
        self.executable = executable
        if executable.one_sample:
            if captured:
                singles = np.concatenate([singles, np.empty(len(captured))])
            inputs = singles[None, :]
            self.singles = np.empty(0)
            self._captured = singles[len(singles) - len(captured) :]
        else:
            extra = len(captured) + program.prologue_outputs
            self.singles = np.concatenate([singles, np.empty(extra)])
            self._captured = self.singles[len(singles) : len(singles) + len(captured)]
        self.inputs = inputs
        self._given = inputs[0, : inputs.shape[1] - len(captured)] if len(inputs) else inputs
        samples, counts = len(inputs), executable._counts
        blocks = range(0, samples, _BLOCK)
        self.out = np.empty((samples, counts["out"]))
        # Each block's sums are one column, so that adding them up is NumPy's pairwise sum.
        self._sums = np.zeros((max(len(blocks), 1), counts["sum"]))
        self.totals = np.empty(counts["sum"])
        self.row = self.out[0] if samples else self.out
        self._prologue = None
        if program.prologue is not None:
            known = len(self.singles) - program.prologue_outputs
            given, found = self.singles[None, :known], self.singles[None, known:]
            self._prologue = program.prologue.bind(given, np.empty(0), found, np.empty(0))
        parts = [slice(first, first + _BLOCK) for first in blocks]
        self._steps = [
            program.body.bind(inputs[part], self.singles, self.out[part], self._sums[row])
            for row, part in enumerate(parts)
        ]
        alone = executable.one_sample and not captured and self._prologue is None
        self._only_step = self._steps[0] if alone else None

    def load(self, array: FloatArray) -> None:
        """Take the numbers of the only argument anew.

        Raises:
            TypeError: they are no real numbers.
        """
        if array.dtype.kind not in "fiub":
            raise TypeError(f"an array of real numbers is wanted, not one of {array.dtype}")
        self._given[...] = array if array.ndim == 1 else array.reshape(-1)

    def sources(self, arguments: Arguments) -> list[tuple[FloatArray, FloatArray]]:
        """The arguments' arrays, each with the memory here that its numbers belong in."""
        pairs = []
        singles = self.inputs[0] if self.executable.one_sample else self.singles
        start = 0
        for array in arguments.singles:
            stop = start + array.size
            pairs.append((array, singles[start:stop].reshape(array.shape)))
            start = stop
        start = 0
        for array in arguments.batches:
            stop = start + int(np.prod(array.shape[1:]))
            pairs.append((array, self.inputs[:, start:stop].reshape(array.shape)))
            start = stop
        return [(source, to) for source, to in pairs if not np.shares_memory(source, to)]

    def run(self) -> None:
        """Compute the results from what is in ``inputs`` and ``singles`` now."""
        if self._only_step is not None:
            self._only_step()
            return
        for i, value in enumerate(self.executable.captured):
            self._captured[i] = value.data
        if self._prologue is not None:
            self._prologue()
        if self.totals.size:
            self._sums.fill(0.0)
        if len(self._steps) == 1:
            self._steps[0]()
        else:
            self._run_steps()
        if self.totals.size:
            np.sum(np.ascontiguousarray(self._sums.T), axis=1, out=self.totals)
        if self.executable.reduce == "mean":
            with np.errstate(invalid="ignore"):  # the mean of nothing is nan
                self.totals /= len(self.inputs)
            self.out /= len(self.inputs)

    def _run_steps(self) -> None:
        workers = min(self.executable.workers, len(self._steps))
        if workers < 2:
            for step in self._steps:
                step()
            return
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(step) for step in self._steps]:
                done.result()
