"""What a mistake costs, and how loudly it asks for change: ``python -m demos.losses``.

Each loss with its derivative, by the engine; and why a classifier that is confidently wrong learns
from cross-entropy and hardly at all from the squared error.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autograd
import nn
from autograd import Value, draw
from demos.command_line import real, run_as_program
from demos.figures import BLUE, GRAY, INK, ORANGE, broken_at_jumps, new_figure, write_pictures
from demos.lesson import lesson_parser, run_lesson
from demos.tables import decimal, heading, paragraph, table
from demos.tables import figure as f
from demos.xor.problem import FloatArray


class Curve(NamedTuple):
    """A loss over one output, where the target is 1.

    Attributes:
        output: what the output is: a number, a probability, a logit or a score.
        low, high: from where to where it is drawn.
        slope: its derivative, in words.
    """

    output: str
    low: float
    high: float
    slope: str


CURVES = {
    "mse_loss": Curve("a number ŷ", -1.0, 3.0, "2 (ŷ − 1)"),
    "half_squared_error": Curve("a number ŷ", -1.0, 3.0, "ŷ − 1"),
    "binary_cross_entropy": Curve("a probability p", 0.02, 1.0, "−1/p"),
    "binary_cross_entropy_with_logits": Curve("a logit z", -5.0, 5.0, "σ(z) − 1"),
    "hinge_loss": Curve("a score s", -3.0, 3.0, "−1 below the margin 1, then 0"),
}

LOGITS = [2.0, 1.0, 0.1]

#: The learning rate, and where a unit has learned its lesson.
RATE, LEARNED = 1.0, 0.9

Loss = Callable[[Any], Any]


def squared(z: Any) -> Any:
    """Return the squared error of σ(z) where 1 is wanted."""
    return nn.mse_loss(autograd.sigmoid(z), 1.0)


def cross_entropy(z: Any) -> Any:
    """Return the cross-entropy of σ(z) where 1 is wanted."""
    return nn.binary_cross_entropy_with_logits(z, 1.0)


def descend(loss: Loss, start: float) -> list[float]:
    """Return σ(z) step by step, until it has learned to be above 0.9."""
    z = Value(start)
    seen = [float(autograd.sigmoid(z))]
    while seen[-1] < LEARNED:
        z.grad = 0.0
        loss(z).backward()
        z = Value(z.data - RATE * z.grad)
        seen.append(float(autograd.sigmoid(z)))
    return seen


def run(options: argparse.Namespace) -> None:
    """Print and draw all losses, and the two trainings."""
    show_losses()
    show_cross_entropy()
    show_confidently_wrong(options.start)
    write_pictures(
        options.output,
        [
            ("losses.png", "each with its derivative", draw_losses),
            (
                "confidently-wrong.png",
                "squared error and cross-entropy of a sigmoid",
                partial(draw_confidently_wrong, start=options.start),
            ),
        ],
        pages=[
            (
                "squared-error.html",
                "a ball on a plateau, where nothing moves it",
                partial(write_squared_page, start=options.start),
            ),
            (
                "cross-entropy.html",
                "a ball on a slope, from the same place",
                partial(write_cross_entropy_page, start=options.start),
            ),
        ],
    )


def show_losses() -> None:
    """Print what the losses are functions of, and their slopes."""
    print(heading("Losses of one output where the target is 1, and their slopes"))
    rows = [[name, curve.output, curve.slope] for name, curve in CURVES.items()]
    print(table(["nn.", "of", "slope"], rows, align="lll"))
    print(
        paragraph(
            "Slopes below 0 ask the output to grow: as much as it is wrong (the squared errors), "
            "always alike until it is right by a margin (hinge), or the louder the nearer p is to "
            "0 (cross-entropy)."
        )
    )


def show_cross_entropy() -> None:
    """Print cross-entropy of softmax, and that its gradient is p − onehot."""
    print(heading("Cross-entropy of several classes"))
    shares = [float(p) for p in autograd.softmax(LOGITS)]
    print(f"logits {LOGITS}, softmax [{', '.join(f'{p:.4f}' for p in shares)}]\n")
    rows = []
    for right in range(len(LOGITS)):
        value, gradient = autograd.value_and_grad(nn.cross_entropy)(LOGITS, right)
        rows.append([str(right), f"{value:.4f}", *(decimal(slope, 4) for slope in gradient)])
    headers = ["right class", "loss = −log p", "∂/∂z0", "∂/∂z1", "∂/∂z2"]
    print(table(headers, rows, align="rrrrr"))
    print("The gradient is softmax, minus 1 at the right class: ŷ − y, as for the sigmoid.")


def show_confidently_wrong(start: float) -> None:
    """Print the gradients at outputs from wrong to right, and how long descent takes."""
    print(heading("Confidently wrong: ŷ = σ(z), and 1 is wanted"))
    rows = []
    for z in (-8.0, -6.0, -4.0, -2.0, 0.0, 2.0, 4.0):
        numbers = [
            number
            for loss in (squared, cross_entropy)
            for number in autograd.value_and_grad(loss)(z)
        ]
        rows.append([f(z), f"{float(autograd.sigmoid(z)):.5f}", *(decimal(x, 5) for x in numbers)])
    headers = ["z", "ŷ", "(1 − ŷ)²", "slope by z", "−log ŷ", "slope by z"]
    print(table(headers, rows, align="rrrrrr"))
    counts = [len(descend(loss, start)) - 1 for loss in (squared, cross_entropy)]
    print(
        paragraph(
            "The slope of the squared error, −2 (1 − ŷ) · ŷ (1 − ŷ), has the slope of the sigmoid "
            "in it, and so a unit that is as wrong as can be (ŷ near 0) gets no gradient. In "
            "cross-entropy, −log ŷ, that factor cancels: ∂/∂z = ŷ − 1, the more wrong the louder."
        )
    )
    print(f"Steps of descent, η = {RATE:g}, from z = {f(start)} until ŷ is above {LEARNED}:")
    print(f"  squared error {counts[0]:,}, cross-entropy {counts[1]:,}")


def draw_losses(path: Path) -> None:
    """Draw each loss with its derivative."""
    figure = new_figure(9.6, 5.4)
    panels = figure.subplots(2, 3)
    for axes, (name, curve) in zip(panels.flat, CURVES.items(), strict=False):
        x = np.linspace(curve.low, curve.high, 201)
        values, slopes = _values_and_slopes(partial(nn.LOSSES[name], target=1.0), x)
        axes.axhline(0.0, color=GRAY, linewidth=0.6)
        axes.plot(x, values, color=INK, label="loss")
        axes.plot(*broken_at_jumps(x, slopes), color=ORANGE, label="its slope")
        axes.set_ylim(max(-6.0, slopes.min() - 0.3), min(6.0, values.max() + 0.3))
        axes.set_title(name, fontsize=9)
        axes.set_xlabel(curve.output)
        axes.spines[["top", "right"]].set_visible(False)
    legend = panels.flat[-1]
    legend.set_axis_off()
    legend.plot([], color=INK, label="the loss, target 1")
    legend.plot([], color=ORANGE, label="its derivative")
    legend.legend(loc="center", frameon=False)
    figure.savefig(path, dpi=90)


def _values_and_slopes(loss: Loss, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    pairs = np.array([autograd.value_and_grad(loss)(number) for number in x.tolist()])
    return pairs[:, 0], pairs[:, 1]


def draw_confidently_wrong(path: Path, start: float) -> None:
    """Draw both slopes over z, and both descents."""
    figure = new_figure(9.6, 3.6)
    left, right = figure.subplots(1, 2)
    z = np.linspace(-8.0, 4.0, 241)
    for loss, name, color in (
        (squared, "squared error", ORANGE),
        (cross_entropy, "cross-entropy", BLUE),
    ):
        left.plot(z, np.abs(_values_and_slopes(loss, z)[1]), color=color, label=name)
        seen = descend(loss, start)
        right.plot(range(len(seen)), seen, color=color, label=f"{name}: {len(seen) - 1:,} steps")
    left.set(title="size of the gradient where ŷ = σ(z) should be 1", xlabel="z")
    right.set(title=f"ŷ from z = {f(start)} on", xlabel="step")
    right.set_xscale("symlog", linthresh=1)
    right.xaxis.set_major_formatter("{x:g}")
    left.legend()
    right.set_ylim(-0.05, 1.3)
    right.legend(loc="upper left")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=90)


def write_squared_page(path: Path, start: float) -> None:
    """Write the page of the squared error over z."""
    draw.curve(
        _labeled(squared),
        Value(start, "z"),
        path,
        title="Confidently wrong, squared error: E = (1 − σ(z))²",
        learning_rate=RATE,
        note="σ(z) should be 1. “Auto-play”: far to the left the ball hardly moves, for there the "
        "curve is flat, as wrong as σ(z) is. Take it to z = −2: from there on it rolls.",
    )


def write_cross_entropy_page(path: Path, start: float) -> None:
    """Write the page of the cross-entropy over z."""
    draw.curve(
        _labeled(cross_entropy),
        Value(start, "z"),
        path,
        title="Confidently wrong, cross-entropy: E = −log σ(z)",
        learning_rate=RATE,
        note="σ(z) should be 1. “Auto-play”: the more wrong, the steeper, up to a slope of −1. The "
        "ball comes down at once, and slows down where σ(z) is near 1.",
    )


def _labeled(loss: Loss) -> Loss:
    def labeled(z: Value) -> Value:
        E: Value = loss(z)
        E.label = "E"
        return E

    return labeled


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lesson, and return the exit code."""
    parser = lesson_parser("losses")
    parser.add_argument(
        "--start",
        metavar="Z",
        type=real(-10.0, 2.0),
        default=-8.0,
        help="where the wrong unit starts (-8)",
    )
    return run_lesson(parser, run, arguments)


if __name__ == "__main__":
    run_as_program(main)
