"""``fit``: the training loop."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from autograd import Value, zero_grad
from nn.arrays import Seed, ValueArray, as_floats, as_numbers, as_objects, generator
from nn.clip_grad import clip_grad_norm_
from nn.losses import loss_function
from nn.lr_scheduler import LRScheduler
from nn.module import Module
from nn.optimizer import Optimizer
from nn.parameters import check_option, data_of, gradients_of, set_data

Loss = str | Callable[[Any, Any], Any]
Callback = Callable[[int, float], object]


@dataclass
class History:
    """How a training went.

    Attributes:
        losses: for each complete epoch the mean of its batches' losses, weighted by their sizes;
            each was computed before the step it led to.
        stopped: why it ended: "epochs" (all are done), "target_loss" (it was reached), "callback"
            (one raised StopIteration), "interrupted" (Ctrl-C) or "diverged".
    """

    losses: list[float] = field(default_factory=list)
    stopped: str = "epochs"


class TrainingDivergedError(ArithmeticError):
    """The loss, a gradient or a parameter became inf or nan.

    The message names epoch, batch and parameter. The parameters are back at the numbers with which
    loss and gradients were finite last.

    Attributes:
        history: what was recorded until then.
    """

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history

    def __reduce__(self) -> tuple[type[Self], tuple[str, History]]:
        return type(self), (str(self), self.history)


def fit(
    model: Module,
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: Seed = None,
    target_loss: float | None = None,
    max_grad_norm: float | None = None,
    scheduler: LRScheduler | None = None,
    callbacks: Iterable[Callback] = (),
    progress: bool = True,
) -> History:
    """Train a model, and return how the training went.

    Ctrl-C ends it and returns what was learned until then: the parameters are those after the last
    complete step.

    Args:
        model: called with one sample at a time.
        X: the samples, shape (samples, features), or (samples,) if each is one number.
        y: the targets: shape (samples,) or (samples, outputs); class indices are ints.
        loss: a name in ``nn.LOSSES`` or a function of a batch's outputs and targets, arrays with
            one row for each sample, that returns a Value.
        optimizer: with the model's parameters.
        epochs: how many times to go through all samples.
        batch_size: how many samples go into one step; None for all of them (then always in the
            order given), 1 for one at a time.
        shuffle: whether batches are drawn anew in each epoch.
        seed: what the shuffling depends on: an int, or a ``numpy.random.Generator`` to draw on.
        target_loss: stop after an epoch whose loss is not above this.
        max_grad_norm: limit of the gradients' norm in each step, by ``clip_grad_norm_``.
        scheduler: a learning-rate schedule of ``optimizer``; ``step`` is called after each epoch.
        callbacks: functions called after each epoch as ``callback(epoch, loss)``, with epochs
            counted from 0; one that raises StopIteration ends the training.
        progress: whether to show a progress bar, if the output is a terminal and tqdm is installed.

    Raises:
        ValueError: there are no samples, X and y differ in length or contain inf or nan, an
            argument is out of range, or optimizer or scheduler is for something else.
        TypeError: an argument is of the wrong type, or the loss does not depend on parameters.
        TrainingDivergedError: the loss, a gradient or a parameter became inf or nan.
    """
    samples, targets = _checked_data(X, y)
    _check_numbers(epochs, batch_size, target_loss, max_grad_norm)
    _check_optimizer(model, optimizer, scheduler)
    batches = _Batches(len(samples), batch_size, shuffle, generator(seed))
    steps = _Steps(model, loss_function(loss), optimizer, max_grad_norm)
    history = History()
    with _progress_bar(epochs if progress else 0) as show:
        try:
            for epoch in range(epochs):
                epoch_loss = 0.0
                for number, batch in enumerate(batches):
                    batch_loss = steps.step(samples[batch], targets[batch], epoch, number, history)
                    epoch_loss += batch_loss * (len(batch) / len(samples))
                history.losses.append(epoch_loss)
                show(epoch_loss)
                if scheduler is not None:
                    scheduler.step()
                if _stopped_by_callback(callbacks, epoch, epoch_loss):
                    history.stopped = "callback"
                    break
                if target_loss is not None and epoch_loss <= target_loss:
                    history.stopped = "target_loss"
                    break
        except KeyboardInterrupt:
            steps.take_back_unfinished()
            history.stopped = "interrupted"
    return history


class _Batches:
    """The indices of each batch's samples, drawn anew for each epoch."""

    def __init__(
        self, samples: int, batch_size: int | None, shuffle: bool, rng: np.random.Generator
    ) -> None:
        self.samples = samples
        self.size = samples if batch_size is None else batch_size
        self.shuffle = shuffle and batch_size is not None
        self.rng = rng

    def __iter__(self) -> Iterator[npt.NDArray[np.int64]]:
        order = self.rng.permutation(self.samples) if self.shuffle else np.arange(self.samples)
        for start in range(0, self.samples, self.size):
            yield order[start : start + self.size]


