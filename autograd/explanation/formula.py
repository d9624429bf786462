"""Formulas: what the partials of ``rules.py`` give when they are handed names in place of numbers.

A rule states its derivative once, with ordinary operators. Here it is evaluated on operands that
keep what is done to them, so ``y * (1.0 - y)`` comes back as the formula y(1 − y). Each formula
also has its number, which decides the branches of a derivative that has some: of the two sides of
``where(x > 0, …)`` the one that holds is the formula. A derivative that is 1 on one side and 0 on
the other, as relu's, keeps its condition, as Iverson's bracket [x > 0]. Where the numbers are going
to vary, as those of a live page, both sides stay.

Formulas are made readable as they are built: numbers are multiplied out and come first, factors
1 and terms 0 go, x x becomes x². Nothing is expanded or collected beyond that.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Final, TypeGuard

from autograd import rules
from autograd.draw.extent import is_plain_number
from autograd.operand import Operand
from autograd.rule import Rule
from autograd.value import Value


class Formula(Operand):
    """A formula.

    Attributes:
        data: its number; nan where floats have none.
        varies: whether its number is going to be another, so that nothing may be decided by it.
    """

    __slots__ = ("data", "varies")

    data: float
    varies: bool

    def _apply(self, rule: Rule, operands: tuple[Any, ...]) -> Any:
        return simplified(rule, [as_formula(x) for x in operands])

    def __lt__(self, other: Any) -> Any:
        return self._apply(rules.less, (self, other))

    def __le__(self, other: Any) -> Any:
        return self._apply(rules.less_equal, (self, other))

    def __gt__(self, other: Any) -> Any:
        return self._apply(rules.less, (other, self))

    def __ge__(self, other: Any) -> Any:
        return self._apply(rules.less_equal, (other, self))

    def __eq__(self, other: Any) -> Any:
        return self._apply(rules.equal, (self, other))

    def __ne__(self, other: Any) -> Any:
        return negation(self._apply(rules.equal, (self, other)))

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        if self.varies:
            raise TypeError("no branch can be taken on a number that varies")
        return self.data != 0.0


class Number(Formula):
    """A number that stands in a formula as it is."""

    __slots__ = ()

    def __init__(self, data: float) -> None:
        self.data = data
        self.varies = False


class Symbol(Formula):
    """A node of the graph; what it is called is for ``names.py`` to say."""

    __slots__ = ("node",)

    def __init__(self, node: Value, varies: bool = False) -> None:
        self.node = node
        self.data = node.data
        self.varies = varies


class Application(Formula):
    """A rule and the formulas it is applied to."""

    __slots__ = ("operands", "rule")

    def __init__(self, rule: Rule, operands: list[Formula]) -> None:
        self.rule = rule
        self.operands = operands
        self.varies = any(operand.varies for operand in operands)
        try:
            self.data = float(rule.value(*[operand.data for operand in operands]))
        except (ArithmeticError, ValueError):
            self.data = math.nan


class Derivative(Formula):
    """A partial derivative that is only named: cube′(x)."""

    __slots__ = ("operands", "position", "rule")

    def __init__(self, rule: Rule, position: int, operands: list[Formula], data: float) -> None:
        self.rule = rule
        self.position = position
        self.operands = operands
        self.data = data
        self.varies = any(operand.varies for operand in operands)


class Omission(Formula):
    """What a formula leaves out: ``count`` factors, whose product is ``data``."""

    __slots__ = ("count",)

    def __init__(self, count: int, data: float) -> None:
        self.count = count
        self.data = data
        self.varies = False


def as_formula(x: Any, varies: bool = False) -> Formula:
    """Return the formula that stands for ``x``: a node's number if it is a plain one.

    Args:
        x: a formula, a Value or a number.
        varies: whether numbers of nodes are going to vary.

    Raises:
        TypeError: ``x`` is not a formula, a Value or a number.
    """
    if isinstance(x, Formula):
        return x
    if isinstance(x, Value):
        return Number(x.data) if is_plain_number(x) else Symbol(x, varies)
    return Number(float(x))


def local_derivative(node: Value, position: int) -> Formula:
    """Return the derivative of a node with respect to its operand number ``position``."""
    return local_derivatives(node)[position]


def local_derivatives(node: Value, varies: bool = False) -> list[Formula]:
    """Return the derivatives of a node with respect to each of its operands.

    They are what the rule's partials give. A user's own partial may do what only works on floats,
    such as ``math.exp``, or take a branch on a number that varies; then the derivative is merely
    named.

    Args:
        node: the result of a rule.
        varies: whether the numbers of nodes are going to vary.
    """
    rule = node.rule
    assert rule is not None
    operands = [as_formula(parent, varies) for parent in node.parents]
    y = Symbol(node, varies)
    if rule.variadic:
        try:
            return [as_formula(partial) for partial in rule.all_partials(y, tuple(operands))]
        except Exception:
            partials = enumerate(node.partials)
            return [Derivative(rule, position, operands, x) for position, x in partials]
    found: list[Formula] = []
    for position, partial in enumerate(rule.partials):
        try:
            found.append(as_formula(partial(y, *operands)))
        except Exception:
            found.append(Derivative(rule, position, operands, node.partials[position]))
    return found


def split(formula: Formula) -> tuple[float, Formula | None]:
    """Return a formula's numerical coefficient, and the rest if it is more than a number."""
    if isinstance(formula, Number):
        return formula.data, None
    if is_application(formula, rules.multiply) and isinstance(formula.operands[0], Number):
        return formula.operands[0].data, formula.operands[1]
    return 1.0, formula


