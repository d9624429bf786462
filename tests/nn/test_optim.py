"""Optimizers, step by step, against PyTorch and against figures that PyTorch has computed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import nn
from autograd import Value

STEPS = 12
START = [0.7, -1.3, 2.5, 0.0]

# The name of the class and the options that differ from the defaults.
RUNS: dict[str, tuple[str, dict[str, Any]]] = {
    "SGD": ("SGD", {}),
    "SGD momentum": ("SGD", {"lr": 0.05, "momentum": 0.9}),
    "SGD dampening": ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3}),
    "SGD nesterov": ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "SGD weight decay": ("SGD", {"lr": 0.05, "momentum": 0.5, "weight_decay": 0.1}),
    "Adam": ("Adam", {}),
    "Adam options": ("Adam", {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}),
    "Adam amsgrad": ("Adam", {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True}),
    "AdamW": ("AdamW", {}),
    "AdamW options": ("AdamW", {"lr": 0.1, "weight_decay": 0.3, "amsgrad": True}),
    "RMSprop": ("RMSprop", {}),
    "RMSprop momentum": ("RMSprop", {"alpha": 0.9, "momentum": 0.8, "weight_decay": 0.1}),
    "RMSprop centered": ("RMSprop", {"alpha": 0.9, "eps": 1e-3, "centered": True}),
    "RMSprop both": ("RMSprop", {"alpha": 0.9, "momentum": 0.8, "centered": True}),
    "Adagrad": ("Adagrad", {}),
    "Adagrad options": (
        "Adagrad",
        {"lr": 0.5, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.3},
    ),
}


def gradients(step: int) -> list[float]:
    """Gradients of very different sizes that change sign; the last parameter's stay zero."""
    return [math.sin(1.0 + 2.0 * step), 100.0 * math.cos(step), 1e-4 * math.cos(3.0 * step), 0.0]


def trajectory(optimizer: Any, parameters: list[Value]) -> list[list[float]]:
    points = []
    for step in range(STEPS):
        for parameter, gradient in zip(parameters, gradients(step), strict=True):
            parameter.grad = gradient
        optimizer.step()
        points.append([parameter.data for parameter in parameters])
    return points


def ours(run: str) -> list[list[float]]:
    name, options = RUNS[run]
    parameters = [Value(x) for x in START]
    return trajectory(getattr(nn, name)(parameters, **options), parameters)


def pytorchs(torch: Any, run: str) -> list[list[float]]:
    name, options = RUNS[run]
    tensor = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, name)([tensor], **options)
    points = []
    for step in range(STEPS):
        tensor.grad = torch.tensor(gradients(step), dtype=torch.float64)
        optimizer.step()
        points.append(tensor.tolist())
    return points


# Computed by `pytorchs` with PyTorch 2.13.0 on a CPU.
FIGURES: dict[str, list[list[float]]] = json.loads(
    Path(__file__).with_name("optim_pytorch_2_13.json").read_text(encoding="utf-8")
)["runs"]


