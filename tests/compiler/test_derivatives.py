"""Further derivatives of compiled functions against the eager transforms, and by solvers."""

from __future__ import annotations

import functools
import threading
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, compiler
from autograd.compiler.push_forward import push_forward
from tests.compiler.test_compile import needs_llvm
from tests.compiler.test_passes import record
from tests.test_random_graphs import programs, run

Point = namedtuple("Point", "x y")


@pytest.fixture(params=["numpy", pytest.param("llvm", marks=needs_llvm)])
def compile(request):
    return functools.partial(compiler.compile, backend=request.param)


def rosenbrock(x):
    return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in zip(x[:-1], x[1:]))


def loss(w, x, y):
    return (autograd.tanh(autograd.dot(w, x)) - y) ** 2


def layer(w, x):
    """Three results of two weights, for one sample of two numbers."""
    return np.array([autograd.sin(w[0] * x[0]), w[1] * w[1] * x[1], autograd.exp(x[0]) * w[0]])


RNG = np.random.default_rng(5)
X0, V0 = RNG.standard_normal(5), RNG.standard_normal(5)
W, X, Y = RNG.standard_normal(3), RNG.standard_normal((10, 3)), RNG.standard_normal(10)
U, Z = RNG.standard_normal(2), RNG.standard_normal((6, 2))

close = functools.partial(np.testing.assert_allclose, rtol=1e-11, atol=1e-12)


def same(actual, expected):
    """Both of one structure, all numbers close."""
    if isinstance(expected, dict):
        assert list(actual) == list(expected)
        actual, expected = list(actual.values()), list(expected.values())
    if isinstance(expected, (list, tuple)):
        assert type(actual) is type(expected)
        assert len(actual) == len(expected)
        for a, b in zip(actual, expected, strict=True):
            same(a, b)
    else:
        assert type(actual) is type(expected)
        assert np.shape(actual) == np.shape(expected)
        close(actual, expected)


# At a single point
# -----------------


def test_hessian_of_a_single_array(compile):
    f = compile(rosenbrock)
    expected = autograd.hessian(rosenbrock)(X0)
    for _ in range(3):  # the second call is another way through the code
        found = f.hessian(X0)
        close(found, expected)
        assert (found == found.T).all()


def test_products_with_the_hessian(compile):
    f = compile(rosenbrock)
    expected = autograd.hessian(rosenbrock)(X0) @ V0
    for _ in range(2):
        close(f.hvp(X0, V0), expected)
        close(f.hvp((X0,), V0), expected)
    close(f.hvp(X0.tolist(), V0.tolist()), expected)
    several = compile(rosenbrock, argnums=(0,))
    same(several.hvp((X0,), (V0,)), autograd.hvp(rosenbrock, (X0,), (V0,)))


def test_jvp_and_vjp(compile):
    def f(x, s):
        return {"a": x * s, "b": [rosenbrock(x), x[0], 2.0]}

    for argnums in (0, 1, (0, 1), (1, 0)):
        chosen = argnums if isinstance(argnums, tuple) else (argnums,)
        compiled = compile(f, argnums=argnums)
        tangents = [(V0, 0.5)[i] for i in chosen]
        every = [V0 if 0 in chosen else 0.0 * V0, 0.5 if 1 in chosen else 0.0]
        expected = autograd.jvp(f, (X0, 3.0), every)
        given = tuple(tangents) if isinstance(argnums, tuple) else tangents[0]
        for _ in range(2):
            same(compiled.jvp((X0, 3.0), given), expected)
        value, pullback = compiled.vjp(X0, 3.0)
        expected_value, expected_pullback = autograd.vjp(f, X0, 3.0)
        same(value, expected_value)
        cotangent = {"a": V0, "b": [2.0, -1.0, 7.0]}
        pulled = expected_pullback(cotangent)
        wanted = tuple(pulled[i] for i in chosen)
        for _ in range(2):
            same(pullback(cotangent), wanted if isinstance(argnums, tuple) else wanted[0])


def few_to_many(x):
    return np.array([[autograd.sin(x[0] * k), x[1] ** k + x[0]] for k in range(1, 4)])


def many_to_few(x):
    return np.array([autograd.logsumexp(x), autograd.prod(x), x[0]])


