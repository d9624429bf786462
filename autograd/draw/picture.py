"""What a picture is made of: boxes, ellipses, edges, frames, a legend."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograd.draw import style
from autograd.draw.extent import is_plain_number
from autograd.draw.gradient_scale import GradientScale
from autograd.draw.text import escape, escape_tooltip, shorten
from autograd.value import Value

if TYPE_CHECKING:
    import graphviz

_SIGNS = {"*": "×", "/": "÷", "-": "−", "neg": "−"}
_SYMMETRIC = {"+", "*", "sum", "mean", "prod", "norm", "logsumexp", "variance"}
_SYMMETRIC |= {"maximum", "minimum", "hypot"}

_MOST_NUMBERED = 4  # more numbers around one ellipse would cover each other
_SUBSCRIPTS = str.maketrans("1234", "₁₂₃₄")

_FAN = 8  # for every so many operands, an operation stands one rank further off: no steep edges
_MOST_RANKS = 5
_MOST_STRETCHED = 150  # in large graphs, longer edges make the layout a hundred times slower
_MOST_REFINED = 500  # without a limit to its iterations, the layout can take minutes from here on


@dataclass(frozen=True)
class Picture:
    """The picture of a graph.

    Attributes:
        nodes: What is drawn, operands before results, each with its number.
        outputs: Those of the nodes that the picture is of.
        frames: The title of the frame around a node, for every node in one.
        show: What is written into boxes and on edges.
        operations: Whether operations have ellipses of their own.
        constants: Whether plain numbers are drawn; if not, they are not missed either.
        scale: The colors of gradients, or None to color by role.
        precision: Significant digits of numbers.
    """

    nodes: Mapping[Value, int]
    outputs: Collection[Value]
    frames: Mapping[Value, str]
    show: Collection[str]
    operations: bool
    constants: bool
    scale: GradientScale | None
    precision: int

    def digraph(self) -> graphviz.Digraph:
        """Return the picture in the DOT language."""
        layout = dict(style.GRAPH)
        if self.frames or self.scale:
            layout["newrank"] = "true"  # the older way of ranking breaks down over some frames
        if len(self.nodes) > _MOST_REFINED:
            layout["nslimit"] = "1"
        digraph = import_graphviz().Digraph(
            "computation", graph_attr=layout, node_attr=style.VALUE, edge_attr=style.EDGE
        )
        self._add_nodes(digraph)
        for node in self.nodes:
            self._add_edges(digraph, node)
        if self.scale is not None:
            self._add_legend(digraph, self.scale)
        return digraph

    def _add_nodes(self, digraph: graphviz.Digraph) -> None:
        members: dict[str, list[Value]] = {}
        for member, frame_title in self.frames.items():
            members.setdefault(frame_title, []).append(member)
        drawn_frames: set[str] = set()
        for node in self.nodes:
            title = self.frames.get(node)
            if title is None:
                self._add_node(digraph, node)
            elif title not in drawn_frames:
                name = f"cluster{len(drawn_frames)}"
                drawn_frames.add(title)
                with digraph.subgraph(name=name, graph_attr=style.FRAME) as frame:
                    frame.attr(label=escape(shorten(title)), tooltip=escape_tooltip(title))
                    for member in members[title]:
                        self._add_node(frame, member)

    def _add_node(self, digraph: graphviz.Digraph, node: Value) -> None:
        number = self.nodes[node]
        operands = node.parents
        look = self._look(node)
        order = {"ordering": "in"} if _is_ordered(node.op, len(operands)) else {}
        if node.op and self.operations:
            tooltip = escape_tooltip(node.op)
            digraph.node(f"op{number}", _sign(node), tooltip=tooltip, **style.OPERATION, **order)
        else:
            look |= order
        digraph.node(f"value{number}", self._record(node), tooltip=_tooltip(node), **look)
        if missing := self._missing(operands):
            tooltip = f"{missing} of {len(operands)} operands, and what they depend on"
            digraph.node(f"cut{number}", f"… {missing} more", tooltip=tooltip, **style.CUT)

    def _add_edges(self, digraph: graphviz.Digraph, node: Value) -> None:
        number = self.nodes[node]
        operands, partials = node.parents, node.partials
        target = f"value{number}"
        if node.op and self.operations:
            target = f"op{number}"
            digraph.edge(target, f"value{number}")
        ordered = _is_ordered(node.op, len(operands))
        for position, operand in enumerate(operands):
            if operand not in self.nodes:
                continue
            look = {}
            if (ranks := self._ranks(operand, node, len(operands))) > 1:
                look["minlen"] = str(ranks)
            index = str(position + 1) if ordered else ""
            if "partials" in self.show:
                if operand.requires_grad:
                    partial = self._number(partials[position])
                    look["label"] = f"∂{index.translate(_SUBSCRIPTS)} {partial}"
            elif ordered:
                # The first comes in on top, its number above the edge, the last at the bottom.
                angle = round(60 * position / (len(operands) - 1)) - 30
                look |= {"headlabel": index, "labeldistance": "1.5", "labelangle": str(angle)}
            digraph.edge(f"value{self.nodes[operand]}", target, **look)
        if self._missing(operands):
            digraph.edge(f"cut{number}", target, style="dashed")

    def _add_legend(self, digraph: graphviz.Digraph, scale: GradientScale) -> None:
        with digraph.subgraph(name="cluster_legend", graph_attr=style.FRAME) as frame:
            frame.attr(label="gradient", tooltip="gradient", rank="same")
            for position, gradient in enumerate(scale.legend()):
                text = self._number(gradient)
                fill = scale.color(gradient)
                frame.node(f"legend{position}", text, fillcolor=fill, tooltip=text, **style.LEGEND)
                if position:
                    # In a picture from left to right, edges within a rank point upwards.
                    frame.edge(f"legend{position}", f"legend{position - 1}", style="invis")

    def _record(self, node: Value) -> str:
        if is_plain_number(node):
            return self._number(node.data)
        fields = []
        if node.op and not self.operations:
            fields.append(_sign(node))
        if node.label and "label" in self.show:
            frame = self.frames.get(node)
            label = node.label if frame is None else node.label.removeprefix(f"{frame}.")
            fields.append(escape(shorten(label)))
        numbers = ""
        if "data" in self.show:
            numbers += f"data {self._number(node.data)}\\l"
        if "grad" in self.show and node.requires_grad:
            numbers += f"grad {self._number(node.grad)}\\l"
        if numbers:
            fields.append(numbers)
        return "{" + "|".join(fields) + "}"

    def _look(self, node: Value) -> dict[str, str]:
        look = {"penwidth": "2"} if node in self.outputs else {}
        if not node.requires_grad:
            return look | style.CONSTANT
        if self.scale is not None:
            return look | {"fillcolor": self.scale.color(node.grad)}
        if node in self.outputs:
            return look | {"fillcolor": style.FILL["output"]}
        return {"fillcolor": style.FILL["result" if node.op else "parameter"]}

    def _missing(self, operands: Collection[Value]) -> int:
        """Return how many operands are beyond the edge of the picture."""
        return sum(
            operand not in self.nodes and (self.constants or not is_plain_number(operand))
            for operand in operands
        )

    def _ranks(self, operand: Value, node: Value, fan_in: int) -> int:
        """Return how many ranks the edge spans at least, where there is room for beauty."""
        if len(self.nodes) > _MOST_STRETCHED:
            return 1
        crosses = self.frames.get(operand) != self.frames.get(node)
        return max(min(1 + fan_in // _FAN, _MOST_RANKS), 2 if crosses else 1)

    def _number(self, x: float) -> str:
        return f"{x + 0.0:.{self.precision}g}"  # + 0.0 makes -0.0 a plain 0


def _is_ordered(op: str, fan_in: int) -> bool:
    """Return whether the picture has to tell the first operand from the second."""
    return 1 < fan_in <= _MOST_NUMBERED and op not in _SYMMETRIC


def _sign(node: Value) -> str:
    return escape(shorten(_SIGNS.get(node.op, node.op)))


def _tooltip(node: Value) -> str:
    lines = [node.label, f"op = {node.op}" if node.op else "", f"data = {node.data!r}"]
    if node.requires_grad:
        lines.append(f"grad = {node.grad!r}")
    return "\\n".join(escape_tooltip(line) for line in lines if line)


def import_graphviz() -> Any:
    """Return the Python package ``graphviz``.

    Raises:
        ImportError: It is not installed; the message says how to get it.
    """
    try:
        import graphviz
    except ImportError as error:
        raise ImportError(
            'drawing needs the Python package graphviz: pip install "scalar-autodiff[draw]"'
        ) from error
    return graphviz
