"""The reverse sweep on a tape.

The adjoint of each node is the sum, over its uses, of the user's adjoint times the partial
derivative (Griewank & Walther, "Evaluating Derivatives", 2nd ed. 2008, chapter 3). The partials are
those of ``rules.py``, evaluated on symbols, so that the sweep is appended to the tape it
differentiates: the result is a tape like any other, and can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograd.compiler.symbol import Recorder, Symbol
from autograd.compiler.tape import Tape


def differentiate(
    recorder: Recorder, seeds: Mapping[int, Any], variables: Sequence[int]
) -> list[int]:
    """Append Σ seed · ∂output/∂variable to the tape, and return the node of each variable's.

    Args:
        recorder: the recording whose tape is differentiated; nodes are appended to it.
        seeds: for each output node the adjoint it starts with, a number or a symbol.
        variables: the nodes with respect to which derivatives are wanted.
    """
    tape = recorder.tape
    last = max(seeds, default=-1)
    active = _active(tape, variables, last)
    adjoints: dict[int, Any] = dict(seeds)
    for node in range(last, -1, -1):
        if node not in adjoints or not active[node] or not tape.is_computed(node):
            continue
        recorder.place = tape.places[node]
        for operand, partial in _partials(recorder, node, active):
            if not _is(partial, 0.0):
                term = _product(adjoints[node], partial)
                adjoints[operand] = adjoints[operand] + term if operand in adjoints else term
    recorder.place = None
    return [recorder.node_of(adjoints.get(variable, 0.0)) for variable in variables]


def _active(tape: Tape, variables: Sequence[int], last: int) -> list[bool]:
    """For each node up to ``last`` whether it depends on a variable."""
    active = [False] * (last + 1)
    for node in variables:
        if node <= last:
            active[node] = True
    for node in range(last + 1):
        # Operands of inputs and constants are no nodes.
        if not active[node] and tape.is_computed(node):
            active[node] = True in [active[i] for i in tape.operands[node]]
    return active


def _partials(recorder: Recorder, node: int, active: Sequence[bool]) -> list[tuple[int, Any]]:
    """Return the active operands of a node with their partials, numbers or symbols."""
    tape = recorder.tape
    rule, operands = tape.rules[node], tape.operands[node]
    y = Symbol(recorder, node)
    xs = [Symbol(recorder, i) for i in operands]
    if rule.variadic:
        pairs = zip(operands, rule.all_partials(y, tuple(xs)), strict=True)
        return [(i, partial) for i, partial in pairs if active[i]]
    return [(i, partial(y, *xs)) for i, partial in zip(operands, rule.partials) if active[i]]


def _product(adjoint: Any, partial: Any) -> Any:
    if _is(partial, 1.0):
        return adjoint
    return partial if _is(adjoint, 1.0) else adjoint * partial


def _is(x: Any, number: float) -> bool:
    return isinstance(x, float) and x == number
