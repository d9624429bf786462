"""Initial values of parameters, with PyTorch's names and formulas.

Each function sets the numbers of an array of Values in place and returns the array. ``seed`` is an
int, or a ``numpy.random.Generator`` to draw on from where it stands; None starts from entropy.
Numbers are drawn in row-major order, so a seed gives the same ones on every machine.

Shapes are those of ``Linear.weight``, (fan_out, fan_in).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nn.arrays import FloatArray, Seed, ValueArray, generator
from nn.parameters import set_data


def uniform_(
    weight: ValueArray, a: float = 0.0, b: float = 1.0, *, seed: Seed = None
) -> ValueArray:
    """Draw from the uniform distribution U(a, b)."""
    _check_finite(a=a, b=b)
    if a > b:
        raise ValueError(f"uniform_ wants a ≤ b, got a={a} and b={b}")
    # Not Generator.uniform: one rounding for each operation, whatever the processor can fuse.
    return _fill(weight, a + (b - a) * generator(seed).random(weight.shape))


def normal_(
    weight: ValueArray, mean: float = 0.0, std: float = 1.0, *, seed: Seed = None
) -> ValueArray:
    """Draw from the normal distribution N(mean, std²)."""
    _check_finite(mean=mean, std=std)
    if std < 0.0:
        raise ValueError(f"normal_ wants std ≥ 0, got {std}")
    return _fill(weight, mean + std * generator(seed).standard_normal(weight.shape))


def constant_(weight: ValueArray, val: float) -> ValueArray:
    """Set every number to ``val``."""
    return _fill(weight, np.full(weight.shape, float(val)))


def zeros_(weight: ValueArray, *, seed: Seed = None) -> ValueArray:
    """Set every number to 0; nothing is drawn from ``seed``."""
    return constant_(weight, 0.0)


def xavier_uniform_(weight: ValueArray, gain: float = 1.0, *, seed: Seed = None) -> ValueArray:
    """Draw from U(−a, a) with a = gain √(6 / (fan_in + fan_out)).

    Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010, eq. 16.
    """
    fan_in, fan_out = _fans(weight)
    bound = gain * math.sqrt(6.0 / (fan_in + fan_out))
    return uniform_(weight, -bound, bound, seed=seed)


def xavier_normal_(weight: ValueArray, gain: float = 1.0, *, seed: Seed = None) -> ValueArray:
    """Draw from N(0, std²) with std = gain √(2 / (fan_in + fan_out)); Glorot & Bengio 2010."""
    fan_in, fan_out = _fans(weight)
    return normal_(weight, 0.0, gain * math.sqrt(2.0 / (fan_in + fan_out)), seed=seed)


def kaiming_uniform_(
    weight: ValueArray,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    seed: Seed = None,
) -> ValueArray:
    """Draw from U(−b, b) with b = gain √(3 / fan).

    He, Zhang, Ren & Sun, "Delving deep into rectifiers", ICCV 2015, eq. 14.

    Args:
        weight: an array of Values of shape (fan_out, fan_in).
        a: the slope of the negative side, if ``nonlinearity`` is "leaky_relu".
        mode: "fan_in" keeps the variance of activations, "fan_out" that of gradients.
        nonlinearity: what follows the layer; see ``calculate_gain``.
        seed: see the module.
    """
    bound = math.sqrt(3.0) * _kaiming_std(weight, a, mode, nonlinearity)
    return uniform_(weight, -bound, bound, seed=seed)


def kaiming_normal_(
    weight: ValueArray,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    seed: Seed = None,
) -> ValueArray:
    """Draw from N(0, std²) with std = gain / √fan; the rest as for ``kaiming_uniform_``."""
    return normal_(weight, 0.0, _kaiming_std(weight, a, mode, nonlinearity), seed=seed)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor by which weights should grow to make up for an activation's shrinking.

    Args:
        nonlinearity: "linear" or "identity" (1), "sigmoid" (1), "tanh" (5/3), "relu" (√2),
            "leaky_relu" (√(2 / (1 + slope²))) or "selu" (3/4).
        param: the slope of leaky_relu's negative side; 0.01 by default.

    Raises:
        ValueError: no gain is known for ``nonlinearity``.
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2.0 / (1.0 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in _GAINS:
        known = ", ".join([*_GAINS, "leaky_relu"])
        raise ValueError(f"no gain is known for {nonlinearity!r}; known are {known}")
    return _GAINS[nonlinearity]


_GAINS = {
    "linear": 1.0,
    "identity": 1.0,
    "sigmoid": 1.0,
    "tanh": 5.0 / 3.0,
    "relu": math.sqrt(2.0),
    "selu": 3.0 / 4.0,
}

Initializer = Callable[..., object]

#: The initializers known by name, for ``init=`` of the layers.
INITIALIZERS: dict[str, Initializer] = {
    "uniform": uniform_,
    "normal": normal_,
    "xavier_uniform": xavier_uniform_,
    "xavier_normal": xavier_normal_,
    "kaiming_uniform": kaiming_uniform_,
    "kaiming_normal": kaiming_normal_,
    "zeros": zeros_,
}


def initializer(init: str | Initializer) -> Initializer:
    """Return the initializer of that name; a function is returned as it is.

    Raises:
        ValueError: no initializer has that name.
        TypeError: it is neither a name nor a function.
    """
    if isinstance(init, str):
        if init not in INITIALIZERS:
            known = ", ".join(INITIALIZERS)
            raise ValueError(f"unknown initializer {init!r}; known are {known}")
        return INITIALIZERS[init]
    if not callable(init):
        raise TypeError(f"init is a name or a function (weight, *, seed), not {init!r}")
    return init


def _fill(weight: ValueArray, numbers: FloatArray) -> ValueArray:
    set_data(weight.ravel().tolist(), numbers.ravel())
    return weight


def _fans(weight: ValueArray) -> tuple[int, int]:
    """Return fan_in and fan_out; a single neuron's vector of weights has fan_out 1."""
    if weight.ndim not in (1, 2) or weight.size == 0:
        raise ValueError(
            f"fan_in and fan_out are known for weights of shape (out, in), not {weight.shape}"
        )
    return weight.shape[-1], weight.shape[0] if weight.ndim == 2 else 1


def _kaiming_std(weight: ValueArray, a: float, mode: str, nonlinearity: str) -> float:
    fan_in, fan_out = _fans(weight)
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode is 'fan_in' or 'fan_out', not {mode!r}")
    fan = fan_in if mode == "fan_in" else fan_out
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _check_finite(**numbers: float) -> None:
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise ValueError(f"{name} must be finite, got {number}")
