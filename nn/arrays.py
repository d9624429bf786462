"""Arrays of numbers and of Values, from whatever a user passes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Value

FloatArray = npt.NDArray[np.float64]

#: An array whose elements are Values (NumPy's object dtype).
ValueArray = npt.NDArray[np.object_]

#: What random numbers are drawn from: a seed, a generator to go on with, or None for a new start.
Seed = int | np.random.Generator | None


def as_numbers(x: Any, name: str) -> npt.NDArray[Any]:
    """Return numbers as an array of floats or, if all of them are whole by type, of integers.

    Raises:
        TypeError: some are not real numbers.
        ValueError: nested sequences differ in length.
    """
    try:
        array = np.asarray(x)
    except ValueError:
        raise _ragged(name) from None
    if array.dtype == object:
        # Not astype, which makes nan of None and numbers of strings.
        for item in array.flat:
            if not hasattr(item, "__float__"):
                raise TypeError(f"{name} must be real numbers, not {item!r:.60}")
        return array.astype(np.float64)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be real numbers, not {array.dtype} such as {x!r:.60}")
    return array


def as_floats(x: Any, name: str) -> FloatArray:
    """Return numbers as a float array; raises as ``as_numbers`` does."""
    return as_numbers(x, name).astype(np.float64)


def _ragged(name: str) -> ValueError:
    return ValueError(f"{name}: rows of different lengths")


def as_objects(x: Any, name: str) -> ValueArray:
    """Return numbers, Values, or nested sequences of them as a new array of objects.

    Raises:
        ValueError: nested sequences differ in length.
    """
    try:
        array = np.array(x, dtype=object)
    except ValueError:
        raise _ragged(name) from None
    for item in array.ravel().tolist():
        if not isinstance(item, Value) and isinstance(item, (list, tuple, np.ndarray)):
            raise _ragged(name)
    return array


def input_vector(x: Any, size: int, module: object) -> ValueArray:
    """Return one sample as an array of ``size`` Values; numbers become constants.

    This is done once for a whole layer, not once for each of its neurons.

    Raises:
        ValueError: it does not have ``size`` numbers, or more than one dimension.
    """
    vector = as_objects(x, "input")
    if vector.ndim == 0:
        vector = vector.reshape(1)
    if vector.shape != (size,):
        hint = ""
        if vector.ndim > 1:
            hint = "; a module is called with one sample at a time: [module(x) for x in X]"
        raise ValueError(f"{module} wants {size} numbers, got shape {vector.shape}{hint}")
    for i, item in enumerate(vector.tolist()):
        if not isinstance(item, Value) and isinstance(item, (float, int, np.number)):
            vector[i] = Value(item, "", False)
    return vector


def generator(seed: Seed) -> np.random.Generator:
    """Return the generator of a seed (PCG64, on every machine the same), or the one given.

    Raises:
        TypeError: ``seed`` is neither an integer, a Generator nor None.
        ValueError: it is negative.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, (int, np.integer))):
        raise TypeError(f"a seed is an int, a numpy.random.Generator or None, not {seed!r}")
    if seed is not None and seed < 0:
        raise ValueError(f"a seed must not be negative, got {seed}")
    return np.random.Generator(np.random.PCG64(seed))
