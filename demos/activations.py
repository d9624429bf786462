"""What units make of their input, and how fast that changes: ``python -m demos.activations``.

Each activation with its derivative, by the engine; and softmax, of which every output depends on
every input.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import autograd
from autograd import Value, draw
from demos.command_line import run_as_program
from demos.figures import BLUE, GRAY, INK, ORANGE, broken_at_jumps, new_figure, write_pictures
from demos.lesson import lesson_parser, run_lesson
from demos.tables import decimal, heading, paragraph, table
from demos.xor.problem import FloatArray

#: Each with what to know about it.
ACTIVATIONS = {
    "identity": "no squashing: layers of it are one linear layer",
    "sigmoid": "0 to 1; slope at most ¼, and almost 0 far out",
    "tanh": "−1 to 1; a sigmoid stretched, with slope 1 at 0",
    "relu": "slope 1 or 0: nothing shrinks, but units can die",
    "leaky_relu": "a slope of 0.01 on the left keeps units alive",
    "elu": "like relu, but smooth, down to −1",
    "selu": "elu, scaled so that layers keep mean 0, variance 1",
    "gelu": "x times the share of N(0, 1) that is below x",
    "silu": "x σ(x), also called swish",
    "softplus": "relu with a round corner; its slope is σ",
    "logsigmoid": "log σ(x), as losses need it",
}

#: The logits of the example.
LOGITS = [2.0, 1.0, 0.1]


def function(name: str) -> Callable[[Any], Any]:
    """Return an activation by its name: a function of numbers, Values and arrays."""
    chosen: Callable[[Any], Any] = (lambda x: x) if name == "identity" else getattr(autograd, name)
    return chosen


def derivative(name: str, x: FloatArray) -> FloatArray:
    """Return an activation's derivative at each of some numbers."""
    slopes: FloatArray = autograd.elementwise_grad(function(name))(x)
    return slopes


def softmax_jacobian(logits: Sequence[float]) -> FloatArray:
    """Return ∂pᵢ/∂zⱼ, shape (outputs, inputs)."""
    rows: FloatArray = np.array(
        autograd.jacobian(lambda z: np.array(autograd.softmax(z), dtype=object))(np.array(logits))
    )
    return rows


def run(options: argparse.Namespace) -> None:
    """Print and draw all activations, and softmax."""
    show_activations()
    show_softmax()
    write_pictures(
        options.output,
        [
            ("activations.png", "each with its derivative", draw_activations),
            ("softmax.png", "softmax and its derivatives", draw_softmax),
        ],
        pages=[
            ("activations.html", "all slopes at an x of your choice", write_activations),
            ("softmax.html", "softmax of logits of your choice", write_softmax),
        ],
    )


def show_activations() -> None:
    """Print values and slopes, and what to know."""
    print(heading("Each activation f and its slope f'"))
    at = np.array([-3.0, 0.0, 3.0])
    rows = []
    for name in ACTIVATIONS:
        values = [float(function(name)(x)) for x in at.tolist()]
        slopes = derivative(name, at)
        largest = derivative(name, np.linspace(-8.0, 8.0, 161)).max()
        rows.append([name, *(decimal(number, 3) for number in (*values, *slopes, largest))])
    headers = ["", "f(−3)", "f(0)", "f(3)", "f'(−3)", "f'(0)", "f'(3)", "largest f'"]
    print(table(headers, rows, align="lrrrrrrr"))
    print()
    print(table(["", "what to know"], list(map(list, ACTIVATIONS.items())), align="ll"))
    print(
        paragraph(
            "On the way back each layer multiplies the gradient by f'. The largest f' says how "
            "much of it can pass: through ten layers of sigmoids at best (¼)¹⁰, a millionth. At 0 "
            "relu, leaky_relu and selu have a kink and no derivative; the engine takes the slope "
            "on the left for relu and selu, and the one on the right for leaky_relu."
        )
    )


