"""The pictures, by Matplotlib, for which no display is needed; and the live page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import nn
from autograd import Value
from autograd.draw import page
from demos.family_tree.facts import NAMES, PEOPLE, RELATIONS, encoded, facts
from demos.family_tree.network import CODE, FamilyTree, Training, error, parts
from demos.family_tree.report import explained
from demos.figures import BLUE, new_figure, signed_colors


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
        image = axes.imshow(both, cmap=signed_colors(), vmin=-limit, vmax=limit, aspect="auto")
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


def write_page(path: Path, training: Training) -> None:
    """Write the page of one network, asked for Colin's aunts: figure 3 of the paper."""
    model = FamilyTree()
    nn.vector_to_parameters(training.w, model.parameters())
    fact = next(f for f in facts() if (f.person, f.relation) == ("Colin", "aunt"))
    X, desired = encoded([fact])
    names = [*NAMES, *RELATIONS]
    inputs = [Value(x, name, requires_grad=False) for x, name in zip(X[0], names, strict=True)]
    people = model(inputs)
    for person, name in zip(people, NAMES, strict=True):
        person.label = name
    missed = error(people, desired[0])
    missed.label = "E"
    page(
        missed,
        path,
        title=f"The family tree: {fact.person}, {fact.relation}? (seed {training.seed})",
        parameters=model.parameters(),
        view="network",
        note="At the left 24 people and 12 relations; at the right the answer, the darker the "
        f"surer. {' and '.join(fact.others)} are right. To ask something else, set Colin or aunt "
        "to 0 and another person or relation to 1. Next to the inputs stand the six units of the "
        "person, and below them those of the relation.",
    )
