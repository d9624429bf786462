"""NumPy, the derivatives written by hand: matrices, as in textbooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.compiled.peers.peer import Peer, Task, flat
from benchmarks.compiled.workloads import (
    AsianCall,
    CrossEntropy,
    FloatArray,
    Hinge,
    Layers,
    Rosenbrock,
)


class NumpyByHand(Peer):
    """No library but NumPy."""

    distribution = "numpy"

    def hinge(self, workload: Hinge) -> Task:
        """Backpropagation through matrices."""
        layers, x, y = workload.data

        def evaluate() -> Any:
            activations = _forward(layers, x)
            margins = 1.0 - y * activations[-1][:, 0]
            delta = np.where(margins > 0.0, -y, 0.0)[:, None]
            return np.maximum(margins, 0.0).sum(), _backward(layers, activations, delta)

        return Task(evaluate, flat)

    def cross_entropy(self, workload: CrossEntropy) -> Task:
        """Backpropagation through matrices."""
        layers, x, one_hot = workload.data

        def evaluate() -> Any:
            activations = _forward(layers, x)
            logits = activations[-1] - activations[-1].max(axis=1, keepdims=True)
            exponentials = np.exp(logits)
            totals = exponentials.sum(axis=1, keepdims=True)
            value = np.log(totals).sum() - (one_hot * logits).sum()
            delta = exponentials / totals - one_hot
            return value, _backward(layers, activations, delta)

        return Task(evaluate, flat)

    def asian_call(self, workload: AsianCall) -> Task:
        """All paths at once; derivatives of each price along its path in closed form."""
        (spot, rate, volatility, maturity, strike), increments = workload.data
        steps = workload.steps

        def evaluate() -> Any:
            dt = maturity / steps
            walk = np.cumsum(increments, axis=1)
            fractions = np.arange(1, steps + 1) / steps
            drift = rate - 0.5 * volatility**2
            prices = spot * np.exp(drift * maturity * fractions + volatility * np.sqrt(dt) * walk)
            discount = np.exp(-rate * maturity)
            excess = prices.mean(axis=1) - strike
            paid = excess > 0.0
            value = discount * np.maximum(excess, 0.0).sum()
            total = prices.mean(axis=1) @ paid
            in_time = (prices @ fractions) @ paid / steps
            along_walk = np.einsum("ij,ij->i", prices, walk) @ paid / steps
            root = np.sqrt(dt)
            by_maturity = drift * in_time + 0.5 * volatility * root / maturity * along_walk
            gradient = [
                discount * total / spot,
                discount * maturity * in_time - maturity * value,
                discount * (root * along_walk - volatility * maturity * in_time),
                discount * by_maturity - rate * value,
                -discount * paid.sum(),
            ]
            return value, gradient

        return Task(evaluate, flat)

    def rosenbrock(self, workload: Rosenbrock) -> Task:
        """Whole arrays."""
        x = workload.data

        def evaluate() -> Any:
            curve = x[1:] - x[:-1] ** 2
            offset = 1.0 - x[:-1]
            gradient = np.zeros_like(x)
            gradient[1:] = 200.0 * curve
            gradient[:-1] -= 400.0 * x[:-1] * curve + 2.0 * offset
            return 100.0 * curve @ curve + offset @ offset, gradient

        return Task(evaluate, flat)


def _forward(layers: Layers, x: FloatArray) -> list[FloatArray]:
    activations = [x]
    for k, (w, b) in enumerate(layers):
        z = activations[-1] @ w.T
        z += b
        if k < len(layers) - 1:
            np.maximum(z, 0.0, out=z)
        activations.append(z)
    return activations


def _backward(
    layers: Layers, activations: Sequence[FloatArray], delta: FloatArray
) -> list[tuple[FloatArray, FloatArray]]:
    gradients = []
    for k in range(len(layers) - 1, -1, -1):
        gradients.append((delta.T @ activations[k], delta.sum(axis=0)))
        if k:
            delta = delta @ layers[k][0]
            delta *= activations[k] > 0.0
    return gradients[::-1]


PEER = NumpyByHand()
