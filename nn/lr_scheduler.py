"""Learning-rate schedules, with PyTorch's names and meaning.

A schedule gives each group's learning rate as a function of the epoch and of the rate that the
group had at first, so there is nothing to go wrong by rounding or by calling ``step`` in odd
places. ``step`` is called once after each epoch; ``nn.fit`` does it.

All raise ValueError for an option that is out of range and TypeError for one of the wrong type.
"""

from __future__ import annotations

import bisect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nn.optimizer import Optimizer
from nn.parameters import check_option


class LRScheduler(ABC):
    """The base class of schedules: a subclass says in ``lr_at`` what the rate is when.

    Attributes:
        optimizer: whose rates are set.
        last_epoch: how many times ``step`` was called.

    Raises:
        TypeError: ``optimizer`` is not an Optimizer.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule wants an Optimizer, not {optimizer!r}")
        self.optimizer = optimizer
        # A second schedule of the same optimizer starts from the same rates as the first.
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.last_epoch = 0
        self._set()

    @abstractmethod
    def lr_at(self, epoch: int, group: int) -> float:
        """The rate of a parameter group, by its index, in an epoch counted from 0."""

    @property
    def base_lrs(self) -> list[float]:
        """The rate of each parameter group before any schedule."""
        return [group["initial_lr"] for group in self.optimizer.param_groups]

    def step(self) -> None:
        """Go on to the next epoch."""
        self.last_epoch += 1
        self._set()

    def get_last_lr(self) -> list[float]:
        """The rate of each parameter group now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """The epoch, as a dictionary; the initial rates are in the optimizer's ``state_dict``."""
        return {"last_epoch": self.last_epoch}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from where ``state_dict`` was taken.

        Raises:
            ValueError: it is not of a schedule.
        """
        if set(state_dict) != {"last_epoch"}:
            raise ValueError(f"no state_dict of a schedule: its keys are {sorted(state_dict)}")
        self.last_epoch = int(state_dict["last_epoch"])
        self._set()

    def _set(self) -> None:
        for i, group in enumerate(self.optimizer.param_groups):
            group["lr"] = self.lr_at(self.last_epoch, i)


class StepLR(LRScheduler):
    """The rate is multiplied by ``gamma`` every ``step_size`` epochs."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size, self.gamma = _epochs("step_size", step_size), gamma
        check_option("gamma", gamma)
        super().__init__(optimizer)

    def lr_at(self, epoch: int, group: int) -> float:
        """base_lr · gamma^⌊epoch / step_size⌋."""
        return float(self.base_lrs[group] * self.gamma ** (epoch // self.step_size))


class MultiStepLR(LRScheduler):
    """The rate is multiplied by ``gamma`` at each of the epochs in ``milestones``."""

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> None:
        self.milestones = sorted(_epochs("a milestone", milestone) for milestone in milestones)
        self.gamma = gamma
        check_option("gamma", gamma)
        super().__init__(optimizer)

    def lr_at(self, epoch: int, group: int) -> float:
        """base_lr · gammaᵏ, after k milestones."""
        return float(
            self.base_lrs[group] * self.gamma ** bisect.bisect_right(self.milestones, epoch)
        )


class ExponentialLR(LRScheduler):
    """The rate is multiplied by ``gamma`` after every epoch."""

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = gamma
        check_option("gamma", gamma)
        super().__init__(optimizer)

    def lr_at(self, epoch: int, group: int) -> float:
        """base_lr · gamma^epoch."""
        return float(self.base_lrs[group] * self.gamma**epoch)


class CosineAnnealingLR(LRScheduler):
    """The rate falls to ``eta_min`` in ``T_max`` epochs along half a cosine, and so on.

    Loshchilov & Hutter, "SGDR", ICLR 2017, eq. 5, without restarts: after ``T_max`` it rises again.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max, self.eta_min = _epochs("T_max", T_max), eta_min
        check_option("eta_min", eta_min)
        super().__init__(optimizer)

    def lr_at(self, epoch: int, group: int) -> float:
        """eta_min + ½ (base_lr − eta_min) (1 + cos(π epoch / T_max))."""
        share = 0.5 * (1.0 + math.cos(math.pi * epoch / self.T_max))
        return self.eta_min + (self.base_lrs[group] - self.eta_min) * share


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

    def lr_at(self, epoch: int, group: int) -> float:
        """base_lr times the factor, between start_factor and end_factor."""
        done = min(epoch, self.total_iters) / self.total_iters
        return self.base_lrs[group] * (
            self.start_factor + (self.end_factor - self.start_factor) * done
        )


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

    def lr_at(self, epoch: int, group: int) -> float:
        """base_lr · lr_lambda(epoch)."""
        return self.base_lrs[group] * float(self.lr_lambdas[group](epoch))


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

    def lr_at(self, epoch: int, group: int) -> float:
        """What the schedule whose turn it is gives."""
        turn = bisect.bisect_right(self.milestones, epoch)
        begin = self.milestones[turn - 1] if turn else 0
        return self.schedulers[turn].lr_at(epoch - begin, group)


def _epochs(name: str, number: object) -> int:
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"{name} is a number of epochs, an int, not {number!r}")
    if number < 1:
        raise ValueError(f"{name} must be at least 1, got {number}")
    return number
