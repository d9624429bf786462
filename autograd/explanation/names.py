"""What the nodes of a graph are called in an explanation."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence, Set
from typing import Final

from autograd import rules
from autograd.draw.extent import is_plain_number
from autograd.draw.text import visible
from autograd.explanation.formula import Application, Formula, Number, Symbol, as_formula
from autograd.rule import Rule
from autograd.value import Value

LONGEST_NAME: Final = 40
"""Characters of a label that are shown."""

#: A letter, an accent, an index, primes.
SIMPLE_NAME: Final = re.compile(r"(?![²³¹⁰-₉])([^\W\d_])([\u0300-\u036f]?)_?(\d*|[₀-₉]*)(['′″]*)")

# For nodes without a label: v by custom (Griewank & Walther 2008), letters for indices never.
_LETTERS: Final = "vuzsaqgrcdefhmpbwxy"
SUBSCRIPTS: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_INLINE: Final[Set[Rule]] = {
    rules.add,
    rules.subtract,
    rules.multiply,
    rules.divide,
    rules.power,
    rules.square,
    rules.negative,
}
_INLINE_SIZE: Final = 5  # nodes of the tree, such as the five of w·x − t
_TERMS: Final = 4  # terms of a dot product that are written out


class Names:
    """Names for nodes: labels first.

    A result of ordinary arithmetic on a few labeled nodes and numbers is called by its formula,
    such as w·x − t; anything else without a label is v₁, v₂ and so on, and has a definition. If v
    is the letter of some label, another letter is taken. A label that several nodes have is
    numbered from the second on: h, h#2.

    Args:
        nodes: those of the graph.
        reserved: names that nodes get if they have no label.

    Attributes:
        numbered: the nodes called v₁, v₂ and so on.
    """

    def __init__(self, nodes: Sequence[Value], reserved: dict[Value, str]) -> None:
        self._graph = nodes
        self._names: dict[Value, str] = {}
        self._nodes: dict[str, Value] = {}
        self._inline: dict[Value, Formula | None] = {}
        self._reserved = reserved
        self.numbered: list[Value] = []

    def __call__(self, node: Value) -> str:
        """Return the name of a node."""
        if node not in self._names:
            self._names[node] = self._new(node)
        return self._names[node]

    def formula(self, node: Value) -> Formula | None:
        """Return the formula that a node is called by, or None if it has a name."""
        if node not in self._inline:
            named = node.label or node in self._reserved or node in self._names
            self._inline[node] = None if named else _inline(node, _INLINE_SIZE, _INLINE)
        return self._inline[node]

    def definition(self, node: Value) -> Formula | None:
        """Return the operation that gives a node; operands that cannot be named are numbers."""
        rule = node.rule
        if rule is None:
            return None
        return operation(rule, [self._operand(parent) for parent in node.parents])

    def _operand(self, node: Value) -> Formula:
        if node.label or node in self._names or node in self._reserved:
            return as_formula(node)
        formula = _inline(node, _INLINE_SIZE, None)
        return Number(node.data) if formula is None else formula

    def _new(self, node: Value) -> str:
        name = " ".join(visible(node.label.replace("\n", " ")).split()) if node.label else ""
        name = name or self._reserved.get(node, "")
        if len(name) > LONGEST_NAME:  # the end of a long path tells it from others
            name = f"{name[: LONGEST_NAME // 2]}…{name[1 - LONGEST_NAME // 2 :]}"
        if not name:
            return self._numbered(node)
        unique, count = name, 1
        while self._nodes.setdefault(unique, node) is not node:
            count += 1
            unique = f"{name}#{count}"
        return unique

    def _numbered(self, node: Value) -> str:
        self.numbered.append(node)
        name = self._letter + str(len(self.numbered)).translate(SUBSCRIPTS)
        self._nodes[name] = node
        return name

    @functools.cached_property
    def _letter(self) -> str:
        """A letter that no label in the graph consists of, indices and accents aside."""
        labels = {parent.label for node in self._graph for parent in node.parents if parent.label}
        matches = [SIMPLE_NAME.fullmatch(label) for label in labels]
        taken = {match[1] for match in matches if match}
        return next((letter for letter in _LETTERS if letter not in taken), "node")


def operation(rule: Rule, operands: list[Formula]) -> Formula:
    """Return a rule applied to operands; ``dot`` as the sum that it is, if that is short."""
    if rule is not rules.dot:
        return Application(rule, operands)
    n = len(operands) // 2
    pairs = zip(operands[:n], operands[n : 2 * n], strict=True)
    terms: list[Formula] = [Application(rules.multiply, [w, x]) for w, x in pairs]
    terms += operands[2 * n :]
    if len(terms) > _TERMS:
        return Application(rules.sum_, terms)
    return functools.reduce(lambda a, b: Application(rules.add, [a, b]), terms)


def _inline(node: Value, budget: int, allowed: Set[Rule] | None) -> Formula | None:
    """Return the formula of a node as a tree of at most ``budget`` nodes, or None.

    Only labels, numbers and the rules allowed, or any rules, may be in it.
    """
    parents = node.parents
    if node.rule is None or not (allowed is None or node.rule in allowed):
        return None
    if budget <= len(parents):
        return None
    operands: list[Formula] = []
    budget -= 1 + len(parents)
    for parent in parents:
        operand: Formula | None = None
        if parent.label or is_plain_number(parent):
            operand = as_formula(parent)
        else:
            operand = _inline(parent, budget + 1, allowed)
            budget -= 0 if operand is None else _size(operand) - 1
        if operand is None:
            return None
        operands.append(operand)
    return operation(node.rule, operands)


def _size(formula: Formula) -> int:
    if isinstance(formula, Application):
        return 1 + sum(map(_size, formula.operands))
    assert isinstance(formula, (Number, Symbol))
    return 1
