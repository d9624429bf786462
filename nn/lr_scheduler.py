"""Learning-rate schedules, with PyTorch's names and meaning.

A schedule gives each group's learning rate as a function of the epoch and of the rate that the
group had at first, so there is nothing to go wrong by rounding or by calling ``step`` in odd
places. ``step`` is called once after each epoch; ``nn.fit`` does it.
"""

from __future__ import annotations

import bisect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nn.optim import Optimizer
from nn.parameters import check_option


class LRScheduler(ABC):
    """The base class of schedules: a subclass says in ``lr_at`` what the rate is when.

    Attributes:
        optimizer: whose rates are set.
        base_lrs: the rate of each parameter group before any schedule.
        last_epoch: how many times ``step`` was called.

    Raises:
        TypeError: ``optimizer`` is not an Optimizer.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule wants an Optimizer, not {optimizer!r}")
        self.optimizer = optimizer
        # A second schedule on the same optimizer starts from the same rates as the first.
        self.base_lrs: list[float] = [
            group.setdefault("initial_lr", group["lr"]) for group in optimizer.param_groups
        ]
        self.last_epoch = 0
        self._set()

    @abstractmethod
    def lr_at(self, epoch: int, base_lr: float) -> float:
        """The rate in an epoch, counted from 0, of a group whose rate was ``base_lr``."""

    def step(self) -> None:
        """Go on to the next epoch."""
        self.last_epoch += 1
        self._set()

    def get_last_lr(self) -> list[float]:
        """The rate of each parameter group now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on later, as a dictionary of plain numbers."""
        return {"last_epoch": self.last_epoch, "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from where ``state_dict`` was taken.

        Raises:
            ValueError: it is not of a schedule for as many parameter groups.
        """
        if set(state_dict) != {"last_epoch", "base_lrs"}:
            raise ValueError(f"no state_dict of a schedule: its keys are {sorted(state_dict)}")
        if len(state_dict["base_lrs"]) != len(self.base_lrs):
            raise ValueError(
                f"the state is of {len(state_dict['base_lrs'])} parameter groups, wanted are "
                f"{len(self.base_lrs)}"
            )
        self.last_epoch = int(state_dict["last_epoch"])
        self.base_lrs = list(state_dict["base_lrs"])
        self._set()

    def _set(self) -> None:
        for group, base_lr in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = self.lr_at(self.last_epoch, base_lr)


class StepLR(LRScheduler):
    """The rate is multiplied by ``gamma`` every ``step_size`` epochs."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size, self.gamma = _epochs("step_size", step_size), gamma
        check_option("gamma", gamma)
        super().__init__(optimizer)

    def lr_at(self, epoch: int, base_lr: float) -> float:
        """base_lr · gamma^⌊epoch / step_size⌋."""
        return float(base_lr * self.gamma ** (epoch // self.step_size))


class MultiStepLR(LRScheduler):
    """The rate is multiplied by ``gamma`` at each of the epochs in ``milestones``."""

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> None:
        self.milestones = sorted(_epochs("a milestone", milestone) for milestone in milestones)
        self.gamma = gamma
        check_option("gamma", gamma)
        super().__init__(optimizer)

    def lr_at(self, epoch: int, base_lr: float) -> float:
        """base_lr · gammaᵏ, after k milestones."""
        return float(base_lr * self.gamma ** bisect.bisect_right(self.milestones, epoch))


class ExponentialLR(LRScheduler):
    """The rate is multiplied by ``gamma`` after every epoch."""

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = gamma
        check_option("gamma", gamma)
        super().__init__(optimizer)

    def lr_at(self, epoch: int, base_lr: float) -> float:
        """base_lr · gamma^epoch."""
        return float(base_lr * self.gamma**epoch)


class CosineAnnealingLR(LRScheduler):
    """The rate falls to ``eta_min`` in ``T_max`` epochs along half a cosine, and so on.

    Loshchilov & Hutter, "SGDR", ICLR 2017, eq. 5, without restarts: after ``T_max`` it rises again.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max, self.eta_min = _epochs("T_max", T_max), eta_min
        check_option("eta_min", eta_min)
        super().__init__(optimizer)

    def lr_at(self, epoch: int, base_lr: float) -> float:
        """eta_min + ½ (base_lr − eta_min) (1 + cos(π epoch / T_max))."""
        share = 0.5 * (1.0 + math.cos(math.pi * epoch / self.T_max))
        return self.eta_min + (base_lr - self.eta_min) * share


