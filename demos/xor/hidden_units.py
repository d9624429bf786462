"""What each hidden unit has learned to detect, read off its responses to the four points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demos.xor.problem import FloatArray, X
from nn import manual

#: All functions of two truth values, by their results at 00, 01, 10 and 11.
FUNCTIONS = {
    "0000": "nothing",
    "0001": "x1 AND x2",
    "0010": "x1 AND NOT x2",
    "0011": "x1",
    "0100": "x2 AND NOT x1",
    "0101": "x2",
    "0110": "x1 XOR x2",
    "0111": "x1 OR x2",
    "1000": "NOT (x1 OR x2)",
    "1001": "NOT (x1 XOR x2)",
    "1010": "NOT x2",
    "1011": "x1 OR NOT x2",
    "1100": "NOT x1",
    "1101": "x2 OR NOT x1",
    "1110": "NOT (x1 AND x2)",
    "1111": "nothing",
}


@dataclass(frozen=True)
class HiddenUnit:
    """One hidden unit and its reading.

    Attributes:
        name: ``h1``, or ``h2.1`` for the first unit of a second hidden layer.
        weights: one for each unit of the layer below.
        bias: the bias.
        responses: its activation at each of the four points.
        on: at which of the points it counts as on.
        detects: the function of the inputs that ``on`` is, in words.
    """

    name: str
    weights: FloatArray
    bias: float
    responses: FloatArray
    on: str
    detects: str


def hidden_layers(
    weights: Sequence[FloatArray], biases: Sequence[FloatArray], activation: str
) -> list[list[HiddenUnit]]:
    """Return the units of every hidden layer of a network."""
    passed = manual.forward(weights, biases, X, activation=activation)
    layers = []
    for layer, (W, b) in enumerate(zip(weights[:-1], biases[:-1], strict=True)):
        names = unit_names(layer, len(b), len(weights))
        units = []
        for j, responses in enumerate(passed.activations[layer + 1].T):
            on = on_pattern(responses, rectified=activation in ("relu", "leaky_relu"))
            detects = reading(responses, on)
            units.append(HiddenUnit(names[j], W[j], float(b[j]), responses, on, detects))
        layers.append(units)
    return layers


def unit_names(layer: int, units: int, layers: int) -> list[str]:
    """Return the names of a layer's units, the layer counted from 0 among so many."""
    prefix = "h" if layers == 2 else f"h{layer + 1}."
    return [f"{prefix}{j + 1}" for j in range(units)]


def on_pattern(responses: FloatArray, rectified: bool) -> str:
    """Return at which points a unit is on, such as ``0111``.

    A rectified unit is off where it puts out (next to) nothing. Any other unit, and a rectified one
    that is never off, is split at the widest gap between its responses. A unit whose responses
    hardly differ detects nothing.
    """
    low, high = responses.min(), responses.max()
    if high - low <= 0.05 * np.abs(responses).max():
        return "0000"
    threshold = 0.05 * high
    if not rectified or low > threshold:
        steps = np.sort(responses)
        widest = int(np.argmax(np.diff(steps)))
        threshold = (steps[widest] + steps[widest + 1]) / 2.0
    return "".join("1" if response > threshold else "0" for response in responses)


def reading(responses: FloatArray, on: str) -> str:
    """Return in words what a unit with these responses, on at these points, detects."""
    if on == "0000":
        return "nothing: always off" if not responses.any() else "nothing: constant"
    is_on = np.array([bit == "1" for bit in on])
    spreads = [np.ptp(responses[is_on]), np.ptp(responses[~is_on])]
    graded = max(spreads) > np.ptp(responses) / 3.0
    return FUNCTIONS[on] + (", graded" if graded else "")


def as_switches(units: Sequence[HiddenUnit]) -> FloatArray:
    """Return the units' responses, shape (4, units), with grades removed.

    Where a unit is on, it has its mean response when on; where it is off, its mean when off.
    """
    columns = []
    for unit in units:
        is_on = np.array([bit == "1" for bit in unit.on])
        levels = np.empty(len(X))
        for side in (is_on, ~is_on):
            if side.any():
                levels[side] = unit.responses[side].mean()
        columns.append(levels)
    return np.stack(columns, axis=1)


def reading_suffices(
    units: Sequence[HiddenUnit], output_weights: FloatArray, output_bias: FloatArray
) -> bool:
    """Return whether ŷ stays on its side of ½ at all four points when the units are switches.

    Only then does what the units detect explain what the network does.
    """
    graded = np.stack([unit.responses for unit in units], axis=1)
    sides = [
        responses @ output_weights[0] + output_bias[0] > 0.0
        for responses in (graded, as_switches(units))
    ]
    return bool(np.array_equal(*sides))
