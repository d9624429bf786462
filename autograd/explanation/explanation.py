"""`explain`, and what it returns: the paths of a gradient as data, and as something to read."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from autograd.explanation.formula import (
    Formula,
    Number,
    Omission,
    local_derivative,
    scaled,
    split,
)
from autograd.explanation.html import as_html
from autograd.explanation.latex import Latex, as_latex
from autograd.explanation.names import Names
from autograd.explanation.notation import LOOSE, PRODUCT, Text
from autograd.explanation.paths import Edge, PathGraph, Walk, given, total
from autograd.explanation.text import as_text
from autograd.explanation.wording import steps
from autograd.value import Value

_LONGEST: Final = 24
"""Factors of a path that are written out; of more, the first and the last ten."""

_KEPT: Final = 10


class Notations:
    """How an explanation writes formulas.

    Attributes:
        text: in Unicode.
        latex: in LaTeX.
    """

    def __init__(self, names: Names, precision: int) -> None:
        self.text = Text(names, precision)
        self.latex = Latex(names, precision)


@dataclass(frozen=True)
class Factor:
    """One step of a path: the local derivative of a node with respect to one of its operands.

    Attributes:
        node: the node.
        operand: the operand.
        position: which operand it is, counted from 0.
        value: the local derivative, a float.
    """

    node: Value
    operand: Value
    position: int
    value: float
    notations: Notations = field(repr=False)

    @cached_property
    def tree(self) -> Formula:
        """The derivative as a formula."""
        return local_derivative(self.node, self.position)

    @property
    def formula(self) -> str:
        """The derivative as text, with the names put in: o(1 − o)."""
        return self.notations.text.write(self.tree)

    @property
    def latex(self) -> str:
        """The same in LaTeX."""
        return self.notations.latex.write(self.tree)


@dataclass(frozen=True)
class Term:
    """One factor of a path's product as it is written, all plain numbers multiplied out.

    Attributes:
        formula: as text.
        latex: the same in LaTeX.
        value: its number.
        is_number: whether the formula is nothing but that number.
    """

    formula: str
    latex: str
    value: float
    is_number: bool


class Path:
    """One path from the leaf to the result.

    Attributes:
        value: the product of its local derivatives: what this path adds to the gradient.
        share: that as a fraction of the gradient; nan if the gradient is zero or not finite.
        notations: how its formulas are written.

    ``len`` gives the number of its local derivatives.
    """

    def __init__(self, graph: PathGraph, walk: Walk, gradient: float, notations: Notations) -> None:
        self._graph = graph
        self._walk = walk
        self.value = math.prod(walk.partials)
        usable = gradient != 0.0 and math.isfinite(gradient)
        self.share = self.value / gradient if usable else math.nan
        self.notations = notations

    def __len__(self) -> int:
        return len(self._walk.partials)

    def factor(self, i: int) -> Factor:
        """Return one of the local derivatives, counted from the result."""
        nodes = self._graph.nodes
        numbers, positions, partials = self._walk
        node, operand = nodes[numbers[i]], nodes[numbers[i + 1]]
        return Factor(node, operand, positions[i], partials[i], self.notations)

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """The local derivatives, from the result to the leaf, as textbooks write them."""
        return tuple(map(self.factor, range(len(self))))

    @cached_property
    def nodes(self) -> tuple[Value, ...]:
        """The nodes it passes, from the leaf to the result."""
        return tuple(self._graph.nodes[number] for number in reversed(self._walk.nodes))

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The product as it is written: −(t − o) · o(1 − o) · …, with numbers multiplied out.

        The middle of a very long path is one term.
        """
        product = self._product()
        # A sum wants parentheses among other factors, but a minus sign in front does not.
        places = [PRODUCT if len(product) > 1 else LOOSE] * len(product)
        if split(product[0][0])[0] < 0.0:
            places[0] = LOOSE
        return tuple(
            self._term(formula, value, place) for (formula, value), place in zip(product, places)
        )

    @property
    def formula(self) -> str:
        """The product as text."""
        return " · ".join(term.formula for term in self.terms)

    @property
    def latex(self) -> str:
        """The product in LaTeX."""
        return r" \cdot ".join(term.latex for term in self.terms)

    def _term(self, formula: Formula, value: float, place: int) -> Term:
        text = self.notations.text.write(formula, place)
        latex = self.notations.latex.write(formula, place)
        return Term(text, latex, value, isinstance(formula, Number))

    def _product(self) -> list[tuple[Formula, float]]:
        coefficient = 1.0
        product: list[tuple[Formula, float]] = []
        for part in self._written():
            if isinstance(part, Omission):
                product.append((part, part.data))
                continue
            number, rest = split(part.tree)
            if rest is not None:
                coefficient *= number
                product.append((rest, part.value / number))
            elif part.value == 0.0 or not math.isfinite(part.value):
                product.append((Number(part.value), part.value))
            else:
                coefficient *= part.value
        if coefficient == -1.0 and product and not isinstance(product[0][0], (Number, Omission)):
            formula, value = product[0]
            return [(scaled(-1.0, formula), -value), *product[1:]]
        if coefficient != 1.0 or not product:
            product.insert(0, (Number(coefficient), coefficient))
        return product

    def _written(self) -> list[Factor | Omission]:
        if len(self) <= _LONGEST:
            return list(self.factors)
        left_out = self._walk.partials[_KEPT:-_KEPT]
        head = [self.factor(i) for i in range(_KEPT)]
        tail = [self.factor(i) for i in range(len(self) - _KEPT, len(self))]
        return [*head, Omission(len(left_out), math.prod(left_out)), *tail]

    def __repr__(self) -> str:
        return f"<Path of {len(self)} factors: {self.formula} = {self.value!r}>"


