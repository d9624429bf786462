"""``compile``: values and gradients of batches against the eager engine."""

from __future__ import annotations

import functools
import importlib.util
import math
import re
import threading
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, compiler, value_and_grad
from tests.test_random_graphs import programs, run

Point = namedtuple("Point", "x y")


needs_llvm = pytest.mark.skipif(
    importlib.util.find_spec("llvmlite") is None, reason="machine code needs llvmlite"
)


@pytest.fixture(params=["numpy", pytest.param("llvm", marks=needs_llvm)])
def compile(request):
    return functools.partial(compiler.compile, backend=request.param)


def loss(w, x, y):
    return (autograd.tanh(autograd.dot(w, x)) - y) ** 2


RNG = np.random.default_rng(3)
W, X, Y = RNG.standard_normal(3), RNG.standard_normal((10, 3)), RNG.standard_normal(10)


def eager_rows(argnums=0):
    return [value_and_grad(loss, argnums)(W, x, y) for x, y in zip(X, Y, strict=True)]


@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_reduced(compile, reduce):
    f = compile(loss, in_axes=(None, 0, 0), reduce=reduce)
    value, gradient = f.value_and_grad(W, X, Y)
    rows = eager_rows()
    of = getattr(np, reduce)
    assert type(value) is float
    assert value == pytest.approx(of([v for v, _ in rows]), rel=1e-13)
    np.testing.assert_allclose(gradient, of([g for _, g in rows], axis=0), rtol=1e-12)
    assert f(W, X, Y) == pytest.approx(value)
    np.testing.assert_array_equal(f.grad(W, X, Y), gradient)


def test_for_each_sample(compile):
    f = compile(loss, argnums=(0, 1), in_axes=(None, 0, 0))
    values, (dw, dx) = f.value_and_grad(W, X, Y)
    rows = eager_rows((0, 1))
    np.testing.assert_allclose(values, [v for v, _ in rows], rtol=1e-12)
    np.testing.assert_allclose(dw, [g for _, (g, _) in rows], rtol=1e-12)
    np.testing.assert_allclose(dx, [g for _, (_, g) in rows], rtol=1e-12)


def test_derivatives_of_what_runs_over_samples_come_for_each_also_when_reduced(compile):
    f = compile(loss, argnums=(1, 2), in_axes=(None, 1, 0), reduce="mean")
    _, (dx, dy) = f.value_and_grad(W, X.T.copy(), Y)
    rows = eager_rows((1, 2))
    assert dx.shape == (3, 10)
    np.testing.assert_allclose(dx.T, [g / 10 for _, (g, _) in rows], rtol=1e-12)
    np.testing.assert_allclose(dy, [g / 10 for _, (_, g) in rows], rtol=1e-12)


def test_without_samples(compile):
    def rosenbrock(x):
        return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x[:-1], x[1:]))

    f = compile(rosenbrock)
    point = np.linspace(-1.0, 1.5, 10)
    value, gradient = f.value_and_grad(point)
    expected, expected_gradient = value_and_grad(rosenbrock)(point)
    assert value == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-12)
    assert type(f(point)) is float
    assert len(str(f.report()).splitlines()) > 3


def test_structures(compile):
    def f(p, scale):
        return {"a": p["w"][0] * scale, "b": [p["q"].x + p["q"].y, 3.0], "c": p["w"] * 2.0}

    compiled = compile(f, in_axes=({"w": None, "q": Point(0, None)}, 0))
    result = compiled({"w": np.ones(2), "q": Point(np.arange(4.0), 5)}, np.arange(4.0))
    np.testing.assert_array_equal(result["a"], np.arange(4.0))
    np.testing.assert_array_equal(result["b"][0], np.arange(4.0) + 5)
    np.testing.assert_array_equal(result["b"][1], np.full(4, 3.0))
    np.testing.assert_array_equal(result["c"], np.full((4, 2), 2.0))
    of_nest = compile(lambda p: p[0] * p[1]["x"] + p[2].sum()).grad([2.0, {"x": 3}, np.ones(2)])
    assert of_nest[:2] == [3.0, {"x": 2.0}]
    assert of_nest[2].tolist() == [1.0, 1.0]