class LinearLR(LRScheduler):
    """The rate goes in a line from a share of its own to another, and stays: linear warmup.

    Args:
        optimizer: whose rates are set.
        start_factor: the share of the rate in the first epoch, above 0.
        end_factor: the share after ``total_iters`` epochs.
        total_iters: how many epochs the change takes.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3.0,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ) -> None:
        check_option("start_factor", start_factor)
        check_option("end_factor", end_factor)
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = _epochs("total_iters", total_iters)
        super().__init__(optimizer)

    def lr_at(self, epoch: int, base_lr: float) -> float:
        """base_lr times the factor, between start_factor and end_factor."""
        done = min(epoch, self.total_iters) / self.total_iters
        return base_lr * (self.start_factor + (self.end_factor - self.start_factor) * done)


class LambdaLR(LRScheduler):
    """The rate is multiplied by a function of the epoch, or one for each parameter group."""

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
    ) -> None:
        groups = len(getattr(optimizer, "param_groups", ()))
        self.lr_lambdas = [lr_lambda] * groups if callable(lr_lambda) else list(lr_lambda)
        if len(self.lr_lambdas) != groups:
            raise ValueError(
                f"{groups} parameter groups want as many functions, got {len(self.lr_lambdas)}"
            )
        super().__init__(optimizer)

    def lr_at(self, epoch: int, base_lr: float) -> float:
        """base_lr · lr_lambda(epoch)."""
        return base_lr * float(self.lr_lambdas[0](epoch))

    def _set(self) -> None:
        groups = zip(self.optimizer.param_groups, self.base_lrs, self.lr_lambdas, strict=True)
        for group, base_lr, factor in groups:
            group["lr"] = base_lr * float(factor(self.last_epoch))


class SequentialLR(LRScheduler):
    """One schedule after another, such as a warmup and then a decay.

    Args:
        optimizer: whose rates are set.
        schedulers: schedules of the same optimizer.
        milestones: the epochs at which the second, third, … schedule begins, at its own epoch 0.

    Raises:
        ValueError: there is not one milestone less than schedules, they do not increase, or a
            schedule is of another optimizer.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
    ) -> None:
        self.schedulers = list(schedulers)
        self.milestones = [_epochs("a milestone", milestone) for milestone in milestones]
        if len(self.milestones) != len(self.schedulers) - 1:
            raise ValueError(
                f"{len(self.schedulers)} schedules want one milestone less, got "
                f"{len(self.milestones)}"
            )
        if any(a >= b for a, b in zip(self.milestones, self.milestones[1:], strict=False)):
            raise ValueError(f"milestones must increase, got {self.milestones}")
        if any(scheduler.optimizer is not optimizer for scheduler in self.schedulers):
            raise ValueError("all schedules must be of the same optimizer")
        super().__init__(optimizer)

    def lr_at(self, epoch: int, base_lr: float) -> float:
        """What the schedule whose turn it is gives."""
        turn = bisect.bisect_right(self.milestones, epoch)
        begin = self.milestones[turn - 1] if turn else 0
        return self.schedulers[turn].lr_at(epoch - begin, base_lr)


def _epochs(name: str, number: object) -> int:
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"{name} is a number of epochs, an int, not {number!r}")
    if number < 1:
        raise ValueError(f"{name} must be at least 1, got {number}")
    return number
