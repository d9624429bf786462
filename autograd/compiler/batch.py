"""Arguments of a compiled function: which of them run over samples, and their numbers in arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.operand import Operand
from autograd.structure import Block, Container, Structure
from autograd.value import number

FloatArray = npt.NDArray[np.float64]


class Arguments:
    """The arguments of one call.

    Attributes:
        structures: for each argument the structure of one sample.
        axes: for each argument, for each of its blocks the axis of the samples, or None.
        key: equal for calls that can use the same recording.
        samples: the number of samples, or None if no argument runs over samples.
        has_operands: whether there are Values or symbols among the numbers.
    """

    def __init__(self, args: Sequence[Any], in_axes: Any, names: Sequence[str]) -> None:
        """Read the arguments.

        Raises:
            TypeError: something is not a number or an array of numbers.
            ValueError: in_axes does not fit the arguments, or they differ in their samples.
        """
        self.structures: list[Structure] = []
        self.axes: list[list[int | None]] = []
        self.samples: int | None = None
        self.has_operands = False
        self._arrays: list[tuple[bool, FloatArray]] = []
        specs = _spread(in_axes, len(args), "in_axes")
        key: list[Any] = []
        for arg, spec, name in zip(args, specs, names, strict=True):
            axes: list[int | None] = []
            reader = _Reader(self, axes)
            root = reader.read(arg, spec, name)
            self.structures.append(Structure(root, reader.size))
            self.axes.append(axes)
            key.append((repr(root), tuple(axes)))
        self.key = tuple(key)

    def batched(self) -> list[bool]:
        """For each number of one sample, in order, whether it differs from sample to sample."""
        flags: list[bool] = []
        for structure, axes in zip(self.structures, self.axes):
            for (_, block), axis in zip(structure.root.blocks(""), axes, strict=True):
                flags += [axis is not None] * (block.stop - block.start)
        return flags

    def numbers(self) -> tuple[FloatArray, FloatArray]:
        """What runs over samples, shape (N, …), and what does not, shape (…,)."""
        batches = [array for batched, array in self._arrays if batched]
        singles = [array for batched, array in self._arrays if not batched]
        samples = 1 if self.samples is None else self.samples
        inputs = _joined(batches, 1) if batches else np.empty((samples, 0))
        return inputs, _joined(singles, 0) if singles else np.empty(0)

    def add(self, array: FloatArray, axis: int | None, name: str) -> None:
        """Take the numbers of one block."""
        if axis is None:
            self._arrays.append((False, array.reshape(-1)))
            return
        samples = array.shape[axis]
        if self.samples is None:
            self.samples = samples
        elif self.samples != samples:
            raise ValueError(
                f"{name} has {samples} samples along axis {axis}, but what came before it has "
                f"{self.samples}"
            )
        moved = np.moveaxis(array, axis, 0)
        # Not reshape(samples, -1): with no samples there would be no telling what −1 is.
        self._arrays.append((True, moved.reshape(samples, int(np.prod(moved.shape[1:])))))


def _joined(arrays: Sequence[FloatArray], axis: int) -> FloatArray:
    # The result of concatenate is laid out as its arguments are, which may be by columns.
    joined = arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=axis)
    return np.ascontiguousarray(joined)


class _Reader:
    """Walks through one argument."""

    def __init__(self, arguments: Arguments, axes: list[int | None]) -> None:
        self.arguments = arguments
        self.axes = axes
        self.size = 0

    def read(self, x: Any, spec: Any, name: str) -> Block | Container:
        if isinstance(x, dict):
            specs = [spec[k] for k in x] if isinstance(spec, dict) else [spec] * len(x)
            keys = tuple(x)
            children = [self.read(x[k], s, f"{name}[{k!r}]") for k, s in zip(keys, specs)]
            return Container(dict, keys, children)
        if isinstance(x, (list, tuple)):
            specs = _spread(spec, len(x), f"in_axes of {name}")
            children = [self.read(v, s, f"{name}[{i}]") for i, (v, s) in enumerate(zip(x, specs))]
            return Container(type(x), tuple(getattr(x, "_fields", range(len(x)))), children)
        return self.block(x, spec, name)

    def block(self, x: Any, axis: Any, name: str) -> Block:
        if axis is not None and (not isinstance(axis, int) or isinstance(axis, bool)):
            raise ValueError(f"the entry of in_axes for {name} should be an int or None: {axis!r}")
        array = self.floats(x, name)
        if axis is not None and not -array.ndim <= axis < array.ndim:
            raise ValueError(
                f"{name} should run over samples along axis {axis}, but it has "
                f"{array.ndim} dimensions"
            )
        axis = None if axis is None else axis % array.ndim
        shape = array.shape if axis is None else array.shape[:axis] + array.shape[axis + 1 :]
        block = Block(self.size, shape if shape or (axis is None and array.ndim) else None)
        self.size = block.stop
        self.axes.append(axis)
        self.arguments.add(array, axis, name)
        return block

    def floats(self, x: Any, name: str) -> FloatArray:
        if isinstance(x, Operand):
            self.arguments.has_operands = True
            return np.zeros(())
        if isinstance(x, np.ndarray) and x.dtype == object:
            if any(isinstance(element, Operand) for element in x.flat):
                self.arguments.has_operands = True
                return np.zeros(x.shape)
            return np.array([number(element) for element in x.flat]).reshape(x.shape)
        if isinstance(x, np.ndarray) and x.dtype.kind in "fiub":
            return x.astype(np.float64, copy=False)
        try:
            return np.array(number(x))
        except TypeError as error:
            raise TypeError(f"{name}: {error}") from None


def _spread(spec: Any, count: int, name: str) -> list[Any]:
    """One entry for each of ``count`` parts; a single axis or None stands for all of them."""
    if not isinstance(spec, (list, tuple)):
        return [spec] * count
    if len(spec) != count:
        raise ValueError(f"{name} has {len(spec)} entries for {count} arguments")
    return list(spec)
