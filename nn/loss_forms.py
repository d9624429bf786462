"""The forms in which a loss of batches is compiled: for a sample, for its classes, or in two parts.

A loss that is the mean or the sum of its samples' losses, with or without a penalty, is recorded
for one sample. Of any other loss two functions are made: the model for one sample, and the loss for
the outputs of a batch.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

import autograd
from autograd import Value
from nn.arrays import FloatArray, ValueArray
from nn.samples import constants
from nn.steps import LossFunction, aligned

#: What of the losses of single samples a batch's loss is; None if it is none of these. A penalty,
#: which does not depend on the samples, is part of each loss: a mean needs no word about it.
Reduction = Literal["mean", "sum", "penalized sum"] | None

#: The most different targets for each of which a loss is recorded, where it cannot be for all.
_MOST_CLASSES = 64


class Form(NamedTuple):
    """A loss compiled for samples and targets of certain shapes.

    Attributes:
        compiled: a function of the parameters, shape (n,), and of rows: of the samples' numbers,
            each followed by those of its target.
        reduction: what the function is over the rows. If None, the loss of the outputs is recorded
            for each size of batch.
        classes: the only targets that it knows, shape (classes, …), or None if it takes any.
    """

    compiled: Any
    reduction: Reduction
    classes: npt.NDArray[Any] | None

    def takes(self, targets: npt.NDArray[Any]) -> bool:
        """Whether it has been recorded for these targets."""
        known = self.classes
        return known is None or len(distinct(np.concatenate([known, targets]))) == len(known)


class PenalizedSum:
    """The sum of the samples' losses and one penalty, used like a compiled function."""

    def __init__(self, share: Callable[[Any, Any, Any], Any], options: dict[str, Any]) -> None:
        """Compile it.

        Args:
            share: what a row has of the sum, a function of parameters, row, and the share of a row
                in the penalty.
            options: those of ``autograd.compile``.
        """
        self._sum = autograd.compile(share, in_axes=(None, 0, None), reduce="sum", **options)
        self.report = self._sum.report

    def __call__(self, w: FloatArray, rows: FloatArray) -> float:
        """The loss."""
        loss: float = self._sum(w, rows, 1.0 / len(rows))
        return loss

    def value_and_grad(self, w: FloatArray, rows: FloatArray) -> tuple[float, FloatArray]:
        """The loss and its gradient, shape (n,)."""
        both: tuple[float, FloatArray] = self._sum.value_and_grad(w, rows, 1.0 / len(rows))
        return both

    def bind(self, w: FloatArray, rows: FloatArray) -> Any:
        """Tie loss and gradient to arrays: what is in them at the time of each call counts."""
        return self._sum.bind(w, rows, 1.0 / len(rows))

    @property
    def captured(self) -> list[Value]:
        """The leaf Values from outside that are read anew at each call."""
        captured: list[Value] = self._sum.captured
        return captured


def share_of_sum(loss: LossFunction, outputs: ValueArray, targets: ValueArray, share: Any) -> Any:
    """What one sample has of a sum with a penalty p.

    Its loss is l + p, and that of two like it 2l + p.
    """
    one = loss(outputs, targets)
    own = loss(np.concatenate([outputs] * 2), np.concatenate([targets] * 2)) - one
    return own + share * (one - own)


