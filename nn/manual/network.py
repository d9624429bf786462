"""The multilayer perceptron itself: its shapes, and the forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy.typing as npt

from nn.manual.activations import Activation, FloatArray, named_activation
from nn.manual.arrays import real_array, real_matrix


class ForwardPass(NamedTuple):
    """Everything that a forward pass computes and the backward pass needs.

    Attributes:
        pre_activations: z_1 to z_L, `z_l = a_{l−1} W_lᵀ + b_l`, shapes `(samples, n_out)`.
        activations: a_0 to a_L, where a_0 is the input `X` and `a_l = f(z_l)`; one more than
            `pre_activations`.
    """

    pre_activations: list[FloatArray]
    activations: list[FloatArray]

    @property
    def output(self) -> FloatArray:
        """The output layer's activations a_L, shape `(samples, n_out)`."""
        return self.activations[-1]


class Gradients(NamedTuple):
    """A loss with its derivative by every parameter.

    Attributes:
        loss: The reduced loss.
        weights: ∂loss/∂W_l per layer, each of the shape of `weights[l]`.
        biases: ∂loss/∂b_l per layer, each of the shape of `biases[l]`.
    """

    loss: float
    weights: list[FloatArray]
    biases: list[FloatArray]


class Network(NamedTuple):
    """Parameters and inputs that have been checked to fit each other."""

    weights: list[FloatArray]
    biases: list[FloatArray]
    X: FloatArray


def checked_network(
    weights: Sequence[npt.ArrayLike], biases: Sequence[npt.ArrayLike], X: npt.ArrayLike
) -> Network:
    """Return parameters and inputs as float arrays.

    Raises:
        ValueError: If there is no layer or no sample, or the shapes do not fit each other.
        TypeError: If they are not real numbers.
    """
    if len(weights) == 0 or len(weights) != len(biases):
        raise ValueError(
            "one weight matrix and one bias vector per layer are wanted, at least one layer; "
            f"got {len(weights)} and {len(biases)}"
        )
    inputs = real_matrix(X, "X", "(samples, n_in)")
    n_in, source = inputs.shape[1], "X has"
    checked_weights, checked_biases = [], []
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        W = real_matrix(weight, f"weights[{layer}]", "(n_out, n_in)")
        b = real_array(bias, f"biases[{layer}]").astype(float)
        if W.shape[1] != n_in:
            hint = f"; is it weights[{layer}].T that is meant?" if W.shape[0] == n_in else ""
            raise ValueError(
                f"weights[{layer}] has shape {W.shape}, but {source} {n_in} columns: "
                f"(n_out, {n_in}) is wanted{hint}"
            )
        if b.shape != (W.shape[0],):
            raise ValueError(
                f"biases[{layer}] has shape {b.shape}, but weights[{layer}] has {W.shape[0]} rows: "
                f"({W.shape[0]},) is wanted"
            )
        checked_weights.append(W)
        checked_biases.append(b)
        n_in, source = W.shape[0], f"the activations of layer {layer} have"
    return Network(checked_weights, checked_biases, inputs)


def propagate(network: Network, hidden: Activation, output: Activation) -> ForwardPass:
    """Run the forward pass of a checked network."""
    functions = [hidden] * (len(network.weights) - 1) + [output]
    passed = ForwardPass([], [network.X])
    for W, b, f in zip(network.weights, network.biases, functions, strict=True):
        z = passed.output @ W.T + b
        passed.pre_activations.append(z)
        passed.activations.append(f.value(z))
    return passed


def forward(
    weights: Sequence[npt.ArrayLike],
    biases: Sequence[npt.ArrayLike],
    X: npt.ArrayLike,
    *,
    activation: str | Activation,
    output_activation: str | Activation = "identity",
) -> ForwardPass:
    """Run a batch through the network and keep every layer's pre-activations and activations.

    Args:
        weights: W_1 to W_L, shapes `(n_out, n_in)`.
        biases: b_1 to b_L, shapes `(n_out,)`.
        X: The inputs, one row per sample, shape `(samples, n_in)`.
        activation: Of the hidden layers: a name in `ACTIVATIONS`, or an `Activation`.
        output_activation: Of the last layer, likewise.

    Raises:
        ValueError: For an unknown activation, shapes that do not fit, no layer or an empty batch.
        TypeError: For parameters or inputs that are not real numbers.
    """
    network = checked_network(weights, biases, X)
    return propagate(network, named_activation(activation), named_activation(output_activation))
