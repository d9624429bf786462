"""Published figures that `nn.manual` reproduces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from nn import manual

Array = npt.NDArray[Any]
Gradients = Callable[..., manual.Gradients]

VERSIONS = pytest.mark.parametrize("version", [manual.gradients, manual.gradients_by_weight])


@VERSIONS
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_one_linear_neuron(version: Gradients, reduction: str) -> None:
    w, b, x, y = np.array([[1.0]]), np.array([0.0]), [[2.1]], [[4.0]]
    settings = {"activation": "identity", "loss": "mse_loss", "reduction": reduction}
    assert manual.forward([w], [b], x, activation="identity").output.item() == 2.1
    loss, (dE_dw,), (dE_db,) = version([w], [b], x, y, **settings)
    (dE_dy,) = manual.deltas([w], [b], x, y, **settings)  # δ = ∂E/∂ŷ for a linear unit
    assert loss == pytest.approx(3.61, rel=1e-14)
    assert dE_dy.item() == pytest.approx(-3.8, rel=1e-14)
    assert dE_dw.item() == pytest.approx(-7.98, rel=1e-14)
    assert dE_db.item() == pytest.approx(-3.8, rel=1e-14)
    w, b = w - 0.01 * dE_dw, b - 0.01 * dE_db
    assert w.item() == pytest.approx(1.0798, rel=1e-14)
    assert b.item() == pytest.approx(0.038, rel=1e-14)
    assert version([w], [b], x, y, **settings).loss == pytest.approx(2.87, abs=0.005)


XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([[0.0], [1.0], [1.0], [0.0]])


def xor_start() -> tuple[Array, Array]:
    rng = np.random.default_rng(42)
    W1 = rng.standard_normal((2, 4)) * 0.1
    return W1, rng.standard_normal((4, 1)) * 0.1


def xor_in_plain_numpy(slope_at_zero: float, epochs: int) -> Iterator[Array]:
    """Train 2-4-1 in ten lines that use nothing of the package; yield ŷ of each forward pass."""
    W1, W2 = xor_start()
    b1, b2 = np.zeros(4), np.zeros(1)
    for _ in range(epochs):
        z1 = XOR_X @ W1 + b1
        a1 = np.maximum(z1, 0.01 * z1)
        y = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
        yield y
        delta2 = (y - XOR_Y) / 4
        delta1 = delta2 @ W2.T * np.select([z1 > 0, z1 < 0], [1.0, 0.01], slope_at_zero)
        W2, b2 = W2 - 0.1 * a1.T @ delta2, b2 - 0.1 * delta2.sum(axis=0)
        W1, b1 = W1 - 0.1 * XOR_X.T @ delta1, b1 - 0.1 * delta1.sum(axis=0)


def xor_by_manual(activation: str | manual.Activation, epochs: int) -> Iterator[Array]:
    """Train the same network with the package's gradients; yield ŷ of each forward pass."""
    W1, W2 = xor_start()
    weights, biases = [W1.T, W2.T], [np.zeros(4), np.zeros(1)]
    for _ in range(epochs):
        functions: dict[str, Any] = {"activation": activation, "output_activation": "sigmoid"}
        yield manual.forward(weights, biases, XOR_X, **functions).output
        _, dW, db = manual.gradients(
            weights, biases, XOR_X, XOR_Y, loss="binary_cross_entropy", **functions
        )
        weights = [W - 0.1 * g for W, g in zip(weights, dW, strict=True)]
        biases = [b - 0.1 * g for b, g in zip(biases, db, strict=True)]


def test_xor_trajectory_reaches_the_published_figures() -> None:
    """Compare ŷ and loss of the forward pass before the 5,000th update with the published figures.

    With zero biases the sample (0, 0) starts exactly on the kink of all four hidden units. The
    figures take leaky_relu'(0) = 1 there; that touches the first epoch's bias gradient only, but
    decides the fourth digit 5,000 epochs later. The 1e-8 is in the logarithms of the reported
    loss, not of the one that is differentiated.
    """
    by_manual = xor_by_manual("leaky_relu", epochs=5000)
    for y, expected in zip(by_manual, xor_in_plain_numpy(1.0, epochs=5000), strict=True):
        np.testing.assert_allclose(y, expected, rtol=0, atol=1e-9)
    # Half a unit of each figure's last digit, except for the third: the figure is 0.998534, but the
    # trajectory passes through 0.99853337, in 80-bit arithmetic too.
    assert y[0, 0] == pytest.approx(7.8652e-4, abs=0.5e-8)
    assert y[1, 0] == pytest.approx(0.998427, abs=0.5e-6)
    assert y[2, 0] == pytest.approx(0.998534, abs=1.0e-6)
    assert y[3, 0] == pytest.approx(0.0127134, abs=0.5e-7)
    loss = -np.mean(XOR_Y * np.log(y + 1e-8) + (1 - XOR_Y) * np.log(1 - y + 1e-8))
    assert loss == pytest.approx(0.00415587, abs=0.5e-8)


def test_xor_trajectory_with_another_slope_at_zero() -> None:
    as_in_pytorch = manual.Activation(
        "leaky_relu with slope 0.01 at 0",
        lambda z: np.where(z > 0, z, 0.01 * z),
        lambda z: np.where(z > 0, 1.0, 0.01),
    )
    by_manual = xor_by_manual(as_in_pytorch, epochs=1000)
    for y, expected in zip(by_manual, xor_in_plain_numpy(0.01, epochs=1000), strict=True):
        np.testing.assert_allclose(y, expected, rtol=0, atol=1e-9)
