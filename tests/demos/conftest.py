"""What the tests of lessons share."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest


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
def run_lesson(
    lesson_main: Callable[[str], Callable[[list[str]], int]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """Run a lesson as its command does, check what all promise, and return what it printed.

    All lines fit a terminal of 80 columns, nothing is on stderr, and every picture that is named is
    there and nothing else is.
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
        assert named
        assert sorted(named) == sorted(path.name for path in tmp_path.iterdir())
        for picture in named:
            start = (tmp_path / picture).read_bytes()[:100].lstrip()
            assert start.startswith(b"\x89PNG" if picture.endswith(".png") else b"<?xml")
        return printed

    return run
