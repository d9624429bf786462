"""Optimisers, with PyTorch's names, defaults and formulas.

Each optimiser is one pure function, ``update``: from numbers w, gradients g and what it remembers
it computes new numbers and a new memory. All are arrays with one entry for each parameter, so the
source reads like the formula. ``step`` writes the results back only when everything is computed.
"""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd import Value
from nn.arrays import FloatArray
from nn.parameters import check_option, data_of, gradients_of, parameter_list, set_data

#: What an optimiser remembers of one group: arrays with an entry for each parameter, and counts.
Memory = dict[str, Any]


class Optimizer(ABC):
    """The base class of optimisers.

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
        results = []
        for group, memory in zip(self.param_groups, self.state, strict=True):
            w = data_of(group["params"])
            # Numbers too large become inf and stay visible as such; fit stops at them.
            with np.errstate(all="ignore"):
                new_w, new_memory = self.update(w, gradients_of(group["params"]), memory, group)
            moving = np.array([parameter.requires_grad for parameter in group["params"]])
            results.append((np.where(moving, new_w, w), _merged(moving, memory, new_memory)))
        for group, (new_w, _) in zip(self.param_groups, results, strict=True):
            set_data(group["params"], new_w)
        self.state = [new_memory for _, new_memory in results]

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
        """Go on from where ``state_dict`` was taken, of an optimiser of the same class.

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


def _merged(moving: Any, old: Memory, new: Memory) -> Memory:
    """Return the new memory, but the old one of the parameters that do not move."""
    if moving.all():
        return new
    return {
        name: np.where(moving, entry, old.get(name, 0.0))
        if isinstance(entry, np.ndarray)
        else entry
        for name, entry in new.items()
    }


class SGD(Optimizer):
    """Gradient descent, with momentum.

    Without momentum, w ← w − lr g. With momentum μ, PyTorch's form:

        v ← μ v + (1 − dampening) g      (at the first step v ← g)
        w ← w − lr v                     (with nesterov: w ← w − lr (g + μ v))

    Rumelhart, Hinton & Williams ("Learning representations by back-propagating errors", Nature
    323, 1986, eq. 9) write Δw(t) = −ε ∂E/∂w(t) + α Δw(t−1). With ε = lr, α = μ and Δw = −lr v
    this is the same as long as lr does not change. When it does, PyTorch's form applies the new
    rate to the whole sum v at once; theirs keeps the steps already made as they were.

    Sutskever, Martens, Dahl & Hinton 2013 for ``nesterov``.

    Args:
        params: see ``Optimizer``.
        lr: the learning rate.
        momentum: μ, from 0 to just under 1 in use.
        dampening: what share of the gradient is left out of v.
        weight_decay: λ; λw is added to the gradient (an L2 penalty of ½λw²).
        nesterov: whether to look ahead; needs momentum, and no dampening.
    """

    def __init__(
        self,
        params: Iterable[Value] | Iterable[Mapping[str, Any]],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
            },
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Check the options' ranges."""
        check_option("lr", options["lr"])
        check_option("momentum", options["momentum"])
        check_option("dampening", options["dampening"], low=-math.inf)
        check_option("weight_decay", options["weight_decay"])
        if options["nesterov"] and (options["momentum"] == 0.0 or options["dampening"] != 0.0):
            raise ValueError("nesterov needs momentum above 0 and no dampening")

    def update(
        self, w: FloatArray, g: FloatArray, memory: Memory, options: Mapping[str, Any]
    ) -> tuple[FloatArray, Memory]:
        """Return parameters one step on."""
        lr, momentum = options["lr"], options["momentum"]
        g = g + options["weight_decay"] * w
        if momentum == 0.0:
            return w - lr * g, memory
        v = memory.get("momentum_buffer")
        v = g if v is None else momentum * v + (1.0 - options["dampening"]) * g
        direction = g + momentum * v if options["nesterov"] else v
        return w - lr * direction, {"momentum_buffer": v}


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square.

        m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
        w ← w − lr m̂ / (√v̂ + ε),   m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)

    Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.

    Args:
        params: see ``Optimizer``.
        lr: the learning rate.
        betas: β₁ and β₂, from 0 to just under 1.
        eps: ε, against division by zero.
        weight_decay: λ; λw is added to the gradient.
        amsgrad: whether v̂ is the largest so far (Reddi, Kale & Kumar, ICLR 2018).
    """

    def __init__(
        self,
        params: Iterable[Value] | Iterable[Mapping[str, Any]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
            },
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Check the options' ranges."""
        check_option("lr", options["lr"])
        beta1, beta2 = options["betas"]
        check_option("betas[0]", beta1, below=1.0)
        check_option("betas[1]", beta2, below=1.0)
        check_option("eps", options["eps"])
        check_option("weight_decay", options["weight_decay"])

    def update(
        self, w: FloatArray, g: FloatArray, memory: Memory, options: Mapping[str, Any]
    ) -> tuple[FloatArray, Memory]:
        """Return parameters one step on."""
        return self._adam(w, g + options["weight_decay"] * w, memory, options)

    @staticmethod
    def _adam(
        w: FloatArray, g: FloatArray, memory: Memory, options: Mapping[str, Any]
    ) -> tuple[FloatArray, Memory]:
        (beta1, beta2), eps = options["betas"], options["eps"]
        t = memory.get("step", 0) + 1
        m = beta1 * memory.get("exp_avg", 0.0) + (1.0 - beta1) * g
        v = beta2 * memory.get("exp_avg_sq", 0.0) + (1.0 - beta2) * g * g
        new = {"step": t, "exp_avg": m, "exp_avg_sq": v}
        if options["amsgrad"]:
            v = new["max_exp_avg_sq"] = np.maximum(memory.get("max_exp_avg_sq", 0.0), v)
        m_hat, v_hat = m / (1.0 - beta1**t), v / (1.0 - beta2**t)
        return w - options["lr"] * m_hat / (np.sqrt(v_hat) + eps), new


