"""What a live page knows about a graph: its nodes, their numbers and their formulas, as JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from autograd.draw.extent import is_plain_number
from autograd.draw.live.templates import Templates, finite
from autograd.draw.text import visible
from autograd.explanation.names import Names
from autograd.explanation.paths import counts_to_result
from autograd.explanation.wording import number_of
from autograd.rule import Rule
from autograd.rules import add, divide, dot, multiply, negative, subtract, sum_, where
from autograd.value import Value

_SIGNS: dict[Rule, str] = {
    multiply: "×",
    divide: "÷",
    subtract: "−",
    negative: "−",
    add: "+",
    sum_: "Σ",
    dot: "Σ wx",
}


def names_of(order: Sequence[Value], names: Mapping[Value, str]) -> list[str]:
    """Return what each node is called, as ``autograd.explain`` has it; nothing for plain numbers.

    Args:
        order: the nodes, operands before results.
        names: for some nodes what they are called if they have no label.
    """
    output = order[-1]
    name = Names(order, {output: "result", **names})
    return ["" if is_plain_number(node) and node is not output else name(node) for node in order]


def nodes_of(
    order: Sequence[Value], names: Sequence[str], descending: Collection[Value], varies: bool
) -> list[dict[str, Any]]:
    """Return the description of each node.

    Args:
        order: the nodes, operands before results; the last is the output.
        names: what each is called.
        descending: the leaves that descent moves.
        varies: whether the leaves can be moved.
    """
    number_of_node = {node: number for number, node in enumerate(order)}
    templates = Templates(number_of_node, names, varies)
    described = []
    for node, name in zip(order, names, strict=True):
        entry: dict[str, Any] = {"name": name, "kind": _kind(node, order[-1]), "plain": not name}
        label = visible(node.label).strip()
        if label and label != name:
            entry["label"] = label
        entry["active"] = node.requires_grad
        entry["descends"] = node in descending
        if node.rule is not None:
            entry["op"] = _SIGNS.get(node.rule, visible(node.op))
            entry["operands"] = [number_of_node[parent] for parent in node.parents]
            entry["formula"] = templates.value(node)
            entry["partials"] = templates.partials(node)
        if node.rule is where:
            entry["holds"] = bool(node.parents[0].data)
        described.append(entry)
    for entry, count in zip(described, counts_to_result(order), strict=True):
        if not isinstance(count, int):
            entry["paths"] = number_of(count)
    return described


def _kind(node: Value, output: Value) -> str:
    if node is output:
        return "output"
    if node.parents:
        return "result"
    return "parameter" if node.requires_grad else "constant"


def numbers_of(order: Sequence[Value], output: Value) -> dict[str, list[float | str]]:
    """Return the values, the gradients of the output, and the partials, of all nodes in order.

    They are as JSON can have them, see ``finite``.

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
        "values": finite([node.data for node in order]),
        "gradients": finite(list(gradients.values())),
        "partials": finite([x for several in reversed(partials) for x in several]),
    }
