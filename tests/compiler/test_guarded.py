"""What compiled functions do otherwise, done by functions that branch on recorded numbers."""

from __future__ import annotations

import functools
import importlib.util
import math
import pickle
import threading

import numpy as np
import pytest

import autograd
from autograd import Value, compiler, value_and_grad
from autograd.compiler.execution import Executable
from autograd.errors import RecordingError
from tests.compiler.test_branches import curved, newton, traces

needs_llvm = pytest.mark.skipif(
    importlib.util.find_spec("llvmlite") is None, reason="machine code needs llvmlite"
)


@pytest.fixture(params=["numpy", pytest.param("llvm", marks=needs_llvm)])
def compile(request):
    return functools.partial(compiler.compile, backend=request.param, branches="guard")


def kinked(a, x):
    y = a * x[0]
    if y > x[1]:
        y = y * y
    return y + max(x[0], x[1], a)


A, X = 0.7, np.random.default_rng(1).standard_normal((9000, 2))


def kinked_rows(a, xs):
    rows = [value_and_grad(kinked, (0, 1))(a, x) for x in xs]
    return (
        np.array([v for v, _ in rows]),
        np.array([g for _, (g, _) in rows]),
        np.array([g for _, (_, g) in rows]),
    )


def test_threads_give_the_same_bits(compile):
    results = []
    for threads in (1, 2, 3):
        f = compile(kinked, argnums=(0, 1), in_axes=(None, 0), reduce="mean", threads=threads)
        value, (da, dx) = f.value_and_grad(A, X)
        results.append((value, da, dx.tobytes()))
    assert results[1:] == results[:-1]
    values, das, dxs = kinked_rows(A, X[:500])
    value, (da, dx) = f.value_and_grad(A, X[:500])
    assert (value, da) == pytest.approx((values.mean(), das.mean()), rel=1e-13)
    np.testing.assert_allclose(dx, dxs / 500, rtol=1e-13)


def test_sums_are_accurate(compile):
    x = np.where(np.arange(300_000) % 3 == 0, 0.1, -0.1)
    f = compile(lambda v: v if v > 0 else -v, in_axes=0, reduce="sum")
    assert f(x) == pytest.approx(30_000.0, rel=1e-13)


def test_bound_arrays_are_read_and_written_in_place(compile):
    x = X[:100].copy()
    f = compile(kinked, argnums=(0, 1), in_axes=(None, 0), reduce="sum")
    bound = f.bind(A, x)
    for _ in range(3):
        value, (da, dx) = bound()
        expected, (da_expected, dx_expected) = f.value_and_grad(A, x)
        assert (value, da) == (expected, da_expected)
        np.testing.assert_array_equal(dx, dx_expected)
        before = dx
        x *= -1.5
    assert bound()[1][1] is before


def test_memory_of_small_groups_is_kept(compile, monkeypatch):
    f = compile(kinked, argnums=(0, 1), in_axes=(None, 0), reduce="sum")
    x = X[:100].copy()
    bound = f.bind(A, x)
    negative, first = f.value_and_grad(A, -x)[0], bound()[0]
    made = []
    new = Executable.frame
    monkeypatch.setattr(Executable, "frame", lambda *args: made.append(len(args[1])) or new(*args))
    assert bound()[0] == first
    assert made == [100]  # for all samples, in the caller's memory
    found = []
    for k in (1, 2, -1, 1):  # other groups, of other sizes, in between
        x[...] = k * X[:100]
        found.append(bound()[0])
        expected, _, _ = kinked_rows(A, x)
        assert found[-1] == pytest.approx(expected.sum(), rel=1e-13)
    assert (found[0], found[2], found[3]) == (first, negative, first)


def test_bound_at_one_point(compile):
    scale = Value(2.0)
    x = np.array([1.0, 2.0])
    bound = compile(lambda v: scale * (v[0] * v[1] if v[0] < v[1] else v[0])).bind(x)
    value, gradient = bound()
    assert (value, gradient.tolist()) == (4.0, [4.0, 2.0])
    x[0], scale.data = 3.0, 10.0
    value, gradient = bound()
    assert (value, gradient.tolist()) == (30.0, [10.0, 0.0])


def test_results_of_earlier_calls_stay_as_they_are(compile):
    f = compile(lambda v: v[0] * v[1] if v[0] < v[1] else v[0])
    points = [np.array([1.0, 2.0]), np.array([3.0, 2.0]), np.array([0.0, 2.0])]
    found = [f.value_and_grad(x) for x in points for _ in range(2)]
    assert [v for v, _ in found] == [2.0, 2.0, 3.0, 3.0, 0.0, 0.0]
    assert [g.tolist() for _, g in found[::2]] == [[2.0, 1.0], [1.0, 0.0], [2.0, 0.0]]


