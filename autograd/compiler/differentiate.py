"""The reverse sweep on a tape.

The adjoint of each node is the sum, over its uses, of the user's adjoint times the partial
derivative (Griewank & Walther, "Evaluating Derivatives", 2nd ed. 2008, chapter 3). The partials are
those of ``rules.py``, evaluated on symbols, so that the sweep is appended to the tape it
differentiates: the result is a tape like any other, and can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograd.compiler.partials import Derivatives, Partials, term
from autograd.compiler.symbol import Recorder
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
    found = pull_back(
        recorder, {node: {0: term(recorder, seed)} for node, seed in seeds.items()}, variables
    )
    return [each[0] if 0 in each else recorder.node_of(0.0) for each in found]


def pull_back(
    recorder: Recorder, seeds: Mapping[int, Derivatives], variables: Sequence[int]
) -> list[dict[int, int]]:
    """Append several such sums to the tape; partials are shared by all of them.

    Args:
        recorder: as for ``differentiate``.
        seeds: for each output node the sums to which it contributes, each with its seed.
        variables: as for ``differentiate``.

    Returns:
        For each variable the sums that depend on it at all, each with its node.
    """
    tape = recorder.tape
    partials = Partials(recorder)
    last = max(seeds, default=-1)
    active = active_nodes(tape, variables, last)
    adjoints: list[Derivatives | None] = [None] * (last + 1)
    for node, own in seeds.items():
        adjoints[node] = dict(own)
    for node in range(last, -1, -1):
        adjoint = adjoints[node]
        if adjoint is None or not active[node] or not tape.is_computed(node):
            continue
        for operand, partial in partials.of(node, active):
            total = adjoints[operand]
            if total is None:
                total = adjoints[operand] = {}
            partials.accumulate(total, adjoint, partial, node)
    found = [(adjoints[node] if node <= last else None) or {} for node in variables]
    return [{key: partials.node(x) for key, x in each.items()} for each in found]


def active_nodes(tape: Tape, variables: Sequence[int], last: int) -> list[bool]:
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
