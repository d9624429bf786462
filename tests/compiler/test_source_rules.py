"""Source of every primitive, and of graphs: values and partials."""

from __future__ import annotations

import itertools
import math

import mpmath
import numpy as np
import pytest

import autograd
from autograd import Value, rules
from autograd.compiler.source import source_of_graph
from autograd.primitive import BUILT_IN, sample
from autograd.rule import TABLE
from tests.compiler.running import LANGUAGES, function_of, needs_c, needs_node

RULES = [TABLE[name] for name in sorted(BUILT_IN)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_the_domain(language, tmp_path):
    rng = np.random.default_rng(1)
    points, leaves, nodes = [], [], []
    for rule in RULES:
        domain = rule.domain * 5 if rule.variadic else rule.domain
        xs = [Value(sample(rng, interval)) for interval in domain]
        points += [x.data for x in xs]
        leaves += xs
        nodes.append(rule(*xs))
    order = autograd.sweep.topological_order(*nodes)
    text = source_of_graph(language, *nodes)
    call = function_of(language, text, tmp_path, two_arrays(len(order)), None)
    found = call([np.array([x.data for x in order if x.rule is None])])
    autograd.sum(nodes).backward()
    np.testing.assert_allclose(found[: len(order)], [x.data for x in order], rtol=1e-14)
    np.testing.assert_allclose(found[len(order) :], [x.grad for x in order], rtol=1e-13, atol=1e-15)


def two_arrays(count):
    return {"values": np.zeros(count), "gradients": np.zeros(count)}


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, math.inf, -math.inf, math.nan, 1e-300, -800.0]


def special_points(rule):
    """Points at the ends of ranges, at kinks and outside domains; one row for each operand."""
    count = 3 if rule.variadic else len(rule.domain)
    numbers = SPECIAL if count < 3 else [0.0, 1.0, -1.0, math.inf, -math.inf, math.nan]
    return np.array(list(itertools.product(numbers, repeat=count))).T


def applied(rule):
    """A rule as a function of plain arguments."""
    names = ", ".join(f"x{k}" for k in range(3 if rule.variadic else len(rule.domain)))
    return eval(f"lambda {names}: rule({names})", {"rule": rule})


@pytest.mark.parametrize("language", [pytest.param("c", marks=needs_c), *LANGUAGES[2:]])
def test_special_values_are_those_of_compiled_functions(language, tmp_path):
    points = {rule.name: list(special_points(rule)) for rule in RULES}
    expected: list[list[float]] = [[], []]
    for rule in RULES:
        columns = points[rule.name]
        every = tuple(range(len(columns)))
        compiled = autograd.compile(applied(rule), argnums=every, in_axes=0, backend="numpy")
        values, gradient = compiled.value_and_grad(*columns)
        expected[0] += list(values)
        expected[1] += [x for column in gradient for x in column]

    def values_of(points):
        return [[rule(*row) for row in zip(*points[rule.name])] for rule in RULES]

    def total(points):
        return sum(x for xs in values_of(points) for x in xs)

    # The sum is nan, but its derivatives are those of each term.
    nests = [[[0.0] * len(points[rule.name][0]) for rule in RULES], points]
    for f, nest, wanted in zip((values_of, total), nests, expected, strict=True):
        text = autograd.compile(f).source(language, points)
        gradient = (nest,) if f is total else None
        found = function_of(language, text, tmp_path, nest, gradient)([points])
        np.testing.assert_allclose(found[f is total :], wanted, rtol=1e-13, atol=1e-300)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_python_gives_what_the_eager_engine_gives_or_raises(rule, tmp_path):
    f, columns = applied(rule), special_points(rule)
    every = tuple(range(len(columns)))
    text = autograd.compile(f, argnums=every).source("python", *columns[:, 0])
    call = function_of("python", text, tmp_path, 0.0, ())
    for row in columns.T.tolist():
        infinite = sum(math.isinf(x) for x in row)
        if rule.variadic and (infinite > 1 or any(map(math.isnan, row))):
            continue  # the eager engine looks at the numbers one by one, in order
        if rule is rules.power and row[1] == -math.inf:
            continue  # 0 to this power is an error there
        try:
            value, gradient = autograd.value_and_grad(f, every)(*row)
        except (ArithmeticError, ValueError) as error:
            with pytest.raises((ArithmeticError, ValueError)):
                pytest.fail(f"{call(row)} instead of {error!r} at {row}")
            continue
        expected = [float(x) for x in (value, *gradient)]
        np.testing.assert_allclose(call(row), expected, rtol=1e-13, atol=1e-300, err_msg=str(row))


@needs_node
def test_the_error_function_of_javascript(tmp_path):
    xs = np.concatenate(
        [np.linspace(-6.5, 6.5, 1501), np.linspace(-0.51, 0.51, 501), np.linspace(6, 27, 800)]
    )
    both = lambda xs: [[autograd.erf(x) for x in xs], [autograd.erfc(x) for x in xs]]  # noqa: E731
    text = autograd.compile(both).source("javascript", xs)
    nothing = [[0.0] * len(xs), [0.0] * len(xs)]
    found = np.reshape(function_of("javascript", text, tmp_path, nothing, None)([xs]), (2, -1))
    with mpmath.workdps(30):
        for exact, numbers, ulps in ((mpmath.erf, found[0], 4), (mpmath.erfc, found[1], 8)):
            references = [exact(x) for x in xs]
            errors = [
                abs(mpmath.mpf(float(x)) - y) / math.ulp(float(y))
                for x, y in zip(numbers, references)
            ]
            assert max(errors) < ulps
    assert text.count("function erf") == 2
