"""Backpropagation of whole batches: the δ recursion.

δ_l = ∂loss/∂z_l is what the pre-activations z_l of layer l contribute to the loss. It is known at
the output and handed down from layer to layer; for one sample, as a column vector,

    δ_L = ∂loss/∂a_L ⊙ f'(z_L)
    δ_l = (W_{l+1}ᵀ δ_{l+1}) ⊙ f'(z_l)
    ∂loss/∂W_l = δ_l a_{l−1}ᵀ
    ∂loss/∂b_l = δ_l

A batch has its samples in rows, so each product appears transposed below, and multiplying the δ of
all samples with the activations of all samples also adds the samples' gradients up. Derived for
example by Nielsen, "Neural Networks and Deep Learning" (2015), chapter 2, equations BP1 to BP4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy.typing as npt

from nn.manual.activations import ACTIVATIONS, Activation, FloatArray, named_activation
from nn.manual.losses import LOSSES, checked_targets, named_loss, reduction_divisor
from nn.manual.network import ForwardPass, Gradients, Network, checked_network, propagate


def _output_layer(
    passed: ForwardPass,
    targets: npt.ArrayLike,
    output_activation: Activation,
    loss: str,
    reduction: str,
) -> tuple[float, FloatArray]:
    """Return the loss and δ_L."""
    z, a, f = passed.pre_activations[-1], passed.output, output_activation
    known = named_loss(loss)
    t = checked_targets(known, a, targets)
    if known.name == "binary_cross_entropy" and f is ACTIVATIONS["sigmoid"]:
        # (a − t)/(a(1 − a)) · a(1 − a): the slope of the sigmoid cancels. Both lines are exact for
        # every z, also where a has rounded to 0 or 1 and log(a) or log(1 − a) is lost.
        values = LOSSES["binary_cross_entropy_with_logits"].value(z, t)
        delta = a - t
    else:
        values = known.value(a, t)
        delta = known.gradient(a, t) * f.derivative(z)
    divisor = reduction_divisor(reduction, values.size)
    return float(values.sum()) / divisor, delta / divisor


def _backpropagate(
    weights: Sequence[FloatArray],
    passed: ForwardPass,
    output_delta: FloatArray,
    activation: Activation,
) -> list[FloatArray]:
    """Return δ_1 to δ_L, given δ_L."""
    recursion = [output_delta]
    hidden = zip(weights[1:], passed.pre_activations[:-1], strict=True)
    for W_above, z in reversed(list(hidden)):
        recursion.append((recursion[-1] @ W_above) * activation.derivative(z))
    return recursion[::-1]


def _both_passes(
    network: Network,
    targets: npt.ArrayLike,
    activation: str | Activation,
    output_activation: str | Activation,
    loss: str,
    reduction: str,
) -> tuple[float, ForwardPass, list[FloatArray]]:
    """Return the loss, the forward pass, and δ_1 to δ_L."""
    f, f_out = named_activation(activation), named_activation(output_activation)
    passed = propagate(network, f, f_out)
    value, output_delta = _output_layer(passed, targets, f_out, loss, reduction)
    return value, passed, _backpropagate(network.weights, passed, output_delta, f)


def deltas(
    weights: Sequence[npt.ArrayLike],
    biases: Sequence[npt.ArrayLike],
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    *,
    activation: str | Activation,
    output_activation: str | Activation = "identity",
    loss: str,
    reduction: str = "mean",
) -> list[FloatArray]:
    """Compute δ_l = ∂loss/∂z_l for every layer: a list of arrays of shape `(samples, n_out)`.

    The arguments, and what is raised, are those of `gradients`. The last entry is the textbook's
    output error: for a sigmoid with binary cross-entropy (ŷ − y)/n, for logits with cross-entropy
    (softmax − onehot)/n.
    """
    network = checked_network(weights, biases, X)
    return _both_passes(network, Y, activation, output_activation, loss, reduction)[2]


def gradients(
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
    """Compute the loss of a batch and its gradient by every weight and bias, by the δ recursion.

    For a sigmoid output with `binary_cross_entropy`, loss and gradient are those of the exact
    binary cross-entropy, computed from z_L; PyTorch's stops, described at `LOSSES`, then play no
    part.

    Args:
        weights: W_1 to W_L, shapes `(n_out, n_in)`.
        biases: b_1 to b_L, shapes `(n_out,)`.
        X: The inputs, one row per sample, shape `(samples, n_in)`.
        Y: The targets, shape `(samples, n_out)`, or for `cross_entropy` class indices of shape
            `(samples,)`.
        activation: Of the hidden layers: a name in `ACTIVATIONS`, or an `Activation`.
        output_activation: Of the last layer, likewise.
        loss: A name in `LOSSES`.
        reduction: "mean" over all values (for `cross_entropy` over the samples) or "sum".

    Raises:
        ValueError: For an unknown name, shapes that do not fit, no layer, an empty batch, a class
            index out of range, or outputs or targets for which the loss is not defined.
        TypeError: For parameters, inputs or targets that are not real numbers.
    """
    network = checked_network(weights, biases, X)
    value, passed, recursion = _both_passes(
        network, Y, activation, output_activation, loss, reduction
    )
    below = passed.activations[:-1]
    return Gradients(
        loss=value,
        weights=[delta.T @ a for delta, a in zip(recursion, below, strict=True)],
        biases=[delta.sum(axis=0) for delta in recursion],
    )
