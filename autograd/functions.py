"""The functions that users call: on floats they give floats, on Values Values; sequences map.

They have NumPy's names where NumPy has the function and PyTorch's where it has not. What each one
computes and its derivative stand in ``rules.py``. The functions of a whole sequence (``sum``,
``dot``, ``norm`` …) make one node of the graph whatever its length, unless they say otherwise.
"""

from __future__ import annotations

import builtins
import functools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd import rules
from autograd.number import number
from autograd.operand import Operand
from autograd.operation import dot as dot_of_values
from autograd.rule import Rule
from autograd.value import Value

__all__ = [
    "abs",
    "absolute",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "cbrt",
    "ceil",
    "clip",
    "cos",
    "cosh",
    "dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "gelu",
    "heaviside",
    "hypot",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_softmax",
    "logsigmoid",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "norm",
    "prod",
    "reciprocal",
    "relu",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "square",
    "sum",
    "tan",
    "tanh",
    "variance",
    "where",
]


# The types that need no conversion on the way to a rule: what almost all operands are.
_SCALARS = frozenset({float, Value})
_NUMBERS = _SCALARS | {int, bool}


def _is_scalar(x: Any) -> bool:
    return isinstance(x, (float, int, Operand)) or not (
        isinstance(x, (list, tuple)) or getattr(x, "ndim", None)
    )


def broadcast(rule: Rule, *operands: Any) -> Any:
    """Apply ``rule`` to scalars, or to each element of lists, tuples and arrays.

    Raises:
        TypeError: an operand is neither a number nor a list, tuple or array of them.
        ValueError: sequences differ in length.
    """
    kinds = set(map(type, operands))
    if Value in kinds and kinds <= _NUMBERS:
        return rule(*operands)
    if all(map(_is_scalar, operands)):
        return rule(*[x if isinstance(x, Operand) else number(x) for x in operands])
    if any(isinstance(x, np.ndarray) for x in operands):
        ufunc = np.frompyfunc(lambda *xs: broadcast(rule, *xs), len(operands), 1)
        return _floats_if_all_are(ufunc(*operands))
    sequences = [x for x in operands if not _is_scalar(x)]
    length = len(sequences[0])
    if any(len(x) != length for x in sequences):
        lengths = ", ".join(str(len(x)) for x in sequences)
        raise ValueError(f"{rule.name}: sequences of different lengths ({lengths})")
    columns = [[x] * length if _is_scalar(x) else x for x in operands]
    results = [broadcast(rule, *row) for row in zip(*columns, strict=True)]
    return tuple(results) if isinstance(sequences[0], tuple) else results


def _floats_if_all_are(array: Any) -> Any:
    if isinstance(array, np.ndarray) and all(type(x) is float for x in array.flat):
        return array.astype(float)
    return array


def _unary(rule: Rule, summary: str) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        return rule(x) if isinstance(x, Operand) else broadcast(rule, x)

    function.__name__ = function.__qualname__ = rule.name
    function.__doc__ = f"""{summary}

    Args:
        x: a number or Value in {rule.domain[0]}, or a list, tuple or array of them, which is
            mapped.

    Raises:
        TypeError: ``x`` is not a number.
        ValueError, OverflowError, ZeroDivisionError: outside the domain or the range of floats.

    Source of the derivative: {rule.source}.
    """
    return function


