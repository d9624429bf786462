"""Formulas as they are written, read back by Python's own parser."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import Value, explain, primitive
from autograd.explanation.formula import Formula, Symbol, as_formula
from autograd.explanation.names import Names
from autograd.explanation.notation import Text
from autograd.rule import TABLE
from tests.explanation.formula_reading import points, read


@pytest.mark.parametrize("name", TABLE)
def test_each_rule_is_written_as_the_derivative_that_it_is(name):
    rule = TABLE[name]
    for point in points(name):
        operands = [Value(x, "abcde"[i]) for i, x in enumerate(point)]
        y = rule(*operands)
        y.label = "y"
        names = {operand.label: operand.data for operand in operands} | {"y": y.data}
        for operand, partial in zip(y.parents, y.partials, strict=True):
            if not operand.requires_grad:  # behind the side of a where that was not taken
                continue
            path = explain(y, operand, precision=17).paths[0]
            assert read(path.formula, names) == pytest.approx(partial, rel=1e-12, abs=1e-14)
            assert path.factors[0].tree.data == pytest.approx(partial, rel=1e-12, abs=1e-14)
            assert math.prod(t.value for t in path.terms) == pytest.approx(partial, rel=1e-12)
            assert path.latex.count("{") == path.latex.count("}")
            assert path.latex.count(r"\left") == path.latex.count(r"\right")


@pytest.mark.parametrize(
    ("name", "operands", "formulas"),
    [
        ("sigmoid", [0.5], ["y(1 − y)"]),
        ("tanh", [0.5], ["1 − y²"]),
        ("exp", [0.5], ["y"]),
        ("relu", [0.5], ["[y > 0]"]),
        ("relu", [-0.5], ["[y > 0]"]),
        ("multiply", [2.0, 3.0], ["b", "a"]),
        ("divide", [2.0, 3.0], ["1/b", "−y/b"]),
        ("power", [2.0, 3.0], ["b·a^(b − 1)", "y·log(a)"]),
        ("arctan2", [2.0, 3.0], ["b/hypot(b, a)²", "−a/hypot(b, a)²"]),
        ("maximum", [2.0, 3.0], ["[b < a]", "[a ≤ b]"]),
        ("maximum", [2.0, 2.0], ["0.5", "0.5"]),
        ("clip", [0.5, 0.0, 1.0], ["[b ≤ a]·[a ≤ c]", "[a < b]", "[c < a]"]),
        ("hypot", [0.0, 0.0], ["[y ≠ 0]", "[y ≠ 0]"]),
        ("leaky_relu", [-0.5, 0.25], ["b", "a"]),
        ("dot", [1.0, 2.0, 3.0, 4.0, 5.0], ["c", "d", "a", "b", "1"]),
        ("logsumexp", [1.0, 2.0], ["exp(a − y)", "exp(b − y)"]),
        ("variance", [1.0, 2.0], ["a − mean(a, b)", "b − mean(a, b)"]),
    ],
)
def test_formulas_are_those_of_textbooks(name, operands, formulas):
    y = TABLE[name](*[Value(x, "abcde"[i]) for i, x in enumerate(operands)])
    y.label = "y"
    assert [explain(y, operand).paths[0].formula for operand in y.parents] == formulas


def test_powers_with_plain_numbers():
    x = Value(3.0, "x")
    assert explain(x**2, x).paths[0].formula == "2 · x"
    assert explain(x**3.0, x).paths[0].formula == "3 · x²"
    assert explain(x**-1, x).paths[0].formula == "−x⁻²"
    assert explain(x**0.5, x).paths[0].formula == "0.5 · x^(−0.5)"
    assert explain(2.0**x, x).paths[0].formula == "result·log(2)"


numbers = st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.25, 1.0, 1.5, 3.0])
trees = st.recursive(
    st.sampled_from("abc") | numbers,
    lambda inner: (
        st.tuples(st.sampled_from("+-*/"), inner, inner)
        | st.tuples(st.sampled_from(["neg", "square", "abs", "exp", "relu", "floor"]), inner)
        | st.tuples(st.sampled_from(["where", "max"]), inner, inner)
    ),
    max_leaves=9,
)


def compute(tree: Any, leaves: dict[str, Any]) -> Any:
    """Evaluate a tree on floats or on formulas: the same operations in the same order."""
    if isinstance(tree, float):
        return tree
    if isinstance(tree, str):
        return leaves[tree]
    operation, *operands = tree
    x, y = (compute(operand, leaves) for operand in (operands[0], operands[-1]))
    return {
        "+": lambda: x + y,
        "-": lambda: x - y,
        "*": lambda: x * y,
        "/": lambda: x / y,
        "neg": lambda: -x,
        "square": lambda: x**2.0,
        "abs": lambda: abs(x),
        "exp": lambda: autograd.exp(0.125 * x),
        "relu": lambda: autograd.heaviside(x, 0.0) * x,
        "floor": lambda: autograd.floor(x),
        "where": lambda: autograd.where(x < y, x, 0.0),
        "max": lambda: autograd.maximum(x, y),
    }[operation]()


@given(trees, st.tuples(numbers, numbers, numbers))
def test_any_formula_reads_as_what_it_is(tree, point):
    leaves = dict(zip("abc", point, strict=True))
    try:
        expected = compute(tree, leaves)
    except (ArithmeticError, ValueError):
        assume(False)
    assume(abs(expected) < 1e12)
    values = {name: Value(x, name) for name, x in leaves.items()}
    formula = as_formula(compute(tree, {name: Symbol(v) for name, v in values.items()}))
    assert isinstance(formula, Formula)
    assert formula.data == pytest.approx(expected, rel=1e-9, abs=1e-9)
    text = Text(Names([], {}), 17).write(formula)
    try:
        assert read(text, leaves) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    except ZeroDivisionError:  # a 0 · (1/0), which the formula does not get rid of
        assert 0.0 in point or "/0" in text


def test_results_of_arithmetic_are_called_by_their_formulas():
    x, y, z = Value(2.0, "x"), Value(3.0, "y"), Value(5.0, "z")
    names = Text(Names([], {}), 4)
    assert names.node(x * y) == "x·y"
    assert names.node(x * y - 4.0) == "x·y − 4"
    assert names.node((x - y) * z) == "(x − y)·z"
    assert names.node(x - (y - z)) == "x − (y − z)"
    assert names.node(x / (y * z)) == "x/(y·z)"
    assert names.node((-x) ** 2) == "(−x)²"
    assert names.node(x * (-3.0)) == "x·(−3)"
    assert names.node(x + (-y)) == "x + (−y)"
    assert names.node((x**2.0) ** 3.0) == "(x²)³"
    assert names.node(x * y + z * x) == "v₁"  # too long
    assert names.node(autograd.sin(x)) == "v₂"


def test_definitions():
    a, b, w = Value(2.0, "a"), Value(2.0, "b"), Value(3.0, "w")
    names = Names([], {})
    text = Text(names, 4)

    def definition(node):
        formula = names.definition(node)
        return None if formula is None else text.write(formula)

    assert definition(autograd.tanh(a - b)) == "tanh(a − b)"  # though that is 0
    assert definition(autograd.exp(b) / a) == "exp(b)/a"
    assert definition(autograd.exp(a * b * w * a)) == "exp(24)"
    assert definition(autograd.dot([a, b], [w, a], b)) == "a·w + b·a + b"
    assert definition(autograd.tanh(autograd.dot([a], [w], b))) == "tanh(a·w + b)"
    many = autograd.dot([a] * 9, [w] * 9)
    assert definition(many) == "a·w + a·w + a·w + … + a·w"
    assert definition(a) is None


def test_simplification():
    a, b = Symbol(Value(2.0, "a")), Symbol(Value(3.0, "b"))
    text = Text(Names([], {}), 4)
    for formula, written in [
        (as_formula(1.0) - 1.0, "0"),
        (as_formula(1.0) - 1.0 + a, "a"),
        (0.0 - a, "−a"),
        (2.0 * a * 3.0 * b, "6·a·b"),
        (-a * -b, "a·b"),
        (a - -b, "a + b"),
        (a + -2.0 * b, "a − 2·b"),
        (-a / b, "−a/b"),
        (a + -1.0 / b, "a − 1/b"),
        (a**1.0 * b**0.0, "a"),
        (a * 0.0, "0"),
        (autograd.mean([a, b]) * autograd.mean([a, b, a]), "mean(a, b)·mean(a, b, a)"),
        (autograd.mean([a, b]) * autograd.mean([a, b]), "mean(a, b)²"),
        (autograd.where(a < b, 1.0, 0.0), "[a < b]"),
        (autograd.where(a < b, 0.0, 1.0), "[b ≤ a]"),
        (autograd.where(a <= b, 0.0, 1.0), "[b < a]"),
        (autograd.where(a == b, 0.0, 1.0), "[a ≠ b]"),
        (autograd.where(a != b, 0.0, a), "[a = b]"),
        (autograd.where(a > 0.0, 2.0 * b, 0.0), "2·b"),
        (autograd.where(a < 5.0, b, 7.0), "b"),
    ]:
        assert text.write(formula) == written


def test_a_primitive_of_ones_own():
    @primitive(partials=lambda y, x: 3.0 * x**2, name="cube_for_formulas")
    def cube(x):
        return x * x * x

    @primitive(partials=lambda y, x: math.cos(x), name="sine_of_math")
    def sine(x):
        return math.sin(x)

    @primitive(
        partials=(lambda z, x, y: y if x > 0 else -y, lambda z, x, y: abs(x)), name="branching"
    )
    def branching(x, y):
        return abs(x) * y

    @primitive(partials=lambda y, *xs: [math.exp(x) for x in xs], name="exponentials")
    def exponentials(*xs):
        return sum(math.exp(x) for x in xs)

    a, b = Value(-2.0, "a"), Value(3.0, "b")
    assert explain(cube(a), a).paths[0].formula == "3 · a²"
    path = explain(sine(a), a).paths[0]
    assert path.formula == "sine_of_math′(a)"
    assert path.latex == r"\operatorname{sine\_of\_math}'(a)"
    assert path.terms[0].value == math.cos(-2.0)
    assert explain(branching(a, b), a).paths[0].formula == "−b"
    assert explain(branching(a, b), b).paths[0].formula == "|a|"
    path = explain(exponentials(a, b), b).paths[0]
    assert path.formula == "∂₂exponentials(a, b)"
    assert path.latex == r"\partial_{2} \operatorname{exponentials}(a, b)"


def test_a_leaf_that_has_moved_since_does_not_change_the_numbers():
    w, x = Value(2.0, "w"), Value(3.0, "x")
    y = w * x
    x.data = 100.0
    (path,) = explain(y, w).paths
    assert path.value == 3.0
    assert [(term.formula, term.value) for term in path.terms] == [("x", 3.0)]
