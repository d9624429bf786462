"""The eager transforms in a function that is being recorded: derivatives go onto its tape.

``transforms`` differentiates a graph of Values. If what it is to differentiate with respect to are
symbols, there is no graph but a tape, and sweeps append to that. Variables get nodes of their own,
so that a function is differentiated with respect to its argument only, and not to what else was
computed of the same number outside; that is how transforms nest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograd import rules
from autograd.compiler.differentiate import differentiate
from autograd.compiler.partials import Derivatives, term
from autograd.compiler.push_forward import push_forward
from autograd.compiler.symbol import Recorder, Symbol


def variable(recorder: Recorder, x: Any) -> Symbol:
    """A new node to differentiate with respect to, equal to a symbol, a Value or a number."""
    return recorder.apply(rules.positive, (x,))


def output(recorder: Recorder, x: Any) -> Symbol:
    """What a function has returned, as a symbol."""
    return recorder.symbol(x)


def gradients(
    recorder: Recorder, seeds: Mapping[Symbol, Any], variables: Sequence[Symbol]
) -> list[Symbol]:
    """Σ seed · ∂output/∂variable for each variable, over the outputs that have a seed."""
    by_node: dict[int, Any] = {}
    for x, seed in seeds.items():
        by_node[x.node] = by_node[x.node] + seed if x.node in by_node else seed
    nodes = differentiate(recorder, by_node, [x.node for x in variables])
    return [Symbol(recorder, node) for node in nodes]


def tangents(
    recorder: Recorder, outputs: Sequence[Symbol], variables: Sequence[Symbol], seeds: Sequence[Any]
) -> list[Symbol]:
    """Σ ∂output/∂variable · seed for each output, over the variables."""
    moving: dict[int, Derivatives] = {
        x.node: {0: term(recorder, seed)} for x, seed in zip(variables, seeds, strict=True)
    }
    found = push_forward(recorder, moving, [x.node for x in outputs])
    zero = recorder.node_of(0.0)
    return [Symbol(recorder, each.get(0, zero)) for each in found]
