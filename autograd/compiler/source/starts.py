"""Where loops start: what a variable is before the first iteration gets the variable's name.

Of ``x = x0`` followed by a loop that changes ``x`` the tape knows the operations of the loop alone:
those of the first iteration read ``x0``, all others ``x``. So the first iteration differs from the
others, and its derivative from theirs. Here it reads ``x`` like them, and before it ``x`` becomes
``x0``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from autograd import rules
from autograd.compiler.source.origin import NamingRecorder, NamingTape, Origin
from autograd.compiler.tape import CONSTANT, INPUT, Tape
from autograd.rule import Rule

#: A variable that was changed fewer times after its start has no loop.
FEWEST_CHANGES = 2


def _is_not_folded(x: float) -> float:
    raise ArithmeticError("a start is no constant")


def _start() -> Rule:
    """Return the identity: a new one for each start, so that no two of them become one."""
    partials = rules.positive.partials
    return Rule("start", "start", _is_not_folded, partials, False, (), "linear", None)


def is_start(rule: Rule | None) -> bool:
    """Whether an operation of this rule is a start."""
    return rule is not None and rule.value is _is_not_folded


class _Operand(NamedTuple):
    """An operand that the first iteration reads in the place of a variable.

    Attributes:
        node: what reads it.
        position: which operand of that it is.
        again: the next node of the same instruction.
        number: how many starts its instruction has had before.
        like: a node that the variable becomes later.
    """

    node: int
    position: int
    again: int
    number: int
    like: int


def with_starts(recorder: NamingRecorder) -> Sequence[int]:
    """Let loops on a tape start with their variables; return where its nodes are now."""
    old = recorder.tape
    found = sorted(_found(old))
    if not found:
        return range(len(old))
    starts = _placed(old, found)
    recorder.tape = NamingTape()
    twin = _Copy(old, recorder.tape, starts).twin
    recorder.captured = {value: twin[node] for value, node in recorder.captured.items()}
    return twin


def _variable(tape: Tape, node: int) -> Hashable:
    """The variable that the user's source gives a node to, or None."""
    origin = tape.places[node]
    named = isinstance(origin, Origin) and origin.local is not None and origin.local.assigned
    return origin.variable if isinstance(origin, Origin) and named else None


def _found(tape: Tape) -> list[_Operand]:
    """All operands that should be a variable's start."""
    groups: dict[Hashable, list[int]] = {}
    for node, origin in enumerate(tape.places):
        if isinstance(origin, Origin) and not tape.rules[node].variadic:
            groups.setdefault(_site(tape, node), []).append(node)
    found: list[_Operand] = []
    for nodes in groups.values():
        if len(nodes) > FEWEST_CHANGES:
            for position in range(len(tape.operands[nodes[0]])):
                found += _starts_in(tape, nodes, position)
    return found


def _starts_in(tape: Tape, nodes: Sequence[int], position: int) -> list[_Operand]:
    """The same for one operand of what one instruction made."""
    operands = [tape.operands[node][position] for node in nodes]
    variables = [_variable(tape, operand) for operand in operands]
    usual, count = Counter(variables).most_common(1)[0]
    others = [k for k, variable in enumerate(variables) if variable != usual]
    if usual is None or not others or count < FEWEST_CHANGES * len(others):
        return []
    found = []
    for number, k in enumerate(others):
        if k + 1 == len(nodes) or variables[k + 1] != usual:
            return []  # nothing comes of it
        found.append(_Operand(nodes[k], position, nodes[k + 1], number, operands[k + 1]))
    return found


@dataclass
class _Starts:
    """What is added to a tape.

    Attributes:
        before: for a node the starts that come before it, as what each copies, and a node like it.
        replaced: for operands, by node and position, the start in their place: its node, position.
    """

    before: dict[int, list[tuple[int, int, Hashable]]] = field(default_factory=dict)
    replaced: dict[tuple[int, int], Hashable] = field(default_factory=dict)


def _placed(tape: Tape, found: Sequence[_Operand]) -> _Starts:
    """Decide where each start stands: all those of one loop before its first iteration."""
    starts = _Starts()
    known: set[Hashable] = set()
    begin = again = -1
    for each in found:
        operand = tape.operands[each.node][each.position]
        key = operand, _variable(tape, each.like), each.number
        starts.replaced[each.node, each.position] = key
        if key in known:
            continue
        known.add(key)
        is_ready = operand < begin or not tape.is_computed(operand)
        if not (begin <= each.node < again and is_ready):
            begin, again = _begin_of_iteration(tape, each), each.again
            if operand >= begin and tape.is_computed(operand):
                begin = each.node
        starts.before.setdefault(begin, []).append((operand, each.like, key))
    return starts


def _begin_of_iteration(tape: Tape, operand: _Operand) -> int:
    """The first node of the iteration that a start is for, as far as the next one tells."""
    computed = [i for i in range(operand.node + 1, operand.again + 1) if tape.is_computed(i)]
    left = Counter([_site(tape, node) for node in computed])
    begin = operand.node
    left[_site(tape, begin)] -= 1
    for node in range(operand.node - 1, -1, -1):
        if tape.is_computed(node):
            site = _site(tape, node)
            if not left[site]:
                break
            left[site] -= 1
            begin = node
    return begin


def _site(tape: Tape, node: int) -> Hashable:
    origin = tape.places[node]
    return (origin.site, tape.rules[node]) if isinstance(origin, Origin) else None


class _Copy:
    """The tape with starts, while it is written."""

    def __init__(self, old: Tape, new: NamingTape, starts: _Starts) -> None:
        self.twin: list[int] = []
        made: dict[Hashable, int] = {}
        for node, (rule, operands) in enumerate(zip(old.rules, old.operands)):
            for operand, like, key in starts.before.get(node, ()):
                made[key] = self._start(old, new, operand, like)
            if rule is INPUT:
                self.twin.append(new.input(old.inputs[operands[0]]))
            elif rule is CONSTANT:
                self.twin.append(new.constant(old.constants[operands[0]]))
            else:
                replaced = [starts.replaced.get((node, k)) for k in range(len(operands))]
                given = [
                    self.twin[i] if key is None else made[key] for i, key in zip(operands, replaced)
                ]
                self.twin.append(new.append(rule, tuple(given), old.places[node]))

    def _start(self, old: Tape, new: NamingTape, operand: int, like: int) -> int:
        pattern = old.places[like]
        assert isinstance(pattern, Origin)
        origin = Origin(*pattern)
        origin.local, origin.scope = pattern.local, pattern.scope
        origin.site = "start", pattern.site
        return new.append(_start(), (self._twin_of(old, new, operand),), origin)

    def _twin_of(self, old: Tape, new: NamingTape, operand: int) -> int:
        value = old.constant_value(operand)
        return self.twin[operand] if value is None else new.constant(value)
