"""Loss functions with their derivatives by the outputs, on NumPy arrays.

Names, arguments and reductions mean what they mean in PyTorch. The outputs have shape
`(samples, n_out)`; so have the targets, except class indices, which have shape `(samples,)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from nn.manual.activations import ACTIVATIONS, FloatArray
from nn.manual.arrays import real_array, real_matrix

Targets = npt.NDArray[Any]


@dataclass(frozen=True)
class Loss:
    """A loss before reduction.

    Attributes:
        name: Its name in `LOSSES`.
        value: (outputs, targets) to the values: one per output, or one per sample for
            `cross_entropy`.
        gradient: (outputs, targets) to the derivative of the *sum* of the values by each output.
        check: (outputs, targets) to nothing; raises if the loss is not defined for them.
    """

    name: str
    value: Callable[[FloatArray, Targets], FloatArray]
    gradient: Callable[[FloatArray, Targets], FloatArray]
    check: Callable[[FloatArray, Targets], None]


def _binary_cross_entropy(p: FloatArray, t: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):  # log(0) = −inf is what the clamp is for
        log_p = np.maximum(np.log(p), -100.0)
        log_not_p = np.maximum(np.log1p(-p), -100.0)
    return -(t * log_p + (1.0 - t) * log_not_p)


def _binary_cross_entropy_gradient(p: FloatArray, t: FloatArray) -> FloatArray:
    return (p - t) / np.maximum(p * (1.0 - p), 1e-12)


def _binary_cross_entropy_with_logits(z: FloatArray, t: FloatArray) -> FloatArray:
    # −t log σ(z) − (1 − t) log(1 − σ(z)) = softplus(z) − t z, where
    # softplus(z) = log(1 + e^z) = max(z, 0) + log(1 + e^−|z|) cannot overflow.
    return np.maximum(z, 0.0) - t * z + np.log1p(np.exp(-np.abs(z)))


def _binary_cross_entropy_with_logits_gradient(z: FloatArray, t: FloatArray) -> FloatArray:
    return ACTIVATIONS["sigmoid"].value(z) - t


def _below_largest(logits: FloatArray) -> FloatArray:
    """Return each sample's logits less their largest, so that no exponential overflows."""
    with np.errstate(over="ignore"):  # a distance beyond the largest float: exp(−inf) = 0 is right
        below: FloatArray = logits - logits.max(axis=1, keepdims=True)
    return below


def _cross_entropy(logits: FloatArray, classes: Targets) -> FloatArray:
    shifted = _below_largest(logits)
    at_class: FloatArray = shifted[np.arange(len(classes)), classes]
    total: FloatArray = np.exp(shifted).sum(axis=1)
    return np.log(total) - at_class


def _cross_entropy_gradient(logits: FloatArray, classes: Targets) -> FloatArray:
    exponentials = np.exp(_below_largest(logits))
    softmax: FloatArray = exponentials / exponentials.sum(axis=1, keepdims=True)
    one_hot = np.eye(logits.shape[1])[classes]
    return softmax - one_hot


def _hinge(s: FloatArray, t: FloatArray) -> FloatArray:
    return np.maximum(0.0, 1.0 - t * s)


def _hinge_gradient(s: FloatArray, t: FloatArray) -> FloatArray:
    return np.where(t * s < 1.0, -t, 0.0)


def _check_same_shape(outputs: FloatArray, targets: Targets) -> None:
    if targets.shape != outputs.shape:
        hint = "; targets.reshape(-1, 1) makes a column" if targets.ndim == 1 else ""
        raise ValueError(
            f"the targets have shape {targets.shape}, the outputs {outputs.shape}: one target per "
            f"output is wanted{hint}"
        )


def _check_targets_are_probabilities(outputs: FloatArray, targets: Targets) -> None:
    _check_same_shape(outputs, targets)
    outside = targets[~((targets >= 0.0) & (targets <= 1.0))]
    if outside.size:
        raise ValueError(f"binary cross-entropy wants targets from 0 to 1, got {outside[0]}")


def _check_all_are_probabilities(outputs: FloatArray, targets: Targets) -> None:
    _check_targets_are_probabilities(outputs, targets)
    outside = outputs[~((outputs >= 0.0) & (outputs <= 1.0))]
    if outside.size:
        raise ValueError(
            f"binary_cross_entropy wants outputs from 0 to 1, got {outside[0]}: take "
            "output_activation='sigmoid', or for logits loss='binary_cross_entropy_with_logits'"
        )


def _check_signs(outputs: FloatArray, targets: Targets) -> None:
    _check_same_shape(outputs, targets)
    others = targets[np.abs(targets) != 1.0]
    if others.size:
        raise ValueError(f"hinge_loss wants targets −1 or +1, got {others[0]}")


