"""The network to train, and how: from a `Setup` to modules, loss and optimizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

import nn
from autograd import Value, no_grad, sigmoid
from demos.xor.problem import FloatArray, X, Y


@dataclass(frozen=True)
class Setup:
    """Everything that decides how a training goes.

    Attributes:
        sizes: how many inputs, hidden units of each layer, and outputs.
        activation: of the hidden units; the output unit is a sigmoid, so that ŷ is from 0 to 1.
        loss: a name in `ENGINE_FORMS`.
        optimizer: a name in `OPTIMIZERS`.
        lr: the learning rate; None takes the optimizer's in `OPTIMIZERS`.
        momentum: for the optimizers that have it; None takes the one in `OPTIMIZERS`.
        init: a name in ``nn.init.INITIALIZERS``; None for what ``nn.Linear`` does.
        seed: what the initial weights depend on.
        epochs: how many steps, each on all four points.
        compiled: whether the loss is compiled for it.
    """

    sizes: tuple[int, ...] = (2, 2, 1)
    activation: str = "sigmoid"
    loss: str = "binary_cross_entropy"
    optimizer: str = "sgd"
    lr: float | None = None
    momentum: float | None = None
    init: str | None = None
    seed: int = 9
    epochs: int = 1000
    compiled: bool = False

    @property
    def architecture(self) -> str:
        """The sizes as the literature writes them, such as 2-2-1."""
        return "-".join(map(str, self.sizes))


class EngineForm(NamedTuple):
    """What the engine computes for a loss of ŷ = sigmoid(z)."""

    loss: str
    output_activation: str


ENGINE_FORMS = {
    # From the logit z: no logarithm of a ŷ that was rounded to 0, and the exact gradient ŷ − y.
    "binary_cross_entropy": EngineForm("binary_cross_entropy_with_logits", "identity"),
    "half_squared_error": EngineForm("half_squared_error", "sigmoid"),
    "mse_loss": EngineForm("mse_loss", "sigmoid"),
}

#: Optimizers with options that suit four points.
OPTIMIZERS: dict[str, tuple[Callable[..., nn.Optimizer], dict[str, float]]] = {
    "sgd": (nn.SGD, {"lr": 0.5, "momentum": 0.9}),
    "adam": (nn.Adam, {"lr": 0.05}),
    "adamw": (nn.AdamW, {"lr": 0.05}),
    "rmsprop": (nn.RMSprop, {"lr": 0.02}),
    "adagrad": (nn.Adagrad, {"lr": 0.5}),
}

WITH_MOMENTUM = ("sgd", "rmsprop")


def build_model(setup: Setup) -> nn.MLP:
    """Return the network at its start."""
    return nn.MLP(
        setup.sizes[0],
        setup.sizes[1:],
        activation=setup.activation,
        output_activation=ENGINE_FORMS[setup.loss].output_activation,
        init=setup.init,
        seed=setup.seed,
    )


def build_optimizer(setup: Setup, model: nn.MLP) -> nn.Optimizer:
    """Return the optimizer of the model's parameters."""
    kind, options = OPTIMIZERS[setup.optimizer]
    given = {"lr": setup.lr, "momentum": setup.momentum}
    options = options | {name: option for name, option in given.items() if option is not None}
    return kind(model.parameters(), **options)


def batch_loss(setup: Setup, model: nn.MLP) -> Value:
    """Return the mean loss of the four points, as the root of its graph."""
    loss = nn.LOSSES[ENGINE_FORMS[setup.loss].loss]
    value: Value = loss([model(x) for x in X], Y.ravel())
    return value


def outputs(model: nn.MLP) -> FloatArray:
    """Return ŷ of the four points, shape (4, 1)."""
    with no_grad():
        raw = [model(x) for x in X]
        if isinstance(model.output_activation, nn.Identity):
            raw = [sigmoid(z) for z in raw]
    return np.array([[float(y)] for y in raw])


def layer_arrays(model: nn.MLP) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return weights and biases, an array for each layer, as ``nn.manual`` wants them."""
    state = model.state_dict()
    layers: Sequence[int] = range(len(model.layers))
    return (
        [state[f"layers.{i}.weight"] for i in layers],
        [state[f"layers.{i}.bias"] for i in layers],
    )
