"""`explain`: the textbook's formula, the special cases, and how it all looks."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value, explain
from autograd.explanation.text import columns_of


def constant(x: float, label: str) -> Value:
    return Value(x, label, requires_grad=False)


W, V = [[0.5, -1.0], [2.0, 0.25]], [1.5, -0.75]


class TwoTwoOne:
    """A 2-2-1 network of sigmoids, ½ (t − o)², all nodes labeled; and the textbook's gradient."""

    def __init__(self) -> None:
        self.x = [constant(0.5, "x₁"), constant(-1.25, "x₂")]
        self.t = constant(1.0, "t")
        self.w = [[Value(W[j][i], f"w{'₁₂'[j]}{'₁₂'[i]}") for i in range(2)] for j in range(2)]
        self.v = [Value(V[j], f"v{'₁₂'[j]}") for j in range(2)]
        self.h = []
        for j in range(2):
            net = autograd.dot(self.w[j], self.x)
            net.label = f"net{'₁₂'[j]}"
            self.h.append(autograd.sigmoid(net))
            self.h[j].label = f"h{'₁₂'[j]}"
        net = autograd.dot(self.v, self.h)
        net.label = "net"
        self.o = autograd.sigmoid(net)
        self.o.label = "o"
        self.E = 0.5 * (self.t - self.o) ** 2
        self.E.label = "E"

    def textbook(self, j: int, i: int) -> list[float]:
        o, t, h, x = self.o.data, self.t.data, self.h[j].data, self.x[i].data
        return [-(t - o), o * (1 - o), self.v[j].data, h * (1 - h), x]


@pytest.mark.parametrize("j", [0, 1])
@pytest.mark.parametrize("i", [0, 1])
def test_a_hidden_weight_has_the_formula_of_textbooks(j, i):
    network = TwoTwoOne()
    explanation = explain(network.E, network.w[j][i])
    (path,) = explanation.paths
    to, at = "₁₂"[j], "₁₂"[i]
    assert path.formula == f"−(t − o) · o(1 − o) · v{to} · h{to}(1 − h{to}) · x{at}"
    assert [term.value for term in path.terms] == pytest.approx(network.textbook(j, i), rel=1e-14)
    assert explanation.gradient == pytest.approx(math.prod(network.textbook(j, i)), rel=1e-14)
    network.E.backward()
    assert explanation.gradient == network.w[j][i].grad
    assert [factor.formula for factor in path.factors] == [
        "0.5",
        "2(t − o)",
        "−1",
        "o(1 − o)",
        f"v{to}",
        f"h{to}(1 − h{to})",
        f"x{at}",
    ]


def test_the_same_as_text():
    network = TwoTwoOne()
    assert str(explain(network.E, network.w[0][0])) == (
        "∂E/∂w₁₁ = −0.008005, along one path:\n"
        "\n"
        "(1) w₁₁ → net₁ → h₁ → net → o → t − o → (t − o)² → E\n"
        "      −(t − o) · o(1 − o) · v₁  · h₁(1 − h₁) · x₁\n"
        "    = −0.3258  ·  0.2196  · 1.5 ·   0.1491   · 0.5\n"
        "    = −0.008005"
    )


def test_the_same_in_latex():
    network = TwoTwoOne()
    latex = explain(network.E, network.w[0][0]).latex()
    assert latex == (
        r"\begin{aligned}" + "\n"
        r"\frac{\partial E}{\partial w_{11}} &= \underbrace{-\left(t - o\right)}_{-0.3258} \cdot "
        r"\underbrace{o \, \left(1 - o\right)}_{0.2196} \cdot \underbrace{v_{1}}_{1.5} \cdot "
        r"\underbrace{h_{1} \, \left(1 - h_{1}\right)}_{0.1491} \cdot "
        r"\underbrace{x_{1}}_{0.5} \\" + "\n"
        r"&= -0.008005" + "\n"
        r"\end{aligned}"
    )


