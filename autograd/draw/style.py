"""How a picture looks: the attributes of its parts."""

from __future__ import annotations

# What is measured here may be shown elsewhere, so the font has to be one whose widths are known.
# Verdana is where Windows and macOS are, DejaVu Sans has its widths on Linux, and what else may
# come instead is narrower: text stays inside its box.
FONT = "Verdana"
FONT_STACK = "Verdana,DejaVu Sans,Geneva,sans-serif"

_INK = "#1b2733"
_DARK = "#33475b"
_LINE = "#707c89"  # seen on white and on black alike, because the page shows through the picture

FILL = {"parameter": "#fff1cf", "constant": "#ececec", "result": "#e8f0f8", "output": "#d5ecd9"}

GRAPH = {"rankdir": "LR", "bgcolor": "transparent", "nodesep": "0.14", "ranksep": "0.34"}
EDGE = {"color": _LINE, "fontcolor": _LINE, "fontname": FONT, "fontsize": "8", "arrowsize": "0.55"}
VALUE = {
    "shape": "record",
    "style": "rounded,filled",
    "color": _LINE,
    "fontname": FONT,
    "fontsize": "10",
    "fontcolor": _INK,
    "width": "1.25",  # boxes above each other are equally wide, if their text allows
    "height": "0.2",
    "margin": "0.1,0.05",
}
CONSTANT = {"style": "rounded,filled,dashed", "fillcolor": FILL["constant"], "width": "0"}
OPERATION = {
    "shape": "ellipse",
    "style": "filled",
    "color": _DARK,
    "fillcolor": _DARK,
    "fontcolor": "white",
    "width": "0.3",
    "height": "0.3",
    "margin": "0.04,0.02",
}
CUT = {
    "shape": "box",
    "style": "rounded,filled,dashed",
    "fillcolor": "white",
    "fontsize": "9",
    "width": "0",
}
FRAME = {
    "style": "rounded,filled",
    "color": "#bcc7d3",
    "fillcolor": "#f5f7fa",
    "fontname": FONT,
    "fontsize": "11",
    "fontcolor": _INK,
    "labeljust": "l",
    "margin": "10",
}
LEGEND = {"shape": "box", "style": "filled", "width": "0.8", "height": "0.22"}
