"""Every primitive, stated once: its value, its partial derivatives, its domain, its source.

A rule's value is computed on floats. Its partials are written with ordinary operators and with the
primitives themselves, so that the same line serves floats (the eager sweep), Values (derivatives of
derivatives) and any other operand that knows how to apply a rule. In each partial, ``y`` is the
result and the operands follow; there is one partial for each operand, or, for primitives of any
number of operands, one function that gives the list of all of them.

DLMF is the NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov.
"""

from __future__ import annotations

import math
import operator
from typing import Any, Final

from autograd.rule import NON_NEGATIVE, OPEN_UNIT, POSITIVE, REAL, UNIT, Interval, Rule, rule


def _over(a: Any, b: Any) -> Any:
    """Return a / b as in IEEE 754: where b is zero, the infinite slope of a vertical tangent."""
    if type(b) is float and b == 0.0:
        return a * math.inf
    return a / b


def _component(x: Any, length: Any) -> Any:
    """Return x / length, and zero at the origin, where a length has its minimum."""
    at_origin = length == 0.0
    return where(at_origin, 0.0, x / where(at_origin, 1.0, length))


# Arithmetic
# ----------


def _divide(x: float, y: float) -> float:
    return x / y


def _power(x: float, n: float) -> float:
    if x == 0.0 and n < 0.0:
        raise ZeroDivisionError("0.0 cannot be raised to a negative power")
    return math.pow(x, n)


def _power_partial_base(y: Any, x: Any, n: Any) -> Any:
    """Return n xⁿ⁻¹; at x = 0 that is 0 for n = 0, and infinite for 0 < n < 1."""
    at_zero = x == 0.0
    if type(at_zero) is bool and not at_zero:
        return n * x ** (n - 1.0)
    exponent = where(at_zero, where(n == 0.0, 1.0, n), n) - 1.0
    if type(x) is float and x == 0.0 and exponent < 0.0:
        return math.inf
    return n * x**exponent


def _power_partial_exponent(y: Any, x: Any, n: Any) -> Any:
    """Return y log x; zero at x = 0 as the limit for n > 0; not a number for negative bases."""
    positive_base = x > 0.0
    slope = y * log(where(positive_base, x, 1.0))
    return where(positive_base, slope, where(x == 0.0, 0.0, math.nan))


