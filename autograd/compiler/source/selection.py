"""Which results get a variable, and what it is called; the rest stands inside expressions.

A result gets a variable if the user's source gives it a name, if it is used several times, if the
same instruction of that source made it and something it is computed from (that will be a loop), or
if the expression would become too long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from autograd import rules
from autograd.compiler.lower import FMA
from autograd.compiler.simplify import needed
from autograd.compiler.source.origin import Origin
from autograd.compiler.source.reverse import FROM_ZERO
from autograd.compiler.source.stretches import Stretches
from autograd.compiler.tape import CONSTANT, INPUT, Tape

#: The most operations in one expression.
LONGEST_EXPRESSION = 8

#: So many results of one instruction, each computed from the one before, become a loop.
SHORTEST_CHAIN = 3

COMPARISONS = (rules.less, rules.less_equal, rules.equal)

# What results of unknown name are called by their operation, if not `<operation>_value`.
_NOUNS = {
    "add": "subtotal",
    "fma": "subtotal",
    "sum": "total",
    "dot": "weighted_sum",
    "subtract": "difference",
    "multiply": "product",
    "divide": "quotient",
    "power": "power",
    "negative": "negated",
    "where": "choice",
    "less": "condition",
    "less_equal": "condition",
    "equal": "condition",
}


class Selection:
    """The choice for one tape.

    Attributes:
        wanted: for each node whether an output depends on it.
        forward: for each node whether the value, or the way to it, depends on it.
        uses: for each node how often it is an operand or an output.
        stands: the nodes that get a variable.
        invariants: those that all iterations of a loop compute alike, so that it is done once.
    """

    def __init__(self, tape: Tape, stretches: Stretches) -> None:
        """Choose.

        Args:
            tape: elementwise operations, whose places are origins.
            stretches: what is wanted of them, and where each belongs.
        """
        wanted = [output for way in stretches.ways for output in way.outputs]
        outputs = [output.node for output in wanted]
        values = [output.node for output in wanted if output.is_value]
        decisions = [decision.node for decision in stretches.decisions()]
        self._home = stretches.home
        self.tape = tape
        self.wanted = needed(tape, outputs + decisions)
        self.forward = needed(tape, values + decisions)
        self.computed = [
            node for node in range(len(tape)) if self.wanted[node] and tape.is_computed(node)
        ]
        self.uses = [0] * len(tape)
        for node in self.computed:
            for operand in tape.operands[node]:
                self.uses[operand] += 1
        for node in outputs + decisions:
            self.uses[node] += 1
        self._values = frozenset(values)
        self._decisions = Counter(decisions)
        self._last = {self.origin(node): node for node in self.computed}
        self._adjoints: dict[Hashable, list[int]] = {}
        for node in self.computed:
            of = self.origin(node).adjoint_of
            if of is not None:
                self._adjoints.setdefault((of, self._home[node]), []).append(node)
        self.stands = {node for node in outputs if tape.is_computed(node)}
        self._choose()
        self.invariants = self._invariants()

    def origin(self, node: int) -> Origin:
        """Where a computed node comes from."""
        origin = self.tape.places[node]
        assert isinstance(origin, Origin)
        return origin

    def has_name(self, node: int) -> bool:
        """Whether the user's source has a variable for a node, or for what it is the adjoint of."""
        origin = self.origin(node)
        if origin.forward is None:
            return origin.local is not None and origin.local.assigned and self._is_last(node)
        of = origin.adjoint_of
        return isinstance(of, Origin) and of.local is not None and of.local.assigned

    def name(self, node: int) -> tuple[str, Hashable]:
        """What the variable of a node should be called, and what others share it."""
        origin = self.origin(node)
        if origin.forward is not None:
            of = origin.adjoint_of
            if isinstance(of, Origin):
                name, family = self._forward_name(of, of.rule.name)
                return f"d_{name}", ("d", family)
            if of is not None:
                return f"d_{self.tape.inputs[of]}", ("d", of)
            return self._noun(node, self.tape.rules[node].name), (origin.site, self._key(node))
        name, family = self._forward_name(origin, self.tape.rules[node].name)
        if not self._is_last(node):
            family = (family, self._key(node))
            name = self._noun(node, self.tape.rules[node].name)
        elif origin.local is None or not origin.local.assigned:
            name = self._noun(node, origin.rule.name)
        if node in self._values and not self.has_name(node):
            name = origin.local.name if origin.local is not None else "value"
        return name, family

    def _invariants(self) -> set[int]:
        left = Counter(map(self._key, self.computed))
        users: dict[int, Counter[Hashable]] = {}
        for node in self.computed:
            key = self._key(node)
            for inner in (node, *self.inlined(node)) if node in self.stands else ():
                for operand in self.tape.operands[inner]:
                    users.setdefault(operand, Counter())[key] += 1
        found = set()
        for node in self.stands:
            times = self.origin(node).times or [0]
            often = max(users.get(node, Counter()).values(), default=0) >= SHORTEST_CHAIN
            if often and times[0] >= 2 * left[self._key(node)]:
                found.add(node)
        return found

    def same_adjoint(self, node: int, other: int) -> bool:
        """Whether both are, or are parts of, the adjoint of the same node."""
        of = self.origin(node).adjoint_of
        return of is not None and of == self.origin(other).adjoint_of

    def inlined(self, node: int) -> Iterator[int]:
        """The nodes that stand in the expression of a node, but for itself."""
        for operand in self.tape.operands[node]:
            if self.tape.is_computed(operand) and operand not in self.stands:
                yield operand
                yield from self.inlined(operand)

    def _choose(self) -> None:
        tape = self.tape
        self._choose_chains()
        for node in self.computed:
            if self.uses[node] == self._decisions[node]:
                continue
            if self._must_stand(node):
                self.stands.add(node)
            several = self.uses[node] > 1
            if several and tape.rules[node] in COMPARISONS and node not in self.stands:
                # Comparing again is cheap, and reads better than a number that says what was found.
                self.stands.update([i for i in tape.operands[node] if tape.is_computed(i)])
            elif several and not self._is_simple(node):
                self.stands.add(node)
            while len(list(self.inlined(node))) >= LONGEST_EXPRESSION:
                inner = [
                    i for i in tape.operands[node] if tape.is_computed(i) and i not in self.stands
                ]
                self.stands.add(max(inner, key=lambda i: len(list(self.inlined(i)))))

    def _is_simple(self, node: int) -> bool:
        """Whether it is as easy to read, wherever it is used, as a variable for it would be."""
        rule, operands = self.tape.rules[node], self.tape.operands[node]
        doubles = rule is rules.multiply and self.tape.constant_value(operands[0]) == 2.0
        if rule not in (rules.add, rules.subtract, rules.multiply):
            return False
        if self.origin(node).adjoint_of is not None:
            return False
        if self.uses[node] > 2 and not doubles:
            return False
        variables = [i for i in operands if self.tape.rules[i] is not CONSTANT]
        return (len(variables) == 1 or self.forward[node]) and all(
            map(self._is_variable, variables)
        )

    def _is_variable(self, node: int) -> bool:
        return node in self.stands or self.tape.rules[node] is INPUT

    def _choose_chains(self) -> None:
        """Let results stand that one instruction made one from the other, several times."""
        lengths: dict[int, int] = {}
        chained: dict[int, int] = {}
        for node in self.computed:
            before = self._made_before(node)
            lengths[node] = 1
            if before is not None:
                chained[node] = before
                lengths[node] += lengths[before]
            if lengths[node] == SHORTEST_CHAIN:
                links = [node]
                while links[-1] in chained:
                    links.append(chained[links[-1]])
                self.stands.update(links)
                # What a dot product starts with.
                first = self.tape.operands[links[-1]][-1]
                if self.tape.is_computed(first) and self._is_start(first):
                    self.stands.add(first)
            elif lengths[node] > SHORTEST_CHAIN:
                self.stands.add(node)

    def _made_before(self, node: int) -> int | None:
        """What the instruction of a node made that stands, or would, in its expression."""
        key = self._key(node)
        found = [node]
        for inner in found:
            for operand in self.tape.operands[inner]:
                if not self.tape.is_computed(operand) or self.uses[operand] > 1:
                    continue
                if self._must_stand(operand):
                    continue
                if self._key(operand) == key:
                    return operand
                if len(found) < LONGEST_EXPRESSION:
                    found.append(operand)
        return None

    def _is_start(self, node: int) -> bool:
        """Whether a node is the first product of a dot product."""
        last = self.tape.rules[self._last[self.origin(node)]]
        return last is FMA and self.tape.rules[node] is rules.multiply

    def _must_stand(self, node: int) -> bool:
        origin = self.origin(node)
        if origin.forward is None:
            return self.has_name(node)
        group: Sequence[int] = self._adjoints.get((origin.adjoint_of, self._home[node]), ())
        accumulated = any(self.tape.rules[i] is FROM_ZERO for i in group)
        return accumulated or (self.has_name(node) and group[-1] == node)

    def _is_last(self, node: int) -> bool:
        """Whether a node is the result of its operation, or a partial sum on the way there.

        Operations on sequences became several nodes of the same origin.
        """
        last = self._last[self.origin(node)]
        if last == node or self._is_start(node):
            return True
        same = self.tape.rules[last] is self.tape.rules[node]
        return same and self.origin(node).rule in (rules.sum_, rules.dot, rules.prod, rules.norm)

    def _key(self, node: int) -> Hashable:
        return self.origin(node).site, self.tape.rules[node].name

    def _forward_name(self, origin: Origin, operation: str) -> tuple[str, Hashable]:
        if origin.local is not None and origin.local.assigned:
            return origin.local.name, origin.variable
        return _NOUNS.get(operation, f"{operation}_value"), origin.variable

    def _noun(self, node: int, operation: str) -> str:
        operands = self.tape.operands[node]
        if len(operands) == 1 and operation not in _NOUNS:
            operand: int = operands[0]
            if not self.tape.is_computed(operand):
                return f"{operation}_{self.tape.inputs[self.tape.operands[operand][0]]}"
            if self.has_name(operand):
                return f"{operation}_{self.name(operand)[0]}"
        return _NOUNS.get(operation, f"{operation}_value")