def show_softmax() -> None:
    """Print the example, and what its derivatives are."""
    print(heading("softmax: pᵢ = exp(zᵢ) / Σ exp(zⱼ)"))
    shares = [float(p) for p in autograd.softmax(LOGITS)]
    print(f"softmax of {LOGITS} = [{', '.join(f'{p:.4f}' for p in shares)}]; they add up to 1")
    raised = [float(p) for p in autograd.softmax([z + 1000.0 for z in LOGITS])]
    apart = max(abs(p - q) for p, q in zip(shares, raised, strict=True))
    print(f"of all logits plus 1000: the same, to {apart:.0e}; nothing overflows\n")
    rows = [
        [f"p{i + 1} = {shares[i]:.4f}", *(decimal(slope, 4) for slope in row)]
        for i, row in enumerate(softmax_jacobian(LOGITS))
    ]
    print(table(["∂pᵢ/∂zⱼ", "z1", "z2", "z3"], rows, align="lrrr"))
    print(
        paragraph(
            "On the diagonal stands pᵢ (1 − pᵢ), as for the sigmoid; elsewhere −pᵢ pⱼ: what one "
            "output gains the others lose, so that every row and column adds up to 0."
        )
    )


def draw_activations(path: Path) -> None:
    """Draw all activations with their derivatives."""
    figure = new_figure(9.6, 6.4)
    panels = figure.subplots(3, 4, sharex=True)
    x = np.linspace(-4.0, 4.0, 201)
    for axes, name in zip(panels.flat, ACTIVATIONS, strict=False):
        axes.axhline(0.0, color=GRAY, linewidth=0.6)
        axes.axvline(0.0, color=GRAY, linewidth=0.6)
        axes.plot(x, [float(function(name)(number)) for number in x.tolist()], color=INK)
        slopes = derivative(name, x)
        axes.plot(*broken_at_jumps(x, slopes), color=ORANGE)
        axes.set_title(name, fontsize=10)
        axes.set_ylim(-2.2, 2.8)
        axes.spines[["top", "right"]].set_visible(False)
    legend = panels.flat[-1]
    legend.set_axis_off()
    legend.plot([], color=INK, label="f(x)")
    legend.plot([], color=ORANGE, label="f'(x)")
    legend.legend(loc="center", frameon=False)
    figure.savefig(path, dpi=90)


def draw_softmax(path: Path) -> None:
    """Draw the shares of the example as its first logit moves, and their slopes."""
    figure = new_figure(9.6, 3.6)
    left, right = figure.subplots(1, 2)
    z1 = np.linspace(-4.0, 6.0, 61)
    shares = np.array([autograd.softmax([z, *LOGITS[1:]]) for z in z1.tolist()], dtype=float)
    slopes = np.array([softmax_jacobian([z, *LOGITS[1:]])[:, 0] for z in z1.tolist()])
    for axes, numbers, title in (
        (left, shares, "softmax of [z1, 1, 0.1]"),
        (right, slopes, "and its derivative by z1"),
    ):
        for i, (color, style) in enumerate(((ORANGE, "-"), (BLUE, "-"), (INK, "--"))):
            axes.plot(z1, numbers[:, i], style, color=color, label=f"p{i + 1}")
        axes.axvline(LOGITS[0], color=GRAY, linestyle=":", linewidth=1)
        axes.set(title=title, xlabel="z1")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    for p in map(float, autograd.softmax(LOGITS)):
        left.annotate(f"{p:.2f}", (LOGITS[0], p), (4, 4), textcoords="offset points")
    left.legend()
    figure.savefig(path, dpi=90)


def write_activations(path: Path) -> None:
    """Write the page of all activations of one x."""
    x = Value(0.5, "x")
    curved = {name: function(name)(x) for name in ACTIVATIONS if name != "identity"}
    for name, result in curved.items():
        result.label = f"{name}(x)"
    total = autograd.sum(list(curved.values()))
    total.label = "sum"
    draw.page(
        total,
        path,
        title="Ten activations of x, and their slopes on the edges",
        parameters=[],
        note="Move x: the number on each edge out of x is f'(x), what it leaves of a gradient that "
        "comes from the right. At 5 sigmoid and tanh pass next to nothing on, at −5 relu nothing "
        "at all. Click on x for its curve. (The sum only ends the graph.)",
    )


def write_softmax(path: Path) -> None:
    """Write the page of the first output of softmax."""
    first, *_ = autograd.softmax([Value(z, f"z{i + 1}") for i, z in enumerate(LOGITS)])
    first.label = "p1"
    draw.page(
        first,
        path,
        title="softmax: p1 = exp(z1) / (exp(z1) + exp(z2) + exp(z3))",
        parameters=[],
        note="Below each logit stands ∂p1/∂z, the first row of the table. Raise z2: p1 loses what "
        "p2 gains. It is computed from logarithms, after the largest logit has been taken from "
        "all: that changes no share, and no exp overflows.",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lesson, and return the exit code."""
    return run_lesson(lesson_parser("activations"), run, arguments)


if __name__ == "__main__":
    run_as_program(main)
