"""What a person sees in an SVG file that Graphviz wrote."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"


@dataclass
class Part:
    """A box, an ellipse, an edge or a frame.

    Attributes:
        texts: Its lines of text, from the top down.
        tooltip: What is shown when the pointer rests on it.
        fill, stroke: Colors of its first shape.
        dashed: Whether its outline is.
        box: Left, top, right, bottom.
    """

    texts: list[str]
    tooltip: str | None
    fill: str | None
    dashed: bool
    width: float
    box: tuple[float, float, float, float]

    @property
    def center(self) -> tuple[float, float]:
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2

    def holds(self, other: Part) -> bool:
        x, y = other.center
        return self.box[0] < x < self.box[2] and self.box[1] < y < self.box[3]


class Drawing:
    def __init__(self, source: str) -> None:
        root = ET.fromstring(source.encode())
        self.nodes: dict[str, Part] = {}
        self.edges: list[tuple[str, str, Part]] = []
        self.frames: list[Part] = []
        for group in root.iter(f"{SVG}g"):
            title = group.findtext(f"{SVG}title") or ""
            kind = group.get("class")
            if kind == "node":
                self.nodes[title] = _part(group)
            elif kind == "edge":
                tail, head = title.split("->")
                self.edges.append((tail, head, _part(group)))
            elif kind == "cluster":
                self.frames.append(_part(group))

    @property
    def boxes(self) -> dict[tuple[str, ...], Part]:
        """The boxes of Values by their texts."""
        return {tuple(part.texts): part for name, part in self.nodes.items() if name[:5] == "value"}

    @property
    def operations(self) -> list[str]:
        return [" ".join(part.texts) for name, part in self.nodes.items() if name[:2] == "op"]

    @property
    def cuts(self) -> list[str]:
        return [" ".join(part.texts) for name, part in self.nodes.items() if name[:3] == "cut"]

    def arrows(self) -> list[tuple[str, str]]:
        """The edges by the first line of text at either end, sorted."""
        first = {name: part.texts[0] for name, part in self.nodes.items()}
        return sorted((first[tail], first[head]) for tail, head, _ in self.edges)

    def frame(self, title: str) -> Part:
        (frame,) = (frame for frame in self.frames if frame.texts[0] == title)
        return frame


def _part(group: ET.Element) -> Part:
    shapes = [e for e in group.iter() if e.tag in {f"{SVG}{s}" for s in SHAPES}]
    link = group.find(f".//{SVG}a")
    first = shapes[0] if shapes else None
    points = [point for shape in shapes for point in _points(shape)]
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    return Part(
        texts=[(e.text or "").replace("\u00a0", " ") for e in group.iter(f"{SVG}text")],
        tooltip=None if link is None else link.get(f"{XLINK}title"),
        fill=None if first is None else first.get("fill"),
        dashed=first is not None and first.get("stroke-dasharray") is not None,
        width=1.0 if first is None else float(first.get("stroke-width", "1")),
        box=(min(xs), min(ys), max(xs), max(ys)),
    )


SHAPES = ("polygon", "path", "ellipse", "polyline")


def _points(shape: ET.Element) -> list[tuple[float, float]]:
    if shape.tag == f"{SVG}ellipse":
        cx, cy, rx, ry = (float(shape.get(name, "0")) for name in ("cx", "cy", "rx", "ry"))
        return [(cx - rx, cy - ry), (cx + rx, cy + ry)]
    numbers = re.findall(r"-?\d+(?:\.\d+)?", shape.get("points") or shape.get("d") or "")
    return list(zip(map(float, numbers[::2]), map(float, numbers[1::2]), strict=True))
