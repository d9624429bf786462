"""Which results depend on which variables: the sparsity pattern of a Jacobian, found on the tape.

Sets of variables are handed on from operands to results, along operands whose partials are not zero
by rule. So the pattern holds at all points, and may have entries that are zero at some. Small sets
are frozen sets; large ones, which grow by one variable at a time where sums run over all of them,
are the bits of an int, whose union takes next to no time.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd.compiler.partials import positions
from autograd.compiler.simplify import needed
from autograd.compiler.tape import Tape
from autograd.rule import Rule

#: For each row its columns, ascending.
Pattern = list[list[int]]

#: Sets with more members than this become bits.
_MOST_MEMBERS = 32

_Members = frozenset[int] | int


def pattern_of(tape: Tape, variables: Sequence[int], outputs: Sequence[int]) -> Pattern:
    """Return for each output the positions of the variables on which it depends."""
    members: dict[int, _Members] = {}
    for position, node in enumerate(variables):
        members[node] = frozenset((position,))
    wanted = needed(tape, outputs)
    last_use = _last_use(tape, wanted, outputs)
    through: dict[tuple[Rule, int], tuple[int, ...]] = {}
    for node, operands in enumerate(tape.operands):
        if not wanted[node] or not tape.is_computed(node):
            continue
        key = (tape.rules[node], len(operands))
        if key not in through:
            through[key] = positions(*key)
        found: _Members | None = None
        for k in through[key]:
            own = members.get(operands[k])
            if own is not None:
                found = own if found is None or found is own else _union(found, own)
        if found is not None:
            members[node] = found
        for operand in operands:
            if last_use[operand] == node:
                members.pop(operand, None)
    return [_listed(members.get(node, frozenset())) for node in outputs]


def _last_use(tape: Tape, wanted: Sequence[bool], outputs: Sequence[int]) -> list[int]:
    """For each node the last that needs it; outputs are needed beyond the end."""
    last = [-1] * len(tape)
    for node, operands in enumerate(tape.operands):
        if wanted[node] and tape.is_computed(node):
            for operand in operands:
                last[operand] = node
    for node in outputs:
        last[node] = len(tape)
    return last


def _union(a: _Members, b: _Members) -> _Members:
    if isinstance(a, frozenset) and isinstance(b, frozenset):
        both = a | b
        return both if len(both) <= _MOST_MEMBERS else _bits(both)
    return _bits(a) | _bits(b)


def _bits(members: _Members) -> int:
    if isinstance(members, int):
        return members
    bits = 0
    for member in members:
        bits |= 1 << member
    return bits


def _listed(members: _Members) -> list[int]:
    if isinstance(members, frozenset):
        return sorted(members)
    return [k for k, bit in enumerate(reversed(f"{members:b}")) if bit == "1"]
