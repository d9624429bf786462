"""Whether operations are recorded: always, except inside ``no_grad`` in the same thread.

Or they are written down elsewhere: while the compiler records a function, operations on Values go
onto its tape.
"""

from __future__ import annotations

import threading
from typing import Any, Final


class Mode:
    """How many ``no_grad`` blocks are open in each thread, and in which ones a tape is written.

    ``paused`` counts both in all threads together. It is what every operation looks at: one
    comparison with zero while there is nothing of the kind anywhere.
    """

    def __init__(self) -> None:
        self.paused = 0
        self.by_thread: dict[int, int] = {}
        self.recorders: dict[int, Any] = {}
        self.lock = threading.Lock()
        #: The last thread that turned a Value into a float; the transforms look at it.
        self.converting_thread = 0

    def depth(self) -> int:
        """How many blocks are open in this thread."""
        return self.by_thread.get(threading.get_ident(), 0)

    def change(self, step: int) -> None:
        """Open ``step`` more blocks in this thread; a negative number closes them."""
        depth = self.depth() + step
        with self.lock:
            self.paused += step
            if depth:
                self.by_thread[threading.get_ident()] = depth
            else:
                del self.by_thread[threading.get_ident()]

    def recorder(self) -> Any:
        """What writes the tape of the function that is compiled in this thread; None if none is."""
        return self.recorders.get(threading.get_ident())

    def set_recorder(self, recorder: Any) -> Any:
        """Write operations of this thread down there, or nowhere; return what did so before."""
        thread = threading.get_ident()
        with self.lock:
            before = self.recorders.pop(thread, None)
            if before is not None:
                self.paused -= 1
            if recorder is not None:
                self.paused += 1
                self.recorders[thread] = recorder
        return before


MODE: Final = Mode()


def is_recording() -> bool:
    """Whether operations on Values are recorded in this thread."""
    return MODE.paused == 0 or threading.get_ident() not in MODE.by_thread
