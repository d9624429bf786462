"""Sparse derivatives: patterns, colorings, and the matrices against dense ones."""

from __future__ import annotations

import functools
import itertools
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import compiler
from autograd.compiler.coloring import StarColoring, column_coloring, transposed
from autograd.compiler.sparsity import hessian_pattern, jacobian_pattern
from tests.compiler.test_compile import needs_llvm
from tests.compiler.test_passes import record
from tests.test_random_graphs import programs, run

sparse = pytest.importorskip("scipy.sparse", reason="these tests are about SciPy's matrices")

close = functools.partial(np.testing.assert_allclose, rtol=1e-11, atol=1e-12)


@pytest.fixture(params=["numpy", pytest.param("llvm", marks=needs_llvm)])
def compile(request):
    return functools.partial(compiler.compile, backend=request.param)


def rosenbrock(x):
    return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in zip(x[:-1], x[1:]))


def arrow(x):
    return autograd.sum([autograd.exp(x[0] * v) + v**3 for v in x])


def second_differences(x):
    inner = [x[i - 1] - 2.0 * x[i] + autograd.exp(x[i + 1]) for i in range(1, len(x) - 1)]
    return np.array([x[0] - 1.0, *inner, x[-1] * 0.0 + 3.0])


# Patterns
# --------


def pattern_by_tape(f, point):
    recording = record(f, point)
    tape = recording.recorder.tape
    return jacobian_pattern(tape, recording.arguments[0], recording.outputs)


def test_patterns():
    assert pattern_by_tape(second_differences, [1.0] * 5) == [
        [0], [0, 1, 2], [1, 2, 3], [2, 3, 4], [4]
    ]  # fmt: skip
    assert pattern_by_tape(lambda x: [3.0, x[1]], [1.0] * 2) == [[], [1]]


def test_what_has_no_derivative_is_not_in_the_pattern():
    found = pattern_by_tape(
        lambda x: [autograd.where(x[0] > 1.0, x[1], x[2]), autograd.floor(x[0]) + x[1]], [1.0] * 3
    )
    assert found == [[1, 2], [1]]


def hessian_by_tape(f, point):
    recording = record(f, point)
    tape, (output,) = recording.recorder.tape, recording.outputs
    return hessian_pattern(tape, recording.arguments[0], output)


def test_patterns_of_hessians():
    def f(x):
        coupled = x[0] * x[1] + x[2] / x[3] + autograd.sin(x[4] + x[5])
        chosen = autograd.where(x[6] * x[6] > x[0], x[6] - 2.0, x[7] ** 3)
        return coupled + chosen + autograd.sum(x)

    assert hessian_by_tape(f, [1.0] * 8) == [
        [1], [0], [3], [2, 3], [4, 5], [4, 5], [], [7]
    ]  # fmt: skip
    assert hessian_by_tape(lambda x: autograd.dot(x[:2], x[2:], x[0]), [1.0] * 4) == [
        [2], [3], [0], [1]
    ]  # fmt: skip


def test_a_pattern_is_symmetric_even_if_partials_are_not():
    @autograd.primitive(partials=[lambda z, x, y: 2.0, lambda z, x, y: x], name="lopsided")
    def lopsided(x, y):
        return x * y

    assert hessian_by_tape(lambda x: lopsided(x[0], x[1]), [1.0, 2.0]) == [[1], [0]]


@pytest.mark.parametrize("f", [rosenbrock, arrow, autograd.logsumexp, autograd.norm])
@pytest.mark.parametrize("n", [5, 50])
def test_patterns_of_hessians_are_what_is_not_zero(f, n):
    point = np.linspace(0.3, 0.9, n)
    expected = [np.flatnonzero(row).tolist() for row in autograd.hessian(f)(point)]
    assert hessian_by_tape(f, point.tolist()) == expected


@pytest.mark.parametrize("n", [3, 40, 100])
def test_sums_that_grow(n):
    found = pattern_by_tape(lambda x: list(itertools.accumulate(x)), [1.0] * n)
    assert found == [list(range(i + 1)) for i in range(n)]


# Colorings
# ---------

matrices = st.integers(1, 7).flatmap(
    lambda columns: st.lists(st.sets(st.integers(0, columns - 1)).map(sorted), max_size=7).map(
        lambda rows: (rows, columns)
    )
)


@given(matrices)
def test_no_row_has_two_columns_of_a_color(matrix):
    pattern, columns = matrix
    colors = column_coloring(pattern, columns)
    assert len(colors) == columns
    for row in pattern:
        assert len({colors[column] for column in row}) == len(row)
    assert max(colors) < columns


graphs = st.integers(1, 9).flatmap(
    lambda n: st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))).map(
        lambda edges: [
            sorted({j for i, j in edges if i == v} | {i for i, j in edges if j == v})
            for v in range(n)
        ]
    )
)


