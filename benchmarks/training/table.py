"""How the results read."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import markdown
from benchmarks.measurement import circumstances
from benchmarks.training.measure import TOLERANCE, Entry, Result
from benchmarks.training.rows import COMPILED, EPOCHS, ROWS, Row


def render(results: Sequence[Result], unset: Sequence[str]) -> str:
    """Return the table as Markdown, with what was measured and where.

    Args:
        results: the figures.
        unset: the variables that were removed from the environment.
    """
    header = ["", *(result.problem.title for result in results)]
    return "\n\n".join(
        [
            f"Seconds for {EPOCHS} epochs; in parentheses how many times the compiled training's:",
            markdown.table(header, [_line(row, results) for row in ROWS]),
            "\n".join(f"- {note}" for note in _notes(results)),
            circumstances(
                [entry for result in results for entry in result.entries],
                unset,
                timed="training",
                what="XOR: 4 points, mean squared error, SGD with momentum, one step an epoch. Two "
                "moons: micrograd's demo, 100 points, hinge loss and L2, SGD, one step an epoch. "
                "Digits: 1,437 images, cross-entropy, AdamW, 23 steps an epoch. Double precision "
                "throughout.",
                how=f"The losses of all epochs agree to {TOLERANCE:g} (relative) before any time "
                "is taken.",
            ),
        ]
    )


def _line(row: Row, results: Sequence[Result]) -> list[str]:
    cells = [row.title]
    for result in results:
        entry, ours = result.entry(row), result.entry(COMPILED)
        if entry is None or entry.best is None or ours is None or ours.best is None:
            cells.append("–")
        elif row is COMPILED:
            cells.append(f"{_seconds(entry)} (1)")
        else:
            ratio = entry.best / ours.best
            cells.append(f"{_seconds(entry)} ({ratio:,.{0 if ratio >= 99.5 else 1}f})")
    return cells


def _seconds(entry: Entry) -> str:
    assert entry.best is not None
    about = "" if entry.epochs == EPOCHS else "≈ "
    digits = f"{entry.best:,.0f}" if entry.best >= 99.5 else f"{entry.best:.2g}"
    return about + digits


def _notes(results: Sequence[Result]) -> list[str]:
    set_up = ", ".join(
        f"{entry.set_up:.2g}" for result in results if (entry := result.entry(COMPILED)) is not None
    )
    notes = [
        f"{entry.row.title}, {result.problem.title}: {entry.absent}"
        for result in results
        for entry in result.entries
        if entry.absent
    ]
    return [
        f"Compiling the loss comes on top, once for all trainings: {set_up} s, nothing cached.",
        *notes,
        "≈: extrapolated from fewer epochs. A dash: micrograd has no exponential, and an epoch of "
        "the digits would take it minutes.",
    ]
