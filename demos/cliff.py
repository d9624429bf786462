"""A gradient that explodes, and its cure: the second half of ``demos.vanishing``.

One unit that feeds itself for fifty steps, x ← w σ(x) + b, and the squared error of σ(x) at the
end, in the manner of R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent
neural networks", ICML 2013, who propose to clip gradients by their norm. It is a network of fifty
layers that share w and b. Where a fixed point of the unit comes to be or ceases to, the error has a
wall, and a plain step from there goes anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autograd
import nn
from autograd import Value
from autograd.draw import page
from demos.figures import BLUE, INK, ORANGE, new_figure
from demos.tables import figure as f
from demos.tables import heading, paragraph, table

LAYERS, X0, TARGET = 50, 0.5, 0.7
START, RATE, MAX_NORM, STEPS = (6.0, -2.9), 1.0, 1.0, 100


class Step(NamedTuple):
    """A place on the way, the error there, and the norm of its gradient."""

    w: float
    b: float
    error: float
    norm: float


def error(w: Any, b: Any) -> Any:
    """Return the error, for floats, Values and arrays."""
    x: Any = X0
    for _ in range(LAYERS):
        x = w * autograd.sigmoid(x) + b
    return (autograd.sigmoid(x) - TARGET) ** 2


def descend(max_norm: float | None) -> list[Step]:
    """Return the steps of plain descent, with gradients clipped by their norm if it is given."""
    parameters = [Value(number, name) for number, name in zip(START, "wb", strict=True)]
    optimizer = nn.SGD(parameters, lr=RATE)
    way = []
    for _ in range(STEPS + 1):
        optimizer.zero_grad()
        E = error(*parameters)
        E.backward()
        w, b = parameters
        way.append(Step(w.data, b.data, E.data, math.hypot(w.grad, b.grad)))
        if max_norm is not None:
            nn.clip_grad_norm_(parameters, max_norm)
        optimizer.step()
    return way


def show() -> tuple[list[Step], list[Step]]:
    """Print both descents, and return them: without clipping, and with it."""
    print(heading("Exploding gradients: the cliff"))
    print(f"One unit fed to itself {LAYERS} times, x ← w σ(x) + b; E = (σ(x) − {TARGET})²")
    print(f"From w = {f(START[0])}, b = {f(START[1])}, {STEPS} steps with η = {RATE:g}:\n")
    ways = descend(None), descend(MAX_NORM)
    rows = []
    for name, way in zip(("plain", f"clipped at {MAX_NORM:g}"), ways, strict=True):
        norms, errors = [step.norm for step in way], [step.error for step in way]
        last = way[-1]
        place = f"({last.w:.2f}, {last.b:.2f})".replace("-", "−")
        numbers = (max(norms), errors[0], min(errors), np.median(errors[-20:]))
        rows.append([name, *(f"{number:.2g}" for number in numbers), place])
    headers = ["", "largest |∇E|", "E at first", "least", "last 20, median", "(w, b)"]
    print(table(headers, rows, align="lrrrrr"))
    print(
        paragraph(
            "Both ways are the same until a gradient is above the limit. At the wall it is fifty "
            "times what it was at first, and the plain step throws (w, b) far off, onto a plateau "
            "where nothing shows the way back. Clipped, the step keeps its direction and has a "
            "length that fits: nn.clip_grad_norm_, or max_grad_norm of nn.fit."
        )
    )
    return ways


def draw(path: Path, without: Sequence[Step], clipped: Sequence[Step]) -> None:
    """Draw the error over (w, b) with both ways, and the errors on them."""
    figure = new_figure(9.6, 4.0)
    left, right = figure.subplots(1, 2)
    w, b = np.linspace(3.0, 7.0, 101), np.linspace(-3.2, 0.0, 81)
    w_grid, b_grid = np.meshgrid(w, b)
    surface = left.pcolormesh(w, b, error(w_grid, b_grid), cmap="Greys", shading="auto")
    figure.colorbar(surface, ax=left, label="E")
    for way, name, color, width in (
        (without, "plain", ORANGE, 3.5),
        (clipped, "clipped", BLUE, 1.0),
    ):
        left.plot([s.w for s in way], [s.b for s in way], ".-", color=color, linewidth=width)
        right.semilogy([s.error for s in way], color=color, linewidth=width, label=name)
    left.plot(*START, "o", color=INK)
    left.annotate("start", START, (6, 4), textcoords="offset points", color=INK)
    left.set(xlim=(w[0], w[-1]), ylim=(b[0], b[-1]), xlabel="w", ylabel="b")
    left.set_title("the error, and both ways")
    right.set(title="E on the way", xlabel="step")
    right.grid(alpha=0.3)
    right.legend()
    right.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=90)


def write_page(path: Path) -> None:
    """Write the page of the error over w."""
    w, b = (Value(number, name) for number, name in zip(START, "wb", strict=True))
    E = error(w, b)
    E.label = "E"
    page(
        E,
        path,
        title=f"The cliff: x ← w σ(x) + b, {LAYERS} times, and E = (σ(x) − {TARGET})²",
        parameters=[w, b],
        view="curve",
        learning_rate=RATE,
        note="“Step”, again and again: it is the way of the lesson without clipping. Near the wall "
        "the tangent is steep, and a step is long: it ends far off, on a plateau. Move b to see "
        "the wall move.",
    )