def test_a_number_on_either_side_of_an_array(compile):
    def f(x, v):
        return [x * v, v * x, x - v, v - x, x / v, x**v, x % v]

    v = np.array([1.0, 2.0])
    expected = [3.0 * v, v * 3.0, 3.0 - v, v - 3.0, 3.0 / v, 3.0**v, 3.0 % v]
    np.testing.assert_allclose(compile(f)(3.0, v), expected, rtol=1e-15)
    with pytest.raises(TypeError, match="one real number is wanted, not 'a'"):
        compile(lambda x: x * "a")(3.0)


def test_as_a_decorator(compile):
    @compile(in_axes=0, reduce="sum")
    def energy(x):
        """Half the square."""
        return 0.5 * x * x

    assert energy(np.array([1.0, 2.0])) == 2.5
    assert energy.__name__ == "energy"
    assert energy.__doc__ == "Half the square."
    assert re.fullmatch("<compiled function .*energy>", repr(energy))


def test_outside_values_are_read_anew(compile):
    w = Value(2.0)
    f = compile(lambda x: w * x, in_axes=0)
    assert f(np.ones(3)).tolist() == [2.0] * 3
    w.data = 5.0
    assert f(np.ones(3)).tolist() == [5.0] * 3


def test_what_is_computed_of_outside_values_alone_is_recorded_too(compile):
    w, b = Value(2.0), Value(3.0, requires_grad=False)

    def f(x):
        small = autograd.where(w > b, b, w)
        return (
            x * (autograd.exp(w) + 1.0 - w * b / 2 + autograd.dot([w, b], [b, w]) + (-b) ** 2)
            + small
        )

    compiled = compile(f)
    for w.data, b.data in [(2.0, 3.0), (3.0, 2.0), (0.5, -1.0)]:
        assert compiled(1.5) == pytest.approx(f(1.5).data, rel=1e-14)
    assert w.grad == 0.0


@pytest.mark.parametrize(
    "f",
    [
        lambda w: w > 1.0,
        lambda w: w <= 1.0,
        lambda w: w == 2.0,
        bool,
        lambda w: [w] == [3.0],
        lambda w: max(w, 1.0),
    ],
)
def test_a_branch_on_an_outside_value_is_not_decided_once_for_all(f):
    w = Value(2.0, "w")
    with pytest.raises(autograd.RecordingError, match=r"a branch on a recorded number \(\w+\)"):
        compiler.compile(lambda x: x if f(w) else 2.0 * x)(1.0)
    guarded = compiler.compile(lambda x: x if w > 1.0 else 2.0 * x, branches="guard")
    assert guarded(1.0) == 1.0
    w.data = 0.0
    assert guarded(1.0) == 2.0


def test_an_outside_value_is_not_converted_once_for_all():
    w = Value(2.0)
    for convert in (float, int, math.exp):
        with pytest.raises(autograd.RecordingError, match="a conversion of a recorded number"):
            compiler.compile(lambda x, convert=convert: x * convert(w))(1.0)
    assert compiler.compile(lambda x: x * w.data)(1.0) == 2.0  # asked for plainly
    with pytest.raises(autograd.RecordingError):
        compiler.compile(lambda x: 1.0 / 0.0 if float(w) else x)(1.0)
    assert (w > 1.0, float(w), w * w == 4.0) == (True, 2.0, True)  # all is as before


def test_values_computed_outside_are_refused(compile):
    y = 2.0 * Value(2.0)
    with pytest.raises(autograd.RecordingError, match="was computed outside the recorded function"):
        compile(lambda x: x * y)(1.0)
    with pytest.raises(autograd.RecordingError, match="was computed outside the recorded function"):
        compile(lambda x: x * (y + 1.0))(1.0)


def test_other_threads_compute_on_values_meanwhile():
    w, found = Value(2.0), []

    def f(x):
        thread = threading.Thread(target=lambda: found.append((w * w).data))
        thread.start()
        thread.join()
        return x * w

    assert compiler.compile(f)(1.5) == 3.0
    assert found == [4.0]


