"""Expressions as text, with as few parentheses as the order of operations allows."""

from __future__ import annotations

import abc
import math
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from autograd.compiler.source.counters import Count, index_text
from autograd.compiler.source.plain import is_condition
from autograd.compiler.source.tree import Array, Element, Expression, Number, Operation

#: How strongly operators bind; what is asked to bind at least so strongly gets parentheses.
CHOICE, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)

COMPARISONS = {"less": "<", "less_equal": "<=", "equal": ""}
_REVERSED = {"<": ">", "<=": ">="}
OPERATORS = {
    "add": (" + ", SUM),
    "subtract": (" - ", SUM),
    "multiply": (" * ", PRODUCT),
    "divide": (" / ", PRODUCT),
}


class ExpressionWriter(abc.ABC):
    """Writes expressions.

    Attributes:
        native: functions of the language, by the names of operations.
        prelude: functions that the source defines if it needs them.
        operators: how operations of two operands are written, and how strongly they bind.
        words: for or, and, not.
        equality: whether two numbers are equal, or not.
        identifiers: the names of arrays and variables.
        counts: how the loops around count.
        used: the prelude that the source has to define.
    """

    native: ClassVar[Mapping[str, str]]
    prelude: ClassVar[Mapping[str, str]]
    operators: ClassVar[Mapping[str, tuple[str, int]]] = OPERATORS
    words: ClassVar[tuple[str, str, str]] = (" || ", " && ", "!")
    equality: ClassVar[tuple[str, str]] = ("==", "!=")

    def __init__(self) -> None:
        self.identifiers: dict[Array, str] = {}
        self.counts: dict[int, Count] = {}
        self.used: list[str] = []
        self._needed: set[str] = set()

    @abc.abstractmethod
    def part(self, array: Array, key: object, in_dict: bool) -> str:
        """How to come to a part of a nest."""

    @abc.abstractmethod
    def number(self, x: float) -> str:
        """A constant, not negative."""

    @abc.abstractmethod
    def choice(self, condition: str, x: str, y: str) -> str:
        """One of two expressions."""

    def sign(self, operand: str, strength: int) -> str:
        """The negative of an expression."""
        return f"-{operand}" if strength > SIGN else f"-({operand})"

    def power(self, operation: Operation) -> tuple[str, int] | None:
        """A power by a constant, where the language has something for it."""
        return None

    def constant(self, x: float) -> str:
        """A constant."""
        return self.expression(Number(x))

    def expression(self, e: Expression, least: int = CHOICE) -> str:
        """An expression, in parentheses unless it binds as strongly as ``least``."""
        text, strength = self.bare(e)
        return text if strength >= least else f"({text})"

    def bare(self, e: Expression) -> tuple[str, int]:
        """An expression, and how strongly it binds."""
        if isinstance(e, Number):
            negative = math.copysign(1.0, e.value) < 0.0 and not math.isnan(e.value)
            text = self.number(abs(e.value))
            return (f"-{text}", SIGN) if negative else (text, ATOM)
        if isinstance(e, Element):
            return self.element(e), ATOM
        if e.name in self.operators:
            sign, strength = self.operators[e.name]
            x, y = e.operands
            return (
                f"{self.expression(x, strength)}{sign}{self.expression(y, strength + 1)}",
                strength,
            )
        if e.name == "negative":
            return self.sign(*self.bare(e.operands[0])), SIGN
        if e.name == "reciprocal":
            return self.bare(Operation("divide", (Number(1.0), e.operands[0])))
        if e.name == "square":
            e = Operation("power", (e.operands[0], Number(2.0)))
        if e.name in ("power", "power_or_infinity"):
            found = self.power(e)
            if found is not None:
                return found
        if e.name == "where":
            condition, x, y = e.operands
            return self.chosen(condition, self.expression(x, OR), self.expression(y))
        if e.name in COMPARISONS:
            return self.chosen(e, self.number(1.0), self.number(0.0))
        return self.call(e.name, [self.expression(x) for x in e.operands]), ATOM

    def chosen(self, condition: Expression, x: str, y: str) -> tuple[str, int]:
        """One of two expressions."""
        return self.choice(self.condition(condition, OR), x, y), CHOICE

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """A call of a function of the language, or of one that the source defines."""
        if name not in self.native:
            self.need(name)
        return f"{self.native.get(name, name)}({', '.join(arguments)})"

    def need(self, name: str) -> None:
        """See to it that the source defines a function, and what that calls."""
        if name in self._needed:
            return
        self._needed.add(name)
        for other in self.prelude:
            if re.search(rf"(?<![\w.]){other}\(", self.prelude[name]):
                self.need(other)
        self.used.append(name)

    def condition(self, e: Expression, least: int) -> str:
        """An expression as something that holds or does not."""
        text, strength = self._condition(e)
        return text if strength >= least else f"({text})"

    def _condition(self, e: Expression) -> tuple[str, int]:
        either, both, negation = self.words
        if isinstance(e, Operation) and is_condition(e):
            if e.name in COMPARISONS:
                return self.compared(e, COMPARISONS[e.name] or self.equality[0]), COMPARISON
            if e.name == "subtract":
                inner = e.operands[1]
                assert isinstance(inner, Operation)
                if inner.name == "equal":
                    return self.compared(inner, self.equality[1]), COMPARISON
                return f"{negation}({self.condition(inner, CHOICE)})", NOT
            word, strength = (both, AND) if e.name == "multiply" else (either, OR)
            texts = [self.condition(i, strength) for i in e.operands]
            return word.join(texts), strength
        text = f"{self.expression(e, COMPARISON + 1)} {self.equality[1]} {self.number(0.0)}"
        return text, COMPARISON

    def compared(self, e: Operation, sign: str) -> str:
        """A comparison, of what is computed with what is known."""
        operands = e.operands
        simple = [0 if isinstance(x, Number) else 1 + isinstance(x, Operation) for x in operands]
        if simple[0] < simple[1]:
            operands, sign = operands[::-1], _REVERSED.get(sign, sign)
        left, right = (self.expression(i, COMPARISON + 1) for i in operands)
        return f"{left} {sign} {right}"

    def element(self, e: Element) -> str:
        """A variable, or an element of an array."""
        text = self.identifiers[e.array]
        index = iter(e.index)
        for key in e.array.path:
            if key is None:
                text += f"[{index_text(next(index), self.counts)}]"
            else:
                text += self.part(e.array, key.key, key.in_dict)
        return text
