"""The groups into which the nodes of a large graph are put."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from autograd.draw.layers import layers_by_label
from autograd.draw.text import shorten, visible
from autograd.value import Value

MOST_IN_ONE_VIEW = 300
"""Graphs of more nodes are grouped."""

_RUN = 120  # nodes that have no name in common are grouped as they come
_MOST_RUNS = 150  # then the runs grow
_UNIT = re.compile(r"\D*(\d+)")

#: What a node is in: a layer, a unit of that; empty for what is in no group.
Group = tuple[str, ...]


def groups_of(order: Sequence[Value]) -> list[Group]:
    """For each node the groups it is in, the largest first."""
    if len(order) <= MOST_IN_ONE_VIEW:
        return [()] * len(order)
    layers = layers_by_label(order)
    groups: list[Group] = [
        (shorten(visible(layers[node])),) if node in layers else () for node in order
    ]
    for group in dict.fromkeys(groups):
        members = [number for number, other in enumerate(groups) if other == group]
        if len(members) > MOST_IN_ONE_VIEW or (not group and len(members) > MOST_IN_ONE_VIEW // 5):
            for number, part in zip(members, _parts(order, members, group)):
                groups[number] = (*group, part)
    return groups


def _parts(order: Sequence[Value], members: Sequence[int], group: Group) -> list[str]:
    """Divide a group: by the first number in its nodes' labels, else as they come."""
    units = _units(order, members, group)
    if units is not None:
        return units
    run_length = max(_RUN, math.ceil(len(members) / _MOST_RUNS))
    runs = [position // run_length for position in range(len(members))]
    return [f"part {run + 1} of {runs[-1] + 1}" for run in runs]


def _units(order: Sequence[Value], members: Sequence[int], group: Group) -> list[str] | None:
    found: dict[Value, str] = {}
    for number in members:
        node = order[number]
        label = node.label.removeprefix(group[0]) if group else ""
        if match := _UNIT.match(label):
            found[node] = f"unit {match[1]}"
            continue
        of_leaves = {found.get(parent) for parent in node.parents if not parent.parents} - {None}
        of_all = {found.get(parent) for parent in node.parents}
        choice = of_leaves if len(of_leaves) == 1 else of_all if len(of_all) == 1 else {None}
        unit = choice.pop()
        if unit is None:
            return None
        found[node] = unit
    return [found[order[number]] for number in members]
