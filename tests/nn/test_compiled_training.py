"""Compiled training: the same as eager, whatever the options; tests/nn/test_training.py runs both.

Here is what only compiled training can do wrong.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value

RNG = np.random.default_rng(0)
X = RNG.normal(size=(23, 3))
Y = np.sin(X @ [1.0, -2.0, 0.5])
CLASSES = (Y > 0).astype(int) + (Y > 0.7)

#: All optimizers, with all of their options.
OPTIMIZERS: dict[str, tuple[Callable[..., nn.Optimizer], dict[str, Any]]] = {
    "SGD": (nn.SGD, {"lr": 0.1}),
    "SGD momentum": (nn.SGD, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}),
    "SGD dampening": (nn.SGD, {"lr": 0.05, "momentum": 0.9, "dampening": 0.3}),
    "SGD nesterov": (nn.SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "Adam": (nn.Adam, {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.01}),
    "Adam amsgrad": (nn.Adam, {"lr": 0.02, "amsgrad": True}),
    "AdamW": (nn.AdamW, {"lr": 0.02, "weight_decay": 0.3}),
    "AdamW amsgrad": (nn.AdamW, {"lr": 0.02, "amsgrad": True}),
    "RMSprop": (nn.RMSprop, {"lr": 0.01, "alpha": 0.9, "weight_decay": 0.01}),
    "RMSprop centered": (nn.RMSprop, {"lr": 0.01, "momentum": 0.5, "eps": 1e-3, "centered": True}),
    "Adagrad": (
        nn.Adagrad,
        {"lr": 0.1, "lr_decay": 0.01, "weight_decay": 0.01, "initial_accumulator_value": 0.3},
    ),
}


def network(seed: int = 1) -> nn.MLP:
    return nn.MLP(3, [4, 1], "tanh", seed=seed)


def numbers(model: nn.Module) -> list[float]:
    return [parameter.data for parameter in model.parameters()]


def sgd(model: nn.Module) -> nn.SGD:
    return nn.SGD(model.parameters(), lr=0.02, momentum=0.9)


def fit(model: nn.Module, **options: Any) -> nn.History:
    arguments: dict[str, Any] = {
        "X": X, "y": Y, "loss": "mse_loss", "epochs": 5, "seed": 3, "compiled": True,
    }  # fmt: skip
    if "optimizer" not in options:
        options["optimizer"] = sgd(model)
    return nn.fit(model, **(arguments | options))


def both(build: Callable[[], nn.Module], **options: Any) -> tuple[nn.Module, nn.Module]:
    """Train eager and compiled, and compare."""
    twins = build(), build()
    histories = [
        fit(model, compiled=compiled, **options)
        for model, compiled in zip(twins, (False, True), strict=True)
    ]
    assert histories[1].losses == pytest.approx(histories[0].losses, rel=1e-10)
    assert histories[1].stopped == histories[0].stopped
    assert numbers(twins[1]) == pytest.approx(numbers(twins[0]), rel=1e-10, abs=1e-12)
    gradients = [[p.grad for p in model.parameters()] for model in twins]
    assert gradients[1] == pytest.approx(gradients[0], rel=1e-8, abs=1e-12)
    return twins


# The same trajectory
# -------------------


@pytest.mark.parametrize("run", OPTIMIZERS)
def test_a_hundred_steps_are_those_of_eager_training(run: str) -> None:
    kind, options = OPTIMIZERS[run]
    points: list[list[list[float]]] = []
    states = []
    for compiled in (False, True):
        model = network()
        optimizer = kind(model.parameters(), **options)
        trajectory: list[list[float]] = []
        history = fit(
            model,
            optimizer=optimizer,
            epochs=25,
            batch_size=6,  # four steps an epoch, the last with five samples
            max_grad_norm=0.5,
            scheduler=nn.StepLR(optimizer, 10, 0.5),
            callbacks=[lambda _, loss, t=trajectory, m=model: t.append([loss, *numbers(m)])],
            compiled=compiled,
        )
        assert len(history.losses) == 25
        points.append(trajectory)
        states.append(optimizer.state_dict())
    assert np.array(points[1]) == pytest.approx(np.array(points[0]), rel=1e-10, abs=1e-10)
    assert states[1]["param_groups"] == states[0]["param_groups"]
    for key, entry in states[0]["state"][0].items():
        assert states[1]["state"][0][key] == pytest.approx(entry, rel=1e-10, abs=1e-10)


SCHEDULES: dict[str, Callable[[nn.Optimizer], nn.LRScheduler]] = {
    "StepLR": lambda optimizer: nn.StepLR(optimizer, 3, 0.5),
    "MultiStepLR": lambda optimizer: nn.MultiStepLR(optimizer, [2, 7, 8], 0.3),
    "ExponentialLR": lambda optimizer: nn.ExponentialLR(optimizer, 0.9),
    "CosineAnnealingLR": lambda optimizer: nn.CosineAnnealingLR(optimizer, 8, 1e-3),
    "LinearLR": lambda optimizer: nn.LinearLR(optimizer, 0.1, 1.0, 6),
    "LambdaLR": lambda optimizer: nn.LambdaLR(optimizer, lambda epoch: 1.0 / (1.0 + epoch)),
    "SequentialLR": lambda optimizer: nn.SequentialLR(
        optimizer, [nn.LinearLR(optimizer), nn.ExponentialLR(optimizer, 0.8)], [5]
    ),
}


def test_every_schedule_is_tested_here() -> None:
    assert set(SCHEDULES) == {kind.__name__ for kind in nn.LRScheduler.__subclasses__()}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_with_frozen_and_tied_parameters(name: str) -> None:
    """Shared weights, a parameter that does not move, and a rate that changes every epoch."""
    found = []
    for compiled in (False, True):
        layer = nn.Linear(3, 3, seed=0)
        model = nn.Sequential(layer, nn.Tanh(), layer, nn.Linear(3, 1, seed=1))
        layer.weight[1, 2].requires_grad = False
        optimizer = nn.Adam(model.parameters(), lr=0.05, weight_decay=0.01, amsgrad=True)
        trajectory: list[list[float]] = []
        fit(
            model,
            optimizer=optimizer,
            y=Y[:, None],
            epochs=20,  # of five steps
            batch_size=5,
            max_grad_norm=1.0,
            scheduler=SCHEDULES[name](optimizer),
            callbacks=[lambda _, loss, t=trajectory, m=model: t.append([loss, *numbers(m)])],
            compiled=compiled,
        )
        assert layer.weight[1, 2].data == nn.Linear(3, 3, seed=0).weight[1, 2].data
        found.append(trajectory)
    assert np.shape(found[0]) == (20, 1 + 12 + 4)
    assert np.array(found[1]) == pytest.approx(np.array(found[0]), rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("loss", ["mse_loss", "half_squared_error"])
@pytest.mark.parametrize("batch_size", [None, 1, 23, 100])
def test_batches_of_all_sizes(loss: str, batch_size: int | None) -> None:
    both(network, loss=loss, batch_size=batch_size)


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "binary_cross_entropy_with_logits"])
def test_losses_of_probabilities(loss: str) -> None:
    output = "sigmoid" if loss == "binary_cross_entropy" else "identity"
    both(lambda: nn.MLP(3, [4, 1], "tanh", output, seed=1), loss=loss, y=Y > 0)


def test_hinge_and_classes_and_several_outputs() -> None:
    both(network, loss="hinge_loss", y=np.sign(Y))
    both(lambda: nn.MLP(3, [4, 3], seed=1), loss="cross_entropy", y=CLASSES, batch_size=5)
    both(lambda: nn.MLP(3, [4, 2], seed=1), y=np.stack([Y, Y**2], axis=1), batch_size=5)
    both(lambda: nn.MLP(1, [4, 1], seed=1), X=X[:, 0])


def test_groups_and_frozen_parameters() -> None:
    def build() -> nn.Module:
        model = network()
        model.layers[0].bias[1].requires_grad = False
        return model

    for compiled in (False, True):
        model = build()
        fit(model, compiled=compiled, max_grad_norm=0.1)
        assert model.layers[0].bias[1].data == build().layers[0].bias[1].data  # type: ignore[attr-defined]
    both(build, max_grad_norm=0.1)
    found = []
    for compiled in (False, True):
        model = network()
        first, second = model.layers
        groups = [{"params": second.parameters(), "lr": 0.5}, {"params": first.weight.flat}]
        optimizer = nn.SGD(groups, lr=0.1, momentum=0.9)
        fit(model, optimizer=optimizer, compiled=compiled)
        assert numbers(model)[12:16] == numbers(network())[12:16]  # biases of the first layer
        found.append(numbers(model))
    assert found[1] == pytest.approx(found[0], rel=1e-10)


def test_a_parameter_that_nothing_uses_decays_all_the_same() -> None:
    idle = Value(3.0)
    model = network()
    optimizer = nn.SGD([*model.parameters(), idle], lr=0.1, weight_decay=0.1)
    fit(model, optimizer=optimizer, epochs=2)
    assert (idle.data, idle.grad) == (pytest.approx(3.0 * 0.99**2), 0.0)


def test_an_optimizer_with_a_step_of_its_own_is_asked_for_it() -> None:
    class Reset(nn.SGD):
        def step(self) -> None:
            super().step()
            self.parameters()[0].data = self.parameters()[1].grad

    models = [network(), network()]
    for model, compiled in zip(models, (False, True), strict=True):
        fit(model, optimizer=Reset(model.parameters(), lr=0.1), compiled=compiled)
    assert numbers(models[1]) == pytest.approx(numbers(models[0]), rel=1e-10)
    assert models[1].layers[0].weight[0, 0].data != 0.0


# Recording once
# --------------


def test_nothing_is_recorded_twice(recordings: list[object]) -> None:
    model = network()
    fit(model, batch_size=5, epochs=3, callbacks=[lambda epoch, loss: None])
    assert len(recordings) == 1


def test_a_compiled_loss_serves_several_trainings(recordings: list[object]) -> None:
    model = network()
    f = nn.compile_loss(model, "mse_loss")
    first = fit(model, loss=f, batch_size=5)
    model.load_state_dict(network().state_dict())
    # It need not be said that the training is compiled.
    assert fit(model, loss=f, batch_size=5, compiled=False) == first
    assert len(recordings) == 1
    with pytest.raises(ValueError, match="compiled for another model"):
        fit(network(), loss=f)
    with pytest.raises(ValueError, match="for other parameters than the optimizer's"):
        fit(model, loss=f, optimizer=nn.SGD(model.layers[0].parameters()))


def test_the_compiler_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, nn; print('autograd.compiler' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


# Looking at the model
# --------------------


def test_a_callback_sees_and_changes_the_model() -> None:
    def training(compiled: bool) -> tuple[list[list[float]], list[float]]:
        model = network()
        optimizer = sgd(model)
        seen = []

        def callback(epoch: int, loss: float) -> None:
            seen.append([*numbers(model), *(p.grad for p in model.parameters())])
            seen[-1].append(model(X[0]).data)
            if epoch == 1:
                model.layers[0].weight[0, 0].data = 0.25
                model.layers[1].bias[0].requires_grad = False
                optimizer.state[0]["momentum_buffer"][:] = 0.0

        fit(model, optimizer=optimizer, compiled=compiled, callbacks=[callback], batch_size=10)
        return seen, numbers(model)

    (eager, first), (compiled, second) = training(False), training(True)
    assert np.array(compiled) == pytest.approx(np.array(eager), rel=1e-9, abs=1e-12)
    assert second == pytest.approx(first, rel=1e-10)
    assert second[-1] == compiled[1][len(second) - 1]  # frozen from then on


def test_an_error_in_a_callback_leaves_what_was_learned() -> None:
    def callback(epoch: int, loss: float) -> None:
        if epoch == 1:
            raise LookupError("mine")

    model, twin = network(), network()
    with pytest.raises(LookupError, match="mine"):
        fit(model, callbacks=[callback])
    fit(twin, epochs=2)
    assert numbers(model) == numbers(twin) != numbers(network())


class Interrupted(nn.SGD):
    """Ctrl-C in the middle of the seventh step."""

    calls = 0

    def update(self, *args: Any) -> Any:
        self.calls += 1
        if self.calls == 7:
            raise KeyboardInterrupt
        return super().update(*args)


def test_ctrl_c_in_the_middle_of_a_step_leaves_whole_steps() -> None:
    model, twin = network(), network()
    optimizer = Interrupted(model.parameters(), lr=0.02, momentum=0.9)
    history = fit(model, optimizer=optimizer, batch_size=6, shuffle=False)
    assert (history.stopped, len(history.losses)) == ("interrupted", 1)
    other = sgd(twin)
    fit(twin, optimizer=other, batch_size=6, shuffle=False, epochs=1)
    fit(twin, optimizer=other, batch_size=6, shuffle=False, epochs=1, X=X[:12], y=Y[:12])
    assert numbers(model) == numbers(twin)
    assert repr(optimizer.state) == repr(other.state)


def test_ctrl_c_while_it_is_recorded_changes_nothing() -> None:
    class Slow(nn.MLP):
        def forward(self, x: Any) -> Any:
            if not isinstance(x[0], Value):
                raise KeyboardInterrupt
            return super().forward(x)

    model = Slow(3, [4, 1], "tanh", seed=1)
    history = fit(model)
    assert history == nn.History([], "interrupted")
    assert numbers(model) == numbers(network())


# Numbers that are not finite
# ---------------------------


class Growth(nn.Module):
    """One weight, and a function that goes wrong when it has moved far enough."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.w = Value(0.0)
        self.function = function

    def forward(self, x: Any) -> Any:
        return self.function(self.w) + 0.0 * x[0]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda w: autograd.exp(w + w), r"OverflowError: exp\(.*math range error"),
        (lambda w: w + 1e-9 * autograd.log(1e3 - w), r"log\(-.*math domain error"),
        (lambda w: w + autograd.where(w > 100.0, math.nan, 0.0), "the loss is nan; the largest"),
        (lambda w: w + autograd.where(w > 100.0, math.inf, 0.0), "the loss is -inf; the largest"),
        (lambda w: w + 1.0 / autograd.relu(1e3 - w), "ZeroDivisionError: .*by zero"),
        (lambda w: w + autograd.sqrt(autograd.relu(w - w)), "the gradient of w is nan"),
    ],
)
def test_divergence_says_what_eager_training_says(
    function: Callable[[Any], Any], message: str
) -> None:
    caught = []
    left = []
    for compiled in (False, True):
        model = Growth(function)
        optimizer = nn.SGD(model.parameters(), lr=50.0, momentum=0.5)
        with pytest.raises((nn.TrainingDivergedError, ValueError), match=message) as error:
            fit(
                model, loss=lambda o, t: -np.mean(o), optimizer=optimizer, epochs=100,
                batch_size=6, shuffle=False, compiled=compiled,
            )  # fmt: skip
        caught.append(error.value)
        left.append([*numbers(model), *optimizer.state[0].get("momentum_buffer", [])])
    assert type(caught[1]) is type(caught[0])
    assert re.sub(r"\d\.\d+", "", str(caught[1])) == re.sub(r"\d\.\d+", "", str(caught[0]))
    assert left[1] == pytest.approx(left[0], rel=1e-12)


