from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from autograd import Value
from autograd.draw import mimebundle, rendering, svg
from tests.draw.svg_reading import Drawing


def chain(length: int) -> Value:
    node = Value(1.0, "x")
    for _ in range(length - 1):
        node = -node
    return node


def test_a_value_shows_its_graph(renderer: str) -> None:
    y = Value(2.0, "x").tanh()
    bundle: dict[str, Any] = y._repr_mimebundle_()
    assert bundle == {"text/plain": repr(y), "image/svg+xml": svg(y)}
    assert len(Drawing(bundle["image/svg+xml"]).nodes) == 3


def test_a_large_graph_shows_its_text(renderer: str) -> None:
    assert "image/svg+xml" in mimebundle(chain(300))
    large = chain(301)
    assert mimebundle(large) == {"text/plain": repr(large)}


def test_without_a_renderer_there_is_text(no_system_dot: None, no_wheel: None) -> None:
    y = Value(2.0, "x")
    assert mimebundle(y) == {"text/plain": repr(y)}


def test_without_the_package_there_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphviz", None)
    y = Value(2.0, "x")
    assert mimebundle(y) == {"text/plain": repr(y)}


def test_a_failure_of_any_kind_leaves_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise OSError("out of file descriptors")

    monkeypatch.setattr(rendering, "svg", fail)
    y = Value(2.0, "x")
    assert mimebundle(y) == {"text/plain": repr(y)}


@pytest.mark.parametrize(
    ("types", "drawn"), [(["text/plain"], False), (["text/plain", "image/svg+xml"], True)]
)
def test_a_terminal_is_not_kept_waiting(
    renderer: str, monkeypatch: pytest.MonkeyPatch, types: list[str], drawn: bool
) -> None:
    shell = SimpleNamespace(display_formatter=SimpleNamespace(active_types=types))
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)  # type: ignore[arg-type]
    assert ("image/svg+xml" in mimebundle(Value(1.0))) is drawn