def test_inside_eager_code_it_is_one_node(compile):
    def product(v, scale):
        """Several operations."""
        return autograd.sum([scale * x * x for x in v]) + v[0] * v[1]

    compiled = compile(product)
    x, y = Value(3.0, "x"), Value(2.0)
    node = compiled([x, y, 1.0], 2.0)
    assert (node.op, node.parents) == ("product", (x, y))
    (node * 2.0).backward()
    assert (node.data, x.grad, y.grad) == (34.0, 2 * (12.0 + 2.0), 2 * (8.0 + 3.0))
    # To any order: the derivatives of its derivatives are those of the plain function.
    hessian = autograd.hessian(lambda v: compiled(v, 2.0))(np.array([3.0, 2.0, 1.0]))
    assert hessian.tolist() == [[4.0, 1.0, 0.0], [1.0, 4.0, 0.0], [0.0, 0.0, 4.0]]
    with pytest.raises(TypeError, match="wants numbers, not Values"):
        compiled.value_and_grad([x, y, 1.0], 2.0)
    with pytest.raises(TypeError, match="not Values"):
        compiled.bind([x, y, 1.0], 2.0)
    pair = compile(lambda v: [v, v * v])(x)
    assert [p.data for p in pair] == [3.0, 9.0]


def test_over_samples_it_is_one_node_if_reduced(compile):
    w = [Value(x) for x in W]
    reduced = compile(loss, in_axes=(None, 0, 0), reduce="mean")
    node = reduced(w, X, Y)
    assert node.parents == tuple(w)
    node.backward()
    value, gradient = reduced.value_and_grad(W, X, Y)
    assert node.data == value
    assert [v.grad for v in w] == gradient.tolist()
    with pytest.raises(TypeError, match="derivatives of its derivatives are not known"):
        autograd.hessian(lambda v: reduced(v, X, Y))(W)
    with pytest.raises(TypeError, match='reduce="sum"'):
        compile(loss, in_axes=(None, 0, 0))(w, X, Y)
    with pytest.raises(TypeError, match="cannot be a part of another recorded function"):
        compile(lambda v: reduced(v, X, Y))(W)


def test_inside_another_compiled_function_it_becomes_a_part(compile):
    square = compile(lambda x: x * x)
    assert compile(lambda v: square(v) + 1.0).value_and_grad(2.0) == (5.0, 4.0)


@pytest.mark.parametrize("kind", ["f4", "i8", ">f8", "u1", "strided", "readonly", "fortran"])
def test_arrays_of_every_kind(compile, kind):
    x = np.arange(12.0).reshape(4, 3)
    given = {
        "strided": lambda: np.repeat(x, 2, axis=1)[:, ::2],
        "readonly": lambda: np.broadcast_to(x, x.shape),
        "fortran": lambda: np.asfortranarray(x),
    }.get(kind, lambda: x.astype(kind))()
    f = compile(lambda v: autograd.sum(v * v), in_axes=0)
    np.testing.assert_array_equal(f(given), (x * x).sum(axis=1))


@pytest.mark.parametrize("samples", [0, 1, 2, 1023, 1024, 1025, 4096, 4097, 9000])
def test_any_number_of_samples(compile, samples):
    x = np.linspace(-1.0, 2.0, samples)
    f = compile(lambda a, v: a * v * v, in_axes=(None, 0), reduce="sum")
    value, gradient = f.value_and_grad(3.0, x)
    assert value == pytest.approx(3.0 * (x * x).sum(), rel=1e-14)
    assert gradient == pytest.approx((x * x).sum(), rel=1e-14)
    assert compile(lambda v: v + 1.0, in_axes=0)(x).shape == (samples,)


def test_nan_and_infinity_follow_ieee(compile):
    f = compile(lambda x: [autograd.log(x), 1 / x, autograd.sqrt(x), autograd.exp(x)], in_axes=0)
    x = np.array([0.0, -1.0, np.inf, np.nan, 1000.0, -0.0])
    with np.errstate(all="ignore"):
        expected = [np.log(x), 1 / x, np.sqrt(x), np.exp(x)]
    np.testing.assert_allclose(f(x), expected, rtol=1e-15)


def test_sums_are_accurate(compile):
    x = np.full(300_000, 0.1)
    total = compile(lambda v: v, in_axes=0, reduce="sum")
    assert total(x) == pytest.approx(30_000.0, rel=1e-13)
    # About as accurate as NumPy's pairwise sum: one after the other, these err by 1e-12.
    errors = []
    for size in range(290_000, 300_000, 1_000):
        x = np.full(size, 0.1)
        exact = math.fsum(x)
        errors.append([abs(total(x) / exact - 1.0), abs(x.sum() / exact - 1.0)])
    ours, numpys = np.max(errors, axis=0)
    assert ours <= 2.0 * numpys + 2.0 * np.finfo(float).eps


