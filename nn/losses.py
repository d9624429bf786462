"""Loss functions: PyTorch's names and meaning, where PyTorch has the function.

``input`` is what a model put out and ``target`` what was wanted: numbers, Values, or nested
sequences or arrays of them, both of the same shape. ``reduction`` is "mean" over all elements,
"sum" of them, or "none" for an array of one loss for each element. Of Values a loss is a Value, of
plain numbers a float.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from nn.arrays import ValueArray, as_numbers, as_objects

_SMALLEST = math.exp(-100.0)


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The squared error (input − target)².

    Raises:
        ValueError: the shapes differ or are empty, or the reduction is unknown.
    """
    return _elementwise("mse_loss", _squared_error, input, target, reduction)


def half_squared_error(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Half the squared error, ½(target − input)², whose derivative is input − target.

    The textbooks' form; Rumelhart, Hinton & Williams 1986 (eq. 3) take its sum over all outputs
    and cases: ``reduction="sum"``.

    Raises:
        ValueError: the shapes differ or are empty, or the reduction is unknown.
    """
    return _elementwise("half_squared_error", _half_squared_error, input, target, reduction)


def binary_cross_entropy(input: Any, target: Any, reduction: str = "mean") -> Any:
    """−t log p − (1 − t) log(1 − p), for a probability p and a target t from 0 to 1.

    The logarithms stop at −100, as in PyTorch, so that the loss is finite for p = 0 and 1. The
    gradient is that of this very function, also for p closer to 0 or 1 than 1e−12, where PyTorch
    limits it. From a sigmoid, ``binary_cross_entropy_with_logits`` is more accurate.

    Raises:
        ValueError: an input or target is not from 0 to 1, the shapes differ or are empty, or the
            reduction is unknown.
    """
    return _elementwise("binary_cross_entropy", _binary_cross_entropy, input, target, reduction)


def binary_cross_entropy_with_logits(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Binary cross-entropy of p = sigmoid(z), from the logit z.

    It is t softplus(−z) + (1 − t) softplus(z): neither term overflows or cancels the other, so that
    the tiny losses of well-learned samples keep their digits too. Its derivative is sigmoid(z) − t.

    Raises:
        ValueError: a target is not from 0 to 1, the shapes differ or are empty, or the reduction
            is unknown.
    """
    name = "binary_cross_entropy_with_logits"
    return _elementwise(name, _binary_cross_entropy_with_logits, input, target, reduction)


def hinge_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """max(0, 1 − t s), for a score s and a target t of −1 or 1; at the margin the slope is 0.

    Raises:
        ValueError: a target is neither −1 nor 1, the shapes differ or are empty, or the reduction
            is unknown.
    """
    return _elementwise("hinge_loss", _hinge, input, target, reduction)


def cross_entropy(input: Any, target: Any, reduction: str = "mean") -> Any:
    """−log softmax(z)[class] = logsumexp(z) − z[class], for logits z and a class index.

    Args:
        input: the logits of one sample, shape (classes,), or of several, (samples, classes).
        target: the class of one sample, an int from 0, or of each sample, shape (samples,).
        reduction: "mean" over the samples, "sum", or "none" for an array of one loss for each.

    Raises:
        ValueError: the shapes do not fit or are empty, a class is out of range, or the reduction
            is unknown.
        TypeError: classes are not ints.
    """
    logits = as_objects(input, "cross_entropy: input")
    classes = _classes(target)
    if logits.ndim not in (1, 2) or logits.size == 0 or classes.shape != logits.shape[:-1]:
        raise ValueError(
            "cross_entropy wants logits of shape (classes,) or (samples, classes) and one class "
            f"index for each sample, got input of shape {logits.shape} and target of shape "
            f"{classes.shape}"
        )
    losses = np.empty(classes.shape, dtype=object)
    for index, label in np.ndenumerate(classes):
        row = logits[index]
        # In this order the classes' conditions are kept for a short time only.
        total = autograd.logsumexp(row)
        losses[index] = total - _entry(row, label)
    return _reduce(losses, reduction)


def _classes(target: Any) -> Any:
    """Return class indices as an array of ints, or of objects if they are not known yet."""
    given = as_objects(target, "cross_entropy: target")
    if any(_is_recorded(label) for label in given.flat):
        return given
    classes = as_numbers(target, "cross_entropy: target")
    if classes.dtype.kind not in "iu":
        raise TypeError(
            f"cross_entropy wants class indices that are ints, got {classes.dtype}; "
            "target.astype(int) makes them so"
        )
    return classes


def _entry(row: ValueArray, label: Any) -> Any:
    if _is_recorded(label):
        chosen = 0.0
        for k, z in enumerate(row):
            chosen = chosen + autograd.where(label == k, z, 0.0)
        valid = (label >= 0.0) & (label < len(row)) & (autograd.floor(label) == label)
        return _where_valid(valid, chosen)
    if not 0 <= label < len(row):
        raise ValueError(f"cross_entropy: class {label}, wanted is 0 to {len(row) - 1}")
    return row[label]


#: The losses known by name.
LOSSES: dict[str, Callable[..., Any]] = {
    loss.__name__: loss
    for loss in (
        mse_loss,
        half_squared_error,
        binary_cross_entropy,
        binary_cross_entropy_with_logits,
        cross_entropy,
        hinge_loss,
    )
}


def loss_function(loss: str | Callable[..., Any]) -> Callable[..., Any]:
    """Return the loss of that name; a function is returned as it is.

    Raises:
        ValueError: no loss has that name.
        TypeError: it is neither a name nor a function.
    """
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise ValueError(f"unknown loss {loss!r}; known are {', '.join(LOSSES)}")
        return LOSSES[loss]
    if not callable(loss):
        raise TypeError(f"a loss is a name or a function (outputs, targets), not {loss!r}")
    return loss


# One element
# -----------


def _squared_error(o: Any, t: Any) -> Any:
    return autograd.square(o - t)


def _half_squared_error(o: Any, t: Any) -> Any:
    return 0.5 * autograd.square(t - o)


def _binary_cross_entropy(p: Any, t: Any) -> Any:
    valid = _is_probability(p, "binary_cross_entropy: an input")
    valid = valid & _is_probability(t, "binary_cross_entropy: a target")
    return _where_valid(valid, -(t * _clamped_log(p) + (1.0 - t) * _clamped_log(1.0 - p)))


def _clamped_log(p: Any) -> Any:
    return autograd.log(autograd.maximum(p, _SMALLEST))


def _binary_cross_entropy_with_logits(z: Any, t: Any) -> Any:
    valid = _is_probability(t, "binary_cross_entropy_with_logits: a target")
    return _where_valid(valid, t * autograd.softplus(-z) + (1.0 - t) * autograd.softplus(z))


def _hinge(s: Any, t: Any) -> Any:
    valid = (t == 1.0) | (t == -1.0)
    if _is_plain(valid) and not valid:
        raise ValueError(f"hinge_loss: a target is {float(t)}, wanted is -1 or 1")
    return _where_valid(valid, autograd.relu(1.0 - t * s))


def _is_probability(p: Any, what: str) -> Any:
    valid = (p >= 0.0) & (p <= 1.0)
    if _is_plain(valid) and not valid:
        raise ValueError(f"{what} is {float(p)}, wanted is a number from 0 to 1")
    return valid


def _where_valid(valid: Any, loss: Any) -> Any:
    """Return the loss, or nan where a recorded number, not known yet, turns out to be invalid."""
    return loss if _is_plain(valid) else autograd.where(valid, loss, math.nan)


def _is_recorded(x: Any) -> bool:
    """Whether a number is recorded by ``autograd.compile``: its comparisons are recorded, too."""
    return not _is_plain(x == x)


def _is_plain(condition: Any) -> bool:
    return isinstance(condition, (bool, np.bool_))


# All elements
# ------------


def _elementwise(
    name: str, loss: Callable[[Any, Any], Any], input: Any, target: Any, reduction: str
) -> Any:
    outputs = as_objects(input, f"{name}: input")
    targets = as_objects(target, f"{name}: target")
    if outputs.shape != targets.shape:
        raise ValueError(
            f"{name} wants input and target of the same shape, got {outputs.shape} and "
            f"{targets.shape}"
        )
    losses = np.empty(outputs.shape, dtype=object)
    for index, output in np.ndenumerate(outputs):
        losses[index] = loss(output, targets[index])
    return _reduce(losses, reduction)


def _reduce(losses: ValueArray, reduction: str) -> Any:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"unknown reduction {reduction!r}; known are mean, sum, none")
    if losses.size == 0:
        raise ValueError("the loss of no samples is not defined")
    if losses.ndim == 0:
        return losses[()]
    if reduction == "none":
        plain = all(isinstance(x, (float, int)) for x in losses.flat)
        return losses.astype(float) if plain else losses
    return autograd.mean(losses) if reduction == "mean" else autograd.sum(losses)
