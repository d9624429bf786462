"""Executables: a function recorded for one structure of its arguments, made into kernels."""

from __future__ import annotations

import copy
import functools
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd.compiler.batch import Arguments
from autograd.compiler.check import check_finite
from autograd.compiler.frame import Frame, Memory
from autograd.compiler.options import Options
from autograd.compiler.program import Program, build_program
from autograd.compiler.record import Recording
from autograd.compiler.storage import Address
from autograd.structure import Block, Structure
from autograd.value import Value

FloatArray = npt.NDArray[np.float64]


class Slot(NamedTuple):
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
        joins_inputs: whether several arrays that run over samples are put side by side.
        workers: how many threads there may be.
    """

    def __init__(
        self,
        recording: Recording,
        structures: Sequence[tuple[Structure, Sequence[int | None]]],
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
        self.joins_inputs = sum(axis is not None for _, axes in structures for axis in axes) > 1
        self._several = isinstance(options.argnums, (tuple, list))
        self._spare: list[Frame] = []
        self._counts = {"out": 0, "sum": 0}
        request, wanted = self._wanted(structures, argnums)
        recorder = recording.recorder
        self._tape = recorder.tape
        self._batched = [
            self.one_sample or axis is not None
            for structure, axes in structures
            for (_, block), axis in zip(structure.root.blocks(""), axes, strict=True)
            for _ in range(block.stop - block.start)
        ]
        addresses = self._addresses()
        seconds = time.perf_counter() - start

        def build() -> Program:
            nodes = wanted()
            self._tape = tape = recorder.tape  # another one, if it was simplified in between
            self._batched += [self.one_sample] * len(recorder.captured)
            outputs = list(zip(nodes, addresses, strict=True))
            return build_program(
                tape, outputs, self._batched, options.emit, self.one_sample, recorder.conditions
            )

        outside = len(recorder.captured), tuple(recorder.conditions)
        request = request, addresses, self._batched, *outside, self.one_sample
        known_by = recorder.tape if recording.unoutlined is None else recording.unoutlined
        self.program = options.program(known_by, request, build)
        self.captured = list(recorder.captured)
        self.program.report.seconds = {"record": seconds, **self.program.report.seconds}

    def _wanted(
        self,
        structures: Sequence[tuple[Structure, Sequence[int | None]]],
        argnums: Sequence[int] | None,
    ) -> tuple[Any, Callable[[], list[int]]]:
        """What is to be computed; a subclass may want something else than value and gradient.

        Returns:
            What tells it from all else that may be wanted of the same tape; and what gives the
            nodes of all results, for which addresses have been reserved in the same order. It may
            add to the tape, and is not called if there is a program in the cache.
        """
        recording = self.recording
        self._results = [self._slots(recording.structure, [None] * len(recording.outputs))]
        variables: list[int] = []
        if argnums is not None:
            check_one_number(recording.structure, "value_and_grad")
            variables = [node for i in argnums for node in recording.arguments[i]]
            self._results += [self._slots(*structures[i]) for i in argnums]

        def nodes() -> list[int]:
            if argnums is None:
                return recording.outputs
            return recording.outputs + recording.append_gradient(variables)

        return (tuple(recording.outputs), tuple(variables), argnums is None), nodes

    def _slots(
        self, structure: Structure, axes: Sequence[int | None]
    ) -> tuple[Structure, dict[int, Slot]]:
        """Reserve addresses for the blocks of one result; return them by the blocks' starts."""
        slots: dict[int, Slot] = {}
        for (_, block), axis in zip(structure.root.blocks(""), axes):
            space = "sum" if self.reduce is not None and axis is None else "out"
            slots[block.start] = self._reserve(space, block.shape, axis or 0)
        return structure, slots

    def _reserve(self, space: str, shape: tuple[int, ...] | None, axis: int) -> Slot:
        """Reserve addresses for a number or an array."""
        start = self._counts[space]
        self._counts[space] += 1 if shape is None else int(np.prod(shape))
        return Slot(space, start, self._counts[space], shape, axis)

    def _addresses(self) -> list[Address]:
        return [
            (slot.space, address)
            for _, slots in self._results
            for slot in slots.values()
            for address in range(slot.start, slot.stop)
        ]

    def frame(
        self, inputs: FloatArray, singles: FloatArray, out: FloatArray | None = None
    ) -> Frame:
        """The memory of one run; see ``Frame``."""
        return Frame(self, inputs, singles, out)

    def frame_of(self, arguments: Arguments) -> Frame:
        """A frame with the arguments' numbers: an earlier call's, if that will do."""
        try:
            frame = self._spare.pop()
        except IndexError:
            return self.frame(*arguments.numbers())
        if frame.executable is not self or len(frame.inputs) != arguments.samples:
            return self.frame(*arguments.numbers())
        frame.load(arguments)
        return frame

    def keep(self, frame: Memory) -> None:
        """Let a later call use a frame whose results have been copied, if that is worthwhile."""
        if isinstance(frame, Frame) and frame.is_reusable:
            self._spare.append(frame)

    def reading(self, captured: Sequence[Value]) -> Executable:
        """The same, reading other Values from outside; their machine code is one."""
        twin = copy.copy(self)
        twin.captured = list(captured)
        twin._spare = []
        return twin

    def report(self) -> str:
        """What the passes did."""
        return str(self.program.report)

    @property
    def gradients_are_arrays(self) -> bool:
        """Whether all derivatives are arrays, none a plain number."""
        return all(
            slot.shape is not None or (slot.space == "out" and not self.one_sample)
            for _, slots in self._results[1:]
            for slot in slots.values()
        )

    @property
    def gives_one_number(self) -> bool:
        """Whether the value is a single number, not one for each sample."""
        root = self._results[0][0].root
        single = isinstance(root, Block) and root.shape is None
        return single and (self.one_sample or self.reduce is not None)

    def check(self, frame: Memory, samples: npt.NDArray[np.intp] | None = None) -> None:
        """Raise where a sample gives nan or inf.

        Args:
            frame: a frame that was run.
            samples: what to call the samples in it in messages; from 0 up if None.

        Raises:
            FloatingPointError: an operation gives nan or inf for finite operands.
        """
        singles = frame.inputs[0] if self.one_sample else frame.singles
        check_finite(self._tape, self._batched, frame.inputs, singles, samples)

    def size(self, space: str) -> int:
        """How many results are in ``out``, for each sample, or in ``sum``."""
        return self._counts[space]

    def results(self, frame: Memory, copy: bool) -> tuple[Callable[[], Any], Callable[[], Any]]:
        """What fetches the results that a frame holds at the time: the value, the derivatives.

        Args:
            frame: a frame of this executable.
            copy: whether arrays are copies, or windows on the frame's memory.
        """
        value, *derivatives = [self._result(frame, *result, copy) for result in self._results]
        if len(derivatives) == 1 and not self._several:
            return value, derivatives[0]
        return value, lambda: tuple([fetch() for fetch in derivatives])

    def _result(
        self, frame: Memory, structure: Structure, slots: dict[int, Slot], copy: bool
    ) -> Callable[[], Any]:
        blocks = {start: self._block(frame, slot, copy) for start, slot in slots.items()}
        if isinstance(structure.root, Block):
            return blocks[structure.root.start]
        return lambda: structure.build(lambda block: blocks[block.start]())

    def _block(self, frame: Memory, slot: Slot, copy: bool) -> Callable[[], Any]:
        space, start, stop, shape, axis = slot
        if space == "sum" or self.one_sample:
            numbers = frame.totals if space == "sum" else frame.out[0]
            if shape is None:
                return functools.partial(numbers.item, start)
            window = numbers[start:stop].reshape(shape)
        else:
            rows = frame.out[:, start:stop]
            window = rows[:, 0]
            if shape is not None:
                window = np.moveaxis(rows.reshape(len(rows), *shape), 0, axis)
        return window.copy if copy else lambda: window


def check_one_number(structure: Structure, what: str) -> None:
    """Refuse a result that is not one number.

    Raises:
        TypeError: it is not; the message says that ``what`` wants it.
    """
    root = structure.root
    if not isinstance(root, Block) or root.shape is not None:
        raise TypeError(
            f"{what} wants a function that returns one number, but it returned {root!r}"
        )
