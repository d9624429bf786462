"""The times as bars, one panel for each problem."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.compiled.measure import Result
from benchmarks.compiled.rows import BOUND, OURS, ROWS
from benchmarks.compiled.table import nanoseconds

#: Told apart by anybody, in gray too (M. Okabe & K. Ito, "Color Universal Design", 2008).
OURS_COLOR = "#0072B2"
PEERS_COLOR = "#B0B0B0"

#: An axis ends here times the fastest row; what is slower is cut off, and its number tells.
CUT = 20.0


def draw(results: Sequence[Result], path: Path) -> None:
    """Write a picture, SVG or what the suffix says.

    Raises:
        ImportError: matplotlib is not installed.
        OSError: the file cannot be written.
    """
    import matplotlib

    style: Any = {"svg.fonttype": "none", "svg.hashsalt": "benchmarks", "font.size": 9}
    with matplotlib.rc_context(style):
        from matplotlib.figure import Figure

        bars = [_bars(result) for result in results]
        heights = [len(each) + 1.6 for each in bars]
        figure = Figure(figsize=(7.2, 0.2 * sum(heights)), layout="constrained")
        grid = figure.subplots(len(results), 1, height_ratios=heights, squeeze=False)
        for axes, result, each in zip(grid[:, 0], results, bars, strict=True):
            _panel(axes, result, each)
        metadata = {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(path, metadata=metadata)


def _bars(result: Result) -> list[tuple[str, float, str]]:
    """Label, nanoseconds and color of each row, the fastest first."""
    found = []
    for row in ROWS:
        best = result.best(row)
        if best is not None:
            found.append((row.title, best, OURS_COLOR if row in (OURS, BOUND) else PEERS_COLOR))
    return sorted(found, key=lambda bar: bar[1])


def _panel(axes: Any, result: Result, bars: Sequence[tuple[str, float, str]]) -> None:
    end = min(CUT * bars[0][1], 1.02 * bars[-1][1])
    for place, (_, best, color) in enumerate(bars):
        axes.barh(place, min(best, end), 0.72, color=color)
        cut = " →" if best > end else ""
        axes.text(min(best, end), place, f" {nanoseconds(best)}{cut}", va="center", clip_on=False)
    axes.set_yticks(range(len(bars)), [title for title, _, _ in bars])
    axes.invert_yaxis()
    axes.set_xlim(0.0, 1.12 * end)
    axes.set_xticks([])
    axes.set_title(
        f"{result.problem.title}: ns per {result.problem.per}",
        loc="left",
        fontsize=9,
        weight="bold",
    )
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(left=False)