def scaled(coefficient: float, formula: Formula | None) -> Formula:
    """Return the product of a number and a formula that has no coefficient of its own."""
    if formula is None or coefficient == 0.0:
        return Number(coefficient)
    if coefficient == 1.0:
        return formula
    return Application(rules.multiply, [Number(coefficient), formula])


def is_application(formula: Formula, rule: Rule) -> TypeGuard[Application]:
    """Return whether the formula is ``rule``, applied to something."""
    return isinstance(formula, Application) and formula.rule is rule


def is_bracket(formula: Formula) -> bool:
    """Return whether the formula is Iverson's bracket: 1 where a condition holds, else 0."""
    if not is_application(formula, rules.where):
        return False
    _, holds, fails = formula.operands
    return _is(holds, 1.0) and _is(fails, 0.0)


def bracket(condition: Formula) -> Formula:
    """Return Iverson's bracket of a condition."""
    if isinstance(condition, Number):
        return condition
    return Application(rules.where, [condition, Number(1.0), Number(0.0)])


def negation(condition: Formula) -> Formula:
    """Return the opposite of a condition; that of a = b is 1 − (a = b), which is read as a ≠ b."""
    if isinstance(condition, Number):
        return Number(0.0 if condition.data else 1.0)
    if is_application(condition, rules.less):
        return Application(rules.less_equal, condition.operands[::-1])
    if is_application(condition, rules.less_equal):
        return Application(rules.less, condition.operands[::-1])
    if is_application(condition, rules.subtract) and _is(condition.operands[0], 1.0):
        return condition.operands[1]
    if isinstance(condition, Symbol):
        return Application(rules.equal, [condition, Number(0.0)])
    return Application(rules.subtract, [Number(1.0), condition])


def simplified(rule: Rule, operands: list[Formula]) -> Formula:
    """Return ``rule`` applied to the operands, in its most readable form."""
    rewrite = _REWRITES.get(rule)
    formula = rewrite(*operands) if rewrite else None
    return Application(rule, operands) if formula is None else formula


def _same(a: Formula, b: Formula, depth: int = 3) -> bool:
    """Return whether two formulas are the same, as far as a look of this depth tells."""
    if isinstance(a, Symbol) and isinstance(b, Symbol):
        return a.node is b.node
    if isinstance(a, Number) and isinstance(b, Number):
        return a.data == b.data
    if depth and isinstance(a, Application) and isinstance(b, Application):
        alike = a.rule is b.rule and len(a.operands) == len(b.operands)
        return alike and all(_same(x, y, depth - 1) for x, y in zip(a.operands, b.operands))
    return a is b


def _is(formula: Formula, number: float) -> bool:
    return isinstance(formula, Number) and formula.data == number


def _folded(rule: Rule, a: Formula, b: Formula) -> Formula | None:
    if isinstance(a, Number) and isinstance(b, Number):
        number = Application(rule, [a, b]).data
        return Number(number) if math.isfinite(number) else None
    return None


def _add(a: Formula, b: Formula) -> Formula | None:
    coefficient, rest = split(b)
    if _is(a, 0.0) or _is(b, 0.0):
        return b if _is(a, 0.0) else a
    if rest is not None and coefficient < 0.0:
        return _subtract(a, scaled(-coefficient, rest))
    return _folded(rules.add, a, b)


def _subtract(a: Formula, b: Formula) -> Formula:
    coefficient, rest = split(b)
    if _is(a, 0.0) or _is(b, 0.0):
        return _negative(b) if _is(a, 0.0) else a
    if rest is not None and coefficient < 0.0:
        return Application(rules.add, [a, scaled(-coefficient, rest)])
    folded = _folded(rules.subtract, a, b)
    return Application(rules.subtract, [a, b]) if folded is None else folded


