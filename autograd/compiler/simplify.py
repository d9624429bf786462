"""Simplification of a tape: nothing that changes a result, but for which of two nans it is.

Constants are folded, identities that are exact in IEEE 754 arithmetic are applied, equal operations
on equal operands become one (common subexpressions), and what no output needs is left out. Adding
zero is left alone: −0 + 0 is 0.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from autograd import rules
from autograd.compiler.tape import CONSTANT, INPUT, Tape
from autograd.rule import Rule

_COMMUTATIVE = frozenset((rules.add, rules.multiply, rules.maximum, rules.minimum, rules.equal))

#: Rules that may be simplified although none of their operands is a constant.
_SIMPLIFIED_ANYWAY = frozenset(
    (rules.positive, rules.negative, rules.maximum, rules.minimum, rules.where)
)

_WITH_IDENTITIES = _SIMPLIFIED_ANYWAY | {
    rules.multiply,
    rules.divide,
    rules.power,
    rules.subtract,
}


def needed(tape: Tape, outputs: Sequence[int]) -> list[bool]:
    """For each node whether an output depends on it."""
    wanted = [False] * len(tape)
    for node in outputs:
        wanted[node] = True
    rules_of, operands_of = tape.rules, tape.operands
    for node in range(len(tape) - 1, -1, -1):
        if wanted[node]:
            rule = rules_of[node]
            if rule is not INPUT and rule is not CONSTANT:
                for operand in operands_of[node]:
                    wanted[operand] = True
    return wanted


def simplify(tape: Tape, outputs: Sequence[int]) -> tuple[Tape, list[int]]:
    """Return a tape that computes the same outputs, and the nodes of the outputs there.

    All inputs are kept, so that they keep their numbers.
    """
    if not tape.is_simplified:
        simplifier = _Simplifier(tape)
        simplifier.run(needed(tape, outputs))
        tape, outputs = simplifier.result, [simplifier.twin[node] for node in outputs]
    tape, outputs = _pruned(tape, outputs)
    tape.mark_simplified()
    return tape, outputs


def _pruned(tape: Tape, outputs: Sequence[int]) -> tuple[Tape, list[int]]:
    """Leave out what the outputs do not need, but no inputs."""
    wanted = needed(tape, outputs)
    kept = [node for node, rule in enumerate(tape.rules) if wanted[node] or rule is INPUT]
    if len(kept) == len(tape):
        return tape, list(outputs)
    result, twin = tape.part(kept)
    return result, [twin[node] for node in outputs]


class _Simplifier:
    """The new tape while it is written.

    Attributes:
        twin: for each node of the old tape that is wanted, the node of the new one with its value.
        constants: the constant nodes of the new tape.
        known: for each rule the nodes that apply it, by their operands.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.result = Tape()
        self.twin: list[int] = []
        self.constants: set[int] = set()
        self.known: defaultdict[Rule, dict[tuple[int, ...], int]] = defaultdict(dict)

    def run(self, wanted: Sequence[bool]) -> None:
        """Write the new tape."""
        tape, result, twin, known = self.tape, self.result, self.twin, self.known
        no_constant_in, twin_of, append = self.constants.isdisjoint, twin.__getitem__, twin.append
        every = zip(tape.rules, tape.operands, wanted, tape.places)
        for rule, operands, is_wanted, place in every:
            if not is_wanted and rule is not INPUT:
                append(-1)
            elif rule is CONSTANT:
                append(self.constant(tape.constants[operands[0]]))
            elif rule is INPUT:
                append(result.input(tape.inputs[operands[0]]))
            else:
                new = tuple(map(twin_of, operands))
                if rule in _SIMPLIFIED_ANYWAY or not no_constant_in(new):
                    simpler = self.simpler(rule, new)
                    if simpler is not None:
                        append(simpler)
                        continue
                key = new
                if rule in _COMMUTATIVE and new[0] > new[1]:
                    key = (new[1], new[0])
                same = known[rule]
                node = same.get(key)
                if node is None:
                    node = same[key] = result.append(rule, new, place)
                append(node)

    def constant(self, x: float) -> int:
        """Return the node of a constant."""
        node = self.result.constant(x)
        self.constants.add(node)
        return node

    def simpler(self, rule: Rule, operands: tuple[int, ...]) -> int | None:
        """An existing node, or a constant, that will do for ``rule`` of ``operands``, or None."""
        if self.constants.issuperset(operands):
            folded = self.folded(rule, operands)
            if folded is not None:
                return folded
        return self.identity(rule, operands)

    def folded(self, rule: Rule, operands: tuple[int, ...]) -> int | None:
        """The constant that the operation gives on constants, if there are any."""
        if not operands:
            return None
        numbers = [self.result.constant_value(i) for i in operands]
        try:
            return self.constant(float(rule.value(*numbers)))
        except (ArithmeticError, ValueError):
            # What fails at run time is left to fail, or to give nan or inf, at run time.
            return None

    def identity(self, rule: Rule, operands: tuple[int, ...]) -> int | None:
        """An existing node that always has the same value as the operation, or None."""
        if rule not in _WITH_IDENTITIES:
            return None
        if rule is rules.positive:
            return operands[0]
        if rule is rules.negative:
            inner = self.result.rules[operands[0]] is rules.negative
            return self.result.operands[operands[0]][0] if inner else None
        x, y = operands[0], operands[1]
        left, right = self.result.constant_value(x), self.result.constant_value(y)
        if rule is rules.multiply and (left == 1.0 or right == 1.0):
            return y if left == 1.0 else x
        if rule in (rules.divide, rules.power) and right == 1.0:
            return x
        if rule is rules.subtract and right == 0.0 and not _is_negative_zero(right):
            return x
        if rule in (rules.maximum, rules.minimum) and x == y:
            return x
        if rule is rules.where:
            if left is not None:
                return operands[1] if left else operands[2]
            return operands[1] if operands[1] == operands[2] else None
        return None


def _is_negative_zero(x: float) -> bool:
    return x == 0.0 and math.copysign(1.0, x) < 0.0
