"""Plain descent, momentum and Adam in the same valley: ``python -m demos.momentum``.

f(x, y) = ½ (x² + κ y²) is a valley: steep across, along y, and almost level along x, where the
minimum is. Momentum is that of D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning
representations by back-propagating errors", Nature 323, 1986, equation 9; Adam that of D. P. Kingma
and J. Ba, ICLR 2015.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import nn
from autograd import Value, draw
from demos.command_line import count, real, run_as_program
from demos.figures import BLUE, GREEN, INK, ORANGE, new_figure, write_pictures
from demos.lesson import lesson_parser, run_lesson
from demos.tables import figure as f
from demos.tables import heading, paragraph, table

START = (-10.0, 2.0)

#: The momentum of 1986, and Adam's rate.
ALPHA, ADAM_RATE = 0.9, 0.5

#: Where the bottom is reached.
REACHED = 1e-6


class Way(NamedTuple):
    """Where an optimizer went.

    Attributes:
        name: of the optimizer.
        points: (x, y) at the start and after each step.
        heights: f there.
    """

    name: str
    points: list[tuple[float, float]]
    heights: list[float]

    @property
    def steps(self) -> int | None:
        """After how many steps f stayed below `REACHED`; None if it did not."""
        above = [i for i, height in enumerate(self.heights) if height > REACHED]
        last = above[-1] if above else -1
        return None if last == len(self.heights) - 1 else last + 1


def valley(x: Any, y: Any, curvature: float) -> Any:
    """Return f, for floats, arrays and Values."""
    return 0.5 * (x**2 + curvature * y**2)


def optimizers(curvature: float) -> dict[str, Callable[[list[Value]], nn.Optimizer]]:
    """Return the three: the first two with the same rate, and with the α of 1986."""
    rate = 1.0 / curvature
    return {
        "plain descent": partial(nn.SGD, lr=rate),
        "momentum 1986": partial(nn.SGD, lr=rate, momentum=ALPHA),
        "Adam": partial(nn.Adam, lr=ADAM_RATE),
    }


def descend(
    name: str, make: Callable[[list[Value]], nn.Optimizer], curvature: float, steps: int
) -> Way:
    """Return the way that an optimizer goes from `START`."""
    x, y = Value(START[0], "x"), Value(START[1], "y")
    optimizer = make([x, y])
    way = Way(name, [], [])
    for _ in range(steps + 1):
        optimizer.zero_grad()
        height = valley(x, y, curvature)
        height.backward()
        way.points.append((x.data, y.data))
        way.heights.append(height.data)
        optimizer.step()
    return way


def run(options: argparse.Namespace) -> None:
    """Print and draw the three ways."""
    curvature = options.curvature
    ways = [
        descend(name, make, curvature, options.steps)
        for name, make in optimizers(curvature).items()
    ]
    print(f"f(x, y) = ½ (x² + {f(curvature)} y²), from ({f(START[0])}, {f(START[1])})")
    print(heading("The steps"))
    rate = f(1.0 / curvature)
    print(f"plain descent  Δw = −η ∂f/∂w                         η = {rate}")
    print(f"momentum 1986  Δw(t) = −ε ∂f/∂w(t) + α Δw(t−1)       ε = {rate}, α = {ALPHA}")
    print(f"Adam           Δw = −η m / (√v + 10⁻⁸)               η = {ADAM_RATE}")
    print("               where m and v are running means of the gradient and of its square")
    show_ways(ways)
    show_why(curvature)
    write_pictures(
        options.output,
        [
            (
                "valley.png",
                "the three ways down, and f on them",
                partial(draw_ways, ways=ways, curvature=curvature),
            )
        ],
        pages=[
            ("valley.html", "plain descent, at any rate", partial(write_page, curvature=curvature))
        ],
    )


def show_ways(ways: Sequence[Way]) -> None:
    """Print f on each way, and when the bottom was reached."""
    print(heading("f after so many steps"))
    last = len(ways[0].heights) - 1
    shown = [step for step in (0, 10, 100, 300) if step < last] + [last]
    rows = [
        [
            way.name,
            *(f"{way.heights[step]:.1e}" for step in shown),
            "no" if way.steps is None else str(way.steps),
        ]
        for way in ways
    ]
    headers = ["", *map(str, shown), "< 1e−6"]
    print(table(headers, rows, align="l" + "r" * (len(headers) - 1)))
    print("In the last column: after how many steps f stays below 1e−6.")


def show_why(curvature: float) -> None:
    """Print what decides the numbers of steps."""
    root = math.sqrt(curvature)
    plain, best_plain, best = (
        1 - 1 / curvature,
        (curvature - 1) / (curvature + 1),
        (root - 1) / (root + 1),
    )
    print(heading("Why"))
    for text in (
        f"Plain descent: across the valley a step must not overshoot, so η < 2/κ = "
        f"{f(2 / curvature)}. Along the valley such steps are tiny: each leaves {plain:.4f} of x.",
        "Momentum: across, steps change sign and cancel; along, they add up, to 1/(1 − α) = "
        f"{1 / (1 - ALPHA):.0f} times one step. With the same rate the way is up to "
        f"{1 / (1 - ALPHA):.0f} times as fast, after some swinging.",
        f"With the best rates, plain descent leaves (κ − 1)/(κ + 1) = {best_plain:.4f} of the "
        f"error at each step, momentum (√κ − 1)/(√κ + 1) = {best:.4f} (B. T. Polyak, 1964): the "
        "number of steps grows with κ for the one and with √κ for the other.",
        "Adam: each parameter's step is divided by the size of its own gradients, so that both "
        "directions move alike, however steep they are. Its first steps are η long.",
    ):
        print(paragraph(text))


def draw_ways(path: Path, ways: Sequence[Way], curvature: float) -> None:
    """Draw the ways over the valley, and f on each."""
    figure = new_figure(9.6, 5.6)
    panels = figure.subplot_mosaic([["map"], ["heights"]], height_ratios=[1.1, 1])
    axes, below = panels["map"], panels["heights"]
    x, y = np.meshgrid(np.linspace(-11.0, 7.0, 91), np.linspace(-2.6, 2.6, 66))
    heights = valley(x, y, curvature)
    levels = np.geomspace(0.5, max(heights.max(), 1.0), 9)
    axes.contour(x, y, heights, levels=levels, colors=INK, linewidths=0.5, alpha=0.4)
    for way, color in zip(ways, (ORANGE, BLUE, GREEN), strict=True):
        points = np.array(way.points)
        axes.plot(points[:, 0], points[:, 1], ".-", color=color, linewidth=1, markersize=4)
        below.semilogy(np.maximum(way.heights, 1e-16), color=color, label=way.name)
    axes.plot(0.0, 0.0, "+", color=INK, markersize=12)
    axes.set(xlim=(-11, 7), ylim=(-2.6, 2.6), xlabel="x", ylabel="y", title="the ways down")
    below.axhline(REACHED, color=INK, linestyle=":", linewidth=1)
    below.set(xlabel="step", ylabel="f", ylim=(1e-12, 1e4))
    below.legend()
    below.grid(alpha=0.3)
    for panel in (axes, below):
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=80)


def write_page(path: Path, curvature: float) -> None:
    """Write the page of the valley."""
    x, y = Value(START[0], "x"), Value(START[1], "y")
    height = valley(x, y, curvature)
    height.label = "f"
    draw.page(
        height,
        path,
        title=f"A valley: f(x, y) = ½ (x² + {f(curvature)} y²)",
        learning_rate=1.0 / curvature,
        note=f"“Auto-play”: with η = 1/κ = {f(1.0 / curvature)} y is 0 after a step, and x creeps. "
        f"A larger η would help x, but above 2/κ = {f(2.0 / curvature)} y overshoots more from "
        "step to step. Click on x or y for the curve over it.",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lesson, and return the exit code."""
    parser = lesson_parser("momentum")
    parser.add_argument(
        "--curvature",
        metavar="K",
        type=real(2.0, 10_000.0),
        default=100.0,
        help="κ: how much steeper the valley is across (100)",
    )
    parser.add_argument("--steps", metavar="N", type=count(1), default=1000, help="steps (1000)")
    return run_lesson(parser, run, arguments)


if __name__ == "__main__":
    run_as_program(main)
