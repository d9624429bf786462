"""The pictures, by Matplotlib; no display is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import nn
from demos.digits.problem import CLASSES, HIDDEN, SIDE, Digits, IntArray, layer_arrays
from demos.figures import BLUE, GRAY, INK, ORANGE, new_figure, signed_colors

#: Of the images that were read wrong, the most that are shown.
_MOST_MISTAKES = 24


def draw_training(path: Path, losses: Sequence[float], accuracies: Sequence[float]) -> None:
    """Draw loss and held-out accuracy after each epoch."""
    figure = new_figure(7, 4)
    axes = figure.subplots()
    epochs = range(1, len(losses) + 1)
    marker = "." if len(losses) < 3 else ""
    axes.semilogy(epochs, losses, color=BLUE, marker=marker)
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy", color=BLUE)
    axes.yaxis.set_major_formatter("{x:g}")
    right = axes.twinx()
    right.plot(epochs, 100.0 * np.array(accuracies), color=ORANGE, marker=marker)
    right.set_ylabel("held-out images read right, %", color=ORANGE)
    axes.grid(alpha=0.3)
    for each in (axes, right):
        each.spines["top"].set_visible(False)
    figure.savefig(path, dpi=120)


def draw_confusion(path: Path, counts: IntArray) -> None:
    """Draw how often each digit was read as each; the color tells mistakes from what is right."""
    figure = new_figure(5.6, 5.2)
    axes = figure.subplots()
    right = np.eye(CLASSES, dtype=bool)
    largest = max(1, int(counts[~right].max()))
    shades = np.where(right, -counts / max(1, int(counts.max())), counts / largest)
    axes.imshow(shades, cmap=signed_colors(), vmin=-1.6, vmax=1.6)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axes.annotate(str(count), (column, row), ha="center", va="center", color=INK)
    axes.set(xlabel="read as", ylabel="digit in the image")
    axes.set(xticks=range(CLASSES), yticks=range(CLASSES))
    axes.set_title(f"{np.trace(counts)} of {counts.sum()} held-out images read right")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    figure.savefig(path, dpi=120)


def draw_hidden_units(path: Path, model: nn.MLP) -> None:
    """Draw each hidden unit's weights as an image, and what it speaks for and against.

    A unit answers with the sum of the gray levels under its weights, limited by tanh to between −1
    and 1. Units are ordered by the digit that they speak for most.
    """
    (weights, outgoing), _ = layer_arrays(model)
    # How much a unit can change the outputs: by its own size times that of what it passes on.
    influence = np.linalg.norm(weights, axis=1, keepdims=True) * outgoing.T
    influence -= influence.mean(axis=1, keepdims=True)  # softmax takes no notice of the mean
    order = sorted(range(HIDDEN), key=lambda i: (influence[i].argmax(), -influence[i].max()))
    limit = np.quantile(np.abs(weights), 0.98)
    figure = new_figure(9.0, 5.6)
    for axes, i in zip(figure.subplots(4, HIDDEN // 4).flat, order, strict=True):
        axes.imshow(weights[i].reshape(SIDE, SIDE), cmap=signed_colors(), vmin=-limit, vmax=limit)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_color(GRAY)
        ranked = np.argsort(influence[i])
        most, least = ranked[:-3:-1], ranked[:2]
        axes.set_title(f"{most[0]} {most[1]}, not {least[0]} {least[1]}", fontsize=9)
    figure.suptitle(
        "What each hidden unit looks for: orange where it wants ink, blue where it wants none.\n"
        "Above it, the two digits that it speaks for most, and the two that it speaks against",
        fontsize=11,
    )
    figure.savefig(path, dpi=120)


def draw_mistakes(path: Path, digits: Digits, found: IntArray) -> None:
    """Draw the images that were read wrong, with what was read and what is right."""
    wrong = np.flatnonzero(found != digits.labels)
    shown = wrong[:_MOST_MISTAKES]
    rows = max(1, -(-len(shown) // 8))
    columns = max(1, -(-len(shown) // rows))
    figure = new_figure(9.0, 0.8 + 1.35 * rows)
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes in panels.flat:
        axes.set_axis_off()
    for axes, i in zip(panels.flat, shown, strict=False):
        axes.imshow(digits.images[i].reshape(SIDE, SIDE), cmap="gray_r", vmin=0.0, vmax=1.0)
        axes.set_title(f"{digits.labels[i]}, read as {found[i]}", fontsize=9)
    more = f"; the first {len(shown)} of them" if len(shown) < len(wrong) else ""
    figure.suptitle(f"{len(wrong)} of {len(found)} held-out images read wrong{more}")
    figure.savefig(path, dpi=120)
