"""Every step through two hidden units, one of them off: ``python -m demos.walkthrough``.

One input x, two ReLU units with weights v = (1, −0.5), and one output with weights w = (0.5, 1):
small enough to follow each number forward and backward.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from autograd import Value, draw, relu
from demos.command_line import real, run_as_program
from demos.figures import BLUE, INK, ORANGE, new_figure, write_pictures
from demos.lesson import lesson_parser, run_lesson
from demos.tables import figure as f
from demos.tables import heading, paragraph, table

V, W = (1.0, -0.5), (0.5, 1.0)


class Network(NamedTuple):
    """All nodes of the graph, after the sweep backward; pairs are the two hidden units'."""

    x: Value
    y: Value
    v: tuple[Value, Value]
    z: tuple[Value, Value]
    h: tuple[Value, Value]
    w: tuple[Value, Value]
    y_hat: Value
    E: Value


def network(x: float, y: float, v: tuple[float, float] = V, w: tuple[float, float] = W) -> Network:
    """Return the network at one sample, with all gradients."""
    input_, target = Value(x, "x", requires_grad=False), Value(y, "y", requires_grad=False)
    v1, v2, w1, w2 = (
        Value(number, name) for number, name in zip((*v, *w), ("v1", "v2", "w1", "w2"), strict=True)
    )
    z1, z2 = v1 * input_, v2 * input_
    h1, h2 = relu(z1), relu(z2)
    y_hat = w1 * h1 + w2 * h2
    E = 0.5 * (y_hat - target) ** 2
    for node, name in zip(
        (z1, z2, h1, h2, y_hat, E), ("z1", "z2", "h1", "h2", "ŷ", "E"), strict=True
    ):
        node.label = name
    E.backward()
    return Network(input_, target, (v1, v2), (z1, z2), (h1, h2), (w1, w2), y_hat, E)


def run(options: argparse.Namespace) -> None:
    """Print every step, and draw the graph and the flat direction."""
    here = network(options.x, options.y)
    print("z = v x, h = relu(z), ŷ = w1 h1 + w2 h2, E = ½ (ŷ − y)²")
    print(f"x = {f(options.x)}, y = {f(options.y)}, v = {pair(V)}, w = {pair(W)}")
    show_forward(here)
    show_backward(here)
    show_units(here)
    write_pictures(
        options.output,
        [
            (
                "graph.svg",
                "the graph, local derivatives on its edges",
                partial(draw_graph, here=here),
            ),
            (
                "flat-directions.png",
                "E over v1 and v2: flat where a unit is off",
                partial(draw_directions, here=here),
            ),
        ],
        pages=[("graph.html", "the graph, step by step", partial(write_page, here=here))],
    )


def pair(numbers: tuple[float, float]) -> str:
    """Return two numbers as ``(1, −0.5)``."""
    return f"({f(numbers[0])}, {f(numbers[1])})"


def show_forward(here: Network) -> None:
    """Print the forward pass."""
    print(heading("Forward, from the input to the error"))
    x, y, v, z, h, w, y_hat, E = here
    for i in (0, 1):
        print(f"z{i + 1} = v{i + 1} x = {f(v[i].data)} · {f(x.data)} = {f(z[i].data)}")
    for i in (0, 1):
        state = "on: z > 0" if z[i].data > 0.0 else "OFF: z ≤ 0"
        print(f"h{i + 1} = relu({f(z[i].data)}) = {f(h[i].data)}    {state}")
    terms = " + ".join(f"{f(w[i].data)} · {f(h[i].data)}" for i in (0, 1))
    print(f"ŷ  = w1 h1 + w2 h2 = {terms} = {f(y_hat.data)}")
    print(f"E  = ½ (ŷ − y)² = ½ ({f(y_hat.data)} − {f(y.data)})² = {f(E.data)}")


