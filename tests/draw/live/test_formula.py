from __future__ import annotations

import pytest

from autograd import Value, functions, primitive, rules
from autograd.draw.live.content import nodes_of, numbers_of
from autograd.draw.live.formula import Formula, applied, parts_of
from autograd.draw.live.layout import lay_out
from autograd.rule import TABLE, Rule
from autograd.sweep import topological_order

X, Y, Z = Formula(("x",)), Formula(("y",)), Formula(("z",))


def text(formula: object) -> str:
    return "".join(map(str, parts_of(formula)))


@pytest.mark.parametrize(
    ("rule", "operands", "expected"),
    [
        (rules.multiply, (X, Y), ["y", "x"]),
        (rules.add, (X, Y), ["1", "1"]),
        (rules.divide, (X, Y), ["1 / y", "−z / y"]),
        (rules.power, (X, 2.0), ["2 · x"]),
        (rules.power, (X, 3.0), ["3 · x²"]),
        (rules.tanh, (X,), ["1 − z · z"]),
        (rules.sigmoid, (X,), ["z · (1 − z)"]),
        (rules.relu, (X,), ["1 if z > 0 else 0"]),
        (rules.exp, (X,), ["z"]),
        (rules.sin, (X,), ["cos(x)"]),
        (rules.square, (X,), ["2 · x"]),
        (rules.absolute, (X,), ["sign(x)"]),
        (rules.dot, (X, Y), ["y", "x"]),
    ],
)
def test_partials_read_as_their_rules(
    rule: Rule, operands: tuple[object, ...], expected: list[str]
) -> None:
    found = [text(partial) for partial in rule.all_partials(Z, operands)]
    assert found[: len(expected)] == expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ((X + Y) * Z, "(x + y) · z"),
        (X - (Y - Z), "x − (y − z)"),
        (X / (Y * Z), "x / (y · z)"),
        (-X + Y, "−x + y"),
        ((X + 1.0) ** 2.0, "(x + 1)²"),
        (X**-1.0, "x⁻¹"),
        (X**Y, "x^y"),
        (X * -2.0, "x · (−2)"),
        (functions.maximum(X, 0.0), "max(x, 0)"),
        (applied(rules.mean, (X, Y)), "(x + y) / 2"),
        (applied(rules.dot, (X, Y, 2.0, 3.0, Z)), "x · 2 + y · 3 + z"),
        (applied(rules.sum_, (X,) * 9), "x + x + x + … + x"),
    ],
)
def test_operators_bind_as_usual(formula: object, expected: str) -> None:
    assert text(formula) == expected


@pytest.mark.parametrize("rule", TABLE.values(), ids=lambda rule: rule.name)
def test_every_rule_and_its_partials_have_a_formula(rule: Rule) -> None:
    operands = (X, Y, X, Y, X) if rule.variadic else (X, Y, Z)[: len(rule.partials)]
    assert text(applied(rule, operands))
    assert all(map(text, rule.all_partials(Z, operands)))


def test_partials_that_are_no_formula_are_left_out() -> None:
    @primitive(partials=lambda y, x: float(x))
    def stubborn(x: float) -> float:
        return 0.5 * x * x

    y = stubborn(Value(3.0, "x"))
    x, described = nodes_of(topological_order(y), y, ())
    assert x["name"] == "x"
    assert described["formula"] == ("stubborn(", 0, ")")
    assert described["partials"] == [None]


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
