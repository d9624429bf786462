"""Pickles of functions that branch on data: the ways that were recorded, and others."""

from __future__ import annotations

import functools
import importlib.util
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd
from autograd import RecordingError, Value, compiler, value_and_grad
from autograd.compiler import pickling
from tests.compiler.test_branches import newton, traces
from tests.compiler.test_random_branches import SLOW, batches, programs, run, stays_small

ROOT = Path(__file__).parents[2]

needs_llvm = pytest.mark.skipif(
    importlib.util.find_spec("llvmlite") is None, reason="machine code needs llvmlite"
)


@pytest.fixture(params=["numpy", pytest.param("llvm", marks=needs_llvm)])
def compile(request):
    return functools.partial(compiler.compile, backend=request.param, branches="guard")


def by_pickle(x):
    return pickle.loads(pickle.dumps(x))


def without_function(f):
    """A function that came as a pickle, of which nothing else is to be found."""
    pickling._shared.cache_clear()  # equal pickles, which come later, are not the same object
    f.recordings.origin = f.recordings.origin._replace(importable=False)
    return f


def assert_same(a, b):
    np.testing.assert_equal(a, b)  # to the last bit


def new_steps(calls):
    """A closure that goes one of sixteen ways, and counts how often it is recorded."""
    scale = 1.5

    def steps(a, x):
        calls.append(1)
        total = 0.0
        for each in x:
            total = total + (autograd.exp(a * each) if each > 0.0 else scale * each * each)
        return total

    return steps


A, X = 0.3, np.random.default_rng(2).standard_normal((200, 4))


# Known ways
# ----------


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_recordings_travel(compile, reduce):
    calls = []
    f = compile(new_steps(calls), argnums=(0, 1), in_axes=(None, 0), reduce=reduce)
    expected = f.value_and_grad(A, X)
    assert len(traces(f)) == len(calls) == 16
    twin = by_pickle(f)
    # Not all of them, and in another order.
    assert_same(twin(A, X[7:20]), f(A, X[7:20]))
    assert_same(twin.value_and_grad(A, X), expected)
    assert_same(twin.jacobian(A, X), f.jacobian(A, X))
    tangents = 0.1, np.ones_like(X)
    assert_same(twin.hvp((A, X), tangents), f.hvp((A, X), tangents))
    before = len(calls)
    assert_same(by_pickle(twin).hvp((A, X), tangents), f.hvp((A, X), tangents))
    assert len(calls) == before


def test_at_one_point_and_bound(compile):
    f = compile(newton)
    points = [0.25, 2.0, 9.0, 1e4]
    expected = [f.value_and_grad(x) for x in points]
    twin = by_pickle(f)
    assert [twin.value_and_grad(x) for x in points] == expected
    x = np.array(4.0)
    bound = twin.bind(x)
    assert bound()[0] == f(4.0)
    x[...] = 9.0
    assert bound()[0] == f(9.0)


def test_another_process_needs_no_function(compile, tmp_path):
    f = compile(new_steps([]), in_axes=(None, 0), reduce="sum")
    expected = f.value_and_grad(A, X)
    path = tmp_path / "pickle"
    path.write_bytes(pickle.dumps((f, A, X)))
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "import pickle, sys; f, a, x = pickle.load(open(sys.argv[1], 'rb'));"
            "print(*[y.hex() for y in f.value_and_grad(a, x)])",
            str(path),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    assert found.stdout.split() == [y.hex() for y in expected]


def test_recordings_for_a_further_derivative_are_recordings_for_all(compile):
    calls = []
    f = compile(new_steps(calls), argnums=1, in_axes=(None, 0))
    f(A, X[:3])
    f.hvp((A, X), np.ones_like(X))
    ways = by_pickle(f).recordings.stored
    assert [len(each.tapes.parts) for each in ways] == [16]  # which has all that the other has
    assert_same(by_pickle(f).value_and_grad(A, X), f.value_and_grad(A, X))


def test_what_different_results_know_travels(compile):
    positive = np.abs(X)
    f = compile(new_steps([]), argnums=1, in_axes=(None, 0))
    f(A, positive)
    f.hvp((A, -positive), np.ones_like(X))
    twin = by_pickle(f)
    both = np.concatenate([positive, -positive])
    assert_same(twin.value_and_grad(A, both), f.value_and_grad(A, both))


