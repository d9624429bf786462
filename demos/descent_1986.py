"""Gradient descent as Rumelhart, Hinton & Williams did it in 1986, compiled.

"Learning representations by back-propagating errors", Nature 323, 533-536, equation 9, after each
sweep through all cases: Δw(t) = −ε ∂E/∂w(t) + α Δw(t−1). Unlike ``nn.SGD``, a new ε leaves the
steps already made as they were, as in the paper; and weights can decay after each change.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

import nn
from demos.xor.problem import FloatArray


class Sweep(NamedTuple):
    """Where the descent stands.

    Attributes:
        number: how many sweeps have changed the weights.
        w: all weights, biases among them, shape (n,); a new array each time.
        E: the error there.
    """

    number: int
    w: FloatArray
    E: float


def total_error(outputs: Any, targets: Any) -> Any:
    """Return E = ½ Σ (y − d)² over all cases and outputs: equation 3 of the paper."""
    return nn.half_squared_error(outputs, targets, reduction="sum")


def sweeps(
    error: nn.CompiledLoss,
    start: FloatArray,
    X: FloatArray,
    y: FloatArray,
    *,
    rates: Callable[[int], tuple[float, float]],
    decay: float = 0.0,
) -> Iterator[Sweep]:
    """Yield the start, and then the weights after each sweep, for ever.

    Args:
        error: the compiled error of all cases.
        start: the weights to start from, shape (n,).
        X: the cases, shape (cases, inputs).
        y: what is desired of them, shape (cases,) or (cases, outputs).
        rates: gives ε and α for the sweep with a number, from 1.
        decay: the share by which every weight is made smaller after each change.
    """
    w, step, number = start, np.zeros_like(start), 0
    while True:
        E, gradient = error.value_and_grad(w, X, y)
        yield Sweep(number, w, E)
        number += 1
        epsilon, alpha = rates(number)
        step = alpha * step - epsilon * gradient
        w = (1.0 - decay) * (w + step)


def say_if_slow() -> None:
    """Print what makes the sweeps fast, if it is not installed."""
    if importlib.util.find_spec("llvmlite") is None:
        print(
            "Without llvmlite the sweeps run on NumPy and take long: pip install\n"
            '"scalar-autodiff[jit]", or ask for fewer --starts.'
        )


@contextmanager
def progress_bar(total: int, title: str) -> Iterator[Callable[[], object]]:
    """Show a bar on a terminal if tqdm is installed; what it gives is called after each sweep."""
    try:
        from tqdm import tqdm
    except ImportError:
        yield lambda: None
        return
    with tqdm(total=total, desc=title, unit="sweep", leave=False, disable=None) as bar:
        yield bar.update
