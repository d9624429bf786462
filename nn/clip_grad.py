"""Limiting gradients before an optimizer's step, with PyTorch's names and meaning."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from autograd import Value
from nn.arrays import FloatArray
from nn.parameters import check_option, gradients_of, parameter_list, set_gradients


def clip_grad_norm_(
    parameters: Value | Iterable[Value],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    """Scale all gradients by one factor so that their norm is at most ``max_norm``.

    As in PyTorch, the factor is max_norm / (norm + 1e−6), if that is below 1.

    Args:
        parameters: a Value or an iterable of Values.
        max_norm: the largest norm allowed.
        norm_type: p of the p-norm, ``math.inf`` for the largest absolute value.
        error_if_nonfinite: whether a norm that is inf or nan is an error. If not, the gradients
            become 0 or nan, as in PyTorch.

    Returns:
        The norm before scaling.

    Raises:
        ValueError: ``max_norm`` is negative or ``norm_type`` not positive.
        RuntimeError: the norm is not finite and ``error_if_nonfinite`` is set.
    """
    listed = parameter_list(parameters)
    gradients = gradients_of(listed)
    norm, factor = clipping(gradients, max_norm, norm_type)
    if error_if_nonfinite and not math.isfinite(norm):
        raise RuntimeError(
            f"the norm of the gradients is {norm}; with error_if_nonfinite=False they are "
            "scaled all the same"
        )
    if factor != 1.0:
        with np.errstate(invalid="ignore"):  # an infinite gradient times 0
            set_gradients(listed, gradients * factor)
    return norm


def clipping(gradients: FloatArray, max_norm: float, norm_type: float = 2.0) -> tuple[float, float]:
    """Return the norm of gradients, and the factor that ``clip_grad_norm_`` scales them by.

    Raises:
        ValueError: ``max_norm`` is negative or ``norm_type`` not positive.
    """
    check_option("max_norm", max_norm)
    norm = _norm(gradients.tolist(), norm_type)
    factor = max_norm / (norm + 1e-6)
    return norm, 1.0 if factor >= 1.0 else factor


def clip_grad_value_(parameters: Value | Iterable[Value], clip_value: float) -> None:
    """Limit each gradient to [−clip_value, clip_value].

    Raises:
        ValueError: ``clip_value`` is negative.
    """
    check_option("clip_value", clip_value)
    listed = parameter_list(parameters)
    set_gradients(listed, gradients_of(listed).clip(-clip_value, clip_value))


def _norm(numbers: list[float], p: float) -> float:
    """Return (Σ |x|ᵖ)^(1/p), without overflow."""
    if not p > 0.0:
        raise ValueError(f"norm_type must be positive, got {p}")
    largest = max((abs(x) for x in numbers), default=0.0)
    if any(map(math.isnan, numbers)):
        return math.nan
    if p == math.inf or largest in (0.0, math.inf):
        return largest
    if p == 2.0:
        return math.hypot(*numbers)
    return float(largest * math.fsum([(abs(x) / largest) ** p for x in numbers]) ** (1.0 / p))