@pytest.mark.parametrize(("f", "point"), [(few_to_many, U), (many_to_few, X0)])
def test_jacobian_of_arrays_in_either_mode(compile, f, point):
    compiled = compile(f)
    for _ in range(2):
        same(compiled.jacobian(point), autograd.jacobian(f)(point))


def test_the_mode_with_fewer_sweeps_is_taken(compile):
    def chain(x):
        y = x[0]
        for i in range(50):
            y = autograd.sin(y) * x[i % len(x)]
        return y

    def multiples(x):
        y = chain(x)
        return np.array([y * k for k in range(40)])

    wide = compile(multiples)
    wide.jacobian(np.array([0.3]))
    tall = compile(chain)
    tall.jacobian(np.linspace(0.5, 1.5, 40))
    for f in (wide, tall):
        recorded = int(f.report().split()[0])
        assert recorded < 600  # forty sweeps would be thousands


def test_structures_of_arguments_and_results(compile):
    def f(p, s):
        return {"a": p["w"] * s, "b": [p["q"].x * p["q"].y, 3.0], "c": p["w"][0] * p["q"].x}

    args = {"w": np.array([1.0, -2.0]), "q": Point(0.5, 3)}, 4.0
    for argnums in (0, (0, 1), [1]):
        same(compile(f, argnums=argnums).jacobian(*args), autograd.jacobian(f, argnums)(*args))

    def energy(p, s):
        return autograd.sum(autograd.exp(p["w"] * s)) * p["q"].x ** 3 / p["q"].y

    for argnums in (0, (0, 1), [1]):
        compiled = compile(energy, argnums=argnums)
        same(compiled.hessian(*args), autograd.hessian(energy, argnums)(*args))


def test_outside_values_are_read_anew(compile):
    scale = Value(2.0)
    f = compile(lambda x: scale * x**3)
    x = np.array(3.0)
    for _ in range(2):
        assert f.hessian(x) == pytest.approx(36.0)
    scale.data = 1.0
    assert f.hessian(x) == pytest.approx(18.0)
    assert f.jvp(3.0, 2.0) == (27.0, pytest.approx(54.0))


def test_partials_that_read_outside_values(compile):
    slope = Value(2.0, "slope")

    @autograd.primitive(partials=lambda y, x: slope * x, name="ramp_of_test_derivatives")
    def ramp(x):
        return x * x

    f = compile(lambda x: ramp(x) + ramp(2.0 * x))
    assert f.grad(3.0) == 2.0 * 3.0 + 2.0 * 2.0 * 6.0
    assert f.hessian(3.0) == 2.0 + 8.0
    slope.data = 1.0
    assert f.grad(3.0) == 3.0 + 12.0
    assert f.hessian(3.0) == 5.0

    rate = Value(2.0, "rate")

    @autograd.primitive(partials=lambda y, x: rate * y, name="growth_of_test_derivatives")
    def growth(x):
        return autograd.exp(2.0 * x)

    second = compile(lambda x: growth(x[0]) * x[1] ** 2).hessian(np.array([0.5, 3.0]))
    np.testing.assert_allclose(second, np.exp(1.0) * np.array([[36.0, 12.0], [12.0, 2.0]]))


def test_no_variables_and_no_results(compile):
    assert compile(lambda x: np.array([3.0, 4.0])).jacobian(np.empty(0)).shape == (2, 0)
    assert compile(lambda x: x[:0]).jacobian(np.ones(3)).shape == (0, 3)
    assert compile(lambda x: 3.0).hessian(np.empty(0)).shape == (0, 0)
    assert compile(lambda x: 3.0).hessian(np.ones(2)).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert compile(lambda x: x).jacobian(2.0) == 1.0