class AdamW(Adam):
    """Adam, with weights that decay directly: w ← w − lr λ w before each step.

    Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2.

    Args:
        params: see ``Optimizer``.
        lr: the learning rate.
        betas: β₁ and β₂, from 0 to just under 1.
        eps: ε, against division by zero.
        weight_decay: λ.
        amsgrad: whether v̂ is the largest so far.
    """

    def __init__(
        self,
        params: Iterable[Value] | Iterable[Mapping[str, Any]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)

    def update(
        self, w: FloatArray, g: FloatArray, memory: Memory, options: Mapping[str, Any]
    ) -> tuple[FloatArray, Memory]:
        """Return parameters one step on."""
        return self._adam(w * (1.0 - options["lr"] * options["weight_decay"]), g, memory, options)


class RMSprop(Optimizer):
    """Steps divided by the root of a running mean of the squared gradient.

        v ← α v + (1 − α) g²,   w ← w − lr g / (√v + ε)

    With ``centered``, v less the squared running mean of g takes the place of v (Graves 2013);
    with momentum μ, b ← μ b + g / (√v + ε) and w ← w − lr b. Hinton, lecture 6e, 2012.

    Args:
        params: see ``Optimizer``.
        lr: the learning rate.
        alpha: α.
        eps: ε, against division by zero.
        weight_decay: λ; λw is added to the gradient.
        momentum: μ.
        centered: whether to divide by the estimated standard deviation.
    """

    def __init__(
        self,
        params: Iterable[Value] | Iterable[Mapping[str, Any]],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "alpha": alpha,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "centered": centered,
            },
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Check the options' ranges."""
        for name in ("lr", "alpha", "eps", "weight_decay", "momentum"):
            check_option(name, options[name])

    def update(
        self, w: FloatArray, g: FloatArray, memory: Memory, options: Mapping[str, Any]
    ) -> tuple[FloatArray, Memory]:
        """Return parameters one step on."""
        alpha, momentum = options["alpha"], options["momentum"]
        g = g + options["weight_decay"] * w
        v = alpha * memory.get("square_avg", 0.0) + (1.0 - alpha) * g * g
        new = {"square_avg": v}
        if options["centered"]:
            mean = new["grad_avg"] = alpha * memory.get("grad_avg", 0.0) + (1.0 - alpha) * g
            v = np.maximum(v - mean * mean, 0.0)  # rounding must not make it negative
        direction = g / (np.sqrt(v) + options["eps"])
        if momentum > 0.0:
            direction = momentum * memory.get("momentum_buffer", 0.0) + direction
            new["momentum_buffer"] = direction
        return w - options["lr"] * direction, new


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients so far.

        s ← s + g²,   w ← w − lr / (1 + (t − 1) lr_decay) · g / (√s + ε)

    Duchi, Hazan & Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 12, 2011.

    Args:
        params: see ``Optimizer``.
        lr: the learning rate.
        lr_decay: how fast it falls with the number of steps t.
        weight_decay: λ; λw is added to the gradient.
        initial_accumulator_value: s at the start.
        eps: ε, against division by zero.
    """

    def __init__(
        self,
        params: Iterable[Value] | Iterable[Mapping[str, Any]],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "eps": eps,
            },
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Check the options' ranges."""
        for name in ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"):
            check_option(name, options[name])

    def update(
        self, w: FloatArray, g: FloatArray, memory: Memory, options: Mapping[str, Any]
    ) -> tuple[FloatArray, Memory]:
        """Return parameters one step on."""
        t = memory.get("step", 0) + 1
        g = g + options["weight_decay"] * w
        s = memory.get("sum", options["initial_accumulator_value"]) + g * g
        lr = options["lr"] / (1.0 + (t - 1) * options["lr_decay"])
        return w - lr * g / (np.sqrt(s) + options["eps"]), {"step": t, "sum": s}
