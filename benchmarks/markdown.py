"""Tables in Markdown, and their place in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class MarkersMissing(Exception):
    """A file has no place for a table."""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; all columns but the first are aligned to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    dashes = ["-" * width for width in widths]
    rule = [dashes[0]] + [dash[:-1] + ":" for dash in dashes[1:]]
    return "\n".join(_line(cells, widths) for cells in [header, rule, *rows])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1])] + [cell.rjust(width) for cell, width in others]
    return "| " + " | ".join(padded) + " |"


def write_between_markers(path: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- benchmarks:NAME:start -->`` and ``…:end -->``.

    Raises:
        MarkersMissing: the file has not exactly one of each, in this order; it stays as it is.
        OSError: the file cannot be read or written.
    """
    start, end = f"<!-- benchmarks:{name}:start -->", f"<!-- benchmarks:{name}:end -->"
    content = path.read_text(encoding="utf-8")
    before, found_start, rest = content.partition(start)
    _, found_end, after = rest.partition(end)
    if not (found_start and found_end) or start in after or end in after:
        raise MarkersMissing(f"{path} needs the lines {start} and {end}, once each, in this order")
    path.write_text(f"{before}{start}\n{text.strip()}\n{end}{after}", encoding="utf-8")
