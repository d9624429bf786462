"""Formulas written down: what all notations share, and Unicode text; LaTeX is in ``latex.py``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from autograd import rules
from autograd.explanation.formula import (
    Application,
    Derivative,
    Formula,
    Number,
    Omission,
    Symbol,
    is_application,
    is_bracket,
)
from autograd.explanation.names import SIMPLE_NAME, SUBSCRIPTS, Names
from autograd.rule import Rule
from autograd.value import Value

# How tightly a piece of a formula holds together: what is looser than its place wants parentheses.
LOOSE, SUM, PRODUCT, POWER, ATOM = range(5)

_MOST_PARTS: Final = 8
_DEEPEST: Final = 30

SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
CONSTANTS: Final = {
    rules.LN_2: "ln 2",
    rules.LN_10: "ln 10",
    rules.TWO_OVER_SQRT_PI: "2/√π",
    rules.SQRT_HALF: "1/√2",
    rules.INV_SQRT_2PI: "1/√(2π)",
}
_FENCES: Final = {
    rules.absolute: ("|", "|"),
    rules.floor: ("⌊", "⌋"),
    rules.ceil: ("⌈", "⌉"),
}
_RELATIONS: Final = {rules.less: "<", rules.less_equal: "≤", rules.equal: "="}
FUNCTIONS: Final = {"sigmoid": "σ", "maximum": "max", "minimum": "min"}

Piece = tuple[str, int]


class Notation(ABC):
    """One way to write formulas.

    Args:
        names: of the nodes.
        precision: significant digits of numbers.
    """

    def __init__(self, names: Names, precision: int) -> None:
        self.names = names
        self.precision = precision
        self._depth = 0

    def write(self, formula: Formula, place: int = LOOSE) -> str:
        """Return the formula, in parentheses if its place wants something tighter."""
        self._depth += 1
        try:
            text, tightness = ("…", ATOM) if self._depth > _DEEPEST else self._piece(formula)
        finally:
            self._depth -= 1
        return text if tightness >= place else self.parentheses(text)

    def node(self, node: Value, place: int = LOOSE) -> str:
        """Return what a node is called."""
        return self.write(Symbol(node), place)

    def _piece(self, formula: Formula) -> Piece:
        if isinstance(formula, Number):
            return self.number(formula.data), SUM if formula.data < 0.0 else ATOM
        if isinstance(formula, Symbol):
            inline = self.names.formula(formula.node)
            if inline is not None:
                return self._piece(inline)
            return self.name(self.names(formula.node)), ATOM
        if isinstance(formula, Derivative):
            return self.derivative(formula), ATOM
        if isinstance(formula, Omission):
            return self.omission(formula), ATOM
        assert isinstance(formula, Application)
        if is_bracket(formula):
            return f"[{self.write(formula.operands[0])}]", ATOM
        return self._application(formula.rule, formula.operands)

    def _application(self, rule: Rule, xs: list[Formula]) -> Piece:
        if rule is rules.add:
            return self._sum(xs, "+"), SUM
        if rule is rules.subtract:
            if is_application(xs[1], rules.equal):  # the opposite of an equation
                return self._relation("≠", xs[1].operands), LOOSE
            return self._sum(xs, "−"), SUM
        if rule is rules.sum_:
            return self._long_sum(xs), SUM
        if rule is rules.multiply:
            product = self._product(xs)
            return product, SUM if product.startswith(self.sign("−")) else PRODUCT
        if rule is rules.divide:
            return self.quotient(xs[0], xs[1])
        if rule is rules.negative:
            return f"{self.sign('−')}{self.write(xs[0], PRODUCT)}", SUM
        if rule is rules.power:
            return self.power(xs[0], xs[1]), POWER
        if rule is rules.square:
            return self.power(xs[0], Number(2.0)), POWER
        if rule in _RELATIONS:
            return self._relation(_RELATIONS[rule], xs), LOOSE
        return self._function(rule, xs)

    def _function(self, rule: Rule, xs: list[Formula]) -> Piece:
        if rule is rules.sqrt:
            return self.root(xs[0])
        if rule is rules.floor_divide:
            rule, xs = rules.floor, [Application(rules.divide, xs)]
        if rule in _FENCES and (rule is not rules.absolute or "|" not in self.arguments(xs)):
            left, right = _FENCES[rule]
            return f"{self.sign(left)}{self.write(xs[0])}{self.sign(right)}", ATOM
        return f"{self.function(rule)}({self.arguments(xs)})", ATOM

    def arguments(self, xs: list[Formula]) -> str:
        """Return operands, with commas; of many only the first ones and the last."""
        shown = [self.write(x) for x in (xs if len(xs) <= _MOST_PARTS else xs[:3])]
        return ", ".join(
            shown if len(xs) <= _MOST_PARTS else [*shown, self.sign("…"), self.write(xs[-1])]
        )

    def _sum(self, xs: list[Formula], sign: str) -> str:
        right = self.write(xs[1], SUM if sign == "+" else PRODUCT)
        if right.startswith(self.sign("−")):
            right = self.parentheses(right)
        return f"{self.write(xs[0], SUM)} {self.sign(sign)} {right}"

    def _long_sum(self, xs: list[Formula]) -> str:
        """Return a sum of any number of terms; of many only the first ones and the last."""
        terms = [self.write(x, SUM) for x in (xs if len(xs) <= _MOST_PARTS else [*xs[:3], xs[-1]])]
        for i, term in enumerate(terms):
            if i and term.startswith(self.sign("−")):
                terms[i] = self.parentheses(term)
        if len(xs) > _MOST_PARTS:
            terms.insert(-1, self.sign("…"))
        return " + ".join(terms)

    def _relation(self, relation: str, xs: list[Formula]) -> str:
        if isinstance(xs[0], Number) and relation in "<≤":  # x > 0 reads better than 0 < x
            relation, xs = {"<": ">", "≤": "≥"}[relation], xs[::-1]
        return f"{self.write(xs[0], SUM)} {self.sign(relation)} {self.write(xs[1], SUM)}"

    def _product(self, xs: list[Formula]) -> str:
        """Return a product of all its factors, however nested; of many, the first and the last."""
        factors: list[Formula] = []
        stack = xs[::-1]
        while stack:
            factor = stack.pop()
            if is_application(factor, rules.multiply):
                stack.extend(reversed(factor.operands))
            else:
                factors.append(factor)
        sign = ""
        if isinstance(factors[0], Number) and factors[0].data == -1.0 and len(factors) > 1:
            sign = self.sign("−")
            factors = factors[1:]
        first = self.write(factors[0], PRODUCT if len(factors) == 1 else POWER)
        if isinstance(factors[0], Number) and len(factors) > 1:
            first = self.number(factors[0].data)  # a negative one may come first as it is
        parts = [first]
        if len(factors) > _MOST_PARTS:
            parts += [self.write(factor, POWER) for factor in factors[1:4]]
            parts += [self.sign("…"), self.write(factors[-1], POWER)]
        else:
            parts += [self.write(factor, POWER) for factor in factors[1:]]
        return sign + self.product(parts)

    # What differs from notation to notation
    # --------------------------------------

    @abstractmethod
    def number(self, x: float) -> str:
        """Return a number to the significant digits wanted."""

    @abstractmethod
    def name(self, name: str) -> str:
        """Return the name of a node."""

    @abstractmethod
    def sign(self, sign: str) -> str:
        """Return an operator or a relation."""

    @abstractmethod
    def parentheses(self, text: str) -> str:
        """Return the text in parentheses."""

    @abstractmethod
    def product(self, parts: list[str]) -> str:
        """Return factors, multiplied."""

    @abstractmethod
    def quotient(self, a: Formula, b: Formula) -> Piece:
        """Return a / b."""

    @abstractmethod
    def power(self, a: Formula, n: Formula) -> str:
        """Return a to the power n."""

    @abstractmethod
    def root(self, a: Formula) -> Piece:
        """Return the square root."""

    @abstractmethod
    def function(self, rule: Rule) -> str:
        """Return the name of a function."""

    @abstractmethod
    def derivative(self, formula: Derivative) -> str:
        """Return a derivative that is only named."""

    @abstractmethod
    def omission(self, formula: Omission) -> str:
        """Return what stands for factors that are left out."""


class Text(Notation):
    """Formulas as Unicode text."""

    def number(self, x: float) -> str:
        """Return a number to the significant digits wanted."""
        return number_in_text(x, self.precision)

    def name(self, name: str) -> str:
        """Return the name of a node."""
        return name

    def sign(self, sign: str) -> str:
        """Return an operator or a relation."""
        return sign

    def parentheses(self, text: str) -> str:
        """Return the text in parentheses."""
        return f"({text})"

    def product(self, parts: list[str]) -> str:
        """Return factors with dots between, and none in o(1 − o) and 2(x − y)."""
        written = parts[0]
        for left, right in zip(parts, parts[1:]):
            beside = right.startswith("(") and not self.is_short(right[1:-1])
            beside = beside and (self.is_short(left) or left.endswith(")"))
            written += right if beside else f"·{right}"
        return written

    def is_short(self, text: str) -> bool:
        """Return whether a parenthesis right after the text is no call: a letter or a number."""
        return bool(SIMPLE_NAME.fullmatch(text)) or text.lstrip("−").replace(".", "").isdigit()

    def quotient(self, a: Formula, b: Formula) -> Piece:
        """Return a / b."""
        return f"{self.write(a, PRODUCT)}/{self.write(b, POWER)}", PRODUCT

    def power(self, a: Formula, n: Formula) -> str:
        """Return a to the power n, raised if that is a small whole number."""
        base = self.write(a, ATOM)
        if isinstance(n, Number) and n.data in range(-99, 100):
            return base + str(int(n.data)).translate(SUPERSCRIPTS)
        return f"{base}^{self.write(n, ATOM)}"

    def root(self, a: Formula) -> Piece:
        """Return the square root."""
        return f"√{self.write(a, ATOM)}", POWER

    def function(self, rule: Rule) -> str:
        """Return the name of a function."""
        return FUNCTIONS.get(rule.name, rule.name)

    def derivative(self, formula: Derivative) -> str:
        """Return a derivative that is only named."""
        name, arguments = self.function(formula.rule), self.arguments(formula.operands)
        if len(formula.operands) == 1:
            return f"{name}′({arguments})"
        return f"∂{str(formula.position + 1).translate(SUBSCRIPTS)}{name}({arguments})"

    def omission(self, formula: Omission) -> str:
        """Return what stands for factors that are left out."""
        return f"⋯ {formula.count:,} factors ⋯"


def number_in_text(x: float, precision: int) -> str:
    """Return a number to so many significant digits: −1.5, 2e−7, ln 2, ∞."""
    if abs(x) in CONSTANTS:
        return ("−" if x < 0.0 else "") + CONSTANTS[abs(x)]
    digits = f"{x + 0.0:.{precision}g}"  # + 0.0 makes -0.0 a plain 0
    mantissa, e, exponent = digits.replace("inf", "∞").partition("e")
    return (mantissa + e + (str(int(exponent)) if e else "")).replace("-", "−")