exp = _unary(rules.exp, "eˣ.")
exp2 = _unary(rules.exp2, "2ˣ.")
expm1 = _unary(rules.expm1, "eˣ − 1, accurate near zero.")
log = _unary(rules.log, "The natural logarithm.")
log2 = _unary(rules.log2, "The logarithm to base 2.")
log10 = _unary(rules.log10, "The logarithm to base 10.")
log1p = _unary(rules.log1p, "log(1 + x), accurate near zero.")
sqrt = _unary(rules.sqrt, "The square root; its slope at 0 is infinite.")
cbrt = _unary(rules.cbrt, "The cube root; its slope at 0 is infinite.")
reciprocal = _unary(rules.reciprocal, "1 / x.")
square = _unary(rules.square, "x².")
sin = _unary(rules.sin, "The sine (radians).")
cos = _unary(rules.cos, "The cosine (radians).")
tan = _unary(rules.tan, "The tangent (radians).")
arcsin = _unary(rules.arcsin, "The inverse sine, in radians.")
arccos = _unary(rules.arccos, "The inverse cosine, in radians.")
arctan = _unary(rules.arctan, "The inverse tangent, in radians.")
sinh = _unary(rules.sinh, "The hyperbolic sine.")
cosh = _unary(rules.cosh, "The hyperbolic cosine.")
tanh = _unary(rules.tanh, "The hyperbolic tangent.")
arcsinh = _unary(rules.arcsinh, "The inverse hyperbolic sine.")
arccosh = _unary(rules.arccosh, "The inverse hyperbolic cosine.")
arctanh = _unary(rules.arctanh, "The inverse hyperbolic tangent.")
erf = _unary(rules.erf, "The error function.")
erfc = _unary(rules.erfc, "The complementary error function 1 − erf(x).")
sigmoid = _unary(rules.sigmoid, "The logistic function 1 / (1 + e⁻ˣ).")
logsigmoid = _unary(rules.logsigmoid, "log sigmoid(x), without overflow.")
softplus = _unary(rules.softplus, "log(1 + eˣ), without overflow.")
relu = _unary(rules.relu, "max(x, 0), with slope 0 at 0.")
selu = _unary(rules.selu, "The self-normalizing ELU.")
gelu = _unary(rules.gelu, "x Φ(x), with Φ the normal distribution function.")
silu = _unary(rules.silu, "x sigmoid(x).")
sign = _unary(rules.sign, "−1, 0 or 1; its slope is 0.")
floor = _unary(rules.floor, "The largest whole number that is not larger; its slope is 0.")
ceil = _unary(rules.ceil, "The smallest whole number that is not smaller; its slope is 0.")
absolute = _unary(rules.absolute, "The absolute value, with slope 0 at 0.")
abs = absolute


def leaky_relu(x: Any, negative_slope: Any = 0.01) -> Any:
    """``x`` where positive, else ``negative_slope * x``; at 0 the slope is 1, as in JAX."""
    return broadcast(rules.leaky_relu, x, negative_slope)


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """``x`` where positive, else alpha (eˣ − 1); at 0 the slope is ``alpha``."""
    return broadcast(rules.elu, x, alpha)


def arctan2(y: Any, x: Any) -> Any:
    """The angle of the point (x, y) in radians, from −π to π; no slope at the origin (nan)."""
    return broadcast(rules.arctan2, y, x)


def hypot(x: Any, y: Any) -> Any:
    """√(x² + y²) without overflow; at the origin the slopes are 0."""
    return broadcast(rules.hypot, x, y)


def maximum(x: Any, y: Any) -> Any:
    """The larger of two numbers; a tie gives each half of the gradient."""
    return broadcast(rules.maximum, x, y)


def minimum(x: Any, y: Any) -> Any:
    """The smaller of two numbers; a tie gives each half of the gradient."""
    return broadcast(rules.minimum, x, y)


def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """``x`` limited to [min, max]; None leaves that side open.

    At a bound the slope is that of the inside, 1, as in PyTorch's ``clamp``. If ``min`` is above
    ``max``, the result is ``max``, as in NumPy.
    """
    low = -math.inf if min is None else min
    high = math.inf if max is None else max
    return broadcast(rules.clip, x, low, high)


def where(condition: Any, x: Any, y: Any) -> Any:
    """``x`` where ``condition`` is true, else ``y``.

    The branch not taken gets no gradient, whatever its own slope is: ``where(v > 0, sqrt(v), 0)``
    has slope 0 at v = 0. Both branches are evaluated.
    """
    return broadcast(rules.where, condition, x, y)


def heaviside(x: Any, at_zero: Any) -> Any:
    """0 for negative ``x``, 1 for positive, ``at_zero`` at 0; the slope in ``x`` is 0."""
    return broadcast(rules.heaviside, x, at_zero)


# Functions of a whole sequence
# -----------------------------


