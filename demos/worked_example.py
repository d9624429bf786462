"""One neuron, one step: every figure of it, by the chain rule: ``python -m demos.worked_example``.

A linear neuron ŷ = w x + b with the squared error E = (y − ŷ)², and then the same neuron with a
sigmoid, ŷ = σ(w x + b), whose gradient is small though its error is large.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

import autograd
from autograd import Value, draw
from demos.command_line import run_as_program
from demos.figures import BLUE, GRAY, INK, ORANGE, new_figure, write_pictures
from demos.lesson import lesson_parser, run_lesson
from demos.tables import figure as f
from demos.tables import heading, paragraph, table
from demos.xor.experiments.one_neuron import ETA, B, W, X, Y

#: How many steps down are taken; of the first, everything is shown.
STEPS = 10


class Neuron(NamedTuple):
    """All nodes of the graph, after the sweep backward."""

    w: Value
    b: Value
    z: Value
    y_hat: Value
    E: Value


def neuron(w: float, b: float, *, squashed: bool = False) -> Neuron:
    """Return the neuron and its gradients; with a sigmoid, if it is ``squashed``."""
    x, y = (Value(number, name, requires_grad=False) for number, name in ((X, "x"), (Y, "y")))
    weight, bias = Value(w, "w"), Value(b, "b")
    z = weight * x + bias
    z.label = "z"
    y_hat = autograd.sigmoid(z) if squashed else z
    y_hat.label = "ŷ"
    E = (y - y_hat) ** 2
    E.label = "E"
    E.backward()
    return Neuron(weight, bias, z, y_hat, E)


def descend(steps: int) -> list[Neuron]:
    """Return the linear neuron at the start, and after each of so many steps down its gradient."""
    path = [neuron(W, B)]
    for _ in range(steps):
        w, b = path[-1].w, path[-1].b
        path.append(neuron(w.data - ETA * w.grad, b.data - ETA * b.grad))
    return path


def run(options: argparse.Namespace) -> None:
    """Print both neurons and draw them."""
    linear, squashed = descend(STEPS), neuron(W, B, squashed=True)
    print(f"One neuron: w = {W:g}, b = {B:g}; one sample: x = {X}, y = {Y:g}; E = (y − ŷ)²")
    show_linear(linear)
    show_squashed(squashed, linear[0])
    write_pictures(
        options.output,
        [
            (
                "graph.svg",
                "the linear neuron, with every number above",
                partial(draw_graph, neuron=linear[0]),
            ),
            (
                "sigmoid-graph.svg",
                "the same with a sigmoid",
                partial(draw_graph, neuron=squashed),
            ),
            (
                "slopes.png",
                "the way down, and the slope of the sigmoid",
                partial(draw_both, path_down=linear, squashed=squashed),
            ),
        ],
        pages=[
            ("neuron.html", "the linear neuron", partial(write_linear_page, neuron=linear[0])),
            (
                "sigmoid-neuron.html",
                "the one with a sigmoid",
                partial(write_squashed_page, neuron=squashed),
            ),
            ("curve.html", "E over w, and a ball that rolls down", write_curve),
        ],
    )


def show_linear(path: Sequence[Neuron]) -> None:
    """Print the linear neuron's passes, its step, and where more steps lead."""
    here, after = path[:2]
    w, b, y_hat, E = here.w, here.b, here.y_hat, here.E
    print(heading("Forward"))
    print(f"ŷ = w x + b = {f(W)} · {f(X)} + {f(B)} = {f(y_hat.data)}")
    print(f"E = (y − ŷ)² = ({f(Y)} − {f(y_hat.data)})² = {f(E.data)}")
    print(heading("Backward, by the chain rule"))
    print(f"∂E/∂ŷ = −2 (y − ŷ)    = −2 · {f(Y - y_hat.data)} = {f(y_hat.grad)}")
    print(f"∂E/∂w = ∂E/∂ŷ · ∂ŷ/∂w = {f(y_hat.grad)} · {f(X)} = {f(w.grad)}    (∂ŷ/∂w = x)")
    print(f"∂E/∂b = ∂E/∂ŷ · ∂ŷ/∂b = {f(y_hat.grad)} · 1 = {f(b.grad)}       (∂ŷ/∂b = 1)")
    print(heading(f"One step down, η = {ETA}"))
    for name, old, new in (("w", w, after.w), ("b", b, after.b)):
        print(
            f"{name} ← {name} − η ∂E/∂{name} = {f(old.data)} − {ETA} · ({f(old.grad)}) = "
            f"{f(new.data, 5)}"
        )
    print(f"Now ŷ = {f(after.y_hat.data, 5)}, nearer to y, and E = {f(after.E.data)}.")
    rows = [
        [str(step), *(f"{number:.4f}" for number in (n.w.data, n.b.data, n.y_hat.data, n.E.data))]
        for step, n in enumerate(path)
    ]
    print(f"\n{table(['step', 'w', 'b', 'ŷ', 'E'], rows, align='rrrrr')}")


