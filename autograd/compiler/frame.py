"""Frames: the memory that an executable works on, numbers in, results out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from autograd.compiler.batch import Arguments, copy_rows
from autograd.compiler.kernel import blocks
from autograd.compiler.threads import run_blocks

if TYPE_CHECKING:
    from autograd.compiler.execution import Executable

FloatArray = npt.NDArray[np.float64]

#: Samples in a block, whose sums are accumulated one after the other; the blocks' are pairwise.
_BLOCK = 256

#: The most numbers that all blocks' sums may be together.
_MOST_SUMS = 2**23

#: Operations that take about as long as waking a thread and waiting for it.
_LEAST_WORK = 2**20

#: The most numbers in a frame that is kept for the next call.
_MOST_KEPT = 2**23


class Memory:
    """What a run works on.

    Attributes:
        executable: knows where which result is.
        inputs: what runs over samples, shape (N, …); for one sample, all arguments' numbers.
        singles: what does not.
        out: results for each sample, shape (N, …).
        totals: results that are reduced over the samples.
    """

    executable: Executable
    inputs: FloatArray
    singles: FloatArray
    out: FloatArray
    totals: FloatArray

    def run(self) -> None:
        """Compute the results from what is in ``inputs`` and ``singles`` now."""
        raise NotImplementedError

    @property
    def quick_run(self) -> Callable[[], None]:
        """``run``, without what need not be done here: for calls shorter than a microsecond."""
        return self.run

    @property
    def is_reusable(self) -> bool:
        """Whether another call may use it."""
        return False

    def sources(self, arguments: Arguments) -> list[tuple[FloatArray, FloatArray]]:
        """The arguments' arrays, each with the memory here that its numbers belong in.

        Not those whose own memory is used here.
        """
        pairs = self._places(arguments)
        return [(source, to) for source, to in pairs if not np.shares_memory(source, to)]

    def _places(self, arguments: Arguments) -> list[tuple[FloatArray, FloatArray]]:
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
        return pairs


class Frame(Memory):
    """Memory, and the kernels that are tied to it.

    Behind the arguments' numbers in ``singles`` are those of captured Values, then the prologue's
    results.
    """

    def __init__(
        self,
        executable: Executable,
        inputs: FloatArray,
        singles: FloatArray,
        out: FloatArray | None = None,
    ) -> None:
        """Take the numbers of the arguments, as ``Arguments.numbers`` gives them.

        ``inputs`` is used as it is, so that what is in it at the time of ``run`` counts; so is
        ``singles``, where there is only one sample and nothing is captured. Results for each sample
        go to ``out``, if that is given.
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
        samples, sums = len(inputs), executable.size("sum")
        self.out = np.empty((samples, executable.size("out"))) if out is None else out
        self._block = _block(samples, sums)
        self._sums = np.zeros((blocks(samples, self._block), sums))
        self.totals = self._sums[0]
        self._incoming: list[tuple[FloatArray, FloatArray]] = []
        self._prologue = self._bound_prologue()
        enough = samples * program.report.simplified >= _LEAST_WORK
        threads = min(executable.workers, len(self._sums)) if enough else 1
        arrays = inputs, self.singles, self.out, self._sums, self._block
        self._kernels = [program.body.bind(*arrays) for _ in range(threads)]

    @property
    def quick_run(self) -> Callable[[], None]:
        """See ``Memory``."""
        alone = self.executable.one_sample and not len(self._captured) and self._prologue is None
        run: Callable[[], None] = self._kernels[0].run
        return run if alone else self.run

    def _bound_prologue(self) -> Any:
        program = self.executable.program
        if program.prologue is None:
            return None
        known = len(self.singles) - program.prologue_outputs
        given, found = self.singles[None, :known], self.singles[None, known:]
        return program.prologue.bind(given, np.empty(0), found, np.empty((1, 0)), 1)

    def run(self) -> None:
        """Compute the results from what is in ``inputs`` and ``singles`` now."""
        for i, value in enumerate(self.executable.captured):
            self._captured[i] = value.data
        if self._prologue is not None:
            self._prologue.run()
        self._sums.fill(0.0)
        if self._incoming:
            run_blocks(self._kernels, len(self._sums), self._load_blocks)
            self._incoming = []
        else:
            run_blocks(self._kernels, len(self._sums))
        add_up(self._sums)
        if self.executable.reduce == "mean":
            with np.errstate(invalid="ignore"):  # the mean of nothing is nan
                self.totals /= len(self.inputs)
            self.out /= len(self.inputs)

    @property
    def is_reusable(self) -> bool:
        """Whether another call may use its memory: if that is its own, and not too much to keep."""
        own = self.executable.joins_inputs and not self.out.size
        return own and self.inputs.size + self._sums.size <= _MOST_KEPT

    def load(self, arguments: Arguments) -> None:
        """Take the numbers of other arguments, as many: what runs over samples in the next run."""
        pairs = self._places(arguments)
        count = len(arguments.singles)
        for source, to in pairs[:count]:
            to[...] = source
        self._incoming = pairs[count:]

    def _load_blocks(self, first: int, stop: int) -> None:
        # Just before they are worked on, so that they are still in the processor's cache.
        part = slice(first * self._block, stop * self._block)
        for source, to in self._incoming:
            copy_rows(source[part], to[part])


def _block(samples: int, sums: int) -> int:
    """The samples in a block. Results depend on it, so that it must not depend on the threads."""
    size = _BLOCK
    while size < samples and blocks(samples, size) * sums > _MOST_SUMS:
        size *= 2
    return size


def add_up(rows: FloatArray) -> None:
    """Add all rows to the first: pairwise, so that errors grow with the logarithm of their number.

    N. J. Higham, "The accuracy of floating point summation", SIAM J. Sci. Comput. 14 (1993).
    """
    count = len(rows)
    while count > 1:
        half = count // 2
        rows[:half] += rows[count - half : count]
        count -= half