def test_only_those_directions_are_swept_that_are_wanted():
    def tape_and_tangents(wanted):
        recording = record(lambda x: [autograd.exp(x[0] * x[1] * x[2])] * 2, [1.0, 2.0, 3.0])
        seeds = {node: {k: 1.0} for k, node in enumerate(recording.arguments[0])}
        found = push_forward(recording.recorder, seeds, recording.outputs, wanted)
        return recording.recorder.tape, found

    (every, all_found), (part, found) = tape_and_tangents(None), tape_and_tangents([0b10, 0b100])
    assert len(part) < len(every)
    assert [sorted(each) for each in all_found] == [[0, 1, 2]] * 2
    assert [sorted(each) for each in found] == [[1, 2]] * 2
    numbers, others = every.evaluate([1.0, 2.0, 3.0]), part.evaluate([1.0, 2.0, 3.0])
    assert [others[found[0][k]] for k in (1, 2)] == [numbers[all_found[0][k]] for k in (1, 2)]


@needs_llvm
def test_programs_from_the_cache_are_for_the_same_structures(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_CACHE_DIR", str(tmp_path))

    def f(x):
        return [x[0] * x[1], x[0] ** 2]

    def g(x):
        return np.array(f(x))

    for function in (f, g):
        for point in ([2.0, 3.0], np.array([2.0, 3.0])):
            expected = autograd.jacobian(function)(point)
            for _ in range(2):
                compiled = compiler.compile(function, backend="llvm")
                same(compiled.jacobian(point), expected)
    assert "from the cache" in compiled.report()
    for _ in range(2):
        compiled = compiler.compile(rosenbrock, backend="llvm")
        x, v = X0[:2], V0[:2]  # two results each of hvp and jvp
        close(compiled.hessian(x), autograd.hessian(rosenbrock)(x))
        close(compiled.hvp(x, v), autograd.hessian(rosenbrock)(x) @ v)
        close(compiled.jvp(x, v)[1], autograd.grad(rosenbrock)(x) @ v)
        close(compiled.vjp(x)[1](2.0), 2.0 * autograd.grad(rosenbrock)(x))
    assert compiled.report().count("from the cache") == 5


# Over samples
# ------------


def eager_rows(transform, f, shared, samples, *more):
    return np.array([transform(f)(shared, *row) for row in zip(samples, *more, strict=True)])


def test_hessian_over_samples(compile):
    rows = eager_rows(autograd.hessian, loss, W, X, Y)
    close(compile(loss, in_axes=(None, 0, 0)).hessian(W, X, Y), rows)
    total = compile(loss, in_axes=(None, 0, 0), reduce="sum")
    close(total.hessian(W, X, Y), rows.sum(axis=0))
    mean = compile(loss, in_axes=(None, 1, 0), reduce="mean")
    close(mean.hessian(W, X.T, Y), rows.mean(axis=0))


def test_hessian_with_respect_to_samples_comes_for_each(compile):
    mean = compile(loss, argnums=(0, 1), in_axes=(None, 0, 0), reduce="mean")
    (ww, wx), (xw, xx) = mean.hessian(W, X, Y)
    rows = [autograd.hessian(loss, (0, 1))(W, x, y) for x, y in zip(X, Y, strict=True)]
    close(ww, np.mean([row[0][0] for row in rows], axis=0))
    for found, i, j in ((wx, 0, 1), (xw, 1, 0), (xx, 1, 1)):
        close(found, np.array([row[i][j] for row in rows]) / 10)


def test_jacobian_over_samples(compile):
    rows = eager_rows(autograd.jacobian, layer, U, Z)
    close(compile(layer, in_axes=(None, 0)).jacobian(U, Z), rows)
    close(compile(layer, in_axes=(None, 1), reduce="sum").jacobian(U, Z.T), rows.sum(axis=0))
    both = compile(layer, argnums=(0, 1), in_axes=(None, 0), reduce="mean")
    by_w, by_x = both.jacobian(U, Z)
    close(by_w, rows.mean(axis=0))
    close(by_x, eager_rows(lambda f: autograd.jacobian(f, 1), layer, U, Z) / 6)


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_products_over_samples(compile, reduce):
    over = {None: lambda rows: rows, "sum": lambda r: r.sum(axis=0), "mean": lambda r: r.mean(0)}
    share = {None: 1.0, "sum": 1.0, "mean": 0.1}[reduce]
    p, q = RNG.standard_normal(3), RNG.standard_normal((10, 3))
    samples = list(zip(X, Y, q, strict=True))

    f = compile(loss, argnums=(0, 1), in_axes=(None, 0, None), reduce=reduce)
    expected = [autograd.jvp(lambda w, x: loss(w, x, 0.3), (W, x), (p, v)) for x, _, v in samples]
    value, derivative = f.jvp((W, X, 0.3), (p, q))
    close(value, over[reduce](np.array([v for v, _ in expected])))
    close(derivative, over[reduce](np.array([d for _, d in expected])))

    products = [autograd.hvp(lambda w, x: loss(w, x, 0.3), (W, x), (p, v)) for x, _, v in samples]
    dw, dx = f.hvp((W, X, 0.3), (p, q))
    close(dw, over[reduce](np.array([a for a, _ in products])))
    close(dx, share * np.array([b for _, b in products]))

    cotangents = np.linspace(1.0, 2.0, 10) if reduce is None else np.full(10, 2.0 * share)
    value, pullback = f.vjp(W, X, 0.3)
    close(value, f(W, X, 0.3))
    dw, dx = pullback(cotangents if reduce is None else 2.0)
    gradients = [autograd.grad(loss, (0, 1))(W, x, 0.3) for x in X]
    close(dw, sum(c * g for c, (g, _) in zip(cotangents, gradients, strict=True)))
    close(dx, [c * g for c, (_, g) in zip(cotangents, gradients, strict=True)])


def test_no_samples(compile):
    nothing = np.empty((0, 2))
    assert compile(layer, in_axes=(None, 0)).jacobian(U, nothing).shape == (0, 3, 2)
    total = compile(layer, in_axes=(None, 0), reduce="sum").jacobian(U, nothing)
    assert total.tolist() == [[0.0, 0.0]] * 3


# Random programs
# ---------------


def check_random_program(program, seed, **options):
    rng = np.random.default_rng(seed)
    point, v = rng.uniform(-2, 2, 4), rng.uniform(-1, 1, 4)

    def f(x):
        return run(program, autograd, list(x))

    def gradient(x):
        return np.array([f(x), f(x) * x[0], x[1] * x[2]])

    compiled = compiler.compile(f, **options)
    hessian = autograd.hessian(f)(point)
    scale = 1.0 + np.abs(hessian).max() + np.abs(autograd.grad(f)(point)).max()
    near = functools.partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-10 * scale)
    near(compiled.hessian(point), hessian)
    near(compiled.hvp(point, v), hessian @ v)
    near(compiled.jvp(point, v)[1], autograd.grad(f)(point) @ v)
    jacobian = autograd.jacobian(gradient)(point)
    several = compiler.compile(gradient, **options)
    near(several.jacobian(point), jacobian)
    near(several.jvp(point, v)[1], jacobian @ v)
    near(several.vjp(point)[1](v[:3]), v[:3] @ jacobian)


