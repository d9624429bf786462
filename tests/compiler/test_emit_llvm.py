"""The LLVM backend against an interpreter in plain Python floats."""

from __future__ import annotations

import math
import sys
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.compiler.kernel import Kernel, Shape
from autograd.compiler.roll import Instruction, Item, Loop, Loops, roll
from autograd.rule import TABLE

pytest.importorskip("llvmlite")

from autograd.compiler.emit_llvm import compile_kernel
from autograd.compiler.machine_code import LlvmKernel
from tests.compiler.kernels import (
    LANES,
    SHORTER,
    WIDTH,
    compile_with_width,
    instruction,
    kernel_of,
    run,
)

pytestmark = pytest.mark.usefixtures("scratch_memory_full_of_nan")


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


# Programs
# --------


@st.composite
def trees(draw: st.DrawFn, crowded: bool = False) -> Kernel:
    """Random nests of loops, whose places may coincide in every way.

    Args:
        draw: hypothesis's.
        crowded: whether all works on a few places in one space, in longer loops, so that fixed and
            moving ones meet at all times.
    """
    operations = {"copy": 1, "negative": 1, "add": 2, "subtract": 2, "maximum": 2, "where": 3}
    targets: tuple[str, ...] = ("tmp", "keep", "keep", "out", "sum")
    sources: tuple[str, ...] = ("in", "par", "const", "tmp", "keep", "keep")
    steps: tuple[int, ...] = (0, 0, 1, 1, 2, -1)
    depth, count = 3, 5
    if crowded:
        targets, sources, steps = ("keep", "keep", "out"), ("keep", "keep", "keep", "in"), (0, 0, 1)
        depth, count = 2, 9

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
        step = tuple([draw(st.sampled_from(steps)) for _ in range(length)])
        return Loop(draw(st.integers(1, count)), body, step)

    items = [item(depth) for _ in range(draw(st.integers(1, 4)))]
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


