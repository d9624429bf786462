"""Everything by keyboard, and what a screen reader is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nn
from autograd import Value
from autograd.draw import page

Visit = Callable[..., Any]

FOCUSED = "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.id"


def test_enter_leads_to_the_explanation_and_escape_back(visit: Visit) -> None:
    tab = visit(page(Value(2.0, "x") * Value(3.0, "y")))
    tab.locator(".node[tabindex='0']").focus()
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(FOCUSED).startswith("result, output of ×")
    tab.keyboard.press("Enter")
    assert tab.evaluate(FOCUSED) == "details-name"
    tab.keyboard.press("Escape")
    assert not tab.locator("#details").is_visible()
    assert tab.evaluate(FOCUSED).startswith("result, output of ×")


def test_the_gradient_of_a_leaf_is_explained_from_its_row(visit: Visit) -> None:
    tab = visit(page(Value(2.0, "x") * Value(3.0, "y")))
    tab.get_by_role("button", name="gradient of x 3, explain").focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate(FOCUSED) == "details-name"
    assert "∂result/∂x = 3, along one path:" in tab.locator("#details").inner_text()


def test_a_network_is_one_stop_of_the_tab_key(visit: Visit) -> None:
    tab = visit(nn.draw(nn.MLP(2, [3, 1], seed=0), [1.0, 2.0], 0.5))
    assert tab.locator(".neuron[tabindex='0']").count() == 1
    tab.locator(".neuron[tabindex='0']").focus()
    seen = {tab.evaluate(FOCUSED)}
    for key in ["ArrowDown", "ArrowRight", "ArrowUp", "ArrowDown", "ArrowRight"]:
        tab.keyboard.press(key)
        seen.add(tab.evaluate(FOCUSED))
    assert len(seen) >= 5
    assert "neuron" in tab.evaluate(FOCUSED)
    assert tab.locator(".neuron.dim").count() > 0  # what is not on a path from there


def test_nothing_is_repeated_to_those_who_listen(visit: Visit) -> None:
    tab = visit(page(Value(2.0, "x") * 3.0))
    tab.evaluate(
        """() => {
            window.said = [];
            new MutationObserver((changes) => window.said.push(changes.length)).observe(
                document.getElementById("rule"), { childList: true, subtree: true });
        }"""
    )
    tab.get_by_label("x, exactly").fill("5")
    assert tab.evaluate("() => window.said") == []
    tab.click("#back")
    assert len(tab.evaluate("() => window.said")) == 1


def test_motion_is_reduced_for_those_who_want_that(visit: Visit) -> None:
    tab = visit(page(Value(2.0, "x") * 3.0))
    tab.click("#back")
    tab.click("#back")
    moving = "() => document.getAnimations().length"
    assert tab.evaluate(moving) > 0
    tab.emulate_media(reduced_motion="reduce")
    assert tab.evaluate(moving) == 0
    tab.emulate_media(reduced_motion="no-preference")


def test_without_scripts_the_page_says_so() -> None:
    assert "<noscript><p>This page draws its graph with JavaScript" in page(Value(1.0)).html
