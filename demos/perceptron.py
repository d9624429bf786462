"""Why one layer cannot do XOR, and what a hidden layer sees: ``python -m demos.perceptron``.

The rule of F. Rosenblatt, "The perceptron: a probabilistic model for information storage and
organization in the brain", Psychological Review 65, 1958; and the line that does not exist, for
which M. Minsky and S. Papert, "Perceptrons", 1969, are remembered.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import nn
from demos.command_line import count, run_as_program
from demos.figures import BLUE, INK, ORANGE, new_figure, write_pictures
from demos.lesson import lesson_parser, run_lesson
from demos.tables import figure as f
from demos.tables import heading, paragraph, table
from demos.xor import pages
from demos.xor.hidden_units import hidden_layers
from demos.xor.network import Setup, build_model, build_optimizer, layer_arrays, outputs
from demos.xor.pictures import draw_decision_boundary
from demos.xor.problem import POINTS, FloatArray, X, Y

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What is to be learned of the points 00, 01, 10 and 11.
PROBLEMS = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "XOR": tuple(int(y) for y in Y[:, 0])}

State = tuple[int, int, float]


class Perceptron(NamedTuple):
    """A run of Rosenblatt's rule.

    Attributes:
        states: (w1, w2, b) at the start and after each sweep through the four points.
        solved: whether the last of them has all four right. If not, the last is equal to an
            earlier one: from there on everything repeats.
    """

    states: list[State]
    solved: bool

    @property
    def first_alike(self) -> int:
        """After which sweep the weights were first what they are at the end."""
        return self.states.index(self.states[-1])


def learn(targets: Sequence[int]) -> Perceptron:
    """Let a perceptron learn until all points are right, or until it repeats itself.

    For a point that should be 1 and is not, it adds the point to the weights and 1 to the bias; for
    one that should not be and is, it takes them away. It answers 1 where w·x + b > 0; b starts at
    −½, so that no point is ever on the line.
    """
    w1, w2, b = 0, 0, -0.5
    states = [(w1, w2, b)]
    while True:
        mistakes = 0
        for (x1, x2), target in zip(X.astype(int).tolist(), targets, strict=True):
            error = target - int(w1 * x1 + w2 * x2 + b > 0)
            w1, w2, b = w1 + error * x1, w2 + error * x2, b + error
            mistakes += error != 0
        repeated = (w1, w2, b) in states
        states.append((w1, w2, b))
        if mistakes == 0 or repeated:
            return Perceptron(states, solved=mistakes == 0)


def run(options: argparse.Namespace) -> None:
    """Print what a perceptron learns and what it cannot, and what a hidden layer changes."""
    runs = {name: learn(targets) for name, targets in PROBLEMS.items()}
    show_runs(runs)
    show_contradiction()
    show_one_unit(options.epochs)
    model = two_layers(options.epochs)
    weights, biases = layer_arrays(model)
    show_hidden_layer(model)
    write_pictures(
        options.output,
        [
            (
                "lines.png",
                "the lines for AND and OR, and why there is none for XOR",
                partial(draw_lines, runs=runs),
            ),
            (
                "hidden.png",
                "the four points as the hidden layer shows them",
                partial(
                    draw_decision_boundary, weights=weights, biases=biases, activation="sigmoid"
                ),
            ),
        ],
        pages=[
            (
                "one-unit.html",
                "a single unit, to be trained by you",
                partial(pages.write_training, setup=Setup(sizes=(2, 1))),
            ),
            (
                "hidden.html",
                "the network with a hidden layer",
                partial(pages.write_trained, setup=Setup(), model=model, sample=2),
            ),
        ],
    )


def show_runs(runs: dict[str, Perceptron]) -> None:
    """Print how Rosenblatt's rule fares on each problem."""
    print(heading("Rosenblatt's rule: answer 1 where w1 x1 + w2 x2 + b > 0"))
    print(
        "If a 1 was missed, w ← w + x, b ← b + 1; if it was no 1, w ← w − x, b ← b − 1.\n"
        "Start: w = 0, b = −½.\n"
    )
    rows = []
    for name, run_ in runs.items():
        last = ", ".join(map(f, run_.states[-1]))
        sweeps = len(run_.states) - 1
        outcome = (
            f"all right in sweep {sweeps}"
            if run_.solved
            else f"after sweep {sweeps} as after sweep {run_.first_alike}"
        )
        rows.append([name, "".join(map(str, PROBLEMS[name])), outcome, last])
    print(table(["", "targets", "outcome", "w1, w2, b"], rows, align="llll"))
    print(
        paragraph(
            "The rule has no memory but its weights. If it comes to weights that it had before, it "
            "will go round for ever: that is what it does with XOR, and it proves that no more "
            "patience would help this learner. No other would do better:"
        )
    )