def show_backward(here: Network) -> None:
    """Print the backward pass: each line uses what an earlier one found."""
    print(heading("Backward, from the error to the weights"))
    x, y, v, z, h, w, y_hat, _ = here
    print(f"∂E/∂ŷ  = ŷ − y = {f(y_hat.data)} − {f(y.data)} = {f(y_hat.grad)}")
    for i in (0, 1):
        product = f"{f(y_hat.grad)} · {f(h[i].data)} = {f(w[i].grad)}"
        print(f"∂E/∂w{i + 1} = ∂E/∂ŷ · h{i + 1} = {product}")
    for i in (0, 1):
        n = i + 1
        slope = 1.0 if z[i].data > 0.0 else 0.0
        print(f"∂E/∂h{n} = ∂E/∂ŷ · w{n} = {f(y_hat.grad)} · {f(w[i].data)} = {f(h[i].grad)}")
        print(f"∂E/∂z{n} = ∂E/∂h{n} · relu'(z{n}) = {f(h[i].grad)} · {slope:g} = {f(z[i].grad)}")
        print(f"∂E/∂v{n} = ∂E/∂z{n} · x = {f(z[i].grad)} · {f(x.data)} = {f(v[i].grad)}")


def show_units(here: Network) -> None:
    """Point out units that are off, and say for which samples they would not be."""
    print(heading("Who learns from this sample"))
    rows = [
        [f"h{n}", "on" if z.data > 0.0 else "off", *(f(g) for g in (v.grad, w.grad))]
        for n, z, v, w in zip((1, 2), here.z, here.v, here.w, strict=True)
    ]
    print(table(["unit", "", "∂E/∂v", "∂E/∂w"], rows, align="llrr"))
    off = [n for n, z in zip((1, 2), here.z, strict=True) if z.data <= 0.0]
    for n in off:
        v = here.v[n - 1].data
        print(
            paragraph(
                f"h{n} is dead here. Its output is 0, so w{n} hears nothing (∂E/∂w{n} = ∂E/∂ŷ · "
                f"0), and relu' is 0, so nothing passes to v{n}, although the error asks h{n} for "
                f"a change (∂E/∂h{n} = {f(here.h[n - 1].grad)}). A step of descent leaves both "
                f"weights as they are. v{n} = {f(v)}: only an x {'<' if v < 0.0 else '>'} 0 wakes "
                "this unit up. A unit that is off for all samples stays dead for good."
            )
        )
    if not off:
        print("Both units are on, and all four weights learn.")


def draw_graph(path: Path, here: Network) -> None:
    """Draw the graph."""
    draw.render(here.E, path, show=("label", "data", "grad", "partials"))


def write_page(path: Path, here: Network) -> None:
    """Write the page of the graph."""
    draw.page(
        here.E,
        path,
        title="Two hidden units: z = v x, h = relu(z), ŷ = w1 h1 + w2 h2",
        learning_rate=0.1,
        note="Dotted edges are derivatives of 0: they pass nothing on to a unit that is off. "
        "“Step”: its weights stay as they are. Move x to the other side of 0: one unit goes off, "
        "the other comes on.",
    )


def draw_directions(path: Path, here: Network) -> None:
    """Draw E over v1 and over v2, the other weights as they are."""
    figure = new_figure(9.6, 3.6)
    for i, axes in enumerate(figure.subplots(1, 2, sharey=True)):
        center = V[i]
        numbers = np.linspace(center - 2.0, center + 2.0, 161)
        moved = [
            network(here.x.data, here.y.data, v=(v, V[1]) if i == 0 else (V[0], v)) for v in numbers
        ]
        on = np.array([other.z[i].data > 0.0 for other in moved])
        E = np.array([other.E.data for other in moved])
        axes.plot(numbers, E, color=BLUE, label="the unit is on")
        axes.plot(numbers, np.where(on, np.nan, E), color=ORANGE, linewidth=3, label="it is off")
        axes.plot(center, here.E.data, "o", color=INK)
        axes.annotate(
            f"v{i + 1} = {f(center)}: slope {f(here.v[i].grad)}",
            (center, here.E.data),
            (8, 10),
            textcoords="offset points",
        )
        axes.set(xlabel=f"v{i + 1}", ylabel="E" if i == 0 else "")
        axes.legend()
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"E over the weights into the hidden units, at x = {f(here.x.data)}")
    figure.savefig(path, dpi=100)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lesson, and return the exit code."""
    parser = lesson_parser("walkthrough")
    number = real(-1000.0, 1000.0)
    parser.add_argument("--x", metavar="X", type=number, default=2.0, help="the input (2)")
    parser.add_argument("--y", metavar="Y", type=number, default=3.0, help="the target (3)")
    return run_lesson(parser, run, arguments)


if __name__ == "__main__":
    run_as_program(main)
