"""Figures of Matplotlib without a display, and the list of what a demo draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import autograd
from demos.tables import WIDTH, heading, paragraph
from demos.xor.problem import FloatArray

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

# Blue and orange stay apart under every common form of color blindness.
BLUE, ORANGE, GREEN, INK, GRAY = "#2b7bba", "#d9701f", "#3a8f5c", "#1b2733", "#707c89"

#: A file's name, what it shows, and what writes it.
Picture = tuple[str, str, Callable[[Path], object]]


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches; no display is needed.

    Raises:
        ImportError: Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            'it is drawn by Matplotlib: pip install "scalar-autodiff[demos]"'
        ) from error
    return Figure(figsize=(width, height), layout="constrained")


def signed_colors() -> LinearSegmentedColormap:
    """Return the colors of numbers: orange above 0, blue below, as in graphs and on live pages."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signed", [BLUE, "white", ORANGE])


def broken_at_jumps(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the points of a curve with a gap wherever it jumps: a jump is no line."""
    steps = np.abs(np.diff(y))
    beside = np.maximum(np.append(steps[1:], 0.0), np.append(0.0, steps[:-1]))
    jumps = np.flatnonzero(steps > 0.1 + 5.0 * beside) + 1
    return np.insert(x, jumps, np.nan), np.insert(y, jumps, np.nan)


def write_pictures(
    folder: Path, pictures: Sequence[Picture], pages: Sequence[Picture] = ()
) -> None:
    """Write pictures and live pages, and print where they are; of those skipped, how to get them.

    Raises:
        OSError: one cannot be written.
    """
    for title, group in (("Pictures", pictures), ("Live pages, for a browser", pages)):
        if group:
            print(heading(title))
        for name, content, write in group:
            _write(folder / name, content, write)


def _write(path: Path, content: str, write: Callable[[Path], object]) -> None:
    try:
        write(path)
    except (ImportError, autograd.RendererNotFoundError, autograd.GraphTooLargeError) as error:
        print(paragraph(f"{path.name} skipped: {error}", indent="  "))
    else:
        place = f"{path}:"
        print(place, content, sep=" " if len(place) + len(content) < WIDTH else "\n  ")
