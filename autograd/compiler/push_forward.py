"""The forward sweep on a tape: tangents, from the variables to the outputs.

The tangent of a node is the sum, over its operands, of the partial derivative times the operand's
tangent (Griewank & Walther, "Evaluating Derivatives", 2nd ed. 2008, chapter 3). One sweep carries
any number of directions, which share the partials; a node has tangents only in those directions on
which it depends and which some output wants, so that directions of few variables cost little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd.compiler.partials import Derivatives, Partials
from autograd.compiler.symbol import Recorder
from autograd.compiler.tape import CONSTANT, INPUT, Tape


def push_forward(
    recorder: Recorder,
    seeds: Mapping[int, Derivatives],
    outputs: Sequence[int],
    wanted: Sequence[int] | None = None,
) -> list[dict[int, int]]:
    """Append Σ ∂output/∂variable · seed to the tape, in each direction.

    Args:
        recorder: the recording whose tape is differentiated; nodes are appended to it.
        seeds: for each variable the directions in which it moves, each with how fast: a number or
            the node of one.
        outputs: the nodes whose tangents are wanted.
        wanted: for each output in which directions, as the bits of an int; in all if None.

    Returns:
        For each output the directions on which it depends at all, each with its tangent's node.
    """
    tape = recorder.tape
    partials = Partials(recorder)
    tangents: dict[int, Derivatives] = {node: dict(own) for node, own in seeds.items()}
    active = [node in tangents for node in range(len(tape))]
    for node, directions in enumerate(_directions(tape, outputs, wanted)):
        # A variable's tangents are given.
        if not directions or active[node] or not tape.is_computed(node):
            continue
        total: Derivatives = {}
        for operand, partial in partials.of(node, active):
            partials.accumulate(total, tangents[operand], partial, node, directions)
        if total:
            tangents[node] = total
            active[node] = True
    found = [tangents.get(node, {}) for node in outputs]
    return [{key: partials.node(x) for key, x in each.items()} for each in found]


def _directions(tape: Tape, outputs: Sequence[int], wanted: Sequence[int] | None) -> list[int]:
    """For each node the directions in which an output needs its tangent, as bits."""
    directions = [0] * len(tape)
    for node, own in zip(outputs, wanted or [-1] * len(outputs), strict=True):
        directions[node] |= own
    rules, operands = tape.rules, tape.operands
    for node in range(len(tape) - 1, -1, -1):
        own = directions[node]
        if own:
            rule = rules[node]
            if rule is not INPUT and rule is not CONSTANT:
                for operand in operands[node]:
                    directions[operand] |= own
    return directions
