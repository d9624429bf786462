"""Formulas with places for nodes: their names or their numbers are put in when they are shown.

Nothing is said here about derivatives. The formulas are those of ``autograd.explain``, with both
sides of every choice, because the numbers of a page vary.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from autograd import rules
from autograd.explanation.formula import (
    Application,
    Formula,
    Number,
    Symbol,
    as_formula,
    is_application,
    is_bracket,
    local_derivatives,
    split,
)
from autograd.explanation.names import Names, operation
from autograd.explanation.notation import ATOM, LOOSE, PRODUCT, Piece, Text
from autograd.rule import Rule
from autograd.value import Value

#: Text, and numbers of nodes.
Parts = list[str | int]

#: What a local derivative is: a coefficient; parts, or None if it is nothing but that number; and
#: whether the parts want parentheses as one of several factors. Or, where a rule chooses: a
#: condition and two such.
Factor = list[Any] | dict[str, Any]

_OPEN, _CLOSE = "\ue000", "\ue001"
_RELATIONS: dict[Rule, str] = {rules.less: "<", rules.less_equal: "<=", rules.equal: "=="}
_PLACE = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
PRECISION = 6
"""Significant digits of the numbers that stand in formulas."""


class Templates(Text):
    """Formulas as text with places for nodes.

    Args:
        numbers: for each node the number that stands for it.
        names: what the nodes are called, which decides whether o(1 − o) could be taken for a call.
        varies: whether the numbers of the nodes are going to vary.
    """

    def __init__(self, numbers: Mapping[Value, int], names: Sequence[str], varies: bool) -> None:
        super().__init__(Names([], {}), PRECISION)
        self._numbers = numbers
        self._names = names
        self._varies = varies

    def value(self, node: Value) -> Parts:
        """Return the formula of a result."""
        assert node.rule is not None
        operands = [as_formula(parent, self._varies) for parent in node.parents]
        return self._parts(operation(node.rule, operands))

    def partials(self, node: Value) -> list[Factor]:
        """Return each partial derivative of a result, as its rule has it."""
        return [self._factor(partial) for partial in local_derivatives(node, self._varies)]

    def _factor(self, formula: Formula) -> Factor:
        number, rest = split(formula)
        if rest is None:
            return [*finite([number]), None, False]
        if is_application(rest, rules.where) and not is_bracket(rest):
            condition = self._condition(rest.operands[0])
            then, otherwise = (self._factor(number * side) for side in rest.operands[1:])
            if condition is not None:
                return {"if": condition, "then": then, "else": otherwise}
        return [*finite([number]), self._parts(rest), self._piece(rest)[1] < PRODUCT]

    def _condition(self, formula: Formula) -> list[Any] | None:
        """Return a comparison of two numbers; that of a node is the node in a list."""
        if not isinstance(formula, Application) or formula.rule not in _RELATIONS:
            return None
        sides: list[Any] = []
        for side in formula.operands:
            if isinstance(side, Symbol):
                sides.append([self._numbers[side.node]])
            elif isinstance(side, Number):
                sides += finite([side.data])
            else:
                return None
        return [sides[0], _RELATIONS[formula.rule], sides[1]]

    def _parts(self, formula: Formula) -> Parts:
        pieces: Parts = list(_PLACE.split(self.write(formula, LOOSE)))
        pieces[1::2] = [int(number) for number in pieces[1::2]]
        return [piece for piece in pieces if piece != ""]

    def _piece(self, formula: Formula) -> Piece:
        if isinstance(formula, Symbol):
            return f"{_OPEN}{self._numbers[formula.node]}{_CLOSE}", ATOM
        return super()._piece(formula)

    def is_short(self, text: str) -> bool:
        """Return whether a parenthesis right after the text, names put in, is no call."""
        return super().is_short(_PLACE.sub(lambda place: self._names[int(place[1])], text))


def finite(numbers: Sequence[float]) -> list[float | str]:
    """Return numbers as JSON can have them, short: what is not finite as JavaScript spells it."""
    return [(int(x) if x.is_integer() else x) if math.isfinite(x) else _spelled(x) for x in numbers]


def _spelled(x: float) -> str:
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