def test_calls_from_several_threads(compile):
    f = compile(newton, in_axes=0)
    data = [np.geomspace(1.0, 3.0**k, 50) for k in range(1, 5)]
    wrong = []

    def work(a):
        for _ in range(10):
            if not np.allclose(f(a), np.sqrt(a), rtol=1e-12):
                wrong.append(a)

    threads = [threading.Thread(target=work, args=(a,)) for a in data]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    paths = [tuple(trace.path) for trace in traces(f)]
    assert len(set(paths)) == len(paths)


def test_the_check_names_the_sample_and_looks_at_its_own_way_only(compile):
    def f(x):
        if x < 1.0:
            return autograd.sqrt(x)
        return autograd.exp(x)

    checked = compile(f, in_axes=0, check=True)
    line = f.__code__.co_firstlineno
    assert checked(np.array([0.25, 1.0])).tolist() == pytest.approx([0.5, math.e])
    with pytest.raises(
        FloatingPointError, match=rf":{line + 3}: exp\(1000\.0\) of sample 3 is inf"
    ):
        checked(np.array([0.25, 1.0, 0.5, 1000.0, 2.0]))
    with pytest.raises(FloatingPointError, match=r"sqrt\(-1\.0\) of sample 1 is nan"):
        checked(np.array([2.0, -1.0]))
    with pytest.raises(FloatingPointError, match=r"sqrt\(-4\.0\) of sample 0 is nan"):
        compile(f, check=True)(-4.0)
    with pytest.raises(ValueError, match="cannot be bound"):
        checked.bind(np.ones(2))


def test_in_eager_code_it_is_one_node(compile):
    f = compile(kinked, in_axes=(None, 0), reduce="sum")
    a = Value(A)
    y = 2.0 * f(a, X[:20])
    y.backward()
    values, das, _ = kinked_rows(A, X[:20])
    assert (y.data, a.grad) == pytest.approx((2.0 * values.sum(), 2.0 * das.sum()), rel=1e-13)
    with pytest.raises(TypeError, match='reduce="sum"'):
        compile(kinked, in_axes=(None, 0))(a, X[:20])
    assert autograd.hessian(compile(lambda v: v**3 if v > 0.0 else v))(2.0) == 12.0


def test_in_another_compiled_function_it_branches_if_that_does(compile):
    inner = compile(lambda x: x * x if x > 0.0 else -x)
    x = np.array([-2.0, 3.0])
    outer = compile(lambda v: inner(v) + 1.0, in_axes=0)
    np.testing.assert_array_equal(outer.grad(x), [-1.0, 6.0])
    with pytest.raises(RecordingError, match="a branch on a recorded number"):
        compile(lambda v: inner(v) + 1.0, in_axes=0, branches="error")(x)


def test_structures_arrays_and_axes(compile):
    def f(p, x):
        chosen = x["v"][x["v"] > p["limit"]]
        largest = max(chosen, default=p["limit"])
        return p["scale"][0] * largest + autograd.sum(chosen) * p["scale"][1]

    p = {"limit": 0.5, "scale": np.array([2.0, 3.0])}
    x = {"v": np.random.default_rng(0).standard_normal((3, 7))}
    g = compile(f, argnums=(0, 1), in_axes=(None, {"v": 1}), reduce="sum")
    value, (dp, dx) = g.value_and_grad(p, x)
    rows = [value_and_grad(f, (0, 1))(p, {"v": column}) for column in x["v"].T]
    assert value == pytest.approx(sum(v for v, _ in rows), rel=1e-13)
    assert dp["limit"] == pytest.approx(sum(d[0]["limit"] for _, d in rows))
    np.testing.assert_allclose(dp["scale"], sum(d[0]["scale"] for _, d in rows), rtol=1e-13)
    np.testing.assert_allclose(dx["v"].T, [d[1]["v"] for _, d in rows], rtol=1e-13)


def test_results_of_any_structure(compile):
    f = compile(
        lambda x: {"ends": sorted(x), "signs": [1.0 if v > 0 else -1.0 for v in x]}, in_axes=0
    )
    x = np.random.default_rng(0).standard_normal((30, 3))
    found = f(x)
    np.testing.assert_array_equal(np.transpose(found["ends"]), np.sort(x))
    np.testing.assert_array_equal(np.transpose(found["signs"]), np.sign(x))


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_no_samples_and_one(compile, reduce):
    f = compile(kinked, argnums=(0, 1), in_axes=(None, 0), reduce=reduce)
    with np.errstate(invalid="ignore"):
        value, (da, dx) = f.value_and_grad(A, np.empty((0, 2)))
    assert dx.shape == (0, 2)
    if reduce is None:
        assert (value.shape, da.shape) == ((0,), (0,))
    else:
        np.testing.assert_array_equal([value, da], [0.0 if reduce == "sum" else math.nan] * 2)
    value, (da, dx) = f.value_and_grad(A, X[:1])
    np.testing.assert_allclose(np.ravel(value), kinked_rows(A, X[:1])[0])


