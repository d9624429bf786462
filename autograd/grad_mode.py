"""Whether operations are recorded: always, except inside ``no_grad`` in the same thread."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, Final


class _Mode:
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
        return self.by_thread.get(threading.get_ident(), 0)

    def change(self, step: int) -> None:
        depth = self.depth() + step
        with self.lock:
            self.paused += step
            if depth:
                self.by_thread[threading.get_ident()] = depth
            else:
                del self.by_thread[threading.get_ident()]


MODE: Final = _Mode()


def is_grad_enabled() -> bool:
    """Whether operations on Values are recorded in this thread."""
    return MODE.paused == 0 or threading.get_ident() not in MODE.by_thread


class enable_grad:
    """Record operations inside this ``with`` block, whatever ``no_grad`` blocks are around it."""

    def __enter__(self) -> None:
        self.depth = MODE.depth()
        if self.depth:
            MODE.change(-self.depth)

    def __exit__(self, *exception: Any) -> None:
        if self.depth:
            MODE.change(self.depth)


class no_grad:
    """Do not record operations, as a ``with`` block or a decorator, in this thread only.

    Results inside have ``requires_grad=False`` and no parents, so nothing is kept in memory for a
    backward sweep. Blocks nest.
    """

    def __enter__(self) -> None:
        MODE.change(1)

    def __exit__(self, *exception: Any) -> None:
        MODE.change(-1)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function``, run inside this block at each call."""

        @functools.wraps(function)
        def without_grad(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return without_grad
