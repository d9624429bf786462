"""Kernels made by hand for the tests of the LLVM backend, and how they are run.

Import it only where llvmlite is installed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from autograd.compiler import emit_llvm
from autograd.compiler.emit_llvm import compile_kernel, host_width
from autograd.compiler.kernel import Kernel, Shape
from autograd.compiler.machine_code import LlvmKernel
from autograd.compiler.roll import Instruction, Item, Loops

WIDTH = host_width()
LANES = (1, WIDTH, 4 * WIDTH)

#: Vectors shorter than this machine's, which it can also work with.
SHORTER = [width for width in (2, 4) if width < WIDTH]


def instruction(operation: str, *places: tuple[str, int]) -> Instruction:
    """``instruction("add", ("tmp", 0), ("in", 1), ("in", 2))``: tmp0 = in1 + in2."""
    spaces, addresses = zip(*places)
    return Instruction(Shape(operation, spaces), addresses)


def kernel_of(items: list[Item], constants: list[float] | None = None, **sizes: int) -> Kernel:
    """A kernel with just enough addresses for its instructions, or with the sizes given."""
    found = {"in": 0, "par": 0, "const": 0, "tmp": 0, "keep": 0, "out": 0, "sum": 0}
    loops = Loops(items)
    for step in loops.unrolled():
        for space, address in zip(step.shape.spaces, step.addresses):
            found[space] = max(found[space], address + 1)
    constants = constants or []
    return Kernel(loops, {**found, "const": len(constants), **sizes}, constants)


GUARD = 1234.5


def guarded(shape: tuple[int, ...], content: np.ndarray | None = None) -> tuple[Any, Any]:
    """An array in the middle of a larger one, whose other elements are guards; and that."""
    size = math.prod(shape)
    memory = np.full(size + 256, GUARD)
    array = memory[128 : 128 + size].reshape(shape)
    array[...] = 0.0 if content is None else content
    return array, memory


def run(
    compiled: LlvmKernel, inputs: np.ndarray, par: np.ndarray, sums: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Run a kernel between guards, and check that nothing but the results has changed."""
    sizes, n = compiled.sizes, len(inputs)
    arrays = [
        guarded((n, sizes["in"]), inputs),
        guarded((sizes["par"],), par),
        guarded((n, sizes["out"]), np.full((n, sizes["out"]), math.nan)),
        guarded((sizes["sum"],), sums),
    ]
    compiled.run(*[array for array, _ in arrays])
    for array, memory in arrays:
        assert (memory[:128] == GUARD).all()
        assert (memory[128 + array.size :] == GUARD).all()
    np.testing.assert_array_equal(arrays[0][0], inputs)
    np.testing.assert_array_equal(arrays[1][0], par)
    return arrays[2][0], arrays[3][0]


def compile_with_width(kernel: Kernel, width: int, units: int) -> LlvmKernel:
    """Compile for a machine whose vectors have another length."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(emit_llvm, "host_width", lambda: width)
        return compile_kernel(kernel, width * units)
