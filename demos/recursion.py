"""δ from the output to the input, beside the engine's gradients: ``python -m demos.recursion``.

A network of ReLU units, 3 inputs, layers of 4 and 3, one output, and E = ½ (ŷ − y)². What the
textbooks write as a recursion over layers is what the engine finds node by node.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import nn
from autograd import Value, draw, explain
from demos.command_line import count, run_as_program
from demos.figures import new_figure, signed_colors, write_pictures
from demos.lesson import lesson_parser, run_lesson
from demos.tables import decimal, heading, table
from demos.tables import figure as f
from demos.xor.experiments import small_networks
from demos.xor.network import layer_arrays
from demos.xor.problem import FloatArray
from nn import manual

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZES = (3, 4, 3, 1)


class Pass(NamedTuple):
    """One sample through the network, forward and backward.

    Attributes:
        model: the network, with its gradients.
        E: the root of the graph.
        z: the nodes of the total inputs, layer by layer.
        a: the activations of each layer, the input first.
        deltas: δ of each layer by ``nn.manual``, which knows nothing of the engine.
    """

    model: nn.MLP
    E: Value
    z: list[list[Value]]
    a: list[FloatArray]
    deltas: list[FloatArray]

    @property
    def layers(self) -> range:
        """The numbers of the layers, from 1."""
        return range(1, len(self.z) + 1)


def both_passes(seed: int) -> Pass:
    """Return a network with random weights at a random sample, by the engine and by hand."""
    model, x, y = small_networks.problem(SIZES, seed)
    signals: list[Any] = [
        Value(number, f"x[{i}]", requires_grad=False) for i, number in enumerate(x)
    ]
    z: list[list[Value]] = []
    for depth, layer in enumerate(model.layers, start=1):
        z.append(layer(signals))
        hidden = layer is not model.layers[-1]
        signals = (model.activation if hidden else model.output_activation)(z[-1])
        for i, node in enumerate(signals):
            z[-1][i].label = f"z{sub(depth)}[{i}]"
            node.label = f"a{sub(depth)}[{i}]" if hidden else "ŷ"
        for parameter in layer.parameters():
            name, place = parameter.label.split("[")  # layers.0.weight[2, 1]
            letter = "W" if name.endswith("weight") else "b"
            parameter.label = f"{letter}{sub(depth)}[{place}"
    target = Value(y, "y", requires_grad=False)
    E: Value = nn.half_squared_error(signals[0], target)
    E.label = "E"
    model.zero_grad()
    E.backward()
    weights, biases = layer_arrays(model)
    passed = manual.forward(weights, biases, [x], activation="relu")
    deltas = manual.deltas(
        weights, biases, [x], [[y]], activation="relu", loss="half_squared_error"
    )
    return Pass(model, E, z, [a[0] for a in passed.activations], [delta[0] for delta in deltas])


def sub(number: int) -> str:
    """Return a layer's number as a subscript."""
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def run(options: argparse.Namespace) -> None:
    """Print the recursion and the outer products, and draw both."""
    passed = both_passes(options.seed)
    print(
        f"A {'-'.join(map(str, SIZES))} network: a₀ = x, z_l = W_l a_(l−1) + b_l, a_l = relu(z_l),"
    )
    print(f"ŷ = z₃, E = ½ (ŷ − y)² = {f(passed.E.data)}; δ_l is short for ∂E/∂z_l")
    show_deltas(passed)
    show_outer_products(passed)
    show_paths(passed)
    show_three_ways(options.seed)
    write_pictures(
        options.output,
        [
            (
                "graph.svg",
                "the graph, colored by gradient",
                partial(draw_graph, passed=passed),
            ),
            (
                "outer-products.png",
                "each layer's gradient as an outer product",
                partial(draw_outer_products, passed=passed),
            ),
        ],
        pages=[
            (
                "network.html",
                "δ from right to left",
                partial(write_page, passed=passed),
            )
        ],
    )


def show_deltas(passed: Pass) -> None:
    """Print δ layer by layer, from the output down, next to the gradients of the nodes z."""
    print(heading("δ from the output to the input"))
    top = passed.layers[-1]
    print(f"δ{sub(top)} = ŷ − y")
    print("δ_l = (W_(l+1)ᵀ δ_(l+1)) ⊙ relu'(z_l), where ⊙ is unit by unit\n")
    rows = []
    for depth in reversed(passed.layers):
        for i, node in enumerate(passed.z[depth - 1]):
            slope = 1.0 if depth == top or node.data > 0.0 else 0.0
            handed_down = (
                passed.deltas[-1][i]
                if depth == top
                else float(passed.deltas[depth] @ layer_arrays(passed.model)[0][depth][:, i])
            )
            numbers = (handed_down, passed.deltas[depth - 1][i], node.grad)
            first, *others = (decimal(number, 6) for number in numbers)
            rows.append([f"δ{sub(depth)}[{i}]", first, f"{slope:g}", *others])
    headers = ["", "Wᵀ δ", "slope", "δ by hand", "node z.grad"]
    print(table(headers, rows, align="lrrrr"))
    off = sum(node.data <= 0.0 for layer in passed.z[:-1] for node in layer)
    print(f"{off} of {sum(SIZES[1:-1])} hidden units are off: there the recursion ends in 0.")


