"""The live page: the network of the quiz with the numbers of one sample, and all its gradients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import autograd
from autograd import Value
from autograd.draw import page
from demos.ninja.questions import problem


def write_page(path: Path) -> None:
    """Write the page."""
    numbers = problem(1, seed=0)
    X, Y = (_values(name, getattr(numbers, name), requires_grad=False) for name in "XY")
    W1, b1, W2, b2 = (_values(name, getattr(numbers, name)) for name in ("W1", "b1", "W2", "b2"))
    Z = _layer("Z", W1, X[0], b1)
    H = _named("H", [autograd.tanh(z) for z in Z])
    O = _layer("O", W2, H, b2)  # noqa: E741
    L = autograd.mean([(o - y) ** 2 for o, y in zip(O, Y[0], strict=True)])
    L.label = "L"
    page(
        L,
        path,
        title="The network of the quiz, for one sample",
        view="network",
        note="Below the neurons at the right stands dO, below those in the middle dZ. Play to see "
        "in which order they come. Click on a neuron or a weight for its rule with the numbers: "
        "what you write in arrays, number by number.",
    )


def _values(name: str, numbers: Any, *, requires_grad: bool = True) -> Any:
    """Return an array of Values that are labeled with their places in it."""
    values = np.empty(numbers.shape, dtype=object)
    for place in np.ndindex(numbers.shape):
        label = f"{name}[{', '.join(map(str, place))}]"
        values[place] = Value(numbers[place], label, requires_grad=requires_grad)
    return values


def _layer(name: str, W: Any, x: Any, b: Any) -> list[Value]:
    return _named(name, [autograd.dot(w, x, bias) for w, bias in zip(W, b, strict=True)])


def _named(name: str, row: list[Value]) -> list[Value]:
    for i, value in enumerate(row):
        value.label = f"{name}[0, {i}]"
    return row
