"""The LLVM backend against an interpreter in plain Python floats, NumPy and 50-digit arithmetic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.compiler.kernel import Kernel, Shape
from autograd.compiler.roll import Instruction, Item, Loop, Loops
from autograd.rule import TABLE

pytest.importorskip("llvmlite")

from autograd.compiler.emit_llvm import compile_kernel, host_width
from autograd.compiler.machine_code import LlvmKernel

WIDTH = host_width()
LANES = (1, WIDTH, 4 * WIDTH)


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


def interpret(
    kernel: Kernel, inputs: np.ndarray, par: np.ndarray, sums: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Run a kernel sample by sample, in Python floats; sums are rounded once."""
    out = np.zeros((len(inputs), kernel.sizes["out"]))
    terms: list[list[float]] = [[x] for x in sums]
    for n, row in enumerate(inputs):
        spaces: dict[str, Any] = {
            "in": row.tolist(),
            "par": par.tolist(),
            "const": kernel.constants,
            "tmp": [math.nan] * kernel.sizes["tmp"],
            "keep": [math.nan] * kernel.sizes["keep"],
            "out": out[n],
        }
        for step in kernel.loops.unrolled():
            (target, *sources), (address, *addresses) = step.shape.spaces, step.addresses
            xs = [spaces[space][a] for space, a in zip(sources, addresses)]
            y = value(step.shape.operation, xs)
            if target == "sum":
                terms[address].append(y)
            else:
                spaces[target][address] = y
    return out, np.array([math.fsum(numbers) for numbers in terms])


def value(operation: str, xs: list[float]) -> float:
    if operation == "copy":
        return xs[0]
    if operation == "fma":
        return xs[0] * xs[1] + xs[2]
    return float(TABLE[operation].value(*xs))


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


# Programs
# --------


@st.composite
def trees(draw: st.DrawFn) -> Kernel:
    """Random nests of loops, whose places may coincide in every way."""
    operations = {"copy": 1, "negative": 1, "add": 2, "subtract": 2, "maximum": 2, "where": 3}
    targets = ("tmp", "keep", "keep", "out", "sum")
    sources = ("in", "par", "const", "tmp", "keep", "keep")

    def leaf() -> Instruction:
        operation = draw(st.sampled_from(sorted(operations)))
        spaces = [draw(st.sampled_from(targets))]
        spaces += [draw(st.sampled_from(sources)) for _ in range(operations[operation])]
        addresses = [draw(st.integers(0, 4)) for _ in spaces]
        return Instruction(Shape(operation, tuple(spaces)), tuple(addresses))

    def item(depth: int) -> Item:
        if depth == 0 or draw(st.integers(0, 2)) == 0:
            return leaf()
        body = [item(depth - 1) for _ in range(draw(st.integers(1, 3)))]
        length = sum(len(inner.addresses) for inner in body)
        step = tuple([draw(st.sampled_from((0, 0, 1, 1, 2, -1))) for _ in range(length)])
        return Loop(draw(st.integers(1, 5)), body, step)

    items = [item(3) for _ in range(draw(st.integers(1, 4)))]
    return surrounded(items, draw(st.lists(st.sampled_from((0.5, -1.0, 0.0)), min_size=1)))


def surrounded(items: list[Item], constants: list[float]) -> Kernel:
    """Items with all addresses moved to where they exist, all memory set before and shown after."""
    low: dict[str, int] = {}
    high: dict[str, int] = {}
    for step in Loops(items).unrolled():
        for space, address in zip(step.shape.spaces, step.addresses):
            low[space] = min(low.get(space, 0), address)
            high[space] = max(high.get(space, 0), address)
    sizes = {space: high[space] - low[space] + 1 for space in high}
    items = [moved(item, {space: -x for space, x in low.items()}) for item in items]
    before: list[Item] = []
    after: list[Item] = []
    shown = sizes.get("out", 0)
    inputs = max(sizes.get("in", 0), 3)
    for space in ("tmp", "keep"):
        for a in range(sizes.get(space, 0)):
            before.append(instruction("copy", (space, a), ("in", a % inputs)))
            after.append(instruction("copy", ("out", shown), (space, a)))
            shown += 1
    before += [instruction("copy", ("out", a), ("in", 0)) for a in range(sizes.get("out", 0))]
    numbers = (constants * 99)[: sizes.get("const", 0)]
    return kernel_of([*before, *items, *after], numbers, **{"in": inputs})


def moved(item: Item, moves: dict[str, int]) -> Item:
    if isinstance(item, Loop):
        return Loop(item.count, [moved(inner, moves) for inner in item.body], item.step)
    shape: Any = item.shape
    addresses = [a + moves[space] for space, a in zip(shape.spaces, item.addresses)]
    return Instruction(shape, tuple(addresses))


@settings(max_examples=60, deadline=None)
@given(trees(), st.sampled_from(LANES), st.integers(0, 4 * WIDTH + 3), st.integers(0, 9))
def test_random_nests(kernel: Kernel, lanes: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs = rng.integers(-3, 4, size=(n, kernel.sizes["in"])).astype(float)
    par = rng.integers(-3, 4, size=kernel.sizes["par"]).astype(float)
    sums = rng.integers(-3, 4, size=kernel.sizes["sum"]).astype(float)
    expected, totals = interpret(kernel, inputs, par, sums)
    out, found = run(compile_kernel(kernel, lanes), inputs, par, sums)
    # Sums of small whole numbers are exact in any order.
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(found, totals)
