"""``fit``: the training loop."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nn.arrays import Seed, generator
from nn.compiled_loss import CompiledLoss
from nn.compiled_steps import CompiledSteps
from nn.losses import loss_function
from nn.lr_scheduler import LRScheduler
from nn.module import Module
from nn.optimizer import Optimizer
from nn.parameters import check_option
from nn.samples import checked_data
from nn.steps import Batch, EagerSteps, NotFiniteError, Steps

Loss = str | Callable[[Any, Any], Any] | CompiledLoss
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
    compiled: bool = False,
) -> History:
    """Train a model, and return how the training went.

    Ctrl-C ends it and returns what was learned until then: the parameters are those after the last
    complete step.

    Args:
        model: called with one sample at a time.
        X: the samples, shape (samples, features), or (samples,) if each is one number.
        y: the targets: shape (samples,) or (samples, outputs); class indices are ints.
        loss: a name in ``nn.LOSSES`` or a function of a batch's outputs and targets, arrays with
            one row for each sample, that returns a Value; or what ``compile_loss`` made of it for
            this model, and then the training is compiled.
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
        compiled: whether to compile the loss and keep the parameters in an array meanwhile, which
            is much faster. The Values hold what was learned, and the last gradients, while a
            callback runs, and at the end, however it comes. What cannot be compiled is an error.

    Raises:
        ValueError: there are no samples, X and y differ in length or contain inf or nan, an
            argument is out of range, or optimizer or scheduler is for something else.
        TypeError: an argument is of the wrong type, or the loss does not depend on parameters.
        RecordingError: (compiled) model or loss want to know numbers while they are recorded.
        TrainingDivergedError: the loss, a gradient or a parameter became inf or nan.
    """
    samples, targets = checked_data(X, y)
    _check_numbers(epochs, batch_size, target_loss, max_grad_norm)
    _check_optimizer(model, optimizer, scheduler)
    batches = _Batches(len(samples), batch_size, shuffle, generator(seed))
    history = History()
    callbacks = list(callbacks)
    if compiled or isinstance(loss, CompiledLoss):
        compiled_loss = _compiled_loss(model, loss, optimizer)
        in_order = not batches.shuffle
        steps: Steps = CompiledSteps(
            compiled_loss, optimizer, max_grad_norm, samples, targets, in_order
        )
    else:
        eager_loss = loss_function(loss)
        steps = EagerSteps(model, eager_loss, optimizer, max_grad_norm, samples, targets)
    with _progress_bar(epochs if progress else 0) as show, contextlib.closing(steps):
        try:
            for epoch in range(epochs):
                epoch_loss = 0.0
                for number, batch in enumerate(batches):
                    batch_loss = _step(steps, batch, epoch, number, history)
                    epoch_loss += batch_loss * (len(batch) / batches.samples)
                history.losses.append(epoch_loss)
                show(epoch_loss)
                if scheduler is not None:
                    scheduler.step()
                if _stopped_by_callback(steps, callbacks, epoch, epoch_loss):
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

    def __iter__(self) -> Iterator[Batch]:
        order = self.rng.permutation(self.samples) if self.shuffle else np.arange(self.samples)
        for start in range(0, self.samples, self.size):
            yield order[start : start + self.size]


def _compiled_loss(model: Module, loss: Loss, optimizer: Optimizer) -> CompiledLoss:
    parameters = optimizer.parameters()
    if not isinstance(loss, CompiledLoss):
        return CompiledLoss(model, loss, parameters)
    if loss.model is not model:
        raise ValueError("the loss was compiled for another model")
    if list(map(id, loss.parameters)) != list(map(id, parameters)):
        raise ValueError(
            "the loss was compiled for other parameters than the optimizer's, or in another order; "
            "compile_loss(model, loss, parameters=optimizer.parameters()) makes them the same"
        )
    return loss


def _step(steps: Steps, batch: Batch, epoch: int, number: int, history: History) -> float:
    """Go one step and return the loss before it.

    Raises:
        TrainingDivergedError: something became inf or nan.
    """
    try:
        return steps.step(batch)
    except NotFiniteError as error:
        complaint, cause = str(error), None
    except ArithmeticError as error:
        complaint, cause = f"{type(error).__name__}: {error}", error
    history.stopped = "diverged"
    raise TrainingDivergedError(
        f"epoch {epoch}, batch {number}: {complaint}. The parameters are back at their last good "
        "numbers; a smaller learning rate or max_grad_norm may help",
        history,
    ) from cause


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


def _stopped_by_callback(
    steps: Steps, callbacks: Sequence[Callback], epoch: int, loss: float
) -> bool:
    if not callbacks:
        return False
    with steps.on_view():
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
