"""``compile_loss``: a model's loss as a compiled function of one flat array of parameters."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

import autograd
from autograd import Value
from nn.arrays import FloatArray
from nn.loss_forms import (
    Form,
    LossOfOutputs,
    PenalizedSum,
    Reduction,
    classes_of,
    loss_by_class,
    reduction_of,
    share_of_sum,
)
from nn.losses import LOSSES, loss_function
from nn.module import Module
from nn.parameters import as_vector, parameter_list, parameters_to_vector
from nn.samples import checked_data, constants
from nn.steps import LossFunction, aligned, batch_loss, check_loss, outputs_of_batch
from nn.substitution import substituted

#: How many samples' outputs, and how many different targets, are looked at to find out what kind of
#: loss it is; and among how many targets different ones are looked for, which takes time.
_OUTPUTS, _TARGETS, _LISTED = 5, 200, 100_000


class CompiledLoss:
    """The loss of batches of any size, and its gradient, compiled; ``compile_loss`` makes it.

    Attributes:
        model: whose loss it is.
        loss: a function of a batch's outputs and targets.
        parameters: with respect to which it is differentiated, in the order of the arrays.
    """

    def __init__(
        self,
        model: Module,
        loss: str | Callable[[Any, Any], Any],
        parameters: Iterable[Value] | None = None,
        **options: Any,
    ) -> None:
        if not isinstance(model, Module):
            raise TypeError(f"model is a Module, not {model!r}")
        self.model = model
        self.loss: LossFunction = loss_function(loss)
        self._modules = [module for module in (model, loss) if isinstance(module, Module)]
        if parameters is None:
            parameters = dict.fromkeys(p for module in self._modules for p in module.parameters())
        self.parameters = parameter_list(parameters)
        self._options = options
        self._forms: dict[Hashable, Form] = {}

    def __call__(self, w: npt.ArrayLike, X: npt.ArrayLike, y: npt.ArrayLike) -> float:
        """The loss.

        Args:
            w: the parameters' numbers, shape (n,).
            X: the samples, shape (N, features), or (N,) if each is one number.
            y: the targets, shape (N,) or (N, outputs).

        Raises:
            ValueError: a shape does not fit, X or y contains inf or nan, or the loss cannot be
                compiled as it is.
            TypeError: something is not made of real numbers, or the loss does not depend on the
                parameters.
            RecordingError: model or loss need to know numbers while they are recorded.
        """
        f, *arguments = self._call(w, X, y)
        return float(f(*arguments))

    def value_and_grad(
        self, w: npt.ArrayLike, X: npt.ArrayLike, y: npt.ArrayLike
    ) -> tuple[float, FloatArray]:
        """The loss and its gradient, shape (n,); arguments and errors as for a call."""
        f, *arguments = self._call(w, X, y)
        value, gradient = f.value_and_grad(*arguments)
        return float(value), gradient

    def grad(self, w: npt.ArrayLike, X: npt.ArrayLike, y: npt.ArrayLike) -> FloatArray:
        """The gradient alone."""
        return self.value_and_grad(w, X, y)[1]

    def report(self) -> str:
        """What the compiler did, for each recording so far."""
        return "\n\n".join(form.compiled.report() for form in self._forms.values())

    def form(self, samples: FloatArray, targets: npt.NDArray[Any], size: int) -> Form:
        """The compiled function for samples and targets like these; recorded on the first call.

        Args:
            samples: all of them, or some.
            targets: likewise.
            size: of the first batch, should it have to be recorded for it.

        Raises:
            ValueError, TypeError, RecordingError: as a call.
        """
        key = samples.shape[1:], targets.shape[1:]
        form = self._forms.get(key)
        if form is None or not form.takes(targets):
            known = None if form is None else form.classes
            form = self._forms[key] = self._compile(samples, targets, size, known)
        return form

    def _call(self, w: npt.ArrayLike, X: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Any, ...]:
        samples, targets = checked_data(X, y)
        numbers = as_vector(w, len(self.parameters), "w")
        return (
            self.form(samples, targets, len(samples)).compiled,
            numbers,
            rows_of(samples, targets),
        )

    def _compile(
        self,
        samples: FloatArray,
        targets: npt.NDArray[Any],
        size: int,
        known: npt.NDArray[Any] | None,
    ) -> Form:
        """Record the loss; for each class alone if that is the only way.

        Args:
            samples: see ``form``.
            targets: likewise.
            size: likewise.
            known: the classes for which it was recorded before.
        """
        reduction = self._try(samples, targets)
        rows = rows_of(samples[:size], targets[:size])
        shapes = samples.shape[1:], targets.shape[1:]
        try:
            form = self._recorded(Form(None, reduction, None), shapes, rows)
        except Exception as error:
            error.add_note(
                "Model and loss are recorded once, for all samples and targets. What depends on a "
                "class can be written with autograd.where(target == k, ...), or takes one-hot rows "
                "as targets; nn.cross_entropy takes classes."
            )
            classes = classes_of(targets if known is None else np.concatenate([known, targets]))
            if reduction is None or classes is None:
                raise
            try:
                form = self._recorded(Form(None, reduction, classes), shapes, rows)
            except Exception:
                raise error from None
        self._check_captured(form.compiled.captured)
        return form

    def _recorded(self, form: Form, shapes: tuple[tuple[int, ...], ...], rows: FloatArray) -> Form:
        """A form with its compiled function, recorded for rows like these.

        Args:
            form: what it is to be.
            shapes: of a sample and of its target.
            rows: of a batch.
        """
        features = math.prod(shapes[0])

        def outputs_of(rows: Any) -> Any:
            return outputs_of_batch(self.model, rows[:, :features].reshape(-1, *shapes[0]))

        def targets_of(rows: Any) -> Any:
            return rows[:, features:].reshape(-1, *shapes[1])

        def loss_of(outputs: Any, targets: Any) -> Any:
            if form.classes is not None:
                return loss_by_class(self.loss, outputs, targets, form.classes)
            return self.loss(outputs, aligned(targets, outputs))

        def loss_of_sample(w: Any, row: Any) -> Any:
            rows = row.reshape(1, -1)
            with self._substituted(w):
                return loss_of(outputs_of(rows), targets_of(rows))

        def share_of_sample(w: Any, row: Any, share: Any) -> Any:
            rows = row.reshape(1, -1)
            with self._substituted(w):
                return share_of_sum(loss_of, outputs_of(rows), targets_of(rows), share)

        def outputs_of_sample(w: Any, row: Any) -> Any:
            with self._substituted(w):
                return outputs_of(row.reshape(1, -1))[0]

        def loss_of_outputs(w: Any, outputs: Any, rows: Any) -> Any:
            with self._substituted(w):
                return self.loss(outputs, aligned(targets_of(rows), outputs))

        compiled: Any
        if form.reduction is None:
            compiled = LossOfOutputs(outputs_of_sample, loss_of_outputs, self._options)
        elif form.reduction == "penalized sum":
            compiled = PenalizedSum(share_of_sample, self._options)
        else:
            compiled = autograd.compile(
                loss_of_sample, in_axes=(None, 0), reduce=form.reduction, **self._options
            )
        compiled.bind(parameters_to_vector(self.parameters), rows)
        return Form(compiled, form.reduction, form.classes)

    def _substituted(self, w: Any) -> contextlib.AbstractContextManager[None]:
        return substituted(self._modules, dict(zip(self.parameters, w.tolist(), strict=True)))

    def _check_captured(self, captured: Iterable[Value]) -> None:
        """Parameters that are read past the modules would be constants in the gradient."""
        mine = {id(parameter) for parameter in self.parameters}
        for value in captured:
            if id(value) in mine:
                raise ValueError(
                    f"model or loss take the parameter {value!r} from elsewhere than from a "
                    "module's attributes, so that its derivative would be missing. Make the loss a "
                    "Module with an attribute for it, or take it from model.parameters() inside "
                    "the function"
                )

    # What kind of loss it is
    # -----------------------

    def _try(self, samples: FloatArray, targets: npt.NDArray[Any]) -> Reduction:
        """Compute the loss of a few samples eagerly, and find out how it depends on them.

        Raises:
            TypeError, ValueError: model and loss do not fit samples and targets, or each other;
                the loss does not depend on the parameters, or is random.
        """
        different = np.sort(np.unique(targets[:_LISTED], axis=0, return_index=True)[1])
        chosen = _spread(different, _OUTPUTS)
        few, wanted = constants(samples[chosen]), targets[chosen]
        try:
            losses = [batch_loss(self.model, self.loss, few, wanted) for _ in range(2)]
            outputs = outputs_of_batch(self.model, few)
        except ArithmeticError:
            # Compiled arithmetic goes on with inf and nan; the caller sees them in the result.
            return "mean" if self._is_known else None
        for loss in losses:
            check_loss(loss)
        if losses[0].data != losses[1].data and not math.isnan(losses[0].data):
            raise ValueError(
                f"for the same samples the loss is {losses[0].data}, then {losses[1].data}: what "
                "is random, or counts its calls, cannot be compiled, for it would be recorded once"
            )
        if self._is_known:
            return "mean"
        outputs = outputs[np.arange(len(_spread(different, _TARGETS))) % len(outputs)]
        wanted = aligned(targets[_spread(different, _TARGETS)], outputs)
        return reduction_of(self.loss, outputs.astype(np.float64), wanted)

    @property
    def _is_known(self) -> bool:
        return any(self.loss is loss for loss in LOSSES.values())


def rows_of(samples: FloatArray, targets: npt.NDArray[Any]) -> FloatArray:
    """Return samples and targets side by side, shape (N, numbers of both)."""
    count = len(samples)
    sides = samples.reshape(count, -1), targets.reshape(count, -1).astype(np.float64)
    return np.concatenate(sides, axis=1)


def _spread(indices: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    """Return some of the indices, from all over, and no more than so many."""
    return indices[:: -(-len(indices) // most)]


def compile_loss(
    model: Module,
    loss: str | Callable[[Any, Any], Any],
    *,
    parameters: Iterable[Value] | None = None,
    backend: Literal["auto", "llvm", "numpy"] = "auto",
    threads: int | None = None,
    cache: bool = True,
    branches: Literal["error", "guard"] = "error",
) -> CompiledLoss:
    """Compile a model's loss, and its gradient in all parameters, to run over batches.

    The parameters become one array, in the order of ``model.parameters()``; the Values themselves
    are neither read nor changed when it is called:

    >>> from nn import Neuron, parameters_to_vector
    >>> neuron = Neuron(2, seed=0)
    >>> f = compile_loss(neuron, "mse_loss")
    >>> w = parameters_to_vector(neuron.parameters())
    >>> value, gradient = f.value_and_grad(w, [[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0])
    >>> gradient.shape
    (3,)

    Model and loss are recorded when it is first called with samples and targets of new shapes. A
    loss that is the mean or the sum of its samples' losses, as all in ``nn.LOSSES`` are, with or
    without a penalty, is recorded for one sample and serves batches of any size; whether a function
    of your own is such a loss is tried out on a few samples. Of any other loss the model is
    recorded for one sample, and the loss of the outputs for the whole batch, once for each size.
    While it is recorded, the model has symbols in place of its parameters; other threads should
    leave it alone.

    Args:
        model: called with one sample at a time.
        loss: a name in ``nn.LOSSES`` or a function of a batch's outputs and targets, arrays with
            one row for each sample; a Module if it has parameters of its own.
        parameters: with respect to which to differentiate; by default all of the model, then those
            of the loss.
        backend: as for ``autograd.compile``.
        threads: likewise.
        cache: likewise.
        branches: likewise; with ``"guard"`` model and loss may branch on recorded numbers.

    Raises:
        ValueError: no loss has that name.
        TypeError: ``model`` is not a Module, or ``loss`` not a function.
    """
    options = {"backend": backend, "threads": threads, "cache": cache, "branches": branches}
    return CompiledLoss(model, loss, parameters, **options)