@settings(max_examples=80, deadline=None)
@given(
    st.booleans().flatmap(trees),
    st.sampled_from((1, *SHORTER, WIDTH)),
    st.sampled_from((1, 4)),
    st.integers(0, 4 * WIDTH + 3),
    st.integers(0, 9),
)
def test_random_nests(kernel: Kernel, width: int, units: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs = rng.integers(-3, 4, size=(n, kernel.sizes["in"])).astype(float)
    par = rng.integers(-3, 4, size=kernel.sizes["par"]).astype(float)
    sums = rng.integers(-3, 4, size=kernel.sizes["sum"]).astype(float)
    expected, totals = interpret(kernel, inputs, par, sums)
    compiled = compile_kernel(kernel, 1) if width == 1 else compile_with_width(kernel, width, units)
    out, found = run(compiled, inputs, par, sums)
    # Sums of small whole numbers are exact in any order.
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(found, totals)


def check_some_samples(items: list[Item]) -> None:
    start = [instruction("copy", ("keep", k), ("in", 0)) for k in range(8)]
    kernel = kernel_of([*start, *items])
    inputs = np.resize([1.0, 0.5, 2.0, 0.25], (4 * WIDTH + 2, 2))
    sums = np.zeros(kernel.sizes["sum"])
    expected, totals = interpret(kernel, inputs, np.empty(0), sums)
    for lanes in LANES:
        out, found = run(compile_kernel(kernel, lanes), inputs, np.empty(0), sums)
        np.testing.assert_array_equal(out, expected)
        np.testing.assert_array_equal(found, totals)


def test_a_fixed_place_meets_a_moving_one() -> None:
    # keep[i] is in a register when the inner loop changes keep[5], which is the same once.
    inner = Loop(9, [instruction("add", ("keep", 5), ("keep", 5), ("in", 1))], (0, 0, 0))
    body: list[Item] = [
        instruction("copy", ("keep", 0), ("in", 0)),
        inner,
        instruction("copy", ("out", 0), ("keep", 0)),
    ]
    check_some_samples([Loop(8, body, (1, 0, 0, 0, 0, 1, 1))])


def test_a_moving_place_meets_a_fixed_one() -> None:
    # keep[5] is in a register, and not yet in memory, when the loop comes to it as keep[i].
    body: list[Item] = [
        instruction("copy", ("out", 0), ("keep", 0)),
        instruction("add", ("keep", 5), ("keep", 5), ("in", 1)),
    ]
    before = instruction("copy", ("keep", 5), ("in", 1))
    check_some_samples([before, Loop(8, body, (1, 1, 0, 0, 0))])


def test_sums_that_meet() -> None:
    # sum[i] is in a register when the inner loop adds to sum[5]: for each i, and once as sum[i].
    inner = Loop(9, [instruction("copy", ("sum", 5), ("in", 1))], (0, 0))
    body: list[Item] = [instruction("copy", ("sum", 0), ("in", 0)), inner]
    check_some_samples([Loop(8, body, (1, 0, 0, 0))])
    # sum[5] is in a register when the inner loop adds to sum[j].
    inner = Loop(9, [instruction("copy", ("sum", 0), ("in", 1))], (1, 0))
    body = [instruction("copy", ("sum", 5), ("in", 0)), inner]
    check_some_samples([*body, *body, Loop(8, body, (0, 0, 0, 0))])
    # A third one meets the second but not the first.
    inner = Loop(9, [instruction("copy", ("sum", 5), ("in", 1))], (0, 0))
    third = instruction("copy", ("sum", 5), ("in", 0))
    body = [instruction("copy", ("sum", 0), ("in", 0)), inner, third]
    check_some_samples([Loop(8, body, (1, 0, 0, 0, 2, 0))])


def test_temporary_results_stay_in_registers() -> None:
    program = [instruction("add", ("tmp", 0), ("in", 0), ("in", 1))]
    program += [instruction("multiply", ("tmp", k % 2), ("tmp", 0), ("in", 1)) for k in range(9)]
    program.append(instruction("add", ("tmp", 0), ("tmp", 0), ("tmp", 1)))
    program.append(instruction("copy", ("out", 0), ("tmp", 0)))
    wide = compile_kernel(kernel_of(program)).ir().split("define ")[1]
    assert "@wide_0" in wide
    assert wide.count("store") == 1
    # The next stretch, of loops, writes the same place before it reads it.
    loop = Loop(9, [instruction("negative", ("tmp", 0), ("in", 0))], (0, 0))
    wide = compile_kernel(kernel_of([*program, loop, program[-1]])).ir().split("define ")
    assert ["store" in part for part in wide[1:4]] == [True] * 3
    assert wide[1].count("store") == 1
    # In a loop, what is carried is stored after it, if at all.
    loop = Loop(9, [instruction("add", ("tmp", 0), ("tmp", 0), ("in", 1))], (0, 0, 0))
    program = [program[0], loop, instruction("copy", ("out", 0), ("tmp", 0))]
    wide = compile_kernel(kernel_of(program), WIDTH).ir().split("define ")[1]
    assert wide.count("store") == 1


def test_dense_layer_and_its_gradient() -> None:
    rows, columns = 6, 9
    program = []
    for j in range(rows):
        program.append(instruction("copy", ("tmp", 0), ("par", rows * columns + j)))
        for i in range(columns):
            weight = ("par", j * columns + i)
            program.append(instruction("fma", ("tmp", 0), weight, ("in", i), ("tmp", 0)))
        program.append(instruction("tanh", ("keep", j), ("tmp", 0)))
        program.append(instruction("copy", ("out", j), ("keep", j)))
    for j in range(rows):
        for i in range(columns):
            target = ("sum", j * columns + i)
            program.append(instruction("multiply", target, ("keep", j), ("in", i)))
    kernel = kernel_of(roll(program).items)
    assert len(kernel.loops.items) < 10
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(500, columns))
    par = rng.normal(size=rows * columns + rows)
    weights, bias = par[: rows * columns].reshape(rows, columns), par[rows * columns :]
    hidden = np.tanh(inputs @ weights.T + bias)
    for lanes in LANES:
        out, sums = run(compile_kernel(kernel, lanes), inputs, par, np.zeros(rows * columns))
        np.testing.assert_allclose(out, hidden, rtol=1e-14, atol=1e-15)
        np.testing.assert_allclose(sums.reshape(rows, columns), hidden.T @ inputs, atol=1e-12)


