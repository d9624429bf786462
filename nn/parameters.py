"""Reading parameters, gradients and options that a user passes."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from autograd import Value
from nn.arrays import FloatArray, as_floats


def parameter_list(parameters: Value | Iterable[Value]) -> list[Value]:
    """Return parameters as a list.

    Raises:
        TypeError: they are not one Value or an iterable of Values.
    """
    if isinstance(parameters, Value):
        return [parameters]
    if not isinstance(parameters, Iterable):
        raise TypeError(f"parameters are Values, as model.parameters() gives, not {parameters!r}")
    listed = list(parameters)
    for parameter in listed:
        if not isinstance(parameter, Value):
            raise TypeError(f"a parameter is a Value, not {parameter!r}")
    return listed


def parameters_to_vector(parameters: Value | Iterable[Value]) -> FloatArray:
    """Return the numbers of parameters as one array, shape (n,).

    >>> parameters_to_vector([Value(1.0), Value(2.0)])
    array([1., 2.])

    Raises:
        TypeError: they are not Values.
    """
    return data_of(parameter_list(parameters))


def vector_to_parameters(vec: npt.ArrayLike, parameters: Value | Iterable[Value]) -> None:
    """Set the numbers of parameters to those of an array, shape (n,).

    Raises:
        TypeError: the parameters are not Values, or ``vec`` is not made of real numbers.
        ValueError: there are not as many numbers as parameters. Nothing is changed then.
    """
    listed = parameter_list(parameters)
    set_data(listed, as_vector(vec, len(listed), "vec"))


def as_vector(vec: npt.ArrayLike, size: int, name: str) -> FloatArray:
    """Return an array with one number for each of so many parameters.

    Raises:
        TypeError: it is not made of real numbers.
        ValueError: it has another shape.
    """
    numbers = as_floats(vec, name)
    if numbers.shape != (size,):
        raise ValueError(
            f"{name} has one number for each parameter, shape ({size},); got {numbers.shape}"
        )
    return numbers


def data_of(parameters: Iterable[Value]) -> FloatArray:
    """The numbers of parameters, as a new array."""
    return np.array([parameter.data for parameter in parameters], dtype=np.float64)


def gradients_of(parameters: Iterable[Value]) -> FloatArray:
    """The gradients of parameters, as a new array."""
    return np.array([parameter.grad for parameter in parameters], dtype=np.float64)


def set_data(parameters: Iterable[Value], numbers: FloatArray) -> None:
    """Set the numbers of parameters."""
    for parameter, number in zip(parameters, numbers.tolist(), strict=True):
        parameter.data = number


def set_gradients(parameters: Iterable[Value], numbers: FloatArray) -> None:
    """Set the gradients of parameters."""
    for parameter, number in zip(parameters, numbers.tolist(), strict=True):
        parameter.grad = number


def check_option(name: str, number: object, low: float = 0.0, below: float = math.inf) -> None:
    """Check that an option is a number from ``low`` to just under ``below``.

    Raises:
        TypeError: it is not a number.
        ValueError: it is outside.
    """
    if isinstance(number, bool) or not isinstance(number, (int, float, np.number)):
        raise TypeError(f"{name} is a number, not {number!r}")
    if not low <= number < below:
        limit = "" if below == math.inf else f" and below {below:g}"
        raise ValueError(f"{name} must be finite, at least {low:g}{limit}, got {number}")
