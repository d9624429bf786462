"""2-2-1 sigmoid networks from many starts: with cross-entropy, and as in 1986.

Rumelhart, D. E., Hinton, G. E. and Williams, R. J.: "Learning representations by back-propagating
errors", Nature 323 (1986), pp. 533-536: ½ squared error summed over outputs and cases (eq. 3), a
step after each sweep through all cases, Δw(t) = −ε ∂E/∂w(t) + α Δw(t−1) (eq. 9) with ε = 0.1 and
α = 0.9, and initial weights, biases included, uniform between −0.3 and 0.3.

A network that stays at ŷ = ½ for two of the points is in a local minimum for all practical
purposes. Strictly, the minimum is at infinity: the loss goes on falling, ever more slowly, while
weights grow without bound (Hamey, L. G. C.: "XOR has no local minima: a case study in neural
network error surface analysis", Neural Networks 11 (1998), pp. 669-681).
"""

from __future__ import annotations

import numpy as np

import nn
from demos.tables import heading, paragraph
from demos.xor.experiments.many_starts import Recipe, Start, outcomes
from demos.xor.experiments.outcome_report import engine_report, report

SEEDS = range(40)
PATIENCE = 20_000

CROSS_ENTROPY = Recipe(
    activation="sigmoid",
    loss="binary_cross_entropy",
    reduction="mean",
    lr=1.0,
    momentum=0.0,
    steps=3000,
    solved_below=0.1,
)

RUMELHART = Recipe(
    activation="sigmoid",
    loss="half_squared_error",
    reduction="sum",
    lr=0.1,
    momentum=0.9,
    steps=5000,
    solved_below=0.04,
)


def usual_start(seed: int) -> nn.MLP:
    """Return a network as ``nn.MLP`` starts it: weights and biases uniform, as in PyTorch."""
    return nn.MLP(2, [2, 1], activation="sigmoid", seed=seed)


def start_of_1986(seed: int) -> nn.MLP:
    """Return a network with weights and biases uniform between −0.3 and 0.3."""
    model = nn.MLP(2, [2, 1], activation="sigmoid")
    rng = np.random.default_rng(seed)
    for parameter in model.parameters():
        parameter.data = rng.uniform(-0.3, 0.3)
    return model


def run_cross_entropy() -> None:
    """Print how the 40 starts end with cross-entropy."""
    print("2-2-1, sigmoid units, binary cross-entropy, learning rate 1, 3,000 steps;")
    print("weights and biases at the start uniform in ±1/√2, as in PyTorch")
    _run(usual_start, CROSS_ENTROPY)


def run_1986() -> None:
    """Print how the 40 starts end with ½ squared error and momentum."""
    print("2-2-1, sigmoid units, ½ squared error summed over the points, ε = 0.1, α = 0.9,")
    print("5,000 sweeps; weights and biases at the start uniform in ±0.3 (Nature 323, 1986)")
    _run(start_of_1986, RUMELHART)


def _run(start: Start, recipe: Recipe) -> None:
    ended = outcomes([start(seed) for seed in SEEDS], SEEDS, recipe, PATIENCE)
    print(heading(f"{len(SEEDS)} starts, all at once in NumPy"))
    print(report(ended, PATIENCE))
    print()
    print(
        paragraph(
            "Strictly, a local minimum of this network is at infinity: while weights grow without "
            "bound, the loss falls ever more slowly, but not to zero (Hamey 1998)."
        )
    )
    print(heading("Two of them with the engine, compared with NumPy"))
    print(engine_report(start, recipe, ended))
