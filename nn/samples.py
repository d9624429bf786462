"""The samples and targets of a training, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Value
from nn.arrays import FloatArray, ValueArray, as_floats, as_numbers


def checked_data(X: npt.ArrayLike, y: npt.ArrayLike) -> tuple[FloatArray, npt.NDArray[Any]]:
    """Return the samples as rows of floats, and the targets; whole by type, they stay ints.

    Raises:
        ValueError: there are no samples, X and y differ in length or contain inf or nan.
        TypeError: they are not made of real numbers.
    """
    samples = as_floats(X, "X")
    targets = as_numbers(y, "y")
    if targets.dtype == bool:
        targets = targets.astype(np.float64)
    if samples.ndim == 0 or targets.ndim == 0:
        raise ValueError("X and y have one row for each sample, not a single number")
    if len(samples) != len(targets):
        raise ValueError(f"X has {len(samples)} samples, but y has {len(targets)} targets")
    if samples.size == 0:
        raise ValueError(f"there are no samples: X has shape {samples.shape}")
    for array, name in ((samples, "X"), (targets, "y")):
        if not np.isfinite(array).all():
            index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise ValueError(f"{name}[{', '.join(map(str, index))}] is {array[index]}")
    return samples.reshape(-1, 1) if samples.ndim == 1 else samples, targets


def constants(samples: FloatArray) -> ValueArray:
    """Return samples as Values without a gradient."""
    array = np.empty(samples.shape, dtype=object)
    for index, number in np.ndenumerate(samples):
        array[index] = Value(number, "", False)
    return array
