"""Explanations as text for a terminal."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from autograd.explanation.wording import (
    definitions,
    headline,
    in_percent,
    remarks,
    steps,
    zeros,
)

if TYPE_CHECKING:
    from autograd.explanation.explanation import Explanation, Path

_INDENT = 6


def as_text(explanation: Explanation, width: int) -> str:
    """Return an explanation as lines of at most ``width`` columns, if they can be broken."""
    lines = textwrap.wrap(headline(explanation), width)
    for number, path in enumerate(explanation.paths, 1):
        if len(path):
            lines += ["", *_path(path, f"({number}) ", width)]
            lines[-1] += in_percent(path)
    said = textwrap.wrap(" ".join(remarks(explanation)), width)
    said += _listed(zeros(explanation), width)
    if said:
        lines += ["", *said]
    if defined := definitions(explanation):
        lines += ["", "where", *_listed(defined, width)]
    return "\n".join(lines)


def _listed(items: list[str], width: int) -> list[str]:
    lines = []
    for item in items:
        lines += textwrap.wrap(item, width, initial_indent="  ", subsequent_indent="    ")
    return lines


def _path(path: Path, title: str, width: int) -> list[str]:
    lines = _joined(steps(path), " ", width - len(title))
    lines = [title + lines[0], *(" " * len(title) + line for line in lines[1:])]
    columns = [
        _Column(term.formula, "" if term.is_number else path.notations.text.number(term.value))
        for term in path.terms
    ]
    value = f"    = {path.notations.text.number(path.value)}"
    if len(columns) == 1:
        formula = [] if path.terms[0].is_number else [f"      {columns[0].formula}"]
        return [*lines, *formula, value]
    for i, row in enumerate(_rows(columns, width - _INDENT)):
        lines.append(("      " if i == 0 else "    · ") + row[0])
        lines.append(("    = " if i == 0 else "    · ") + row[1])
    return [*(line.rstrip() for line in lines), value]


class _Column(NamedTuple):
    """A formula and the number below it; a formula that is a number stands in both rows."""

    formula: str
    number: str

    @property
    def width(self) -> int:
        return max(columns_of(self.formula), columns_of(self.number))


def _rows(columns: list[_Column], width: int) -> Iterator[tuple[str, str]]:
    """Yield pairs of lines, formulas above numbers, that are no wider than a column must be."""
    while columns:
        count, used = 1, columns[0].width
        while count < len(columns) and used + 3 + columns[count].width <= width:
            used += 3 + columns[count].width
            count += 1
        row, columns = columns[:count], columns[count:]
        yield (
            " · ".join(_centered(column.formula, column.width) for column in row),
            " · ".join(_centered(column.number or column.formula, column.width) for column in row),
        )


def _centered(text: str, width: int) -> str:
    space = width - columns_of(text)
    return " " * (space // 2) + text + " " * (space - space // 2)


def _joined(items: list[str], separator: str, width: int) -> list[str]:
    """Return items in lines, broken between them only."""
    lines = [items[0]]
    for item in items[1:]:
        if columns_of(lines[-1]) + len(separator) + columns_of(item) <= width:
            lines[-1] += separator + item
        else:
            lines.append(item)
    return lines


def columns_of(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
