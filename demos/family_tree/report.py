"""What is printed: the facts, how ten networks fare, and what the person units tell apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demos.family_tree.facts import NAMES, PEOPLE, Fact, encoded
from demos.family_tree.network import CODE, HELD_OUT, Setup, Training, outputs, parts
from demos.tables import heading, paragraph, table
from demos.xor.problem import FloatArray

#: What the network is never told, for each of the 24 people.
TRAITS = {
    "nationality": ["English"] * len(PEOPLE) + ["Italian"] * len(PEOPLE),
    "generation": [str(person.generation) for person in PEOPLE] * 2,
    "branch": [person.branch for person in PEOPLE] * 2,
}


def show_facts(known: Sequence[Fact]) -> None:
    """Print how many facts there are, and some of them."""
    answers = sum(len(fact.others) for fact in known)
    print(f"{len(known)} facts about {len(NAMES)} people, such as")
    for fact in (known[0], max(known, key=lambda fact: len(fact.others)), known[-1]):
        print(f"  {sentence(fact)}")
    print(
        paragraph(
            "A fact is a person and a relation, with all who stand in it: that is how there are "
            f"{len(known)}. Counted one by one, {answers} people are named in them."
        )
    )


def sentence(fact: Fact) -> str:
    """Return a fact in words."""
    return f"{fact.person}, {fact.relation}: {' and '.join(fact.others)}"


def show_trainings(trainings: Sequence[Training], setup: Setup) -> None:
    """Print how many facts each network has right."""
    print(heading(f"{len(trainings)} networks, each after {setup.sweeps:,} sweeps"))
    rows = []
    for seed, _, errors, trained, held_out in trainings:
        counts = [
            f"{sum(right for _, right in part)} of {len(part)}" for part in (trained, held_out)
        ]
        rows.append([str(seed), f"{errors[0]:.1f}", f"{errors[-1]:.2f}", *counts])
    headers = ["seed", "E at first", "E at last", "trained right", "held out right"]
    print(table(headers, rows, align="rrrrr"))
    correct = [sum(right for _, right in training.held_out) for training in trainings]
    print(
        paragraph(
            f"Right means that those who should be named have the highest outputs. Of the "
            f"{HELD_OUT} facts that it has never seen, a network has {np.mean(correct):.1f} right "
            f"on average, all {HELD_OUT} in {correct.count(HELD_OUT)} of {len(trainings)} "
            "networks. A guess would be right once in 24 times."
        )
    )


def show_held_out(training: Training) -> None:
    """Print what one network says to the facts that it has never seen."""
    print(heading(f"The facts held out from the network of seed {training.seed}"))
    asked = [fact for fact, _ in training.held_out]
    rows = []
    for (fact, right), y in zip(
        training.held_out, outputs(training.w, encoded(asked)[0]), strict=True
    ):
        best = np.argsort(-y)[: len(fact.others)]
        said = ", ".join(f"{NAMES[i]} {y[i]:.2f}" for i in sorted(best))
        rows.append([f"{fact.person}, {fact.relation}", said, "right" if right else "wrong"])
    print(table(["", "highest outputs", ""], rows, align="lll"))


def share_explained(numbers: FloatArray, groups: Sequence[str]) -> float:
    """Return how much of the variance of some numbers lies between groups, from 0 to 1."""
    labels = np.array(groups)
    total = float(np.var(numbers))
    means = np.array([numbers[labels == group].mean() for group in groups])
    return float(np.var(means)) / total if total > 0.0 else 0.0


def explained(training: Training) -> dict[str, list[float]]:
    """Return for each trait how much of each person unit's weights it explains."""
    weights = parts(training.w)[0][0]
    return {
        trait: [share_explained(weights[unit], groups) for unit in range(CODE)]
        for trait, groups in TRAITS.items()
    }


def show_units(training: Training) -> None:
    """Print what the six person units tell apart."""
    print(heading(f"What the six person units tell apart (seed {training.seed})"))
    rows = [
        [trait, *(f"{share:.2f}" for share in shares)]
        for trait, shares in explained(training).items()
    ]
    print(table(["", *(f"unit {i + 1}" for i in range(CODE))], rows, align="l" + "r" * CODE))
    print(
        paragraph(
            "Each number is the share of the variance of a unit's 24 weights that a trait "
            "explains. Nobody told the network of nationalities, generations or branches; it was "
            "asked who is what to whom. Units that tell them apart serve many facts at once, those "
            "it was not asked about among them."
        )
    )