def test_errors(compile):
    with pytest.raises(ValueError, match="reduce should be"):
        compile(loss, reduce="max")
    with pytest.raises(ValueError, match="backend should be"):
        compiler.compile(loss, backend="gpu")
    with pytest.raises(ValueError, match="threads should be a positive int"):
        compile(loss, threads=0)
    f = compile(loss, in_axes=(None, 0, 0))
    with pytest.raises(ValueError, match="y has 9 samples along axis 0, but what came before"):
        f(W, X, Y[:9])
    with pytest.raises(ValueError, match="x should run over samples along axis 0, but it has 0"):
        f(W, 1.0, Y)
    with pytest.raises(ValueError, match="in_axes has 3 entries for 2 arguments"):
        f(W, X)
    with pytest.raises(ValueError, match="dot of 2 numbers with 3"):
        f(W[:2], X, Y)
    with pytest.raises(TypeError, match=r"w\[1\]: one real number is wanted, not 'a'"):
        f([1.0, "a", 2.0], X, Y)
    with pytest.raises(TypeError, match="x: an array of real numbers is wanted, not one"):
        f(W, X.astype(complex), Y)
    with pytest.raises(ValueError, match="should be an int or None: 'x'"):
        compile(loss, in_axes=(None, "x", 0))(W, X, Y)
    with pytest.raises(TypeError, match=r"returns one number, but it returned \[\*, \*\]"):
        compile(lambda x: [x, x]).grad(1.0)
    with pytest.raises(ValueError, match="argnums=3"):
        compile(loss, argnums=3, in_axes=(None, 0, 0)).grad(W, X, Y)


def check_random_program(program, seed, reduce, **options):
    rng = np.random.default_rng(seed)
    shared, samples = rng.uniform(-2, 2, 2), rng.uniform(-2, 2, (5, 2))

    def f(a, x):
        return run(program, autograd, [*a, *x])

    compiled = compiler.compile(f, argnums=(0, 1), in_axes=(None, 0), reduce=reduce, **options)
    value, (da, dx) = compiled.value_and_grad(shared, samples)
    rows = [value_and_grad(f, (0, 1))(shared, x) for x in samples]
    values = np.array([v for v, _ in rows])
    das, dxs = np.array([g for _, (g, _) in rows]), np.array([g for _, (_, g) in rows])
    if reduce:
        values, das = values.sum(), das.sum(axis=0)
    scale = 1.0 + np.abs(das).max(initial=0.0) + np.abs(dxs).max(initial=0.0)
    np.testing.assert_allclose(value, values, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(da, das, rtol=1e-12, atol=1e-12 * scale)
    np.testing.assert_allclose(dx, dxs, rtol=1e-12, atol=1e-12 * scale)


@given(program=programs, seed=st.integers(0, 99), reduce=st.sampled_from([None, "sum"]))
@settings(deadline=None)
def test_random_programs_by_numpy(program, seed, reduce):
    check_random_program(program, seed, reduce, backend="numpy")


@needs_llvm
@given(program=programs, seed=st.integers(0, 99), reduce=st.sampled_from([None, "sum"]))
@settings(deadline=None, max_examples=40)
def test_random_programs_by_machine_code(program, seed, reduce):
    check_random_program(program, seed, reduce, backend="llvm")


def test_threads_give_the_same_bits(compile):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50_000, 3))
    results = [
        compile(loss, in_axes=(None, 0, None), reduce="mean", threads=n).value_and_grad(W, x, 0.5)
        for n in (1, 2, 3)
    ]
    for value, gradient in results[1:]:
        assert value == results[0][0]
        assert gradient.tolist() == results[0][1].tolist()
    each = [compile(loss, in_axes=(None, 0, None), threads=n)(W, x, 0.5) for n in (1, 2)]
    np.testing.assert_array_equal(*each)


def test_the_first_steps_of_a_missing_llvmlite(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "llvmlite", None)
    monkeypatch.setitem(__import__("sys").modules, "llvmlite.binding", None)
    with pytest.raises(ImportError, match=r"scalar-autodiff\[jit\]"):
        compiler.compile(loss, backend="llvm")


