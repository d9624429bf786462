"""Random programs that return early and raise: all derivatives, and calls from two threads."""

from __future__ import annotations

import functools
import threading

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd
from autograd import compiler
from tests.compiler.test_random_branches import SLOW, batches, interpret, places, reductions, simple

nested = st.tuples(
    st.just("if"),
    st.sampled_from(["<", ">=", "chain", "truth"]),
    places,
    places,
    st.lists(simple, max_size=2),
    simple,
)
statements = st.one_of(
    simple,
    nested,
    st.tuples(st.just("while"), places, places),
    st.tuples(st.just("return"), places, places),
    st.tuples(st.just("try"), places, st.one_of(simple, nested)),
)
programs = st.lists(statements, min_size=1, max_size=5)


class TooLargeError(Exception):
    """What a program raises, and handles."""


def attempt(i, statement, v):
    if v[i] > 0.5:
        raise TooLargeError
    interpret(statement, v)
    if v[i] < -0.5:
        raise TooLargeError


def run(program, x):
    v = list(x)
    for statement in program:
        name, *rest = statement
        if name == "return":
            i, j = rest
            if v[i] < v[j]:
                return v[i] * v[j] * v[0]
        elif name == "try":
            i, inner = rest
            try:
                attempt(i, inner, v)
            except TooLargeError:
                v[i] = v[i] * 0.5
        else:
            interpret(statement, v)
    total = 0.0
    for k, each in enumerate(v):
        total = total + (k + 1.0) * each * each
    return total * v[0]


def stays_small(program, x):
    try:
        return abs(run(program, x)) < 1e30
    except (ValueError, OverflowError):  # int of nan or of infinity
        return False


def assert_close(found, expected):
    expected = np.asarray(expected)
    scale = 1.0 + np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11 * scale)


@given(program=programs, batch=batches(4), reduce=reductions)
@settings(deadline=None, max_examples=25, suppress_health_check=SLOW)
def test_all_derivatives(program, batch, reduce):
    shared, samples = batch
    xs = np.array([[*shared, *x] for x in samples])
    assume(all(stays_small(program, x) for x in xs))
    f = functools.partial(run, program)
    options = {"backend": "numpy", "branches": "guard", "max_recordings": 1000}
    hessians = np.array([autograd.hessian(f)(x) for x in xs])
    gradients = np.array([autograd.grad(f)(x) for x in xs])
    direction = np.linspace(-1.0, 2.0, 5)
    g = compiler.compile(f, in_axes=0, **options)
    assert_close(g.hessian(xs), hessians)
    assert_close(g.jacobian(xs), gradients)
    directions = np.tile(direction, (len(xs), 1))
    assert_close(g.hvp(xs, directions), hessians @ direction)
    assert_close(g.jvp(xs, directions)[1], gradients @ direction)
    value, pull_back = g.vjp(xs)
    assert_close(pull_back(2.0 + value), (2.0 + value)[:, None] * gradients)
    if reduce is not None:
        moved = compiler.compile(lambda a, x: f(a + x), in_axes=(None, 0), reduce=reduce, **options)
        expected = getattr(hessians, reduce)(axis=0)
        assert_close(moved.hessian(np.zeros(5), xs), expected)
        assert_close(moved.hvp((np.zeros(5), xs), direction), expected @ direction)
    point = compiler.compile(f, **options)
    for x, hessian in zip(xs, hessians, strict=True):
        assert_close(point.hessian(x), hessian)


@given(program=programs, batch=batches(8), reduce=reductions)
@settings(deadline=None, max_examples=10, suppress_health_check=SLOW)
def test_two_threads_get_what_one_gets(program, batch, reduce):
    shared, samples = batch
    xs = np.array([[*shared, *x] for x in samples])
    assume(all(stays_small(program, x) for x in xs))
    make = functools.partial(
        compiler.compile,
        functools.partial(run, program),
        in_axes=0,
        reduce=reduce,
        backend="numpy",
        branches="guard",
        max_recordings=1000,
    )
    parts = [xs, xs[::-1], xs[: len(xs) // 2 + 1]]
    expected = [
        [array.tobytes() for array in map(np.asarray, make().value_and_grad(x))] for x in parts
    ]
    f = make()
    found = {}

    def work(k):
        found[k] = [array.tobytes() for array in map(np.asarray, f.value_and_grad(parts[k]))]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[k] for k in range(3)] == expected
