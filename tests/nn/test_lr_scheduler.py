from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import nn
from autograd import Value

EPOCHS = 20

# Each schedule, made from the package that has the classes, nn or torch.optim.lr_scheduler.
SCHEDULES: dict[str, Callable[[Any, Any], Any]] = {
    "StepLR": lambda package, o: package.StepLR(o, step_size=4, gamma=0.5),
    "MultiStepLR": lambda package, o: package.MultiStepLR(o, [9, 3, 5]),
    "ExponentialLR": lambda package, o: package.ExponentialLR(o, gamma=0.9),
    "CosineAnnealingLR": lambda package, o: package.CosineAnnealingLR(o, T_max=10, eta_min=0.01),
    "LambdaLR": lambda package, o: package.LambdaLR(o, lambda epoch: 1.0 / (1.0 + epoch)),
    "LambdaLR for each": lambda package, o: package.LambdaLR(
        o, [lambda epoch: 0.5**epoch, lambda epoch: 1.0 + epoch]
    ),
    "LinearLR": lambda package, o: package.LinearLR(o),
    "LinearLR options": lambda package, o: package.LinearLR(
        o, start_factor=0.1, end_factor=0.5, total_iters=7
    ),
    "SequentialLR": lambda package, o: package.SequentialLR(
        o,
        [
            package.LinearLR(o, start_factor=0.2, total_iters=4),
            package.ExponentialLR(o, gamma=0.8),
            package.LambdaLR(o, [lambda epoch: 0.5, lambda epoch: 0.25]),
        ],
        milestones=[4, 12],
    ),
}


def optimizer() -> nn.Optimizer:
    groups: list[dict[str, Any]] = [{"params": [Value(0.0)]}, {"params": [Value(0.0)], "lr": 3.0}]
    return nn.SGD(groups, lr=0.4)


def rates(scheduler: nn.LRScheduler, epochs: int = EPOCHS) -> list[list[float]]:
    found = []
    for _ in range(epochs):
        found.append(scheduler.get_last_lr())
        scheduler.step()
    return found


# PyTorch's SequentialLR hands an epoch to its schedules, which PyTorch has declared obsolete.
@pytest.mark.filterwarnings("ignore:.*epoch parameter:UserWarning")
@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    tensors = [torch.zeros(1, requires_grad=True) for _ in range(2)]
    twin = torch.optim.SGD([{"params": tensors[:1]}, {"params": tensors[1:], "lr": 3.0}], lr=0.4)
    scheduler = SCHEDULES[name](torch.optim.lr_scheduler, twin)
    wanted = []
    for _ in range(EPOCHS):
        wanted.append(scheduler.get_last_lr())
        twin.step()
        scheduler.step()
    for found, row in zip(rates(SCHEDULES[name](nn, optimizer())), wanted, strict=True):
        assert found == pytest.approx(row, rel=1e-12, abs=1e-15)


def test_rates_by_hand() -> None:
    def first(scheduler: nn.LRScheduler, epochs: int) -> list[float]:
        return [row[1] / 3.0 for row in rates(scheduler, epochs)]

    o = optimizer
    assert first(nn.StepLR(o(), 2), 5) == pytest.approx([1, 1, 0.1, 0.1, 0.01])
    assert first(nn.MultiStepLR(o(), [1, 3]), 5) == pytest.approx([1, 0.1, 0.1, 0.01, 0.01])
    assert first(nn.ExponentialLR(o(), 0.5), 3) == pytest.approx([1, 0.5, 0.25])
    assert first(nn.LambdaLR(o(), lambda epoch: epoch), 3) == pytest.approx([0, 1, 2])
    assert first(nn.LinearLR(o(), 0.25, 1.0, 3), 5) == pytest.approx([0.25, 0.5, 0.75, 1, 1])
    cosine = first(nn.CosineAnnealingLR(o(), 4), 6)
    root = math.sqrt(0.5)
    assert cosine == pytest.approx([1, (1 + root) / 2, 0.5, (1 - root) / 2, 0, (1 - root) / 2])
    halves = nn.LambdaLR(o1 := o(), lambda epoch: 0.5)
    both = nn.SequentialLR(o1, [halves, nn.ExponentialLR(o1, 0.5)], [2])
    assert first(both, 5) == pytest.approx([0.5, 0.5, 1, 0.5, 0.25])


@pytest.mark.parametrize("name", SCHEDULES)
def test_going_on_from_a_saved_state_changes_nothing(name: str) -> None:
    whole = rates(SCHEDULES[name](nn, optimizer()))
    first = SCHEDULES[name](nn, optimizer())
    rates(first, 6)
    second = SCHEDULES[name](nn, optimizer())
    second.optimizer.load_state_dict(first.optimizer.state_dict())
    second.load_state_dict(first.state_dict())
    assert rates(second, EPOCHS - 6) == whole[6:]


def test_a_second_schedule_starts_from_the_first_rates() -> None:
    o = optimizer()
    rates(nn.ExponentialLR(o, 0.1), 3)
    assert nn.ExponentialLR(o, 0.5).get_last_lr() == [0.4, 3.0]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda o: nn.StepLR(o, 0), ValueError, "step_size must be at least 1, got 0"),
        (
            lambda o: nn.StepLR(o, 2.5),  # type: ignore[arg-type]
            TypeError,
            "step_size is a number of epochs, an int",
        ),
        (lambda o: nn.StepLR(o, 2, -1.0), ValueError, "gamma must be finite, at least 0"),
        (
            lambda o: nn.MultiStepLR(o, [3, "5"]),  # type: ignore[list-item]
            TypeError,
            "a milestone is a number of epochs",
        ),
        (lambda o: nn.ExponentialLR(o, math.nan), ValueError, "gamma"),
        (lambda o: nn.CosineAnnealingLR(o, 0), ValueError, "T_max must be at least 1"),
        (lambda o: nn.CosineAnnealingLR(o, 5, -0.1), ValueError, "eta_min"),
        (lambda o: nn.LinearLR(o, -0.5), ValueError, "start_factor"),
        (lambda o: nn.LambdaLR(o, [abs]), ValueError, "2 parameter groups want as many functions"),
        (lambda o: nn.StepLR(o.param_groups, 2), TypeError, "a schedule wants an Optimizer"),
        (lambda o: nn.SequentialLR(o, [], []), ValueError, "0 schedules want one milestone less"),
        (
            lambda o: nn.SequentialLR(o, [nn.StepLR(o, 1)] * 3, [5, 5]),
            ValueError,
            r"milestones must increase, got \[5, 5\]",
        ),
        (
            lambda o: nn.SequentialLR(o, [nn.StepLR(optimizer(), 1)], []),
            ValueError,
            "of the same optimizer",
        ),
        (
            lambda o: nn.StepLR(o, 1).load_state_dict(o.state_dict()),
            ValueError,
            "no state_dict of a schedule",
        ),
    ],
)
def test_bad_arguments(make: Callable[[Any], object], error: type[Exception], message: str) -> None:
    o = optimizer()
    with pytest.raises(error, match=message):
        make(o)
    assert [group["lr"] for group in o.param_groups] == [0.4, 3.0]
