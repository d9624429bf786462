"""What is drawn together: a whole graph, or groups of its nodes, and each group when it is opened.

A node is in a group, which may be in another: in layer ``layers.0``, unit 3, say. A view shows the
inside of one group. What is outside and next to it is drawn as the groups it is in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import takewhile
from typing import Any

from autograd.draw.layers import layers_by_label
from autograd.draw.live.absorbed import absorbed, operation
from autograd.draw.live.layout import lay_out
from autograd.draw.text import shorten, visible
from autograd.value import Value

MOST_IN_ONE_VIEW = 300
"""Graphs of more nodes are grouped."""

_RUN = 120  # nodes that have no name in common are grouped as they come
_UNIT = re.compile(r"\D*(\d+)")

Group = tuple[str, ...]

_CHARACTER = 7.3  # width of one, on average, in pixels
_LONGEST_NAME = 20


def views_of(order: Sequence[Value], names: Sequence[str], signs: Sequence[str]) -> list[Any]:
    """Return all views of a graph, laid out; the first is the one to begin with.

    Args:
        order: the nodes, operands before results.
        names: what each is called.
        signs: what each is the result of; empty for leaves.
    """
    hidden = absorbed(order)
    signs = [operation(node, sign) for node, sign in zip(order, signs, strict=True)]
    groups = _groups(order)
    numbers = {node: number for number, node in enumerate(order)}
    views: list[dict[str, Any]] = []
    pending: list[Group] = [()]
    while pending:
        inside = pending.pop(0)
        views.append(_view(order, numbers, groups, inside, hidden, names, signs))
        pending += [tuple(path) for path in views[-1].pop("opens")]
    positions = {tuple(view["path"]): position for position, view in enumerate(views)}
    for view in views:
        for item in view["items"]:
            if "path" in item:
                # A group beside the one that is open may lie in none that can be opened.
                item["view"] = positions.get(tuple(item.pop("path")))
    return views


def _view(
    order: Sequence[Value],
    numbers: dict[Value, int],
    groups: Sequence[Group],
    inside: Group,
    hidden: Collection[Value],
    names: Sequence[str],
    signs: Sequence[str],
) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    position_of: dict[int | Group, int] = {}
    edges: dict[tuple[int, int], list[list[int]]] = {}
    opens: list[Group] = []
    members = {n for n, group in enumerate(groups) if group[: len(inside)] == inside}
    loose: list[tuple[int | Group, int | Group, int, int]] = []
    for child, node in enumerate(order):
        for slot, parent in enumerate(map(numbers.__getitem__, node.parents)):
            if order[parent] in hidden or not members & {parent, child}:
                continue
            ends = _place(groups, parent, inside), _place(groups, child, inside)
            if ends[0] != ends[1]:
                loose.append((*ends, child, slot))
    for number in sorted(members):
        if order[number] in hidden:
            continue
        place = _place(groups, number, inside)
        if place not in position_of:
            position_of[place] = len(items)
            items.append(_item(place, inside, names, signs))
            if not isinstance(place, int):
                opens.append(place)
        if not isinstance(place, int):
            items[position_of[place]]["members"].append(number)
    for tail, head, child, slot in loose:
        for place in (tail, head):
            if place not in position_of:
                position_of[place] = len(items)
                items.append(_item(place, inside, names, signs) | {"outside": True})
        edges.setdefault((position_of[tail], position_of[head]), []).append([child, slot])
    # Several edges between nodes stay apart; between groups they are one.
    drawn = [
        (tail, head, several)
        for (tail, head), pairs in edges.items()
        for several in (
            [[pair] for pair in pairs] if {"node"} <= items[tail].keys() & items[head] else [pairs]
        )
    ]
    layout = lay_out(
        [(item["width"], item["height"]) for item in items], [edge[:2] for edge in drawn]
    )
    for item, (x, y) in zip(items, layout.centers, strict=True):
        item["x"], item["y"] = x, y
    return {
        "path": list(inside),
        "width": layout.width,
        "height": layout.height,
        "items": items,
        "edges": [
            {"from": tail, "to": head, "of": pairs[0], "count": len(pairs), "curve": curve}
            for (tail, head, pairs), curve in zip(drawn, layout.curves, strict=True)
        ],
        "opens": opens,
    }


def _place(groups: Sequence[Group], number: int, inside: Group) -> int | Group:
    """What a node is drawn as inside a group: itself, or the group that it is in."""
    group = groups[number]
    common = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(group, inside))))
    return number if len(group) == common else group[: common + 1]


def _item(
    place: int | Group, inside: Group, names: Sequence[str], signs: Sequence[str]
) -> dict[str, Any]:
    if isinstance(place, int):
        name, sign = names[place].removeprefix(f"{inside[0]}." if inside else ""), signs[place]
        if not name:
            return {"node": place, "width": 58.0, "height": 30.0}
        characters = min(len(name), _LONGEST_NAME) + min(len(sign), _LONGEST_NAME) + 3
        width = max(104.0, 26 + characters * _CHARACTER)
        return {"node": place, "name": name, "op": sign, "width": width, "height": 62.0}
    title = " ".join(place[-1:]) if place[:-1] == inside else " ".join(place)
    width = max(120.0, 40 + min(len(title), 2 * _LONGEST_NAME) * _CHARACTER)
    return {"path": list(place), "title": title, "members": [], "width": width, "height": 62.0}


def _groups(order: Sequence[Value]) -> list[Group]:
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
    runs = [position // _RUN for position in range(len(members))]
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