class _Steps:
    """Training steps, the last of which can be taken back."""

    def __init__(
        self,
        model: Module,
        loss: Callable[[Any, Any], Any],
        optimizer: Optimizer,
        max_grad_norm: float | None,
    ) -> None:
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.max_grad_norm = max_grad_norm
        self.parameters = optimizer.parameters()
        self.all_parameters = [*model.parameters(), *self.parameters]
        self.unfinished = False
        self._remember()

    def step(
        self, samples: ValueArray, targets: Any, epoch: int, batch: int, history: History
    ) -> float:
        """Go one step and return the loss before it.

        Raises:
            TrainingDivergedError: something became inf or nan.
        """
        try:
            return self._step(samples, targets)
        except ArithmeticError as error:
            own = isinstance(error, _NotFiniteError)
            complaint = str(error) if own else f"{type(error).__name__}: {error}"
            cause = None if own else error
        self._take_back()
        history.stopped = "diverged"
        raise TrainingDivergedError(
            f"epoch {epoch}, batch {batch}: {complaint}. The parameters are back at their last "
            "good numbers; a smaller learning rate or max_grad_norm may help",
            history,
        ) from cause

    def _step(self, samples: ValueArray, targets: Any) -> float:
        zero_grad(self.all_parameters)
        loss = self._loss(samples, targets)
        if not math.isfinite(loss.data):
            raise _NotFiniteError(f"the loss is {loss.data}; {self._largest_parameter()}")
        loss.backward()
        gradients = gradients_of(self.parameters)
        self._check_finite(gradients, "the gradient of {name} is {number}")
        if self.max_grad_norm is not None:
            clip_grad_norm_(self.parameters, self.max_grad_norm)
        self._remember()
        self.unfinished = True
        self.optimizer.step()
        self.unfinished = False
        self._check_finite(data_of(self.parameters), "the step makes {name} {number}")
        return loss.data

    def _loss(self, samples: ValueArray, targets: Any) -> Value:
        outputs = as_objects([self.model(x) for x in samples], "the model's outputs")
        # A column is as good as a row: one output for each sample.
        if (
            targets.shape in ((*outputs.shape, 1), outputs.shape[:-1])
            and outputs.size == targets.size
        ):
            targets = targets.reshape(outputs.shape)
        loss = self.loss(outputs, targets)
        if not isinstance(loss, Value) or not loss.requires_grad:
            raise TypeError(
                f"the loss is {loss!r}; wanted is a Value that depends on the model's parameters"
            )
        return loss

    def take_back_unfinished(self) -> None:
        """Take back a step that was interrupted in the middle."""
        if self.unfinished:
            self._take_back()

    def _remember(self) -> None:
        """Keep the parameters, with which loss and gradients are finite, and what goes with them.

        The optimizer's state is never changed in place.
        """
        self.good = data_of(self.parameters), self.optimizer.state

    def _take_back(self) -> None:
        numbers, self.optimizer.state = self.good
        set_data(self.parameters, numbers)
        self.unfinished = False

    def _check_finite(self, numbers: Any, complaint: str) -> None:
        finite = np.isfinite(numbers)
        if not finite.all():
            first = int(np.argmin(finite))
            name = self._name(self.parameters[first])
            raise _NotFiniteError(complaint.format(name=name, number=numbers[first]))

    def _largest_parameter(self) -> str:
        largest = max(self.parameters, key=lambda parameter: abs(parameter.data))
        return f"the largest parameter is {self._name(largest)} = {largest.data:.6g}"

    def _name(self, parameter: Value) -> str:
        names = {own: name for name, own in self.model.named_parameters()}
        return names.get(parameter, parameter.label or "a parameter without a label")


