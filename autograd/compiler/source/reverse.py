"""The reverse sweep for readable source: it remembers whose adjoint each node is.

The sweep of ``differentiate`` takes the first term of an adjoint for the sum so far. Then the first
iteration of the loop that adds up the terms differs from the others. Here adjoints of many terms
start as zero, and every term is added alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from autograd import rules
from autograd.compiler.differentiate import active_nodes
from autograd.compiler.partials import Partials, Term
from autograd.compiler.source.origin import NamingRecorder, Origin
from autograd.compiler.tape import CONSTANT, INPUT, Tape
from autograd.rule import Rule

#: A sum of so many terms is accumulated term by term.
MANY_TERMS = 4

#: Zero plus x, but for the sign of a zero. Only here: what users write are zero and the sum.
FROM_ZERO = Rule("from_zero", "from_zero", lambda x: x, (), False, (), "accumulation", None)


def reverse_sweep(
    recorder: NamingRecorder,
    outputs: Sequence[int],
    variables: Sequence[int],
    group_of_input: Callable[[int], Hashable],
) -> list[int]:
    """Append the derivatives of the sum of some outputs to the tape.

    Args:
        recorder: the recording whose tape is differentiated.
        outputs: nodes.
        variables: the nodes with respect to which derivatives are wanted.
        group_of_input: tells which inputs are parts of one array, whose adjoints are accumulated
            alike.

    Returns:
        For each variable the node of the derivative.
    """
    return _Sweep(recorder, outputs, variables, group_of_input).run(outputs, variables)


class _Sweep:
    """The adjoints so far.

    Attributes:
        large: the groups of nodes whose adjoints start as zero.
    """

    def __init__(
        self,
        recorder: NamingRecorder,
        outputs: Sequence[int],
        variables: Sequence[int],
        group_of_input: Callable[[int], Hashable],
    ) -> None:
        self.tape = tape = recorder.tape
        self.partials = Partials(recorder)
        self.group_of_input = group_of_input
        self.last = max(outputs, default=-1)
        self.active = active_nodes(tape, variables, self.last)
        self.adjoints: dict[int, Term] = dict.fromkeys(outputs, 1.0)
        uses = Counter(outputs)
        for node, rule in enumerate(tape.rules[: self.last + 1]):
            if self.active[node] and rule is not INPUT and rule is not CONSTANT:
                uses.update(tape.operands[node])
        self.large = {self.group(node) for node, count in uses.items() if count >= MANY_TERMS}

    def run(self, outputs: Sequence[int], variables: Sequence[int]) -> list[int]:
        """Sweep."""
        tape = self.tape
        for node in range(self.last, -1, -1):
            if node not in self.adjoints or not self.active[node] or not tape.is_computed(node):
                continue
            for operand, partial in self.partials.of(node, self.active):
                self.add(operand, node, partial)
        return [self.partials.node(self.adjoints.get(node, 0.0)) for node in variables]

    def add(self, operand: int, node: int, partial: Term) -> None:
        """Add a term to the adjoint of an operand."""
        tape = self.tape
        adjoint: dict[int, Term] = {0: self.adjoints[node]}
        total: dict[int, Term] = {}
        if operand in self.adjoints:
            total[0] = self.adjoints[operand]
        self.partials.accumulate(total, adjoint, partial, node)
        result = total[0]
        if operand not in self.adjoints and self.group(operand) in self.large:
            term = self.partials.node(result)
            result = tape.append(FROM_ZERO, (term,), tape.places[node])
        self.adjoints[operand] = result
        if type(result) is int:
            self.name(operand, result)

    def group(self, node: int) -> Hashable:
        """What variable or array a node belongs to."""
        place = self.tape.places[node]
        if isinstance(place, Origin):
            return place.variable
        rule = self.tape.rules[node]
        return self.group_of_input(node) if rule is INPUT else (rule, node)

    def name(self, node: int, adjoint: int) -> None:
        """Note whose adjoint a node of the tape is."""
        origin, whose = self.tape.places[adjoint], self.tape.places[node]
        if not isinstance(origin, Origin) or origin.forward is None:
            return
        of = origin.adjoint_of
        if isinstance(whose, Origin):
            # One node may be the adjoint of several: of z = x + y those of all three. The one
            # that has a name in the user's source tells most.
            if of is None or (isinstance(of, Origin) and not of.local and whose.local):
                origin.adjoint_of = whose
        elif of is None and self.tape.rules[node] is INPUT:
            origin.adjoint_of = self.tape.operands[node][0]


def doubled(tape: Tape, outputs: Sequence[int]) -> tuple[Tape, list[int]]:
    """Return a tape with 2 x for x + x, which is exact, and reads better for adjoints of x x."""
    result = Tape()
    twin: list[int] = []
    for node, (rule, operands) in enumerate(zip(tape.rules, tape.operands)):
        if rule is INPUT:
            twin.append(result.input(tape.inputs[operands[0]]))
        elif rule is CONSTANT:
            twin.append(result.constant(tape.constants[operands[0]]))
        else:
            new = tuple([twin[operand] for operand in operands])
            if rule is rules.add:
                total = new[0]
                if result.rules[total] is FROM_ZERO:
                    (total,) = result.operands[total]
                if total == new[1]:
                    rule, new = rules.multiply, (result.constant(2.0), total)
            twin.append(result.append(rule, new, tape.places[node]))
    return result, [twin[node] for node in outputs]
