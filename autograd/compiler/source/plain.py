"""Expressions as one would write them: fewer signs and parentheses, constants first.

Nothing changes but the signs of zeros and, in derivatives, the rounding of a quotient.
"""

from __future__ import annotations

import functools
import math

from autograd.compiler.source.tree import Expression, Number, Operation

_ONE = Number(1.0)


def plain(e: Expression, derivative: bool) -> Expression:
    """Return a simpler expression of the same value.

    Args:
        e: the expression.
        derivative: whether no user has written it, so that x (1 / y) may become x / y.
    """
    if not isinstance(e, Operation):
        return e
    operands = tuple([plain(operand, derivative) for operand in e.operands])
    if e.name in ("from_zero", "start"):
        return operands[0]
    if e.name == "multiply":
        return _product(operands[0], operands[1], derivative)
    if e.name in ("add", "subtract"):
        return _sum(e.name, operands[0], operands[1])
    if e.name == "negative":
        return negative(operands[0])
    return Operation(e.name, operands)


def plain_condition(e: Expression) -> Expression:
    """Return a condition with as few negations as will do."""
    e = plain(e, False)
    if isinstance(e, Operation) and e.name == "equal":
        x, y = e.operands
        if y == Number(0.0) and is_condition(x):
            return negated(x)
    if isinstance(e, Operation) and e.name == "subtract" and is_condition(e):
        return negated(e.operands[1])
    return e


def negated(e: Expression) -> Expression:
    """The condition that holds where another does not."""
    e = plain_condition(e)
    if isinstance(e, Operation) and e.name == "subtract":
        return e.operands[1]
    return Operation("subtract", (_ONE, e))


def is_condition(e: Expression) -> bool:
    """Whether an expression is 1 where something holds, else 0."""
    if not isinstance(e, Operation):
        return False
    if e.name in ("less", "less_equal", "equal"):
        return True
    if e.name in ("multiply", "maximum"):
        return all(map(is_condition, e.operands))
    return e.name == "subtract" and e.operands[0] == _ONE and is_condition(e.operands[1])


def negative(e: Expression) -> Expression:
    """The negative of an expression; a product's, or quotient's, is that of what it begins with."""
    opposite = _opposite(e)
    if opposite is not None:
        return opposite
    if isinstance(e, Operation) and e.name in ("multiply", "divide"):
        x, y = e.operands
        return Operation(e.name, (negative(x), y))
    if isinstance(e, Operation) and e.name == "subtract":
        return Operation("subtract", e.operands[::-1])
    return Number(-e.value) if isinstance(e, Number) else Operation("negative", (e,))


def _opposite(e: Expression) -> Expression | None:
    """What an expression is the negative of, if it says so at its beginning."""
    if isinstance(e, Number):
        return Number(-e.value) if e.value < 0.0 else None
    if isinstance(e, Operation) and e.name == "negative":
        return e.operands[0]
    if isinstance(e, Operation) and e.name in ("multiply", "divide"):
        x, y = e.operands
        opposite = _opposite(x)
        if opposite == _ONE and e.name == "multiply":
            return y
        return None if opposite is None else Operation(e.name, (opposite, y))
    return None


def _sum(name: str, x: Expression, y: Expression) -> Expression:
    """The sum, or difference, with as few signs as will do."""
    if name == "add" and x == y:
        return _product(Number(2.0), x, True)
    if name == "add" and x == Number(0.0):
        return y
    opposite = _opposite(y)
    if opposite is not None:
        return Operation("subtract" if name == "add" else "add", (x, opposite))
    opposite = _opposite(x)
    if name == "add" and opposite is not None:
        return Operation("subtract", (y, opposite))
    return Operation(name, (x, y))


def _product(x: Expression, y: Expression, derivative: bool) -> Expression:
    """The product; a derivative's with one sign and one constant, which are what it begins with.

    Multiplying by a power of two is exact, so that such factors can be moved.
    """
    if Number(-1.0) in (x, y):
        return negative(y if x == Number(-1.0) else x)
    if not derivative:
        return Operation("multiply", (x, y))
    if isinstance(y, Number):
        x, y = y, x
    opposite = _opposite(y)
    if opposite is not None:
        return negative(_product(x, opposite, True))
    if isinstance(y, Operation) and y.name == "divide" and y.operands[0] == _ONE:
        return Operation("divide", (x, y.operands[1]))
    first, *others = _factors(y)
    if others and _is_power_of_two(first):
        return _product(_scaled(first, x), _joined(others), True)
    if _is_power_of_two(x):
        return _scaled(x, y)
    if isinstance(x, Number):
        return _joined([x, first, *others])
    return Operation("multiply", (x, y))


def _factors(e: Expression) -> list[Expression]:
    """What is multiplied, from left to right."""
    if isinstance(e, Operation) and e.name == "multiply":
        return [*_factors(e.operands[0]), e.operands[1]]
    return [e]


def _joined(factors: list[Expression]) -> Expression:
    return functools.reduce(lambda x, y: Operation("multiply", (x, y)), factors)


def _scaled(power: Expression, e: Expression) -> Expression:
    """An expression times a power of two."""
    assert isinstance(power, Number)
    opposite = _opposite(e)
    if opposite is not None:
        return _scaled(Number(-power.value), opposite)
    first, *others = _factors(e)
    if isinstance(first, Number):
        power = Number(power.value * first.value)
    else:
        others = [first, *others]
    if power == _ONE and others:
        return _joined(others)
    minus_one = power == Number(-1.0) and bool(others)
    return negative(_joined(others)) if minus_one else _joined([power, *others])


def _is_power_of_two(e: Expression) -> bool:
    return isinstance(e, Number) and abs(math.frexp(e.value)[0]) == 0.5
