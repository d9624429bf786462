"""Arrays of recorded numbers: NumPy's comparisons and choices go onto the tape, element by element.

NumPy compares the elements of an object array with Python's operators, and asks each result whether
it is true; so do ``np.maximum``, ``np.where``, ``np.clip`` and others. That would be a branch for
each element. The arrays that a function gets while it is recorded, and what is computed of them,
are of a class of their own, which records what NumPy would choose.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd import functions
from autograd.operand import Operand


class RecordedArray(np.ndarray[Any, Any]):
    """An array of symbols."""

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: Any, *inputs: Any, out: Any = (), **options: Any
    ) -> Any:
        """What a function of NumPy, element by element, makes of such an array."""
        operands = [_plain(x) for x in inputs]
        name = ufunc.__name__
        if method == "__call__" and not out and not options:
            if name in _TO_CONDITIONS or (name in _OF_CONDITIONS and all(map(_is_true, inputs))):
                recorded = _TO_CONDITIONS.get(name) or _OF_CONDITIONS[name]
                return _as(Conditions, recorded(*operands))
            if name in _CHOICES:
                return _as(RecordedArray, _CHOICES[name](*operands))
        if method == "reduce" and not out and name in ("maximum", "minimum"):
            of_axes = {key: x for key, x in options.items() if (key, id(x)) not in _USUAL}
            if set(of_axes) <= {"axis", "keepdims"}:
                return _as(RecordedArray, _reduced(_CHOICES[name], *operands, **of_axes))
        if out:
            getattr(ufunc, method)(*operands, out=tuple(map(_plain, out)), **options)
            return out[0] if len(out) == 1 else out
        found = getattr(ufunc, method)(*operands, **options)
        if isinstance(found, tuple):
            return tuple([_as(RecordedArray, x) for x in found])
        return _as(RecordedArray, found)

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        """What any other function of NumPy makes of it."""
        if function is np.where and len(args) == 3 and _plain(np.asarray(args[0])).dtype == object:
            found: Any = functions.where(*map(_plain, args))
        else:
            found = super().__array_function__(function, types, args, keywords)
        return _as(RecordedArray, found)

    def __iter__(self) -> Iterator[Any]:
        return super().__iter__() if self.ndim > 1 else iter(_plain(self))  # which is faster

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key if type(key) is int else _decided(key))

    def __setitem__(self, key: Any, x: Any) -> None:
        if isinstance(key, Conditions) and not np.ndim(x):  # no branch is needed for that
            rows = key.reshape(key.shape + (1,) * (self.ndim - key.ndim))
            key, x = ..., functions.where(_plain(rows), x, _plain(self))
        super().__setitem__(_decided(key), x)


class Conditions(RecordedArray):
    """An array of symbols that are 1 where something is true, and 0 where it is not."""

    def astype(self, dtype: Any, *args: Any, **options: Any) -> Any:
        """The same as numbers, which they are already; as bools, a branch for each of them."""
        if np.dtype(dtype).kind in "fiu":
            return self.view(RecordedArray).copy()
        return _plain(self).astype(dtype, *args, **options)


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, RecordedArray) else x


def _as(kind: type[RecordedArray], found: Any) -> Any:
    """An array of recorded numbers as one of this kind."""
    if isinstance(found, np.ndarray) and found.dtype == object and found.ndim:
        return found.view(kind)
    return found


def _is_true(x: Any) -> bool:
    """Whether something is either true or false, everywhere."""
    return isinstance(x, (Conditions, bool)) or (hasattr(x, "dtype") and x.dtype.kind == "b")


def _decided(key: Any) -> Any:
    """An index in which conditions are decided, each of them by a branch.

    Raises:
        RecordingError: it is made of numbers that are not known yet.
    """
    if type(key) is tuple:
        return tuple([_decided(k) for k in key])
    if isinstance(key, Conditions):
        return key.astype(bool)
    first = key.flat[0] if isinstance(key, RecordedArray) and key.size else key
    return first.__index__() if isinstance(first, Operand) else key  # type: ignore[attr-defined]


# What NumPy would do with the elements
# -------------------------------------


def _elementwise(f: Callable[..., Any], operands: int) -> Any:
    return np.frompyfunc(f, operands, 1)


def _larger(x: Any, y: Any) -> Any:
    return functions.where(x >= y, x, y)


def _smaller(x: Any, y: Any) -> Any:
    return functions.where(x <= y, x, y)


#: Options of a reduction that say nothing.
_USUAL = {("dtype", id(None)), ("where", id(True))}


def _reduced(f: Any, array: Any, axis: Any = 0, keepdims: bool = False) -> Any:
    """Reduce an array along one axis, some (a tuple), or all (None)."""
    axes = tuple(range(array.ndim)) if axis is None else axis
    for each in axes if isinstance(axes, tuple) else (axes,):
        array = f.reduce(array, axis=each, keepdims=True)
    return array if keepdims else np.squeeze(array, axis=axes)[()]


#: Functions whose results are conditions.
_TO_CONDITIONS: dict[str, Any] = {
    "less": _elementwise(operator.lt, 2),
    "less_equal": _elementwise(operator.le, 2),
    "greater": _elementwise(operator.gt, 2),
    "greater_equal": _elementwise(operator.ge, 2),
    "equal": _elementwise(operator.eq, 2),
    "not_equal": _elementwise(operator.ne, 2),
    "logical_and": _elementwise(lambda x, y: (x != 0.0) & (y != 0.0), 2),
    "logical_or": _elementwise(lambda x, y: (x != 0.0) | (y != 0.0), 2),
    "logical_not": _elementwise(lambda x: x == 0.0, 1),
}

#: Functions whose results are, if what they are given is.
_OF_CONDITIONS: dict[str, Any] = {
    "bitwise_and": _elementwise(operator.and_, 2),
    "bitwise_or": _elementwise(operator.or_, 2),
    "bitwise_xor": _elementwise(operator.ne, 2),
    "invert": _elementwise(lambda x: x == 0.0, 1),
}

#: Functions that choose one of several numbers. At a tie it is NumPy's choice, the first.
_CHOICES: dict[str, Any] = {
    "maximum": _elementwise(_larger, 2),
    "minimum": _elementwise(_smaller, 2),
    "clip": _elementwise(lambda x, low, high: _smaller(_larger(x, low), high), 3),
    "sign": _elementwise(functions.sign, 1),
}
