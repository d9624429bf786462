"""What is drawn together: a whole graph, or groups of its nodes, and each group when it is opened.

A node is in a group, which may be in another: in layer ``layers.0``, unit 3, say. A view shows the
inside of one group. What is outside and next to it is drawn as the groups it is in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from autograd.draw.live.absorbed import absorbed, operation
from autograd.draw.live.groups import Group, groups_of
from autograd.draw.live.layout import lay_out
from autograd.value import Value

_CHARACTER = 7.3  # width of one, on average, in pixels
_LONGEST_NAME = 20

#: A node's number, or a group.
_Place = int | Group


class _Graph(NamedTuple):
    """A graph of numbered nodes.

    Attributes:
        operands: of each node.
        users: of each node those that it is an operand of.
        groups: what each is in.
        hidden: nodes that are not drawn.
        names: what each is called.
        signs: what each is the result of.
    """

    operands: list[list[int]]
    users: list[list[int]]
    groups: list[Group]
    hidden: Collection[int]
    names: Sequence[str]
    signs: Sequence[str]


class _Edge(NamedTuple):
    """One or more uses as an operand that are drawn as one: user and position of the first."""

    tail: _Place
    head: _Place
    use: tuple[int, int]
    uses: int


def views_of(order: Sequence[Value], names: Sequence[str], signs: Sequence[str]) -> list[Any]:
    """Return all views of a graph, laid out; the first is the one to begin with.

    Args:
        order: the nodes, operands before results.
        names: what each is called.
        signs: what each is the result of; empty for leaves.
    """
    graph = _graph(order, names, signs)
    views: list[dict[str, Any]] = []
    pending: list[Group] = [()]
    while pending:
        inside = pending.pop(0)
        view = _view(graph, inside)
        views.append(view)
        pending += [
            item["path"] for item in view["items"] if "path" in item and not item["outside"]
        ]
    position = {view["path"]: number for number, view in enumerate(views)}
    for view in views:
        for item in view["items"]:
            if "path" in item:
                item["view"] = position[item.pop("path")]
    return views


def _graph(order: Sequence[Value], names: Sequence[str], signs: Sequence[str]) -> _Graph:
    numbers = {node: number for number, node in enumerate(order)}
    operands = [[numbers[parent] for parent in node.parents] for node in order]
    users: list[list[int]] = [[] for _ in order]
    for user, several in enumerate(operands):
        for operand in several:
            users[operand].append(user)
    shown = [operation(node, sign) for node, sign in zip(order, signs, strict=True)]
    hidden = {numbers[node] for node in absorbed(order)}
    return _Graph(operands, users, groups_of(order), hidden, names, shown)


def _view(graph: _Graph, inside: Group) -> dict[str, Any]:
    members = [
        number
        for number, group in enumerate(graph.groups)
        if group[: len(inside)] == inside and number not in graph.hidden
    ]
    edges = _edges(graph, inside, members)
    items: dict[_Place, dict[str, Any]] = {}
    for number in members:
        place = _place(graph, number, inside)
        if place not in items:
            items[place] = _item(graph, place, inside) | {"outside": False}
        if isinstance(place, tuple):
            items[place]["members"].append(number)
    for edge in edges:
        for place in (edge.tail, edge.head):
            if place not in items:
                items[place] = _item(graph, place, inside) | {"outside": True}
    position = {place: number for number, place in enumerate(items)}
    sizes = [(item["width"], item["height"]) for item in items.values()]
    layout = lay_out(sizes, [(position[edge.tail], position[edge.head]) for edge in edges])
    for item, (x, y) in zip(items.values(), layout.centers, strict=True):
        item["x"], item["y"] = x, y
    return {
        "path": inside,
        "width": layout.width,
        "height": layout.height,
        "items": list(items.values()),
        "edges": [
            {
                "from": position[edge.tail],
                "to": position[edge.head],
                "of": edge.use,
                "count": edge.uses,
                "curve": curve,
            }
            for edge, curve in zip(edges, layout.curves, strict=True)
        ],
    }


def _edges(graph: _Graph, inside: Group, members: list[int]) -> list[_Edge]:
    """The edges in a group and at its border; those between the same groups are one."""
    drawn = set(members)
    users = drawn.union(*[graph.users[member] for member in members])
    uses: dict[tuple[_Place, _Place], list[tuple[int, int]]] = {}
    for user in sorted(users):
        head = _place(graph, user, inside)
        for slot, operand in enumerate(graph.operands[user]):
            if operand in graph.hidden or not (user in drawn or operand in drawn):
                continue
            tail = _place(graph, operand, inside)
            if tail != head:
                uses.setdefault((tail, head), []).append((user, slot))
    edges = []
    for (tail, head), several in uses.items():
        if isinstance(tail, int) and isinstance(head, int):
            edges += [_Edge(tail, head, use, 1) for use in several]
        else:
            edges.append(_Edge(tail, head, several[0], len(several)))
    return edges


def _place(graph: _Graph, number: int, inside: Group) -> _Place:
    """What a node is drawn as inside a group: itself, or the group that it is in."""
    group = graph.groups[number]
    common = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(group, inside))))
    return number if len(group) == common else group[: common + 1]


def _item(graph: _Graph, place: _Place, inside: Group) -> dict[str, Any]:
    if isinstance(place, tuple):
        title = place[-1] if place[:-1] == inside else " ".join(place)
        width = max(120.0, 40 + min(len(title), 2 * _LONGEST_NAME) * _CHARACTER)
        return {"path": place, "title": title, "members": [], "width": width, "height": 62.0}
    name = graph.names[place].removeprefix(f"{inside[0]}." if inside else "")
    if not name:
        return {"node": place, "width": 58.0, "height": 30.0}
    sign = graph.signs[place]
    characters = min(len(name), _LONGEST_NAME) + min(len(sign), _LONGEST_NAME) + 3
    width = max(104.0, 26 + characters * _CHARACTER)
    return {"node": place, "name": name, "op": sign, "width": width, "height": 62.0}
