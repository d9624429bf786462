from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd import Value, primitive
from autograd.draw.text import shorten, visible
from tests.draw.svg_reading import Drawing

Draw = Callable[..., Drawing]

HOSTILE = [
    "<b>",
    "<b>bold</b>",
    "<",
    "<TABLE><TR><TD>x</TD></TR></TABLE>",
    r"\n",
    r"\l",
    r"\N and \G and \E",
    "\\",
    r"\\",
    "ends with \\",
    r"\{",
    r"\x00",
    "a|b",
    "{}",
    "{a|{b|c}}",
    "<port> text",
    '"quoted"',
    '\\"',
    "'",
    "&amp;",
    "&",
    "&lt;b&gt;",
    "&#65; &#x41; &nbsp;",
    "&amp;amp;",
    "%",
    "%s %3 %%",
    "$x_1$ `y` ^2",
    "//comment",
    "/* comment */",
    "# comment",
    "a -> b; c -- d",
    "]]>",
    "<!-- -->",
    "<?xml?>",
    "<script>alert(1)</script>",
    "node",
    "digraph {",
    "ŷ = σ(w·x + b)",
    "日本語",
    "שלום",
    "🙂👩‍🔬",
    "two  spaces,   three",
    "  before and after  ",
    " ",
    "3.14",
    "value0",
    "None",
]


def test_labels_are_shown_and_never_interpreted(drawing: Draw) -> None:
    picture = drawing([Value(2.0, label) for label in HOSTILE])
    assert set(picture.boxes) == {(label, "data 2", "grad 0") for label in HOSTILE}


def test_labels_beside_an_operation_are_shown_and_never_interpreted(drawing: Draw) -> None:
    results = [Value(2.0).tanh() for _ in HOSTILE]
    for result, label in zip(results, HOSTILE):
        result.label = label
    picture = drawing(results, operations=False, show=["label"])
    assert {texts for texts in picture.boxes if texts[0] == "tanh"} == {
        ("tanh", label) for label in HOSTILE
    }
    assert len(picture.edges) == len(HOSTILE)


def test_titles_of_frames_are_shown_and_never_interpreted(drawing: Draw) -> None:
    picture = drawing([Value(2.0, label) for label in HOSTILE], group=lambda node: node.label)
    assert [frame.texts for frame in picture.frames] == [[label] for label in HOSTILE]
    assert all(frame.tooltip is not None for frame in picture.frames)


def test_tooltips_are_shown_and_never_interpreted(drawing: Draw) -> None:
    picture = drawing([Value(2.0, label) for label in HOSTILE])
    # XML readers turn the spaces at either end into nothing; Graphviz is given non-breaking ones.
    tooltips = {(part.tooltip or "").replace("\u00a0", " ") for part in picture.boxes.values()}
    assert tooltips == {f"{label}\ndata = 2.0\ngrad = 0.0" for label in HOSTILE}


@pytest.mark.parametrize("name", ["<b>", "a|b", "\\N", "\\\\", "&amp;", "x" * 60])
def test_names_of_operations_are_shown_and_never_interpreted(drawing: Draw, name: str) -> None:
    double = primitive(partials=lambda y, x: 2.0, name=name)(lambda x: 2.0 * x)
    shown = name if len(name) <= 48 else name[:47] + "…"
    assert drawing(double(Value(1.0))).operations == [shown]
    picture = drawing(double(Value(1.0)), operations=False)
    assert set(picture.boxes) == {("data 1", "grad 0"), (shown, "data 2", "grad 0")}


characters = st.characters(exclude_categories=["Cc", "Cf", "Cs", "Cn", "Zl", "Zp"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.text(characters | st.sampled_from("\\{}|<>&;\"' nlN"), min_size=1, max_size=40)))
def test_any_visible_text_is_shown(drawing: Draw, labels: list[str]) -> None:
    labels = ["x", *labels]
    picture = drawing([Value(1.0, label) for label in labels], show=["label"])
    shown = [part.texts for part in picture.nodes.values()]
    assert sorted(shown) == sorted([label.replace("\u00a0", " ")] for label in labels)


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("one\ntwo", ["one", "two"]),
        ("one\r\ntwo", ["one", "two"]),
        ("one\\\ntwo", ["one\\", "two"]),
        ("a\tb", ["a\\tb"]),
        ("a\x00b", ["a\\x00b"]),
        ("\x1b[31mred", ["\\x1b[31mred"]),
        ("a\rb", ["a\\rb"]),
        ("soft\u00adhyphen", ["soft\\xadhyphen"]),
        ("right \u202eto left", ["right \\u202eto left"]),
        ("\u2028", ["\\u2028"]),
        ("half \ud83d", ["half \\ud83d"]),
        ("not \uffff one", ["not \\uffff one"]),
        ("\U0001fffe", ["\\U0001fffe"]),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(drawing: Draw, label: str, lines: list[str]) -> None:
    assert set(drawing(Value(1.0, label), show=["label"]).boxes) == {tuple(lines)}


def test_joiners_inside_words_stay() -> None:
    text = "👩\u200d🔬 می\u200cخواهم"
    assert visible(text) == text


def test_long_labels_are_cut_and_the_tooltip_has_more(drawing: Draw) -> None:
    label = "weight " * 10_000
    (box,) = drawing(Value(1.0, label)).boxes.values()
    assert box.texts == [label[:47] + "…", "data 1", "grad 0"]
    assert box.tooltip == f"{label[:999]}…\ndata = 1.0\ngrad = 0.0"


@pytest.mark.parametrize("character", ["&", "|", "\\", "\x00", "\U000e0001", "語"])
def test_long_labels_of_characters_with_long_escapes(drawing: Draw, character: str) -> None:
    (box,) = drawing(Value(1.0, character * 5000)).boxes.values()
    assert len(box.texts[0]) >= 48


def test_labels_of_many_lines_are_cut() -> None:
    assert shorten("1\n2\n3\n4\n5\n6") == "1\n2\n3\n4\n5\n6"
    assert shorten("1\n2\n3\n4\n5\n6\n7") == "1\n2\n3\n4\n5\n…"
    assert shorten("x" * 48) == "x" * 48
    assert shorten("x" * 49) == "x" * 47 + "…"
