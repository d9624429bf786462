"""The exponential function and the hyperbolic tangent on vectors, in line.

They are in most activations and in every model of growth, and a call would send what is in
registers to memory. With a whole number n and |r| ≤ log 2 / 2, x = n log 2 + r and eˣ = 2ⁿ eʳ,
where a polynomial gives eʳ (Muller, "Elementary Functions", 3rd ed. 2016, chapters 3 and 11). The
errors are less than one unit in the last place for the exponential, less than three for the
tangent.
"""

from __future__ import annotations

from typing import Final

from autograd.compiler.llvm_writer import Writer

#: Outside, eˣ is 0 or infinite as doubles go.
_LOW: Final = -750.0
_HIGH: Final = 710.0

#: Below it, e²ˣ is nothing next to 1.
_TANH_LOW: Final = -44.0

#: Adding it rounds to a whole number, which is then in the lowest bits.
_ROUNDER: Final = 1.5 * 2.0**52

_LOG2_E: Final = 1.4426950408889634

#: log 2 in two parts, the first with so few digits that its whole multiples here are exact.
_LOG_2_HIGH: Final = 0.6931471805582987
_LOG_2_LOW: Final = 1.6465949582897082e-12

#: (eʳ - 1 - r) / r², from the constant term up, interpolated in Chebyshev's points: 1.7e-17 of eʳ.
_COEFFICIENTS: Final = (
    0.5000000000000001,
    0.16666666666666669,
    0.041666666666623824,
    0.008333333333330039,
    0.0013888888917367081,
    0.00019841269863171557,
    2.4801521057868204e-05,
    2.7557268276905696e-06,
    2.7620201591031547e-07,
    2.5100472505694996e-08,
)


def vector_exp(w: Writer, x: str) -> str:
    """Return eˣ for a vector; of nan it is nan."""
    low, high = w.constant(_LOW), w.constant(_HIGH)
    x = w.select(w.compare("olt", x, low), low, x)
    x = w.select(w.compare("ogt", x, high), high, x)
    shifted, n, y = _reduced(w, x)
    y = w.apply("fadd", y, w.constant(1.0))
    if w.width == 8:
        return _scaled_by_instruction(w, y, n)
    # 2ⁿ may be out of range where eˣ is not: multiply by two powers of two, of half of n each.
    half = w.bits(w.fma(x, w.constant(0.5 * _LOG2_E), w.constant(_ROUNDER)))
    rest = w.on_integers("sub", w.bits(shifted), half)
    return w.apply("fmul", w.apply("fmul", y, _power_of_two(w, half)), _power_of_two(w, rest))


def vector_tanh(w: Writer, x: str) -> str:
    """Return tanh x = -m / (2 + m) where m = e⁻²ˣ - 1, for |x|; of nan it is nan."""
    low = w.constant(_TANH_LOW)
    z = w.apply("fmul", w.intrinsic("fabs", x), w.constant(-2.0))
    z = w.select(w.compare("olt", z, low), low, z)
    shifted, _, y = _reduced(w, z)
    scale = _power_of_two(w, w.bits(shifted))
    m = w.fma(scale, y, w.apply("fsub", scale, w.constant(1.0)))
    ratio = w.apply("fdiv", m, w.apply("fsub", w.constant(-2.0), m))
    return w.intrinsic("copysign", ratio, x)


def _reduced(w: Writer, x: str) -> tuple[str, str, str]:
    """Return n, also as it is in the lowest bits, first, and eʳ - 1."""
    rounder = w.constant(_ROUNDER)
    shifted = w.fma(x, w.constant(_LOG2_E), rounder)
    n = w.apply("fsub", shifted, rounder)
    r = w.fma(n, w.constant(-_LOG_2_HIGH), x)
    r = w.fma(n, w.constant(-_LOG_2_LOW), r)
    q = w.constant(_COEFFICIENTS[-1])
    for coefficient in _COEFFICIENTS[-2::-1]:
        q = w.fma(q, r, w.constant(coefficient))
    return shifted, n, w.fma(w.apply("fmul", r, r), q, r)


def _power_of_two(w: Writer, n: str) -> str:
    """Return 2ⁿ for whole numbers in the lowest bits; what is above them is shifted out."""
    biased = w.on_integers("add", n, w.integer(1023))
    return w.doubles(w.on_integers("shl", biased, w.integer(52)))


def _scaled_by_instruction(w: Writer, y: str, n: str) -> str:
    """Return y 2ⁿ by the instruction that processors with vectors of eight doubles have."""
    name = "llvm.x86.avx512.mask.scalef.pd.512"
    w.module.declare(name, w.vector, [w.vector] * 3 + ["i8", "i32"], "")
    # All elements, rounded as is usual.
    operands = f"{w.vector} {y}, {w.vector} {n}, {w.vector} {y}, i8 -1, i32 4"
    return w.value(f"call {w.vector} @{name}({operands})")
