"""Activation functions as modules, and the one list of those known by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
from nn.module import Module


class Elementwise(Module):
    """The base class of functions of one number, applied to a number or to each one of a list."""

    def function(self, x: Any) -> Any:
        """Return the function's result for one number or Value."""
        raise NotImplementedError(f"{type(self).__name__} does not define function")

    def forward(self, x: Any) -> Any:
        """Apply the function to ``x``: to each element, as a list, if ``x`` is not one number."""
        if isinstance(x, (list, tuple)) or getattr(x, "ndim", False):
            return [self.function(element) for element in x]
        return self.function(x)


class Activation(Elementwise):
    """Any function of one number as a module, such as ``Activation(autograd.sin)``.

    Raises:
        TypeError: ``function`` is not callable.
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        if not callable(function):
            raise TypeError(f"an activation is a function of one number, not {function!r}")
        self._function = function

    def function(self, x: Any) -> Any:
        """Return the function's result for one number or Value."""
        return self._function(x)

    def extra_repr(self) -> str:
        """The function's name."""
        return _name(self._function)


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", repr(function)))


class Identity(Elementwise):
    """The linear unit: its input, unchanged."""

    def function(self, x: Any) -> Any:
        """Return ``x``."""
        return x


class Sigmoid(Elementwise):
    """The logistic function, ``autograd.sigmoid``."""

    def function(self, x: Any) -> Any:
        """Return ``sigmoid(x)``."""
        return autograd.sigmoid(x)


class LogSigmoid(Elementwise):
    """The logarithm of the logistic function, ``autograd.logsigmoid``."""

    def function(self, x: Any) -> Any:
        """Return ``logsigmoid(x)``."""
        return autograd.logsigmoid(x)


class Tanh(Elementwise):
    """The hyperbolic tangent, ``autograd.tanh``."""

    def function(self, x: Any) -> Any:
        """Return ``tanh(x)``."""
        return autograd.tanh(x)


class ReLU(Elementwise):
    """max(x, 0), with slope 0 at 0, ``autograd.relu``."""

    def function(self, x: Any) -> Any:
        """Return ``relu(x)``."""
        return autograd.relu(x)


class SELU(Elementwise):
    """The self-normalizing ELU, ``autograd.selu``."""

    def function(self, x: Any) -> Any:
        """Return ``selu(x)``."""
        return autograd.selu(x)


class GELU(Elementwise):
    """x Φ(x), ``autograd.gelu``."""

    def function(self, x: Any) -> Any:
        """Return ``gelu(x)``."""
        return autograd.gelu(x)


class SiLU(Elementwise):
    """x sigmoid(x), ``autograd.silu``."""

    def function(self, x: Any) -> Any:
        """Return ``silu(x)``."""
        return autograd.silu(x)


class Softplus(Elementwise):
    """log(1 + eˣ), ``autograd.softplus``."""

    def function(self, x: Any) -> Any:
        """Return ``softplus(x)``."""
        return autograd.softplus(x)


class LeakyReLU(Elementwise):
    """x, times ``negative_slope`` where negative, with slope 1 at 0, ``autograd.leaky_relu``."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def function(self, x: Any) -> Any:
        """Return ``leaky_relu(x, negative_slope)``."""
        return autograd.leaky_relu(x, self.negative_slope)

    def extra_repr(self) -> str:
        """The slope."""
        return f"negative_slope={self.negative_slope}"


class ELU(Elementwise):
    """x where positive, else alpha (eˣ − 1), ``autograd.elu``."""

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def function(self, x: Any) -> Any:
        """Return ``elu(x, alpha)``."""
        return autograd.elu(x, self.alpha)

    def extra_repr(self) -> str:
        """Alpha."""
        return f"alpha={self.alpha}"


class Softmax(Module):
    """exp(xᵢ) / Σ exp(xⱼ) over a list, ``autograd.softmax``."""

    def forward(self, x: Any) -> list[Any]:
        """Return the list of shares, which add up to 1."""
        shares: list[Any] = autograd.softmax(x)
        return shares


class LogSoftmax(Module):
    """The logarithms of ``Softmax``, ``autograd.log_softmax``."""

    def forward(self, x: Any) -> list[Any]:
        """Return the list of logarithms."""
        logarithms: list[Any] = autograd.log_softmax(x)
        return logarithms


#: The activations known by name; ``ACTIVATIONS["tanh"]()`` makes one.
ACTIVATIONS: dict[str, Callable[[], Module]] = {
    "identity": Identity,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "selu": SELU,
    "gelu": GELU,
    "silu": SiLU,
    "softplus": Softplus,
    "logsigmoid": LogSigmoid,
    "softmax": Softmax,
    "log_softmax": LogSoftmax,
}


def activation_module(activation: str | Module | Callable[[Any], Any]) -> Module:
    """Return an activation as a module.

    Args:
        activation: a name in ``ACTIVATIONS``, a Module (returned as it is), or a function of one
            number such as ``autograd.sin``.

    Raises:
        ValueError: no activation has that name.
        TypeError: it is none of these.
    """
    if isinstance(activation, Module):
        return activation
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise ValueError(f"unknown activation {activation!r}; known are {known}")
        return ACTIVATIONS[activation]()
    if isinstance(activation, type):
        raise TypeError(f"activation is the class {_name(activation)}; an instance is wanted")
    return Activation(activation)
