"""The formulas that are too long for a line of the table in ``rules.py``.

Values are computed on floats, where ``math`` has no such function or its answer at the ends of the
range is not what is wanted here. Partials are written as in the table, with operators and the
primitives themselves, for floats, Values and symbols alike.
"""

from __future__ import annotations

import math
import operator
from typing import Any

from autograd import rules

# Values
# ------


def divide(x: float, y: float) -> float:
    """x / y, of floats also where the operands are ints."""
    return x / y


def power(x: float, n: float) -> float:
    """xⁿ for real results only: ``x**n`` of a negative number is complex in Python."""
    if x == 0.0 and n < 0.0:
        raise ZeroDivisionError("0.0 cannot be raised to a negative power")
    return math.pow(x, n)


def sigmoid(x: float) -> float:
    """1 / (1 + e⁻ˣ), by exponentials of negative numbers: they can underflow, never overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def logsigmoid(x: float) -> float:
    """Log sigmoid(x), accurate where the sigmoid is close to 0 or to 1."""
    return -softplus(-x)


def softplus(x: float) -> float:
    """log(1 + eˣ), by the exponential of a negative number."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def relu(x: float) -> float:
    """max(x, 0); not a number stays not a number."""
    return 0.0 if x <= 0.0 else x


def leaky_relu(x: float, negative_slope: float) -> float:
    """``x`` where positive, else ``negative_slope`` times it."""
    return x if x > 0.0 else negative_slope * x


def elu(x: float, alpha: float) -> float:
    """``x`` where positive, else alpha (eˣ − 1)."""
    return x if x > 0.0 else alpha * math.expm1(x)


def selu(x: float) -> float:
    """ELU with the scales that keep mean 0 and variance 1 from layer to layer."""
    return rules.SELU_SCALE * elu(x, rules.SELU_ALPHA)


def gelu(x: float) -> float:
    """x Φ(x), by erfc, which keeps the digits of Φ where it is small."""
    return 0.5 * x * math.erfc(-x * rules.SQRT_HALF)


def silu(x: float) -> float:
    """x σ(x)."""
    return x * sigmoid(x)


def maximum(x: float, y: float) -> float:
    """The larger one; not a number if either is not."""
    return x if x >= y or x != x else y


def minimum(x: float, y: float) -> float:
    """The smaller one; not a number if either is not."""
    return x if x <= y or x != x else y


def heaviside(x: float, at_zero: float) -> float:
    """0 for negative x, 1 for positive x, ``at_zero`` between; not a number stays what it is."""
    if x == 0.0:
        return at_zero
    return 1.0 if x > 0.0 else (0.0 if x < 0.0 else x)


def sign(x: float) -> float:
    """−1, 0 or 1; zero keeps its sign, and not a number stays what it is."""
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else x * 0.0)


def floor(x: float) -> float:
    """The largest whole number that is not larger; infinity stays what it is."""
    return float(math.floor(x)) if math.isfinite(x) else x


def ceil(x: float) -> float:
    """The smallest whole number that is not smaller; infinity stays what it is."""
    return float(math.ceil(x)) if math.isfinite(x) else x


def dot(*operands: float) -> float:
    """Σ wᵢ xᵢ of w₁…wₙ x₁…xₙ, plus a bias if the number of operands is odd."""
    n = len(operands) // 2
    products = sum(map(operator.mul, operands[:n], operands[n : 2 * n]))
    return products + operands[-1] if len(operands) % 2 else float(products)


def variance(*xs: float) -> float:
    """The mean squared deviation from the mean, in two passes: no difference of large squares."""
    center = math.fsum(xs) / len(xs)
    return math.fsum([(x - center) ** 2 for x in xs]) / len(xs)


def logsumexp(*xs: float) -> float:
    """Log Σ exp(xᵢ), shifted by the largest, so that no exponential overflows."""
    largest = max(xs)
    if math.isinf(largest):
        return largest
    return largest + math.log(math.fsum([math.exp(x - largest) for x in xs]))


# Partials
# --------


def over(a: Any, b: Any) -> Any:
    """Return a / b as in IEEE 754: where b is zero, the infinite slope of a vertical tangent."""
    if type(b) is float and b == 0.0:
        return a * math.inf
    return a / b


def component(x: Any, length: Any) -> Any:
    """Return x / length, and zero at the origin, where a length has its minimum."""
    at_origin = length == 0.0
    return rules.where(at_origin, 0.0, x / rules.where(at_origin, 1.0, length))


def power_base(y: Any, x: Any, n: Any) -> Any:
    """Return n xⁿ⁻¹; at x = 0 that is 0 for n = 0, and infinite for 0 < n < 1."""
    at_zero = x == 0.0
    if type(at_zero) is bool and not at_zero:
        return n * x ** (n - 1.0)
    exponent = rules.where(at_zero, rules.where(n == 0.0, 1.0, n), n) - 1.0
    if type(x) is float and x == 0.0 and exponent < 0.0:
        return math.inf
    return n * x**exponent


def power_exponent(y: Any, x: Any, n: Any) -> Any:
    """Return y log x; zero at x = 0 as the limit for n > 0; not a number for negative bases."""
    positive_base = x > 0.0
    slope = y * rules.log(rules.where(positive_base, x, 1.0))
    return rules.where(positive_base, slope, rules.where(x == 0.0, 0.0, math.nan))


def step(y: Any) -> Any:
    """Return the slope of ReLU from its result."""
    if type(y) is float:  # the most frequent activation, without a detour through the table
        return 1.0 if y > 0.0 else y * 0.0
    return rules.heaviside(y, 0.0)


def dot_all(y: Any, *operands: Any) -> list[Any]:
    """Return each factor's other factor, and 1 for the bias."""
    n = len(operands) // 2
    return [*operands[n : 2 * n], *operands[:n], *([1.0] if len(operands) % 2 else [])]


def prod_all(y: Any, *xs: Any) -> list[Any]:
    """Products of all others: prefix times suffix, so that a zero among them does no harm."""
    before: list[Any] = [1.0]
    after: list[Any] = [1.0]
    for x in xs[:-1]:
        before.append(before[-1] * x)
    for x in xs[:0:-1]:
        after.append(after[-1] * x)
    return [b * a for b, a in zip(before, reversed(after), strict=True)]


def variance_all(y: Any, *xs: Any) -> list[Any]:
    """Return 2 (xᵢ − mean) / n; what the mean depends on cancels."""
    center = rules.mean(*xs)
    return [(x - center) * (2.0 / len(xs)) for x in xs]
