"""Training steps: a batch's loss and gradients, then the optimizer; checked, and taken back."""

from __future__ import annotations

import contextlib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Value, zero_grad
from nn.arrays import FloatArray, ValueArray, as_objects
from nn.clip_grad import clipping
from nn.module import Module
from nn.optimizer import Memory, Optimizer
from nn.parameters import data_of, gradients_of, set_data, set_gradients
from nn.samples import constants

#: The indices of a batch's samples.
Batch = npt.NDArray[np.int64]

#: A function of a batch's outputs and targets.
LossFunction = Callable[[Any, Any], Any]


class NotFiniteError(ArithmeticError):
    """A number is inf or nan; the message says which."""


class Steps(ABC):
    """Training steps, the last of which can be taken back.

    Attributes:
        parameters: the optimizer's.
    """

    def __init__(self, model: Module, optimizer: Optimizer, max_grad_norm: float | None) -> None:
        self.model = model
        self.optimizer = optimizer
        self.max_grad_norm = max_grad_norm
        self.parameters = optimizer.parameters()
        self._good: tuple[FloatArray, list[Memory]] | None = None
        self._unfinished = False

    def step(self, batch: Batch) -> float:
        """Go one step and return the loss before it.

        Raises:
            ArithmeticError: something became inf or nan. The parameters are back at the numbers
                with which loss and gradients were finite last.
        """
        try:
            return self._step(batch)
        except ArithmeticError:
            self._take_back()
            raise

    def _step(self, batch: Batch) -> float:
        loss, gradients = self.evaluate(batch)
        if self.max_grad_norm is not None:
            gradients = gradients * clipping(gradients, self.max_grad_norm)[1]
        # The optimizer's state is never changed in place.
        self._good = self.numbers(), self.optimizer.state
        self._unfinished = True
        self.advance(gradients)
        self._unfinished = False
        self.check_finite(self.numbers(), "the step makes {name} {number}")
        return loss

    @abstractmethod
    def evaluate(self, batch: Batch) -> tuple[float, FloatArray]:
        """Return the loss of a batch, and the gradients of all parameters.

        Raises:
            ArithmeticError: one of them is inf or nan.
        """

    @abstractmethod
    def advance(self, gradients: FloatArray) -> None:
        """Let the optimizer go a step along these gradients."""

    @abstractmethod
    def numbers(self) -> FloatArray:
        """The numbers of all parameters, as a new array."""

    @abstractmethod
    def set_numbers(self, numbers: FloatArray) -> None:
        """Set the numbers of all parameters."""

    @abstractmethod
    def on_view(self) -> contextlib.AbstractContextManager[None]:
        """Inside, the model's Values hold what was learned, and may be changed."""

    @abstractmethod
    def close(self) -> None:
        """Leave what was learned in the Values."""

    def take_back_unfinished(self) -> None:
        """Take back a step that was interrupted in the middle."""
        if self._unfinished:
            self._take_back()

    def _take_back(self) -> None:
        if self._good is not None:
            numbers, self.optimizer.state = self._good
            self.set_numbers(numbers)
        self._unfinished = False

    def check_finite(self, numbers: FloatArray, complaint: str) -> None:
        """Raise NotFiniteError, with name and number filled in, if one is inf or nan."""
        finite = np.isfinite(numbers)
        if not finite.all():
            first = int(np.argmin(finite))
            name = self.name(self.parameters[first])
            raise NotFiniteError(complaint.format(name=name, number=numbers[first]))

    def name(self, parameter: Value) -> str:
        """What to call a parameter in messages."""
        names = {own: name for name, own in self.model.named_parameters()}
        return names.get(parameter, parameter.label or "a parameter without a label")


class EagerSteps(Steps):
    """Steps on Values: a graph is recorded for each batch, and swept."""

    def __init__(
        self,
        model: Module,
        loss: LossFunction,
        optimizer: Optimizer,
        max_grad_norm: float | None,
        samples: FloatArray,
        targets: npt.NDArray[Any],
    ) -> None:
        super().__init__(model, optimizer, max_grad_norm)
        self.loss = loss
        self.samples = constants(samples)  # made once for all epochs
        self.targets = targets
        self.all_parameters = [*model.parameters(), *self.parameters]

    def evaluate(self, batch: Batch) -> tuple[float, FloatArray]:
        """See Steps."""
        zero_grad(self.all_parameters)
        loss = batch_loss(self.model, self.loss, self.samples[batch], self.targets[batch])
        check_loss(loss)
        if not math.isfinite(loss.data):
            largest = max(self.parameters, key=lambda parameter: abs(parameter.data))
            raise NotFiniteError(
                f"the loss is {loss.data}; the largest parameter is {self.name(largest)} = "
                f"{largest.data:.6g}"
            )
        loss.backward()
        gradients = gradients_of(self.parameters)
        self.check_finite(gradients, "the gradient of {name} is {number}")
        return loss.data, gradients

    def advance(self, gradients: FloatArray) -> None:
        """See Steps."""
        if self.max_grad_norm is not None:
            set_gradients(self.parameters, gradients)
        self.optimizer.step()

    def numbers(self) -> FloatArray:
        """See Steps."""
        return data_of(self.parameters)

    def set_numbers(self, numbers: FloatArray) -> None:
        """See Steps."""
        set_data(self.parameters, numbers)

    @contextlib.contextmanager
    def on_view(self) -> Iterator[None]:
        """See Steps: they always hold it."""
        yield

    def close(self) -> None:
        """See Steps."""


def check_loss(loss: Any) -> None:
    """Check that a loss is one number that can be differentiated.

    Raises:
        TypeError: it is not.
    """
    if isinstance(loss, (np.ndarray, list, tuple)) and np.shape(loss):
        raise TypeError(
            f"the loss has shape {np.shape(loss)}; wanted is one number, such as their mean"
        )
    if not isinstance(loss, Value) or not loss.requires_grad:
        raise TypeError(
            f"the loss is {loss!r}; wanted is a Value that depends on the model's parameters"
        )


def batch_loss(model: Module, loss: LossFunction, samples: ValueArray, targets: Any) -> Any:
    """Return the loss of a batch, computed sample by sample."""
    outputs = outputs_of_batch(model, samples)
    return loss(outputs, aligned(targets, outputs))


def outputs_of_batch(model: Module, samples: ValueArray) -> ValueArray:
    """Return the model's outputs for a batch, in an array of the same class as the samples.

    While they are recorded that is one that can be compared as NumPy does.
    """
    outputs = as_objects([model(x) for x in samples], "the model's outputs")
    return outputs.view(type(samples))


def aligned(targets: Any, outputs: ValueArray) -> Any:
    """Return targets in the shape of the outputs: a column is as good as a row."""
    one_each = targets.shape in ((*outputs.shape, 1), outputs.shape[:-1])
    return targets.reshape(outputs.shape) if one_each and outputs.size == targets.size else targets
