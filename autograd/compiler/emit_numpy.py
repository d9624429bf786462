"""The NumPy backend: the rolled program, interpreted on strips of many samples.

It needs nothing but NumPy, and each instruction is a NumPy call, so it is the reference that the
machine code is compared with.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import rules
from autograd.compiler.kernel import Kernel
from autograd.compiler.roll import Instruction, Item
from autograd.rule import TABLE

FloatArray = npt.NDArray[np.float64]

#: Samples in a strip: enough that NumPy's work outweighs Python's.
STRIP = 1024


class NumpyKernel:
    """A kernel that can be run.

    Attributes:
        kernel: the program.
        code_size: the bytes of machine code: none.
    """

    code_size = 0

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    def run(self, inputs: FloatArray, par: FloatArray, out: FloatArray, sums: FloatArray) -> None:
        """Compute ``out`` of shape (N, outs) from ``inputs`` of shape (N, ins); add to ``sums``."""
        sizes = self.kernel.sizes
        constants = np.array(self.kernel.constants)
        with np.errstate(all="ignore"):
            for start in range(0, len(inputs), STRIP):
                strip = inputs[start : start + STRIP].T.copy()
                n = strip.shape[1]
                spaces = {
                    "in": strip,
                    "par": par,
                    "const": constants,
                    "tmp": np.empty((sizes["tmp"], n)),
                    "keep": np.empty((sizes["keep"], n)),
                    "out": np.empty((sizes["out"], n)),
                    "sum": sums,
                }
                for item in self.kernel.loops.items:
                    _execute(item, [0] * len(item.addresses), spaces, n)
                out[start : start + STRIP] = spaces["out"].T

    def bind(
        self, inputs: FloatArray, par: FloatArray, out: FloatArray, sums: FloatArray, block: int
    ) -> BoundKernel:
        """Tie the kernel to arrays; see ``LlvmKernel.bind``."""
        return BoundKernel(self, inputs, par, out, sums, block)


class BoundKernel:
    """A kernel tied to arrays; it uses their memory as it is when it runs."""

    def __init__(
        self,
        kernel: NumpyKernel,
        inputs: FloatArray,
        par: FloatArray,
        out: FloatArray,
        sums: FloatArray,
        block: int,
    ) -> None:
        self._kernel = kernel
        self._arrays = inputs, par, out, sums
        self._block = block

    def run(self) -> None:
        """Run all blocks of samples."""
        self.run_blocks(0, len(self._arrays[-1]))

    def run_blocks(self, first: int, stop: int) -> None:
        """Run the blocks from ``first`` to before ``stop``."""
        inputs, par, out, sums = self._arrays
        for k in range(first, stop):
            part = slice(k * self._block, (k + 1) * self._block)
            self._kernel.run(inputs[part], par, out[part], sums[k])


def _execute(item: Item, moved: Sequence[int], spaces: dict[str, Any], n: int) -> None:
    """Run an instruction or a loop, with its addresses moved by the loops around it."""
    if isinstance(item, Instruction):
        shape: Any = item.shape
        destination, *sources = [
            (space, address + move)
            for space, address, move in zip(shape.spaces, item.addresses, moved)
        ]
        result = OPERATIONS[shape.operation](*[spaces[space][a] for space, a in sources])
        if destination[0] == "sum":
            spaces["sum"][destination[1]] += np.broadcast_to(result, n).sum()
        else:
            spaces[destination[0]][destination[1]] = result
        return
    moved = list(moved)
    for _ in range(item.count):
        start = 0
        for inner in item.body:
            stop = start + len(inner.addresses)
            _execute(inner, moved[start:stop], spaces, n)
            start = stop
        moved = [m + s for m, s in zip(moved, item.step)]


def _elementwise(value: Callable[..., float]) -> Callable[..., Any]:
    """A function of floats that may fail, as one of arrays that gives nan instead."""

    def guarded(*xs: float) -> float:
        try:
            return value(*xs)
        except (ArithmeticError, ValueError):
            return math.nan

    vectorized = np.vectorize(guarded, otypes=[float])
    return lambda *xs: vectorized(*xs)


def _of_numpy(rule_name: str) -> Callable[..., Any]:
    return getattr(np, rule_name)  # type: ignore[no-any-return]


def _sigmoid(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0.0, 1.0, e) / (1.0 + e)


def _softplus(x: Any) -> Any:
    return np.logaddexp(x, 0.0)


def _elu(x: Any, alpha: Any) -> Any:
    return np.where(x > 0.0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def _heaviside(x: Any, at_zero: Any) -> Any:
    return np.heaviside(x, at_zero)


# Every operation as a function of arrays: here those that NumPy has not under the rule's own name.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "copy": lambda x: x,
    "fma": lambda x, y, z: x * y + z,
    "where": lambda condition, x, y: np.where(condition != 0.0, x, y),
    "less": lambda x, y: np.less(x, y) * 1.0,
    "less_equal": lambda x, y: np.less_equal(x, y) * 1.0,
    "equal": lambda x, y: np.equal(x, y) * 1.0,
    "reciprocal": lambda x: 1.0 / x,
    "sigmoid": _sigmoid,
    "logsigmoid": lambda x: -_softplus(-x),
    "softplus": _softplus,
    "relu": lambda x: np.maximum(x, 0.0),
    "leaky_relu": lambda x, slope: np.where(x > 0.0, x, slope * x),
    "elu": _elu,
    "selu": lambda x: rules.SELU_SCALE * _elu(x, rules.SELU_ALPHA),
    "silu": lambda x: x * _sigmoid(x),
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "heaviside": _heaviside,
}
for _name, _rule in TABLE.items():
    if _name not in OPERATIONS and not _rule.variadic:
        OPERATIONS[_name] = getattr(np, _name, None) or _elementwise(_rule.value)
