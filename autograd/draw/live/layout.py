"""Where Graphviz puts boxes of given sizes, and how it bends the edges between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple
from xml.etree import ElementTree

from autograd.draw.picture import import_graphviz
from autograd.draw.rendering import svg

_SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_POINTS_PER_INCH = 72.0
_MARGIN = 16.0

_MOST_BESIDE = 4
"""More edges than this into one box come together at the middle of its side."""

_MOST_SPREAD = 30
"""Columns stand apart in proportion to the edges that come together, but not for more than this."""

_MOST_REFINED = 200
"""With more boxes than this, the layout is to take its time no longer than it must."""


class Layout(NamedTuple):
    """A layout, in pixels from the top left corner.

    Attributes:
        width, height: of the whole.
        centers: of the boxes.
        curves: for each edge the points of its Bézier curve: a start, then three for each piece.
    """

    width: float
    height: float
    centers: list[tuple[float, float]]
    curves: list[list[float]]


def lay_out(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]]) -> Layout:
    """Lay out a graph from left to right.

    Args:
        sizes: width and height of each box.
        edges: pairs of positions in ``sizes``.

    Raises:
        RendererNotFoundError, RenderingError, ImportError: as for ``autograd.draw.svg``.
    """
    incoming = Counter(head for _, head in edges)
    gap = 0.7 + 0.04 * min(max(incoming.values(), default=0), _MOST_SPREAD)
    digraph = import_graphviz().Digraph(
        "layout",
        graph_attr={"rankdir": "LR", "nodesep": "0.22", "ranksep": f"{gap:.2f}"},
        node_attr={"shape": "box", "label": "", "fixedsize": "true"},
        edge_attr={"arrowhead": "none"},
    )
    if len(sizes) > _MOST_REFINED:
        digraph.attr(nslimit="2", mclimit="0.5")
    for number, (width, height) in enumerate(sizes):
        inches = {"width": width / _POINTS_PER_INCH, "height": height / _POINTS_PER_INCH}
        digraph.node(f"n{number}", id=f"n{number}", **{k: f"{x:.4f}" for k, x in inches.items()})
    for number, (tail, head) in enumerate(edges):
        port = ":w" if incoming[head] > _MOST_BESIDE else ""
        digraph.edge(f"n{tail}", f"n{head}{port}", id=f"e{number}")
    return _read(svg(digraph), len(sizes), len(edges))


def _read(drawing: str, nodes: int, edges: int) -> Layout:
    points: dict[str, list[tuple[float, float]]] = {}
    for group in ElementTree.fromstring(drawing).iter(f"{_SVG}g"):
        if group.get("class") not in ("node", "edge"):
            continue
        for shape in group:
            coordinates = shape.get("points") or shape.get("d")
            if coordinates:
                numbers = [float(x) for x in _NUMBER.findall(coordinates)]
                points[group.attrib["id"]] = list(zip(numbers[::2], numbers[1::2]))
    every = [point for several in points.values() for point in several]
    left, top = (min(point[axis] for point in every) - _MARGIN for axis in (0, 1))
    right, bottom = (max(point[axis] for point in every) + _MARGIN for axis in (0, 1))
    centers = []
    for number in range(nodes):
        xs, ys = zip(*points[f"n{number}"])
        centers.append(
            (_round((min(xs) + max(xs)) / 2 - left), _round((min(ys) + max(ys)) / 2 - top))
        )
    curves = [
        [_round(x) for point in points[f"e{number}"] for x in (point[0] - left, point[1] - top)]
        for number in range(edges)
    ]
    return Layout(_round(right - left), _round(bottom - top), centers, curves)


def _round(x: float) -> float:
    return round(x, 1)
