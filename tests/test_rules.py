"""The table, walked: every rule's partials against finite differences, first and second order."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from autograd import Value, rules
from autograd.gradcheck import gradcheck, gradgradcheck
from autograd.primitive import BUILT_IN, sample
from autograd.rule import TABLE, Interval, by_name

RULES = [TABLE[name] for name in sorted(BUILT_IN)]
SMOOTH = [rule for rule in RULES if rule.kink is None]
KINKED = [rule for rule in RULES if rule.kink is not None]
named = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def domains(rule) -> list[Interval]:
    return list(rule.domain * 5) if rule.variadic else list(rule.domain)


def points(rule, count: int) -> list[list[float]]:
    """Random points inside the domain and off the kinks, with their neighbourhood."""
    rng = np.random.default_rng([count, *rule.name.encode()])
    found: list[list[float]] = []
    while len(found) < count:
        point = [sample(rng, interval) for interval in domains(rule)]
        if rule.kink is None or abs(rule.kink(*point)) > 0.05:
            found.append(point)
    return found


@named
def test_first_derivatives(rule):
    for point in points(rule, 12):
        assert gradcheck(rule, *point, rtol=1e-7, atol=1e-9)


@named
def test_second_derivatives(rule):
    for point in points(rule, 6):
        assert gradgradcheck(rule, *point, rtol=1e-6, atol=1e-8)


@named
def test_eager_partials_are_the_tables(rule):
    """Value states some partials again, for speed: bit for bit they are those of the rule."""
    for point in points(rule, 20):
        for constants in range(2):
            operands = [Value(x, requires_grad=i >= constants) for i, x in enumerate(point)]
            if not any(v.requires_grad for v in operands):
                continue
            if rule.symbol in ["+", "-", "*", "/", "**", "//", "%"]:
                node = eval(f"a {rule.symbol} b", {"a": operands[0], "b": operands[1]})
            else:
                node = rule(*operands)
            assert node.rule is rule
            assert node.data == rule.value(*point)
            expected = rule.all_partials(node.data, tuple(point))
            for operand, ours, stated in zip(operands, node.partials, expected, strict=True):
                assert ours == stated or not operand.requires_grad


@named
def test_every_rule_says_what_it_is(rule):
    assert by_name(rule.name) is rule
    assert len(rule.source) > 4
    assert rule.variadic or len(rule.partials) == len(rule.domain)
    assert repr(rule) == f"<rule {rule.name}>"
    # The module's name for it is the table's, but for the one that is Python's own function.
    assert getattr(rules, {"sum": "sum_"}.get(rule.name, rule.name)) is rule


def one_sided(f, x: float, side: int, step: float) -> float:
    return (f(x + side * step) - f(x)) / (side * step)


ENDS = [
    (rule, x, side)
    for rule in RULES
    if len(rule.partials) == 1 and not rule.variadic
    for x, side, closed in (
        (rule.domain[0].low, 1, "[" in rule.domain[0].closed),
        (rule.domain[0].high, -1, "]" in rule.domain[0].closed),
    )
    if math.isfinite(x) and closed
]


@pytest.mark.parametrize(("rule", "x", "side"), ENDS, ids=lambda p: getattr(p, "name", str(p)))
def test_vertical_tangents_at_the_ends_of_a_domain(rule, x, side):
    """Where a closed domain ends, the differences grow without bound, and the partial is theirs."""
    coarse, fine = (one_sided(rule.value, x, side, step) for step in (1e-6, 1e-10))
    assert abs(fine) > 50 * abs(coarse)
    v = Value(x)
    rule(v).backward()
    assert v.grad == math.copysign(math.inf, fine)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_outside_the_domain_is_an_error_that_names_the_rule(rule):
    if rule.variadic or rule.name in ("power", "divide", "floor_divide", "remainder", "reciprocal"):
        return  # these are defined on both sides of the pole or of zero
    for interval in rule.domain:
        for x in (interval.low - 0.5, interval.high + 0.5):
            if math.isfinite(x):
                with pytest.raises(ValueError, match=re.escape(f"{rule.name}({x!r})")):
                    rule(Value(x))


@pytest.mark.parametrize(
    "rule", [r for r in KINKED if len(r.partials) == 1], ids=lambda rule: rule.name
)
def test_at_a_kink_the_partial_is_between_the_slopes_of_both_sides(rule):
    for x in (0.0, 1.0, -2.0):
        if rule.kink(x) != 0.0:
            continue
        v = Value(x)
        rule(v).backward()
        if abs(one_sided(rule.value, x, 1, 1e-9)) > 1e6 or rule.name in ("sign", "floor", "ceil"):
            assert v.grad == 0.0  # a jump: the slope on either side of it
            continue
        slopes = sorted(one_sided(rule.value, x, side, 1e-7) for side in (-1, 1))
        assert slopes[0] - 1e-6 <= v.grad <= slopes[1] + 1e-6


def test_kinks_are_where_the_table_says():
    assert {rule.name for rule in KINKED} >= {"relu", "absolute", "maximum", "clip", "where"}
    for rule in SMOOTH:
        assert rule.name not in ("relu", "absolute", "sign", "floor", "maximum")


def test_intervals():
    interval = Interval(0.0, 1.0, "[")
    assert 0.0 in interval
    assert 1.0 not in interval
    assert 1.0 in Interval(0.0, 1.0, "[]")
    assert repr(interval) == "[0, 1)"
    assert repr(rules.log.domain[0]) == "(0, inf)"


@pytest.mark.parametrize("condition", [0.0, 1.0])
def test_where_passes_on_to_the_chosen_branch_only(condition):
    # A condition is no smooth operand, so it is held fixed.
    assert gradcheck(lambda x, y: rules.where(condition, x, y), 0.3, -0.7)
    x, y = Value(0.3), Value(-0.7)
    rules.where(condition, x, y).backward()
    assert (x.grad, y.grad) == (condition, 1.0 - condition)
