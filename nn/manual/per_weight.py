"""Backpropagation one weight at a time, in plain Python loops.

The equations are those of D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning
representations by back-propagating errors", Nature 323, 533-536 (1986). In its notation, unit i of
one layer feeds unit j of the next through the weight w_ji; x_j is the total input of unit j and y_j
its output (z and a elsewhere in this package), and d_j is the output that was desired:

    (1)  x_j = Σ_i y_i w_ji
    (2)  y_j = f(x_j)                                    in the paper the sigmoid
    (3)  E = ½ Σ_c Σ_j (y_jc − d_jc)²                    over all cases c; here any loss
    (4)  ∂E/∂y_j = y_j − d_j                             here the derivative of that loss
    (5)  ∂E/∂x_j = ∂E/∂y_j · f'(x_j)                     in the paper y_j (1 − y_j)
    (6)  ∂E/∂w_ji = ∂E/∂x_j · y_i
    (7)  ∂E/∂y_i = Σ_j ∂E/∂x_j · w_ji

A bias is the weight from one more unit whose output is always 1.

No array is computed with: activations and losses are written out here a second time, for single
numbers and where possible in a different form, so that the two versions can disagree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nn.manual.activations import ACTIVATIONS, Activation, named_activation
from nn.manual.losses import checked_targets, named_loss, reduction_divisor
from nn.manual.network import Gradients, checked_network


class _Unit(NamedTuple):
    """What a unit makes of its total input x, and how fast that changes with x."""

    output: Callable[[float], float]
    slope: Callable[[float], float]


class _UnitLoss(NamedTuple):
    """What one output y adds to E where d was desired, and how fast that changes with y."""

    value: Callable[[float, float], float]
    slope: Callable[[float, float], float]


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


# 1 − σ(x) = σ(−x), and 1 − tanh²(x) = 4 σ(2x) σ(−2x).
_UNITS = {
    "identity": _Unit(lambda x: x, lambda x: 1.0),
    "sigmoid": _Unit(_sigmoid, lambda x: _sigmoid(x) * _sigmoid(-x)),
    "tanh": _Unit(math.tanh, lambda x: 4.0 * _sigmoid(2.0 * x) * _sigmoid(-2.0 * x)),
    "relu": _Unit(lambda x: 0.0 if x <= 0.0 else x, lambda x: 0.0 if x <= 0.0 else 1.0),
    "leaky_relu": _Unit(lambda x: 0.01 * x if x <= 0.0 else x, lambda x: 0.01 if x < 0.0 else 1.0),
}


def _unit(activation: str | Activation) -> _Unit:
    known = named_activation(activation)
    if known is ACTIVATIONS.get(known.name):
        return _UNITS[known.name]
    return _Unit(
        lambda x: float(known.value(np.array(x))), lambda x: float(known.derivative(np.array(x)))
    )


def _clamped_log(p: float) -> float:
    return max(math.log(p), -100.0) if p > 0.0 else -100.0


_UNIT_LOSSES = {
    "mse_loss": _UnitLoss(lambda y, d: (y - d) * (y - d), lambda y, d: 2.0 * (y - d)),
    "half_squared_error": _UnitLoss(lambda y, d: 0.5 * (y - d) * (y - d), lambda y, d: y - d),
    "binary_cross_entropy": _UnitLoss(
        lambda y, d: -d * _clamped_log(y) - (1.0 - d) * _clamped_log(1.0 - y),
        lambda y, d: (y - d) / max(y * (1.0 - y), 1e-12),
    ),
    "binary_cross_entropy_with_logits": _UnitLoss(
        lambda y, d: d * _softplus(-y) + (1.0 - d) * _softplus(y),
        lambda y, d: (1.0 - d) * _sigmoid(y) - d * _sigmoid(-y),
    ),
    "hinge_loss": _UnitLoss(
        lambda y, d: 0.0 if d * y >= 1.0 else 1.0 - d * y,
        lambda y, d: 0.0 if d * y >= 1.0 else -d,
    ),
}


def _cross_entropy(y: list[float], right: int) -> tuple[float, list[float]]:
    """Return −log softmax(y)[right] and its derivative by every y_j."""
    largest = max(y)
    exponentials = [math.exp(y_j - largest) for y_j in y]
    total = sum(exponentials)
    slopes = [e / total - (1.0 if j == right else 0.0) for j, e in enumerate(exponentials)]
    return math.log(total) - (y[right] - largest), slopes


def _forward(
    w: list[list[list[float]]], b: list[list[float]], case: list[float], units: list[_Unit]
) -> tuple[list[list[float]], list[list[float]]]:
    """Return the total inputs x of every layer, and the outputs y, first of all the case itself."""
    x: list[list[float]] = []
    y = [case]
    for w_layer, b_layer, unit in zip(w, b, units, strict=True):
        below = y[-1]
        total_inputs = []
        for j in range(len(w_layer)):
            x_j = b_layer[j]
            for i in range(len(below)):
                x_j += below[i] * w_layer[j][i]  # (1)
            total_inputs.append(x_j)
        x.append(total_inputs)
        y.append([unit.output(x_j) for x_j in total_inputs])  # (2)
    return x, y


def _error(
    x: list[float], y: list[float], desired: list[float], unit: _Unit, loss: str
) -> tuple[float, list[float]]:
    """Return what one case adds to E (3), and ∂E/∂x_j of every output unit (4, 5)."""
    if loss == "cross_entropy":
        value, dE_dy = _cross_entropy(y, int(desired[0]))
    elif loss == "binary_cross_entropy" and unit is _UNITS["sigmoid"]:
        # The slope of the sigmoid cancels: ∂E/∂x_j = y_j − d_j, and E is known exactly from x_j.
        exact = _UNIT_LOSSES["binary_cross_entropy_with_logits"].value
        value = sum(exact(x_j, d_j) for x_j, d_j in zip(x, desired, strict=True))
        return value, [y_j - d_j for y_j, d_j in zip(y, desired, strict=True)]
    else:
        unit_loss = _UNIT_LOSSES[loss]
        value = sum(unit_loss.value(y_j, d_j) for y_j, d_j in zip(y, desired, strict=True))
        dE_dy = [unit_loss.slope(y_j, d_j) for y_j, d_j in zip(y, desired, strict=True)]
    return value, [slope * unit.slope(x_j) for slope, x_j in zip(dE_dy, x, strict=True)]


def gradients_by_weight(
    weights: Sequence[npt.ArrayLike],
    biases: Sequence[npt.ArrayLike],
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    *,
    activation: str | Activation,
    output_activation: str | Activation = "identity",
    loss: str,
    reduction: str = "mean",
) -> Gradients:
    """Compute what `gradients` computes, weight by weight, with equations (1) to (7) of 1986.

    Takes the same arguments, returns the same structure and raises the same errors. It visits every
    weight for every sample in Python: for networks of a few hundred weights.
    """
    network = checked_network(weights, biases, X)
    w = [W.tolist() for W in network.weights]
    b = [bias.tolist() for bias in network.biases]
    hidden, output = _unit(activation), _unit(output_activation)
    units = [hidden] * (len(w) - 1) + [output]
    cases = [_forward(w, b, case, units) for case in network.X.tolist()]

    known = named_loss(loss)
    desired = checked_targets(known, np.array([y[-1] for _, y in cases]), Y)
    divisor = reduction_divisor(reduction, desired.size)  # one value of the loss per target

    E = 0.0
    dE_dw = [[[0.0] * len(row) for row in w_layer] for w_layer in w]
    dE_db = [[0.0] * len(b_layer) for b_layer in b]
    for (x, y), d in zip(cases, desired.reshape(len(cases), -1).tolist(), strict=True):
        value, dE_dx = _error(x[-1], y[-1], d, output, known.name)
        E += value
        for layer in reversed(range(len(w))):
            below = y[layer]  # y[0] is the case itself, so y[layer] feeds w[layer]
            for j in range(len(dE_dx)):
                dE_db[layer][j] += dE_dx[j]
                for i in range(len(below)):
                    dE_dw[layer][j][i] += dE_dx[j] * below[i]  # (6)
            if layer > 0:
                dE_dy = [0.0] * len(below)
                for i in range(len(below)):
                    for j in range(len(dE_dx)):
                        dE_dy[i] += dE_dx[j] * w[layer][j][i]  # (7)
                dE_dx = [dE_dy[i] * hidden.slope(x[layer - 1][i]) for i in range(len(below))]  # (5)
    return Gradients(
        loss=E / divisor,
        weights=[np.array(layer) / divisor for layer in dE_dw],
        biases=[np.array(layer) / divisor for layer in dE_db],
    )