@given(graphs)
@settings(max_examples=300)
def test_star_colorings(pattern):
    coloring = StarColoring(pattern)
    colors = coloring.colors
    neighbors = [set(row) - {v} for v, row in enumerate(pattern)]
    assert all(colors[v] != colors[w] for v in range(len(pattern)) for w in neighbors[v])
    for b, row in enumerate(neighbors):
        for c in row:
            for a, d in itertools.product(row - {c}, neighbors[c] - {b}):
                assert a == d or len({colors[v] for v in (a, b, c, d)}) > 2
    for i, row in enumerate(pattern):
        for j in row:
            row, color = coloring.readable(i, j)
            assert [k for k in pattern[row] if colors[k] == color] == [j if row == i else i]


def test_few_colors_where_few_are_enough():
    n = 200
    band = [[j for j in range(i - 2, i + 3) if 0 <= j < n] for i in range(n)]
    assert max(column_coloring(band, n)) + 1 == 5
    chain = [[j for j in (i - 1, i, i + 1) if 0 <= j < n] for i in range(n)]
    assert max(StarColoring(chain).colors) + 1 == 3
    first = [list(range(n)), *([0, i] for i in range(1, n))]
    last = [*([i, n - 1] for i in range(n - 1)), list(range(n))]
    assert max(StarColoring(first).colors) + 1 == max(StarColoring(last).colors) + 1 == 2
    assert transposed(transposed(first, n), n) == first


# Matrices
# --------


@pytest.mark.parametrize("f", [rosenbrock, arrow, lambda x: x[0], lambda x: 3.0])
def test_hessian(compile, f):
    x = np.linspace(-0.5, 0.7, 9)
    compiled = compile(f)
    expected = autograd.hessian(f)(x)
    for _ in range(2):
        found = compiled.hessian(x, sparse=True)
        assert isinstance(found, sparse.csc_array)
        assert found.has_canonical_format
        close(found.toarray(), expected)
        assert (found.toarray() == found.toarray().T).all()
    fresh = sparse.csc_array(found.toarray() != 0.0)
    assert found.nnz >= fresh.nnz


def test_entries_of_the_chained_rosenbrock_function(compile):
    assert compile(rosenbrock).hessian(np.zeros(100), sparse=True).nnz == 3 * 100 - 2


def test_an_arrow_takes_few_operations(compile):
    operations = []
    for n in (50, 100):
        f = compile(arrow)
        f.hessian(np.linspace(0.0, 1.0, n), sparse=True)
        operations.append(int(f.report().split()[0]))
    assert operations[1] < 2.2 * operations[0]


def test_jacobian_by_columns_and_by_rows(compile):
    x = np.linspace(-0.5, 0.7, 8)
    # The second has a row that depends on everything, the third a column on which everything does.
    by_row = lambda x: np.array([x.sum() ** 2, x[0] * x[1], x[1] * x[2]])  # noqa: E731
    by_column = lambda x: x * x[0]  # noqa: E731
    for f in (second_differences, by_row, by_column):
        compiled = compile(f)
        for _ in range(2):
            found = compiled.jacobian(x, sparse=True)
            assert isinstance(found, sparse.csr_array)
            assert found.has_canonical_format
            close(found.toarray(), autograd.jacobian(f)(x))


def test_structures_are_flattened(compile):
    def f(p, s):
        return {"a": p["w"] * s, "b": [p["q"] ** 2, 3.0]}

    args = {"w": np.array([[1.0, -2.0]]), "q": 0.5}, 4.0
    found = compile(f, argnums=(0, 1)).jacobian(*args, sparse=True)
    expected = [[4.0, 0, 0, 1.0], [0, 4.0, 0, -2.0], [0, 0, 1.0, 0], [0, 0, 0, 0]]
    assert found.toarray().tolist() == expected


def test_reduced_over_samples(compile):
    def loss(w, x):
        return rosenbrock(w) * x[0] + w[0] * w[3] * x[1]

    rng = np.random.default_rng(2)
    w, samples = rng.standard_normal(4), rng.standard_normal((300, 2))
    for reduce in ("sum", "mean"):
        f = compile(loss, in_axes=(None, 0), reduce=reduce)
        found = f.hessian(w, samples, sparse=True)
        assert found.nnz == 4 + 2 * 4
        close(found.toarray(), f.hessian(w, samples))
        g = compile(lambda w, x: w * x[0], in_axes=(None, 0), reduce=reduce)
        close(g.jacobian(w, samples, sparse=True).toarray(), g.jacobian(w, samples))


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
@pytest.mark.parametrize("branches", ["error", "guard"])
def test_a_matrix_for_each_sample(compile, reduce, branches):
    def loss(w, x):
        if branches == "guard" and x[0] > 0.0:
            return w[0] * x[0] ** 2 + x[1] * x[2] * w[1]
        return rosenbrock(x) * w[1]

    def results(w, x):
        return np.array([x[0] * w[0], loss(w, x), x[2], x[1]])

    rng = np.random.default_rng(3)
    w, samples = rng.standard_normal(2), rng.standard_normal((50, 3))
    options = {"in_axes": (None, 0), "branches": branches}
    for argnums in (1, (0, 1)) if reduce is None else (1,):
        f = compile(loss, argnums=argnums, reduce=reduce, **options)
        g = compile(results, argnums=argnums, reduce=reduce, **options)
        dense, of_results = f.hessian(w, samples), g.jacobian(w, samples)
        if argnums == (0, 1):
            dense = np.block([[dense[0][0], dense[0][1]], [dense[1][0], dense[1][1]]])
            of_results = np.concatenate(of_results, axis=2)
        for found, wanted in (
            (f.hessian(w, samples, sparse=True), dense),
            (g.jacobian(w, samples, sparse=True), of_results),
        ):
            assert len(found) == 50
            assert all(each.nnz < each.shape[0] * each.shape[1] for each in found)
            close(np.array([each.toarray() for each in found]), wanted)
        assert f.hessian(w, samples[:0], sparse=True) == []
    if reduce is None:
        by_w = compile(results, **options).jacobian(w, samples, sparse=True)
        close(np.array([each.toarray() for each in by_w])[:, 0, 0], samples[:, 0])