def test_bound_arrays_are_read_and_written_in_place(compile):
    f = compile(loss, argnums=(0, 1), in_axes=(None, 0, 0), reduce="sum")
    w, x, y = W.copy(), X.copy(), Y.copy()
    bound = f.bind(w, x, y)
    value, gradients = bound()
    expected = f.value_and_grad(w, x, y)
    assert value == expected[0]
    np.testing.assert_array_equal(gradients[0], expected[1][0])
    np.testing.assert_array_equal(gradients[1], expected[1][1])
    w[:] = [0.3, 0.1, -2.0]
    x *= 0.5
    y += 1.0
    again, same = bound()
    expected = f.value_and_grad(w, x, y)
    assert again == expected[0]
    assert same[0] is gradients[0]
    np.testing.assert_array_equal(same[0], expected[1][0])
    np.testing.assert_array_equal(same[1], expected[1][1])


def test_bound_to_one_array_and_to_an_outside_value(compile):
    scale = Value(2.0)
    x = np.array([1.0, 2.0])
    bound = compile(lambda v: scale * (v * v).sum()).bind(x)
    value, gradient = bound()
    assert (value, gradient.tolist()) == (10.0, [4.0, 8.0])
    x[0], scale.data = 3.0, 1.0
    value, gradient = bound()
    assert (value, gradient.tolist()) == (13.0, [6.0, 4.0])


def test_results_of_earlier_calls_stay_as_they_are(compile):
    f = compile(lambda v: (v * v).sum())
    first = [f.value_and_grad(np.full(3, float(i))) for i in range(5)]
    assert [v for v, _ in first] == [0.0, 3.0, 12.0, 27.0, 48.0]
    assert [g.tolist() for _, g in first] == [[2.0 * i] * 3 for i in range(5)]
    assert f(np.ones(3)) == 3.0
    assert f(np.ones(3, dtype=np.int8)) == 3.0
    with pytest.raises(TypeError, match="array of real numbers is wanted"):
        f.value_and_grad(np.ones(3, dtype=complex))
    with pytest.raises(TypeError, match="array of real numbers is wanted, not one of <U1"):
        f.value_and_grad(np.array(["a", "b", "c"]))
    assert f.value_and_grad(np.ones(3))[0] == 3.0


def test_calls_at_plain_numbers(compile):
    f = compile(lambda x: x**3)
    assert [f(2.0), f(3.0), f(2.0), f(np.array(2.0))] == [8.0, 27.0, 8.0, 8.0]
    assert [f.value_and_grad(x) for x in (2.0, 3.0, 3)] == [(8.0, 12.0), (27.0, 27.0), (27.0, 27.0)]
    assert compile(lambda x: x**3, argnums=(0,)).grad(2.0) == (12.0,)
    both = compile(lambda x: [x, {"a": x * x}])
    assert [both(3.0), both(2.0)] == [[3.0, {"a": 9.0}], [2.0, {"a": 4.0}]]


def test_arguments_by_name(compile):
    f = compile(loss, in_axes=(None, 0, 0), reduce="sum")
    value, gradient = f.value_and_grad(W, y=Y, x=X)
    assert value == f(x=X, y=Y, w=W) == f(W, X, Y)
    assert gradient.tolist() == f.grad(W, X, y=Y).tolist() == f.bind(W, X, y=Y)()[1].tolist()
    with pytest.raises(TypeError, match="missing a required argument: 'y'"):
        f(W, x=X)
    with pytest.raises(TypeError, match="multiple values for argument 'w'"):
        f(W, w=W)
    with pytest.raises(TypeError, match="only be given by name are not compiled: scale"):
        compile(lambda x, *, scale=1.0: scale * x)(2.0, scale=3.0)


