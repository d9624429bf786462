"""Arguments of a compiled function: which of them run over samples, and their numbers in arrays."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.number import number
from autograd.operand import Operand
from autograd.structure import Block, Container, Structure

FloatArray = npt.NDArray[np.float64]

#: How to come to a part of an argument: the way to what it is in, and the key there.
Path = tuple[Any, Any]


class Arguments:
    """The arguments of one call.

    Attributes:
        key: equal for calls that can use the same recording.
        samples: the number of samples, or None if no argument runs over samples.
        has_operands: whether there are Values or symbols among the numbers.
        batches: the arrays that run over samples, with that axis first.
        singles: the arrays that do not.
    """

    def __init__(self, args: Sequence[Any], in_axes: Any, names: Callable[[int], str]) -> None:
        """Read the arguments; ``names`` gives each its name, for messages.

        Raises:
            TypeError: something is not a number or an array of numbers.
            ValueError: in_axes does not fit the arguments, or they differ in their samples.
        """
        self.samples: int | None = None
        self.has_operands = False
        self.batches: list[FloatArray] = []
        self.singles: list[FloatArray] = []
        self._args = args
        self._names = names
        self._axes = _spread(in_axes, len(args), ("in_axes", None))
        key: list[Hashable] = []
        for i, (arg, axes) in enumerate(zip(args, self._axes)):
            self._read(arg, axes, (None, i), key)
        self.key = tuple(key)

    def structures(self) -> list[tuple[Structure, list[int | None]]]:
        """For each argument the structure of one sample, and the axis of each of its blocks."""
        found = []
        for arg, spec in zip(self._args, self._axes):
            axes: list[int | None] = []
            root = _structure(arg, spec, 0, axes)
            size = sum(block.stop - block.start for _, block in root.blocks(""))
            found.append((Structure(root, size), axes))
        return found

    def numbers(self) -> tuple[FloatArray, FloatArray]:
        """What runs over samples, shape (N, …), and what does not, shape (…,)."""
        samples = 1 if self.samples is None else self.samples
        rows = [array.reshape(samples, _size(array.shape[1:])) for array in self.batches]
        flat = [array.reshape(-1) for array in self.singles]
        if len(flat) == 1:
            return _columns(rows, samples), np.ascontiguousarray(flat[0])
        return _columns(rows, samples), np.concatenate(flat) if flat else np.empty(0)

    def _read(self, x: Any, axes: Any, path: Path, key: list[Hashable]) -> None:
        if isinstance(x, dict):
            key += ["dict", tuple(x)]
            for k, inner in x.items():
                self._read(inner, axes[k] if isinstance(axes, dict) else axes, (path, k), key)
        elif isinstance(x, (list, tuple)):
            key += [type(x), len(x)]
            if axes is None and _PLAIN.issuperset(map(type, x)):
                key.append("numbers")
                self.singles.append(np.array(x, dtype=np.float64))
            else:
                for i, (inner, axis) in enumerate(zip(x, _spread(axes, len(x), path, self))):
                    self._read(inner, axis, (path, i), key)
        else:
            self._read_block(x, axes, path, key)

    def _read_block(self, x: Any, axis: Any, path: Path, key: list[Hashable]) -> None:
        array = self._floats(x, path)
        if axis is None:
            self.singles.append(array)
            key.append(array.shape)
            return
        if not isinstance(axis, int) or isinstance(axis, bool):
            raise ValueError(
                f"the entry of in_axes for {self.name(path)} should be an int or None: {axis!r}"
            )
        if not -array.ndim <= axis < array.ndim:
            raise ValueError(
                f"{self.name(path)} should run over samples along axis {axis}, but it has "
                f"{array.ndim} dimensions"
            )
        samples = array.shape[axis]
        if self.samples is None:
            self.samples = samples
        elif self.samples != samples:
            raise ValueError(
                f"{self.name(path)} has {samples} samples along axis {axis}, but what came before "
                f"it has {self.samples}"
            )
        moved = np.moveaxis(array, axis, 0)
        self.batches.append(moved)
        key += ["samples", moved.shape[1:], axis % array.ndim]

    def _floats(self, x: Any, path: Path) -> FloatArray:
        """Return a number or array as an array of floats: itself, if it is one."""
        if type(x) is np.ndarray and x.dtype == np.float64:
            return x
        if isinstance(x, Operand):
            self.has_operands = True
            return np.zeros(())
        if isinstance(x, np.ndarray) and x.dtype.kind in "fiub":
            return x.astype(np.float64)
        if isinstance(x, np.ndarray) and x.dtype == object and x.ndim:
            if any(isinstance(element, Operand) for element in x.flat):
                self.has_operands = True
                return np.zeros(x.shape)
            return np.array([number(element) for element in x.flat]).reshape(x.shape)
        if isinstance(x, np.ndarray) and x.ndim:
            raise TypeError(
                f"{self.name(path)}: an array of real numbers is wanted, not one of {x.dtype}"
            )
        try:
            return np.array(number(x))
        except TypeError as error:
            raise TypeError(f"{self.name(path)}: {error}") from None

    def name(self, path: Path) -> str:
        """What to call a part of an argument in messages, such as ``params['w'][2]``."""
        outer, key = path
        return self._names(key) if outer is None else f"{self.name(outer)}[{key!r}]"


_PLAIN = frozenset({float, int})

#: NumPy copies a block of so few columns faster column by column.
_NARROW = 4


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape))


def _columns(rows: Sequence[FloatArray], samples: int) -> FloatArray:
    """Arrays of shape (samples, …) side by side, in rows without gaps."""
    if len(rows) == 1:
        return np.ascontiguousarray(rows[0])
    joined = np.empty((samples, sum(array.shape[1] for array in rows)))
    start = 0
    for array in rows:
        copy_rows(array, joined[:, start : start + array.shape[1]])
        start += array.shape[1]
    return joined


def copy_rows(source: FloatArray, to: FloatArray) -> None:
    """Copy an array of shape (samples, …)."""
    if source.ndim == 2 and source.shape[1] <= _NARROW:
        for k in range(source.shape[1]):
            to[:, k] = source[:, k]
    else:
        to[...] = source


def _structure(x: Any, spec: Any, start: int, axes: list[int | None]) -> Block | Container:
    """The structure of one sample of an argument, whose leaves are counted from ``start``."""
    if isinstance(x, (dict, list, tuple)):
        if isinstance(x, dict):
            keys, items = tuple(x), list(x.values())
            specs = [spec[k] for k in x] if isinstance(spec, dict) else [spec] * len(x)
        else:
            keys, items = tuple(getattr(x, "_fields", range(len(x)))), list(x)
            specs = list(spec) if isinstance(spec, (list, tuple)) else [spec] * len(x)
        children = []
        for item, item_spec in zip(items, specs):
            child = _structure(item, item_spec, start, axes)
            start += sum(block.stop - block.start for _, block in child.blocks(""))
            children.append(child)
        return Container(dict if isinstance(x, dict) else type(x), keys, children)
    shape = np.shape(x)
    if spec is not None:
        spec %= len(shape)
        shape = shape[:spec] + shape[spec + 1 :]
    axes.append(spec)
    is_array = isinstance(x, np.ndarray) and ((spec is None and x.ndim) or len(shape))
    return Block(start, shape if is_array else None)


def _spread(spec: Any, count: int, path: Path, arguments: Arguments | None = None) -> list[Any]:
    """One entry for each of ``count`` parts; a single axis or None stands for all of them."""
    if not isinstance(spec, (list, tuple)):
        return [spec] * count
    if len(spec) != count:
        name = f"in_axes of {arguments.name(path)}" if arguments else "in_axes"
        raise ValueError(f"{name} has {len(spec)} entries for {count} arguments")
    return list(spec)
