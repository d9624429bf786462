"""The workloads as functions of scalars: for this project, and for all that record scalars.

Functions that libraries have under names of their own come as arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Unary = Callable[[Any], Any]


def scores(layers: Any, x: Sequence[Any], relu: Unary) -> Sequence[Any]:
    """Return the outputs of the network for one sample."""
    last = len(layers) - 1
    for k, (weights, biases) in enumerate(layers):
        x = [neuron(w, x, b) for w, b in zip(weights, biases)]
        if k < last:
            x = [relu(v) for v in x]
    return x


def neuron(weights: Sequence[Any], inputs: Sequence[Any], bias: Any) -> Any:
    """Return the weighted sum, by one multiplication and one addition per input."""
    total = bias
    for w, x in zip(weights, inputs):
        total = total + w * x
    return total


def hinge(layers: Any, x: Sequence[Any], y: Any, relu: Unary) -> Any:
    """Return the loss of one sample."""
    (score,) = scores(layers, x, relu)
    return relu(1.0 - y * score)


def cross_entropy(layers: Any, x: Sequence[Any], one_hot: Any, relu: Unary, logsumexp: Any) -> Any:
    """Return the loss of one sample."""
    logits = scores(layers, x, relu)
    return logsumexp(logits) - neuron(one_hot, logits, 0.0)


def asian_call(
    market: Sequence[Any], increments: Sequence[Any], exp: Unary, sqrt: Unary, relu: Unary
) -> Any:
    """Return the discounted payoff of one path.

    Args:
        market: S, r, σ, T, K.
        increments: one for each step.
        exp: of the library.
        sqrt: likewise.
        relu: likewise.
    """
    spot, rate, volatility, maturity, strike = market
    steps = len(increments)
    dt = maturity / steps
    drift = (rate - 0.5 * volatility * volatility) * dt
    scale = volatility * sqrt(dt)
    total = 0.0
    for z in increments:
        spot = spot * exp(drift + scale * z)
        total = total + spot
    return relu(total / steps - strike) * exp(-rate * maturity)


def rosenbrock(xs: Sequence[Any]) -> Any:
    """Return the value at one point."""
    total = 0.0
    for x, following in zip(xs, xs[1:]):
        curve, offset = following - x * x, 1.0 - x
        total = total + 100.0 * (curve * curve) + offset * offset
    return total