add = rule(
    "add", operator.add, lambda z, x, y: 1.0, lambda z, x, y: 1.0, symbol="+", source="linear"
)
subtract = rule(
    "subtract", operator.sub, lambda z, x, y: 1.0, lambda z, x, y: -1.0, symbol="-", source="linear"
)
multiply = rule(
    "multiply",
    operator.mul,
    lambda z, x, y: y,
    lambda z, x, y: x,
    symbol="*",
    source="product rule",
)
divide = rule(
    "divide",
    _divide,
    lambda z, x, y: 1.0 / y,
    lambda z, x, y: -z / y,
    symbol="/",
    domain=(REAL, POSITIVE),
    source="quotient rule",
)
power = rule(
    "power",
    _power,
    _power_partial_base,
    _power_partial_exponent,
    symbol="**",
    domain=(POSITIVE, REAL),
    source="DLMF §4.7",
)
floor_divide = rule(
    "floor_divide",
    operator.floordiv,
    lambda z, x, y: 0.0,
    lambda z, x, y: 0.0,
    symbol="//",
    domain=(REAL, POSITIVE),
    source="piecewise constant",
    kink=lambda x, y: x / y - round(x / y),
)
remainder = rule(
    "remainder",
    operator.mod,
    lambda z, x, y: 1.0,
    lambda z, x, y: -(x // y),
    symbol="%",
    domain=(REAL, POSITIVE),
    source="x - y ⌊x / y⌋, piecewise linear",
    kink=lambda x, y: x / y - round(x / y),
)
negative = rule("negative", operator.neg, lambda y, x: -1.0, symbol="neg", source="linear")
positive = rule("positive", operator.pos, lambda y, x: 1.0, symbol="pos", source="linear")
absolute = rule(
    "absolute",
    operator.abs,
    lambda y, x: sign(x),
    symbol="abs",
    source="subgradient 0 at 0",
    kink=lambda x: x,
)
reciprocal = rule(
    "reciprocal", lambda x: 1.0 / x, lambda y, x: -y * y, domain=POSITIVE, source="power rule"
)
square = rule("square", lambda x: x * x, lambda y, x: 2.0 * x, source="power rule")
sqrt = rule("sqrt", math.sqrt, lambda y, x: _over(0.5, y), domain=NON_NEGATIVE, source="power rule")
cbrt = rule("cbrt", math.cbrt, lambda y, x: _over(1.0, 3.0 * y * y), source="power rule")


# Exponentials and logarithms
# ---------------------------

LN_2: Final = math.log(2.0)
LN_10: Final = math.log(10.0)

exp = rule("exp", math.exp, lambda y, x: y, source="DLMF §4.7")
exp2 = rule("exp2", math.exp2, lambda y, x: y * LN_2, source="DLMF §4.7")
expm1 = rule("expm1", math.expm1, lambda y, x: exp(x), source="DLMF §4.7")
log = rule("log", math.log, lambda y, x: 1.0 / x, domain=POSITIVE, source="DLMF §4.7")
log2 = rule("log2", math.log2, lambda y, x: 1.0 / (x * LN_2), domain=POSITIVE, source="DLMF §4.7")
log10 = rule(
    "log10", math.log10, lambda y, x: 1.0 / (x * LN_10), domain=POSITIVE, source="DLMF §4.7"
)
log1p = rule(
    "log1p",
    math.log1p,
    lambda y, x: 1.0 / (1.0 + x),
    domain=Interval(-1.0, math.inf),
    source="DLMF §4.7",
)


# Trigonometric and hyperbolic functions
# --------------------------------------

sin = rule("sin", math.sin, lambda y, x: cos(x), source="DLMF §4.20")
cos: Rule = rule("cos", math.cos, lambda y, x: -sin(x), source="DLMF §4.20")
tan = rule("tan", math.tan, lambda y, x: 1.0 + y * y, source="DLMF §4.20")
# (1 - x)(1 + x) keeps the digits that 1 - x² loses near the ends.
arcsin = rule(
    "arcsin",
    math.asin,
    lambda y, x: _over(1.0, sqrt((1.0 - x) * (1.0 + x))),
    domain=UNIT,
    source="DLMF §4.24",
)
arccos = rule(
    "arccos",
    math.acos,
    lambda y, x: _over(-1.0, sqrt((1.0 - x) * (1.0 + x))),
    domain=UNIT,
    source="DLMF §4.24",
)
arctan = rule("arctan", math.atan, lambda y, x: 1.0 / (1.0 + x * x), source="DLMF §4.24")
# Dividing twice by the length neither overflows nor underflows, as x² + y² would.
arctan2 = rule(
    "arctan2",
    math.atan2,
    lambda z, y, x: _over(_over(x, hypot(x, y)), hypot(x, y)),
    lambda z, y, x: _over(_over(-y, hypot(x, y)), hypot(x, y)),
    source="DLMF §4.23, chain rule",
)
sinh = rule("sinh", math.sinh, lambda y, x: cosh(x), source="DLMF §4.34")
cosh: Rule = rule("cosh", math.cosh, lambda y, x: sinh(x), source="DLMF §4.34")
tanh = rule("tanh", math.tanh, lambda y, x: 1.0 - y * y, source="DLMF §4.34")
arcsinh = rule("arcsinh", math.asinh, lambda y, x: 1.0 / hypot(1.0, x), source="DLMF §4.38")
arccosh = rule(
    "arccosh",
    math.acosh,
    lambda y, x: _over(1.0, sqrt(x - 1.0) * sqrt(x + 1.0)),
    domain=Interval(1.0, math.inf, "["),
    source="DLMF §4.38",
)
arctanh = rule(
    "arctanh",
    math.atanh,
    lambda y, x: 1.0 / ((1.0 - x) * (1.0 + x)),
    domain=OPEN_UNIT,
    source="DLMF §4.38",
)
hypot: Rule = rule(
    "hypot",
    math.hypot,
    lambda z, x, y: _component(x, z),
    lambda z, x, y: _component(y, z),
    source="power rule; subgradient 0 at the origin",
)


# Error function and normal distribution
# --------------------------------------

TWO_OVER_SQRT_PI: Final = 2.0 / math.sqrt(math.pi)
SQRT_HALF: Final = math.sqrt(0.5)
INV_SQRT_2PI: Final = 1.0 / math.sqrt(2.0 * math.pi)

erf = rule("erf", math.erf, lambda y, x: TWO_OVER_SQRT_PI * exp(-x * x), source="DLMF §7.10")
erfc = rule("erfc", math.erfc, lambda y, x: -TWO_OVER_SQRT_PI * exp(-x * x), source="DLMF §7.10")


# Activations
# -----------

SELU_ALPHA: Final = 1.6732632423543772848170429916717
SELU_SCALE: Final = 1.0507009873554804934193349852946


def _sigmoid(x: float) -> float:
    # exp of a negative number only: it can underflow, never overflow.
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _elu(x: float, alpha: float) -> float:
    return x if x > 0.0 else alpha * math.expm1(x)


def _gelu(x: float) -> float:
    return 0.5 * x * math.erfc(-x * SQRT_HALF)


def _silu(x: float) -> float:
    return x * _sigmoid(x)


sigmoid = rule("sigmoid", _sigmoid, lambda y, x: y * (1.0 - y), source="Rumelhart et al. 1986")
logsigmoid = rule(
    "logsigmoid", lambda x: -_softplus(-x), lambda y, x: sigmoid(-x), source="chain rule"
)
softplus = rule("softplus", _softplus, lambda y, x: sigmoid(x), source="Dugas et al. 2001")


def _step(y: Any) -> Any:
    if type(y) is float:  # the most frequent activation, without a detour through the table
        return 1.0 if y > 0.0 else y * 0.0
    return heaviside(y, 0.0)


relu = rule(
    "relu",
    lambda x: 0.0 if x <= 0.0 else x,
    lambda y, x: _step(y),
    source="Nair & Hinton 2010; subgradient 0 at 0",
    kink=lambda x: x,
)
leaky_relu = rule(
    "leaky_relu",
    lambda x, negative_slope: x if x > 0.0 else negative_slope * x,
    lambda y, x, negative_slope: where(x >= 0.0, 1.0, negative_slope),
    lambda y, x, negative_slope: minimum(x, 0.0),
    source="Maas et al. 2013; slope 1 at 0",
    kink=lambda x, negative_slope: x,
)
elu = rule(
    "elu",
    _elu,
    lambda y, x, alpha: where(x > 0.0, 1.0, alpha * exp(minimum(x, 0.0))),
    lambda y, x, alpha: expm1(minimum(x, 0.0)),
    source="Clevert et al. 2016; at 0 the slope of the negative side",
    kink=lambda x, alpha: x,
)
selu = rule(
    "selu",
    lambda x: SELU_SCALE * _elu(x, SELU_ALPHA),
    lambda y, x: SELU_SCALE * where(x > 0.0, 1.0, SELU_ALPHA * exp(minimum(x, 0.0))),
    source="Klambauer et al. 2017; at 0 the slope of the negative side",
    kink=lambda x: x,
)
gelu = rule(
    "gelu",
    _gelu,
    lambda y, x: 0.5 * erfc(-x * SQRT_HALF) + x * INV_SQRT_2PI * exp(-0.5 * x * x),
    source="Hendrycks & Gimpel 2016, x Φ(x)",
)
silu = rule(
    "silu",
    _silu,
    lambda y, x: sigmoid(x) + y * (1.0 - sigmoid(x)),
    source="Elfwing et al. 2018, x σ(x)",
)


# Choices and steps
# -----------------

maximum = rule(
    "maximum",
    lambda x, y: x if x >= y or x != x else y,
    lambda z, x, y: where(x == y, 0.5, where(x > y, 1.0, 0.0)),
    lambda z, x, y: where(x == y, 0.5, where(x > y, 0.0, 1.0)),
    source="a tie gives each half",
    kink=lambda x, y: x - y,
)
minimum: Rule = rule(
    "minimum",
    lambda x, y: x if x <= y or x != x else y,
    lambda z, x, y: where(x == y, 0.5, where(x < y, 1.0, 0.0)),
    lambda z, x, y: where(x == y, 0.5, where(x < y, 0.0, 1.0)),
    source="a tie gives each half",
    kink=lambda x, y: x - y,
)
clip = rule(
    "clip",
    lambda x, low, high: min(max(x, low), high),
    lambda y, x, low, high: where(low <= x, where(x <= high, 1.0, 0.0), 0.0),
    lambda y, x, low, high: where(x < low, where(low <= high, 1.0, 0.0), 0.0),
    lambda y, x, low, high: where(maximum(x, low) > high, 1.0, 0.0),
    source="at a bound the slope is that of the inside, as in PyTorch's clamp",
    kink=lambda x, low, high: (x - low) * (x - high) * (low - high),
)
where: Rule = rule(
    "where",
    lambda condition, x, y: x if condition else y,
    lambda z, condition, x, y: 0.0,
    lambda z, condition, x, y: where(condition, 1.0, 0.0),
    lambda z, condition, x, y: where(condition, 0.0, 1.0),
    source="the slope of the chosen branch",
    kink=lambda condition, x, y: condition,
)
heaviside: Rule = rule(
    "heaviside",
    lambda x, at_zero: at_zero if x == 0.0 else (1.0 if x > 0.0 else (0.0 if x < 0.0 else x)),
    lambda y, x, at_zero: 0.0,
    lambda y, x, at_zero: where(x == 0.0, 1.0, 0.0),
    source="piecewise constant",
    kink=lambda x, at_zero: x,
)
less = rule(
    "less",
    lambda x, y: 1.0 if x < y else 0.0,
    lambda z, x, y: 0.0,
    lambda z, x, y: 0.0,
    symbol="<",
    source="piecewise constant",
    kink=lambda x, y: x - y,
)
less_equal = rule(
    "less_equal",
    lambda x, y: 1.0 if x <= y else 0.0,
    lambda z, x, y: 0.0,
    lambda z, x, y: 0.0,
    symbol="<=",
    source="piecewise constant",
    kink=lambda x, y: x - y,
)
equal = rule(
    "equal",
    lambda x, y: 1.0 if x == y else 0.0,
    lambda z, x, y: 0.0,
    lambda z, x, y: 0.0,
    symbol="==",
    source="piecewise constant",
    kink=lambda x, y: x - y,
)
sign: Rule = rule(
    "sign",
    lambda x: 1.0 if x > 0.0 else (-1.0 if x < 0.0 else x * 0.0),
    lambda y, x: 0.0,
    source="piecewise constant",
    kink=lambda x: x,
)
floor = rule(
    "floor",
    lambda x: float(math.floor(x)) if math.isfinite(x) else x,
    lambda y, x: 0.0,
    source="piecewise constant",
    kink=lambda x: x - round(x),
)
ceil = rule(
    "ceil",
    lambda x: float(math.ceil(x)) if math.isfinite(x) else x,
    lambda y, x: 0.0,
    source="piecewise constant",
    kink=lambda x: x - round(x),
)


# Sums over any number of operands
# --------------------------------


def _dot(*operands: float) -> float:
    n = len(operands) // 2
    products = sum(map(operator.mul, operands[:n], operands[n : 2 * n]))
    return products + operands[-1] if len(operands) % 2 else float(products)


def _dot_partials(y: Any, *operands: Any) -> list[Any]:
    n = len(operands) // 2
    return [*operands[n : 2 * n], *operands[:n], *([1.0] if len(operands) % 2 else [])]


def _prod_partials(y: Any, *xs: Any) -> list[Any]:
    """Products of all others: prefix times suffix, so that a zero among them does no harm."""
    before: list[Any] = [1.0]
    after: list[Any] = [1.0]
    for x in xs[:-1]:
        before.append(before[-1] * x)
    for x in xs[:0:-1]:
        after.append(after[-1] * x)
    return [b * a for b, a in zip(before, reversed(after), strict=True)]


def _variance(*xs: float) -> float:
    center = math.fsum(xs) / len(xs)
    return math.fsum([(x - center) ** 2 for x in xs]) / len(xs)


def _variance_partials(y: Any, *xs: Any) -> list[Any]:
    center = mean(*xs)
    return [(x - center) * (2.0 / len(xs)) for x in xs]


def _logsumexp(*xs: float) -> float:
    largest = max(xs)
    if math.isinf(largest):
        return largest
    return largest + math.log(math.fsum([math.exp(x - largest) for x in xs]))


sum_ = rule(
    "sum",
    lambda *xs: math.fsum(xs),
    lambda y, *xs: [1.0] * len(xs),
    domain=(REAL,),
    source="linear",
    variadic=True,
)
mean = rule(
    "mean",
    lambda *xs: math.fsum(xs) / len(xs),
    lambda y, *xs: [1.0 / len(xs)] * len(xs),
    domain=(REAL,),
    source="linear",
    variadic=True,
)
prod = rule(
    "prod",
    lambda *xs: float(math.prod(xs)),
    _prod_partials,
    domain=(REAL,),
    source="product rule",
    variadic=True,
)
dot = rule(
    "dot",
    _dot,
    _dot_partials,
    domain=(REAL,),
    source="product rule; operands w₁…wₙ x₁…xₙ and, if their number is odd, a bias",
    variadic=True,
)
norm = rule(
    "norm",
    lambda *xs: math.hypot(*xs),
    lambda y, *xs: [_component(x, y) for x in xs],
    domain=(REAL,),
    source="power rule; subgradient 0 at the origin",
    variadic=True,
)
logsumexp = rule(
    "logsumexp",
    _logsumexp,
    lambda y, *xs: [exp(x - y) for x in xs],
    domain=(REAL,),
    source="Blanchard, Higham & Higham 2021",
    variadic=True,
)
variance = rule(
    "variance",
    _variance,
    _variance_partials,
    domain=(REAL,),
    source="chain rule; divided by n, as NumPy's var",
    variadic=True,
)
