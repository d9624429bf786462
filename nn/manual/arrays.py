"""What counts as an array of real numbers, and what the error says when something does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def real_array(numbers: npt.ArrayLike, name: str) -> npt.NDArray[Any]:
    """Return an array of integers or floats.

    Raises:
        ValueError: If the rows of a nested list have different lengths.
        TypeError: If the entries are anything but real numbers.
    """
    try:
        array = np.asarray(numbers)
    except ValueError as error:
        raise ValueError(f"{name}: rows of different lengths make no array ({error})") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{name}: real numbers are wanted, got {array.dtype} "
            "(of objects that hold a number, pass that number: float(v) of each)"
        )
    return array


def real_matrix(numbers: npt.ArrayLike, name: str, shape: str) -> npt.NDArray[np.float64]:
    """Return a nonempty two-dimensional array of floats; `shape` says what its axes mean.

    Raises:
        ValueError: If it has another number of dimensions, or no entries.
        TypeError: If the entries are not real numbers.
    """
    array = real_array(numbers, name)
    if array.ndim != 2:
        raise ValueError(f"{name}: an array of shape {shape} is wanted, got {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name}: nothing in it, shape {array.shape}; {shape} is wanted")
    return array.astype(np.float64)
