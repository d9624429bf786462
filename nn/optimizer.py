"""What all optimizers have in common: parameter groups, the step, saving and going on.

Each optimizer is one pure function, ``update``: from numbers w, gradients g and what it remembers
it computes new numbers and a new memory. All are arrays with one entry for each parameter, so the
source reads like the formula. ``step`` writes the results back only when everything is computed.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Value
from nn.arrays import FloatArray
from nn.parameters import data_of, gradients_of, parameter_list, set_data

#: What an optimizer remembers of one group: arrays with an entry for each parameter, and counts.
Memory = dict[str, Any]


class Optimizer(ABC):
    """The base class of optimizers.

    Args:
        params: the parameters: an iterable of Values, or, for options that differ between them, of
            dictionaries with the key "params" and the options that are not the default ones.
        defaults: the options.

    Attributes:
        param_groups: for each group of parameters a dictionary of "params" and the options, among
            them "lr". They may be changed between steps.
        state: what each group remembers, replaced as a whole by every step.

    A parameter whose ``requires_grad`` is False is left as it is.

    Raises:
        ValueError: there are no parameters, one is there twice, or an option is out of range.
        TypeError: a parameter is not a Value, or an option not a number.
    """

    def __init__(
        self, params: Iterable[Value] | Iterable[Mapping[str, Any]], defaults: dict[str, Any]
    ) -> None:
        self.param_groups = [_group(given, defaults) for given in _given_groups(params)]
        self.state: list[Memory] = [{} for _ in self.param_groups]
        parameters = self.parameters()
        if len(set(parameters)) < len(parameters):
            raise ValueError("a parameter is in the optimizer's list twice")
        for group in self.param_groups:
            self.check(group)

    @abstractmethod
    def check(self, options: Mapping[str, Any]) -> None:
        """Raise TypeError or ValueError if a group's options are of no use."""

    @abstractmethod
    def update(
        self, w: FloatArray, g: FloatArray, memory: Memory, options: Mapping[str, Any]
    ) -> tuple[FloatArray, Memory]:
        """Compute new parameters and the new memory; neither argument is changed.

        Args:
            w: the parameters' numbers, shape (n,).
            g: their gradients, shape (n,).
            memory: what the previous update returned; empty at first.
            options: of the group.
        """

    def parameters(self) -> list[Value]:
        """The parameters of all groups."""
        return [parameter for group in self.param_groups for parameter in group["params"]]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def step(self) -> None:
        """Update all parameters by their gradients."""
        parameters = self.parameters()
        moving = np.array([parameter.requires_grad for parameter in parameters])
        w, state = self.updated(data_of(parameters), gradients_of(parameters), moving)
        set_data(parameters, w)
        self.state = state

    def updated(
        self, w: FloatArray, g: FloatArray, moving: npt.NDArray[np.bool_]
    ) -> tuple[FloatArray, list[Memory]]:
        """Compute what a step makes of all parameters, and the new state; nothing is changed.

        Args:
            w: the numbers, in the order of ``parameters()``, shape (n,).
            g: the gradients, shape (n,).
            moving: whether each parameter moves, shape (n,).
        """
        numbers, state = [], []
        start = 0
        for group, memory in zip(self.param_groups, self.state, strict=True):
            part = slice(start, start + len(group["params"]))
            start = part.stop
            # Numbers too large become inf and stay visible as such; fit stops at them.
            with np.errstate(all="ignore"):
                new_w, new_memory = self.update(w[part], g[part], memory, group)
            if not moving[part].all():
                new_w = np.where(moving[part], new_w, w[part])
                new_memory = _merged(moving[part], memory, new_memory)
            numbers.append(new_w)
            state.append(new_memory)
        return np.concatenate(numbers), state

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on later: a dictionary of plain numbers and arrays.

        "state" is a list with a dictionary for each group, whose arrays have an entry for each
        parameter; "param_groups" is a list of the groups' options.
        """
        options = [
            {name: option for name, option in group.items() if name != "params"}
            | {"num_params": len(group["params"])}
            for group in self.param_groups
        ]
        return copy.deepcopy({"state": self.state, "param_groups": options})

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from where ``state_dict`` was taken, of an optimizer of the same class.

        Raises:
            ValueError: the numbers of groups or parameters differ, or options are missing or out
                of range. Nothing is changed then.
        """
        state = copy.deepcopy(dict(state_dict))
        if set(state) != {"state", "param_groups"}:
            raise ValueError(f"no state_dict of an optimizer: its keys are {sorted(state)}")
        sizes = [options.pop("num_params", None) for options in state["param_groups"]]
        wanted = [len(group["params"]) for group in self.param_groups]
        if sizes != wanted or len(state["state"]) != len(wanted):
            raise ValueError(f"the state is of groups of {sizes} parameters, wanted are {wanted}")
        for group, options in zip(self.param_groups, state["param_groups"], strict=True):
            lacking = sorted(set(group) - {"params", "initial_lr"} - set(options))
            if lacking:
                raise ValueError(f"the state has no {', '.join(lacking)}; is it another class's?")
            self.check(options)
        for group, options in zip(self.param_groups, state["param_groups"], strict=True):
            group.update(options)
        self.state = state["state"]

    def __repr__(self) -> str:
        groups = []
        for group in self.param_groups:
            options = [f"{name}={x!r}" for name, x in group.items() if name != "params"]
            groups.append(f"{', '.join(options)}, {len(group['params'])} parameters")
        return f"{type(self).__name__}({'; '.join(groups)})"


def _given_groups(params: Any) -> list[dict[str, Any]]:
    if isinstance(params, (Value, str, Mapping)) or not isinstance(params, Iterable):
        raise TypeError(
            f"an optimizer wants an iterable of Values, such as model.parameters(), not {params!r}"
        )
    listed = list(params)
    if not listed:
        raise ValueError("the optimizer's list of parameters is empty")
    if any(isinstance(item, Mapping) for item in listed):
        return [dict(item) for item in listed]
    return [{"params": listed}]


def _group(given: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(given) - set(defaults) - {"params"})
    if unknown:
        known = ", ".join(defaults)
        raise ValueError(f"unknown option {', '.join(unknown)}; known are {known}")
    if "params" not in given:
        raise ValueError('a parameter group has no "params"')
    return {**defaults, **given, "params": parameter_list(given["params"])}


def _merged(moving: npt.NDArray[np.bool_], old: Memory, new: Memory) -> Memory:
    """Return the new memory, but the old one of the parameters that do not move."""
    return {
        name: np.where(moving, entry, old.get(name, 0.0))
        if isinstance(entry, np.ndarray)
        else entry
        for name, entry in new.items()
    }