def test_calls_from_several_threads(compile):
    f = compile(lambda v: (v * v).sum())
    f(np.ones(4))
    wrong = []

    def work(k):
        for i in range(200):
            value, gradient = f.value_and_grad(np.full(4, float(k + i)))
            if value != 4 * (k + i) ** 2 or gradient.tolist() != [2.0 * (k + i)] * 4:
                wrong.append((k, i))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_check_names_operation_numbers_sample_and_line(compile):
    def f(a, x):
        y = autograd.sqrt(x)
        return a / y

    checked = compile(f, in_axes=(None, 0), check=True)
    assert checked(2.0, np.array([1.0, 4.0])).tolist() == [2.0, 1.0]
    line = f.__code__.co_firstlineno
    with pytest.raises(FloatingPointError) as caught:
        checked(2.0, np.array([1.0, 0.0, -1.0]))
    assert str(caught.value) == f"{__file__}:{line + 1}: sqrt(-1.0) of sample 2 is nan"
    with pytest.raises(FloatingPointError) as caught:
        checked.value_and_grad(2.0, np.array([1.0, 0.0]))
    assert str(caught.value).startswith(
        f"{__file__}:{line + 2}: divide(2.0, 0.0) of sample 1 is inf"
    )
    alone = compile(lambda x: autograd.exp(x) * 2.0, check=True)
    with pytest.raises(FloatingPointError, match=r"exp\(1000\.0\) of sample 0 is inf"):
        alone(np.array(1000.0))
    # What comes in as nan or inf was not produced here.
    assert np.isnan(alone(float("nan")))
    with pytest.raises(ValueError, match="cannot be bound"):
        alone.bind(1.0)


@needs_llvm
def test_the_cache_is_used_and_can_be_switched_off(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_CACHE_DIR", str(tmp_path))
    compiler.compile(loss, in_axes=(None, 0, 0), backend="llvm", cache=False)(W, X, Y)
    assert list(tmp_path.rglob("*.autograd-kernel")) == []
    first = compiler.compile(loss, in_axes=(None, 0, 0), backend="llvm")(W, X, Y)
    assert len(list(tmp_path.rglob("*.autograd-kernel"))) == 2  # the program and its machine code
    again = compiler.compile(loss, in_axes=(None, 0, 0), backend="llvm")(W, X, Y)
    np.testing.assert_array_equal(first, again)
    assert len(list(tmp_path.rglob("*.autograd-kernel"))) == 2


def test_arguments_are_never_written_to(compile):
    f = compile(lambda v: (v * v).sum())
    first, second = np.array([1.0, 2.0]), np.array([5.0, 6.0])
    for x in (first, second, first):
        f.value_and_grad(x)
        f(x)
    f.bind(first)()
    f.value_and_grad(second)
    assert (first.tolist(), second.tolist()) == ([1.0, 2.0], [5.0, 6.0])
    locked = np.array([1.0, 2.0])
    locked.setflags(write=False)
    assert f.bind(locked)()[0] == 5.0


def test_bound_with_plain_numbers_among_the_arguments(compile):
    x = np.array([1.0, 2.0, 3.0])
    f = compile(lambda p, v: p[0] * v + p[1], in_axes=(None, 0), reduce="sum")
    bound = f.bind([2.0, 1.0], x)
    assert bound() == (15.0, [6.0, 3.0])
    x *= 2.0
    assert bound() == (27.0, [12.0, 3.0])
    assert compile(lambda p: p["a"] * p["b"]).bind({"a": 2.0, "b": 5.0})() == (
        10.0,
        {"a": 5.0, "b": 2.0},
    )


def test_memory_of_an_earlier_call_is_used_again(compile):
    f = compile(loss, argnums=(0, 1), in_axes=(None, 0, 0), reduce="sum")
    g = compile(loss, in_axes=(None, 0, 0), reduce="sum")
    first = g.value_and_grad(W, X, Y)
    for w, x, y in [(W, X, Y), (2.0 * W, X, -Y), (W, X[:7], Y[:7]), (W, 0.5 * X, Y), (W, X, Y)]:
        expected = f.value_and_grad(w, x, y)
        value, gradient = g.value_and_grad(w, x, y)
        assert value == expected[0]
        assert gradient.tolist() == expected[1][0].tolist()
        del expected
    # What was returned first is not what was written to since.
    assert first[0] == g(W, X, Y)
    assert first[1].tolist() == gradient.tolist()
    assert g.value_and_grad(W, X[:0], Y[:0])[0] == 0.0


def test_what_is_no_function_or_gives_no_number(compile):
    with pytest.raises(TypeError, match="compile wants a function, not 3 of type int"):
        compile(3)
    with pytest.raises(TypeError, match="the result of a compiled function: one real number"):
        compile(lambda x: [x, None])(1.0)


def test_formatting_a_recorded_number(compile):
    assert compile(lambda x: 2.0 * x if f"{x}" == "<recorded number %0>" else x)(1.0) == 2.0
    with pytest.raises(autograd.RecordingError, match=r"test_compile\.py:\d+: formatting a"):
        compile(lambda x: x * len(f"{x:.3f}"))(1.0)
