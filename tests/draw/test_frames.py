from __future__ import annotations

from collections.abc import Callable

import pytest

import nn
from autograd import Value
from autograd.draw import dot
from autograd.draw.layers import layer_of
from tests.draw.svg_reading import Drawing

Draw = Callable[..., Drawing]


@pytest.mark.parametrize(
    ("label", "layer"),
    [
        ("layers.0.neurons.1.weight.0", "layers.0"),
        ("layers.0.weight[1, 0]", "layers.0"),
        ("layers.12.bias[3]", "layers.12"),
        ("layers[0].weight", "layers[0]"),
        ("net.layers.0.weight.1.2", "net.layers.0"),
        ("blocks.0.layers.1.weight", "blocks.0"),
        ("0.weight", "0"),
        ("hidden.weight[2, 0]", "hidden"),
        ("hidden.weight.2.0", "hidden"),
        ("encoder.hidden.bias", "encoder.hidden"),
        ("weight[0, 1]", None),
        ("weight.0", None),
        ("w", None),
        ("", None),
        ("3.5", None),
        ("x1*w1 + x2.y", None),
        ("loss 0.5", None),
    ],
)
def test_the_layer_in_a_label(label: str, layer: str | None) -> None:
    assert layer_of(label) == layer


def squared_error_of_mlp() -> Value:
    model = nn.MLP(2, [3, 1], activation="tanh", output_activation="tanh")
    x = [Value(1.0, "x1", requires_grad=False), Value(0.5, "x2", requires_grad=False)]
    prediction = model(x)
    (prediction,) = prediction if isinstance(prediction, list) else [prediction]
    prediction.label = "prediction"
    loss: Value = (prediction - Value(1.0, "target", requires_grad=False)) ** 2
    loss.label = "loss"
    loss.backward()
    return loss


def test_layers_of_a_network_have_frames(drawing: Draw) -> None:
    picture = drawing(squared_error_of_mlp(), group="label")
    assert sorted(frame.texts[0] for frame in picture.frames) == ["layers.0", "layers.1"]
    first, second = picture.frame("layers.0"), picture.frame("layers.1")
    inside: dict[str, set[str]] = {"first": set(), "second": set(), "none": set()}
    for part in picture.nodes.values():
        where = "first" if first.holds(part) else "second" if second.holds(part) else "none"
        inside[where].add(part.texts[0])
    # The frame's title is not repeated in the labels.
    assert {"weight[0, 0]", "weight[2, 1]", "bias[2]", "dot", "tanh"} <= inside["first"]
    assert {"weight[0, 0]", "weight[0, 2]", "bias[0]", "dot", "tanh", "prediction"} <= inside[
        "second"
    ]
    assert {"x1", "x2", "target", "loss", "−", "**"} <= inside["none"]
    # Inputs before the first layer, the first before the second, then what is made of the outputs.
    x1, x2, loss = (
        next(part for part in picture.nodes.values() if part.texts[0] == text)
        for text in ("x1", "x2", "loss")
    )
    assert max(x1.box[2], x2.box[2]) < first.box[0]
    assert first.box[2] < second.box[0]
    assert second.box[2] < loss.box[0]


def test_tooltips_keep_the_whole_label(drawing: Draw) -> None:
    picture = drawing(squared_error_of_mlp(), group="label")
    tooltips = [part.tooltip or "" for part in picture.boxes.values()]
    assert any(tooltip.startswith("layers.1.weight[0, 2]\n") for tooltip in tooltips)


def test_frames_of_a_function(drawing: Draw) -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    titles = {a: "left", b: "right"}
    picture = drawing(a.sin() + b, group=titles.get)
    boxes = {texts[0]: part for texts, part in picture.boxes.items()}
    assert picture.frame("left").holds(boxes["a"])
    assert not picture.frame("left").holds(boxes["b"])
    assert picture.frame("right").holds(boxes["b"])
    assert len(picture.frames) == 2


def test_an_operation_is_in_the_frame_of_its_result(drawing: Draw) -> None:
    y = Value(1.0, "a").tanh()
    picture = drawing(y, group=lambda node: "results" if node.op else None)
    assert all(
        picture.frame("results").holds(part) == (part.texts[0] != "a")
        for part in picture.nodes.values()
    )


def test_a_label_that_only_looks_like_a_frame_is_whole(drawing: Draw) -> None:
    assert set(drawing(Value(1.0, "None.x"), show=["label"]).boxes) == {("None.x",)}


def test_without_names_of_layers_there_are_no_frames() -> None:
    y = Value(1.0, "a") * Value(2.0, "b")
    assert dot(y, group="label").source == dot(y).source


def test_a_residual_block_that_is_used_twice(drawing: Draw) -> None:
    w = Value(0.5, "blocks.0.weight")
    x = Value(1.0, "x")
    h = x + (w * x).tanh()
    picture = drawing(h + (w * h).tanh(), group="label")
    (frame,) = picture.frames
    held = sorted(part.texts[0] for part in picture.nodes.values() if frame.holds(part))
    assert held[-5:] == ["tanh", "tanh", "weight", "×", "×"]
