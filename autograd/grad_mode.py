"""Switching the recording of operations off and on, and setting gradients to zero."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograd.recording import MODE, is_recording
from autograd.value import Value


def is_grad_enabled() -> bool:
    """Whether operations on Values are recorded in this thread."""
    return is_recording()


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


def zero_grad(values: Any) -> None:
    """Set ``grad`` to zero: of one Value, of each in an iterable, or of a module's parameters.

    Raises:
        TypeError: ``values`` is or contains something else.
    """
    if isinstance(values, Value):
        values.grad = 0.0
        return
    if hasattr(values, "parameters"):
        values = values.parameters()
    try:
        items = list(values)
    except TypeError:
        items = [None]
    for value in items:
        if not isinstance(value, Value):
            raise TypeError(
                "zero_grad wants a Value, an iterable of Values or a module, not "
                f"{type(values).__name__}"
            )
    for value in items:
        value.grad = 0.0
