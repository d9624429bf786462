"""``branches="guard"``: branches on recorded numbers, against the eager engine."""

from __future__ import annotations

import functools
import importlib.util
import math

import numpy as np
import pytest

import autograd
from autograd import Value, compiler, value_and_grad

needs_llvm = pytest.mark.skipif(
    importlib.util.find_spec("llvmlite") is None, reason="machine code needs llvmlite"
)


@pytest.fixture(params=["numpy", pytest.param("llvm", marks=needs_llvm)])
def compile(request):
    return functools.partial(compiler.compile, backend=request.param, branches="guard")


def traces(f):
    """The recordings of a function called with arguments of one structure."""
    (tree,) = f._trees.values()
    return tree.traces


def curved(x):
    y = x[0] * x[0] * x[1]
    if y > x[1]:
        y = y * x[0]
    return autograd.sin(y) + (x[1] ** 3 if x[1] > 0.0 else x[1] ** 2)


# Conditions and their rounding
# -----------------------------


def test_what_was_found_not_negative_is_not_negative_afterwards(compile):
    def root(b, c):
        d = b * b + c
        return autograd.sqrt(d) if d >= 0.0 else -1.0

    b = np.random.default_rng(0).standard_normal(64)
    # d is zero: rounded once, in a fused operation, it would be the rounding error of the product.
    np.testing.assert_array_equal(compile(root, in_axes=0)(b, -b * b), np.zeros(64))

    def logarithm(c, b):
        for _ in range(20):  # what nothing needs is left out before the second derivative
            autograd.exp(b)
        d = b * b + c
        return autograd.log(d + 1e-100) if d >= 0.0 else c

    curvature = compile(logarithm, in_axes=0).hessian(-b * b, b)
    np.testing.assert_allclose(curvature, np.full(64, -1e200))


def test_ways_do_not_depend_on_what_else_is_computed(compile):
    def f(x, y):
        d = x * y + 1.0
        if d > 0.0:
            return d * d
        return x * y * 3.0 if d < 0.0 else x - y

    x = np.random.default_rng(0).standard_normal(200)
    y = -1.0 / x
    each = [value_and_grad(f)(a, b) for a, b in zip(x, y, strict=True)]
    g = compile(f, in_axes=0)
    np.testing.assert_allclose(g(x, y), [v for v, _ in each], rtol=1e-15, atol=1e-15)
    np.testing.assert_allclose(g.grad(x, y), [d for _, d in each], rtol=1e-14)


def test_conditions_may_be_decided_in_another_order_than_computed(compile):
    def f(x):
        positive, large = x > 0.0, x > 1.0
        y = x * 2.0
        if not large:
            return y if positive else -y
        return y * y

    x = np.array([-1.0, 0.5, 2.0])
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
        assert (
            compile(f, in_axes=0)(x[order]).tolist() == np.array([2.0, 1.0, 16.0])[order].tolist()
        )


def test_nothing_is_equal_to_what_is_no_number(compile):
    f = compile(lambda x: x if x == None or x in [None, "a", 2.0] else -x, in_axes=0)  # noqa: E711
    assert f(np.array([1.0, 2.0])).tolist() == [-1.0, 2.0]
    assert compile(lambda x: x if x != "a" else -x)(3.0) == 3.0


def test_nan_takes_the_way_that_it_takes_in_python(compile):
    def f(x):
        if not x < 1.0:
            return x * 2.0 if x >= 1.0 else 7.0 * x * 0.0 + x
        return -x if x else x + 5.0

    x = np.array([0.5, 3.0, math.nan, 0.0, -0.0, math.inf, -math.inf])
    expected = np.array([-0.5, 6.0, math.nan, 5.0, 5.0, math.inf, math.inf])
    np.testing.assert_array_equal(compile(f, in_axes=0)(x), expected)
    np.testing.assert_array_equal([compile(f)(a) for a in x], expected)


def test_errors_of_a_way_not_taken_do_not_matter(compile):
    def f(x):
        if x > 0.0:
            return autograd.log(x)
        return 1.0 / x if x < 0.0 else x

    x = np.array([2.0, -2.0, 0.0])
    for check in (False, True):
        g = compile(f, in_axes=0, check=check)
        value, gradient = g.value_and_grad(x)
        np.testing.assert_allclose(value, [math.log(2.0), -0.5, 0.0])
        np.testing.assert_allclose(gradient, [0.5, -0.25, 1.0])


# Numerical programs
# ------------------


def newton(a):
    x = 0.5 * (1.0 + a)
    while abs(x * x - a) > 1e-12 * a:
        x = 0.5 * (x + a / x)
    return x


def test_newton_until_convergence(compile):
    a = np.geomspace(1e-3, 1e2, 300)
    value, gradient = compile(newton, in_axes=0).value_and_grad(a)
    np.testing.assert_allclose(value, np.sqrt(a), rtol=1e-12)
    # The derivative of the last iterate lags one iteration behind.
    np.testing.assert_allclose(gradient, 0.5 / np.sqrt(a), rtol=1e-5)
    each = np.array([value_and_grad(newton)(x) for x in a])
    np.testing.assert_array_equal(value, each[:, 0])
    np.testing.assert_allclose(gradient, each[:, 1], rtol=1e-13)