def test_a_weight_that_acts_in_many_ways():
    """A weight of the first of three layers: a path for each unit of the second layer."""
    model = nn.MLP(2, [3, 4, 1], activation="tanh", seed=0)
    loss = (model([0.5, -1.0]) - 2.0) ** 2
    weight = model.layers[0].weight[1, 0]
    explanation = explain(loss, weight)
    assert explanation.count == 4
    loss.backward()
    assert math.fsum(p.value for p in explanation.paths) == pytest.approx(weight.grad, rel=1e-14)
    assert sum(path.share for path in explanation.paths) == pytest.approx(1.0)


def test_the_worked_example_of_one_linear_neuron():
    w, x, y = Value(1.0, "w"), constant(2.1, "x"), constant(4.0, "y")
    E = (w * x - y) ** 2
    E.label = "E"
    (path,) = explain(E, w).paths
    assert path.formula == "2 · (w·x − y) · x"
    assert [term.value for term in path.terms] == pytest.approx([2.0, -1.9, 2.1])
    assert path.value == pytest.approx(-7.98)


def test_an_inner_node():
    network = TwoTwoOne()
    explanation = explain(network.E, network.h[1])
    assert explanation.paths[0].formula == "−(t − o) · o(1 − o) · v₂"
    network.E.backward()
    assert explanation.gradient == network.h[1].grad


def test_a_value_with_respect_to_itself():
    x = Value(3.0, "x")
    for value in (x, x * x):
        explanation = explain(value, value)
        assert (explanation.gradient, explanation.count, explanation.rest) == (1.0, 1, 0.0)
        (path,) = explanation.paths
        assert (len(path), path.value, path.nodes) == (0, 1.0, (value,))
        assert explanation._repr_html_()
        assert explanation.latex()
    assert str(explain(x, x)) == "∂x/∂x = 1: it is the result itself"


def test_an_operand_used_twice_makes_two_paths():
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    text = str(explain(y, x))
    assert "(1) x →₁ y" in text
    assert "(2) x →₂ y" in text
    assert text.count("3 (50 %)") == 2


def test_a_dead_relu_is_pointed_out():
    """One input, two hidden ReLUs, one of them dead."""
    x = Value(1.0, "x")
    hidden = []
    for i, v in enumerate((1.0, -0.5)):
        hidden.append(autograd.relu(Value(v, f"v{'₁₂'[i]}") * x))
        hidden[i].label = f"h{'₁₂'[i]}"
    y = 0.5 * hidden[0] + 1.0 * hidden[1]
    y.label = "y"
    explanation = explain(y, x)
    assert explanation.gradient == 0.5
    assert [path.value for path in explanation.paths] == [0.5, 0.0]
    assert explanation.paths[1].formula == "[h₂ > 0] · v₂"
    (zero,) = explanation.zeros
    assert (zero.count, zero.factor.node) == (1, hidden[1])
    text = str(explanation)
    assert "1 of the 2 paths is zero:" in text
    assert "∂h₂/∂(v₂·x) = [h₂ > 0] = 0 ends 1 path: the relu is off, as v₂·x = −0.5" in text


def test_all_paths_may_be_zero():
    x = Value(-1.0, "x")
    y = autograd.relu(x)
    y.label = "y"
    text = str(explain(y, x))
    assert "∂y/∂x = 0, along one path:" in text
    assert "It is zero:\n  ∂y/∂x = [y > 0] = 0: the relu is off, as x = −1" in text
    text = str(explain(autograd.floor(x) + autograd.sign(x), x))
    assert "Both paths are zero:" in text
    assert "= 0 ends 1 path: v₁ = ⌊x⌋, x = −1" in text


