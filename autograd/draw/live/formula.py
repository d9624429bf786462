"""Formulas as text with places for nodes: names or numbers are put in when they are shown.

Nothing is said here about derivatives. The partials of ``rules.py`` are run on formulas instead of
numbers, and what comes back is what they would compute: of tanh, ``1 − y²``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd import rules
from autograd.operand import Operand
from autograd.rule import Rule

#: Text, and numbers of nodes.
Parts = tuple[str | int, ...]

_CHOICE, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(7)
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SHORT = {"maximum": "max", "minimum": "min", "absolute": "abs"}

#: Terms of a long sum that are written out: these many, and the last.
_FIRST_TERMS = 3


class Formula(Operand):
    """A formula.

    Args:
        parts: text, and numbers of nodes.
        strength: how strongly its outermost operation binds.
    """

    __slots__ = ("parts", "strength")

    def __init__(self, parts: Parts, strength: int = _ATOM) -> None:
        self.parts = parts
        self.strength = strength

    def _apply(self, rule: Rule, operands: tuple[Any, ...]) -> Any:
        return applied(rule, operands)

    def __lt__(self, other: Any) -> Any:
        return applied(rules.less, (self, other))

    def __le__(self, other: Any) -> Any:
        return applied(rules.less_equal, (self, other))

    def __gt__(self, other: Any) -> Any:
        return applied(rules.less, (other, self))

    def __ge__(self, other: Any) -> Any:
        return applied(rules.less_equal, (other, self))

    def __eq__(self, other: Any) -> Any:
        return applied(rules.equal, (self, other))

    def __hash__(self) -> int:
        return hash(self.parts)


def applied(rule: Rule, operands: Sequence[Any]) -> Any:
    """Return the formula of a primitive of formulas and numbers; a number where that is simpler."""
    write = _WRITERS.get(rule)
    if write is None:
        return _call(_SHORT.get(rule.name, rule.name), operands)
    return write(*operands)


def parts_of(x: Any) -> Parts:
    """Return a formula, or a number, as parts."""
    return _merged(_within(x, _CHOICE))


def _within(x: Any, least: int) -> Parts:
    """The parts of an operand, in parentheses unless it binds as strongly as ``least``."""
    if not isinstance(x, Formula):
        x = float(x)
        text = f"{x:.6g}".replace("-", "−").replace("inf", "∞")
        negative = math.copysign(1.0, x) < 0.0 and least > _CHOICE
        return (f"({text})",) if negative else (text,)
    return x.parts if x.strength >= least else ("(", *x.parts, ")")


def _merged(parts: Sequence[str | int]) -> Parts:
    merged: list[str | int] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return tuple(merged)


def _is(x: Any, number: float) -> bool:
    return not isinstance(x, Formula) and x == number


def _joined(sign: str, terms: Sequence[Any], strength: int) -> Parts:
    parts: list[str | int] = []
    for position, term in enumerate(terms):
        if position:
            parts.append(sign)
        parts += _within(term, strength if position == 0 else strength + 1)
    return tuple(parts)


def _call(name: str, operands: Sequence[Any]) -> Formula:
    parts: list[str | int] = [f"{name}("]
    for position, operand in enumerate(operands):
        parts += [", " if position else "", *_within(operand, _CHOICE)]
    return Formula((*parts, ")"))


def _add(x: Any, y: Any) -> Any:
    if _is(x, 0.0) or _is(y, 0.0):
        return y if _is(x, 0.0) else x
    return Formula(_joined(" + ", (x, y), _SUM), _SUM)


def _subtract(x: Any, y: Any) -> Any:
    return Formula(_joined(" − ", (x, y), _SUM), _SUM)


def _multiply(x: Any, y: Any) -> Any:
    for one, other in ((x, y), (y, x)):
        if _is(one, 1.0):
            return other
        if _is(one, -1.0):
            return _negative(other)
    return Formula(_joined(" · ", (x, y), _PRODUCT), _PRODUCT)


def _divide(x: Any, y: Any) -> Any:
    return x if _is(y, 1.0) else Formula(_joined(" / ", (x, y), _PRODUCT), _PRODUCT)


def _power(x: Any, n: Any) -> Any:
    if _is(n, 1.0):
        return x
    if not isinstance(n, Formula) and float(n).is_integer():
        exponent: Parts = (str(int(n)).translate(_SUPERSCRIPTS),)
    else:
        exponent = ("^", *_within(n, _ATOM))
    return Formula((*_within(x, _ATOM), *exponent), _POWER)


def _negative(x: Any) -> Any:
    return Formula(("−", *_within(x, _POWER)), _SIGN) if isinstance(x, Formula) else -x


def _where(condition: Any, x: Any, y: Any) -> Any:
    if not isinstance(condition, Formula):
        return x if condition else y
    if parts_of(x) == parts_of(y):
        return x
    parts = (*_within(x, _COMPARISON), " if ", *_within(condition, _COMPARISON), " else ")
    return Formula((*parts, *_within(y, _CHOICE)), _CHOICE)


def _heaviside(x: Any, at_zero: Any) -> Any:
    return _where(x > 0.0, 1.0, 0.0) if _is(at_zero, 0.0) else _call("heaviside", (x, at_zero))


def _sum(*terms: Any) -> Any:
    if len(terms) <= _FIRST_TERMS + 2:
        return Formula(_joined(" + ", terms, _SUM), _SUM)
    first = _joined(" + ", terms[:_FIRST_TERMS], _SUM)
    return Formula((*first, " + … + ", *_within(terms[-1], _PRODUCT)), _SUM)


def _mean(*terms: Any) -> Any:
    return Formula(("(", *_sum(*terms).parts, f") / {len(terms)}"), _PRODUCT)


def _dot(*operands: Any) -> Any:
    n = len(operands) // 2
    products = [_multiply(w, x) for w, x in zip(operands[:n], operands[n : 2 * n])]
    return _sum(*products, *operands[2 * n :])


def _infix(sign: str, reverse: str = "") -> Callable[[Any, Any], Formula]:
    def write(x: Any, y: Any) -> Formula:
        if reverse and not isinstance(x, Formula):  # 0 < x reads better as x > 0
            return Formula(_joined(reverse, (y, x), _SUM), _COMPARISON)
        return Formula(_joined(sign, (x, y), _SUM), _COMPARISON)

    return write


_WRITERS: dict[Rule, Callable[..., Any]] = {
    rules.add: _add,
    rules.subtract: _subtract,
    rules.multiply: _multiply,
    rules.divide: _divide,
    rules.power: _power,
    rules.negative: _negative,
    rules.positive: lambda x: x,
    rules.reciprocal: lambda x: _divide(1.0, x),
    rules.square: lambda x: _power(x, 2.0),
    rules.where: _where,
    rules.heaviside: _heaviside,
    rules.less: _infix(" < ", " > "),
    rules.less_equal: _infix(" ≤ ", " ≥ "),
    rules.equal: _infix(" = "),
    rules.sum_: _sum,
    rules.mean: _mean,
    rules.dot: _dot,
}
