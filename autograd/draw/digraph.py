"""`dot`: from a Value and the reader's wishes to a `graphviz.Digraph`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from autograd.draw.extent import drawn
from autograd.draw.gradient_scale import GradientScale
from autograd.draw.layers import layers_by_label
from autograd.draw.picture import Picture
from autograd.structure import flatten
from autograd.value import Value

if TYPE_CHECKING:
    import graphviz

FIELDS = ("label", "data", "grad", "partials")
COLORS = ("role", "grad")
Group = Literal["label"] | Callable[[Value], str | None] | None


class Options(TypedDict, total=False):
    """The options of `dot`, for the functions that hand them on."""

    show: Collection[str]
    operations: bool
    constants: bool
    depth: int | None
    group: Group
    color: Literal["role", "grad"]
    precision: int
    max_nodes: int


def dot(
    outputs: Any,
    *,
    show: Collection[str] = ("label", "data", "grad"),
    operations: bool = True,
    constants: bool = True,
    depth: int | None = None,
    group: Group = None,
    color: Literal["role", "grad"] = "role",
    precision: int = 4,
    max_nodes: int = 2000,
) -> graphviz.Digraph:
    """Return the picture of the graph that computes the outputs, from left to right.

    Every Value is a box with its label, data and gradient; every operation is a dark ellipse
    between its operands and its result. Where the order of the operands matters, they come in from
    top to bottom and their edges are numbered. Parameters are yellow, results blue, outputs green;
    what needs no gradient is gray and dashed, and a plain number in a formula stands alone in its
    box. In SVG, tooltips have labels and numbers in full. The same graph always gives the same
    source.

    Args:
        outputs: One Value, or several whose graphs are drawn together: a list, tuple, dict or
            array.
        show: Any of ``"label"``, ``"data"``, ``"grad"``, and ``"partials"``, which writes on each
            edge into an operation the derivative of the result with respect to that operand.
        operations: False puts each operation into the box of its result, for a smaller picture.
        constants: False leaves out plain numbers, such as the 2 in ``2 * v``.
        depth: How many operations to go back from the outputs; None goes all the way. Where the
            graph goes on, a dashed box says how many operands are not drawn.
        group: Frames around layers. ``"label"`` finds them in the labels of the parameters
            (``layers.0.weight[1, 0]`` is in ``layers.0``), and results join their parameters'
            layer. A function gets each Value and returns the title of its frame, or None for no
            frame.
        color: ``"role"`` is described above. ``"grad"`` shows gradients on a logarithmic scale,
            blue where negative and orange where positive, and adds a legend.
        precision: Significant digits of the numbers.
        max_nodes: The largest number of Values to draw.

    Raises:
        GraphTooLargeError: More than `max_nodes` Values are to be drawn.
        ImportError: The Python package ``graphviz`` is not installed.
        TypeError: Something among the outputs is not a Value, or an option is of the wrong type.
        ValueError: There are no outputs, or an option has a value that it cannot have.
    """
    roots = _roots(outputs)
    _check_choices("show", show, FIELDS)
    _check_choices("color", [color], COLORS)
    if depth is not None:
        depth = _integer("depth", depth, 0)
    nodes = drawn(roots, depth, _integer("max_nodes", max_nodes, 1), constants)
    gradients = (node.grad for node in nodes if node.requires_grad)
    return Picture(
        nodes={node: number for number, node in enumerate(nodes)},
        outputs=frozenset(roots),
        frames=_frames(nodes, group),
        show=frozenset(show),
        operations=operations,
        constants=constants,
        scale=GradientScale(gradients) if color == "grad" else None,
        precision=_integer("precision", precision, 1),
    ).digraph()


def _roots(outputs: Any) -> list[Value]:
    roots, _ = flatten(outputs)
    for root in roots:
        if not isinstance(root, Value):
            kind = type(root).__name__
            raise TypeError(f"a Value or several are drawn, not the {kind} {root!r:.60}")
    if not roots:
        raise ValueError(f"a Value or several are drawn, and there is none in {outputs!r:.60}")
    return roots


def _frames(nodes: list[Value], group: Group) -> dict[Value, str]:
    if group is None:
        return {}
    if group == "label":
        return layers_by_label(nodes)
    if not callable(group):
        raise ValueError(f'group is "label", a function of a Value, or None, not {group!r}')
    titles = {node: group(node) for node in nodes}
    for title in titles.values():
        if not isinstance(title, str | None):
            raise TypeError(f"group gave {title!r}, and a title is a str or None")
    return {node: title for node, title in titles.items() if title is not None}


def _check_choices(option: str, chosen: Collection[str], choices: tuple[str, ...]) -> None:
    known = ", ".join(f'"{choice}"' for choice in choices)
    if isinstance(chosen, str):
        raise TypeError(f"{option} is a collection of {known}, not the str {chosen!r}")
    for choice in chosen:
        if choice not in choices:
            raise ValueError(f"{option} knows {known}, not {choice!r}")


def _integer(option: str, number: int, least: int) -> int:
    try:
        integer = operator.index(number)
    except TypeError:
        raise TypeError(f"{option} is an int, not {number!r}") from None
    if integer < least:
        raise ValueError(f"{option} is at least {least}, not {integer}")
    return integer
