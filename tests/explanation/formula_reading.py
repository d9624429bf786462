"""Formulas read as people read them."""

from __future__ import annotations

import math
import re

import autograd
from autograd.rule import TABLE

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
SPELLED = {
    "1/√(2π)": "(1/sqrt(2*pi))",
    "2/√π": "(2/sqrt(pi))",
    "1/√2": "(1/sqrt(2))",
    "ln 2": "log(2)",
    "ln 10": "log(10)",
    "−": "-",
    "·": "*",
    "^": "**",
    "σ(": "sigmoid(",
    "max(": "maximum(",
    "min(": "minimum(",
    "√(": "sqrt(",
    "⌊": "floor(",
    "⌋": ")",
    "⌈": "ceil(",
    "⌉": ")",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    " = ": " == ",
}
FUNCTIONS = TABLE | {name: getattr(autograd, name) for name in autograd.functions.__all__}
CONSTANTS = {"pi": math.pi, "nan": math.nan, "Iverson": lambda holds: 1.0 if holds else 0.0}


def read(text: str, names: dict[str, float]) -> float:
    """Evaluate a formula as a person reads it; all names are single letters."""
    for written, spelled in SPELLED.items():
        text = text.replace(written, spelled)
    text = re.sub(r"[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: f"**({m[0].translate(SUPERSCRIPTS)})", text)
    text = re.sub(r"√(\w+)", r"sqrt(\1)", text)
    while "[" in text:
        text = re.sub(r"\[([^\[\]]*)\]", r"Iverson(\1)", text)
    text = re.sub(r"\|(.*?)\|", r"absolute(\1)", text)
    text = re.sub(r"\)\(", ")*(", text)
    text = re.sub(r"\b([a-z]|\d[\d.]*(?:e-?\d+)?)\(", r"\1*(", text)
    listed = re.sub(r"\b(mean|variance|sum|norm|logsumexp|prod)\(([^()]*)\)", r"\1([\2])", text)
    return float(eval(listed, {"__builtins__": {}, **FUNCTIONS, **CONSTANTS, **names}))


def points(name: str) -> list[list[float]]:
    """Return points inside the domain of a rule."""
    rule = TABLE[name]
    domain = rule.domain * 5 if rule.variadic else rule.domain
    inside = [
        [min(max(x, interval.low + 0.125), interval.high - 0.125) for interval in domain]
        for x in (0.5, 2.25, -0.75)
    ]
    apart = [[x * (1.0 + 0.25 * i) for i, x in enumerate(point)] for point in inside]
    return [*inside, *[p for p in apart if all(x in d for x, d in zip(p, domain))]]
