"""Whether operations are recorded: always, except inside ``no_grad`` in the same thread."""

from __future__ import annotations

import threading
from typing import Final


class Mode:
    """How many ``no_grad`` blocks are open, in all threads together and in each.

    The sum is what every operation looks at: one comparison with zero while none is open anywhere.
    """

    def __init__(self) -> None:
        self.paused = 0
        self.by_thread: dict[int, int] = {}
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


MODE: Final = Mode()


def is_recording() -> bool:
    """Whether operations on Values are recorded in this thread."""
    return MODE.paused == 0 or threading.get_ident() not in MODE.by_thread
