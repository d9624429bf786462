"""Compiled functions tied to arrays."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from autograd.compiler.batch import Arguments
from autograd.compiler.guarded import AnyExecutable


class Bound:
    """A compiled function tied to arrays; each call returns the same arrays with new contents."""

    def __init__(self, executable: AnyExecutable, arguments: Arguments) -> None:
        frame = executable.frame(*arguments.numbers())
        self._run = frame.quick_run
        self._refresh = frame.sources(arguments)
        self._value, self._gradients = frame.executable.results(frame, copy=False)
        if executable.gradients_are_arrays:  # windows, and always the same
            windows = self._gradients()
            self._gradients = lambda: windows

    def __call__(self) -> tuple[Any, Any]:
        """Compute from what is in the arrays now; return the value and the gradients."""
        for source, destination in self._refresh:
            np.copyto(destination, source)
        self._run()
        return self._value(), self._gradients()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "what bind returns is tied to arrays in this process and cannot be pickled or copied; "
            "pickle the compiled function, and bind it where it is used"
        )
