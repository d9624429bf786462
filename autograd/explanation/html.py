"""Explanations as HTML for notebooks and pages: no script, and labels are only ever text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

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

# Colors are those of the page around, light or dark.
_TABLE = "border-collapse:collapse;border:0;margin:0.2em 0 0.8em 1.5em;width:auto"
_CELL = "border:0;padding:0.1em 0.4em;text-align:center;background:transparent;font-weight:normal"
_FORMULAS = "font-family:'STIX Two Math','Cambria Math',serif;font-size:115%;background:none"
_NUMBERS = "font-variant-numeric:tabular-nums;background:none"


def as_html(explanation: Explanation) -> str:
    """Return an explanation as a fragment of HTML: for each path a table, numbers below factors."""
    parts = [f"<p><strong>{escape(headline(explanation))}</strong></p>"]
    for path in explanation.paths:
        if len(path):
            parts += [f"<p>{escape(' '.join(steps(path)))}</p>", _table(path)]
    if said := remarks(explanation):
        parts.append(f"<p>{escape(' '.join(said))}</p>")
    parts += [_list(zeros(explanation)), _list(definitions(explanation), "where")]
    inside = "\n".join(part for part in parts if part)
    return f'<div class="autograd-explanation" style="overflow-x:auto">\n{inside}\n</div>'


def _table(path: Path) -> str:
    number = path.notations.text.number
    formulas: list[str] = []
    numbers: list[str] = []
    for i, term in enumerate(path.terms):
        formulas += [_cell("td", "·")] * (i > 0) + [_cell('th scope="col"', term.formula)]
        numbers += [_cell("td", "·")] * (i > 0) + [_cell("td", number(term.value))]
    formulas.append(_cell("td", ""))
    numbers.append(_cell("td", f"= {number(path.value)}{in_percent(path)}"))
    return (
        f'<table style="{_TABLE}">'
        f'<thead><tr style="{_FORMULAS}">{"".join(formulas)}</tr></thead>'
        f'<tbody><tr style="{_NUMBERS}">{"".join(numbers)}</tr></tbody></table>'
    )


def _cell(tag: str, text: str) -> str:
    return f'<{tag} style="{_CELL}">{escape(text)}</{tag.split()[0]}>'


def _list(items: list[str], title: str = "") -> str:
    if not items:
        return ""
    heading = f"<p>{escape(title)}</p>" if title else ""
    return heading + "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