def _multiply(a: Formula, b: Formula) -> Formula:
    (first, x), (second, y) = split(a), split(b)
    coefficient = first * second
    if x is None or y is None:
        return scaled(coefficient, y if x is None else x)
    if _same(x, y):
        return scaled(coefficient, Application(rules.power, [x, Number(2.0)]))
    return scaled(coefficient, Application(rules.multiply, [x, y]))


def _divide(a: Formula, b: Formula) -> Formula | None:
    coefficient, x = split(a)
    if _is(b, 1.0):
        return a
    if x is not None and coefficient != 1.0:
        return _multiply(Number(coefficient), simplified(rules.divide, [x, b]))
    if x is None and coefficient < 0.0:
        return scaled(-1.0, Application(rules.divide, [Number(-coefficient), b]))
    if is_application(a, rules.divide) and _same(a.operands[1], b):
        square = Application(rules.power, [b, Number(2.0)])
        return Application(rules.divide, [a.operands[0], square])
    return _folded(rules.divide, a, b)


def _negative(a: Formula) -> Formula:
    coefficient, rest = split(a)
    return scaled(-coefficient, rest)


def _power(a: Formula, n: Formula) -> Formula | None:
    if _is(n, 1.0):
        return a
    return Number(1.0) if _is(n, 0.0) else _folded(rules.power, a, n)


def _comparison(rule: Rule) -> Callable[[Formula, Formula], Formula | None]:
    def compare(a: Formula, b: Formula) -> Formula | None:
        infinite = any(isinstance(x, Number) and math.isinf(x.data) for x in (a, b))
        if infinite or (isinstance(a, Number) and isinstance(b, Number)):
            return Number(rule.value(a.data, b.data))
        return None

    return compare


def _where(condition: Formula, a: Formula, b: Formula) -> Formula | None:
    """Return the side that holds, with its condition if there is a 0 on either."""
    if condition.varies:
        return _open_choice(condition, a, b)
    chosen = a if condition.data else b
    if isinstance(condition, Number):
        return chosen
    if not (isinstance(chosen, Number) or is_bracket(chosen)):
        return chosen
    if _is(b, 0.0):
        return bracket(condition) if chosen is b else _multiply(bracket(condition), a)
    if _is(a, 0.0):
        other = bracket(negation(condition))
        return other if chosen is a else _multiply(other, b)
    return chosen


def _open_choice(condition: Formula, a: Formula, b: Formula) -> Formula | None:
    """Return a choice that numbers yet to come will make; with a bracket if there is a 0 in it."""
    a, b = _given(condition, True, a), _given(condition, False, b)
    if _same(a, b):
        return a
    if _is(b, 0.0):
        return _multiply(bracket(condition), a)
    if _is(a, 0.0):
        return _multiply(bracket(negation(condition)), b)
    return None


def _given(condition: Formula, holds: bool, formula: Formula) -> Formula:
    """Return a formula, all choices in it decided that depend on the same condition."""
    if not isinstance(formula, Application):
        return formula
    if is_application(formula, rules.where) and _same(formula.operands[0], condition):
        return _given(condition, holds, formula.operands[1 if holds else 2])
    operands = [_given(condition, holds, operand) for operand in formula.operands]
    same = all(new is old for new, old in zip(operands, formula.operands))
    return formula if same else simplified(formula.rule, operands)


def _heaviside(x: Formula, at_zero: Formula) -> Formula | None:
    return bracket(Application(rules.less, [Number(0.0), x])) if _is(at_zero, 0.0) else None


def _extreme(
    holds: Callable[[float, float], bool],
) -> Callable[[Formula, Formula], Formula | None]:
    def choose(a: Formula, b: Formula) -> Formula | None:
        if a.varies or b.varies:
            return None
        return a if holds(a.data, b.data) else b

    return choose


_REWRITES: Final[dict[Rule, Callable[..., Formula | None]]] = {
    rules.add: _add,
    rules.subtract: _subtract,
    rules.multiply: _multiply,
    rules.divide: _divide,
    rules.power: _power,
    rules.negative: _negative,
    rules.positive: lambda a: a,
    rules.square: lambda a: _multiply(a, a),
    rules.where: _where,
    rules.heaviside: _heaviside,
    rules.maximum: _extreme(operator.ge),
    rules.minimum: _extreme(operator.le),
    rules.less: _comparison(rules.less),
    rules.less_equal: _comparison(rules.less_equal),
    rules.equal: _comparison(rules.equal),
}
