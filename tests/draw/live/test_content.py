"""What a page is told: formulas with places for numbers, the numbers, the layout."""

from __future__ import annotations

import operator
from typing import Any

import pytest

import autograd
from autograd import Value, primitive
from autograd.draw.live.content import names_of, nodes_of, numbers_of
from autograd.draw.live.layout import lay_out
from autograd.draw.live.templates import Factor, Templates
from autograd.rule import TABLE
from autograd.sweep import topological_order
from tests.explanation.formula_reading import points, read


def templates_of(y: Value, varies: bool = True) -> Templates:
    order = topological_order(y)
    numbers = {node: number for number, node in enumerate(order)}
    return Templates(numbers, [node.label for node in order], varies)


def text(parts: list[str | int], y: Value) -> str:
    order = topological_order(y)
    return "".join(order[part].label if isinstance(part, int) else part for part in parts)


RELATIONS = {"<": operator.lt, "<=": operator.le, "==": operator.eq}


def chosen(factor: Factor, y: Value, names: dict[str, float]) -> list[Any]:
    """Return what a factor is where the nodes have these numbers."""
    while isinstance(factor, dict):
        order = topological_order(y)
        left, relation, right = factor["if"]
        a, b = (names[order[x[0]].label] if isinstance(x, list) else x for x in (left, right))
        factor = factor["then"] if RELATIONS[relation](a, b) else factor["else"]
    return factor


def partial_texts(
    y: Value, varies: bool = True, names: dict[str, float] | None = None
) -> list[tuple[float, str]]:
    if names is None:
        names = {node.label: node.data for node in topological_order(y)}
    found = [chosen(factor, y, names) for factor in templates_of(y, varies).partials(y)]
    return [(float(number), "" if parts is None else text(parts, y)) for number, parts, _ in found]


@pytest.mark.parametrize("name", TABLE)
def test_formulas_hold_wherever_the_leaves_are_moved(name: str) -> None:
    rule = TABLE[name]
    recorded, *others = points(name)
    if name == "where":  # whose other side is not in the graph
        others = [point for point in others if bool(point[0]) is bool(recorded[0])]
    for i, numbers in enumerate([recorded, *others]):
        operands = [Value(x, "abcde"[k]) for k, x in enumerate(recorded)]
        y = rule(*operands)
        y.label = "y"
        names = dict(zip("abcde", numbers)) | {"y": float(rule.value(*numbers))}
        expected = rule.all_partials(names["y"], tuple(numbers))
        for (coefficient, formula), partial in zip(
            partial_texts(y, names=names), expected, strict=True
        ):
            found = coefficient * (read(formula, names) if formula else 1.0)
            assert found == pytest.approx(partial, rel=1e-5, abs=1e-9), (formula, i)
        value = text(templates_of(y).value(y), y)
        if "mean(" not in value and "sum(" not in value:
            assert read(value, names) == pytest.approx(names["y"], rel=1e-5)


def test_both_sides_of_a_choice_stay_only_where_numbers_vary() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    y = autograd.maximum(a, b)
    assert templates_of(y).partials(y)[0] == {
        "if": [[1], "==", [0]],
        "then": [0.5, None, False],
        "else": [1, ["[", 0, " < ", 1, "]"], False],
    }
    assert templates_of(y, varies=False).partials(y)[0] == [1, ["[", 0, " < ", 1, "]"], False]
    c = autograd.hypot(a, b)
    c.label = "c"
    assert partial_texts(c)[0] == (1.0, "[c ≠ 0]·(a/c)")


def test_parentheses_that_a_factor_wants() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    y = autograd.tanh(a - b) * autograd.tanh(a)
    y.parents[0].label = "h"
    h = topological_order(y).index(y.parents[0])
    assert templates_of(y).partials(y.parents[0])[0] == [1, ["1 − ", h, "²"], True]
    two = (a - b) ** 2
    two.parents[0].label = "d"
    assert templates_of(two).partials(two)[0][0] == 2


def test_partials_that_are_no_formula_are_named() -> None:
    @primitive(partials=lambda y, x: float(x), name="stubborn_on_a_page")
    def stubborn(x: float) -> float:
        return 0.5 * x * x

    @primitive(partials=lambda y, x: x if x > 0 else -x, name="branching_on_a_page")
    def branching(x: float) -> float:
        return 0.5 * x * abs(x)

    x = Value(-3.0, "x")
    assert partial_texts(stubborn(x)) == [(1.0, "stubborn_on_a_page′(x)")]
    assert partial_texts(branching(x)) == [(1.0, "branching_on_a_page′(x)")]
    assert partial_texts(branching(x), varies=False) == [(-1.0, "x")]


def test_names_are_those_of_explanations() -> None:
    v, h = Value(1.0, "v₁"), Value(2.0, "h")
    y = (v * h).tanh() + Value(3.0, "h") * 2.0
    order = topological_order(y)
    assert sorted(names_of(order, {})) == sorted(["v₁", "h", "h#2", "", "u₁", "u₂", "u₃", "result"])
    assert "∑" in names_of(order, {y.parents[0]: "∑"})


def test_a_long_label_is_given_in_full_as_well() -> None:
    x = Value(1.0, "encoder.layers.0.attention.query.projection.weight[3, 12]")
    (entry,) = nodes_of([x], names_of([x], {}), (), True)
    assert entry["label"] == x.label
    assert entry["name"].startswith("encoder.layers.0.att")
    assert entry["name"].endswith("weight[3, 12]")


def test_gradients_are_those_of_backward_and_leave_them_alone() -> None:
    x, y = Value(1.5), Value(-2.0)
    z = (x * y).tanh() * x + y / x
    order = topological_order(z)
    found = numbers_of(order, z)
    assert [node.grad for node in order] == [0.0] * len(order)
    z.backward()
    assert found["gradients"] == [node.grad for node in order]
    assert found["values"] == [node.data for node in order]
    assert found["partials"] == [partial for node in order for partial in node.partials]


def test_both_renderers_lay_out(renderer: str) -> None:
    layout = lay_out([(100.0, 40.0)] * 3, [(0, 2), (1, 2), (1, 2)])
    (x0, _), (x1, _), (x2, _) = layout.centers
    assert x0 == pytest.approx(x1, abs=0.2)
    assert x2 > x0 + 100.0
    assert [len(curve) % 6 for curve in layout.curves] == [2, 2, 2]
    assert layout.curves[0][0] == pytest.approx(x0 + 50.0, abs=1.0)
    assert layout.curves[0][-2] == pytest.approx(x2 - 50.0, abs=1.0)
    assert layout.width > x2 + 50.0
