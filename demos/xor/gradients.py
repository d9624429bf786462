"""The gradient of the mean loss by every parameter, three ways.

Automatic differentiation, backpropagation written by hand (``nn.manual``) and finite differences,
which know nothing of derivatives, are compared by ``autograd.gradcheck``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import autograd
import nn
from autograd.gradcheck import Entry, check_gradient
from demos.xor.network import ENGINE_FORMS, Setup, layer_arrays
from demos.xor.problem import FloatArray, X, Y
from nn import manual

#: Weights and biases of each layer.
Parameters = list[tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class Comparison:
    """The gradient in three columns.

    Attributes:
        names: of the parameters, such as ``layers.0.weight[0, 1]``.
        entries: the three numbers of each, with the error bar of the finite difference.
        passed: whether nothing disagrees.
    """

    names: list[str]
    entries: tuple[Entry, ...]
    passed: bool

    def __iter__(self) -> Iterator[tuple[str, Entry]]:
        return zip(self.names, self.entries, strict=True)

    @property
    def to_manual(self) -> float:
        """How far autodiff and the gradient by hand are apart at most."""
        return max(_apart(e.autodiff, e.manual) for e in self.entries)

    @property
    def to_differences(self) -> float:
        """How far autodiff and finite differences are apart at most, where these settle."""
        settled = [e for e in self.entries if e.verdict not in ("kink", "unconfirmed")]
        return max((_apart(e.autodiff, e.estimate.value) for e in settled), default=0.0)

    @property
    def kinks(self) -> int:
        """How many of the parameters are at a kink of the loss, where there is no derivative."""
        return sum(e.verdict == "kink" for e in self.entries)


def _apart(a: float | None, b: float | None) -> float:
    return math.nan if a is None or b is None else abs(a - b)


def compare_gradients(setup: Setup, model: nn.MLP) -> Comparison:
    """Return the gradient at the model's present parameters, three ways."""
    engine_form = ENGINE_FORMS[setup.loss]

    def loss(parameters: Any) -> Any:
        """The network once more, for arrays of floats and for arrays of Values alike."""
        signals: Any = X
        for depth, (W, b) in enumerate(parameters, start=1):
            output = depth == len(parameters)
            activation = engine_form.output_activation if output else setup.activation
            z = signals @ W.T + b
            signals = z if activation == "identity" else getattr(autograd, activation)(z)
        return nn.LOSSES[engine_form.loss](signals, Y)

    def by_hand(parameters: Parameters) -> Parameters:
        weights, biases = zip(*parameters, strict=True)
        found = manual.gradients(
            weights,
            biases,
            X,
            Y,
            activation=setup.activation,
            output_activation="sigmoid",
            loss=setup.loss,
        )
        return list(zip(found.weights, found.biases, strict=True))

    parameters = list(zip(*layer_arrays(model), strict=True))
    report = check_gradient(by_hand, loss, parameters, raise_exception=False)
    return Comparison([name for name, _ in model.named_parameters()], report.entries, bool(report))
