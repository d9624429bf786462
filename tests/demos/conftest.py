"""What the tests of lessons share."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from demos.contents import COURSE


@pytest.fixture
def lesson_main() -> Callable[[str], Callable[[list[str]], int]]:
    """Give what a lesson's command calls: ``main`` of its module, or of its package's entry."""

    def find(name: str) -> Callable[[list[str]], int]:
        module = importlib.import_module(f"demos.{name}")
        if hasattr(module, "__path__"):
            module = importlib.import_module(f"demos.{name}.__main__")
        main: Callable[[list[str]], int] = module.main
        return main

    return find


@pytest.fixture
def said_at_exit(
    lesson_main: Callable[[str], Callable[[list[str]], int]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Callable[..., tuple[int, str]]:
    """Call a demo with options that end it at once; return the exit code and what it said.

    Lines fit a terminal of 80 columns, except complaints, which are one line; nothing is written.
    """

    def call(name: str, *options: str) -> tuple[int, str]:
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SystemExit) as stop:
            lesson_main(name)(list(options))
        printed, complaints = capsys.readouterr()
        assert max(map(len, printed.splitlines()), default=0) <= 80
        assert len(complaints.splitlines()) == (stop.value.code != 0)
        assert list(tmp_path.iterdir()) == []
        return int(stop.value.code or 0), printed + complaints

    return call


STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".html": b"<!DOCTYPE html>"}


@pytest.fixture
def run_lesson(
    lesson_main: Callable[[str], Callable[[list[str]], int]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """Run a lesson as its command does, check what all promise, and return what it printed.

    All lines fit a terminal of 80 columns, nothing is on stderr, and every picture and live page
    that is named is there and nothing else is. A lesson of the course has a live page, and pages
    hold all that they need.
    """
    pytest.importorskip("matplotlib")
    pytest.importorskip("graphviz")

    def run(name: str, *arguments: str) -> str:
        assert lesson_main(name)(["--output", str(tmp_path), *arguments]) == 0
        printed, complaints = capsys.readouterr()
        assert complaints == ""
        printed = printed.replace(str(tmp_path), f"outputs/{name}")
        assert max(map(len, printed.splitlines())) <= 80
        named = re.findall(rf"^outputs/{name}/(\S+):", printed, re.MULTILINE)
        assert sorted(named) == sorted(path.name for path in tmp_path.iterdir())
        for path in tmp_path.iterdir():
            assert path.read_bytes()[:100].lstrip().startswith(STARTS[path.suffix])
        pages = list(tmp_path.glob("*.html"))
        assert pages or name not in COURSE
        for page in pages:
            assert_self_contained(page)
        return printed

    return run


def assert_self_contained(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in html
    assert re.findall(r"(?:src|href)=|https?://(?!www\.w3\.org/2000/svg)", html) == []
    assert len(html) < 1_000_000
