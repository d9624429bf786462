"""Balls that bounce, each as often as it does: ``python -m demos.bouncing_ball``.

A ball is dropped, and loses part of its speed at each bounce. Where it is after some seconds
depends on its height by a loop that runs a different number of times for each ball. With
``branches="guard"`` such a function compiles as it stands.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd
from autograd import sqrt
from demos.command_line import count, real, run_as_program
from demos.figures import BLUE, INK, ORANGE, new_figure, write_pictures
from demos.lesson import lesson_parser, run_lesson
from demos.tables import figure as f
from demos.tables import heading, paragraph, table

#: Meters per second squared.
GRAVITY = 9.81

#: Meters per second: a ball that leaves the ground slower stays there.
AT_REST = 0.2

HEIGHTS = (0.2, 5.0)


def position(height: Any, restitution: Any, seconds: Any) -> Any:
    """Return how high a ball is so long after it was dropped, in meters.

    Args:
        height: from where, in meters.
        restitution: its speed after a bounce by that before it.
        seconds: since it was dropped.
    """
    fall = sqrt(2.0 * height / GRAVITY)
    if seconds <= fall:
        return height - 0.5 * GRAVITY * seconds * seconds
    left, speed = seconds - fall, restitution * GRAVITY * fall
    while speed > AT_REST:
        flight = 2.0 * speed / GRAVITY
        if left <= flight:
            return speed * left - 0.5 * GRAVITY * left * left
        left, speed = left - flight, restitution * speed
    return 0.0 * speed


def bounces(height: float, restitution: float, seconds: float) -> int:
    """Return how often it has hit the ground by then."""
    left = seconds - float(np.sqrt(2.0 * height / GRAVITY))
    speed, times = restitution * float(np.sqrt(2.0 * height * GRAVITY)), 0
    while left > 0.0 and speed > AT_REST:
        left, speed, times = left - 2.0 * speed / GRAVITY, restitution * speed, times + 1
    return times


def run(options: argparse.Namespace) -> None:
    """Compile the function, compare it with eager Values, and draw it."""
    heights = np.linspace(*HEIGHTS, options.balls)
    rest = options.restitution, options.seconds
    compiled = autograd.compile(
        position, argnums=(0, 1), in_axes=(0, None, None), branches="guard", max_recordings=256
    )
    first = timed(lambda: compiled.value_and_grad(heights, *rest))[0]
    each, (places, (slopes, by_restitution)) = timed(
        lambda: compiled.value_and_grad(heights, *rest)
    )
    print(
        f"{len(heights):,} balls, dropped from {HEIGHTS[0]} to {HEIGHTS[1]:g} m; after "
        f"{options.seconds:g} s, with restitution {options.restitution:g}"
    )
    print(heading("Five of them"))
    chosen = np.linspace(0, len(heights) - 1, 5).astype(int)
    eager = autograd.value_and_grad(position, (0, 1))
    seconds = 0.0
    rows = []
    for k in chosen:
        took, (value, gradient) = timed(partial(eager, float(heights[k]), *rest))
        seconds += took / len(chosen)
        found = np.array([places[k], slopes[k], by_restitution[k]])
        worst = np.max(np.abs(found - [value, *gradient]) / (1.0 + np.abs(found)))
        times = str(bounces(float(heights[k]), *rest))
        rows.append([f(heights[k]), times, *map(f, found), f"{worst:.0e}".replace("-", "−")])
    names = ["height", "bounces", "position", "∂/∂height", "∂/∂restitution", "off eager by"]
    print(table(names, rows, align="rrrrrr"))
    print(heading("What it costs"))
    ways = len({bounces(float(h), *rest) for h in heights[:: max(1, len(heights) // 2000)]})
    for text in (
        f"The first call records each way that some ball takes, here one for each number of "
        f"bounces, {ways} or so: {first:.2f} s. Each further one takes {1e3 * each:.1f} ms.",
        f"Eager, one ball after the other, all would take {seconds * len(heights):.1f} s "
        "(extrapolated from the five).",
        "Where a bounce comes exactly at the end, the slope jumps: no derivative can tell of the "
        "other side.",
    ):
        print(paragraph(text))
    picture = partial(draw, heights=heights, places=places, slopes=slopes)
    write_pictures(options.output, [("position.png", "position and slope by height", picture)])


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that a call takes, and what it returns."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def draw(
    path: Path,
    heights: npt.NDArray[np.float64],
    places: npt.NDArray[np.float64],
    slopes: npt.NDArray[np.float64],
) -> None:
    """Draw position and slope by height."""
    figure = new_figure(8.0, 4.8)
    above, below = figure.subplots(2, 1, sharex=True)
    above.plot(heights, places, ",", color=BLUE)
    above.set(ylabel="position (m)")
    below.plot(heights, slopes, ",", color=ORANGE)
    below.axhline(0.0, color=INK, linewidth=0.5)
    below.set(xlabel="height that it is dropped from (m)", ylabel="∂ position / ∂ height")
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=80)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo, and return the exit code."""
    parser = lesson_parser("bouncing_ball")
    parser.add_argument(
        "--balls", metavar="N", type=count(5, 10_000_000), default=100_000, help="balls (100,000)"
    )
    parser.add_argument(
        "--restitution", metavar="E", type=real(0.1, 0.95), default=0.8, help="restitution (0.8)"
    )
    parser.add_argument(
        "--seconds", metavar="T", type=real(0.01, 60.0), default=3.0, help="seconds (3)"
    )
    return run_lesson(parser, run, arguments)


if __name__ == "__main__":
    run_as_program(main)