@given(program=programs, seed=st.integers(0, 99))
@settings(deadline=None, max_examples=50)
def test_random_programs_by_numpy(program, seed):
    check_random_program(program, seed, backend="numpy")


@needs_llvm
@given(program=programs, seed=st.integers(0, 99))
@settings(deadline=None, max_examples=8)
def test_random_programs_by_machine_code(program, seed):
    check_random_program(program, seed, backend="llvm")


def test_finite_differences_agree(compile):
    f = compile(rosenbrock)
    h = 1e-5
    columns = [(f.grad(X0 + h * e) - f.grad(X0 - h * e)) / (2 * h) for e in np.eye(5)]
    np.testing.assert_allclose(f.hessian(X0), columns, rtol=1e-6, atol=1e-5)


def test_arguments_by_name(compile):
    f = compile(loss, in_axes=(None, 0, 0), reduce="sum")
    close(f.hessian(W, y=Y, x=X), f.hessian(W, X, Y))
    close(f.jacobian(w=W, y=Y, x=X), f.grad(W, X, Y))
    close(f.vjp(W, x=X, y=Y)[1](1.0), f.grad(W, X, Y))


def test_calls_from_several_threads(compile):
    f = compile(lambda x: (x**3).sum())
    f.hessian(np.ones(3))
    wrong = []

    def work(k):
        for i in range(100):
            if f.hessian(np.full(3, float(k + i)))[1, 1] != 6.0 * (k + i):
                wrong.append((k, i))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# Errors
# ------


