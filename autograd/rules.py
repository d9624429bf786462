"""Every primitive, stated once: its name, its source, its value, its partial derivatives.

A rule's value is computed on floats. Its partials are written with ordinary operators and with the
primitives themselves, so that the same line serves floats (the eager sweep), Values (derivatives of
derivatives) and any other operand that knows how to apply a rule. In each partial the result comes
first, the operands follow: ``y, x`` of one, ``z, x, y`` of two. There is one partial for each
operand or, for primitives of any number of operands (``variadic``), one function that gives the
list of all of them. ``domain`` and ``kink`` are explained in ``rule.py``; what takes more than an
expression is in ``formulas.py``.

DLMF is the NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov.
"""

from __future__ import annotations

import math
import operator as op
from typing import Final

from autograd import formulas
from autograd.formulas import component, over
from autograd.rule import NON_NEGATIVE, OPEN_UNIT, POSITIVE, REAL, UNIT, Interval, Rule, rule

LN_2: Final = math.log(2.0)
LN_10: Final = math.log(10.0)
TWO_OVER_SQRT_PI: Final = 2.0 / math.sqrt(math.pi)
SQRT_HALF: Final = math.sqrt(0.5)
INV_SQRT_2PI: Final = 1.0 / math.sqrt(2.0 * math.pi)
SELU_ALPHA: Final = 1.6732632423543772848170429916717
SELU_SCALE: Final = 1.0507009873554804934193349852946

# One line for a rule, or two or three: a formatter would make ten of each.
# fmt: off

# Arithmetic
# ----------

add = rule("add", "linear", op.add, lambda z, x, y: 1.0, lambda z, x, y: 1.0, symbol="+")
subtract = rule("subtract", "linear", op.sub, lambda z, x, y: 1.0, lambda z, x, y: -1.0, symbol="-")
multiply = rule("multiply", "product rule", op.mul,
    lambda z, x, y: y, lambda z, x, y: x, symbol="*")
divide = rule("divide", "quotient rule", formulas.divide,
    lambda z, x, y: 1.0 / y, lambda z, x, y: -z / y, symbol="/", domain=(REAL, POSITIVE))
power = rule("power", "DLMF §4.7", formulas.power,
    formulas.power_base, formulas.power_exponent, symbol="**", domain=(POSITIVE, REAL))
floor_divide = rule("floor_divide", "piecewise constant", op.floordiv,
    lambda z, x, y: 0.0, lambda z, x, y: 0.0, symbol="//", domain=(REAL, POSITIVE),
    kink=lambda x, y: x / y - round(x / y))