def test_long_straight_code_is_cut() -> None:
    # Without a rhythm, so that nothing can be rolled.
    rng = np.random.default_rng(0)
    program: list[Item] = [instruction("copy", ("keep", k), ("in", k)) for k in range(9)]
    for _ in range(1500):
        a, b, c = rng.integers(9, size=3).tolist()
        operation = ("maximum", "minimum", "subtract")[rng.integers(3)]
        program.append(instruction(operation, ("keep", a), ("keep", b), ("keep", c)))
        program.append(instruction("clip", ("keep", a), ("keep", a), ("const", 0), ("const", 1)))
    program += [instruction("copy", ("out", k), ("keep", k)) for k in range(9)]
    kernel = kernel_of(program, [-9.0, 9.0])
    compiled = compile_kernel(kernel)
    sections = compiled.ir().split("define ")
    assert max(len(section.splitlines()) for section in sections) < 1500
    inputs = rng.normal(size=(50, 9))
    out, _ = run(compiled, inputs, np.empty(0), np.empty(0))
    np.testing.assert_array_equal(out, interpret(kernel, inputs, np.empty(0), np.empty(0))[0])


# Samples
# -------


@pytest.mark.parametrize("lanes", LANES)
def test_rows_and_strips(lanes: int) -> None:
    for count in (1, 2, 3, WIDTH - 1, WIDTH, WIDTH + 1, 2 * WIDTH + 3):
        program: list[Item] = [instruction("copy", ("out", k), ("in", k)) for k in range(count)]
        compiled = compile_kernel(kernel_of(program), lanes)
        for n in (0, 1, WIDTH - 1, WIDTH, 3 * WIDTH + 1, 9 * WIDTH + WIDTH - 1):
            inputs = np.arange(n * count, dtype=float).reshape(n, count)
            out, _ = run(compiled, inputs, np.empty(0), np.empty(0))
            np.testing.assert_array_equal(out, inputs)


@pytest.mark.parametrize("lanes", LANES)
def test_what_is_not_a_sample_adds_nothing(lanes: int) -> None:
    # 0/0 wherever memory beyond the samples might be taken for one.
    kernel = kernel_of([instruction("divide", ("sum", 0), ("in", 0), ("in", 0))])
    compiled = compile_kernel(kernel, lanes)
    for n in range(1, 2 * WIDTH + 2):
        _, sums = run(compiled, np.full((n, 1), 3.0), np.empty(0), np.array([0.5]))
        assert sums[0] == n + 0.5
    _, sums = run(compiled, np.zeros((0, 1)), np.empty(0), np.array([0.5]))
    assert sums[0] == 0.5


def test_a_nan_in_one_sample_stays_there() -> None:
    kernel = kernel_of([instruction("exp", ("out", 0), ("in", 0))])
    inputs = np.zeros((100, 1))
    inputs[[3, 99]] = math.nan
    for lanes in LANES:
        out, _ = run(compile_kernel(kernel, lanes), inputs, np.empty(0), np.empty(0))
        np.testing.assert_array_equal(np.isnan(out), np.isnan(inputs))
        assert (out[~np.isnan(inputs)] == 1.0).all()


def test_sums_are_accurate() -> None:
    rng = np.random.default_rng(0)
    inputs = 1.0 + rng.random((100_000, 1))
    kernel = kernel_of([instruction("copy", ("sum", 0), ("in", 0))])
    _, sums = run(compile_kernel(kernel), inputs, np.empty(0), np.zeros(1))
    assert sums[0] == pytest.approx(math.fsum(inputs[:, 0]), rel=1e-14)