def test_paths_that_cancel():
    x = Value(2.0, "x")
    explanation = explain(x - x, x)
    assert (explanation.gradient, explanation.positive, explanation.negative) == (0.0, 1.0, -1.0)
    assert all(math.isnan(path.share) for path in explanation.paths)
    assert "%" not in str(explanation)
    y = sum((x * k for k in (5.0, -4.0, 3.0, -2.0)), start=Value(0.0))
    text = explain(y, x, max_paths=1).text()
    assert "The other 3 paths add up to −3, −150 %." in text
    assert "All positive paths add up to 8, all negative ones to −6." in text.replace("\n", " ")
    assert "the sum over 4 paths; the largest:" in text


def test_gradients_that_are_there_stay():
    x = Value(2.0, "x")
    y = autograd.exp(x)
    y.backward()
    before = x.grad, y.grad
    explanation = explain(y, x)
    str(explanation)
    assert (x.grad, y.grad) == before


def test_what_cannot_be_explained():
    x, other = Value(2.0, "x"), Value(3.0, "other")
    y = x * x
    with pytest.raises(ValueError, match=r"does not depend on Value\(data=3.0.*other"):
        explain(y, other)
    with pytest.raises(ValueError, match="does not depend on"):
        explain(x, y)
    with pytest.raises(ValueError, match="does not depend on"):
        explain(x.detach() * other, x)
    with pytest.raises(ValueError, match="side of a where that was not taken"):
        explain(autograd.where(True, other, x), x)
    with pytest.raises(RuntimeError, match="does not require a gradient"):
        explain(constant(1.0, "c") * 2.0, x)
    c = constant(1.0, "c")
    with pytest.raises(RuntimeError, match=r"label='c'.* does not require a gradient"):
        explain(c * x, c)
    with pytest.raises(TypeError, match="result is a Value, not the float 1.0"):
        explain(1.0, x)
    with pytest.raises(TypeError, match="leaf is a Value, not the str 'x'"):
        explain(y, "x")
    with pytest.raises(TypeError, match="max_paths is an int, not 2.5"):
        explain(y, x, max_paths=2.5)
    with pytest.raises(ValueError, match="max_paths is at least 1, not 0"):
        explain(y, x, max_paths=0)
    with pytest.raises(ValueError, match="precision is at least 1, not -1"):
        explain(y, x, precision=-1)


def test_names():
    """Labels, numbered where they repeat; a letter that no label has; formulas of a few labels."""
    x = Value(0.5, "x")
    v = Value(2.0, "v₁")
    h = x
    for _ in range(2):
        h = autograd.tanh(v * h)
        h.label = "h"
    text = str(explain(h, x))
    assert "∂h#2/∂x = " in text
    assert "x → v₁·x → h → v₁·h → h#2\n" in text
    assert "(1 − h#2²) · v₁ · (1 − h²) · v₁\n" in text
    assert r"1 - {{h}^{(2)}}^{2}" in explain(h, x).latex()
    unnamed = autograd.sin(autograd.exp(x * v))
    text = str(explain(unnamed, x))
    assert "x → x·v₁ → u₁ → result" in text  # v is taken
    assert "where\n  u₁ = exp(x·v₁) = 2.718" in text


def test_a_leaf_without_a_label():
    x = Value(1.0)
    assert "∂result/∂leaf = 2.718" in str(explain(autograd.exp(x), x))


@given(
    st.lists(st.text(max_size=60), min_size=4, max_size=4),
    st.integers(20, 120),
)
def test_any_label_is_shown_as_text(labels, width):
    a, b, c = (Value(0.5 + i, label) for i, label in enumerate(labels[:3]))
    y = autograd.sin(a * b + c) * autograd.exp(a)
    y.label = labels[3]
    explanation = explain(y, a)
    for line in explanation.text(width).split("\n"):
        # Only a single factor, or a word of a list, may be too long to be broken.
        assert columns_of(line) <= max(width, 240)
        assert {unicodedata.category(c) for c in line}.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    html = explanation._repr_html_()
    tags = Tags()
    tags.feed(html)
    tags.close()
    assert not tags.open
    assert set(tags.seen) <= {
        "div",
        "p",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "ul",
        "li",
    }
    latex = explanation.latex()
    unescaped = re.sub(r"\\[{}]", "", latex)
    assert unescaped.count("{") == unescaped.count("}")