remainder = rule("remainder", "x - y ⌊x / y⌋, piecewise linear", op.mod,
    lambda z, x, y: 1.0, lambda z, x, y: -(x // y), symbol="%", domain=(REAL, POSITIVE),
    kink=lambda x, y: x / y - round(x / y))
negative = rule("negative", "linear", op.neg, lambda y, x: -1.0, symbol="neg")
positive = rule("positive", "linear", op.pos, lambda y, x: 1.0, symbol="pos")
absolute = rule("absolute", "subgradient 0 at 0", op.abs,
    lambda y, x: sign(x), symbol="abs", kink=lambda x: x)


# Powers
# ------

reciprocal = rule("reciprocal", "power rule", lambda x: 1.0 / x,
    lambda y, x: -y * y, domain=POSITIVE)
square = rule("square", "power rule", lambda x: x * x, lambda y, x: 2.0 * x)
sqrt = rule("sqrt", "power rule", math.sqrt, lambda y, x: over(0.5, y), domain=NON_NEGATIVE)
cbrt = rule("cbrt", "power rule", math.cbrt, lambda y, x: over(1.0, 3.0 * y * y))
hypot: Rule = rule("hypot", "power rule; subgradient 0 at the origin", math.hypot,
    lambda z, x, y: component(x, z), lambda z, x, y: component(y, z))


# Exponentials
# ------------

exp = rule("exp", "DLMF §4.7", math.exp, lambda y, x: y)
exp2 = rule("exp2", "DLMF §4.7", math.exp2, lambda y, x: y * LN_2)
expm1 = rule("expm1", "DLMF §4.7", math.expm1, lambda y, x: exp(x))


# Logarithms
# ----------

log = rule("log", "DLMF §4.7", math.log, lambda y, x: 1.0 / x, domain=POSITIVE)
log2 = rule("log2", "DLMF §4.7", math.log2, lambda y, x: 1.0 / (x * LN_2), domain=POSITIVE)
log10 = rule("log10", "DLMF §4.7", math.log10, lambda y, x: 1.0 / (x * LN_10), domain=POSITIVE)
log1p = rule("log1p", "DLMF §4.7", math.log1p,
    lambda y, x: 1.0 / (1.0 + x), domain=Interval(-1.0, math.inf))


# Trigonometry
# ------------

sin = rule("sin", "DLMF §4.20", math.sin, lambda y, x: cos(x))
cos: Rule = rule("cos", "DLMF §4.20", math.cos, lambda y, x: -sin(x))
tan = rule("tan", "DLMF §4.20", math.tan, lambda y, x: 1.0 + y * y)
# (1 - x)(1 + x) keeps the digits that 1 - x² loses near the ends.
arcsin = rule("arcsin", "DLMF §4.24", math.asin,
    lambda y, x: over(1.0, sqrt((1.0 - x) * (1.0 + x))), domain=UNIT)
arccos = rule("arccos", "DLMF §4.24", math.acos,
    lambda y, x: over(-1.0, sqrt((1.0 - x) * (1.0 + x))), domain=UNIT)
arctan = rule("arctan", "DLMF §4.24", math.atan, lambda y, x: 1.0 / (1.0 + x * x))
# Dividing twice by the length neither overflows nor underflows, as x² + y² would.
arctan2 = rule("arctan2", "DLMF §4.23, chain rule", math.atan2,
    lambda z, y, x: over(over(x, hypot(x, y)), hypot(x, y)),
    lambda z, y, x: over(over(-y, hypot(x, y)), hypot(x, y)))


# Hyperbolics
# -----------

sinh = rule("sinh", "DLMF §4.34", math.sinh, lambda y, x: cosh(x))
cosh: Rule = rule("cosh", "DLMF §4.34", math.cosh, lambda y, x: sinh(x))
tanh = rule("tanh", "DLMF §4.34", math.tanh, lambda y, x: 1.0 - y * y)
arcsinh = rule("arcsinh", "DLMF §4.38", math.asinh, lambda y, x: 1.0 / hypot(1.0, x))
arccosh = rule("arccosh", "DLMF §4.38", math.acosh,
    lambda y, x: over(1.0, sqrt(x - 1.0) * sqrt(x + 1.0)), domain=Interval(1.0, math.inf, "["))
arctanh = rule("arctanh", "DLMF §4.38", math.atanh,
    lambda y, x: 1.0 / ((1.0 - x) * (1.0 + x)), domain=OPEN_UNIT)


# Errors
# ------

erf = rule("erf", "DLMF §7.10", math.erf, lambda y, x: TWO_OVER_SQRT_PI * exp(-x * x))
erfc = rule("erfc", "DLMF §7.10", math.erfc, lambda y, x: -TWO_OVER_SQRT_PI * exp(-x * x))


# Activations
# -----------

sigmoid = rule("sigmoid", "Rumelhart et al. 1986", formulas.sigmoid, lambda y, x: y * (1.0 - y))
logsigmoid = rule("logsigmoid", "chain rule", formulas.logsigmoid, lambda y, x: sigmoid(-x))
softplus = rule("softplus", "Dugas et al. 2001", formulas.softplus, lambda y, x: sigmoid(x))
relu = rule("relu", "Nair & Hinton 2010; subgradient 0 at 0", formulas.relu,
    lambda y, x: formulas.step(y), kink=lambda x: x)
leaky_relu = rule("leaky_relu", "Maas et al. 2013; slope 1 at 0", formulas.leaky_relu,
    lambda y, x, negative_slope: where(x >= 0.0, 1.0, negative_slope),
    lambda y, x, negative_slope: minimum(x, 0.0), kink=lambda x, negative_slope: x)
elu = rule("elu", "Clevert et al. 2016; at 0 the slope of the negative side", formulas.elu,
    lambda y, x, alpha: where(x > 0.0, 1.0, alpha * exp(minimum(x, 0.0))),
    lambda y, x, alpha: expm1(minimum(x, 0.0)), kink=lambda x, alpha: x)
selu = rule("selu", "Klambauer et al. 2017; at 0 the slope of the negative side", formulas.selu,
    lambda y, x: SELU_SCALE * where(x > 0.0, 1.0, SELU_ALPHA * exp(minimum(x, 0.0))),
    kink=lambda x: x)
gelu = rule("gelu", "Hendrycks & Gimpel 2016, x Φ(x)", formulas.gelu,
    lambda y, x: 0.5 * erfc(-x * SQRT_HALF) + x * INV_SQRT_2PI * exp(-0.5 * x * x))
silu = rule("silu", "Elfwing et al. 2018, x σ(x)", formulas.silu,
    lambda y, x: sigmoid(x) + y * (1.0 - sigmoid(x)))


# Choices
# -------

maximum = rule("maximum", "a tie gives each half", formulas.maximum,
    lambda z, x, y: where(x == y, 0.5, where(x > y, 1.0, 0.0)),
    lambda z, x, y: where(x == y, 0.5, where(x > y, 0.0, 1.0)), kink=lambda x, y: x - y)
minimum: Rule = rule("minimum", "a tie gives each half", formulas.minimum,
    lambda z, x, y: where(x == y, 0.5, where(x < y, 1.0, 0.0)),
    lambda z, x, y: where(x == y, 0.5, where(x < y, 0.0, 1.0)), kink=lambda x, y: x - y)
clip = rule("clip", "at a bound the slope is that of the inside, as in PyTorch's clamp",
    lambda x, low, high: min(max(x, low), high),
    lambda y, x, low, high: where(low <= x, where(x <= high, 1.0, 0.0), 0.0),
    lambda y, x, low, high: where(x < low, where(low <= high, 1.0, 0.0), 0.0),
    lambda y, x, low, high: where(maximum(x, low) > high, 1.0, 0.0),
    kink=lambda x, low, high: (x - low) * (x - high) * (low - high))
where: Rule = rule("where", "the slope of the chosen branch",
    lambda condition, x, y: x if condition else y,
    lambda z, c, x, y: 0.0,
    lambda z, c, x, y: where(c, 1.0, 0.0), lambda z, c, x, y: where(c, 0.0, 1.0),
    kink=lambda condition, x, y: condition)


# Steps
# -----

less = rule("less", "piecewise constant", lambda x, y: 1.0 if x < y else 0.0,
    lambda z, x, y: 0.0, lambda z, x, y: 0.0, symbol="<", kink=lambda x, y: x - y)
less_equal = rule("less_equal", "piecewise constant", lambda x, y: 1.0 if x <= y else 0.0,
    lambda z, x, y: 0.0, lambda z, x, y: 0.0, symbol="<=", kink=lambda x, y: x - y)
equal = rule("equal", "piecewise constant", lambda x, y: 1.0 if x == y else 0.0,
    lambda z, x, y: 0.0, lambda z, x, y: 0.0, symbol="==", kink=lambda x, y: x - y)
heaviside: Rule = rule("heaviside", "piecewise constant", formulas.heaviside,
    lambda y, x, at_zero: 0.0, lambda y, x, at_zero: where(x == 0.0, 1.0, 0.0),
    kink=lambda x, at_zero: x)
sign: Rule = rule("sign", "piecewise constant", formulas.sign, lambda y, x: 0.0, kink=lambda x: x)
floor = rule("floor", "piecewise constant", formulas.floor,
    lambda y, x: 0.0, kink=lambda x: x - round(x))
ceil = rule("ceil", "piecewise constant", formulas.ceil,
    lambda y, x: 0.0, kink=lambda x: x - round(x))


# Sums
# ----

sum_ = rule("sum", "linear", lambda *xs: math.fsum(xs),
    lambda y, *xs: [1.0] * len(xs), variadic=True)
mean = rule("mean", "linear", lambda *xs: math.fsum(xs) / len(xs),
    lambda y, *xs: [1.0 / len(xs)] * len(xs), variadic=True)
prod = rule("prod", "product rule", lambda *xs: float(math.prod(xs)),
    formulas.prod_all, variadic=True)
# The operands are w₁…wₙ x₁…xₙ and, if their number is odd, a bias.
dot = rule("dot", "product rule", formulas.dot, formulas.dot_all, variadic=True)
norm = rule("norm", "power rule; subgradient 0 at the origin", lambda *xs: math.hypot(*xs),
    lambda y, *xs: [component(x, y) for x in xs], variadic=True)
logsumexp = rule("logsumexp", "Blanchard, Higham & Higham 2021", formulas.logsumexp,
    lambda y, *xs: [exp(x - y) for x in xs], variadic=True)
variance = rule("variance", "chain rule; divided by n, as NumPy's var", formulas.variance,
    formulas.variance_all, variadic=True)