def show_contradiction() -> None:
    """Print why no weights at all will do."""
    print(heading("The line that does not exist"))
    print("XOR wants  00 → 0:           b ≤ 0      (1)")
    print("           01 → 1:      w2 + b > 0      (2)")
    print("           10 → 1:      w1 + b > 0      (3)")
    print("           11 → 0: w1 + w2 + b ≤ 0      (4)")
    print("(2) + (3) says w1 + w2 + 2b > 0, and (1) + (4) says w1 + w2 + 2b ≤ 0.")


def show_one_unit(epochs: int) -> None:
    """Print where descent takes a single sigmoid unit."""
    print(heading("Descent does not help either"))
    setup = Setup(sizes=(2, 1), epochs=epochs)
    y = outputs(_trained(setup))[:, 0]
    listed = ", ".join(f"ŷ({point}) = {guess:.4f}" for point, guess in zip(POINTS, y, strict=True))
    print(f"One sigmoid unit after {epochs} steps on the cross-entropy:")
    print(listed)
    print("It says ½ to everything: of all it can say, that costs least.")


def two_layers(epochs: int) -> nn.MLP:
    """Return a network with two hidden units, trained."""
    return _trained(Setup(epochs=epochs))


def _trained(setup: Setup) -> nn.MLP:
    model = build_model(setup)
    history = nn.fit(
        model,
        X,
        Y,
        loss="binary_cross_entropy_with_logits",
        optimizer=build_optimizer(setup, model),
        epochs=setup.epochs,
        progress=False,
    )
    if history.stopped == "interrupted":
        raise KeyboardInterrupt
    return model


def show_hidden_layer(model: nn.MLP) -> None:
    """Print where the hidden layer puts the four points."""
    print(heading("Two hidden units between"))
    weights, biases = layer_arrays(model)
    h1, h2 = hidden_layers(weights, biases, "sigmoid")[0]
    rows = [
        [point, f"{target:.0f}", f"{a:.3f}", f"{b:.3f}", f"{guess:.3f}"]
        for point, target, a, b, guess in zip(
            POINTS, Y[:, 0], h1.responses, h2.responses, outputs(model)[:, 0], strict=True
        )
    ]
    print(table(["x1x2", "target", "h1", "h2", "ŷ"], rows, align="lrrrr"))
    print(
        paragraph(
            "The output unit sees h1 and h2, not x1 and x2. In that plane the two points that "
            "should be 1 have come together, and one line tells them from the others: the output "
            "unit is a perceptron whose problem was made solvable by those below."
        )
    )


def draw_lines(path: Path, runs: dict[str, Perceptron]) -> None:
    """Draw the four points of each problem, and the line that the perceptron ended with."""
    figure = new_figure(9.6, 4.0)
    for axes, (name, run_) in zip(figure.subplots(1, 3), runs.items(), strict=True):
        targets = np.array(PROBLEMS[name])
        for target, color, marker in ((0, BLUE, "o"), (1, ORANGE, "s")):
            of_target = X[targets == target]
            axes.scatter(
                of_target[:, 0],
                of_target[:, 1],
                s=130,
                c=color,
                marker=marker,
                zorder=3,
                label=f"target {target}",
            )
        if run_.solved:
            w1, w2, b = run_.states[-1]
            x = np.array([-0.4, 1.4])
            axes.plot(x, -(w1 * x + b) / w2, color=INK, linewidth=2)
            axes.set_title(f"{name}: {_inequality(run_.states[-1])}")
        else:
            _draw_crossing(axes, targets)
            axes.set_title(f"{name}: no line")
        axes.set(xlim=(-0.4, 1.4), ylim=(-0.4, 1.4), xticks=[0, 1], yticks=[0, 1])
        axes.set(xlabel="x1", ylabel="x2")
        axes.set_aspect("equal")
        axes.spines[["top", "right"]].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.savefig(path, dpi=100)


def _inequality(state: State) -> str:
    """Return what a perceptron asks of its inputs, such as ``2 x1 + x2 > 2``."""
    w1, w2, b = state
    terms = [f"{'' if w == 1 else w} {x}".strip() for w, x in ((w1, "x1"), (w2, "x2"))]
    return f"{' + '.join(terms)} > {f(-b)}"


def _draw_crossing(axes: Axes, targets: FloatArray) -> None:
    """Join the points of each class: the segments cross, and a line would have to part them."""
    for target, color in ((0, BLUE), (1, ORANGE)):
        ends = X[targets == target]
        axes.plot(ends[:, 0], ends[:, 1], "--", color=color)
    axes.plot(0.5, 0.5, "x", color=INK, markersize=10, label="on both segments")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lesson, and return the exit code."""
    parser = lesson_parser("perceptron")
    parser.add_argument(
        "--epochs", metavar="N", type=count(1), default=1000, help="steps of descent (1000)"
    )
    return run_lesson(parser, run, arguments)


if __name__ == "__main__":
    run_as_program(main)