class LossOfOutputs:
    """The loss of a batch in two parts, used like a compiled function of parameters and rows.

    The model's outputs come first, compiled for one sample. The loss of them is recorded for the
    whole batch; how it changes with them is what goes back through the model.
    """

    def __init__(
        self,
        model: Callable[[Any, Any], Any],
        loss: Callable[[Any, Any, Any], Any],
        options: dict[str, Any],
    ) -> None:
        """Compile both.

        Args:
            model: gives the outputs for a row, a number or an array.
            loss: a function of parameters, outputs and rows.
            options: those of ``autograd.compile``.
        """
        self._model = autograd.compile(model, in_axes=(None, 0), **options)
        self._loss = autograd.compile(loss, argnums=(0, 1), **options)

    def __call__(self, w: FloatArray, rows: FloatArray) -> float:
        """The loss."""
        loss: float = self._loss(w, self._model(w, rows), rows)
        return loss

    def value_and_grad(self, w: FloatArray, rows: FloatArray) -> tuple[float, FloatArray]:
        """The loss and its gradient, shape (n,)."""
        outputs, pull_back = self._model.vjp(w, rows)
        loss, (by_parameters, by_outputs) = self._loss.value_and_grad(w, outputs, rows)
        return loss, by_parameters + pull_back(by_outputs)

    def bind(self, w: FloatArray, rows: FloatArray) -> Callable[[], tuple[float, FloatArray]]:
        """Tie loss and gradient to arrays: what is in them at the time of each call counts."""
        self.value_and_grad(w, rows)  # so that it is recorded
        return functools.partial(self.value_and_grad, w, rows)

    @property
    def captured(self) -> list[Value]:
        """The leaf Values from outside that are read anew at each call."""
        return [*self._model.captured, *self._loss.captured]

    def report(self) -> str:
        """What the compiler did."""
        return f"{self._model.report()}\n\n{self._loss.report()}"


# One class at a time
# -------------------


def distinct(targets: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The different ones among targets, shape (classes, …)."""
    return np.unique(targets, axis=0)


def classes_of(targets: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
    """The different targets, if there are only a few."""
    classes = distinct(targets)
    return classes if len(classes) <= _MOST_CLASSES else None


def loss_by_class(
    loss: LossFunction, outputs: ValueArray, targets: ValueArray, classes: npt.NDArray[Any]
) -> Any:
    """The loss of samples of one target, not known yet: computed for each that it may be.

    So the loss sees plain numbers, which it may use as indices or branch on. It is nan for a target
    that is none of them.
    """
    chosen: Any = math.nan
    for i in range(len(classes)):
        wanted = np.repeat(classes[i : i + 1], len(outputs), axis=0)
        equal = [x == number for x, number in zip(targets[:1].flat, wanted[:1].flat, strict=True)]
        it_is = functools.reduce(operator.and_, equal)
        chosen = autograd.where(it_is, loss(outputs, aligned(wanted, outputs)), chosen)
    return chosen


# What kind of loss it is
# -----------------------


def reduction_of(loss: LossFunction, outputs: FloatArray, targets: npt.NDArray[Any]) -> Reduction:
    """Find out how a batch's loss depends on its samples' losses.

    It is tried out, on outputs near the given ones. If the losses are all alike there, as in the
    flat part of a hinge, the outputs are moved farther.
    """
    rng = np.random.Generator(np.random.PCG64(0))
    number = max(len(outputs), 3)
    chosen = np.arange(number) % len(outputs)
    outputs, targets = outputs[chosen], targets[chosen]
    for distance in (1e-3, 1e-1, 1.0, 10.0):
        by = distance * (1.0 + np.abs(outputs)) * rng.uniform(-1, 1, outputs.shape)
        moved = constants(outputs + by)
        try:
            whole, two = float(loss(moved, targets)), float(loss(moved[:2], targets[:2]))
            each = [float(loss(moved[i : i + 1], targets[i : i + 1])) for i in range(number)]
        except (ArithmeticError, IndexError, TypeError, ValueError):
            continue  # out of the loss's domain, or a loss that wants more than one sample
        size = max(map(abs, each))
        if max(each) - min(each) > 1e-6 * size:
            close = functools.partial(math.isclose, rel_tol=1e-9, abs_tol=1e-9 * size)
            if close(whole, math.fsum(each) / number):
                return "mean"
            if close(whole, math.fsum(each)):
                return "sum"
            penalty = each[0] + each[1] - two
            return (
                "penalized sum" if close(whole, math.fsum(each) - (number - 1) * penalty) else None
            )
    return None
