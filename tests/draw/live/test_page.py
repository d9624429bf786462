"""The page in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, primitive
from autograd.draw import page

Visit = Callable[..., Any]


def neuron() -> tuple[Value, list[Value]]:
    w, x, b = Value(2.1, "w"), Value(1.5, "x"), Value(-0.4, "b")
    t = Value(4.0, "t", requires_grad=False)
    y = (w * x + b).tanh()
    y.label = "ŷ"
    loss = 0.5 * (2.0 * y - t) ** 2 + 0.1 * w * w
    loss.label = "E"
    return loss, [w, x, b, t]


def box(tab: Any, name: str) -> Any:
    return tab.locator(".node").filter(has=tab.locator(f"text.name:text-is('{name}')"))


def set_leaf(tab: Any, name: str, x: float) -> None:
    tab.get_by_label(f"{name}, exactly").fill(repr(x))


def test_it_is_written_and_shown_in_notebooks(tmp_path: Path) -> None:
    loss, _ = neuron()
    made = page(loss, tmp_path / "graph.html", title="One neuron")
    assert made.path == tmp_path / "graph.html"
    text = made.path.read_text(encoding="utf-8")
    assert text == made.html
    assert "<title>One neuron</title>" in text
    assert "<iframe srcdoc=" in made._repr_html_()
    assert 'sandbox="allow-scripts"' in made._repr_html_()
    assert loss.grad == 0.0


def test_the_policy_allows_nothing_from_outside() -> None:
    html = page(neuron()[0]).html
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert re.findall(r"(?:src|href)=|https?://(?!www\.w3\.org/2000/svg)", html) == []


def test_every_node_shows_its_numbers(visit: Visit) -> None:
    loss, leaves = neuron()
    tab = visit(page(loss))
    loss.backward()
    assert tab.locator(".node").count() == 14  # the four numbers stand with their operations
    for leaf in leaves[:3]:
        shown = box(tab, leaf.label).locator("text").all_text_contents()
        assert shown[1] == f"{leaf.data:.4g}".replace("-", "−")
        assert shown[2] == f"∂ {leaf.grad:.4g}".replace("-", "−")
    assert box(tab, "ŷ").locator(".op").text_content() == "tanh"
    assert "2 ×" in tab.locator(".op").all_text_contents()


def test_both_passes_step_by_step(visit: Visit) -> None:
    w, x, y = Value(2.0, "w"), Value(2.1, "x"), Value(4.0, "t")
    product = w * x
    product.label = "ŷ"
    loss = (product - y) ** 2
    loss.label = "E"
    tab = visit(page(loss))
    rule = tab.locator("#rule")
    tab.click("#first")
    assert tab.locator(".node.pending").count() == 3
    assert tab.locator("#pass").inner_text() == "Leaves"
    shown = []
    for _ in range(3 + 6):
        tab.click("#next")
        shown.append(" ".join(rule.inner_text().split()))
    assert shown[:3] == [
        "ŷ = w·x = 2·2.1 = 4.2",
        "v₁ = ŷ − t = 4.2 − 4 = 0.2",
        "E = v₁² = 0.2² = 0.04",
    ]
    assert shown[3].startswith("∂E/∂E = 1")
    assert shown[4] == "∂E/∂v₁ = ∂E/∂E · ∂E/∂v₁ = 1 · 0.4 = 0.4 where ∂E/∂v₁ = 2·v₁ = 2·0.2 = 0.4"
    assert "∂E/∂w = ∂E/∂ŷ · ∂ŷ/∂w = 0.4 · 2.1 = 0.84 where ∂ŷ/∂w = x = 2.1" in shown
    assert tab.locator("#next").is_disabled()
    assert tab.locator(".node.pending").count() == 0


def test_sums_over_branches_are_written_out(visit: Visit) -> None:
    x = Value(3.0, "x")
    a, b = x * x, -x
    a.label, b.label = "a", "b"
    y = a * b
    y.label = "y"
    tab = visit(page(y))
    tab.click("#back")
    tab.click("#next")
    assert " ".join(tab.locator("#rule .equation").inner_text().split()) == (
        "∂y/∂x = ∂y/∂b · ∂b/∂x + ∂y/∂a · ∂₁a + ∂y/∂a · ∂₂a "
        "= 9 · (−1) + (−3) · 3 + (−3) · 3 = −9 + (−9) + (−9) = −27"
    )


def test_play_goes_to_the_end_and_pauses(visit: Visit) -> None:
    x = Value(1.0, "x")
    tab = visit(page(-x), alone=True)
    tab.clock.install()
    tab.click("#play")
    assert tab.locator("#play").get_attribute("aria-label") == "Pause"
    assert tab.locator("#count").inner_text() == "0 / 3"
    tab.clock.run_for(1200)
    assert tab.locator("#count").inner_text() == "1 / 3"
    tab.clock.run_for(5000)
    assert tab.locator("#count").inner_text() == "3 / 3"
    assert tab.locator("#play").get_attribute("aria-label") == "Play"


def test_arrow_keys_and_the_slider_step(visit: Visit) -> None:
    tab = visit(page(neuron()[0]))
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")
    last = tab.locator("#position").get_attribute("max")
    assert tab.locator("#count").inner_text() == f"{int(last) - 2} / {last}"
    tab.locator("#position").fill("3")
    assert tab.locator("#count").inner_text() == f"3 / {last}"
    assert "step 3" in tab.locator("#position").get_attribute("aria-valuetext")


def test_leaves_are_live_and_equal_to_python(visit: Visit) -> None:
    loss, leaves = neuron()
    tab = visit(page(loss))
    for name, x in {"w": -0.7310585786300049, "x": 2.25, "b": 0.1, "t": 1e-3}.items():
        set_leaf(tab, name, x)
        next(leaf for leaf in leaves if leaf.label == name).data = x
    # The same computation in Python, from the new numbers.
    w, x, b, t = leaves
    y = (w * x + b).tanh()
    again = 0.5 * (2.0 * y - t) ** 2 + 0.1 * w * w
    again.backward()
    for leaf in (w, x, b):
        box(tab, leaf.label).click()
        gradient = tab.locator("#details-body").get_by_title("Gradient in full").inner_text()
        assert float(gradient.replace("−", "-")) == pytest.approx(leaf.grad, rel=1e-12)
    box(tab, "E").click()
    value = tab.locator("#details-body").get_by_title("Value in full").inner_text()
    assert float(value.replace("−", "-")) == pytest.approx(again.data, rel=1e-12)


def test_a_slider_moves_a_leaf(visit: Visit) -> None:
    tab = visit(page(Value(1.0, "x") * 3.0))
    slider = tab.get_by_role("slider", name="x", exact=True)
    slider.fill("-1.5")
    assert tab.get_by_label("x, exactly").input_value() == "-1.5"
    assert tab.locator(".node.output .value").text_content() == "−4.5"


def test_descent_reaches_the_minimum(visit: Visit) -> None:
    w = Value(0.2, "w")
    loss = (2.1 * w - 4.0) ** 2
    loss.label = "E"
    tab = visit(page(loss), alone=True)
    tab.clock.install()
    tab.locator("#rate").fill("-1")
    tab.click("#descend-step")
    expected = 0.2 - 0.1 * 2 * 2.1 * (2.1 * 0.2 - 4.0)
    assert float(tab.get_by_label("w, exactly").input_value()) == pytest.approx(expected, rel=1e-5)
    tab.click("#descend-auto")
    tab.clock.run_for(60 * 100)
    tab.click("#descend-auto")
    assert float(tab.get_by_label("w, exactly").input_value()) == pytest.approx(4 / 2.1, rel=1e-5)
    assert tab.locator("#history").is_visible()
    tab.click("#descend-reset")
    assert tab.get_by_label("w, exactly").input_value() == "0.2"
    assert not tab.locator("#history").is_visible()


@pytest.mark.parametrize("rate", [0.3, 1e-6, 250.0])
def test_descent_begins_with_the_rate_that_is_asked_for(visit: Visit, rate: float) -> None:
    tab = visit(page(Value(1.0, "w") * 2.0, learning_rate=rate))
    assert tab.locator("#rate-value").text_content() == f"η = {rate:g}".replace("e-06", "e−6")
    tab.click("#descend-step")
    found = float(tab.get_by_label("w, exactly").input_value())
    assert found == pytest.approx(1.0 - 2.0 * rate, rel=1e-5)


def test_the_rate_is_changed_by_keyboard(visit: Visit) -> None:
    tab = visit(page(Value(1.0, "w") * 2.0))
    tab.locator("#rate").focus()
    for _ in range(20):
        tab.keyboard.press("ArrowRight")
    rate = float(tab.locator("#rate-value").text_content().removeprefix("η = "))
    assert 0.05 < rate < 1.0


def test_a_note_is_text(visit: Visit) -> None:
    tab = visit(page(Value(1.0, "w") * 2.0, note="Try <b>w</b>\n  = 0."))
    assert tab.locator("#note").inner_text() == "Try <b>w</b> = 0."
    tab = visit(page(Value(1.0, "w") * 2.0))
    assert not tab.locator("#note").is_visible()


def test_descent_moves_the_chosen_leaves_only(visit: Visit) -> None:
    a, b = Value(1.0, "a"), Value(1.0, "b")
    tab = visit(page(a * b, parameters=[a]))
    tab.locator("#rate").fill("-1")
    tab.click("#descend-step")
    assert tab.get_by_label("a, exactly").input_value() == "0.9"
    assert tab.get_by_label("b, exactly").input_value() == "1"


def test_descent_stops_before_numbers_overflow(visit: Visit) -> None:
    x = Value(5.0, "x")
    tab = visit(page(x.exp().exp() * -1.0))
    tab.locator("#rate").fill("1")
    tab.click("#descend-step")
    assert "smaller learning rate" in tab.locator("#progress").inner_text()
    assert tab.get_by_label("x, exactly").input_value() == "5"


def test_labels_are_text(visit: Visit) -> None:
    label = """</script><script>alert("1")</script><img src=x onerror='alert(2)'>"""
    x = Value(2.0, label)
    y = x * x
    y.label = "\"'&amp;<!-- ${x} `$title`"
    tab = visit(page(y))
    assert tab.locator("h1").inner_text() == y.label
    assert tab.title() == y.label
    assert tab.locator("label").filter(has_text="</script>").get_attribute("title") == label
    tab.locator(".node.parameter").click()
    assert tab.locator("#details-name").inner_text() == label
    tab.locator(".node.output").click()
    assert "= </script><script>ale…" in tab.locator("#details").inner_text()
    assert tab.locator("img").count() == 0


def test_pointing_at_a_leaf_lights_its_paths(visit: Visit) -> None:
    tab = visit(page(neuron()[0]))
    box(tab, "x").hover()
    dim = tab.locator(".node.dim text.name").all_text_contents()
    assert {"w", "b", "t"} < set(dim)
    assert not {"x", "ŷ", "E"} & set(dim)


def test_a_click_explains_a_gradient_path_by_path(visit: Visit) -> None:
    x = Value(3.0, "x")
    a = x * x
    a.label = "a"
    y = a + 2.0 * x
    y.label = "y"
    tab = visit(page(y))
    box(tab, "x").click()
    details = " ".join(tab.locator("#details").inner_text().split())
    assert "∂y/∂x = 8, the sum over 3 paths:" in details
    assert "x →₁ a → y x 3 = 3 (37.5 %)" in details
    assert "x → v₁ → y = 2 (25 %)" in details
    tab.click("#details-close")
    assert not tab.locator("#details").is_visible()


def test_many_paths_are_counted(visit: Visit) -> None:
    x = Value(1.01, "x")
    for _ in range(40):
        x = x + x
    tab = visit(page(x))
    tab.click("#zoom-fit")
    box(tab, "x").click()
    assert f"{2**40:,} paths" in tab.locator("#details").inner_text()


def test_the_graph_is_used_by_keyboard(visit: Visit) -> None:
    tab = visit(page(neuron()[0]))
    first = tab.locator(".node[tabindex='0']")
    assert first.count() == 1
    first.focus()
    for _ in range(8):
        tab.keyboard.press("ArrowRight")
    focused = tab.evaluate("() => document.activeElement.getAttribute('aria-label')")
    assert focused.startswith("E, output of +, value ")
    tab.keyboard.press("Enter")
    assert tab.locator("#details-name").inner_text() == "E"


def test_every_control_has_a_name(visit: Visit) -> None:
    tab = visit(page(neuron()[0]))
    unnamed = tab.evaluate(
        """() => [...document.querySelectorAll("button, input, svg, .node")]
            .filter((e) => e.checkVisibility())
            .filter((e) => !e.getAttribute("aria-label") && !e.textContent.trim())
            .filter((e) => !e.labels?.length)
            .map((e) => e.outerHTML)"""
    )
    assert unnamed == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(visit: Visit, scheme: str) -> None:
    live = page(neuron()[0])
    tab = visit(live, width=360, height=740, scheme=scheme)
    assert tab.evaluate("() => document.documentElement.scrollWidth") <= 360
    ground = tab.evaluate("() => getComputedStyle(document.body).backgroundColor")
    light = sum(map(int, re.findall(r"\d+", ground)[:3])) > 3 * 128
    assert light is (scheme == "light")
    tab.click("#theme")
    assert tab.evaluate("() => getComputedStyle(document.body).backgroundColor") != ground


def test_what_cannot_be_computed_in_a_browser_is_shown_still(visit: Visit) -> None:
    @primitive(partials=lambda y, x: float(x) * 0.0 + 2.0)
    def twice_of_a_float(x: float) -> float:
        return 2.0 * float(x)

    y = twice_of_a_float(Value(1.5, "x"))
    tab = visit(page(y))
    assert "cannot be changed here" in tab.locator("#refusal").inner_text()
    assert tab.get_by_label("x, exactly").is_disabled()
    assert tab.locator(".node.output .value").text_content() == "3"
    assert not tab.locator("#descent").is_visible()


def test_numbers_that_are_not_finite(visit: Visit) -> None:
    x = Value(0.0, "x")
    tab = visit(page(x.sqrt() + float("inf")))
    assert tab.locator(".node.output .value").text_content() == "∞"
    assert box(tab, "x").locator(".gradient").text_content() == "∂ ∞"


@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize("label", ["", "x"])
def test_a_single_number(visit: Visit, requires_grad: bool, label: str) -> None:
    tab = visit(page(Value(1.5, label, requires_grad=requires_grad)))
    assert tab.locator(".node .value").all_text_contents() == ["1.5"]
    assert tab.locator(".node .name").all_text_contents() == [label or "result"]


def test_constants_alone(visit: Visit) -> None:
    tab = visit(page(Value(2.0, requires_grad=False) * 3.0))
    assert tab.locator(".node .value").all_text_contents() == ["6"]  # the rest is not recorded
    assert not tab.locator("#descent").is_visible()


def test_refusals() -> None:
    x = Value(1.0, "x")
    with pytest.raises(TypeError, match="one Value"):
        page([x])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="view is"):
        page(x, view="tree")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no leaf of this graph"):
        page(x * 2.0, parameters=[Value(1.0, "other")])
    with pytest.raises(ValueError, match="no neuron"):
        page(x * 2.0, view="network")
    with pytest.raises(ValueError, match="positive number, not 0"):
        page(x, learning_rate=0)
    with pytest.raises(ValueError, match="there is none"):
        page(Value(1.0, requires_grad=False), view="curve")
