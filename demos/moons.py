"""micrograd's own example, eager and compiled side by side: ``python -m demos.moons``.

Two moons, a network of scalar neurons, hinge loss with an L2 penalty, a hundred steps of gradient
descent: A. Karpathy's demo notebook, https://github.com/karpathy/micrograd.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd
import nn
from demos.command_line import (
    INTERRUPTED,
    Parser,
    checked_output,
    count,
    exit_code,
    run_as_program,
)
from demos.figures import BLUE, INK, ORANGE, new_figure, write_pictures
from demos.tables import heading, paragraph, table
from nn import manual

PROGRAM = "python -m demos.moons"
DEFAULT_OUTPUT = Path("outputs") / "moons"

FloatArray = npt.NDArray[np.float64]

#: As in micrograd's notebook.
SIZES = [16, 16, 1]
NOISE = 0.1
PENALTY = 1e-4


@dataclass
class Training:
    """One of the two trainings.

    Attributes:
        title: "eager" or "compiled".
        model: what was trained.
        history: as ``nn.fit`` gives it.
        seconds: after how many of them, from the start, each step was done.
    """

    title: str
    model: nn.MLP
    history: nn.History
    seconds: list[float]

    @property
    def first(self) -> float:
        """The seconds of the first step, in which everything is recorded and compiled."""
        return self.seconds[0]

    @property
    def step(self) -> float:
        """The seconds of one of the other steps."""
        rest = len(self.seconds) - 1
        return (self.seconds[-1] - self.first) / rest if rest else self.first


def load(points: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return points of two interleaving half circles, shape (N, 2), and their labels, −1 and 1.

    Raises:
        ImportError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import make_moons
    except ImportError as error:
        raise ImportError(
            'the points are drawn by scikit-learn: pip install "scalar-autodiff[demos]"'
        ) from error
    X, labels = make_moons(n_samples=points, noise=NOISE, random_state=seed)
    return X, 2.0 * labels - 1.0


def train(X: FloatArray, y: FloatArray, steps: int, seed: int, compiled: bool) -> Training:
    """Train a network, every step on all points, at a rate that falls from 1 to 0.1."""
    model = nn.MLP(2, SIZES, seed=seed)
    optimizer = nn.SGD(model.parameters(), lr=1.0)

    def loss(scores: Any, labels: Any) -> Any:
        penalty = sum(p * p for p in model.parameters())
        return nn.hinge_loss(scores, labels) + PENALTY * penalty

    seconds: list[float] = []
    began = time.perf_counter()
    history = nn.fit(
        model,
        X,
        y,
        loss=loss,
        optimizer=optimizer,
        epochs=steps,
        scheduler=nn.LambdaLR(optimizer, lambda step: 1.0 - 0.9 * step / steps),
        callbacks=[lambda step, loss: seconds.append(time.perf_counter() - began)],
        compiled=compiled,
    )
    return Training("compiled" if compiled else "eager", model, history, seconds)


def scores(model: nn.MLP, X: FloatArray) -> FloatArray:
    """Return the model's outputs, shape (N,); a point belongs to the class of their sign."""
    state = model.state_dict()
    layers = range(len(SIZES))
    passed = manual.forward(
        [state[f"layers.{i}.weight"] for i in layers],
        [state[f"layers.{i}.bias"] for i in layers],
        X,
        activation="relu",
        output_activation="identity",
    )
    return passed.output[:, 0]


def run(points: int, steps: int, seed: int, folder: Path) -> int:
    """Train twice, print both side by side, draw a picture; return the exit code.

    Raises:
        ImportError: scikit-learn is not installed.
        OSError: the picture cannot be written.
        nn.TrainingDivergedError: that is what the training did.
    """
    X, y = load(points, seed)
    print(f"Two moons of {points} points; MLP(2, {SIZES}), hinge loss + {PENALTY:g} Σ p²")
    trainings = []
    for compiled in (False, True):
        training = train(X, y, steps, seed, compiled)
        if training.history.stopped == "interrupted":
            print(f"\nInterrupted while training {training.title}.")
            return INTERRUPTED
        trainings.append(training)
    show(trainings, X, y)
    write_pictures(
        folder,
        [
            (
                "moons.png",
                "what was learned, and how",
                partial(draw, trainings=trainings, X=X, y=y),
            )
        ],
    )
    return 0


