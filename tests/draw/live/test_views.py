"""Grouped graphs, networks and curves, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import nn
from autograd import Value, dot, sigmoid
from autograd.draw import curve, page
from autograd.draw.live.groups import MOST_IN_ONE_VIEW, groups_of
from autograd.sweep import topological_order

Visit = Callable[..., Any]


def chain(length: int) -> Value:
    node = Value(1.0, "x")
    for _ in range(length - 1):
        node = -node
    return node


def test_a_graph_of_many_nodes_is_grouped_by_layer(visit: Visit) -> None:
    model = nn.MLP(2, [16, 16, 1], seed=0)
    loss = (model([0.5, -0.5]) - 1.0) ** 2
    tab = visit(page(loss))
    groups = tab.locator(".node.group .name").all_text_contents()
    assert sorted(groups) == ["layers.0", "layers.1", "layers.2"]
    tab.locator(".node.group").filter(has_text="layers.1").click()
    units = tab.locator(".node.group:not(.outside) .name").all_text_contents()
    assert sorted(units) == sorted([f"unit {i}" for i in range(16)])
    tab.locator(".node.group").filter(has=tab.locator("text:text-is('unit 3')")).click()
    crumbs = tab.locator("#crumbs button").all_text_contents()
    assert crumbs == ["whole graph", "layers.1", "unit 3"]
    weights = tab.locator(".node.parameter .name").all_text_contents()
    assert sorted(weights) == sorted(["bias[3]", *[f"weight[3, {j}]" for j in range(16)]])
    tab.get_by_role("button", name="whole graph").click()
    assert tab.locator(".node.output").count() == 1


def test_groups_open_by_keyboard(visit: Visit) -> None:
    tab = visit(page(chain(MOST_IN_ONE_VIEW + 1)))
    group = tab.locator(".node.group").first
    group.focus()
    tab.keyboard.press("Enter")
    assert "part 1 of 3" in tab.locator("#crumbs").inner_text()
    focused = tab.evaluate("() => document.activeElement.classList.contains('node')")
    assert focused


def test_up_to_a_limit_every_node_is_drawn(visit: Visit) -> None:
    tab = visit(page(chain(MOST_IN_ONE_VIEW)))
    assert tab.locator(".node.group").count() == 0
    assert tab.locator(".node").count() == MOST_IN_ONE_VIEW


def test_the_parts_of_a_very_long_graph_stay_few() -> None:
    order = topological_order(chain(40_000))
    groups = set(groups_of(order))
    assert len(groups) <= MOST_IN_ONE_VIEW


def test_the_playback_of_a_grouped_graph_shows_where_it_is(visit: Visit) -> None:
    tab = visit(page(chain(MOST_IN_ONE_VIEW + 1)))
    tab.locator("#position").fill("150")
    assert tab.locator(".node.now .name").all_text_contents() == ["part 2 of 3"]


def test_leaves_and_descent_of_a_grouped_graph(visit: Visit) -> None:
    model = nn.MLP(2, [16, 16, 1], activation="tanh", seed=0)
    loss = (model([0.5, -0.5]) - 1.0) ** 2
    loss.label = "E"
    tab = visit(page(loss))
    before = float(tab.locator(".node.output .value").text_content())
    tab.click("#descend-step")
    after = float(tab.locator(".node.output .value").text_content())
    loss.backward()
    for parameter in model.parameters():
        parameter.data -= 0.01 * parameter.grad
    expected = (model([0.5, -0.5]) - 1.0) ** 2
    assert after < before
    assert after == pytest.approx(expected.data, rel=1e-3)


def test_a_network_shows_neurons_weights_and_deltas(visit: Visit) -> None:
    model = nn.MLP(3, [4, 3, 1], seed=3)
    x = [0.5, -0.8, 0.3]
    tab = visit(nn.draw(model, x, 1.0))
    assert tab.locator("#tab-network").get_attribute("aria-pressed") == "true"
    assert tab.locator(".neuron").count() == 3 + 4 + 3 + 1
    assert tab.locator(".weight").count() == 3 * 4 + 4 * 3 + 3 * 1
    hidden = [layer([0.0] * layer.in_features) for layer in model.layers]
    assert [len(units) for units in hidden] == [4, 3, 1]
    outputs = tab.locator(".neuron .value").all_text_contents()
    assert outputs[:3] == ["0.5", "−0.8", "0.3"]
    predicted = model(x)
    assert outputs[-1] == f"{predicted.data:.3g}".replace("-", "−")
    delta = 2.0 * (predicted.data - 1.0)
    assert tab.locator(".neuron .gradient").all_text_contents()[-1] == (
        f"δ {delta:.3g}".replace("-", "−")
    )


def test_deltas_flow_from_right_to_left(visit: Visit) -> None:
    tab = visit(nn.draw(nn.MLP(2, [2, 1], activation="tanh", seed=0), [1.0, 2.0], 0.5))
    steps = int(tab.locator("#position").get_attribute("max"))
    seen = []
    for step in range(steps + 1):
        tab.locator("#position").fill(str(step))
        deltas = tab.locator(".neuron .gradient").all_text_contents()
        seen.append([bool(delta) for delta in deltas])
    assert seen[0] == [False] * 5
    output_first = next(shown for shown in seen if any(shown))
    assert output_first == [False, False, False, False, True]
    assert seen[-1] == [False, False, True, True, True]


def test_a_sum_of_squares_is_no_neuron(visit: Visit) -> None:
    model = nn.MLP(2, [3, 2], activation="tanh", seed=0)
    outputs = model([1.0, 2.0])
    tab = visit(page(dot(outputs, outputs), view="network"))
    assert tab.locator(".neuron").count() == 2 + 3 + 2
    with pytest.raises(ValueError, match="no neuron"):
        page(dot([Value(1.0) * 2.0], [Value(3.0)]), view="network")


def test_samples_stand_in_their_order_and_neurons_bear_names(visit: Visit) -> None:
    model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    loss = Value(0.0)
    for i, sample in enumerate([(0.25, 1.0), (0.5, 2.0), (0.75, 3.0)]):
        x = [Value(number, f"x{j}({i})") for j, number in enumerate(sample)]
        output = model(x)
        output.label = f"o({i})"
        loss = loss + (output - 1.0) ** 2
    tab = visit(page(loss, view="network"))
    values = tab.locator(".neuron .value").all_text_contents()
    assert values[:6] == ["0.25", "1", "0.5", "2", "0.75", "3"]
    hidden = [h for x in ((0.25, 1.0), (0.5, 2.0), (0.75, 3.0)) for h in model.layers[0](x)]
    assert values[6:12] == [f"{z.tanh().data:.3g}".replace("-", "−") for z in hidden]
    names = tab.locator(".neuron .beside").all_text_contents()
    assert names == ["x0(0)", "x1(0)", "x0(1)", "x1(1)", "x0(2)", "x1(2)", "o(0)", "o(1)", "o(2)"]


def test_an_idle_line_and_the_strongest_neuron(visit: Visit) -> None:
    tab = visit(nn.draw(nn.MLP(3, [2, 1], activation="tanh", seed=0), [0.0, -2.0, 1.0], 0.5))
    assert tab.locator(".weight.idle").count() == 2
    levels = [
        float(level.get_attribute("opacity")) for level in tab.locator(".neuron .level").all()
    ]
    assert levels[0] == 0.0
    assert levels[1] == pytest.approx(2.0 * levels[2], abs=1e-3)
    set_input = tab.get_by_label("x₁, exactly")
    set_input.fill("4")
    assert tab.locator(".weight.idle").count() == 0


def test_a_large_network_fits_and_its_inputs_can_be_moved(visit: Visit) -> None:
    model = nn.MLP(30, [14, 1], activation="tanh", seed=0)
    tab = visit(nn.draw(model, [0.5] * 30, 1.0), width=1280, height=800)
    frame = tab.locator("#drawing").bounding_box()
    for neuron in tab.locator(".neuron .frame").all():
        at = neuron.bounding_box()
        assert frame["x"] <= at["x"] <= frame["x"] + frame["width"] - at["width"]
        assert frame["y"] <= at["y"] <= frame["y"] + frame["height"] - at["height"]
    assert tab.locator("#leaf-list .leaf").count() == 30
    tab.get_by_label("x₇, exactly").fill("-2")
    x = [0.5] * 6 + [-2.0] + [0.5] * 23
    output = tab.locator(".neuron .value").last.text_content()
    assert output == f"{model(x).data:.3g}".replace("-", "−")


def test_several_outputs_and_other_losses(visit: Visit) -> None:
    model = nn.MLP(2, [3, 3], seed=1)
    tab = visit(nn.draw(model, [1.0, 2.0], 2, loss="cross_entropy"))
    assert tab.locator(".neuron").count() == 2 + 3 + 3
    logits = [f"{o.data:.3g}".replace("-", "−") for o in model([1.0, 2.0])]
    assert tab.locator(".neuron .value").all_text_contents()[-3:] == logits


def test_the_graph_behind_a_network(visit: Visit) -> None:
    tab = visit(nn.draw(nn.MLP(2, [2, 1], seed=0), [1.0, 2.0], 0.5))
    tab.locator(".neuron").last.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("#details").is_visible()
    tab.click("#tab-graph")
    assert tab.locator(".node.parameter").count() == 9


def test_a_network_refuses_what_it_is_not() -> None:
    model = nn.MLP(2, [1])
    with pytest.raises(TypeError, match="Module"):
        nn.draw(lambda x: x, [1.0, 2.0], 1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="loss"):
        nn.draw(model, [1.0, 2.0], 1.0, loss="mean")
    with pytest.raises(ValueError, match="too many"):
        nn.draw(nn.MLP(300, [200, 1]), [0.0] * 300, 1.0)


def test_the_ball_rolls_to_the_minimum(visit: Visit) -> None:
    tab = visit(curve(lambda w: (2.1 * w - 4.0) ** 2, Value(0.2, "w")), alone=True)
    assert tab.locator("#plot text.least").text_content() == "w* ≈ 1.905"
    assert "w = 0.2" in tab.locator("#plot-note").inner_text()
    slope = 2 * 2.1 * (2.1 * 0.2 - 4.0)
    assert f"slope {slope:.4g}".replace("-", "−") in tab.locator("#plot-note").inner_text()
    tab.clock.install()
    tab.locator("#rate").fill("-1")
    tab.click("#descend-auto")
    tab.clock.run_for(60 * 100)
    ball = float(tab.locator(".ball").get_attribute("cx"))
    least = float(tab.locator("line.least").get_attribute("x1"))
    assert ball == pytest.approx(least, abs=0.01)


@pytest.mark.parametrize("start", [-8.0, 8.0, 60.0])
def test_a_curve_that_levels_off_has_no_lowest_point(visit: Visit, start: float) -> None:
    # σ(z) is rounded to 1 from z = 37 on, and the error there to 0.
    tab = visit(curve(lambda z: (sigmoid(z) - 1.0) ** 2, Value(start, "z")))
    assert tab.locator("#plot text.least").count() == 0
    last = tab.locator("#plot text.tick.across").last.text_content()
    assert abs(start) <= float(last) <= 3.0 * abs(start)


def test_any_leaf_has_a_curve(visit: Visit) -> None:
    x, y = Value(1.0, "x"), Value(2.0, "y")
    tab = visit(page(x * x + y))
    tab.locator(".node.parameter").filter(has_text="x").click()
    tab.get_by_role("button", name="Curve over this leaf").click()
    assert tab.locator("#plot text.least").text_content() == "x* ≈ 0"
    tab.click("#tab-graph")
    assert tab.locator(".node.output").is_visible()


def test_a_curve_refuses_what_it_cannot_draw() -> None:
    x = Value(1.0, "x")
    with pytest.raises(ValueError, match="was computed"):
        curve(lambda x: x * x, x * 2.0)
    with pytest.raises(TypeError, match="return a Value"):
        curve(lambda x: 1.0, x)  # type: ignore[arg-type, return-value]
    with pytest.raises(ValueError, match="does not depend"):
        curve(lambda x: Value(1.0) * 2.0, x)
    with pytest.raises(TypeError, match="real number"):
        curve(lambda x: x * x, "1")
