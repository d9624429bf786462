"""What counts as one real number: anything with ``__float__`` that is neither text nor complex."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np


def number(x: Any) -> float:
    """Return ``x`` as a float.

    Raises:
        TypeError: ``x`` is a string, None, complex, an array of other than one element, or
            anything else that is not one real number.
    """
    if type(x) is float:
        return x
    if isinstance(x, numbers.Complex) and not isinstance(x, numbers.Real):
        raise TypeError(f"one real number is wanted, not the complex {x!r}")
    if is_array(x):
        if x.size != 1:
            raise TypeError(
                f"one real number is wanted, not an array of shape {x.shape}; "
                "make an array of Values with np.vectorize(Value, otypes=[object])(array)"
            )
        return number(x.item())
    if not has_float(x):
        raise TypeError(f"one real number is wanted, not {x!r} of type {type(x).__name__}")
    return float(x)


def is_array(x: Any) -> bool:
    """Whether ``x`` is an array of one or more dimensions."""
    return bool(getattr(x, "ndim", None))


def has_float(x: Any) -> bool:
    """Whether ``x`` can be turned into a float and means a number."""
    # NumPy's text and time scalars have the method too, but are no numbers.
    return hasattr(x, "__float__") and not isinstance(
        x, (str, bytes, np.datetime64, np.timedelta64)
    )
