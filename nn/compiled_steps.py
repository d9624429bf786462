"""Training steps on flat arrays: a compiled loss, and all parameters updated at once."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from nn.arrays import FloatArray
from nn.compiled_loss import CompiledLoss, rows_of
from nn.optimizer import Optimizer
from nn.parameters import data_of, gradients_of, set_data, set_gradients
from nn.steps import Batch, EagerSteps, NotFiniteError, Steps


class CompiledSteps(Steps):
    """Steps on arrays; the Values hold what was learned while they are on view, and at the end."""

    def __init__(
        self,
        loss: CompiledLoss,
        optimizer: Optimizer,
        max_grad_norm: float | None,
        samples: FloatArray,
        targets: npt.NDArray[Any],
        in_order: bool,
    ) -> None:
        """Prepare the steps; the loss is compiled at the first of them.

        Args:
            loss: of the model, with the optimizer's parameters.
            optimizer: as for ``fit``.
            max_grad_norm: likewise.
            samples: all of them.
            targets: likewise.
            in_order: whether a batch of all samples always has them in the order given.
        """
        super().__init__(loss.model, optimizer, max_grad_norm)
        self._loss = loss
        self._samples, self._targets = samples, targets
        self._rows = rows_of(samples, targets)
        self._in_order = in_order
        self._bound: dict[int, tuple[Any, FloatArray]] = {}
        self._w = data_of(self.parameters)
        self._g = gradients_of(self.parameters)
        self._read()
        # Whoever overrides step gets what it expects: Values.
        overridden = type(optimizer).step is not Optimizer.step or "step" in vars(optimizer)
        self._steps_on_values = overridden

    def evaluate(self, batch: Batch) -> tuple[float, FloatArray]:
        """See Steps."""
        loss, gradients = self._evaluate(batch)
        if not (math.isfinite(loss) and np.isfinite(gradients).all()):
            self._explain(batch, loss, gradients)
        return loss, np.where(self._moving, gradients, 0.0)

    def _evaluate(self, batch: Batch) -> tuple[float, FloatArray]:
        size = len(batch)
        if size not in self._bound:
            whole = self._in_order and size == len(self._rows)
            rows = self._rows if whole else self._rows[:size].copy()
            form = self._loss.form(self._samples, self._targets, size)
            self._bound[size] = form.compiled.bind(self._w, rows), rows
        evaluate, rows = self._bound[size]
        if rows is not self._rows:
            np.take(self._rows, batch, axis=0, out=rows, mode="clip")
        loss, gradients = evaluate()
        return loss, gradients

    def _explain(self, batch: Batch, loss: float, gradients: FloatArray) -> NoReturn:
        """Raise what the same computation on Values raises, which knows the operation.

        Raises:
            ArithmeticError: something is inf or nan.
            ValueError: of the loss, which does not take such outputs or targets.
        """
        self._write()
        if self._loss.form(self._samples, self._targets, len(batch)).reduction is not None:
            # One of the samples is enough, and a large batch may be too much.
            for i in range(len(batch)):
                alone, slope = self._evaluate(batch[i : i + 1])
                if not (math.isfinite(alone) and np.isfinite(slope).all()):
                    batch = batch[i : i + 1]
                    break
            else:
                batch = batch[:0]
        if len(batch):
            data = self._samples[batch], self._targets[batch]
            eager = EagerSteps(self.model, self._loss.loss, self.optimizer, None, *data)
            eager.evaluate(np.arange(len(batch)))
        # Where all is well on Values, it is because autograd.where computes both sides here.
        self.check_finite(gradients, "the gradient of {name} is {number}, compiled")
        raise NotFiniteError(f"the loss is {loss}, compiled")

    def advance(self, gradients: FloatArray) -> None:
        """See Steps."""
        self._g[...] = gradients
        if self._steps_on_values:
            self._write()
            self.optimizer.step()
            self._w[...] = data_of(self.parameters)
        else:
            w, state = self.optimizer.updated(self._w, gradients, self._moving)
            self._w[...] = w
            self.optimizer.state = state

    def numbers(self) -> FloatArray:
        """See Steps."""
        return self._w.copy()

    def set_numbers(self, numbers: FloatArray) -> None:
        """See Steps."""
        self._w[...] = numbers

    @contextlib.contextmanager
    def on_view(self) -> Iterator[None]:
        """See Steps."""
        self._write()
        try:
            yield
        finally:
            self._read()

    def close(self) -> None:
        """See Steps."""
        self._write()

    def _write(self) -> None:
        set_data(self.parameters, self._w)
        set_gradients(self.parameters, self._g)

    def _read(self) -> None:
        self._w[...] = data_of(self.parameters)
        self._moving = np.array([parameter.requires_grad for parameter in self.parameters])
