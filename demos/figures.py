"""Figures of Matplotlib without a display, and the list of the pictures that a demo draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import autograd
from demos.tables import WIDTH, heading, paragraph

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Blue and orange stay apart under every common form of color blindness.
BLUE, ORANGE, GREEN, INK, GRAY = "#2b7bba", "#d9701f", "#3a8f5c", "#1b2733", "#707c89"

#: A file's name, what it shows, and what draws it.
Picture = tuple[str, str, Callable[[Path], None]]


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


def write_pictures(folder: Path, pictures: Sequence[Picture]) -> None:
    """Write the pictures and print where they are; say of those that were skipped how to get them.

    Raises:
        OSError: one cannot be written.
    """
    print(heading("Pictures"))
    for name, content, draw in pictures:
        try:
            draw(folder / name)
        except (ImportError, autograd.RendererNotFoundError, autograd.GraphTooLargeError) as error:
            print(paragraph(f"{name} skipped: {error}", indent="  "))
        else:
            place = f"{folder / name}:"
            print(place, content, sep=" " if len(place) + len(content) < WIDTH else "\n  ")
