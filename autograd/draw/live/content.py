"""What a live page knows about a graph: its nodes, their numbers and their formulas, as JSON."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from autograd.draw.extent import is_plain_number
from autograd.draw.live.formula import Formula, Parts, applied, parts_of
from autograd.draw.text import visible
from autograd.rule import Rule
from autograd.rules import add, divide, dot, mean, multiply, negative, subtract, sum_
from autograd.value import Value

_SIGNS = {
    multiply: "×",
    divide: "÷",
    subtract: "−",
    negative: "−",
    add: "+",
    sum_: "Σ",
    dot: "Σ wx",
}
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

_MOST_OPERANDS = 40
"""Of more operands, only those partials are written out that are short for any number of them."""


def nodes_of(
    order: Sequence[Value], output: Value, adjustable: Collection[Value]
) -> list[dict[str, Any]]:
    """Return the description of each node.

    Args:
        order: the nodes, operands before results.
        output: the last.
        adjustable: the leaves that descent moves.
    """
    number_of = {node: number for number, node in enumerate(order)}
    described = []
    unnamed = 0
    for node in order:
        kind = "result" if node.parents else "constant"
        if node is output:
            kind = "output"
        elif not node.parents and node.requires_grad:
            kind = "parameter"
        plain = is_plain_number(node) and node is not output
        name = " ".join(visible(node.label).split())
        if not name and not plain:
            unnamed += 1
            name = f"v{str(unnamed).translate(_SUBSCRIPTS)}"
        entry: dict[str, Any] = {"name": name, "kind": kind, "plain": plain}
        entry["active"] = node.requires_grad
        entry["descends"] = node in adjustable
        if node.rule is not None:
            operands = [number_of[parent] for parent in node.parents]
            entry["op"] = _SIGNS.get(node.rule, visible(node.op))
            entry["operands"] = operands
            entry["formula"], entry["partials"] = _formulas(node, number_of[node], operands)
        described.append(entry)
    return described


def numbers_of(order: Sequence[Value], output: Value) -> dict[str, list[float]]:
    """Return the values, the gradients of the output, and the partials, of all nodes in order.

    Gradients that the nodes hold are neither used nor changed.
    """
    gradients = dict.fromkeys(order, 0.0)
    partials: list[list[float]] = []
    if output.requires_grad:
        gradients[output] = 1.0
    for node in reversed(order):
        operands = node.parents
        active = [node.requires_grad and operand.requires_grad for operand in operands]
        known = [x if wanted else 0.0 for x, wanted in zip(node.partials, active)]
        partials.append(known)
        for operand, partial, wanted in zip(operands, known, active):
            if wanted:
                gradients[operand] += gradients[node] * partial
    return {
        "values": [node.data for node in order],
        "gradients": list(gradients.values()),
        "partials": [x for several in reversed(partials) for x in several],
    }


def finite(numbers: Sequence[float]) -> list[float | str]:
    """Return numbers as JSON can have them: what is not finite as JavaScript spells it."""
    return [x if math.isfinite(x) else _spelled(x) for x in numbers]


def _spelled(x: float) -> str:
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


def _formulas(
    node: Value, number: int, operands: Sequence[int]
) -> tuple[Parts, list[Parts | None]]:
    rule = node.rule
    assert rule is not None
    written = [
        parent.data if is_plain_number(parent) else Formula((position,))
        for parent, position in zip(node.parents, operands)
    ]
    value = parts_of(applied(rule, written))
    return value, _partial_formulas(rule, Formula((number,)), written)


def _partial_formulas(rule: Rule, y: Formula, operands: list[Any]) -> list[Parts | None]:
    linear = rule in (sum_, mean, dot)
    if len(operands) > _MOST_OPERANDS and not linear:
        return [None] * len(operands)
    try:
        return [parts_of(partial) for partial in rule.all_partials(y, tuple(operands))]
    except Exception:
        # A user's own primitive may compute its partials in ways that no formula stands for; the
        # page then shows their numbers alone.
        return [None] * len(operands)
