"""Published results about XOR and small networks, reproduced: ``--experiment NAME``."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from demos.xor.experiments import (
    leaky_relu,
    one_neuron,
    relu_starts,
    sigmoid_starts,
    small_networks,
)


class Experiment(NamedTuple):
    """An experiment as the command line knows it."""

    summary: str
    run: Callable[[], None]


EXPERIMENTS = {
    "one-neuron": Experiment("one linear neuron, one step, all figures", one_neuron.run),
    "small-networks": Experiment(
        "3-4-1 and 3-4-3-1: loops, NumPy, engine agree", small_networks.run
    ),
    "sigmoid-cross-entropy": Experiment(
        "2-2-1 with cross-entropy, from 40 starts", sigmoid_starts.run_cross_entropy
    ),
    "sigmoid-1986": Experiment(
        "the same with ½ squared error and momentum", sigmoid_starts.run_1986
    ),
    "leaky-relu": Experiment("2-4-1 through 5,000 epochs, to 1e-9", leaky_relu.run),
    "relu-starts": Experiment("2-2-1 ReLU: how many starts of 40 solve it", relu_starts.run),
}