@dataclass(frozen=True)
class Zero:
    """A local derivative of zero, and the paths that end there.

    Attributes:
        factor: the local derivative.
        count: how many paths it makes zero; one with several zeros counts for that next to the
            result.
    """

    factor: Factor
    count: int | Decimal


class Explanation:
    """A gradient as the sum over all paths of products of local derivatives.

    In a terminal it shows as text, in Jupyter as a table.

    Attributes:
        result: what is differentiated.
        leaf: with respect to what.
        gradient: the derivative, to the last bit what one ``backward`` gives.
        count: how many paths there are; above 10³⁰ a ``Decimal``, rounded to 30 digits.
        paths: those with the largest products, by size, each a `Path`.
        rest_count: how many there are besides.
        rest: what those add to the gradient.
        zero_count: how many of all paths are zero because a local derivative on them is.
        zeros: those local derivatives, each a `Zero`; that of the most paths first.
        positive: the sum over all paths whose product is positive.
        negative: the sum over those whose product is negative.
    """

    def __init__(self, graph: PathGraph, max_paths: int, precision: int) -> None:
        self.result = graph.nodes[-1]
        self.leaf = graph.nodes[0]
        self.gradient = graph.gradient()
        self.count = given(graph.counts[-1])
        self.positive = graph.positive[-1]
        self.negative = graph.negative[-1]
        self.names = Names(graph.nodes, {self.result: "result", self.leaf: "leaf"})
        self.notations = Notations(self.names, precision)
        self._graph = graph
        paths = list(itertools.islice(self.iter_paths(), max_paths))
        self.paths = tuple(sorted(paths, key=lambda path: _size(path.value), reverse=True))
        self.rest_count = given(total([graph.counts[-1], -len(paths)]))
        listed = _sum([path.value for path in paths])
        self.rest = 0.0 if len(paths) >= graph.live[-1] else self.gradient - listed
        zeros = graph.zeros()
        self.zero_count = given(total(count for _, count in zeros))
        self.zeros = tuple(Zero(self._factor(edge), given(count)) for edge, count in zeros)

    def iter_paths(self) -> Iterator[Path]:
        """Yield all paths, largest first, zeros last, each found when it is asked for.

        Products that differ by rounding only may come in any order.
        """
        for walk in self._graph.largest():
            yield Path(self._graph, walk, self.gradient, self.notations)

    def _factor(self, edge: Edge) -> Factor:
        node = self._graph.nodes[edge.node]
        operand = self._graph.nodes[edge.operand]
        return Factor(node, operand, edge.position, edge.partial, self.notations)

    def text(self, width: int = 80) -> str:
        """Return the explanation as text.

        Args:
            width: of the lines; only what cannot be broken is longer.
        """
        self._name_nodes()
        return as_text(self, width)

    def latex(self) -> str:
        r"""Return the explanation in LaTeX, for math mode, the numbers below the factors.

        It is an ``aligned`` environment; amsmath, MathJax and KaTeX know it. In Jupyter,
        ``IPython.display.Math(explanation.latex())`` shows it.
        """
        self._name_nodes()
        return as_latex(self)

    def _repr_html_(self) -> str:
        self._name_nodes()
        return as_html(self)

    def _name_nodes(self) -> None:
        """Give out names in the order of reading, so that all forms use the same."""
        for path in self.paths:
            if len(path):
                steps(path)
            assert path.terms

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__


