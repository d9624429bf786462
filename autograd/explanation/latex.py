"""Formulas and explanations in LaTeX, for math mode: LaTeX with amsmath, MathJax and KaTeX."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from autograd import rules
from autograd.explanation.formula import Derivative, Formula, Omission
from autograd.explanation.names import SIMPLE_NAME
from autograd.explanation.notation import ATOM, FUNCTIONS, POWER, Notation, Piece
from autograd.explanation.wording import number_of
from autograd.rule import Rule
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.explanation.explanation import Explanation, Path

_FROM_SUBSCRIPTS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_CONSTANTS: Final = {
    rules.LN_2: r"\ln 2",
    rules.LN_10: r"\ln 10",
    rules.TWO_OVER_SQRT_PI: r"\tfrac{2}{\sqrt{\pi}}",
    rules.SQRT_HALF: r"\tfrac{1}{\sqrt{2}}",
    rules.INV_SQRT_2PI: r"\tfrac{1}{\sqrt{2\pi}}",
}
_SIGNS: Final = {
    "−": "-",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "…": r"\dots",
    "⌊": r"\lfloor ",
    "⌋": r" \rfloor",
    "⌈": r"\lceil ",
    "⌉": r" \rceil",
}
_ACCENTS: Final = {"\u0302": r"\hat", "\u0304": r"\bar", "\u0303": r"\tilde", "\u0307": r"\dot"}
_OPERATORS: Final = frozenset(
    ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan")
    + ("max", "min")
)
_ESCAPES: Final = {
    "\\": r"\backslash ",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "^": r"\hat{\ }",
    "~": r"\sim ",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "'": "{}'",
    " ": r"\ ",
}


class Latex(Notation):
    """Formulas in LaTeX, for math mode."""

    def number(self, x: float) -> str:
        """Return a number to the significant digits wanted."""
        if abs(x) in _CONSTANTS:
            return ("-" if x < 0.0 else "") + _CONSTANTS[abs(x)]
        if not math.isfinite(x):
            return r"\mathrm{nan}" if math.isnan(x) else r"-\infty" if x < 0.0 else r"\infty"
        mantissa, _, exponent = f"{x + 0.0:.{self.precision}g}".partition("e")
        return mantissa + (rf" \cdot 10^{{{int(exponent)}}}" if exponent else "")

    def name(self, name: str) -> str:
        """Return a name as a symbol with its index, or in typewriter type."""
        if match := SIMPLE_NAME.fullmatch(unicodedata.normalize("NFD", name)):
            letter, accent, index, primes = match.groups()
            symbol = _letter(letter)
            if accent in _ACCENTS:
                symbol = rf"{_ACCENTS[accent]}{{{symbol}}}"
            index = f"_{{{index.translate(_FROM_SUBSCRIPTS)}}}" if index else ""
            return symbol + index + primes.replace("″", "''").replace("′", "'")
        if match := re.fullmatch(r"(.*)#(\d+)", name):
            return rf"{{{self.name(match[1])}}}^{{({match[2]})}}"
        return rf"\mathtt{{{_escaped(name)}}}"

    def sign(self, sign: str) -> str:
        """Return an operator or a relation."""
        return _SIGNS.get(sign, sign)

    def parentheses(self, text: str) -> str:
        """Return the text in parentheses."""
        return rf"\left({text}\right)"

    def product(self, parts: list[str]) -> str:
        r"""Return factors with thin spaces between; with dots, numbers and ``\mathtt`` names."""
        written = parts[0]
        for left, right in zip(parts, parts[1:]):
            apart = right[0].isdigit() or r"\mathtt" in left + right
            written += (r" \cdot " if apart else r" \, ") + right
        return written

    def quotient(self, a: Formula, b: Formula) -> Piece:
        """Return a fraction."""
        return rf"\frac{{{self.write(a)}}}{{{self.write(b)}}}", POWER

    def power(self, a: Formula, n: Formula) -> str:
        """Return a to the power n."""
        return f"{{{self.write(a, ATOM)}}}^{{{self.write(n)}}}"

    def root(self, a: Formula) -> Piece:
        """Return the square root."""
        return rf"\sqrt{{{self.write(a)}}}", ATOM

    def function(self, rule: Rule) -> str:
        """Return the name of a function."""
        name = FUNCTIONS.get(rule.name, rule.name)
        if name == "σ":
            return r"\sigma"
        return "\\" + name if name in _OPERATORS else rf"\operatorname{{{_escaped(name)}}}"

    def derivative(self, formula: Derivative) -> str:
        """Return a derivative that is only named."""
        name, arguments = self.function(formula.rule), self.arguments(formula.operands)
        if len(formula.operands) == 1:
            return f"{name}'({arguments})"
        return rf"\partial_{{{formula.position + 1}}} {name}({arguments})"

    def omission(self, formula: Omission) -> str:
        """Return what stands for factors that are left out."""
        return r"\cdots"


def as_latex(explanation: Explanation) -> str:
    """Return an explanation as an ``aligned`` environment, the numbers below the factors."""
    latex = explanation.notations.latex
    result, leaf = latex.node(explanation.result), latex.node(explanation.leaf)
    derivative = rf"\frac{{\partial {result}}}{{\partial {leaf}}}"
    addends = [_path(path) for path in explanation.paths]
    written = " ".join(addends)
    if explanation.rest_count:
        count = number_of(explanation.rest_count)
        rest = latex.number(explanation.rest)
        addends.append(rf"\underbrace{{\cdots}}_{{{rest}}} \quad \text{{({count} more)}}")
    lines = [rf"{derivative} &= {addends[0]}", *map(_added, addends[1:])]
    if written != latex.number(explanation.gradient):
        lines.append(rf"&= {latex.number(explanation.gradient)}")
    lines += _definitions(explanation, written)
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _definitions(explanation: Explanation, written: str) -> list[str]:
    """Return a line for each numbered name that is written, and for those that these lines use."""
    latex = explanation.notations.latex
    numbered = explanation.names.numbered
    lines: dict[Value, str] = {}
    size = -1
    while len(lines) > size:
        size = len(lines)
        for node in numbered:
            if node not in lines and latex.node(node) in written:
                definition = explanation.names.definition(node)
                formula = "" if definition is None else f"{latex.write(definition)} = "
                lines[node] = f"{latex.node(node)} &= {formula}{latex.number(node.data)}"
                written += lines[node]
    return [lines[node] for node in numbered if node in lines]


def _added(addend: str) -> str:
    return rf"&\quad - {addend[1:]}" if addend.startswith("-") else rf"&\quad + {addend}"


def _path(path: Path) -> str:
    return r" \cdot ".join(
        term.latex
        if term.is_number
        else rf"\underbrace{{{term.latex}}}_{{{path.notations.latex.number(term.value)}}}"
        for term in path.terms
    )


def _letter(letter: str) -> str:
    """Return a letter for math mode: the command for a Greek one that has one."""
    if "α" <= letter <= "ω" and letter not in "ος":
        name = unicodedata.name(letter).split()[-1].lower()
        return "\\" + name.replace("lamda", "lambda")
    if letter in "ΓΔΘΛΞΠΣΥΦΨΩ":
        return "\\" + unicodedata.name(letter).split()[-1].capitalize().replace("Lamda", "Lambda")
    return letter if letter.isascii() else rf"\text{{{letter}}}"


def _escaped(text: str) -> str:
    # Accents that no single character has stay with the letter before them.
    characters = re.findall(r".[\u0300-\u036f]*", unicodedata.normalize("NFC", text), re.DOTALL)
    return "".join(_ESCAPES.get(c[0]) or _escape(c) for c in characters)


def _escape(character: str) -> str:
    if len(character) > 1:
        return rf"\text{{{character}}}"
    kind, _, digit = unicodedata.decomposition(character).partition(" ")
    if kind in ("<super>", "<sub>"):
        return f"{{}}{'^' if kind == '<super>' else '_'}{{{_escaped(chr(int(digit[:4], 16)))}}}"
    return f"{{{_letter(character)}}}" if not character.isascii() else character