def test_whole_numbers(compile):
    def f(x):
        y = x
        for _ in range(int(x)):
            y = y * x
        return y if int(-x) < -2 else -y

    x = np.array([3.0, 0.0, 1.25, 2.5, 3.9, 0.99, -0.5])
    g = compile(f, in_axes=0)
    expected = g.value_and_grad(x)
    twin = by_pickle(g)
    for i in (4, 0, 6, 2):
        assert twin(x[i : i + 1])[0] == expected[0][i]
    assert_same(twin.value_and_grad(x), expected)
    with pytest.raises(RecordingError, match=r"another way, which parts from those at .*int"):
        twin(np.array([5.0]))


def test_conditions_that_are_decided_in_another_order_than_computed(compile):
    def f(x):
        positive, large, huge = x > 0.0, x > 1.0, x * x > 9.0
        if not large:
            return x if positive else -x
        return x * x if huge else x * 3.0 if positive else x

    x = np.array([-1.0, 0.5, 2.0, 4.0])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]):
        g = compile(f, in_axes=0)
        expected = g.value_and_grad(x[order])
        assert_same(by_pickle(g).value_and_grad(x[order]), expected)


def test_values_from_outside_travel(compile):
    low, high = Value(1.0, "low"), Value(3.0, "high")

    def f(x):
        if x < low:
            return x * low
        return x * high if x > high else x

    g = compile(f, in_axes=0)
    x = np.array([0.5, 2.0, 4.0])
    expected = g.value_and_grad(x)
    their_low, twin = pickle.loads(pickle.dumps((low, g)))
    assert_same(twin.value_and_grad(x), expected)
    their_low.data = 3.5
    assert twin(x).tolist() == [1.75, 7.0, 12.0]
    assert g(x).tolist() == expected[0].tolist() == [0.5, 2.0, 12.0]


def test_each_recording_reads_its_own_values(compile):
    first, second = Value(2.0), Value(5.0)
    g = compile(lambda x: first * x if x > 0.0 else second * x, in_axes=0)
    x = np.array([1.0, -1.0])
    assert g(x).tolist() == [2.0, -5.0]
    ours, theirs, twin = pickle.loads(pickle.dumps((first, second, g)))
    ours.data, theirs.data = 7.0, 11.0
    assert twin(x).tolist() == [7.0, -11.0]
    assert twin.jacobian(x).tolist() == [7.0, 11.0]


def test_among_values_and_inside_other_functions(compile):
    f = compile(new_steps([]))
    for x in X[:30]:
        f(A, x)
    twin = by_pickle(f)
    expected = value_and_grad(new_steps([]), (0, 1))(A, X[3])
    found = value_and_grad(twin, (0, 1))(A, X[3])
    assert found[0] == pytest.approx(expected[0])
    np.testing.assert_allclose(found[1][1], expected[1][1])
    outer = compile(lambda a, x: twin(a, x) + x[0] if x[0] > a else 2.0 * twin(a, x))
    for x in X[:5]:
        inner = f(A, x)
        assert outer(A, x) == pytest.approx(inner + x[0] if x[0] > A else 2.0 * inner)


def test_what_is_common_to_all_ways_is_sent_once():
    def f(x):
        y = x[0]
        for k in range(300):
            y = y * 0.99 + autograd.sin(y) * x[k % 4]
        return new_steps([])(y, x)

    f = compiler.compile(f, in_axes=0, branches="guard", backend="numpy")
    f(X[:1])
    one = len(pickle.dumps(f))
    f(X)
    assert len(traces(f)) == 16
    assert len(pickle.dumps(f)) < 3 * one


# Others
# ------


