"""Two ReLU networks with loss ½ (ŷ − y)², their gradients by loops, by NumPy, and by the engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import nn
from demos.tables import heading, table
from demos.xor.network import layer_arrays
from demos.xor.problem import FloatArray
from nn import manual

ARCHITECTURES = [(3, 4, 1), (3, 4, 3, 1)]


@dataclass(frozen=True)
class Gradients:
    """The same gradient three times, each with one number for each parameter.

    Attributes:
        names: of the parameters.
        loops: by the formulas of 1986, one weight at a time, in plain Python.
        arrays: by the δ recursion in NumPy.
        engine: by automatic differentiation.
        active: how many of the hidden units have a slope, as (number, of how many).
    """

    names: list[str]
    loops: FloatArray
    arrays: FloatArray
    engine: FloatArray
    active: tuple[int, int]

    def disagreement(self) -> float:
        """Return the largest difference between any two of the three, over all parameters."""
        return float(np.ptp([self.loops, self.arrays, self.engine], axis=0).max())


def problem(sizes: tuple[int, ...], seed: int) -> tuple[nn.MLP, FloatArray, float]:
    """Return a network with random parameters, and one random sample with its target."""
    rng = np.random.default_rng(seed)
    model = nn.MLP(sizes[0], sizes[1:], activation="relu", seed=rng)
    return model, rng.standard_normal(sizes[0]), rng.standard_normal()


def gradients(sizes: tuple[int, ...], seed: int) -> Gradients:
    """Return the gradients of a network with random parameters at one random sample."""
    model, x, y = problem(sizes, seed)
    nn.half_squared_error(model(x), y).backward()
    names, parameters = zip(*model.named_parameters(), strict=True)

    weights, biases = layer_arrays(model)
    by_hand = [
        _flat(version(weights, biases, [x], [[y]], activation="relu", loss="half_squared_error"))
        for version in (manual.gradients_by_weight, manual.gradients)
    ]
    hidden = manual.forward(weights, biases, [x], activation="relu").activations[1:-1]
    return Gradients(
        names=list(names),
        loops=by_hand[0],
        arrays=by_hand[1],
        engine=np.array([parameter.grad for parameter in parameters]),
        active=(sum(int((a > 0).sum()) for a in hidden), sum(a.size for a in hidden)),
    )


def _flat(by_layer: manual.Gradients) -> FloatArray:
    """Return the gradients in the order of ``named_parameters``: each layer's W, then its b."""
    pairs = zip(by_layer.weights, by_layer.biases, strict=True)
    return np.concatenate([array.ravel() for pair in pairs for array in pair])


def run() -> None:
    """Print one table of gradients for each architecture."""
    for sizes in ARCHITECTURES:
        found = gradients(sizes, seed=0)
        active, units = found.active
        print(heading(f"{'-'.join(map(str, sizes))}, {active} of {units} hidden units active"))
        columns = zip(found.names, found.loops, found.arrays, found.engine, strict=True)
        rows = [[name, *(f"{number:.12f}" for number in numbers)] for name, *numbers in columns]
        print(table(["∂loss/∂", "loops", "NumPy", "engine"], rows, align="lrrr"))
        print(f"Largest disagreement: {found.disagreement():.1e}")
