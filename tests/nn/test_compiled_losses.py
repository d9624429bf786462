"""Losses of one's own, compiled: the same as eager, and in which form they are recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from tests.nn.test_compiled_training import CLASSES, X, both, fit, network, numbers


def test_a_penalty_on_the_weights_reaches_them(recordings: list[object]) -> None:
    model = network()

    def loss(outputs: Any, targets: Any) -> Any:
        penalty = sum(p * p for p in model.parameters())
        return nn.mse_loss(outputs, targets) + 0.1 * penalty

    history = fit(model, loss=loss, batch_size=6)
    assert len(recordings) == 1
    compiled = numbers(model)
    model.load_state_dict(network().state_dict())
    assert fit(model, loss=loss, batch_size=6, compiled=False).losses == pytest.approx(
        history.losses, rel=1e-10
    )
    assert compiled == pytest.approx(numbers(model), rel=1e-10)


LOSSES: dict[str, tuple[Callable[[Any, Any], Any], int]] = {
    "mean": (lambda o, t: np.mean((o - t) ** 4), 1),
    "hinge as in micrograd": (lambda o, t: sum((1 + -y * s).relu() for y, s in zip(t, o)), 1),
    "Huber": (lambda o, t: np.mean(np.where(abs(o - t) < 1, (o - t) ** 2, abs(o - t))), 1),
    "quantile": (lambda o, t: np.mean(np.maximum(0.9 * (t - o), 0.1 * (o - t))), 1),
    "masked": (lambda o, t: np.sum((t > 0) * (o - t) ** 2 + (o > t) * o), 1),
    "sum": (lambda o, t: 0.02 * np.sum(np.abs(o - t)), 1),
    "weighted": (lambda o, t: np.mean(nn.mse_loss(o, t, reduction="none") * (1.0 + t * t)), 1),
    "divided by a number": (lambda o, t: np.sum((o - t) ** 2) / 6, 1),
    # The model, and the loss of its outputs for two sizes of batch.
    "root of the mean": (lambda o, t: autograd.sqrt(nn.mse_loss(o, t)), 3),
    "largest": (lambda o, t: autograd.maximum(*((o - t) ** 2)[:2]), 3),
    "spread": (lambda o, t: nn.mse_loss(o, t) + 0.1 * autograd.variance(o), 3),
    "weighted mean": (lambda o, t: np.dot(1.0 + (t > 0), (o - t) ** 2) / np.sum(1.0 + (t > 0)), 3),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_recorded_for_a_sample_or_for_a_batch(
    name: str, recordings: list[object]
) -> None:
    loss, count = LOSSES[name]
    both(network, loss=loss, batch_size=6)  # and a last one of 5
    assert len(recordings) == count


@pytest.mark.parametrize("by_classes", [False, True])
def test_a_sum_with_a_penalty(by_classes: bool, recordings: list[object]) -> None:
    models = [nn.MLP(3, [4, 3], "tanh", seed=1) for _ in range(2)]
    found = []
    for model, compiled in zip(models, (False, True), strict=True):

        def loss(outputs: Any, targets: Any, model: nn.Module = model) -> Any:
            if by_classes:
                each = [row[k] ** 2 for row, k in zip(outputs, targets, strict=True)]
            else:
                each = nn.cross_entropy(outputs, targets, reduction="none")
            return 0.1 * np.sum(each) + 0.03 * sum(p * p for p in model.parameters())

        history = fit(model, loss=loss, y=CLASSES, batch_size=6, compiled=compiled)
        found.append([*history.losses, *numbers(model)])
    assert found[1] == pytest.approx(found[0], rel=1e-10)
    assert len(recordings) == (2 if by_classes else 1)


def test_a_loss_of_a_batch_that_takes_parameters_and_has_several_outputs() -> None:
    models = [nn.MLP(3, [4, 2], "tanh", seed=1) for _ in range(2)]
    found = []
    for model, compiled in zip(models, (False, True), strict=True):

        def loss(outputs: Any, targets: Any, model: nn.Module = model) -> Any:
            penalty = sum(p * p for p in model.parameters())
            return np.sum((outputs[:, 0] * outputs[:, 1] - targets) ** 2) ** 0.9 + 0.1 * penalty

        history = fit(model, loss=loss, batch_size=6, compiled=compiled)
        found.append([*history.losses, *numbers(model)])
    assert found[1] == pytest.approx(found[0], rel=1e-10)


CLASS_LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "an index": lambda o, t: (
        -np.mean([autograd.log_softmax(row)[k] for row, k in zip(o, t, strict=True)])
    ),
    "indices": lambda o, t: np.mean(-np.log(softmax(o)[np.arange(len(t)), t])),
    "a mask": lambda o, t: -np.sum((t[:, None] == np.arange(3)) * np.log(softmax(o))),
    "a branch": lambda o, t: np.mean(
        [row[0] ** 2 if k == 0 else row[1] * row[2] for row, k in zip(o, t, strict=True)]
    ),
    "a table": lambda o, t: np.mean(np.array([1.0, 2.0, 5.0])[t] * (o[:, 0] - 1.0) ** 2),
    "a dictionary": lambda o, t: np.mean(
        [{0: 1.0, 1: 2.0, 2: 5.0}[int(k)] * row[0] ** 2 for row, k in zip(o, t, strict=True)]
    ),
}


def softmax(logits: Any) -> Any:
    powers = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", CLASS_LOSSES)
def test_a_loss_may_use_classes_as_it_likes(name: str) -> None:
    both(
        lambda: nn.MLP(3, [4, 3], "tanh", seed=1), loss=CLASS_LOSSES[name], y=CLASSES, batch_size=6
    )


def test_classes_that_are_met_later(recordings: list[object]) -> None:
    model = nn.MLP(3, [4, 3], "tanh", seed=1)
    f = nn.compile_loss(model, CLASS_LOSSES["an index"])
    w = nn.parameters_to_vector(model.parameters())
    for targets, count in ((np.zeros(23, int), 2), (CLASSES, 4), (CLASSES[::-1], 4)):
        wanted = nn.cross_entropy([model(x) for x in X], targets).data
        assert f.value_and_grad(w, X, targets)[0] == pytest.approx(wanted, rel=1e-12)
        assert len(recordings) == count  # the first of two is the one that fails


def test_rows_of_targets_may_be_classes_too() -> None:
    def loss(outputs: Any, targets: Any) -> Any:
        return np.mean(
            [
                row[0] ** 2 if t[0] > t[1] else row[1]
                for row, t in zip(outputs, targets, strict=True)
            ]
        )

    rows = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]])[CLASSES]
    both(lambda: nn.MLP(3, [4, 2], "tanh", seed=1), loss=loss, y=rows, batch_size=6)


def test_a_loss_that_is_flat_where_it_is_tried_is_moved() -> None:
    # It is tried where targets differ: at the first sample alone, whose loss is zero around there.
    both(
        lambda: nn.MLP(3, [1], seed=0), X=X * np.where(np.arange(23) == 0, 0.0, 10.0)[:, None],
        y=np.zeros(23), loss=lambda o, t: 1e-3 * np.sum(autograd.relu(abs(o - t) - 4.0)),
    )  # fmt: skip


def test_a_loss_that_weighs_classes_is_tried_on_all_of_them() -> None:
    weights = dict.fromkeys(range(12), 1.0) | {11: 5.0}

    def loss(outputs: Any, targets: Any) -> Any:
        of_class = [
            sum(autograd.where(target == k, w, 0.0) for k, w in weights.items())
            for target in targets
        ]
        return autograd.dot(of_class, (outputs - 1.0) ** 2) / autograd.sum(of_class)

    both(network, loss=loss, y=np.arange(23) % 12, batch_size=12, epochs=2)


class Scaled(nn.Module):
    """A squared error with a scale that is learned."""

    def __init__(self) -> None:
        self.scale = Value(2.0)

    def forward(self, outputs: Any, targets: Any) -> Any:
        return np.mean((self.scale * outputs - targets) ** 2)


def test_a_loss_with_parameters_is_a_module() -> None:
    scales = []
    for compiled in (False, True):
        model, loss = network(), Scaled()
        optimizer = nn.SGD([*model.parameters(), *loss.parameters()], lr=0.1)
        fit(model, loss=loss, optimizer=optimizer, compiled=compiled)
        scales.append(loss.scale.data)
        assert isinstance(loss.scale, Value)
    assert scales[1] == pytest.approx(scales[0], rel=1e-12)
    assert scales[1] != 2.0


def test_parameters_from_elsewhere_are_refused() -> None:
    model, scale = network(), Value(2.0, "scale")
    optimizer = nn.SGD([*model.parameters(), scale], lr=0.1)
    with pytest.raises(ValueError, match=r"parameter Value\(.*'scale'\) from elsewhere .* Module"):
        fit(model, loss=lambda o, t: np.mean((scale * o - t) ** 2), optimizer=optimizer)
    assert numbers(model) == numbers(network())
    # What is not trained is read anew, and may be anywhere.
    fit(model, loss=lambda o, t: np.mean((scale * o - t) ** 2))


def test_what_is_random_or_needs_numbers_is_refused() -> None:
    rng = np.random.default_rng(0)
    model = network()
    with pytest.raises(ValueError, match="for the same samples the loss is .* random"):
        fit(model, loss=lambda o, t: nn.mse_loss(o, t) * rng.uniform())
    with pytest.raises(autograd.RecordingError, match="branch on a recorded number") as caught:
        fit(model, loss=lambda o, t: np.mean([max(a, 0.0) for a in o]), y=CLASSES)
    assert any("nn.cross_entropy takes classes" in note for note in caught.value.__notes__)
    many = {"X": np.tile(X, (3, 1)), "y": np.arange(69.0)}  # too many to be classes
    with pytest.raises(autograd.RecordingError, match="branch on a recorded number"):
        fit(model, loss=lambda o, t: np.mean([a if b > 0 else -a for a, b in zip(o, t)]), **many)


def test_branches_are_recorded_each_way_with_guards(recordings: list[object]) -> None:
    class Folded(nn.Neuron):
        def forward(self, x: Any) -> Any:
            return super().forward(x if x[0] > 0.0 else -x)

    def loss(outputs: Any, targets: Any) -> Any:
        return np.mean([max(o - t, t - o) for o, t in zip(outputs, targets, strict=True)])

    model, twin = Folded(3, seed=0), Folded(3, seed=0)
    with pytest.raises(autograd.RecordingError, match="a branch on a recorded number"):
        fit(model, loss=loss)
    recordings.clear()
    f = nn.compile_loss(model, loss, branches="guard")
    history = fit(model, loss=f, batch_size=5)
    assert 2 <= len(recordings) <= 4
    assert history.losses == pytest.approx(
        fit(twin, loss=loss, batch_size=5, compiled=False).losses, rel=1e-10
    )
    assert numbers(model) == pytest.approx(numbers(twin), rel=1e-10)
