"""Labels, graphs and numbers that pages are not often made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, exp, no_grad, primitive, where
from autograd.draw import curve, page
from autograd.errors import GraphTooLargeError, RendererNotFoundError

Visit = Callable[..., Any]


def names(tab: Any) -> list[str]:
    found: list[str] = tab.locator(".node .name").all_text_contents()
    return found


@pytest.mark.parametrize(
    "label",
    ["λ₁", "🦊 loss", r"$\frac{a}{b}$", "`${1}`", "w" * 500, "two\nlines", "\u202egnp", " ", "—"],
)
def test_any_label(visit: Visit, label: str) -> None:
    x = Value(2.0, label)
    tab = visit(page(x * x))
    tab.locator(".node.parameter").click()
    shown = tab.locator("#details-name").inner_text()
    escaped = label.encode("unicode_escape").decode() if "\u202e" in label else label
    assert shown == (" ".join(escaped.split()) or "v₁")
    assert tab.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_equal_labels_are_told_apart(visit: Visit) -> None:
    tab = visit(page(Value(1.0, "h") * Value(2.0, "h")))
    assert sorted(names(tab)) == ["h", "h#2", "result"]
    tab.get_by_label("h#2, exactly").fill("5")
    assert tab.locator(".node.output .value").text_content() in ("5", "10")


def test_numbers_beyond_all_bounds_while_a_leaf_is_moved(visit: Visit) -> None:
    x = Value(1.0, "x")
    y = exp(x) / x
    y.label = "y"
    tab = visit(page(y))
    box = tab.get_by_label("x, exactly")
    output = tab.locator(".node.output .value")
    tab.locator(".node.parameter").click()
    for number, shown in [("1000", "∞"), ("0", "∞"), ("-1e308", "0"), ("1", "2.718")]:
        box.fill(number)
        assert output.text_content() in (shown, f"−{shown}")
    tab.get_by_role("button", name="Curve over this leaf").click()
    box.fill("2000")
    assert tab.locator(".ball").count() == 0
    box.fill("2")
    assert tab.locator(".ball").count() == 1


def test_what_a_where_cannot_follow_is_said(visit: Visit) -> None:
    x, switch = Value(1.5, "x"), Value(1.0, "switch")
    y = where(switch, x * x, 3.0 * x)
    y.label = "y"
    tab = visit(page(y))
    caution = tab.locator("#caution")
    tab.get_by_label("x, exactly").fill("1.2")
    assert caution.inner_text() == ""
    tab.get_by_label("switch, exactly").fill("0")
    assert "y now takes its other side, which the graph has only as the number 4.5" in (
        caution.inner_text()
    )
    tab.get_by_label("switch, exactly").fill("2")
    assert caution.inner_text() == ""


def test_a_condition_that_was_decided_in_python_is_not_followed(visit: Visit) -> None:
    x = Value(1.5, "x")
    tab = visit(page(where(x > 1.0, x * x, 3.0 * x)))
    assert tab.locator("#caution").inner_text() == ""
    tab.get_by_label("x, exactly").fill("0.5")
    assert "keeps to the side that was taken" in tab.locator("#caution").inner_text()
    tab.click("#descend-reset")
    assert tab.locator("#caution").inner_text() == ""


def test_what_no_grad_leaves_of_a_graph(visit: Visit) -> None:
    with no_grad():
        y = Value(2.0, "x") * 3.0
    tab = visit(page(y))
    assert tab.locator(".node").count() == 1
    tab.locator(".node").click()
    assert "no gradient flows here" in tab.locator("#details").inner_text()


def test_a_node_that_was_frozen_afterwards(visit: Visit) -> None:
    x = Value(2.0, "x")
    middle = x * 3.0
    middle.requires_grad = False
    tab = visit(page(middle * Value(1.0, "w")))
    tab.locator(".node.parameter").filter(has_text="x").click()
    assert "no path that carries gradients" in tab.locator("#details").inner_text()


def test_a_graph_that_is_too_large() -> None:
    x = Value(1.0, "x")
    for _ in range(6):
        x = -x
    with pytest.raises(GraphTooLargeError, match="7 nodes, and a page takes at most 5"):
        page(x, max_nodes=5)
    assert page(x, max_nodes=7).html


def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "graph.html"
    with pytest.raises(FileNotFoundError, match="missing/graph.html'$"):
        page(Value(1.0, "x"), missing)
    with pytest.raises(IsADirectoryError):
        page(Value(1.0, "x"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_graphviz_it_says_what_to_install(
    no_system_dot: None, no_wheel: None, tmp_path: Path
) -> None:
    with pytest.raises(RendererNotFoundError, match="pip install"):
        page(Value(1.0, "x"), tmp_path / "graph.html")
    assert list(tmp_path.iterdir()) == []


def test_a_curve_leaves_its_function_and_values_alone(visit: Visit) -> None:
    x, made = Value(1.0), []

    def f(v: Value) -> Value:
        made.append(v * v)
        return made[0]

    tab = visit(curve(f, x))
    assert tab.locator("h1").inner_text() == "f(x)"
    assert (x.label, made[0].label) == ("", "")
    assert visit(curve(lambda v: v * v, x)).locator("h1").inner_text() == "f(x)"


def test_a_primitive_that_branches_is_shown_with_the_side_taken(visit: Visit) -> None:
    @primitive(partials=lambda y, x: 2.0 if x > 0 else -2.0, name="tent_on_a_page")
    def tent(x: float) -> float:
        return 2.0 * x if x > 0 else -2.0 * x

    y = tent(Value(-1.5, "x"))
    y.label = "y"
    tab = visit(page(y))
    tab.locator(".node.parameter").click()
    assert "∂y/∂x = −2, along one path:" in tab.locator("#details").inner_text()