def show(trainings: Sequence[Training], X: FloatArray, y: FloatArray) -> None:
    """Print losses, accuracies and times, the eager training's on the left."""
    eager, compiled = trainings
    steps = len(eager.history.losses)
    print(heading("Loss"))
    rows = [
        [f"{i}", *(f"{each.history.losses[i]:.12f}" for each in trainings)]
        for i in sorted({*range(0, steps, max(1, steps // 10)), steps - 1})
    ]
    print(table(["step", "eager", "compiled"], rows, align="rrr"))
    right = [
        f"{each.title} {np.mean(np.sign(scores(each.model, X)) == y):.1%}" for each in trainings
    ]
    print(f"points on the right side: {', '.join(right)}")
    apart = np.subtract(*(nn.parameters_to_vector(each.model.parameters()) for each in trainings))
    print(f"The parameters differ by at most {np.abs(apart).max():.0e}.")
    print(heading("Time"))
    rows = [
        [name, f"{a:.3g} s", f"{b:.3g} s", f"{a / b:,.1f}"]
        for name, a, b in (
            ("first step, compilation included", eager.first, compiled.first),
            ("each of the others", eager.step, compiled.step),
            (f"all {steps}", eager.seconds[-1], compiled.seconds[-1]),
        )
    ]
    print(table(["", "eager", "compiled", "ratio"], rows, align="lrrr"))
    core = "its core compiled by mypyc" if autograd.COMPILED else "pure Python"
    print(paragraph(f"Eager is {core}. The second time, machine code comes from the disk cache."))


def draw(path: Path, trainings: Sequence[Training], X: FloatArray, y: FloatArray) -> None:
    """Draw the boundary that the compiled training found, and both losses."""
    eager, compiled = trainings
    figure = new_figure(10.0, 4.4)
    left, right = figure.subplots(1, 2)
    low, high = X.min(axis=0) - 0.4, X.max(axis=0) + 0.4
    a, b = (np.linspace(low[i], high[i], 201) for i in (0, 1))
    grid = np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)
    levels = scores(compiled.model, grid).reshape(len(b), len(a))
    left.contourf(a, b, levels > 0.0, levels=[-0.5, 0.5, 1.5], colors=["#d6e6f2", "#f9e1cf"])
    if levels.min() < 0.0 < levels.max():
        left.contour(a, b, levels, levels=[0.0], colors=INK, linewidths=1.5)
    for label, color, marker in ((-1.0, BLUE, "o"), (1.0, ORANGE, "s")):
        of_class = X[y == label]
        left.scatter(
            of_class[:, 0], of_class[:, 1], c=color, marker=marker, s=22, label=f"{label:+g}"
        )
    left.set(title="the two moons, and what was learned", xlabel="x1", ylabel="x2")
    left.set_aspect("equal")
    left.legend(title="class", loc="upper right", framealpha=0.9)
    steps = range(len(eager.history.losses))
    right.semilogy(steps, eager.history.losses, color=INK, linewidth=4, alpha=0.3)
    right.semilogy(steps, compiled.history.losses, color=BLUE, linewidth=1.5)
    right.legend([f"{t.title}: {t.seconds[-1]:.2g} s" for t in trainings])
    right.set(title="hinge loss + L2", xlabel="step")
    right.yaxis.set_major_formatter("{x:g}")
    right.grid(alpha=0.3)
    right.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo, and return the exit code.

    0 is success, 1 says that something is not installed, the training diverged or the picture could
    not be written, 2 (from the parser) a wrong option, 130 Ctrl-C.
    """
    parser = Parser(
        prog=PROGRAM,
        description="micrograd's own example, eager and compiled side by side. Defaults are in "
        "parentheses.",
        allow_abbrev=False,
    )
    parser.add_argument("--points", metavar="N", type=count(2), default=100, help="points (100)")
    parser.add_argument("--steps", metavar="N", type=count(1), default=100, help="steps (100)")
    parser.add_argument(
        "--seed", metavar="N", type=count(0), default=1337, help="of points and network (1337)"
    )
    parser.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        default=DEFAULT_OUTPUT,
        help=f"folder for the picture ({DEFAULT_OUTPUT})",
    )
    options = parser.parse_args(arguments)
    folder = checked_output(parser, options.output)

    def demo() -> int:
        try:
            return run(options.points, options.steps, options.seed, folder)
        except (ImportError, nn.TrainingDivergedError) as error:
            print(f"{PROGRAM}: {error}", file=sys.stderr)
            return 1

    return exit_code(PROGRAM, demo)


if __name__ == "__main__":
    run_as_program(main)
