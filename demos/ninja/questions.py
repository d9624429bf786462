"""The seven questions of the quiz: each a function, by whose argument it is differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from demos.xor.problem import FloatArray


class Problem(NamedTuple):
    """Numbers for all arrays of the quiz, and its forward pass."""

    X: FloatArray
    Y: FloatArray
    W1: FloatArray
    b1: FloatArray
    W2: FloatArray
    b2: FloatArray
    Z: FloatArray
    H: FloatArray
    O: FloatArray  # noqa: E741


def problem(samples: int, seed: int) -> Problem:
    """Return random numbers for so many samples."""
    rng = np.random.default_rng(seed)
    X, Y, W1, b1, W2, b2 = (
        rng.standard_normal(shape) for shape in ((samples, 3), (samples, 2), (4, 3), 4, (2, 4), 2)
    )
    Z = X @ W1.T + b1
    H = np.tanh(Z)
    return Problem(X, Y, W1, b1, W2, b2, Z, H, H @ W2.T + b2)


# L from each place on: NumPy calls the engine's tanh where arrays hold Values.


def from_output(O: Any, Y: Any) -> Any:  # noqa: E741
    """Return L from O."""
    return np.mean((O - Y) ** 2)


def from_second_layer(H: Any, W2: Any, b2: Any, Y: Any) -> Any:
    """Return L from H and the second layer's parameters."""
    return from_output(H @ W2.T + b2, Y)


def from_total_input(Z: Any, W2: Any, b2: Any, Y: Any) -> Any:
    """Return L from Z."""
    return from_second_layer(np.tanh(Z), W2, b2, Y)


def from_first_layer(X: Any, W1: Any, b1: Any, W2: Any, b2: Any, Y: Any) -> Any:
    """Return L from the first layer's parameters."""
    return from_total_input(X @ W1.T + b1, W2, b2, Y)


class Question(NamedTuple):
    """One of the seven.

    Attributes:
        name: of the answer, such as ``dW2``.
        function: L as a function of the array, and of others, in which the answer's name is the
            letter d and the array's.
        arguments: the names of the function's arguments.
        hint: what leads to it.
        formula: the answer.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]
    hint: str
    formula: str

    @property
    def argnum(self) -> int:
        """Which argument the answer is the gradient of."""
        return self.arguments.index(self.name.removeprefix("d"))


SECOND, FIRST = ("H", "W2", "b2", "Y"), ("X", "W1", "b1", "W2", "b2", "Y")

QUESTIONS = (
    Question(
        "dO",
        from_output,
        ("O", "Y"),
        "L is the mean of (O - Y)**2 over n * 2 numbers. Each of them appears in one term only: "
        "differentiate that term, and mind what the mean divides by.",
        "dO = 2 * (O - Y) / O.size",
    ),
    Question(
        "dW2",
        from_second_layer,
        SECOND,
        "O[s, k] = sum over j of H[s, j] W2[k, j] + b2[k]. So W2[k, j] changes O[s, k] by H[s, j], "
        "in every sample s: add up dO[s, k] H[s, j] over s. Which product of matrices does that, "
        "and has the shape (2, 4)?",
        "dW2 = dO.T @ H",
    ),
    Question(
        "db2",
        from_second_layer,
        SECOND,
        "b2[k] is added to O[s, k] in every sample s, with slope 1.",
        "db2 = dO.sum(axis=0)",
    ),
    Question(
        "dH",
        from_second_layer,
        SECOND,
        "H[s, j] goes to every output k, through W2[k, j]: add up dO[s, k] W2[k, j] over k.",
        "dH = dO @ W2",
    ),
    Question(
        "dZ",
        from_total_input,
        ("Z", "W2", "b2", "Y"),
        "H = tanh(Z) number by number, and the derivative of tanh is 1 - tanh**2. H is known.",
        "dZ = dH * (1 - H**2)",
    ),
    Question(
        "dW1",
        from_first_layer,
        FIRST,
        "The first layer is like the second, with X for H and Z for O.",
        "dW1 = dZ.T @ X",
    ),
    Question(
        "db1",
        from_first_layer,
        FIRST,
        "As for db2.",
        "db1 = dZ.sum(axis=0)",
    ),
)