def show_outer_products(passed: Pass) -> None:
    """Print ∂E/∂W of each layer as a column times a row."""
    print(heading("Gradients of the weights: ∂E/∂W_l = δ_l a_(l−1)ᵀ, and ∂E/∂b_l = δ_l"))
    for depth, layer in zip(passed.layers, passed.model.layers, strict=True):
        below = f"a{sub(depth - 1)}" if depth > 1 else "x"
        columns = [f"{below}[{i}] = {f(a, 3)}" for i, a in enumerate(passed.a[depth - 1])]
        rows = [
            [f"δ{sub(depth)}[{i}] = {f(delta, 3)}", *(decimal(w.grad, 4) for w in weights)]
            for i, (delta, weights) in enumerate(
                zip(passed.deltas[depth - 1], layer.weight, strict=True)
            )
        ]
        print(table([f"∂E/∂W{sub(depth)}", *columns], rows, align="l" + "r" * len(columns)) + "\n")
    print("Each number is the δ at its left times the activation above it.")


def show_paths(passed: Pass) -> None:
    """Print one gradient as the sum over all paths, which is what the recursion adds up."""
    weight: Value = max(passed.model.layers[0].weight.ravel().tolist(), key=lambda w: abs(w.grad))
    print(heading(f"The same without a recursion: {weight.label}, path by path"))
    print(explain(passed.E, weight))


def show_three_ways(seed: int) -> None:
    """Print how far apart the gradients are that loops, NumPy and the engine find."""
    print(heading("The same three ways"))
    found = small_networks.gradients(SIZES, seed)
    ways = {"loops": found.loops, "NumPy": found.arrays, "engine": found.engine}
    rows = [
        [name, *(f"{np.abs(gradient - other).max():.1e}" for other in ways.values())]
        for name, gradient in ways.items()
    ]
    print(f"Largest difference over all {len(found.names)} parameters, between")
    print(table(["", *ways], rows, align="lrrr"))
    print("loops:  equations (1) to (7) of 1986, weight by weight: nn/manual/per_weight.py")
    print("NumPy:  the recursion above, on arrays: nn/manual/delta_recursion.py")
    print("engine: one sweep over the graph: autograd/sweep.py")


def draw_graph(path: Path, passed: Pass) -> None:
    """Draw the graph, colored by gradient."""
    frames = {
        node: f"layer {depth}"
        for depth, (layer, z) in enumerate(zip(passed.model.layers, passed.z, strict=True), start=1)
        for node in [*layer.parameters(), *z]
    }
    draw.render(
        passed.E,
        path,
        color="grad",
        operations=False,
        constants=False,
        group=frames.get,
        precision=3,
    )


def write_page(path: Path, passed: Pass) -> None:
    """Write the page of the network."""
    draw.page(
        passed.E,
        path,
        title=f"{'-'.join(map(str, SIZES))} relu units: δ from the output back",
        parameters=passed.model.parameters(),
        view="network",
        learning_rate=0.1,
        note="Play: after the forward pass the δ appear from right to left, each from those at its "
        "right through the weights between. Where a unit is off δ is 0. Click on a neuron or a "
        "line for its gradient, path by path.",
    )


def draw_outer_products(path: Path, passed: Pass) -> None:
    """Draw for each layer δ as a column, the activations below as a row, and their product."""
    figure = new_figure(9.6, 4.0)
    columns = figure.add_gridspec(1, len(passed.layers))
    for depth in passed.layers:
        panel = figure.add_subfigure(columns[0, depth - 1])
        delta, below = passed.deltas[depth - 1], passed.a[depth - 1]
        grid = panel.subplots(2, 2, width_ratios=[1, len(below)], height_ratios=[1, len(delta)])
        grid[0, 0].set_axis_off()
        name = f"a{sub(depth - 1)}" if depth > 1 else "x"
        _draw_matrix(grid[0, 1], below[None, :], f"{name}ᵀ")
        _draw_matrix(grid[1, 0], delta[:, None], f"δ{sub(depth)}")
        product = np.array([[w.grad for w in row] for row in passed.model.layers[depth - 1].weight])
        _draw_matrix(grid[1, 1], product, f"∂E/∂W{sub(depth)}")
    figure.suptitle("∂E/∂W = δ aᵀ: orange is positive, blue negative (scaled in each block)")
    figure.savefig(path, dpi=100)


def _draw_matrix(axes: Axes, numbers: FloatArray, title: str) -> None:
    """Draw a matrix in colors, with its numbers."""
    limit = 1.5 * max(float(np.abs(numbers).max()), 1e-300)
    axes.imshow(numbers, cmap=signed_colors(), vmin=-limit, vmax=limit, aspect="auto")
    for (row, column), number in np.ndenumerate(numbers):
        axes.annotate(f(number, 2), (column, row), ha="center", va="center", fontsize=8)
    axes.set_title(title, fontsize=10)
    axes.set(xticks=[], yticks=[])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lesson, and return the exit code."""
    parser = lesson_parser("recursion")
    parser.add_argument(
        "--seed", metavar="N", type=count(0), default=0, help="of weights and sample (0)"
    )
    return run_lesson(parser, run, arguments)


if __name__ == "__main__":
    run_as_program(main)
