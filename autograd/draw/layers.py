"""Which layer of a network each node belongs to, judged by the labels of its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import dropwhile

from autograd.value import Value

_PATH = re.compile(r"\w+(?:\.\w+|\[\d+(?:, ?\d+)*\])*")
_LAYER = re.compile(r"((?:.*?\.)?\d+|.*?\[[^\]]*\])\.[^\W\d]")


def layer_of(label: str) -> str | None:
    """Return the layer that a parameter's label names, or None.

    A label is read as the path of a parameter in a network. The layer is the path up to its first
    number, if a name follows (``layers.0.neurons.1.weight.0`` is in ``layers.0``), and otherwise
    the path without the parameter's own name and indices (``hidden.weight[2, 0]`` is in
    ``hidden``).
    """
    if not _PATH.fullmatch(label):
        return None
    if match := _LAYER.match(label):
        return match.group(1)
    names = list(dropwhile(str.isdigit, reversed(re.sub(r"\[.*?\]", "", label).split("."))))
    return ".".join(reversed(names[1:])) or None


def layers_by_label(nodes: Iterable[Value]) -> dict[Value, str]:
    """Return the layer of every node that has one.

    A node whose label names a layer is in it. A result is in the layer of the parameters it uses;
    one that uses no parameter directly, such as an activation, is in the layer in which all of its
    operands are.

    Args:
        nodes: The nodes of a graph, operands before results.
    """
    layers: dict[Value, str] = {}
    for node in nodes:
        layer = layer_of(node.label) or _layer_of_result(node, layers)
        if layer is not None:
            layers[node] = layer
    return layers


def _layer_of_result(node: Value, layers: dict[Value, str]) -> str | None:
    of_parameters = {layers.get(operand) for operand in node.parents if not operand.parents}
    named = of_parameters - {None}
    if len(named) == 1:
        return named.pop()
    of_operands = {layers.get(operand) for operand in node.parents}
    return of_operands.pop() if len(of_operands) == 1 else None
