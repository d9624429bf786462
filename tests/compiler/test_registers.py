"""Numbers that a loop keeps in registers reach memory before anything else reads them there."""

from __future__ import annotations

import numpy as np
import pytest

from autograd.compiler.emit_numpy import NumpyKernel
from autograd.compiler.kernel import Kernel, Shape
from autograd.compiler.roll import Instruction, Loop, Loops

pytest.importorskip("llvmlite")

from autograd.compiler.emit_llvm import compile_kernel


def instruction(operation: str, *places: tuple[str, int]) -> Instruction:
    spaces, addresses = zip(*places)
    return Instruction(Shape(operation, spaces), addresses)


@pytest.mark.parametrize("lanes", [1, None])
def test_an_address_that_a_loop_meets_both_fixed_and_moving(lanes):
    start = [instruction("copy", ("keep", k), ("in", 0)) for k in range(9)]
    # keep[3] is changed in each iteration, and read as keep[i] when i is 3.
    body = [
        instruction("add", ("keep", 3), ("keep", 3), ("in", 1)),
        instruction("copy", ("out", 0), ("keep", 0)),
    ]
    sizes = {"in": 2, "par": 0, "const": 0, "tmp": 0, "keep": 9, "out": 9, "sum": 0}
    kernel = Kernel(Loops([*start, Loop(9, body, (0, 0, 0, 1, 1))]), sizes)
    x, nothing = np.array([[1.0, 0.5]] * 3), np.empty(0)
    results = [np.empty((3, 9)), np.empty((3, 9))]
    NumpyKernel(kernel).run(x, nothing, results[0], nothing)
    compile_kernel(kernel, lanes).run(x, nothing, results[1], nothing)
    assert results[0][0].tolist() == [1.0, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    np.testing.assert_array_equal(*results)
