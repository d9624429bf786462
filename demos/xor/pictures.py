"""The pictures: the graph of one sample by Graphviz, loss and decision boundary by Matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import nn
from autograd import Value, draw
from demos.figures import new_figure
from demos.xor.hidden_units import hidden_layers, unit_names
from demos.xor.network import ENGINE_FORMS, Setup
from demos.xor.problem import POINTS, FloatArray, X, Y
from nn import manual

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh

# Blue and orange stay apart under every common form of color blindness.
_OFF, _ON, _INK = "#5ea9dd", "#f39a45", "#1b2733"

# More lines of hidden units than this hide what they should show.
_MOST_LINES = 8


def draw_graph(path: Path, setup: Setup, model: nn.MLP, sample: int) -> None:
    """Draw the computation graph of one point's loss, with all gradients, into an SVG file."""
    frames: dict[Value, str] = {}
    signals = [Value(x, f"x{i + 1}", requires_grad=False) for i, x in enumerate(X[sample])]
    for depth, layer in enumerate(model.layers):
        hidden = layer is not model.layers[-1]
        z = layer(signals)
        signals = (model.activation if hidden else model.output_activation)(z)
        names = unit_names(depth, len(z), len(model.layers)) if hidden else ["ŷ"]
        for name, signal, total_input in zip(names, signals, z, strict=True):
            signal.label = name
            total_input.label = name.replace("h", "z").replace("ŷ", "z")
        own = [*layer.parameters(), *z, *signals]
        frames |= dict.fromkeys(own, f"layers.{depth}")  # the parameters' labels begin with that
    target = Value(Y[sample, 0], "y", requires_grad=False)
    loss: Value = nn.LOSSES[ENGINE_FORMS[setup.loss].loss](signals[0], target)
    loss.label = "loss"
    model.zero_grad()
    loss.backward()
    draw.render(loss, path, group=lambda node: frames.get(node, "loss" if node.op else None))


def draw_loss(path: Path, losses: Sequence[float], setup: Setup) -> None:
    """Draw the loss of every epoch, next to what guessing ŷ = ½ would cost."""
    figure = new_figure(7, 4)
    axes = figure.subplots()
    guessing = manual.loss_value(np.full(Y.shape, 0.5), Y, loss=setup.loss)
    axes.axhline(guessing, color="#707c89", linestyle=":", linewidth=1)
    axes.annotate(
        "always guessing ½",
        (1, guessing),
        (-4, 4),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        horizontalalignment="right",
        color="#707c89",
    )
    axes.semilogy(range(len(losses)), losses, color=_INK, marker="." if len(losses) < 3 else "")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set(xlabel="epoch", ylabel=setup.loss.replace("_", " "))
    axes.set_title(f"XOR, {setup.architecture} {setup.activation}, seed {setup.seed}")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


def draw_decision_boundary(
    path: Path, weights: Sequence[FloatArray], biases: Sequence[FloatArray], activation: str
) -> None:
    """Draw ŷ over the plane of the inputs.

    If the last hidden layer has two units, a second panel shows ŷ over the plane of their
    responses, where one straight line has to be enough.
    """
    hidden_plane = len(weights) > 1 and weights[-1].shape[1] == 2
    figure = new_figure(9.6 if hidden_plane else 5.6, 4.8)
    panels = figure.subplots(1, 2 if hidden_plane else 1, squeeze=False)[0]
    surface = _draw_outputs(panels[0], weights, biases, X, activation)
    panels[0].set(title="what the network sees: the inputs", xlabel="x1", ylabel="x2")
    panels[0].set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    if len(weights) > 1 and len(weights[0]) <= _MOST_LINES:
        names = unit_names(0, len(weights[0]), len(weights))
        _draw_unit_lines(panels[0], names, weights[0], biases[0])
    if hidden_plane:
        units = hidden_layers(weights, biases, activation)[-1]
        responses = np.stack([unit.responses for unit in units], axis=1)
        _draw_outputs(panels[1], weights[-1:], biases[-1:], responses, activation)
        panels[1].set_title("what the output unit sees: the hidden units")
        panels[1].set(xlabel=units[0].name, ylabel=units[1].name)
    figure.colorbar(surface, ax=panels, label="ŷ", ticks=[0, 0.25, 0.5, 0.75, 1])
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower left", ncols=2)
    figure.savefig(path, dpi=120)


def _draw_outputs(
    axes: Axes,
    weights: Sequence[FloatArray],
    biases: Sequence[FloatArray],
    points: FloatArray,
    activation: str,
) -> QuadMesh:
    """Draw ŷ around four points of a plane, its boundary ŷ = ½, and the points."""
    from matplotlib.colors import LinearSegmentedColormap

    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.35 * np.maximum(high - low, 0.1)
    a, b = (np.linspace(low[i] - margin[i], high[i] + margin[i], 201) for i in (0, 1))
    grid = np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)
    passed = manual.forward(
        weights, biases, grid, activation=activation, output_activation="sigmoid"
    )
    outputs = passed.output.reshape(len(b), len(a))
    colors = LinearSegmentedColormap.from_list("off and on", [_OFF, "white", _ON])
    surface = axes.pcolormesh(a, b, outputs, cmap=colors, vmin=0, vmax=1, shading="gouraud")
    if outputs.min() < 0.5 < outputs.max():
        axes.contour(a, b, outputs, levels=[0.5], colors=_INK, linewidths=2)
        axes.plot([], color=_INK, linewidth=2, label="ŷ = ½")
    axes.scatter(points[:, 0], points[:, 1], s=200, color="white", zorder=3)
    for (x, y), target in zip(points, Y[:, 0], strict=True):
        axes.annotate(f"{target:.0f}", (x, y), ha="center", va="center", weight="bold", zorder=4)
    for (x, y), name in _names_at(points).items():
        axes.annotate(name, (x, y), (0, 11), textcoords="offset points", ha="center")
    return surface


def _names_at(points: FloatArray) -> dict[tuple[float, float], str]:
    """Return what to write at each place; points that are next to each other share one."""
    near = 0.05 * np.maximum(np.ptp(points, axis=0), 0.1)
    names: dict[tuple[float, float], str] = {}
    for name, (x, y) in zip(POINTS, points, strict=True):
        for place in names:
            if (np.abs(np.subtract(place, (x, y))) < near).all():
                names[place] += f", {name}"
                break
        else:
            names[x, y] = name
    return names


def _draw_unit_lines(axes: Axes, names: Sequence[str], W: FloatArray, b: FloatArray) -> None:
    """Draw where each unit of the first hidden layer has z = 0, with an arrow to where z > 0."""
    x_limits, y_limits = axes.get_xlim(), axes.get_ylim()
    label: str | None = "z = 0 of a hidden unit; the arrow points to where z > 0"
    for name, w, bias in zip(names, W, b, strict=True):
        length = float(np.hypot(*w))
        if length == 0.0:
            continue
        normal = w / length
        foot = 0.5 - normal * (normal.sum() / 2.0 + bias / length)  # nearest to the center (½, ½)
        along = 10.0 * np.array([-normal[1], normal[0]])
        x, y = np.stack([foot - along, foot + along], axis=1)
        axes.plot(x, y, "--", color=_INK, linewidth=1.2, label=label)
        axes.annotate(
            name,
            foot,
            foot + 0.2 * normal,
            arrowprops={"arrowstyle": "<-", "color": _INK},
            ha="center",
            va="center",
            annotation_clip=True,
        )
        label = None
    axes.set(xlim=x_limits, ylim=y_limits)