class Tags(HTMLParser):
    """Which elements there are, and which are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= {"class", "style", "scope"}
        self.seen.append(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_says_what_the_text_says():
    x = Value(3.0, "<script>alert(1)</script>")
    w = Value(2.0, '<b>"&')
    y = autograd.relu(w * x) + x
    tags = Tags()
    explanation = explain(y, x, max_paths=1)
    tags.feed(explanation._repr_html_())
    assert {"script", "b"}.isdisjoint(tags.seen)
    for said in (
        "<script>alert(1)</script>",
        '<b>"&',
        "[v₁ > 0]",
        "= 2 (66.7 %)",
        "The other path adds 1, 33.3 %.",
    ):
        assert said in tags.text


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_lines_fit_the_terminal(width):
    model = nn.MLP(2, [3, 3, 1], activation="relu", output_activation="sigmoid", seed=1)
    loss = nn.binary_cross_entropy(model([1.0, 0.5]), 1.0)
    text = explain(loss, model.layers[0].weight[0, 0]).text(width)
    assert max(map(columns_of, text.split("\n"))) <= width
    # Formulas stand above their numbers: the dots between them in the same columns.
    lines = text.split("\n")
    rows = [i for i, line in enumerate(lines) if line.startswith("    = ") and "·" in line]
    assert rows
    for i in rows:
        assert [p for p, c in enumerate(lines[i][6:]) if c == "·"][-1] < width
        assert len(re.findall(" · ", lines[i - 1])) == len(re.findall(" · ", lines[i]))


def test_columns_of_a_terminal():
    assert columns_of("o(1 − o)") == 8
    assert columns_of("x\u0302") == 1
    assert columns_of("重み") == 4


def test_names_in_latex():
    from autograd.explanation.latex import Latex
    from autograd.explanation.names import Names

    latex = Latex(Names([], {}), 4)
    assert [latex.name(name) for name in ("w", "w₁₁", "x_2", "x2", "δ", "ŷ", "h′")] == [
        "w",
        "w_{11}",
        "x_{2}",
        "x_{2}",
        r"\delta",
        r"\hat{y}",
        "h'",
    ]
    assert latex.name("Ω₀") == r"\Omega_{0}"
    assert latex.name("λ") == r"\lambda"
    assert latex.name("layers.0.weight[2, 1]") == r"\mathtt{layers.0.weight[2,\ 1]}"
    assert latex.name("²") == "\\mathtt{{}^{2}}"
    assert latex.name("weight²′") == r"\mathtt{weight{}^{2}{\text{′}}}"
    assert latex.name("naïve β") == r"\mathtt{na{\text{ï}}ve\ {\beta}}"
    # KaTeX takes no accent alone.
    assert latex.name("x\u0302\u0304") == "\\mathtt{\\text{x\u0302\u0304}}"
    assert latex.name("50 % {of_it}") == r"\mathtt{50\ \%\ \{of\_it\}}"
    assert [latex.number(x) for x in (0.5, -1e-7, math.inf, -math.inf, 0.0)] == [
        "0.5",
        r"-1 \cdot 10^{-7}",
        r"\infty",
        r"-\infty",
        "0",
    ]


def test_latex_defines_the_names_it_uses():
    x = Value(0.5, "x")
    y = autograd.tanh(autograd.exp(x) * autograd.sin(x + 0.5 * x) * autograd.exp(autograd.cos(x)))
    latex = explain(y, x, max_paths=3).latex()
    assert r"\text{(1 more)}" in latex
    names = set(re.findall(r"v_\{\d\}", latex))
    assert len(names) > 2
    for name in names:
        assert rf"{name} &= " in latex


def test_loaded_when_first_asked_for():
    code = (
        "import sys, autograd; assert not [m for m in sys.modules if 'explanation' in m]; "
        "x = autograd.Value(2.0); print(autograd.explain(x * x, x).gradient)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "4.0\n"
