"""Machine code in two tiers: made quickly at first, and made anew, to run fast, once that pays.

A function with branches may have dozens of recordings, most of them for few samples. What is made
quickly computes the same, to the last bit, so that results do not depend on what was called before.
"""

from __future__ import annotations

from collections.abc import Callable

from autograd.compiler.execution import Executable

#: How often an instruction is done in the time that it takes to make fast code for it: that takes
#: about a millisecond, and doing it for one sample about a nanosecond.
_PAYS = 2**20


class Tiers:
    """The code for something that is computed of a recording, in the tier that is worthwhile."""

    def __init__(self, make: Callable[[bool], Executable], machine_code: bool) -> None:
        """Make code.

        Args:
            make: makes it: quickly, or to run fast.
            machine_code: whether that differs.
        """
        self._make = make
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

    def report(self) -> str:
        """What the passes did."""
        return self._current.report()