def _check_classes(outputs: FloatArray, classes: Targets) -> None:
    samples, n_out = outputs.shape
    if classes.shape != (samples,):
        raise ValueError(
            f"the targets have shape {classes.shape}: cross_entropy wants one class index per "
            f"sample, shape ({samples},)"
        )
    if classes.dtype.kind not in "iu":
        raise TypeError(f"cross_entropy wants class indices as integers, got {classes.dtype}")
    for sample, index in enumerate(classes.tolist()):
        if not 0 <= index < n_out:
            raise ValueError(
                f"class index {index} of sample {sample} is out of range: {n_out} outputs are "
                f"classes 0 to {n_out - 1}"
            )


_KNOWN = [
    Loss("mse_loss", lambda o, t: (t - o) ** 2, lambda o, t: 2.0 * (o - t), _check_same_shape),
    Loss(
        "half_squared_error",
        lambda o, t: 0.5 * (t - o) ** 2,
        lambda o, t: o - t,
        _check_same_shape,
    ),
    Loss(
        "binary_cross_entropy",
        _binary_cross_entropy,
        _binary_cross_entropy_gradient,
        _check_all_are_probabilities,
    ),
    Loss(
        "binary_cross_entropy_with_logits",
        _binary_cross_entropy_with_logits,
        _binary_cross_entropy_with_logits_gradient,
        _check_targets_are_probabilities,
    ),
    Loss("cross_entropy", _cross_entropy, _cross_entropy_gradient, _check_classes),
    Loss("hinge_loss", _hinge, _hinge_gradient, _check_signs),
]

LOSSES: dict[str, Loss] = {loss.name: loss for loss in _KNOWN}
"""The losses known by name, for an output o and a target t.

- `mse_loss`: (t − o)².
- `half_squared_error`: ½(t − o)², whose derivative is plainly o − t.
- `binary_cross_entropy`: −t log o − (1 − t) log(1 − o) of a probability o. As in PyTorch, the
  logarithms stop at −100 and the denominator of the derivative (o − t) / (o(1 − o)) at 1e−12.
- `binary_cross_entropy_with_logits`: the same of o = σ(z), from z: exact for every z.
- `cross_entropy`: −log softmax(z)[class], for logits z and a class index; one value per sample.
- `hinge_loss`: max(0, 1 − t·o) for t = ±1; the derivative at the margin t·o = 1 is 0.
"""


def named_loss(loss: str) -> Loss:
    """Return the loss of that name.

    Raises:
        ValueError: If no loss has that name.
        TypeError: If it is not a name.
    """
    if not isinstance(loss, str):
        raise TypeError(f"a loss is one of the names {', '.join(LOSSES)}, not {loss!r}")
    if loss not in LOSSES:
        raise ValueError(f"unknown loss {loss!r}; known are {', '.join(LOSSES)}")
    return LOSSES[loss]


def checked_targets(loss: Loss, outputs: FloatArray, targets: npt.ArrayLike) -> Targets:
    """Return the targets as an array (integers for class indices, otherwise floats).

    Raises:
        ValueError: If their shape or a value does not suit the loss or the outputs.
        TypeError: If they are not real numbers, or class indices are not integers.
    """
    array = real_array(targets, "the targets")
    if loss.name != "cross_entropy":
        array = array.astype(np.float64)
    loss.check(outputs, array)
    return array


def reduction_divisor(reduction: str, values: int) -> int:
    """Return what the sum of so many values, and its gradient, is divided by.

    Raises:
        ValueError: If the reduction is neither "mean" nor "sum".
    """
    if reduction == "mean":
        return values
    if reduction == "sum":
        return 1
    raise ValueError(f"unknown reduction {reduction!r} to one number; known are mean, sum")


@overload
def loss_value(
    outputs: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    loss: str,
    reduction: Literal["mean", "sum"] = "mean",
) -> float: ...
@overload
def loss_value(
    outputs: npt.ArrayLike, targets: npt.ArrayLike, *, loss: str, reduction: Literal["none"]
) -> FloatArray: ...
@overload
def loss_value(
    outputs: npt.ArrayLike, targets: npt.ArrayLike, *, loss: str, reduction: str
) -> float | FloatArray: ...


def loss_value(
    outputs: npt.ArrayLike, targets: npt.ArrayLike, *, loss: str, reduction: str = "mean"
) -> float | FloatArray:
    """Compute a loss of a network's outputs.

    Args:
        outputs: What the network put out, shape `(samples, n_out)`.
        targets: What was wanted: the same shape, or for `cross_entropy` integers of shape
            `(samples,)`.
        loss: A name in `LOSSES`.
        reduction: "mean" over all values (for `cross_entropy` over the samples), "sum", or "none"
            for the array of values: one per output, or one per sample for `cross_entropy`.

    Raises:
        ValueError: For an unknown loss or reduction, shapes that do not fit, an empty batch, or
            values for which the loss is not defined.
        TypeError: For outputs or targets that are not real numbers.
    """
    known = named_loss(loss)
    o = real_matrix(outputs, "the outputs", "(samples, n_out)")
    values = known.value(o, checked_targets(known, o, targets))
    if reduction == "none":
        return values
    return float(values.sum()) / reduction_divisor(reduction, values.size)
