"""Activation functions a = f(z) with their derivatives f'(z), elementwise on NumPy arrays.

Every formula takes only exponentials of −|z|, so none overflows and none loses its digits where
the function saturates, whatever finite z is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Activation:
    """An activation function and its derivative, both elementwise in the pre-activation z.

    The entries of `ACTIVATIONS` are used by name. One of your own is passed as an object, to
    `gradients` and `gradients_by_weight` alike:

        Activation("sin", np.sin, np.cos)

    Attributes:
        name: What error messages call it.
        value: f; an array in, an array of the same shape out.
        derivative: f'; likewise.
    """

    name: str
    value: Callable[[FloatArray], FloatArray]
    derivative: Callable[[FloatArray], FloatArray]


def _sigmoid(z: FloatArray) -> FloatArray:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0.0, 1.0, e) / (1.0 + e)


def _sigmoid_derivative(z: FloatArray) -> FloatArray:
    # a(1 − a) = σ(z) σ(−z), written so that 1 − a keeps its digits when a rounds to 1.
    e = np.exp(-np.abs(z))
    return e / ((1.0 + e) * (1.0 + e))


def _tanh_derivative(z: FloatArray) -> FloatArray:
    # 1 − a² = sech²(z), again without the cancellation.
    e = np.exp(-np.abs(z))
    sech = 2.0 * e / (1.0 + e * e)
    return sech * sech


def _relu(z: FloatArray) -> FloatArray:
    return np.maximum(z, 0.0)


def _relu_derivative(z: FloatArray) -> FloatArray:
    return np.where(z > 0.0, 1.0, 0.0)


def _leaky_relu(z: FloatArray) -> FloatArray:
    return np.where(z > 0.0, z, 0.01 * z)


def _leaky_relu_derivative(z: FloatArray) -> FloatArray:
    return np.where(z >= 0.0, 1.0, 0.01)


_KNOWN = [
    Activation("identity", lambda z: z.copy(), np.ones_like),
    Activation("sigmoid", _sigmoid, _sigmoid_derivative),
    Activation("tanh", np.tanh, _tanh_derivative),
    Activation("relu", _relu, _relu_derivative),
    Activation("leaky_relu", _leaky_relu, _leaky_relu_derivative),
]

ACTIVATIONS: dict[str, Activation] = {activation.name: activation for activation in _KNOWN}
"""The activations known by name.

`identity` is the linear unit; `leaky_relu` has slope 0.01 for z < 0. At the kink z = 0, which
training from zero biases does meet, relu'(0) = 0 and leaky_relu'(0) = 1. (JAX has the same two;
PyTorch's leaky_relu takes the slope of the negative side there.)
"""


def named_activation(activation: str | Activation) -> Activation:
    """Return the activation of that name; an `Activation` is returned as it is.

    Raises:
        ValueError: If no activation has that name.
        TypeError: If it is neither a name nor an `Activation`.
    """
    if isinstance(activation, Activation):
        return activation
    if not isinstance(activation, str):
        raise TypeError(
            f"an activation is one of the names {', '.join(ACTIVATIONS)} or an Activation, "
            f"not {activation!r}"
        )
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"unknown activation {activation!r}; known are {', '.join(ACTIVATIONS)} "
            "(pass an Activation for any other)"
        )
    return ACTIVATIONS[activation]
