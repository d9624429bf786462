"""Machine code in two tiers: made quickly at first, and made anew, to run fast, once that pays.

A function with branches may have dozens of recordings, most of them for few samples. What is made
quickly computes the same, to the last bit, so that results do not depend on what was called before.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from autograd.compiler.execution import Executable
from autograd.compiler.frame import Frame

FloatArray = npt.NDArray[np.float64]
Samples = npt.NDArray[np.intp]

#: How often an instruction is done in the time that it takes to make fast code for it: that takes
#: about a millisecond, and doing it for one sample about a nanosecond.
_PAYS = 2**20

#: The most numbers in a frame that is kept: with more, making a frame is little of the work.
_MOST_KEPT = 2**15


class Tiers:
    """The code for something that is computed of a recording, in the tier that is worthwhile."""

    def __init__(self, make: Callable[[bool], Executable], machine_code: bool) -> None:
        """Make code.

        Args:
            make: makes it: quickly, or to run fast.
            machine_code: whether that differs.
        """
        self._make = make
        self._spare: list[Frame] = []
        self._current = make(machine_code)
        report = self._current.program.report
        self._operations = max(report.simplified, 1)
        self._left = _PAYS * max(report.instructions, 1) if machine_code else 0

    def ready(self, samples: int) -> Executable:
        """What runs so many samples now."""
        if self._left > 0:
            self._left -= samples * self._operations
            if self._left <= 0:
                self._current = self._make(False)
        return self._current

    def frame(
        self,
        inputs: FloatArray,
        samples: Samples,
        singles: FloatArray,
        out: FloatArray | None = None,
    ) -> Frame:
        """A frame with the numbers of some samples.

        Args:
            inputs: what runs over samples, for all of them.
            samples: which of them, in order.
            singles: what does not.
            out: where results for each sample go if ``samples`` are all.
        """
        executable = self.ready(len(samples))
        if len(samples) == len(inputs):
            return executable.frame(inputs, singles, out)
        try:
            frame = self._spare.pop()
        except IndexError:  # none yet, or another thread is using it
            return executable.frame(inputs.take(samples, axis=0), singles)
        if frame.executable is not executable or len(frame.inputs) != len(samples):
            return executable.frame(inputs.take(samples, axis=0), singles)
        # With the mode that is usual NumPy would take them to memory of its own first.
        inputs.take(samples, axis=0, out=frame.inputs, mode="clip")
        frame.singles[: len(singles)] = singles
        return frame

    def keep(self, frame: Frame, inputs: FloatArray) -> None:
        """Let a later call use a frame, whose results are no longer needed.

        Args:
            frame: a frame that ``frame`` has given.
            inputs: what it was asked for with.
        """
        own = frame.inputs is not inputs and frame.executable is self._current
        if own and frame.inputs.size + frame.out.size <= _MOST_KEPT:
            self._spare[:] = [frame]

    def report(self) -> str:
        """What the passes did."""
        return self._current.report()