def test_divergence_that_only_compiled_training_knows() -> None:
    # Compiled, both sides of where are computed and differentiated.
    model = Growth(lambda w: autograd.where(w > 100.0, autograd.sqrt(autograd.relu(w - w)), w))
    loss = lambda o, t: -np.mean(o)  # noqa: E731
    fit(model, loss=loss, compiled=False, epochs=1)
    with pytest.raises(nn.TrainingDivergedError, match="the gradient of w is nan, compiled"):
        fit(model, loss=loss)


def test_invalid_targets_are_the_same_errors() -> None:
    for loss, outputs, y, message in [
        ("hinge_loss", 1, np.where(np.arange(23) == 15, 0.0, 1.0), "a target is 0.0, wanted is -1"),
        ("binary_cross_entropy_with_logits", 1, np.arange(23) / 10, "a target is 1.*, wanted is"),
        ("cross_entropy", 3, np.where(np.arange(23) == 15, 3, 1), "class 3, wanted is 0 to 2"),
        ("cross_entropy", 3, np.where(np.arange(23) == 15, -1, 1), "class -1, wanted is 0 to 2"),
        ("cross_entropy", 3, Y, "class indices that are ints"),
        ("binary_cross_entropy", 1, Y > 0, "an input is .* wanted is a number from 0 to 1"),
    ]:
        caught = []
        for compiled in (False, True):
            with pytest.raises((ValueError, TypeError), match=message) as error:
                fit(
                    nn.MLP(3, [outputs], seed=0), loss=loss, y=y, batch_size=6, shuffle=False,
                    compiled=compiled,
                )  # fmt: skip
            caught.append(type(error.value))
        assert caught[0] is caught[1]