def test_results_belong_to_the_caller(compile):
    f = compile(rosenbrock)
    x = np.linspace(-0.5, 0.7, 5)
    expected = f.hessian(x)
    for _ in range(3):
        found = f.hessian(x, sparse=True)
        close(found.toarray(), expected)
        found.data[:] = 0.0
        found.indices[:] = 0
        found.eliminate_zeros()


def test_empty_matrices(compile):
    assert compile(lambda x: x[:0]).jacobian(np.ones(3), sparse=True).shape == (0, 3)
    assert compile(lambda x: [3.0]).jacobian(np.empty(0), sparse=True).shape == (1, 0)
    found = compile(lambda x: x.sum()).hessian(np.ones(3), sparse=True)
    assert (found.shape, found.nnz) == ((3, 3), 0)


def check_random_program(program, seed, **options):
    rng = np.random.default_rng(seed)
    point = rng.uniform(-2, 2, 6)

    def f(x):
        return run(program, autograd, [x[0], x[1], x[4], x[2]]) + x[5] * x[3] ** 2

    def several(x):
        return [f(x), x[4] * x[5], run(program, autograd, [x[2], 1.0, 2.0, x[3]])]

    compiled, jacobian = compiler.compile(f, **options), compiler.compile(several, **options)
    hessian = autograd.hessian(f)(point)
    scale = 1.0 + np.abs(hessian).max() + np.abs(autograd.grad(f)(point)).max()
    near = functools.partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-10 * scale)
    near(compiled.hessian(point, sparse=True).toarray(), hessian)
    near(jacobian.jacobian(point, sparse=True).toarray(), autograd.jacobian(several)(point))


@given(program=programs, seed=st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_random_programs(program, seed):
    check_random_program(program, seed, backend="numpy")


def test_sparse_newton_steps(compile):
    from scipy.sparse.linalg import splu

    f = compile(lambda x: rosenbrock(x) + autograd.sum(0.1 * x**4))
    x = np.full(40, 0.9)
    for _ in range(20):
        x -= splu(f.hessian(x, sparse=True)).solve(f.grad(x))
    np.testing.assert_allclose(f.grad(x), 0.0, atol=1e-9)


def test_solvers_take_sparse_matrices(compile):
    from scipy.integrate import solve_ivp
    from scipy.optimize import least_squares, minimize

    f = compile(rosenbrock)
    hess = functools.partial(f.hessian, sparse=True)
    found = minimize(f.value_and_grad, np.full(4, 0.7), jac=True, hess=hess, method="trust-constr")
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)

    residuals = lambda x: np.concatenate([10.0 * (x[1:] - x[:-1] ** 2), 1.0 - x])  # noqa: E731
    g = compile(residuals)
    jac = functools.partial(g.jacobian, sparse=True)
    np.testing.assert_allclose(least_squares(g, np.full(6, 0.5), jac=jac).x, 1.0, atol=1e-8)

    heat = compile(lambda t, y: 50.0 * (np.roll(y, 1) - 2.0 * y + np.roll(y, -1)), argnums=1)
    y = np.sin(2 * np.pi * np.arange(12) / 12)
    jac = functools.partial(heat.jacobian, sparse=True)
    path = solve_ivp(heat, (0.0, 0.1), y, method="BDF", jac=jac, rtol=1e-8, atol=1e-10)
    decay = np.exp(50.0 * 0.1 * (2.0 * np.cos(2 * np.pi / 12) - 2.0))
    np.testing.assert_allclose(path.y[:, -1], decay * y, atol=1e-6)


def test_errors(compile, monkeypatch):
    own = compile(lambda w, x: (w * x).sum(), argnums=(0, 1), in_axes=(None, 0), reduce="sum")
    with pytest.raises(ValueError, match="either .argnums., or compile without reduce"):
        own.hessian(np.ones(2), np.ones((3, 2)), sparse=True)
    with pytest.raises(TypeError, match="hessian wants a function that returns one number"):
        compile(lambda x: x).hessian(np.ones(2), sparse=True)
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(ImportError, match=r"scalar-autodiff\[sparse\]"):
        compile(rosenbrock).hessian(np.ones(3), sparse=True)
