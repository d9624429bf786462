"""Elementwise operations on vectors, as LLVM instructions.

Functions that processors lack come from the vector mathematics of the C library (glibc's libmvec)
where there is one, else from its functions of single numbers, one call for each element.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

from autograd.compiler.llvm_writer import Writer
from autograd.compiler.vector_exp import vector_exp, vector_tanh
from autograd.rules import SELU_ALPHA, SELU_SCALE, SQRT_HALF

Emit = Callable[..., str]

#: The names that C gives to the functions it has.
C_NAMES: Final = {
    "power": "pow",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    **{
        name: name
        for name in (
            *("cbrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos"),
            *("tan", "sinh", "cosh", "tanh", "hypot", "erf", "erfc"),
        )
    },
}

_VECTOR_LETTERS: Final = {2: "b", 4: "d", 8: "e"}


def vector_name(function: str, width: int, operands: int) -> str:
    """The name of a vector function in the vector ABI of x86-64."""
    return f"_ZGV{_VECTOR_LETTERS[width]}N{width}{'v' * operands}_{function}"


@functools.cache
def vector_library(llvm: Any) -> frozenset[str]:
    """The vector functions that the C library of this machine has, if any.

    Args:
        llvm: llvmlite's binding.
    """
    try:
        llvm.load_library_permanently("libmvec.so.1")
    except RuntimeError:
        return frozenset()
    names = [
        vector_name(function, width, operands)
        for function in C_NAMES.values()
        for width in _VECTOR_LETTERS
        for operands in (1, 2)
    ]
    return frozenset([name for name in names if llvm.address_of_symbol(name)])


def _library(function: str) -> Emit:
    def emit(w: Writer, *xs: str) -> str:
        if w.width > 1:
            name = vector_name(function, w.width, len(xs))
            if name in w.module.vector_library:
                return w.call(name, xs)
        return w.for_each(function, xs)

    return emit


def _in_line(emit: Emit, function: str) -> Emit:
    """Code of our own for vectors, the C library's function for single numbers."""
    return lambda w, x: emit(w, x) if w.width > 1 else w.for_each(function, (x,))


# Arithmetic
# ----------


def _instruction(name: str) -> Emit:
    return lambda w, *xs: w.apply(name, *xs)


def _intrinsic(name: str) -> Emit:
    return lambda w, *xs: w.intrinsic(name, *xs)


def _reciprocal(w: Writer, x: str) -> str:
    return w.apply("fdiv", w.constant(1.0), x)


def _remainder(w: Writer, x: str, y: str) -> str:
    return _divmod(w, x, y)[1]


def _floor_divide(w: Writer, x: str, y: str) -> str:
    return _divmod(w, x, y)[0]


def _divmod(w: Writer, x: str, y: str) -> tuple[str, str]:
    """Quotient and remainder as Python's: the remainder has the sign of the divisor."""
    zero, one = w.constant(0.0), w.constant(1.0)
    remainder = w.for_each("fmod", (x, y))
    quotient = w.apply("fdiv", w.apply("fsub", x, remainder), y)
    product = w.apply("fmul", remainder, y)
    differ = w.compare("olt", w.intrinsic("copysign", one, product), zero)
    nonzero = w.compare("one", remainder, zero)
    moved = w.value(f"and {w.vector_of('i1')} {differ}, {nonzero}")
    quotient = w.select(moved, w.apply("fsub", quotient, one), quotient)
    remainder = w.select(moved, w.apply("fadd", remainder, y), remainder)
    exact = w.compare("oeq", remainder, zero)
    remainder = w.select(exact, w.intrinsic("copysign", zero, y), remainder)
    # The quotient is a whole number but for rounding.
    whole = w.intrinsic("floor", quotient)
    above = w.compare("ogt", w.apply("fsub", quotient, whole), w.constant(0.5))
    whole = w.select(above, w.apply("fadd", whole, one), whole)
    ratio = w.apply("fdiv", x, y)
    none = w.compare("oeq", quotient, zero)
    whole = w.select(none, w.intrinsic("copysign", zero, ratio), whole)
    by_zero = w.compare("oeq", y, zero)
    return w.select(by_zero, ratio, whole), remainder


# Activations
# -----------


def _exp_of_minus_abs(w: Writer, x: str) -> str:
    return OPERATIONS["exp"](w, w.apply("fneg", w.intrinsic("fabs", x)))


def _sigmoid(w: Writer, x: str) -> str:
    e, one = _exp_of_minus_abs(w, x), w.constant(1.0)
    positive = w.compare("oge", x, w.constant(0.0))
    return w.apply("fdiv", w.select(positive, one, e), w.apply("fadd", one, e))


