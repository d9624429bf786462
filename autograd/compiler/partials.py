"""Partial derivatives on a tape: what the sweeps in both directions multiply with.

A rule's partials are those of ``rules.py``, stated there once. Here each is run on symbols when it
is first needed, and what it did is kept as a template: a few operations on the result and the
operands, which are copied for each further node. A partial cannot tell one symbol from another, so
that it would do the same each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd.compiler.symbol import Recorder, Symbol
from autograd.compiler.tape import CONSTANT, INPUT
from autograd.number import number
from autograd.operand import Operand
from autograd.rule import Rule
from autograd.rules import add, multiply

#: A number that is known while recording, or the node of one that is not.
Term = float | int

#: Derivatives of one node: for each direction (or, backward, each sum) that matters there.
Derivatives = dict[int, Term]


class _Template(NamedTuple):
    """The partials of a rule as operations.

    Attributes:
        steps: rules and what they are applied to: 0 is the node, 1, 2 … its operands, the following
            the results of the steps; a constant has the number itself.
        results: positions of operands, each with its partial: a number, or the place of one.
    """

    steps: list[tuple[Rule, Any]]
    results: list[tuple[int, float | int]]


class Partials:
    """Appends partials to a tape, and sums of products with them."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.tape = recorder.tape
        self._templates: dict[tuple[Rule, tuple[bool, ...]], _Template | None] = {}

    def of(self, node: int, active: Sequence[bool]) -> list[tuple[int, Term]]:
        """Return the operands of a node that are active, each with its partial unless that is zero.

        Args:
            node: the result of an operation.
            active: for each node of the tape whether derivatives flow there.
        """
        tape = self.tape
        rule, operands = tape.rules[node], tape.operands[node]
        mask = tuple(map(active.__getitem__, operands))
        if True not in mask:
            return []
        key = (rule, mask)
        if key not in self._templates:
            self._templates[key] = _template(rule, mask)
        template = self._templates[key]
        if template is None:
            return self._evaluated(node, mask)
        at = [node, *operands]
        if template.steps:
            self._copy(template, at)
        return [(operands[k], x if isinstance(x, float) else at[x]) for k, x in template.results]

    def _copy(self, template: _Template, at: list[int]) -> None:
        """Append the steps of a template to the tape, and their nodes to those that it is about."""
        tape = self.tape
        place = tape.places[at[0]]
        for step, refs in template.steps:
            if step is CONSTANT:
                at.append(tape.constant(refs))
            else:
                at.append(tape.append(step, tuple(map(at.__getitem__, refs)), place))

    def _evaluated(self, node: int, mask: tuple[bool, ...]) -> list[tuple[int, Term]]:
        """The same by running the partials here, where they may read Values from outside."""
        recorder, tape = self.recorder, self.tape
        recorder.place = tape.places[node]
        operands = tape.operands[node]
        y, xs = Symbol(recorder, node), [Symbol(recorder, i) for i in operands]
        found = [(operands[k], term(recorder, x)) for k, x in _run(tape.rules[node], mask, y, xs)]
        recorder.place = None
        return [(operand, x) for operand, x in found if not _is_number(x, 0.0)]

    def accumulate(
        self,
        total: Derivatives,
        terms: Derivatives,
        partial: Term,
        node: int,
        directions: int = -1,
    ) -> None:
        """Add the products of ``terms`` and a partial of ``node`` to ``total``.

        Args:
            total: what is added to.
            terms: the factors.
            partial: the other factor of all of them.
            node: where it is from.
            directions: which terms are wanted, as the bits of an int; -1 for all.
        """
        append, place = self.tape.append, self.tape.places[node]
        known = type(partial) is float
        for direction, x in terms.items():
            if not directions >> direction & 1:
                continue
            if known and type(x) is float:
                product: Term = x * partial
            elif known and partial == 1.0:
                product = x
            elif type(x) is float and x == 1.0:
                product = partial
            else:
                product = append(multiply, (self.node(x), self.node(partial)), place)
            if direction in total:
                before = total[direction]
                if type(before) is float and type(product) is float:
                    product = before + product
                else:
                    product = append(add, (self.node(before), self.node(product)), place)
            total[direction] = product

    def node(self, x: Term) -> int:
        """The node of a term."""
        return self.tape.constant(x) if isinstance(x, float) else x


#: Pairs of places (0 is a result, 1, 2 … are the operands), each once, of which the partial with
#: respect to one depends on the other.
Couples = list[tuple[int, int]]


class Dependence(NamedTuple):
    """How the result of a rule depends on its operands.

    Attributes:
        positions: of the operands with respect to which its partial is not zero.
        couples: which of them act together on the result.
    """

    positions: list[int]
    couples: Couples


def dependence_of(rule: Rule, operands: int) -> Dependence:
    """How the result of a rule depends on so many operands."""
    positions = _positions(rule, operands)
    template = _template(rule, (True,) * operands)
    if template is None:
        return Dependence(positions, [(0, k + 1) for k in positions])
    places: list[set[int]] = [{k} for k in range(operands + 1)]
    for step, refs in template.steps:
        if step is CONSTANT:
            places.append(set())
        else:
            found = _positions(step, len(refs))
            places.append(set().union(*[places[refs[k]] for k in found]))
    own = {0, *(k + 1 for k in positions)}
    couples = {
        (min(k + 1, other), max(k + 1, other))
        for k, x in template.results
        if not isinstance(x, float)
        for other in places[x] & own
    }
    return Dependence(positions, sorted(couples))


def _positions(rule: Rule, operands: int) -> list[int]:
    template = _template(rule, (True,) * operands)
    return list(range(operands)) if template is None else [k for k, _ in template.results]


def _template(rule: Rule, mask: tuple[bool, ...]) -> _Template | None:
    """Run the partials of a rule once; None if they read Values from outside."""
    recorder = Recorder()
    tape = recorder.tape
    y = Symbol(recorder, tape.input(rule.name))
    xs = [Symbol(recorder, tape.input(f"operand {k} of {rule.name}")) for k in range(len(mask))]
    results = [(k, term(recorder, x)) for k, x in _run(rule, mask, y, xs)]
    if recorder.captured:
        return None
    steps: list[tuple[Rule, Any]] = []
    for step, refs in zip(tape.rules, tape.operands):
        if step is CONSTANT:
            steps.append((step, tape.constants[refs[0]]))
        elif step is not INPUT:
            steps.append((step, refs))
    return _Template(steps, [(k, x) for k, x in results if not _is_number(x, 0.0)])


def _run(rule: Rule, mask: tuple[bool, ...], y: Symbol, xs: list[Symbol]) -> list[tuple[int, Any]]:
    """Evaluate the partials with respect to the active operands."""
    if rule.variadic:
        every = rule.all_partials(y, tuple(xs))
        return [(k, x) for k, (x, wanted) in enumerate(zip(every, mask, strict=True)) if wanted]
    return [(k, partial(y, *xs)) for k, partial in enumerate(rule.partials) if mask[k]]


def term(recorder: Recorder, x: Any) -> Term:
    """What a partial returned: a node if it is a symbol or a Value, else a number."""
    return recorder.node_of(x) if isinstance(x, Operand) else number(x)


def _is_number(x: Term, value: float) -> bool:
    return type(x) is float and x == value