class _NotFiniteError(ArithmeticError):
    """A number is inf or nan; the message says which."""


def _checked_data(X: npt.ArrayLike, y: npt.ArrayLike) -> tuple[ValueArray, Any]:
    """Return the samples as constants, made once for all epochs, and the targets."""
    samples = as_floats(X, "X")
    targets = as_numbers(y, "y")
    if targets.dtype == bool:
        targets = targets.astype(np.float64)
    if samples.ndim == 0 or targets.ndim == 0:
        raise ValueError("X and y have one row for each sample, not a single number")
    if len(samples) != len(targets):
        raise ValueError(f"X has {len(samples)} samples, but y has {len(targets)} targets")
    if samples.size == 0:
        raise ValueError(f"there are no samples: X has shape {samples.shape}")
    for array, name in ((samples, "X"), (targets, "y")):
        if not np.isfinite(array).all():
            index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise ValueError(f"{name}[{', '.join(map(str, index))}] is {array[index]}")
    rows = samples.reshape(-1, 1) if samples.ndim == 1 else samples
    constants = np.empty(rows.shape, dtype=object)
    for index, number in np.ndenumerate(rows):
        constants[index] = Value(number, "", False)
    return constants, targets


def _check_numbers(
    epochs: object, batch_size: object, target_loss: object, max_grad_norm: object
) -> None:
    if isinstance(epochs, bool) or not isinstance(epochs, int):
        raise TypeError(f"epochs is an int, not {epochs!r}")
    if epochs < 0:
        raise ValueError(f"epochs must not be negative, got {epochs}")
    if batch_size is not None:
        if isinstance(batch_size, bool) or not isinstance(batch_size, int):
            raise TypeError(f"batch_size is an int, or None for all samples, not {batch_size!r}")
        if batch_size < 1:
            raise ValueError(
                f"batch_size must be at least 1, or None for all samples, got {batch_size}"
            )
    if target_loss is not None:
        check_option("target_loss", target_loss, low=-math.inf)
    if max_grad_norm is not None:
        check_option("max_grad_norm", max_grad_norm)


def _check_optimizer(model: Module, optimizer: Optimizer, scheduler: LRScheduler | None) -> None:
    if not isinstance(model, Module):
        raise TypeError(f"model is a Module, not {model!r}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"optimizer is an Optimizer, such as SGD(model.parameters(), lr=0.1), not {optimizer!r}"
        )
    if set(model.parameters()).isdisjoint(optimizer.parameters()):
        raise ValueError(
            "the optimizer has none of the model's parameters; was it made for another?"
        )
    if scheduler is not None and scheduler.optimizer is not optimizer:
        raise ValueError("the scheduler is for another optimizer")


def _stopped_by_callback(callbacks: Iterable[Callback], epoch: int, loss: float) -> bool:
    try:
        for callback in callbacks:
            callback(epoch, loss)
    except StopIteration:
        return True
    return False


@contextlib.contextmanager
def _progress_bar(epochs: int) -> Iterator[Callable[[float], None]]:
    """Give a function to call with the loss after each epoch."""
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    if not epochs or not on_terminal or importlib.util.find_spec("tqdm") is None:
        yield lambda loss: None
        return
    from tqdm import tqdm

    with tqdm(total=epochs, unit="epoch") as bar:

        def show(loss: float) -> None:
            bar.set_postfix_str(f"loss {loss:.6g}", refresh=False)
            bar.update()

        yield show
