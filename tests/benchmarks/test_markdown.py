"""Tables, and their place in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.markdown import MarkersMissing, table, write_between_markers

START, END = "<!-- benchmarks:eager:start -->", "<!-- benchmarks:eager:end -->"


def test_table() -> None:
    assert table(["", "time"], [["a", "1 ms"], ["longer", "10 ms"]]).splitlines() == [
        "|        |  time |",
        "| ------ | ----: |",
        "| a      |  1 ms |",
        "| longer | 10 ms |",
    ]


def test_only_what_stands_between_the_markers_changes(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"# Tïtle\n\n{START}\nold\n{END}\n\nafter\n", encoding="utf-8")
    for _ in range(2):
        write_between_markers(path, "eager", "new ±\n")
        expected = f"# Tïtle\n\n{START}\nnew ±\n{END}\n\nafter\n"
        assert path.read_text(encoding="utf-8") == expected


@pytest.mark.parametrize(
    "content",
    ["", START, END, f"{END}\n{START}", f"{START}{END}{START}{END}", "<!-- benchmarks:x:start -->"],
)
def test_a_file_without_markers_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "README.md"
    path.write_text(content)
    with pytest.raises(MarkersMissing, match="benchmarks:eager:start"):
        write_between_markers(path, "eager", "new")
    assert path.read_text() == content