def test_another_way_is_an_error_that_says_what_to_do():
    def f(x):
        return x * x if x > 0.0 else -x

    g = compiler.compile(f, in_axes=0, branches="guard", backend="numpy")
    g(np.array([1.0, 2.0]))
    twin = by_pickle(g)
    assert twin(np.array([3.0])) == 9.0
    with pytest.raises(RecordingError) as caught:
        twin(np.array([3.0, 1.0, -4.0]))
    name = "test_another_way_is_an_error_that_says_what_to_do.<locals>.f"
    line = f.__code__.co_firstlineno + 1
    assert str(caught.value) == (
        "f came as a pickle, with the ways through it that had been recorded; these numbers go "
        f"another way, which parts from those at {__file__}:{line}: `return x * x if x > 0.0 "
        f"else -x`. To record that one, the function itself is wanted: {__name__}.{name} cannot be "
        "imported by that name. Call it once with numbers that go this way before it is pickled, "
        "or define it at the top level of a module that can be imported at both ends"
    )
    assert caught.value.__notes__ == ["while recording for sample 2"]
    assert twin(np.array([3.0])) == 9.0  # what it knows it knows still
    with pytest.raises(RecordingError, match=r"with \(\*\) recorded, and is called with \(array"):
        twin(np.ones((1, 3)))


def test_nothing_recorded_is_an_error_that_says_what_to_do():
    with pytest.raises(pickle.PicklingError, match="or call it once with such arguments as"):
        pickle.dumps(compiler.compile(lambda x: x, branches="guard"))


def halved(x):
    while x > 1.0:
        x = x / 2.0
    return x


def test_another_way_is_recorded_of_a_function_that_is_found_by_name(compile):
    f = compile(halved, in_axes=0, reduce="sum")
    x = np.array([1.0, 3.0, 17.0, 0.1, 5.0])
    f(x[:2])
    twin = by_pickle(f)
    assert_same(twin.value_and_grad(x), f.value_and_grad(x))
    # And travels on, with what had arrived.
    again = by_pickle(without_function(twin))
    assert_same(again.value_and_grad(x), f.value_and_grad(x))
    with pytest.raises(RecordingError, match="another way"):
        again(np.array([1e9]))


OUTSIDE = Value(2.0, "OUTSIDE")


def reads_outside(x):
    return OUTSIDE * x if x > 0.0 else x * x + OUTSIDE


def test_another_way_that_reads_values_is_an_error(compile):
    f = compile(reads_outside, in_axes=0)
    f(np.ones(1))
    twin = by_pickle(f)
    assert twin(np.array([3.0])) == 6.0
    with pytest.raises(RecordingError, match=r"reads Values from outside .*OUTSIDE.*numbers that"):
        twin(np.array([-3.0]))


def test_a_function_that_is_another_one_there_is_noticed(compile, monkeypatch):
    f = compile(halved, in_axes=0)
    f(np.array([1.0, 3.0]))
    twin = by_pickle(f)
    twin(np.array([3.0]))

    def doubled(x):
        while x * 2.0 > 1.0:
            x = x / 2.0
        return x

    monkeypatch.setattr(sys.modules[__name__], "halved", doubled)
    with pytest.raises(RecordingError, match="something else when it is recorded again"):
        twin(np.array([17.0]))


def test_calls_from_several_threads(compile):
    f = compile(halved, in_axes=0)
    data = [np.geomspace(0.1, 3.0**k, 50) for k in range(1, 6)]
    for x in data[:3]:
        f(x)
    twin = by_pickle(f)
    found = {}

    def work(k):
        found[k] = [twin(data[k]) for _ in range(5)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, x in enumerate(data):
        for each in found[k]:
            assert_same(each, f(x))


# Random programs
# ---------------

PROGRAM: list[object] = []


def by_name(shared, x):
    return run(PROGRAM, shared, x)


@given(
    program=programs,
    batch=batches(8),
    reduce=st.sampled_from([None, "sum", "mean"]),
    known=st.integers(1, 8),
)
@settings(deadline=None, max_examples=30, suppress_health_check=SLOW)
def test_random_programs_give_the_same_bits(program, batch, reduce, known):
    assume(all(stays_small(program, [*batch[0], *x]) for x in batch[1]))
    shared, samples = map(np.array, batch)
    PROGRAM[:] = program
    f = compiler.compile(
        by_name,
        argnums=(0, 1),
        in_axes=(None, 0),
        reduce=reduce,
        backend="numpy",
        branches="guard",
        max_recordings=1000,
    )
    f(shared, samples[:known])
    twin = by_pickle(f)
    expected = f.value_and_grad(shared, samples)
    assert_same(twin.value_and_grad(shared, samples), expected)
    assert_same(by_pickle(twin).value_and_grad(shared, samples), expected)
    complete = without_function(by_pickle(f))
    assert_same(complete.value_and_grad(shared, samples), expected)
