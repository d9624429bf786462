"""The pictures, by Matplotlib; no display is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from demos.family_tree.facts import PEOPLE
from demos.family_tree.network import CODE, Training, parts
from demos.family_tree.report import explained
from demos.figures import BLUE, new_figure


def draw_person_units(path: Path, training: Training) -> None:
    """Draw the weights from the 24 people to the six units that stand for them.

    As in figure 4 of the paper: for each unit the English people above the Italians, here from the
    oldest generation to the youngest.
    """
    weights = parts(training.w)[0][0]
    shares = explained(training)
    figure = new_figure(9.6, 6.2)
    panels = figure.subplots(CODE // 2, 2, sharex=True)
    # Generation by generation, and in each the left branch first.
    order = sorted(range(len(PEOPLE)), key=lambda i: (PEOPLE[i].generation, PEOPLE[i].branch))
    limit = np.abs(weights).max()
    for unit, axes in enumerate(panels.flat):
        both = weights[unit].reshape(2, len(PEOPLE))[:, order]
        image = axes.imshow(both, cmap="RdBu", vmin=-limit, vmax=limit, aspect="auto")
        trait = max(shares, key=lambda name: shares[name][unit])
        axes.set_title(f"unit {unit + 1}: {trait} explains {shares[trait][unit]:.0%}", fontsize=10)
        axes.set_yticks([0, 1], ["English", "Italian"])
        names = [f"{PEOPLE[i].english}, {PEOPLE[i].italian}" for i in order]
        axes.set_xticks(range(len(order)), names, rotation=90, fontsize=8)
        axes.tick_params(length=0)
        for before, after in zip(order, order[1:], strict=False):
            if PEOPLE[before].generation != PEOPLE[after].generation:
                axes.axvline(order.index(after) - 0.5, color="black", linewidth=1)
        axes.spines[:].set_visible(False)
    figure.colorbar(image, ax=panels, label="weight", shrink=0.6)
    figure.savefig(path, dpi=80)


def draw_errors(path: Path, trainings: Sequence[Training]) -> None:
    """Draw E after each sweep, for all networks."""
    figure = new_figure(7, 4)
    axes = figure.subplots()
    for training in trainings:
        axes.semilogy(training.errors, color=BLUE, linewidth=1, alpha=0.6)
    axes.set(xlabel="sweep", ylabel="E", title="the error on the 100 facts, all networks")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=90)
