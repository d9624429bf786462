"""Random programs with branches against the eager engine; the order of recordings.

A program works on a list of five numbers. Conditions depend on sums and products only, which Python
and the compiler round alike, so that each sample must take the way that it takes eagerly, also
where numbers are equal.
"""

from __future__ import annotations

import functools
import importlib.util

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import autograd
from autograd import compiler, value_and_grad

places = st.integers(0, 4)
comparisons = st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "chain", "in", "truth"])
simple = st.one_of(
    st.tuples(st.just("add"), places, places, places),
    st.tuples(st.just("halve"), places, places),
    st.tuples(st.just("multiply"), places, places, places),
    st.tuples(st.just("tanh"), places),
    st.tuples(st.sampled_from(["min", "max", "sort", "largest"]), places),
    st.tuples(st.just("int"), places, places),
)
statements = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.tuples(st.just("if"), comparisons, places, places, st.lists(inner, max_size=2), inner),
        st.tuples(st.just("while"), places, places),
        st.tuples(st.just("break"), places, inner),
    ),
    max_leaves=4,
)
programs = st.lists(statements, min_size=1, max_size=5)


def compare(name, x, y, v):
    return {
        "<": lambda: x < y,
        "<=": lambda: x <= y,
        ">": lambda: x > y,
        ">=": lambda: x >= y,
        "==": lambda: x == y,
        "!=": lambda: x != y,
        "chain": lambda: x < y <= 1.5,
        "in": lambda: x in v[3:],
        "truth": lambda: x,
    }[name]()


def interpret(statement, v):
    name, *rest = statement
    if name == "add":
        v[rest[2]] = v[rest[0]] + v[rest[1]]
    elif name == "halve":
        v[rest[1]] = v[rest[0]] * 0.5
    elif name == "multiply":
        v[rest[2]] = v[rest[0]] * v[rest[1]]
    elif name == "tanh":
        v.append(autograd.tanh(v[rest[0]]))  # out of the reach of conditions
    elif name == "min":
        v[rest[0]] = min(v[:5])
    elif name == "max":
        v[rest[0]] = max(*v[:5])
    elif name == "sort":
        v[:5] = sorted(v[:5])
    elif name == "largest":
        v[:5] = sorted(v[:5], key=lambda x: -x * x)
    elif name == "int":
        v[rest[1]] = v[rest[1]] + 0.5 * int(v[rest[0]])
    elif name == "if":
        comparison, i, j, then, otherwise = rest
        if compare(comparison, v[i], v[j], v):
            for each in then:
                interpret(each, v)
        else:
            interpret(otherwise, v)
    elif name == "while":
        i, j = rest
        rounds = 0
        while v[i] < v[j] and rounds < 4:
            v[i] = v[i] + 0.75
            rounds += 1
    else:
        i, inner = rest
        for k in range(3):
            interpret(inner, v)
            if v[i] > k:
                break
            v[i] = v[i] + 1.0


def run(program, shared, x):
    v = [*shared, *x]
    for statement in program:
        interpret(statement, v)
    total = 0.0
    for k, each in enumerate(v):
        total = total + (k + 1.0) * each
    return total * v[0]


def stays_small(program, v):
    """Whether no number is near overflow after any statement."""
    try:
        for statement in program:
            interpret(statement, v)
            if not all(abs(x) < 1e60 for x in v):
                return False
    except (ValueError, OverflowError):  # int of nan or of infinity
        return False
    return True


quarters = st.integers(-8, 8).map(lambda k: k / 4)


def batches(samples):
    return st.tuples(
        st.lists(quarters, min_size=2, max_size=2),
        st.lists(st.lists(quarters, min_size=3, max_size=3), min_size=1, max_size=samples),
    )