def _flatten(xs: Any, name: str) -> list[Any]:
    if isinstance(xs, (list, tuple)) and _SCALARS.issuperset(map(type, xs)):
        return list(xs)
    if isinstance(xs, np.ndarray):
        return xs.ravel().tolist()
    if isinstance(xs, (str, bytes, dict)) or not isinstance(xs, Iterable):
        raise TypeError(f"{name} wants a sequence of numbers, not {type(xs).__name__}")
    flat: list[Any] = []
    for x in xs:
        if _is_scalar(x):
            flat.append(x if isinstance(x, Operand) else number(x))
        else:
            flat.extend(_flatten(x, name))
    return flat


def _reduce(rule: Rule, xs: Any) -> Any:
    """Apply a variadic rule to the elements of a sequence that must not be empty."""
    flat = _flatten(xs, rule.name)
    if not flat:
        raise ValueError(f"{rule.name} of an empty sequence")
    return rule(*flat)


def sum(xs: Any) -> Any:
    """The sum of all elements of a list, tuple, array or iterable; 0.0 if there are none.

    One node. The sum is rounded once (``math.fsum``), so it does not depend on the order.
    """
    flat = _flatten(xs, "sum")
    return rules.sum_(*flat) if flat else 0.0


def mean(xs: Any) -> Any:
    """The arithmetic mean of all elements; one node. ValueError if there are none."""
    return _reduce(rules.mean, xs)


def prod(xs: Any) -> Any:
    """The product of all elements, 1.0 if there are none; one node, right also with zeros."""
    flat = _flatten(xs, "prod")
    return rules.prod(*flat) if flat else 1.0


def variance(xs: Any, ddof: int = 0) -> Any:
    """The mean squared deviation from the mean, over n − ``ddof``, as NumPy's ``var``.

    Raises:
        ValueError: there are no more than ``ddof`` elements.
    """
    flat = _flatten(xs, "variance")
    n = len(flat)
    if n <= ddof or n == 0:
        raise ValueError(
            f"variance with ddof={ddof} needs more than {builtins.max(ddof, 0)} elements"
        )
    population = rules.variance(*flat)
    return population * (n / (n - ddof)) if ddof else population


def norm(xs: Any) -> Any:
    """The Euclidean length of a sequence, without overflow; one node. At 0 the slopes are 0."""
    return _reduce(rules.norm, xs)


def dot(w: Any, x: Any, b: Any = None) -> Any:
    """Σ wᵢ xᵢ, plus ``b`` if it is given, as one node.

    Args:
        w: a sequence of n numbers or Values.
        x: a sequence of n numbers or Values.
        b: a bias.

    Raises:
        ValueError: ``w`` and ``x`` differ in length.
    """
    ws, xs = _flatten(w, "dot"), _flatten(x, "dot")
    if len(ws) != len(xs):
        raise ValueError(f"dot of {len(ws)} numbers with {len(xs)}; both must have the same length")
    return dot_of_values(ws, xs, b)


def logsumexp(xs: Any) -> Any:
    """log Σ exp(xᵢ) without overflow; one node. ValueError if there are no elements."""
    return _reduce(rules.logsumexp, xs)


def log_softmax(xs: Any) -> list[Any]:
    """The logarithms of ``softmax``, as a list; accurate also where softmax underflows."""
    flat = _flatten(xs, "log_softmax")
    if not flat:
        return []
    # Shifted by their largest, a constant: the result and its derivatives do not depend on it.
    shift = _largest(flat)
    shifted = [x - shift for x in flat]
    total = rules.logsumexp(*shifted)
    return [x - total for x in shifted]


def softmax(xs: Any) -> list[Any]:
    """exp(xᵢ) / Σ exp(xⱼ) for each element, as a list, without overflow."""
    return [exp(x) for x in log_softmax(xs)]


def _largest(xs: list[Any]) -> Any:
    if any(isinstance(x, Operand) and not isinstance(x, Value) for x in xs):
        return functools.reduce(rules.maximum, xs)  # recorded, and not known yet
    return builtins.max(float(x) if isinstance(x, Value) else x for x in xs)
