"""Plain-text tables and paragraphs for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 79


def heading(title: str) -> str:
    """Return a title, underlined, with an empty line before it."""
    return f"\n{title}\n{'─' * len(title)}"


def paragraph(text: str, indent: str = "") -> str:
    """Return text broken into lines; ``indent`` stands before each but the first."""
    return textwrap.fill(
        text,
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,  # what follows "pip install" has hyphens, too
    )


def decimal(number: float, places: int) -> str:
    """Return a number with so many decimal places, or in powers of ten if it is a large one."""
    return f"{number:z.{places}f}" if abs(number) < 1000 else f"{number:.3g}"


def figure(number: float, digits: int = 4) -> str:
    """Return a number with so many significant digits, and a minus sign instead of a hyphen."""
    return f"{number:z.{digits}g}".replace("-", "−")


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> str:
    """Return rows under headers, columns as wide as needed, two spaces between them.

    Args:
        headers: one for each column.
        rows: texts, one for each column.
        align: a letter for each column, "l" for flush left and "r" for flush right.
    """
    columns = list(zip(align, headers, *rows, strict=True))
    aligned = []
    for side, *texts in columns:
        width = max(map(len, texts))
        aligned.append([t.ljust(width) if side == "l" else t.rjust(width) for t in texts])
    return "\n".join("  ".join(line).rstrip() for line in zip(*aligned, strict=True))
