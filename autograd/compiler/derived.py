"""Executables of derivations, and what fetches their results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.compiler.batch import Arguments
from autograd.compiler.derivation import Derivation
from autograd.compiler.execution import Executable, Slot
from autograd.compiler.frame import Memory
from autograd.compiler.guarded import GuardedExecutable
from autograd.compiler.options import Options
from autograd.compiler.record import Recording
from autograd.compiler.results import Argument
from autograd.compiler.storage import Address


class DerivedExecutable(Executable):
    """A derivation of a function, recorded for one structure of its arguments.

    Attributes:
        derivation: what is derived.
    """

    def __init__(
        self,
        recording: Recording,
        structures: Sequence[Argument],
        one_sample: bool,
        derivation: Derivation,
        options: Options,
    ) -> None:
        """Append what is derived to a recording, and compile that.

        Args:
            recording: the function; tangents and cotangents are arguments too.
            structures: those of the arguments.
            one_sample: whether no argument runs over samples.
            derivation: what is wanted.
            options: those of ``compile``.

        Raises:
            TypeError, ValueError: what ``derivation.of`` raises.
        """
        self.derivation = derivation
        super().__init__(recording, structures, one_sample, None, options)

    def _wanted(
        self, structures: Sequence[Argument], argnums: Any
    ) -> tuple[Any, Callable[[], list[int]]]:
        recording, derivation = self.recording, self.derivation
        self._derived = derivation.of(recording, structures, self._reserve_result)
        # The order of a matrix's entries depends on how results and arguments are made up.
        arguments = derivation.differentiated(structures).arguments
        shapes = [recording.structure, *(structure for structure, _ in arguments)]
        request = (
            type(derivation).__name__,
            tuple(recording.outputs),
            tuple(derivation.variables(recording)),
            repr(shapes),
        )
        return request, self._derived.nodes

    def _reserve_result(self, shape: tuple[int, ...] | None, summed: bool, axis: int) -> Slot:
        space = "sum" if summed and self.reduce is not None else "out"
        return self._reserve(space, shape, axis)

    def _addresses(self) -> list[Address]:
        return [
            (slot.space, address)
            for slot in self._derived.slots
            for address in range(slot.start, slot.stop)
        ]

    def derived(self, frame: Memory, copy: bool) -> Callable[[], Any]:
        """What fetches the result that a frame holds at the time; see ``Executable.results``."""
        fetch = [self._block(frame, slot, copy) for slot in self._derived.slots]
        build = self._derived.build
        return lambda: build([each() for each in fetch])


def results_of(frame: Memory, copy: bool) -> Callable[[], Any]:
    """What fetches the derivatives that a frame holds at the time."""
    assert isinstance(frame.executable, DerivedExecutable)
    return frame.executable.derived(frame, copy)


def of_all_recordings(executable: GuardedExecutable, arguments: Arguments) -> Any:
    """Sparse matrices, one for each sample, or their sum or mean.

    Each recording has entries of its own.
    """
    inputs, singles = arguments.numbers()
    total = None
    each: list[Any] = [None] * len(inputs)
    for part, samples in executable.parts(inputs, singles):
        if executable.tree.options.check:
            part.executable.check(part, samples)
        found = results_of(part, copy=True)()
        if isinstance(found, list):
            numbers = range(len(inputs)) if samples is None else samples.tolist()
            for i, matrix in zip(numbers, found, strict=True):
                each[i] = matrix / len(inputs) if executable.reduce == "mean" else matrix
        else:
            total = found if total is None else total + found
    if each and total is None:
        return each
    if total is None:  # no samples
        frame = executable.layout.frame(inputs, singles)
        frame.run()
        total = results_of(frame, copy=True)()
    if executable.reduce == "mean" and not isinstance(total, list):
        with np.errstate(invalid="ignore"):  # the mean of nothing is nan
            total.data /= len(inputs)
    return total
