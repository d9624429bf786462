"""What the nodes of a graph are called in an explanation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from autograd import rules
from autograd.draw.extent import is_plain_number
from autograd.draw.text import visible
from autograd.explanation.formula import Application, Formula, Number, Symbol, as_formula
from autograd.value import Value

LONGEST_NAME: Final = 40
"""Characters of a label that are shown."""

#: A letter, an accent, an index, primes.
SIMPLE_NAME: Final = re.compile(r"([^\W\d_])([\u0300-\u036f]?)_?(\d*|[₀-₉]*)(['′″]*)")

_LETTERS: Final = "vuzsaqgrcdefhmnkpbwxy"
_SUBSCRIPTS: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_INLINE: Final = {
    rules.add,
    rules.subtract,
    rules.multiply,
    rules.divide,
    rules.power,
    rules.square,
    rules.negative,
}
_INLINE_SIZE: Final = 5
_TERMS: Final = 4


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
            self._inline[node] = None if named else _inline(node, _INLINE_SIZE)
        return self._inline[node]

    def definition(self, node: Value) -> Formula | None:
        """Return the operation that gives a node; operands without a name are numbers."""
        rule = node.rule
        if rule is None:
            return None
        operands = [self._known(parent) for parent in node.parents]
        if rule is not rules.dot:
            return Application(rule, operands)
        n = len(operands) // 2
        terms: list[Formula] = [
            Application(rules.multiply, [w, x])
            for w, x in zip(operands[:n], operands[n : 2 * n], strict=True)
        ]
        terms += operands[2 * n :]
        return Application(rules.sum_, terms) if len(terms) > _TERMS else _total(terms)

    def _known(self, node: Value) -> Formula:
        known = node.label or node in self._names or node in self._reserved
        return as_formula(node) if known or self.formula(node) else Number(node.data)

    def _new(self, node: Value) -> str:
        name = " ".join(visible(node.label.replace("\n", " ")).split()) if node.label else ""
        name = name or self._reserved.get(node, "")
        if len(name) > LONGEST_NAME:
            name = name[: LONGEST_NAME - 1] + "…"
        if not name:
            return self._numbered(node)
        unique, count = name, 1
        while self._nodes.setdefault(unique, node) is not node:
            count += 1
            unique = f"{name}#{count}"
        return unique

    def _numbered(self, node: Value) -> str:
        self.numbered.append(node)
        name = self._letter + str(len(self.numbered)).translate(_SUBSCRIPTS)
        self._nodes[name] = node
        return name

    @cached_property
    def _letter(self) -> str:
        """A letter that no label in the graph consists of, indices and accents aside."""
        labels = {parent.label for node in self._graph for parent in node.parents if parent.label}
        matches = [SIMPLE_NAME.fullmatch(label) for label in labels]
        taken = {match[1] for match in matches if match}
        return next((letter for letter in _LETTERS if letter not in taken), "node")


def _total(terms: list[Formula]) -> Formula:
    total = terms[0]
    for term in terms[1:]:
        total = Application(rules.add, [total, term])
    return total


def _inline(node: Value, budget: int) -> Formula | None:
    """Return the formula of a node as a tree of at most ``budget`` nodes, or None."""
    parents = node.parents
    if node.rule not in _INLINE or budget <= len(parents):
        return None
    operands: list[Formula] = []
    budget -= 1 + len(parents)
    for parent in parents:
        operand: Formula | None = None
        if parent.label or is_plain_number(parent):
            operand = as_formula(parent)
        else:
            operand = _inline(parent, budget + 1)
            budget -= 0 if operand is None else _size(operand) - 1
        if operand is None:
            return None
        operands.append(operand)
    return Application(node.rule, operands)


def _size(formula: Formula) -> int:
    if isinstance(formula, Application):
        return 1 + sum(map(_size, formula.operands))
    assert isinstance(formula, (Number, Symbol))
    return 1