def test_a_function_without_branches_is_recorded_once(compile):
    f = compile(lambda a, x: a * x, in_axes=(None, 0), reduce="sum")
    assert f.value_and_grad(2.0, np.arange(5.0)) == (20.0, 10.0)
    assert len(traces(f)) == 1


def pickled(x):
    return x * x if x > 0.0 else -x


def test_pickles_record_anew(compile):
    f = compile(pickled, in_axes=0)
    x = np.array([-1.0, 2.0])
    before = f.grad(x)
    again = pickle.loads(pickle.dumps(f))
    np.testing.assert_array_equal(again.grad(x), before)


def test_pickles_of_functions_without_branches_read_their_own_values(compile):
    scale = Value(3.0)
    f = compile(lambda x: x * scale, in_axes=0)
    assert f(np.ones(2)).tolist() == [3.0, 3.0]
    for number in (3.0, 4.0):
        scale.data = number
        again = pickle.loads(pickle.dumps(f))
        assert again(np.ones(2)).tolist() == [number, number]
        assert again.jacobian(np.ones(2)).tolist() == [number, number]


def test_recordings_are_used_again(compile):
    calls = []

    def f(x):
        calls.append(x)
        return x if x > 0.0 else -x

    g = compile(f, in_axes=0)
    for _ in range(3):
        g(np.array([1.0, -1.0, 2.0]))
        g.value_and_grad(np.array([3.0, -2.0]))
    assert len(calls) == 2


def test_further_derivatives():
    xs, vs = np.random.default_rng(5).standard_normal((2, 4, 2))
    compile = functools.partial(compiler.compile, backend="numpy", branches="guard")
    f = compile(curved, in_axes=0)
    hessians = [autograd.hessian(curved)(x) for x in xs]
    np.testing.assert_allclose(f.hessian(xs), hessians, rtol=1e-11, atol=1e-11)
    products = [h @ v for h, v in zip(hessians, vs, strict=True)]
    np.testing.assert_allclose(f.hvp(xs, vs), products, rtol=1e-11, atol=1e-11)
    each = [value_and_grad(curved)(x) for x in xs]
    value, derivative = f.jvp(xs, vs)
    np.testing.assert_allclose(value, [v for v, _ in each], rtol=1e-13)
    slopes = [g @ v for (_, g), v in zip(each, vs, strict=True)]
    np.testing.assert_allclose(derivative, slopes, rtol=1e-11, atol=1e-11)
    value, pull_back = f.vjp(xs)
    pulled = [3.0 * g for _, g in each]
    np.testing.assert_allclose(pull_back(np.full(4, 3.0)), pulled, rtol=1e-12)
    added = compile(lambda a, x: curved(x * a), in_axes=(None, 0), reduce="mean")
    expected = np.mean([autograd.hessian(lambda a, x: curved(x * a))(0.9, x) for x in xs])
    assert added.hessian(0.9, xs) == pytest.approx(expected, rel=1e-11)
    point = compile(curved)
    for x, v, h in zip(xs, vs, hessians, strict=True):
        np.testing.assert_allclose(point.hessian(x), h, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(point.hvp(x, v), h @ v, rtol=1e-11, atol=1e-11)
    several = compile(lambda x: sorted([x[0] * x[1], x[0], x[1] * x[1]]), in_axes=0)
    expected = [
        autograd.jacobian(lambda x: sorted([x[0] * x[1], x[0], x[1] * x[1]]))(x) for x in xs
    ]
    found = several.jacobian(xs)
    np.testing.assert_allclose(np.swapaxes(found, 0, 1), expected, rtol=1e-13)


def test_sparse_derivatives(compile):
    def f(x):
        y = x[0] * x[1] if x[0] < x[1] else x[1] * x[2] ** 2
        return y + (x[3] ** 3 if x[3] > 0.0 else 0.0)

    points = np.array([[0.5, 1.0, 2.0, 3.0], [1.0, 0.5, 2.0, -1.0], [0.0, 1.0, 2.0, -1.0]])
    point = compile(f)
    for x in points:
        np.testing.assert_allclose(point.hessian(x, sparse=True).toarray(), point.hessian(x))
    for reduce in ("sum", "mean"):
        shifted = compile(lambda a, x: f(a + x), in_axes=(None, 0), reduce=reduce)
        found = shifted.hessian(np.zeros(4), points, sparse=True)
        np.testing.assert_allclose(found.toarray(), shifted.hessian(np.zeros(4), points))
        none = shifted.hessian(np.zeros(4), np.empty((0, 4)), sparse=True)
        assert none.shape == (4, 4)


def test_the_report_shows_each_recording(compile):
    f = compile(pickled, in_axes=0)
    f(np.array([1.0, 2.0, -3.0]))
    f.grad(np.array([1.0]))
    values, gradients = f.report().split("recording 1 of 2")[1:]
    assert "recording 2 of 2, after another result at" in values
    assert ": `return x * x if x > 0.0 else -x`" in values
    assert values.count("nodes recorded") == 2
    assert "not run for these results" in gradients
