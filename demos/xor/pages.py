"""The live pages: a trained network at one point, and a training that goes on in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nn
from autograd import Value, draw, sigmoid
from demos.xor.hidden_units import unit_names
from demos.xor.network import Setup, build_model
from demos.xor.problem import POINTS, X, Y

_WITH_HIDDEN_UNITS = (
    "One network, shown at all four points: they share its weights. “Auto-play” trains it by plain "
    "descent, some 16 steps a second. ŷ(01) and ŷ(10) should become 1, the others 0. Often next to "
    "nothing happens for a while; then the hidden units divide the work among them."
)

_ONE_UNIT = (
    "One unit, shown at all four points: they share its weights. “Auto-play”: ŷ(01) and ŷ(10) "
    "should become 1, the others 0. However long it goes on, all end at ½, where the four δ cancel "
    "each other. Set the weights to anything else: they come back."
)

#: Of hidden layers with more units four networks are no picture any more.
MOST_UNITS = 8


def write_trained(path: Path, setup: Setup, model: nn.MLP, sample: int) -> None:
    """Write the page of a trained network at one of the four points."""
    inputs = [Value(x, f"x{i + 1}", requires_grad=False) for i, x in enumerate(X[sample])]
    y_hat = _output(model, inputs)
    y_hat.label = "ŷ"
    _write(
        path,
        model,
        nn.LOSSES[setup.loss](y_hat, Value(Y[sample, 0], "y", requires_grad=False)),
        title=f"XOR: a {setup.architecture} network after its training",
        learning_rate=0.01,
        note="Set x1 and x2 to 0 or 1, and see which hidden units come on, and what each says to "
        "ŷ. Then try what lies between. δ is small: the training has left little to do.",
    )


def write_training(path: Path, setup: Setup) -> None:
    """Write the page of all four points at the start of the training."""
    model = build_model(setup)
    outputs = []
    for x, point in zip(X, POINTS, strict=True):
        names = [f"x{i + 1}({point})" for i in range(len(x))]
        pairs = zip(x, names, strict=True)
        outputs.append(_output(model, [Value(a, n, requires_grad=False) for a, n in pairs]))
        outputs[-1].label = f"ŷ({point})"
    _write(
        path,
        model,
        nn.LOSSES[setup.loss](outputs, Y.ravel()),
        title=f"XOR: training a {setup.architecture} network",
        learning_rate=3.0 if setup.activation in ("sigmoid", "tanh") else 0.3,
        note=_WITH_HIDDEN_UNITS if len(setup.sizes) > 2 else _ONE_UNIT,
    )


def _output(model: nn.MLP, inputs: Sequence[Value]) -> Value:
    """Return ŷ for one point, and label the hidden units."""
    signals: list[Value] = list(inputs)
    *hidden, last = model.layers
    for depth, layer in enumerate(hidden):
        signals = model.activation(layer(signals))
        names = unit_names(depth, len(signals), len(model.layers))
        for name, signal in zip(names, signals, strict=True):
            signal.label = name
    (z,) = last(signals)
    y_hat: Value = sigmoid(z)
    return y_hat


def _write(
    path: Path, model: nn.MLP, loss: Value, *, title: str, learning_rate: float, note: str
) -> None:
    loss.label = "E"
    draw.page(
        loss,
        path,
        title=title,
        parameters=model.parameters(),
        view="network",
        learning_rate=learning_rate,
        note=note,
    )
