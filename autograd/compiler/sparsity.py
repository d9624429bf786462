"""Sparsity patterns, found on the tape: which derivatives can be other than zero.

A result depends on the variables of its operands, those whose partials are not zero by rule. So
sets of variables are handed on along the tape; they give the pattern of a Jacobian. Second
derivatives come from partials that are not constant: where the partial with respect to one operand
depends on another, all variables of the one act together with all of the other (index domains and
nonlinear interaction domains: Walther, "Computing sparse Hessians with automatic differentiation",
ACM Transactions on Mathematical Software 34, 2008). A sum, however long, couples nothing.

The pattern holds at all points, and may have entries that are zero at some. Small sets are frozen
sets; large ones, which grow by one variable at a time where sums run over all of them, are the bits
of an int, whose union takes next to no time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd.compiler.partials import Couples, Dependence, dependence_of
from autograd.compiler.tape import CONSTANT, INPUT, Tape
from autograd.rule import Rule

#: For each row its columns, ascending.
Pattern = list[list[int]]

#: Sets with more members than this become bits.
_MOST_MEMBERS = 32

_Members = frozenset[int] | int

_NONE: frozenset[int] = frozenset()


def jacobian_pattern(tape: Tape, variables: Sequence[int], outputs: Sequence[int]) -> Pattern:
    """Return for each output the positions of the variables on which it depends."""
    domains = _Domains(tape, variables)
    domains.hand_on(domains.relevant(outputs), keep=outputs)
    return [_listed(domains.members.get(node, _NONE)) for node in outputs]


def hessian_pattern(tape: Tape, variables: Sequence[int], output: int) -> Pattern:
    """Return for each variable those with which it acts together on an output; symmetric."""
    domains = _Domains(tape, variables)
    acting = domains.relevant([output])
    # Only what goes into something that is not linear needs to be known.
    curved = [(node, couples) for node, couples in domains.curved if acting[node]]
    ends = {operand for node, _ in curved for operand in (node, *tape.operands[node])}
    domains.hand_on(domains.relevant(ends), keep=ends)
    rows: list[_Members] = [_NONE] * len(variables)
    for node, couples in curved:
        at = [domains.members.get(i, _NONE) for i in (node, *tape.operands[node])]
        for k, place in couples:
            one, other = at[k], at[place]
            for variable in _listed(one):
                rows[variable] = _union(rows[variable], other)
            if k != place:
                for variable in _listed(other):
                    rows[variable] = _union(rows[variable], one)
    return [_listed(row) for row in rows]


class _Domains:
    """Sets of variables on which nodes depend.

    Attributes:
        parents: for each node the operands with respect to which it has a derivative.
        curved: the nodes whose partials are not constant, each with the places that they couple.
        members: for each node that is known to depend on some, the positions of these.
    """

    def __init__(self, tape: Tape, variables: Sequence[int]) -> None:
        self.members: dict[int, _Members] = {}
        for position, node in enumerate(variables):
            self.members[node] = frozenset((position,))
        self.parents: list[tuple[int, ...]] = []
        self.curved: list[tuple[int, Couples]] = []
        known: dict[tuple[Rule, int], Dependence] = {}
        for node, (rule, operands) in enumerate(zip(tape.rules, tape.operands)):
            if rule is INPUT or rule is CONSTANT:
                self.parents.append(())
                continue
            dependence = known.get((rule, len(operands)))
            if dependence is None:
                dependence = known[rule, len(operands)] = dependence_of(rule, len(operands))
            if dependence.couples:
                self.curved.append((node, dependence.couples))
            if len(dependence.positions) < len(operands):
                operands = tuple([operands[k] for k in dependence.positions])
            self.parents.append(operands)

    def relevant(self, outputs: Iterable[int]) -> list[bool]:
        """For each node whether an output has a derivative with respect to it."""
        relevant = [False] * len(self.parents)
        for node in outputs:
            relevant[node] = True
        for node in range(len(relevant) - 1, -1, -1):
            if relevant[node]:
                for parent in self.parents[node]:
                    relevant[parent] = True
        return relevant

    def hand_on(self, relevant: Sequence[bool], keep: Iterable[int]) -> None:
        """Find the members of all relevant nodes, and forget those that are not to be kept."""
        members = self.members
        last_use = [-1] * len(relevant)
        for node, parents in enumerate(self.parents):
            if relevant[node]:
                for parent in parents:
                    last_use[parent] = node
        for node in keep:
            last_use[node] = len(relevant)
        for node, parents in enumerate(self.parents):
            if not parents or not relevant[node]:
                continue
            found: _Members | None = None
            for parent in parents:
                own = members.get(parent)
                if own is not None:
                    found = own if found is None or found is own else _union(found, own)
            if found is not None:
                members[node] = found
            for parent in parents:
                if last_use[parent] == node:
                    members.pop(parent, None)


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