def test_threads_share_a_kernel() -> None:
    kernel = kernel_of(
        [
            Loop(50, [instruction("sin", ("tmp", 0), ("tmp", 0))], (0, 0)),
            instruction("copy", ("out", 0), ("tmp", 0)),
        ]
    )
    kernel.loops.items.insert(0, instruction("copy", ("tmp", 0), ("in", 0)))
    kernel.sizes["in"] = 1
    compiled = compile_kernel(kernel)
    inputs = np.linspace(-9.0, 9.0, 20_000)[:, None].copy()
    whole, parts = np.zeros((20_000, 1)), np.zeros((20_000, 1))
    compiled.run(inputs, np.empty(0), whole, np.empty(0))
    ranges = [slice(k, k + 5_000) for k in range(0, 20_000, 5_000)]
    threads = [
        threading.Thread(target=compiled.run, args=(inputs[r], np.empty(0), parts[r], np.empty(0)))
        for r in ranges
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(parts, whole)


# The compiled object
# -------------------

SMALL = kernel_of(
    [
        instruction("fma", ("out", 0), ("par", 0), ("in", 1), ("in", 0)),
        instruction("copy", ("sum", 0), ("in", 0)),
    ]
)


def test_object_code_runs_again() -> None:
    first = compile_kernel(SMALL)
    again = LlvmKernel(first.object_code(), first.sizes, first.lanes, first.scratch_size)
    assert "@kernel" in first.ir()
    assert again.ir() == ""
    assert again.object_code() == first.object_code()
    inputs = np.random.default_rng(0).normal(size=(77, 2))
    for x, y in zip(*[run(k, inputs, np.array([2.0]), np.zeros(1)) for k in (first, again)]):
        np.testing.assert_array_equal(x, y)


def test_bound_arrays_are_read_anew() -> None:
    inputs, par, out, sums = np.ones((5, 2)), np.array([2.0]), np.zeros((5, 1)), np.zeros(1)
    call = compile_kernel(SMALL, 1).bind(inputs, par, out, sums[None], 5).run
    del par  # the call keeps it
    call()
    assert (out[:, 0].tolist(), sums[0]) == ([3.0] * 5, 5.0)
    inputs[0] = 4.0
    call()
    assert (out[:, 0].tolist(), sums[0]) == ([12.0, 3.0, 3.0, 3.0, 3.0], 13.0)


def test_wrong_arrays_are_refused() -> None:
    compiled = compile_kernel(SMALL)
    good = {
        "inputs": np.zeros((5, 2)),
        "par": np.zeros(1),
        "out": np.zeros((5, 1)),
        "sums": np.zeros(1),
    }
    read_only = np.zeros((5, 1))
    read_only.flags.writeable = False
    unaligned = np.zeros(8 * 10 + 1, dtype=np.uint8)[1:].view(np.float64).reshape(5, 2)
    bad: list[tuple[str, Any, type[Exception], str]] = [
        ("inputs", np.zeros((5, 3)), ValueError, r"'in' should have shape \(5, 2\), not \(5, 3\)"),
        ("inputs", np.zeros((5, 4))[:, ::2], ValueError, "C-contiguous"),
        ("inputs", unaligned, ValueError, "aligned"),
        ("inputs", np.zeros((5, 2), dtype=np.float32), TypeError, "float64, not float32"),
        ("inputs", np.zeros((5, 2), dtype=">f8"), TypeError, "float64, not >f8"),
        ("inputs", [[0.0, 0.0]] * 5, TypeError, "not list"),
        ("par", np.zeros(0), ValueError, r"'par' should have shape \(1,\)"),
        ("out", np.zeros((4, 1)), ValueError, r"'out' should have shape \(5, 1\)"),
        ("out", read_only, ValueError, "read-only"),
        ("sums", np.zeros((1, 1)), ValueError, r"'sum' should have shape \(1,\)"),
    ]
    for name, array, error, message in bad:
        arrays = {**good, name: array}
        with pytest.raises(error, match=message):
            compiled.run(**arrays)


def test_lanes_that_the_processor_does_not_have() -> None:
    for lanes in (0, -WIDTH, 3, 3 * WIDTH, WIDTH + 1):
        with pytest.raises(ValueError, match=f"should be 1 or {WIDTH} times a power of two"):
            compile_kernel(SMALL, lanes)


@pytest.mark.parametrize(
    ("item", "sizes"),
    [
        (instruction("copy", ("out", 0), ("in", 2)), {"in": 2}),
        (Loop(3, [instruction("copy", ("out", 0), ("in", 0))], (1, 0)), {"out": 2}),
        (Loop(3, [instruction("copy", ("out", 0), ("in", 1))], (0, -1)), {}),
        (instruction("copy", ("par", 0), ("in", 0)), {}),
        (instruction("copy", ("out", 0), ("sum", 0)), {}),
    ],
)
def test_kernels_that_reach_outside_are_refused(item: Item, sizes: dict[str, int]) -> None:
    kernel = Kernel(Loops([item]), dict.fromkeys(SMALL.sizes, 9) | sizes)
    with pytest.raises(ValueError, match="reaches addresses"):
        compile_kernel(kernel)


def test_llvmlite_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    with pytest.raises(ImportError, match=r"pip install \"scalar-autodiff\[jit\]\""):
        compile_kernel(SMALL)
