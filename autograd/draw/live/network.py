"""The neurons of a network, found in the graph of what it computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.draw.text import visible
from autograd.explanation.names import SUBSCRIPTS
from autograd.rules import dot
from autograd.value import Value

_MOST_NEURONS = 400


def network_of(order: Sequence[Value]) -> dict[str, Any]:
    """Return the columns of neurons of a network, inputs first, and the weights between them.

    A neuron is a ``dot`` node, whose operands are weights, what they weigh, and a bias; one whose
    weights are all computed, such as a sum of squares, is none. Its output is what is computed from
    it alone and weighed by other neurons; that of a neuron in the last layer is what has a label,
    the ``dot`` node itself or what follows it. The inputs of the network are leaves that are
    weighed.

    Returns:
        ``columns``, lists of neurons with the nodes ``sum`` (None for inputs), ``output``,
        ``bias``, and with the ``name`` of the output, empty if it has no label; and ``weights``,
        each with the columns and rows of both ends and its node.

    Raises:
        ValueError: there are no neurons, or too many to draw.
    """
    number_of = {node: number for number, node in enumerate(order)}
    # A topological order comes to the last of several operands first.
    sums = [node for node in reversed(order) if _is_sum(node)]
    if not sums:
        raise ValueError(
            "there is no neuron: no node of this graph is a dot product of weights and inputs"
        )
    weighed = {x: None for node in sums for x in _weighed(node)}
    if len(sums) + len(weighed) > _MOST_NEURONS:
        raise ValueError(
            f"{len(sums):,} neurons are too many to draw, at most {_MOST_NEURONS} with the inputs: "
            'take view="graph", which groups them'
        )
    behind = _sums_behind(order)
    inputs = [x for x in weighed if not _is_sum(x) and not behind[x]]
    column_of = dict.fromkeys(inputs, 0)
    inputs_of: dict[Value, list[Value]] = {}
    for node in reversed(sums):
        inputs_of[node] = [_neuron(x, column_of, behind) for x in _weighed(node)]
        column_of[node] = 1 + max(column_of[x] for x in inputs_of[node])
    columns: list[list[dict[str, Any]]] = [[] for _ in range(1 + max(column_of.values()))]
    place: dict[Value, tuple[int, int]] = {}
    outputs = _outputs(order, sums, behind, weighed)
    for node in [*inputs, *sums]:
        column = columns[column_of[node]]
        place[node] = (column_of[node], len(column))
        biased = node in inputs_of and len(node.parents) % 2 == 1
        column.append(
            {
                "sum": number_of[node] if node in inputs_of else None,
                "output": number_of[outputs.get(node, node)],
                "name": visible(outputs.get(node, node).label),
                "bias": number_of[node.parents[-1]] if biased else None,
            }
        )
    weights = [
        {"from": place[x], "to": place[node], "weight": number_of[weight]}
        for node in sums
        for weight, x in zip(node.parents, inputs_of[node])
    ]
    return {"columns": columns, "weights": weights}


def names_in(network: dict[str, Any]) -> dict[int, str]:
    """Return names for the nodes of neurons: z₁₂ for the sum of the second in the first layer.

    Its output is called h₁₂. With more than nine layers or neurons in one, it is z₁₋₂ and h₁₋₂.

    Args:
        network: what `network_of` returned.
    """
    columns = network["columns"]
    between = "₋" if max(len(columns) - 1, *map(len, columns)) > 9 else ""
    names: dict[int, str] = {}
    for layer, column in enumerate(columns):
        for unit, neuron in enumerate(column, 1):
            if neuron["sum"] is not None:
                index = f"{layer}{between}{unit}".translate(SUBSCRIPTS)
                names[neuron["output"]] = f"h{index}"
                names[neuron["sum"]] = f"z{index}"
    return names


def _is_sum(node: Value) -> bool:
    """Whether a node is the weighted sum of a neuron."""
    weights = node.parents[: len(node.parents) // 2]
    return node.rule is dot and any(not weight.parents for weight in weights)


def _weighed(node: Value) -> tuple[Value, ...]:
    half = len(node.parents) // 2
    return node.parents[half : 2 * half]


def _sums_behind(order: Sequence[Value]) -> dict[Value, frozenset[Value]]:
    """For each node the nearest neurons that it is computed from."""
    behind: dict[Value, frozenset[Value]] = {}
    for node in order:
        found = [
            frozenset([parent]) if _is_sum(parent) else behind[parent] for parent in node.parents
        ]
        behind[node] = frozenset().union(*found)
    return behind


def _neuron(x: Value, column_of: dict[Value, int], behind: dict[Value, frozenset[Value]]) -> Value:
    """The neuron, or the input, that something weighed comes from."""
    if _is_sum(x) or not behind[x]:
        return x
    # Of several, as behind a residual connection, the last stands for all.
    return max(behind[x], key=column_of.__getitem__)


def _outputs(
    order: Sequence[Value],
    sums: Sequence[Value],
    behind: dict[Value, frozenset[Value]],
    weighed: dict[Value, None],
) -> dict[Value, Value]:
    """For each neuron its output: what others weigh, or else its activation."""
    outputs = {node: node for node in sums}
    for node in order:
        if node in weighed and len(behind[node]) == 1:
            outputs.update(dict.fromkeys(behind[node], node))
        elif len(behind[node]) == 1 and node is not order[-1]:
            # Before the loss comes what has a label or, failing that, a function of the sum alone.
            (neuron,) = behind[node]
            unlabeled = outputs[neuron] is neuron and not neuron.label
            if unlabeled and (node.label or node.parents == (neuron,)):
                outputs[neuron] = node
    return outputs
