"""`page`: the graph of a Value as one HTML file to play with."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from autograd.draw.live.content import names_of, nodes_of, numbers_of
from autograd.draw.live.document import document, frame
from autograd.draw.live.network import names_in, network_of
from autograd.draw.live.views import views_of
from autograd.draw.rendering import replace_file
from autograd.draw.text import visible
from autograd.errors import GraphTooLargeError, RecordingError
from autograd.explanation.notation import CONSTANTS
from autograd.number import number
from autograd.sweep import topological_order
from autograd.value import Value

View = Literal["graph", "network", "curve"]


class Page:
    """A live page; in a notebook it shows itself.

    Attributes:
        html: the whole page.
        path: the file it was written to, or None.
    """

    def __init__(self, html: str, path: Path | None = None) -> None:
        self.html = html
        self.path = path

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file, and return its path.

        Raises:
            OSError: the file cannot be written; one that was there already is left as it was.
        """
        self.path = Path(path)
        replace_file(self.path, self.html.encode())
        return self.path

    def _repr_html_(self) -> str:
        return frame(self.html)

    def __repr__(self) -> str:
        return f"<Page of {len(self.html):,} characters{f' in {self.path}' if self.path else ''}>"


def page(
    value: Value,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    parameters: Iterable[Value] | None = None,
    view: View = "graph",
    learning_rate: float = 0.01,
    note: str = "",
    max_nodes: int = 20_000,
) -> Page:
    """Return the graph that computes a Value as a page to play with, and write it to a file.

    The page is one HTML file that needs nothing else: it opens from disk, without a network. It
    shows the graph with all values, gradients and local derivatives, plays both passes step by step
    with the numbers put into each rule, computes everything anew when a leaf is changed, and
    descends along the gradient. Gradients that the nodes hold are neither used nor changed.

    Args:
        value: the result whose graph is shown.
        path: where to write the page; None only returns it.
        title: of the page; by default the value's label.
        parameters: the leaves that descent moves; by default all that require a gradient.
        view: what the page begins with. ``"graph"`` is every operation. ``"network"`` shows the
            ``dot`` nodes as the neurons of a network, with their weights between them. ``"curve"``
            shows the value over the first of the parameters.
        learning_rate: what the slider of the learning rate begins with.
        note: what to say beside the picture, such as what to try; shown as text.
        max_nodes: the largest number of nodes. Thousand nodes take half a second and half a
            megabyte.

    Raises:
        GraphTooLargeError: the graph has more than ``max_nodes`` nodes.
        TypeError: ``value`` is not a Value.
        ValueError: there is no such view, the graph has none such, something among the parameters
            is no leaf of the graph that requires a gradient, or the learning rate is not positive.
        OSError: the file cannot be written.
        ImportError, RendererNotFoundError, RenderingError: as for ``autograd.draw.svg``.
    """
    made = _page(value, title, parameters, view, learning_rate, note, max_nodes)
    if path is not None:
        made.save(path)
    return made


def _page(
    value: Value,
    title: str | None,
    parameters: Iterable[Value] | None,
    view: View,
    learning_rate: float,
    note: str,
    max_nodes: int = 20_000,
    names: Mapping[Value, str] | None = None,
) -> Page:
    """The page of a Value; ``names`` are for nodes without a label."""
    if not isinstance(value, Value):
        raise TypeError(f"the page is of one Value, not the {type(value).__name__} {value!r:.60}")
    if view not in ("graph", "network", "curve"):
        raise ValueError(f'view is "graph", "network" or "curve", not {view!r}')
    if not 0.0 < learning_rate < math.inf:
        raise ValueError(f"a learning rate is a positive number, not {learning_rate!r}")
    order = topological_order(value)
    descending = _parameters(order, parameters)
    if view == "curve" and not descending:
        raise ValueError("a curve is drawn over a leaf that requires a gradient, and there is none")
    network = network_of(order) if view == "network" else None
    if len(order) > max_nodes:
        raise GraphTooLargeError(
            f"the graph has {len(order):,} nodes, and a page takes at most {max_nodes:,}: make a "
            "page of an inner node or of a smaller model, or raise max_nodes"
        )
    if network is not None:
        names = {order[number]: name for number, name in names_in(network).items()}
    title = title or " ".join(visible(value.label).split()) or "Computation graph"
    program, refusal = _program(value)
    called = names_of(order, names or {})
    nodes = nodes_of(order, called, set(descending), program is not None)
    content = {
        "title": title,
        "note": " ".join(note.split()),
        "rate": float(learning_rate),
        "nodes": nodes,
        "leaves": [n for n, node in enumerate(order) if not node.parents],
        **numbers_of(order, value),
        "views": views_of(order, called, [node.get("op", "") for node in nodes]),
        "network": network,
        "along": order.index(descending[0]) if view == "curve" else None,
        "refusal": refusal,
        "constants": list(CONSTANTS.items()),
    }
    return Page(document(title, content, program))


def curve(
    f: Callable[[Value], Value],
    x: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    learning_rate: float = 0.01,
    note: str = "",
) -> Page:
    """Return a page with the curve of a function of one number and a ball that rolls down on it.

    It is the page of ``f(x)`` (see `page`) that begins with the value over ``x``, its tangent, and
    the lowest point in sight.

    Args:
        f: computes a Value from a Value.
        x: where the ball starts: a number, or a leaf Value, whose label names the axis.
        path: where to write the page; None only returns it.
        title: of the page.
        learning_rate: what the slider of the learning rate begins with.
        note: what to say beside the picture.

    Raises:
        TypeError: ``x`` is not one real number, or ``f`` does not return a Value.
        ValueError: ``x`` was computed, ``f(x)`` does not depend on it, or the learning rate is not
            positive.
        OSError, ImportError, RendererNotFoundError, RenderingError: as for `page`.
    """
    leaf = x if isinstance(x, Value) else Value(number(x), "x")
    if leaf.parents:
        raise ValueError(f"x is a number or a leaf, and {leaf!r} was computed: detach() it")
    y = f(leaf)
    if not isinstance(y, Value):
        raise TypeError(f"f should return a Value, not the {type(y).__name__} {y!r:.60}")
    if leaf not in set(topological_order(y)):
        raise ValueError("f(x) does not depend on x")
    function = getattr(f, "__name__", "f").replace("<lambda>", "f")
    called = {leaf: "x", y: f"{function}({leaf.label or 'x'})"}
    title = title or y.label or called[y]
    made = _page(y, title, [leaf], "curve", learning_rate, note, names=called)
    if path is not None:
        made.save(path)
    return made


def _parameters(order: list[Value], chosen: Iterable[Value] | None) -> list[Value]:
    leaves = [node for node in order if not node.parents and node.requires_grad]
    if chosen is None:
        return leaves
    chosen = list(chosen)
    known = set(leaves)
    for leaf in chosen:
        if not isinstance(leaf, Value) or leaf not in known:
            raise ValueError(f"{leaf!r:.80} is no leaf of this graph that requires a gradient")
    return chosen


def _program(value: Value) -> tuple[str | None, str]:
    """JavaScript that computes the graph, or None and the reason why there is none."""
    from autograd.compiler.source import source_of_graph

    try:
        return source_of_graph("javascript", value, partials=True), ""
    except RecordingError as error:
        return None, str(error)