def bouncing_ball(height, restitution, end=2.0, g=9.81):
    """The height of a ball at a time, from one bounce to the next."""
    time, speed = 0.0, 0.0
    while True:
        landing = (speed + autograd.sqrt(speed * speed + 2.0 * g * height)) / g
        if time + landing > end:
            rest = end - time
            return height + speed * rest - 0.5 * g * rest * rest
        time = time + landing
        speed = restitution * (g * landing - speed)
        height = 0.0
        if speed < 0.2:  # at rest: else it would bounce infinitely often in a finite time
            return height


def test_bouncing_balls(compile):
    rng = np.random.default_rng(0)
    height, restitution = rng.uniform(0.1, 3.0, 50), rng.uniform(0.3, 0.8, 50)
    f = compile(bouncing_ball, argnums=(0, 1), in_axes=0)
    value, gradients = f.value_and_grad(height, restitution)
    rows = [
        value_and_grad(bouncing_ball, (0, 1))(*p) for p in zip(height, restitution, strict=True)
    ]
    assert len(traces(f)) > 5
    np.testing.assert_allclose(value, [v for v, _ in rows], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.transpose(gradients), [g for _, g in rows], rtol=1e-9, atol=1e-9)


def put_exercised_at(threshold, spot, normals, strike=100.0, sigma=0.2, step=0.05):
    """The payoff of a put along one path, exercised as soon as the price is low enough."""
    price = spot
    for z in normals:
        price = price * autograd.exp(sigma * z * step**0.5 - 0.5 * sigma**2 * step)
        if price < threshold * strike:
            break
    return max(strike - price, 0.0)


def test_an_exercise_rule_along_paths(compile):
    normals = np.random.default_rng(0).standard_normal((300, 6))
    f = compile(put_exercised_at, argnums=1, in_axes=(None, None, 0), reduce="mean")
    value, delta = f.value_and_grad(0.95, 100.0, normals)
    rows = np.array([value_and_grad(put_exercised_at, 1)(0.95, 100.0, z) for z in normals])
    assert [value, delta] == pytest.approx(rows.mean(axis=0), rel=1e-12)
    assert 6 < len(traces(f)) <= 9


# Whole numbers
# -------------


def test_whole_numbers_count_and_choose(compile):
    table = [10.0, 20.0, 30.0, 40.0]

    def f(x):
        y = x
        for _ in range(int(x)):
            y = y * x
        return y + table[int(x)]

    x = np.array([3.0, 0.0, 1.25, 2.5, 3.9, 0.99, -0.5])
    rows = np.array([value_and_grad(f)(v) for v in x])
    value, gradient = compile(f, in_axes=0).value_and_grad(x)
    np.testing.assert_allclose(value, rows[:, 0], rtol=1e-14)
    np.testing.assert_allclose(gradient, rows[:, 1], rtol=1e-14)
    g = compile(f, in_axes=0)
    assert [g(x[i : i + 1])[0] for i in range(7)] == value.tolist()
    assert len(traces(g)) == 4


# Derivatives, and values from outside
# -------------------------------------


def test_derivatives_inside_the_function_branch_too(compile):
    def f(x):
        slopes = autograd.grad(curved)(x)
        return slopes[0] * 2.0 if x[0] > 0.0 else slopes[1]

    xs = np.random.default_rng(5).standard_normal((5, 2))
    value, gradient = compile(f, in_axes=0).value_and_grad(xs)
    rows = [value_and_grad(f)(x) for x in xs]
    np.testing.assert_allclose(value, [v for v, _ in rows], rtol=1e-12)
    np.testing.assert_allclose(gradient, [g for _, g in rows], rtol=1e-11)


def test_values_from_outside_are_read_anew_in_conditions(compile):
    limit = Value(1.0)
    f = compile(lambda x: x * limit if x > limit else x if limit > x else 9.0, in_axes=0)
    x = np.array([0.0, 1.0, 2.0, 3.0])
    assert f(x).tolist() == [0.0, 9.0, 2.0, 3.0]
    limit.data = 2.0
    assert f(x).tolist() == [0.0, 1.0, 9.0, 6.0]
    point = compile(lambda x: x * limit if x > limit else -x)
    assert [point(x) for x in (1.0, 3.0, 3.0)] == [-1.0, 6.0, 6.0]
    limit.data = 3.5
    assert [point(x) for x in (1.0, 3.0, 4.0)] == [-1.0, -3.0, 14.0]


# Order
# -----


def test_ways_that_hang_on_the_last_digits_are_found_in_any_order(compile):
    def f(x):
        y = autograd.exp(x) * 0.1 + autograd.tanh(x) * x + autograd.sin(x)
        k = int(y * 1e15)
        return y * 2.0 + k if (y * 1e15) % 2.0 > 1.0 else y * y + k

    x = np.random.default_rng(0).standard_normal(5)
    results = set()
    for order in ([[0, 1, 2, 3, 4]], [[3], [1, 4], [2, 0]], [[2, 3, 4], [0], [1]]):
        g = compile(f, in_axes=0)
        for samples in order:
            g(x[samples])
        results.add(tuple(array.tobytes() for array in g.value_and_grad(x)))
    assert len(results) == 1