def check_against_eager(program, shared, samples, reduce, **options):
    f = functools.partial(run, program)
    assume(all(stays_small(program, [*shared, *x]) for x in samples))
    shared, samples = np.array(shared), np.array(samples)
    rows = [value_and_grad(f, (0, 1))(shared, x) for x in samples]
    values = np.array([v for v, _ in rows])
    das, dxs = np.array([g for _, (g, _) in rows]), np.array([g for _, (_, g) in rows])
    if reduce:
        values, das = getattr(values, reduce)(), getattr(das, reduce)(axis=0)
        dxs = dxs / (len(samples) if reduce == "mean" else 1)
    options = {"branches": "guard", "max_recordings": 1000, "argnums": (0, 1)} | options
    compiled = compiler.compile(f, in_axes=(None, 0), reduce=reduce, **options)
    value, (da, dx) = compiled.value_and_grad(shared, samples)
    for found, expected in ((value, values), (da, das), (dx, dxs)):
        scale = 1.0 + np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * scale)
    np.testing.assert_allclose(compiled(shared, samples), value, rtol=1e-14)
    if options.get("check"):  # what is checked cannot be bound
        compiled = compiler.compile(
            f, in_axes=(None, 0), reduce=reduce, **options | {"check": False}
        )
    bound, (da_bound, dx_bound) = compiled.bind(shared, samples)()
    assert np.asarray(bound).tobytes() == np.asarray(value).tobytes()
    assert (da_bound.tobytes(), dx_bound.tobytes()) == (da.tobytes(), dx.tobytes())
    point = compiler.compile(f, **options)
    value, (da, dx) = point.value_and_grad(shared, samples[-1])
    expected, (da_expected, dx_expected) = rows[-1]
    scale = 1.0 + abs(expected) + np.abs(da_expected).max() + np.abs(dx_expected).max()
    assert value == pytest.approx(expected, rel=1e-12, abs=1e-12 * scale)
    np.testing.assert_allclose(da, da_expected, rtol=1e-12, atol=1e-12 * scale)
    np.testing.assert_allclose(dx, dx_expected, rtol=1e-12, atol=1e-12 * scale)


reductions = st.sampled_from([None, "sum", "mean"])
SLOW = [HealthCheck.too_slow]
needs_llvm = pytest.mark.skipif(
    importlib.util.find_spec("llvmlite") is None, reason="machine code needs llvmlite"
)


@given(
    program=programs,
    batch=batches(6),
    reduce=reductions,
    check=st.booleans(),
    threads=st.sampled_from([None, 1, 3]),
)
@settings(deadline=None, max_examples=30, suppress_health_check=SLOW)
def test_random_programs_by_numpy(program, batch, reduce, check, threads):
    check_against_eager(program, *batch, reduce, backend="numpy", check=check, threads=threads)


@needs_llvm
@given(program=programs, batch=batches(3), reduce=reductions)
@settings(deadline=None, max_examples=4, suppress_health_check=SLOW)
def test_random_programs_by_machine_code(program, batch, reduce):
    check_against_eager(program, *batch, reduce, backend="llvm")


@given(program=programs, batch=batches(8), reduce=reductions, seed=st.integers(0, 9))
@settings(deadline=None, max_examples=10, suppress_health_check=SLOW)
def test_the_order_of_recordings_does_not_count(program, batch, reduce, seed):
    f = functools.partial(run, program)
    assume(all(stays_small(program, [*batch[0], *x]) for x in batch[1]))
    shared, samples = map(np.array, batch)
    make = functools.partial(
        compiler.compile,
        functools.partial(run, program),
        argnums=(0, 1),
        in_axes=(None, 0),
        reduce=reduce,
        backend="numpy",
        branches="guard",
        max_recordings=1000,
    )
    results = []
    for order in (range(len(samples)), np.random.default_rng(seed).permutation(len(samples))):
        f = make()
        for i in order:
            f(shared, samples[i : i + 1])
        value, gradients = f.value_and_grad(shared, samples)
        results.append([np.asarray(x).tobytes() for x in (value, *gradients)])
    assert results[0] == results[1]
