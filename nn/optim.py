"""The optimizers, with PyTorch's names, defaults and formulas."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd import Value
from nn.arrays import FloatArray
from nn.optimizer import Memory, Optimizer
from nn.parameters import check_option


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