def test_errors(compile):
    f = compile(loss, argnums=(0, 1), in_axes=(None, 0, 0))
    with pytest.raises(TypeError, match="a tuple of 2 tangents is wanted"):
        f.hvp((W, X, Y), W)
    with pytest.raises(ValueError, match="1 tangents for 2 arguments"):
        f.jvp((W, X, Y), (W,))
    with pytest.raises(ValueError, match=r"tangent of argument 0 should have .* array\(3,\)"):
        f.jvp((W, X, Y), (W[:2], X))
    with pytest.raises(ValueError, match="the tangent of x has 9 samples"):
        f.jvp((W, X, Y), (W, X[:9]))
    with pytest.raises(ValueError, match="the cotangent has 3 samples"):
        f.vjp(W, X, Y)[1](W)
    with pytest.raises(ValueError, match=r"the cotangent should have the structure \*, not array"):
        compile(rosenbrock).vjp(X0)[1](X0)
    with pytest.raises(TypeError, match="hessian wants a function that returns one number"):
        compile(lambda x: x).hessian(X0)
    with pytest.raises(TypeError, match="hvp wants a function that returns one number"):
        compile(lambda x: x).hvp(X0, X0)
    with pytest.raises(TypeError, match="want numbers, not Values"):
        compile(rosenbrock).hessian([Value(1.0), 2.0])
    with pytest.raises(ValueError, match="argnums=2"):
        compile(rosenbrock, argnums=2).hessian(X0)
    with pytest.raises(ValueError, match="y has 9 samples"):
        f.hessian(W, X, Y[:9])
    checked = compile(lambda x: autograd.sqrt(x[0]) * x[1], check=True)
    with pytest.raises(FloatingPointError, match="sample 0 is inf"):
        checked.hessian(np.array([0.0, 1.0]))


def test_results_of_earlier_calls_stay_as_they_are(compile):
    f = compile(lambda x: (x * x * x).sum())
    found = [f.hessian(np.full(2, float(i))) for i in range(4)]
    assert [h[0, 0] for h in found] == [0.0, 6.0, 12.0, 18.0]
    products = [f.hvp(np.ones(2), np.full(2, float(i))) for i in range(4)]
    assert [p[0] for p in products] == [0.0, 6.0, 12.0, 18.0]


@pytest.mark.parametrize("argnums", [-1, (-1,), (1, -2), [0], (), 0])
def test_argnums_mean_what_they_mean_in_eager_code(argnums):
    def f(x, y):
        return x * x * y + y**3

    g = compiler.compile(f, argnums=argnums, backend="numpy")
    same(g.value_and_grad(2.0, 3.0), autograd.value_and_grad(f, argnums)(2.0, 3.0))
    same(g.jacobian(2.0, 3.0), autograd.jacobian(f, argnums)(2.0, 3.0))
    same(g.hessian(2.0, 3.0), autograd.hessian(f, argnums)(2.0, 3.0))


@pytest.mark.parametrize(
    ("argnums", "error", "message"),
    [
        ((0, 0), ValueError, r"argnums=\(0, 0\) names argument 0 twice"),
        ((0, 1, -2), ValueError, "twice"),
        (2, ValueError, "argnums=2 wants at least 3 positional arguments, but 2"),
        (-3, ValueError, "wants at least 3"),
        (True, TypeError, "argnums should be an int or a tuple of ints, not True"),
        ((True,), TypeError, "not \\(True,"),
        (1.0, TypeError, "not 1.0"),
        (None, TypeError, "not None"),
    ],
)
def test_bad_argnums_are_the_same_errors_in_eager_code(argnums, error, message):
    def f(x, y):
        return x * y

    g = compiler.compile(f, argnums=argnums, backend="numpy")
    for derivative in (
        autograd.grad(f, argnums),
        autograd.jacobian(f, argnums),
        autograd.hessian(f, argnums),
        g.grad,
        g.jacobian,
        g.hessian,
        lambda x, y: g.hvp((x, y), (1.0, 1.0)),
        lambda x, y: g.vjp(x, y)[1](1.0),
        lambda x, y: g.source("python", x, y),
    ):
        with pytest.raises(error, match=message):
            derivative(2.0, 3.0)