def _softplus(w: Writer, x: str) -> str:
    rest = OPERATIONS["log1p"](w, _exp_of_minus_abs(w, x))
    return w.apply("fadd", OPERATIONS["relu"](w, x), rest)


def _logsigmoid(w: Writer, x: str) -> str:
    return w.apply("fneg", _softplus(w, w.apply("fneg", x)))


def _relu(w: Writer, x: str) -> str:
    zero = w.constant(0.0)
    return w.select(w.compare("ole", x, zero), zero, x)


def _leaky_relu(w: Writer, x: str, slope: str) -> str:
    positive = w.compare("ogt", x, w.constant(0.0))
    return w.select(positive, x, w.apply("fmul", slope, x))


def _elu(w: Writer, x: str, alpha: str) -> str:
    positive = w.compare("ogt", x, w.constant(0.0))
    return w.select(positive, x, w.apply("fmul", alpha, OPERATIONS["expm1"](w, x)))


def _selu(w: Writer, x: str) -> str:
    return w.apply("fmul", w.constant(SELU_SCALE), _elu(w, x, w.constant(SELU_ALPHA)))


def _gelu(w: Writer, x: str) -> str:
    tail = OPERATIONS["erfc"](w, w.apply("fmul", x, w.constant(-SQRT_HALF)))
    return w.apply("fmul", w.apply("fmul", w.constant(0.5), x), tail)


def _silu(w: Writer, x: str) -> str:
    return w.apply("fmul", x, _sigmoid(w, x))


# Choices and steps
# -----------------


def _extremum(condition: str) -> Emit:
    def emit(w: Writer, x: str, y: str) -> str:
        chosen = w.select(w.compare(condition, x, y), x, y)
        return w.select(w.compare("uno", x, x), x, chosen)

    return emit


def _clip(w: Writer, x: str, low: str, high: str) -> str:
    raised = w.select(w.compare("ogt", low, x), low, x)
    return w.select(w.compare("olt", high, raised), high, raised)


def _where(w: Writer, condition: str, x: str, y: str) -> str:
    return w.select(w.compare("une", condition, w.constant(0.0)), x, y)


def _indicator(condition: str) -> Emit:
    return lambda w, x, y: w.select(w.compare(condition, x, y), w.constant(1.0), w.constant(0.0))


def _heaviside(w: Writer, x: str, at_zero: str) -> str:
    zero = w.constant(0.0)
    step = w.select(w.compare("ogt", x, zero), w.constant(1.0), zero)
    step = w.select(w.compare("oeq", x, zero), at_zero, step)
    return w.select(w.compare("uno", x, x), x, step)


def _sign(w: Writer, x: str) -> str:
    one = w.intrinsic("copysign", w.constant(1.0), x)
    return w.select(w.compare("one", x, w.constant(0.0)), one, x)


OPERATIONS: Final[dict[str, Emit]] = {
    "copy": lambda w, x: x,
    "positive": lambda w, x: x,
    "fma": Writer.fma,
    "add": _instruction("fadd"),
    "subtract": _instruction("fsub"),
    "multiply": _instruction("fmul"),
    "divide": _instruction("fdiv"),
    "negative": _instruction("fneg"),
    "square": lambda w, x: w.apply("fmul", x, x),
    "absolute": _intrinsic("fabs"),
    "sqrt": _intrinsic("sqrt"),
    "floor": _intrinsic("floor"),
    "ceil": _intrinsic("ceil"),
    "reciprocal": _reciprocal,
    "remainder": _remainder,
    "floor_divide": _floor_divide,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "logsigmoid": _logsigmoid,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": _selu,
    "gelu": _gelu,
    "silu": _silu,
    "maximum": _extremum("oge"),
    "minimum": _extremum("ole"),
    "clip": _clip,
    "where": _where,
    "less": _indicator("olt"),
    "less_equal": _indicator("ole"),
    "equal": _indicator("oeq"),
    "heaviside": _heaviside,
    "sign": _sign,
    **{name: _library(c_name) for name, c_name in C_NAMES.items()},
    "exp": _in_line(vector_exp, "exp"),
    "tanh": _in_line(vector_tanh, "tanh"),
}

_LONG: Final = ("sigmoid", "elu", "selu", "gelu", "silu", "remainder", "floor_divide", *C_NAMES)

#: For each operation roughly how many instructions it takes.
WEIGHTS: Final[dict[str, int]] = {
    **dict.fromkeys(OPERATIONS, 1),
    **dict.fromkeys(_LONG, 24),
    **dict.fromkeys(("softplus", "logsigmoid"), 48),
}
