"""Paths on random graphs, against all paths listed by plain recursion and against `backward`."""

from __future__ import annotations

import itertools
import math
from decimal import Context, Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import Value, explain

# Steps on two earlier nodes; relu, floor and the factor 0 make paths that are zero.
STEPS: list[Any] = [
    lambda a, b: a + b,
    lambda a, b: a - 0.5 * b,
    lambda a, b: a * b,
    lambda a, b: autograd.relu(a) + autograd.relu(b),
    lambda a, b: autograd.tanh(a) * 0.75,
    lambda a, b: 0.0 * a + b,
    lambda a, b: autograd.dot([a, b], [b, a], a),
    lambda a, b: autograd.sum([a, b, 2.0, a]),
    lambda a, b: autograd.where(a > b, a, b),
    lambda a, b: autograd.floor(a) - b,
    lambda a, b: a.detach() * b,
]

programs = st.lists(
    st.tuples(st.sampled_from(range(len(STEPS))), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=9,
)
numbers = st.floats(-2, 2).map(lambda x: round(x, 3))


def build(program: Any, point: list[float]) -> list[Value]:
    nodes = [Value(x) for x in point]
    for step, i, j in program:
        nodes.append(STEPS[step](nodes[-1 - i % len(nodes)], nodes[j % len(nodes)]))
    return nodes


def all_paths(node: Value, leaf: Value) -> list[list[float]]:
    """The local derivatives along every path, by recursion."""
    if node is leaf:
        return [[]]
    found = []
    for parent, partial in zip(node.parents, node.partials, strict=True):
        if parent.requires_grad:
            found += [[partial, *path] for path in all_paths(parent, leaf)]
    assume(len(found) <= 3000)
    return found


@given(programs, st.tuples(numbers, numbers), st.integers(1, 6), st.integers(0, 40))
def test_a_random_graph(program, point, max_paths, which):
    nodes = build(program, list(point))
    result, leaf = nodes[-1], nodes[which % len(nodes)]
    assume(result.requires_grad and leaf.requires_grad)
    expected = all_paths(result, leaf)
    if not expected:
        with pytest.raises(ValueError, match="does not depend on"):
            explain(result, leaf)
        return
    explanation = explain(result, leaf, max_paths=max_paths)
    assert all(node.grad == 0.0 for node in nodes)

    products = sorted((math.prod(path) for path in expected), key=abs, reverse=True)
    found = list(explanation.iter_paths())
    assert explanation.count == len(expected) == len(found)
    # Largest first, each path once: products and lists of factors.
    assert [abs(path.value) for path in found] == pytest.approx([abs(x) for x in products])
    factors = sorted([factor.value for factor in path.factors] for path in found)
    assert factors == sorted(expected)
    for path in found:
        assert path.nodes[0] is leaf
        assert path.nodes[-1] is result
        for factor, (parent, node) in zip(path.factors[::-1], itertools.pairwise(path.nodes)):
            assert factor.node is node
            assert factor.operand is parent is node.parents[factor.position]
            assert factor.value == node.partials[factor.position]

    live = [path for path in expected if 0.0 not in path]
    assert explanation.zero_count == len(expected) - len(live)
    assert sum(zero.count for zero in explanation.zeros) == explanation.zero_count
    assert explanation.positive == pytest.approx(math.fsum(x for x in products if x > 0))
    assert explanation.negative == pytest.approx(math.fsum(x for x in products if x < 0))

    listed = min(max_paths, len(expected))
    assert len(explanation.paths) == listed
    assert explanation.rest_count == len(expected) - listed
    size = math.fsum(map(abs, products))
    assert explanation.rest == pytest.approx(
        math.fsum(products) - math.fsum(p.value for p in explanation.paths), abs=1e-12 * size
    )

    result.backward()
    assert explanation.gradient == leaf.grad  # to the last bit: the same sums in the same order
    total = math.fsum(path.value for path in explanation.paths) + explanation.rest
    assert total == pytest.approx(leaf.grad, rel=1e-12, abs=1e-14 * size)


@given(programs, st.tuples(numbers, numbers))
def test_each_zero_path_belongs_to_the_zero_next_to_the_result(program, point):
    nodes = build(program, list(point))
    result, leaf = nodes[-1], nodes[0]
    assume(result.requires_grad)
    expected = all_paths(result, leaf)
    assume(expected)
    explanation = explain(result, leaf)
    counts: dict[tuple[int, int], int] = {}
    for path in explanation.iter_paths():
        for factor in path.factors:
            if factor.value == 0.0:
                key = id(factor.node), factor.position
                counts[key] = counts.get(key, 0) + 1
                break
    assert counts == {
        (id(zero.factor.node), zero.factor.position): zero.count for zero in explanation.zeros
    }
    assert [zero.count for zero in explanation.zeros] == sorted(counts.values(), reverse=True)


def ladder(rungs: int, x: Value) -> Value:
    """A result with 2 to the power ``rungs`` paths to ``x``."""
    y = x
    for i in range(rungs):
        y = 0.5 * y + (0.25 + 0.001 * (i % 7)) * y
    return y


def test_millions_of_paths_are_counted_and_the_largest_found():
    x = Value(1.0, "x")
    y = ladder(80, x)
    explanation = explain(y, x, max_paths=4)
    assert explanation.count == 2**80
    assert isinstance(explanation.count, int)
    assert explanation.rest_count == 2**80 - 4
    # The best path takes 0.5 everywhere; the next ones leave it once, at the largest 0.256.
    best = 0.5**80
    next_best = best * (0.25 + 0.006) / 0.5
    values = [path.value for path in explanation.paths]
    assert values == pytest.approx([best, next_best, next_best, next_best], rel=1e-12)
    assert explanation.positive == pytest.approx(explanation.gradient, rel=1e-12)


def test_more_paths_than_fit_in_thirty_digits_are_rounded():
    x = Value(1.0, "x")
    explanation = explain(ladder(1000, x), x)
    assert isinstance(explanation.count, Decimal)
    assert explanation.count == Context(prec=30).create_decimal(2**1000)
    assert "about 1.07e301 paths" in str(explanation)
    dead = 0.0 * ladder(200, x)
    explanation = explain(dead + x, x)
    (zero,) = explanation.zeros
    assert explanation.zero_count == zero.count == Context(prec=30).create_decimal(2**200)
    assert explanation.count == Context(prec=30).create_decimal(2**200 + 1)


def test_a_deep_chain():
    x = y = Value(1.0, "x")
    for i in range(100_000):
        y = 1.0000001 * y if i % 3 else y + 0.0
    explanation = explain(y, x)
    (path,) = explanation.paths
    assert len(path) == 100_000
    y.backward()
    assert explanation.gradient == path.value == x.grad
    text = str(explanation)
    assert "99,9" in text
    assert len(text) < 2000


def test_a_deep_ladder():
    x = Value(1.0)
    explanation = explain(ladder(20_000, x), x, max_paths=3)
    assert len(explanation.paths) == 3
    assert explanation.count > 10**6000


def test_a_wide_sum():
    xs = [Value(float(i)) for i in range(20_000)]
    (path,) = explain(autograd.sum(xs), xs[7]).paths
    assert path.value == 1.0
    product = autograd.prod([Value(1.0001) for _ in range(5000)])
    (path,) = explain(product, product.parents[7]).paths
    assert path.value == pytest.approx(1.0001**4999)
    assert len(path.formula) < 60


def test_products_that_underflow_are_still_in_order():
    x = Value(1.0, "x")
    small = x * 1e-200 * 1e-200
    smaller = x * 1e-210 * 1e-210
    paths = explain(smaller + small, x).paths
    assert [path.value for path in paths] == [0.0, 0.0]
    assert paths[0].factors[1].value == 1e-200
    assert explain(smaller + small, x).zero_count == 0


def test_infinite_and_undefined_paths_come_first():
    x = Value(0.0, "x")
    y = 1e300 * x + autograd.sqrt(x) + 0.0 * autograd.cbrt(x)
    explanation = explain(y, x)
    values = [path.value for path in explanation.paths]
    assert math.isinf(values[0]) or math.isnan(values[0])
    assert sum(math.isnan(value) for value in values) == 1
    assert 1e300 in values
    y.backward()
    assert math.isnan(explanation.gradient)
    assert math.isnan(x.grad)
    assert "nan" in str(explanation)


def test_paths_beyond_the_range_of_floats():
    x = Value(1e-10, "x")
    big = x * 1e200 * 1e-200
    y = big * 1e200 * 1e200 - big * 1e200 * 1e200 + x
    explanation = explain(y, x, max_paths=2)
    assert [path.value for path in explanation.paths] == [math.inf, -math.inf]
    assert math.isnan(explanation.gradient)
    assert math.isnan(explanation.rest)
    assert "= ∞" in str(explanation)
    explanation = explain(x * 1.5e308 + x * 1e308, x)
    assert explanation.gradient == math.inf
    assert explanation.rest == 0.0


def test_nothing_is_looked_for_before_it_is_asked_for():
    x = Value(1.0)
    found = explain(ladder(200, x), x).iter_paths()
    values = [path.value for path in itertools.islice(found, 500)]
    assert values == sorted(values, reverse=True)
