"""Random programs of nested loops over all primitives, compiled, against the eager engine."""

from __future__ import annotations

import importlib.util
import math
import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import compiler, value_and_grad
from autograd.compiler import frame
from autograd.primitive import BUILT_IN
from autograd.rule import TABLE, Rule

NAMES = sorted(BUILT_IN)
CELLS = 5
SAMPLES = 11

#: Backend and threads.
WAYS = [("numpy", 1), ("numpy", 2)]
if importlib.util.find_spec("llvmlite"):
    WAYS += [("llvm", 1), ("llvm", 2)]


@pytest.fixture(autouse=True, scope="module")
def _blocks_of_four_samples() -> Iterator[None]:
    """So that a handful of samples are several blocks, which threads are worth their while for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame, "_BLOCK", 4)
        patch.setattr(frame, "_LEAST_WORK", 0)
        yield


# A program changes CELLS numbers between -1 and 1. An instruction is a primitive's name and
# addresses, the result's first; an address has a start and a step for each loop around it.
def instructions() -> st.SearchStrategy[Any]:
    address = st.tuples(st.integers(0, CELLS - 1), st.lists(st.integers(-1, 2), max_size=3))
    return st.tuples(st.sampled_from(NAMES), st.lists(address, min_size=5, max_size=5))


def bodies(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.integers(2, 5), st.lists(inner, min_size=1, max_size=2))


programs = st.lists(st.recursive(instructions(), bodies, max_leaves=4), min_size=1, max_size=4)


def run(program: Sequence[Any], cells: list[Any], data: Sequence[Any], at: tuple[int, ...]) -> None:
    for first, second in program:
        if isinstance(first, int):
            for k in range(first):
                run(second, cells, data, (*at, k))
            continue
        moved = [start + sum(map(operator.mul, at, steps)) for start, steps in second]
        to, *places = [address % CELLS for address in moved]
        rule = TABLE[first]
        operands = [cells[places[0]], data[places[1]], cells[places[2]], data[places[3]]]
        operands += [cells[places[1]]]
        if not rule.variadic:
            operands = [within(x, rule, k) for k, x in enumerate(operands[: len(rule.domain)])]
        cells[to] = autograd.tanh(0.5 * rule(*operands) + 0.25 * data[places[3]])


def within(x: Any, rule: Rule, k: int) -> Any:
    """A number in the domain of a primitive's kth operand, well away from poles."""
    interval = rule.domain[k]
    if (rule.name, k) in POLES:
        return 1.5 + x * x
    if math.isfinite(interval.low) and math.isfinite(interval.high):
        return 0.5 * (interval.low + interval.high) + 0.3 * (interval.high - interval.low) * x
    if math.isfinite(interval.low):
        return interval.low + 0.5 + x * x
    return x


POLES = {("reciprocal", 0), ("power", 0)} | {
    (name, 1) for name in ("divide", "floor_divide", "remainder", "arctan2", "hypot")
}


def check(program: Sequence[Any], seed: int, reduce: Any) -> None:
    rng = np.random.default_rng(seed)
    shared, samples = rng.uniform(-1, 1, CELLS), rng.uniform(-1, 1, (SAMPLES, CELLS))

    def f(a: Any, x: Any) -> Any:
        cells = list(a)
        run(program, cells, x, ())
        return autograd.sum(cells)

    rows = [value_and_grad(f, (0, 1))(shared, x) for x in samples]
    values = np.array([value for value, _ in rows])
    da, dx = (np.array(each) for each in zip(*[gradients for _, gradients in rows]))
    if reduce == "sum":
        values, da = values.sum(), da.sum(axis=0)
    for backend, threads in WAYS:
        compiled = compiler.compile(
            f, argnums=(0, 1), in_axes=(None, 0), reduce=reduce, backend=backend, threads=threads
        )
        value, gradients = compiled.value_and_grad(shared, samples)
        np.testing.assert_allclose(value, values, rtol=1e-12, atol=1e-12)
        for found, expected in zip(gradients, (da, dx), strict=True):
            scale = 1.0 + np.abs(expected).max()
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * scale)


@given(program=programs, seed=st.integers(0, 99), reduce=st.sampled_from([None, "sum"]))
@settings(deadline=None, max_examples=40)
def test_random_programs(program: Sequence[Any], seed: int, reduce: Any) -> None:
    check(program, seed, reduce)


@pytest.mark.parametrize("name", NAMES)
def test_every_primitive_in_nested_loops(name: str) -> None:
    use = (name, [(0, [1, 2]), (1, [2, 1]), (0, [1, 0]), (2, [0, 1]), (3, [1, 1])])
    check([(3, [(4, [use])])], 0, "sum")
