"""Gradients that vanish or explode in deep networks: ``python -m demos.vanishing``.

How much gradient arrives at the first layer of networks up to 50 layers deep, for three activations
and three ways to start, with and without residual connections; and a gradient that explodes, with
the clipping that cures it.

S. Hochreiter, "Untersuchungen zu dynamischen neuronalen Netzen", 1991, and Y. Bengio, P. Simard and
P. Frasconi, "Learning long-term dependencies with gradient descent is difficult", 1994, found why;
X. Glorot and Y. Bengio, AISTATS 2010, and K. He and others, ICCV 2015 and CVPR 2016, what to do.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autograd
import nn
from autograd import Value
from demos import cliff
from demos.command_line import count, run_as_program
from demos.figures import BLUE, GREEN, ORANGE, new_figure, write_pictures
from demos.lesson import lesson_parser, run_lesson
from demos.tables import heading, paragraph, table
from demos.xor.problem import FloatArray

ACTIVATIONS = ("sigmoid", "tanh", "relu")

#: How the weights start. "naive" is N(0, 1), whatever the width.
STARTS: dict[str, nn.init.Initializer] = {
    "naive": partial(nn.init.normal_, std=1.0),
    "Xavier": nn.init.xavier_normal_,
    "He": nn.init.kaiming_normal_,
}

WIDTH, SAMPLES = 16, 2


class Case(NamedTuple):
    """One kind of network."""

    activation: str
    start: str
    residual: bool


def gradient_sizes(case: Case, depths: Sequence[int], seed: int) -> dict[int, FloatArray]:
    """Return δ, the gradient of z = W x + b, of each layer, for networks of some depths.

    What is differentiated is one fixed random combination of the last layer's outputs, so that no
    more than the way back through the layers decides. A network begins with the layers of all that
    are less deep.

    Returns:
        The root mean square over units and samples: for each depth an array of shape (depth,).
    """
    rng = np.random.default_rng(seed)
    readout = rng.standard_normal(WIDTH) / np.sqrt(WIDTH)
    signals: list[Any] = list(rng.standard_normal((SAMPLES, WIDTH)))
    activation = nn.ACTIVATIONS[case.activation]()
    z: list[list[Value]] = []
    sizes = {}
    for depth in range(1, max(depths) + 1):
        layer = nn.Linear(WIDTH, WIDTH, init=STARTS[case.start], seed=rng)
        inputs = [layer(x) for x in signals]
        outputs = [np.array(activation(each)) for each in inputs]
        signals = (
            [x + f for x, f in zip(signals, outputs, strict=True)] if case.residual else outputs
        )
        z.append([node for each in inputs for node in each])
        if depth in depths:
            autograd.dot(readout, np.sum(signals, axis=0)).backward()
            sizes[depth] = np.array([_root_mean_square([n.grad for n in layer]) for layer in z])
    return sizes


def _root_mean_square(numbers: Sequence[float]) -> float:
    """Return √(Σ x² / n), without overflow of the squares."""
    largest = max(map(abs, numbers)) or 1.0
    return float(largest * np.sqrt(np.mean((np.array(numbers) / largest) ** 2)))


def depths(largest: int) -> list[int]:
    """Return the depths that are shown."""
    return [depth for depth in (1, 5, 10, 25) if depth < largest] + [largest]


def run(options: argparse.Namespace) -> None:
    """Print and draw gradient sizes, then the cliff."""
    print("Layers of 16 units: δ = ∂/∂z in the first layer of networks of so many layers")
    found = {}
    shown = depths(options.depth)
    for residual in (False, True):
        rows = []
        for activation, start in product(ACTIVATIONS, STARTS):
            case = Case(activation, start, residual)
            sizes = gradient_sizes(case, shown, options.seed)
            found[case] = sizes[options.depth]
            rows.append([activation, start, *(f"{size[0]:.0e}" for size in sizes.values())])
        print(heading("With residual connections, x + f(W x + b)" if residual else "Plain layers"))
        headers = ["", "start", *map(str, shown)]
        print(table(headers, rows, align="ll" + "r" * (len(headers) - 2)))
    show_conclusions()
    without, clipped = cliff.show()
    write_pictures(
        options.output,
        [
            ("layers.png", "δ in each layer", partial(draw_layers, found=found)),
            (
                "cliff.png",
                "two descents at the cliff",
                partial(cliff.draw, without=without, clipped=clipped),
            ),
        ],
        pages=[
            ("chain.html", "five sigmoids in a row", write_chain),
            ("cliff.html", "E over w, with the wall", cliff.write_page),
        ],
    )


def show_conclusions() -> None:
    """Print what the tables show."""
    print()
    for text in (
        "A layer hands down Wᵀ δ ⊙ f'. Sigmoids shrink it whatever the start: f' is at most ¼. "
        "With N(0, 1) weights relu explodes, each layer multiplying by about √(16/2); tanh, flat "
        "for most units then, holds that down.",
        "Xavier's variance, 2/(fan_in + fan_out), keeps the size where f' is near 1 (tanh). He's, "
        "2/fan_in, makes up for the half of the relu units that are off: far less is lost.",
        "A residual connection also hands δ down as it is, and nothing vanishes. But sums grow: "
        "where a block adds as much as it is given, as relu does, gradients grow layer by layer. "
        "That is why blocks are scaled down or normalized in practice.",
    ):
        print(paragraph(text))


def draw_layers(path: Path, found: dict[Case, FloatArray]) -> None:
    """Draw δ in each layer of the deepest networks."""
    figure = new_figure(9.0, 5.2)
    panels = figure.subplots(2, 3, sharex=True, sharey="row")
    colors = dict(zip(STARTS, (ORANGE, BLUE, GREEN), strict=True))
    for case, sizes in found.items():
        axes = panels[int(case.residual), ACTIVATIONS.index(case.activation)]
        layers = range(1, len(sizes) + 1)
        # A gradient that has underflowed to 0 has no place on a logarithmic scale.
        shown = np.where(sizes > 0.0, sizes, np.nan)
        axes.semilogy(layers, shown, color=colors[case.start], label=case.start)
        axes.set_title(case.activation + (", residual" if case.residual else ""), fontsize=10)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in panels[1]:
        axes.set_xlabel("layer, the last at the right")
    for axes in panels[:, 0]:
        axes.set_ylabel("δ, root mean square")
    panels[0, 0].legend()
    figure.savefig(path, dpi=80)


def write_chain(path: Path) -> None:
    """Write the page of five sigmoid units, one after the other."""
    model = nn.MLP(1, [1] * 5, activation="sigmoid", output_activation="sigmoid", seed=0)
    nn.vector_to_parameters([1.0, 0.0] * len(model.layers), model.parameters())  # w = 1, b = 0
    nn.draw(
        model,
        [0.5],
        1.0,
        path,
        loss="half_squared_error",
        title="Five sigmoids in a row: δ vanishes from right to left",
        note="All weights are 1. Each δ is that at its right times w σ'(z), here between a fifth "
        "and a quarter. A larger w alone does not help: it takes its unit to where σ is flat. Only "
        "at z = 0 is σ' = ¼, and there w = 4 would keep δ as it is.",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lesson, and return the exit code."""
    parser = lesson_parser("vanishing")
    parser.add_argument(
        "--depth", metavar="N", type=count(2, 100), default=50, help="layers of the deepest (50)"
    )
    parser.add_argument("--seed", metavar="N", type=count(0), default=0, help="of the weights (0)")
    return run_lesson(parser, run, arguments)


if __name__ == "__main__":
    run_as_program(main)