def show_squashed(squashed: Neuron, linear: Neuron) -> None:
    """Print the passes of the neuron with a sigmoid, and why its gradient is small."""
    w, b, z, y_hat, E = squashed
    slope = y_hat.data * (1.0 - y_hat.data)
    print(heading("The same with a sigmoid: ŷ = σ(z), z = w x + b"))
    print(f"ŷ      = σ({f(z.data)}) = 1 / (1 + exp(−{f(z.data)})) = {y_hat.data:.4f}")
    print(f"E      = ({f(Y)} − {y_hat.data:.4f})² = {f(E.data)}")
    print(f"σ'(z)  = ŷ (1 − ŷ) = {y_hat.data:.4f} · {1 - y_hat.data:.4f} = {slope:.4f}")
    print(f"∂E/∂ŷ  = −2 · {Y - y_hat.data:.4f} = {f(y_hat.grad)}")
    print(f"∂E/∂z  = ∂E/∂ŷ · σ'(z) = {f(y_hat.grad)} · {slope:.4f} = {f(z.grad)}")
    print(f"∂E/∂w  = ∂E/∂z · x = {f(z.grad)} · {f(X)} = {f(w.grad)},   ∂E/∂b = {f(b.grad)}")
    print(
        paragraph(
            f"The error is larger than before, and so is |∂E/∂ŷ|: {f(abs(y_hat.grad))} against "
            f"{f(abs(linear.y_hat.grad))}. Yet ∂E/∂w is {f(linear.w.grad / w.grad, 2)} times "
            f"smaller, because it passes through σ'(z), which is {slope:.3f} here and never above "
            f"¼. Far from z = 0 the sigmoid is flat, and what is flat passes no gradient on. (Nor "
            f"can ŷ reach y = {Y:g}: a sigmoid stays below 1, and E above {f((Y - 1) ** 2)}.)"
        )
    )


def draw_graph(path: Path, neuron: Neuron) -> None:
    """Draw the graph, with the local derivative on each edge."""
    draw.render(neuron.E, path, show=("label", "data", "grad", "partials"))


def write_linear_page(path: Path, neuron: Neuron) -> None:
    """Write the page of the linear neuron."""
    draw.page(
        neuron.E,
        path,
        title="A linear neuron: ŷ = w x + b, E = (y − ŷ)²",
        learning_rate=ETA,
        note="Play: first the forward pass, then the chain rule backward, with its numbers. "
        "“Step” is the step of the lesson, to w = 1.0798 and b = 0.038; “Auto-play” goes on.",
    )


def write_squashed_page(path: Path, neuron: Neuron) -> None:
    """Write the page of the neuron with a sigmoid."""
    draw.page(
        neuron.E,
        path,
        title="The same with a sigmoid: ŷ = σ(w x + b)",
        learning_rate=ETA,
        note="The edge into ŷ bears σ'(z), by which every gradient left of it is multiplied. Move "
        "w to 0: there z = 0, and the slope is ¼. Move it to 3: hardly anything comes through.",
    )


def write_curve(path: Path) -> None:
    """Write the page of E over w, with b = 0."""

    def error(w: Value) -> Value:
        E: Value = (Y - w * X) ** 2
        E.label = "E"
        return E

    draw.curve(
        error,
        Value(W, "w"),
        path,
        title=f"E(w) = ({Y:g} − {X} w)²",
        learning_rate=ETA,
        note=f"“Auto-play” lets the ball roll to w* = y/x ≈ {Y / X:.3f}, the slower the flatter it "
        f"gets. With η above 1/x² ≈ {1 / X**2:.3f} it climbs out of the valley instead, from side "
        "to side.",
    )


def draw_both(path: Path, path_down: Sequence[Neuron], squashed: Neuron) -> None:
    """Draw E over w with the slope at the start, and the sigmoid with its slope."""
    figure = new_figure(9.6, 3.9)
    left, right = figure.subplots(1, 2)
    start = path_down[0]
    w = np.linspace(0.6, 3.2, 201)
    left.plot(w, (Y - w * X) ** 2, color=INK, label="E(w) = (y − w x)², b = 0")
    tangent = np.array([0.7, 1.35])
    left.plot(
        tangent,
        start.E.data + start.w.grad * (tangent - W),
        color=ORANGE,
        label=f"its slope at w = 1: {f(start.w.grad)}",
    )
    left.plot(W, start.E.data, "o", color=ORANGE)
    left.plot(Y / X, 0.0, "o", color=BLUE, label=f"minimum at w = y/x ≈ {Y / X:.3f}")
    left.set(xlabel="w", ylabel="E", title="the linear neuron", ylim=(-0.4, 8))
    z = np.linspace(-6.0, 6.0, 241)
    right.plot(z, autograd.sigmoid(z), color=INK, label="σ(z)")
    right.plot(z, autograd.elementwise_grad(autograd.sigmoid)(z), color=ORANGE, label="σ'(z)")
    slope = squashed.y_hat.data * (1.0 - squashed.y_hat.data)
    right.axvline(X, color=GRAY, linestyle=":", linewidth=1)
    for height, color, name, up in (
        (squashed.y_hat.data, INK, "σ", -12),
        (slope, ORANGE, "σ'", 8),
    ):
        right.plot(X, height, "o", color=color)
        right.annotate(
            f"{name}({X}) ≈ {height:.3f}", (X, height), (8, up), textcoords="offset points"
        )
    right.set(xlabel="z", title="the sigmoid and its slope")
    for axes in (left, right):
        axes.legend()
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=100)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lesson, and return the exit code."""
    return run_lesson(lesson_parser("worked_example"), run, arguments)


if __name__ == "__main__":
    run_as_program(main)