@pytest.mark.parametrize("run", RUNS)
def test_every_step_is_that_of_the_stored_figures(run: str) -> None:
    assert np.array(ours(run)) == pytest.approx(np.array(FIGURES[run]), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("run", RUNS)
def test_every_step_is_pytorchs(run: str) -> None:
    torch = pytest.importorskip("torch")
    wanted = np.array(pytorchs(torch, run))
    assert np.array(ours(run)) == pytest.approx(wanted, rel=1e-12, abs=1e-12)
    assert np.array(FIGURES[run]) == pytest.approx(wanted, rel=1e-14, abs=1e-14)


def test_defaults_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad"):
        wanted = getattr(torch.optim, name)([torch.zeros(1, requires_grad=True)]).param_groups[0]
        for option, default in getattr(nn, name)([Value(0.0)]).param_groups[0].items():
            assert option == "params" or wanted[option] == default


# SGD, as in 1986
# ---------------


def steps_of_1986(rate: Callable[[int], float], momentum: float) -> list[npt.NDArray[np.float64]]:
    """Rumelhart, Hinton & Williams 1986, eq. 9: Δw(t) = −ε ∂E/∂w(t) + α Δw(t−1)."""
    w, change = np.array(START), np.zeros(len(START))
    points = []
    for step in range(STEPS):
        change = -rate(step) * np.array(gradients(step)) + momentum * change
        w = w + change
        points.append(w)
    return points


def test_momentum_is_that_of_1986_while_the_rate_is_constant() -> None:
    parameters = [Value(x) for x in START]
    points = trajectory(nn.SGD(parameters, lr=0.05, momentum=0.9), parameters)
    wanted = np.array(steps_of_1986(lambda step: 0.05, 0.9))
    assert np.array(points) == pytest.approx(wanted, rel=1e-13, abs=1e-13)


def test_momentum_differs_from_that_of_1986_when_the_rate_changes() -> None:
    parameter = Value(0.0)
    optimizer = nn.SGD([parameter], lr=1.0, momentum=0.5)
    parameter.grad = 1.0
    optimizer.step()
    optimizer.param_groups[0]["lr"] = 0.1
    parameter.grad = 0.0
    optimizer.step()
    # Both have taken a step of -1. Then theirs goes on by -0.5, PyTorch's by 0.1 times that.
    assert parameter.data == -1.05


# Groups, frozen parameters, state
# --------------------------------


def test_groups_have_their_own_options() -> None:
    a, b = Value(1.0), Value(1.0)
    groups: list[dict[str, Any]] = [{"params": [a]}, {"params": [b], "lr": 0.5}]
    optimizer = nn.SGD(groups, lr=0.1)
    a.grad = b.grad = 1.0
    optimizer.step()
    assert (a.data, b.data) == (0.9, 0.5)
    assert repr(optimizer).startswith("SGD(lr=0.1, momentum=0.0")
    assert "; lr=0.5" in repr(optimizer)


@pytest.mark.parametrize("run", ["SGD momentum", "Adam options", "RMSprop both", "Adagrad options"])
def test_a_frozen_parameter_does_not_move(run: str) -> None:
    name, options = RUNS[run]
    parameters = [Value(x) for x in START]
    parameters[1].requires_grad = False
    optimizer = getattr(nn, name)(parameters, **options)
    points = np.array(trajectory(optimizer, parameters))
    wanted = np.array(FIGURES[run])
    assert (points[:, 1] == START[1]).all()
    assert points[:, [0, 2, 3]] == pytest.approx(wanted[:, [0, 2, 3]], rel=1e-12, abs=1e-12)
    arrays = [entry for entry in optimizer.state[0].values() if isinstance(entry, np.ndarray)]
    assert all(entry[1] == 0.0 for entry in arrays)


@pytest.mark.parametrize("run", RUNS)
def test_going_on_from_a_saved_state_changes_nothing(run: str) -> None:
    name, options = RUNS[run]
    parameters = [Value(x) for x in START]
    first = getattr(nn, name)(parameters, **options)
    second = getattr(nn, name)(parameters, lr=123.0)
    points: list[list[float]] = []
    for step in range(STEPS):
        optimizer = first if step < 5 else second
        if step == 5:
            state = first.state_dict()
            first.step()  # what is saved does not change any more
            for parameter, number in zip(parameters, points[-1], strict=True):
                parameter.data = number
            second.load_state_dict(state)
        for parameter, gradient in zip(parameters, gradients(step), strict=True):
            parameter.grad = gradient
        optimizer.step()
        points.append([parameter.data for parameter in parameters])
    assert points == ours(run)


def test_a_saved_state_is_independent() -> None:
    parameter = Value(1.0)
    optimizer = nn.SGD([parameter], lr=0.1, momentum=0.9)
    optimizer.step()
    state = optimizer.state_dict()
    other = nn.SGD([parameter])
    other.load_state_dict(state)
    state["state"][0]["momentum_buffer"][0] = 7.0
    for one in (optimizer, other):
        assert one.state[0]["momentum_buffer"].tolist() == [0.0]


def test_a_state_that_does_not_fit_changes_nothing() -> None:
    optimizer = nn.SGD([Value(1.0), Value(2.0)], lr=0.1, momentum=0.9)
    optimizer.step()
    before = repr(optimizer.state_dict())
    good = optimizer.state_dict()
    bad: list[tuple[Any, str]] = [
        ({"weight": [1.0]}, r"no state_dict of an optimizer: its keys are \['weight'\]"),
        (nn.SGD([Value(1.0)]).state_dict(), r"groups of \[1\] parameters, wanted are \[2\]"),
        (nn.Adam([Value(1.0), Value(2.0)]).state_dict(), "the state has no dampening, momentum"),
        (
            {"state": good["state"], "param_groups": [{**good["param_groups"][0], "lr": -1.0}]},
            "lr must be finite, at least 0, got -1",
        ),
    ]
    for state, message in bad:
        with pytest.raises(ValueError, match=message):
            optimizer.load_state_dict(state)
        assert repr(optimizer.state_dict()) == before


def test_a_step_that_fails_changes_nothing() -> None:
    a, b = Value(1.0), Value(1.0)
    groups: list[dict[str, Any]] = [{"params": [a]}, {"params": [b]}]
    optimizer = nn.SGD(groups, lr=0.1, momentum=0.9)
    optimizer.param_groups[1]["lr"] = "fast"
    a.grad = b.grad = 1.0
    with pytest.raises(TypeError):
        optimizer.step()
    assert (a.data, b.data) == (1.0, 1.0)
    assert optimizer.state == [{}, {}]


def test_zero_grad() -> None:
    parameters = [Value(1.0), Value(2.0)]
    parameters[1].grad = 3.0
    nn.SGD(parameters).zero_grad()
    assert [parameter.grad for parameter in parameters] == [0.0, 0.0]


def test_rmsprop_centered_survives_constant_gradients() -> None:
    parameter = Value(1.0)
    optimizer = nn.RMSprop([parameter], alpha=0.5, centered=True)
    for _ in range(200):
        parameter.grad = 3.3  # from step 53 on, the variance estimate rounds to less than zero
        optimizer.step()
    assert math.isfinite(parameter.data)


def test_numbers_too_large_become_infinite_quietly() -> None:
    parameter = Value(1.0)
    parameter.grad = 1e300
    nn.SGD([parameter], lr=1e300).step()
    assert parameter.data == -math.inf


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("SGD", {"lr": -0.1}, ValueError, "lr must be finite, at least 0, got -0.1"),
        ("SGD", {"lr": math.nan}, ValueError, "lr must be finite"),
        ("SGD", {"lr": math.inf}, ValueError, "lr must be finite"),
        ("SGD", {"lr": "0.1"}, TypeError, "lr is a number, not '0.1'"),
        ("SGD", {"momentum": -0.1}, ValueError, "momentum must be"),
        ("SGD", {"nesterov": True}, ValueError, "nesterov needs momentum"),
        ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, ValueError, "no dampening"),
        ("Adam", {"betas": (0.9, 1.0)}, ValueError, r"betas\[1\] must be .* below 1, got 1.0"),
        ("Adam", {"eps": -1.0}, ValueError, "eps"),
        ("AdamW", {"weight_decay": -1.0}, ValueError, "weight_decay"),
        ("RMSprop", {"alpha": -1.0}, ValueError, "alpha"),
        ("Adagrad", {"lr_decay": -1.0}, ValueError, "lr_decay"),
    ],
)
def test_bad_options(
    name: str, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        getattr(nn, name)([Value(1.0)], **options)


def test_bad_parameters() -> None:
    value = Value(1.0)
    cases: list[tuple[Any, type[Exception], str]] = [
        ([], ValueError, "list of parameters is empty"),
        ([value, value], ValueError, "twice"),
        ([{"params": [value]}, {"params": [value]}], ValueError, "twice"),
        ([1.0], TypeError, "a parameter is a Value, not 1.0"),
        (value, TypeError, r"an iterable of Values, such as model.parameters\(\)"),
        (nn.Linear(1, 1), TypeError, r"model.parameters\(\)"),
        ([{"lr": 0.1}], ValueError, 'a parameter group has no "params"'),
        ([{"params": [value], "rate": 0.1}], ValueError, "unknown option rate; known are lr"),
    ]
    for params, error, message in cases:
        with pytest.raises(error, match=message):
            nn.SGD(params)
