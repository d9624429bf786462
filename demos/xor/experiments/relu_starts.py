"""2-2-1 networks with two ReLU units: from which starts do they solve XOR?

Sigmoid output, ½ squared error, learning rate 0.5, 5,000 full-batch steps; solved is a loss below
0.01. A ReLU unit that is off at all four points gets no gradient and stays off; and one unit alone
cannot solve XOR.
"""

from __future__ import annotations

import math
from functools import partial

import nn
from demos.tables import heading, paragraph, table
from demos.xor.experiments.many_starts import Outcome, Recipe, Start, outcomes
from demos.xor.experiments.outcome_report import engine_report, report
from demos.xor.explanation import explain

SEEDS = range(40)

RECIPE = Recipe(
    activation="relu",
    loss="half_squared_error",
    reduction="mean",
    lr=0.5,
    momentum=0.0,
    steps=5000,
    solved_below=0.01,
)

#: The published share is of N(0, 0.5) weights and zero biases.
NORMAL_HALF = "N(0, 0.5)"

INITIALIZERS: dict[str, str | nn.init.Initializer | None] = {
    NORMAL_HALF: partial(nn.init.normal_, std=0.5),
    "default": None,
    **{name: name for name in nn.init.INITIALIZERS},
}


def starts(initializer: str) -> Start:
    """Return the networks that an initializer of the list gives for each seed."""

    def start(seed: int) -> nn.MLP:
        return nn.MLP(2, [2, 1], activation="relu", init=INITIALIZERS[initializer], seed=seed)

    return start


def outcomes_by_initializer() -> dict[str, list[Outcome]]:
    """Train from 40 starts of each initializer, from all of them at once."""
    models = [starts(name)(seed) for name in INITIALIZERS for seed in SEEDS]
    ended = outcomes(models, [*SEEDS] * len(INITIALIZERS), RECIPE)
    count = len(SEEDS)
    return {name: ended[i * count : (i + 1) * count] for i, name in enumerate(INITIALIZERS)}


def wilson_interval(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Return the interval that has the true share in it, with 95 % confidence for z = 1.96.

    Wilson, E. B.: "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22 (1927), pp. 209-212.
    """
    share, n = successes / trials, trials
    center = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(center - spread, 0.0) / (1 + z * z / n), (center + spread) / (1 + z * z / n)


def run() -> None:
    """Print the share of each initializer, and what a network that solved XOR has learned."""
    print("2-2-1, ReLU hidden units, sigmoid output, ½ squared error, learning rate 0.5")
    by_initializer = outcomes_by_initializer()
    print(heading("Starts that reach a loss below 0.01 in 5,000 steps"))
    rows = []
    for name, ended in by_initializer.items():
        solved = [outcome.seed for outcome in ended if outcome.solved_at is not None]
        low, high = wilson_interval(len(solved), len(ended))
        share = f"{len(solved) / len(ended):.0%}"
        rows.append([name, f"{len(solved)} of {len(ended)}", share, f"{low:.0%} to {high:.0%}"])
    print(table(["initializer", "solved", "share", "95 % confidence"], rows, align="lrrr"))
    print(
        paragraph(
            '"default" is what nn.Linear does, as PyTorch. "uniform" is U(0, 1): with no weight '
            "negative, no unit is off at all four points from the start."
        )
    )

    normal_half = starts(NORMAL_HALF)
    ended = outcomes([normal_half(seed) for seed in SEEDS], SEEDS, RECIPE, patience=RECIPE.steps)
    print(heading(f"Weights from {NORMAL_HALF}, biases zero"))
    print(report(ended, RECIPE.steps))

    solved_one = next(outcome for outcome in ended if outcome.solved_at is not None)
    print(heading(f"What the hidden units of seed {solved_one.seed} detect"))
    W1, b1, W2, b2 = (parameter[0] for parameter in solved_one.parameters)
    print(explain([W1, W2], [b1, b2], "relu"))

    print(heading("Two of them with the engine, compared with NumPy"))
    print(engine_report(normal_half, RECIPE, ended))