def explain(result: Value, leaf: Value, *, max_paths: int = 5, precision: int = 4) -> Explanation:
    """Return the derivative of ``result`` with respect to ``leaf``, path by path.

    The derivative is the sum over all paths in the graph from the one to the other of the product
    of the local derivatives along the path. Each factor is the formula that its rule in
    ``autograd.rules`` states, with the labels of the nodes as names and the numbers below.

    >>> from autograd import Value
    >>> w, x, t = Value(1.0, "w"), Value(2.1, "x", False), Value(4.0, "t", False)
    >>> explain((w * x - t) ** 2, w)
    ∂result/∂w = −7.98, along one path:
    <BLANKLINE>
    (1) w → w·x → w·x − t → result
          2 · (w·x − t) ·  x
        = 2 ·   −1.9    · 2.1
        = −7.98

    No gradient is touched, and ``backward`` need not have been called.

    Args:
        result: what is differentiated.
        leaf: with respect to what; a leaf, or any node that the result depends on.
        max_paths: how many paths to list, those with the largest products; the others are counted
            and summed.
        precision: significant digits of the numbers.

    Raises:
        RuntimeError: ``result`` or ``leaf`` does not require a gradient.
        TypeError: ``result`` or ``leaf`` is not a Value, or an option is not an int.
        ValueError: ``result`` does not depend on ``leaf``, or an option is below 1.
    """
    for value, name in ((result, "result"), (leaf, "leaf")):
        if not isinstance(value, Value):
            kind = type(value).__name__
            raise TypeError(f"{name} is a Value, not the {kind} {value!r:.60}")
    max_paths, precision = _positive("max_paths", max_paths), _positive("precision", precision)
    for value in (result, leaf):
        if not value.requires_grad:
            raise RuntimeError(
                f"{value!r} does not require a gradient: it was made with requires_grad=False, by "
                "detach(), under no_grad(), or from constants only"
            )
    try:
        graph = PathGraph(result, leaf)
    except LookupError:
        raise ValueError(
            f"{result!r} does not depend on {leaf!r}: no path in the graph leads from one to the "
            "other. It may be a copy of the leaf that was used, a Value made anew with the same "
            "label, or cut off by detach(), float(), no_grad() or the side of a where that was "
            "not taken"
        ) from None
    return Explanation(graph, max_paths, precision)


def _positive(option: str, number: Any) -> int:
    try:
        integer = operator.index(number)
    except TypeError:
        raise TypeError(f"{option} is an int, not {number!r}") from None
    if integer < 1:
        raise ValueError(f"{option} is at least 1, not {integer}")
    return integer


def _sum(values: list[float]) -> float:
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # beyond the range of floats, or ∞ − ∞
        return sum(values)


def _size(value: float) -> float:
    return math.inf if math.isnan(value) else abs(value)
