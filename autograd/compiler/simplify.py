"""Simplification of a tape: nothing that changes a result, but for which of two nans it is.

Constants are folded, identities that are exact in IEEE 754 arithmetic are applied, equal operations
on equal operands become one (common subexpressions), and what no output needs is left out. Adding
zero is left alone: −0 + 0 is 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd import rules
from autograd.compiler.tape import CONSTANT, INPUT, Tape
from autograd.rule import Rule

_COMMUTATIVE = (rules.add, rules.multiply, rules.maximum, rules.minimum, rules.equal)


def needed(tape: Tape, outputs: Sequence[int]) -> list[bool]:
    """For each node whether an output depends on it."""
    wanted = [False] * len(tape)
    for node in outputs:
        wanted[node] = True
    for node in range(len(tape) - 1, -1, -1):
        if wanted[node] and tape.is_computed(node):
            for operand in tape.operands[node]:
                wanted[operand] = True
    return wanted


def simplify(tape: Tape, outputs: Sequence[int]) -> tuple[Tape, list[int]]:
    """Return a tape that computes the same outputs, and the nodes of the outputs there.

    All inputs are kept, so that they keep their numbers.
    """
    simplified = _Simplifier(tape)
    for node, wanted in enumerate(needed(tape, outputs)):
        if wanted or tape.rules[node] is INPUT:
            simplified.copy(node)
    return _pruned(simplified.result, [simplified.twin[node] for node in outputs])


def _pruned(tape: Tape, outputs: Sequence[int]) -> tuple[Tape, list[int]]:
    """Leave out what the outputs do not need, but no inputs."""
    result = Tape()
    twin: dict[int, int] = {}
    for node, wanted in enumerate(needed(tape, outputs)):
        rule, operands = tape.rules[node], tape.operands[node]
        if rule is INPUT:
            twin[node] = result.input(tape.inputs[operands[0]])
        elif wanted and rule is CONSTANT:
            twin[node] = result.constant(tape.constants[operands[0]])
        elif wanted:
            operands = tuple([twin[i] for i in operands])
            twin[node] = result.append(rule, operands, tape.places[node])
    return result, [twin[node] for node in outputs]


class _Simplifier:
    """The new tape while it is written.

    Attributes:
        twin: for each node of the old tape that was copied, the node of the new one.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.result = Tape()
        self.twin: dict[int, int] = {}
        self.known: dict[tuple[Rule, tuple[int, ...]], int] = {}

    def copy(self, node: int) -> None:
        """Enter the node of the new tape that has the value of ``node``."""
        rule, operands = self.tape.rules[node], self.tape.operands[node]
        if rule is INPUT:
            self.twin[node] = self.result.input(self.tape.inputs[operands[0]])
        elif rule is CONSTANT:
            self.twin[node] = self.result.constant(self.tape.constants[operands[0]])
        else:
            operands = tuple([self.twin[i] for i in operands])
            self.twin[node] = self.computed(rule, operands, node)

    def computed(self, rule: Rule, operands: tuple[int, ...], node: int) -> int:
        """Return the node for ``rule`` of ``operands``: an old one if that will do."""
        folded = self.folded(rule, operands)
        if folded is not None:
            return folded
        same = self.identity(rule, operands)
        if same is not None:
            return same
        key = (rule, tuple(sorted(operands)) if rule in _COMMUTATIVE else operands)
        if key not in self.known:
            self.known[key] = self.result.append(rule, operands, self.tape.places[node])
        return self.known[key]

    def folded(self, rule: Rule, operands: tuple[int, ...]) -> int | None:
        """The constant that the operation gives, if it has only constants to work on."""
        numbers = [self.result.constant_value(i) for i in operands]
        if not numbers or None in numbers:
            return None
        try:
            return self.result.constant(float(rule.value(*numbers)))
        except (ArithmeticError, ValueError):
            # What fails at run time is left to fail, or to give nan or inf, at run time.
            return None

    def identity(self, rule: Rule, operands: tuple[int, ...]) -> int | None:
        """An existing node that always has the same value as the operation, or None."""
        if rule is rules.positive:
            return operands[0]
        if rule is rules.negative:
            inner = self.result.rules[operands[0]] is rules.negative
            return self.result.operands[operands[0]][0] if inner else None
        if len(operands) < 2:
            return None
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
