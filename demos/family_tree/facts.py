"""The 24 people, the 12 relations, and the 104 facts, worked out from the two family trees.

The trees are those of G. E. Hinton, "Learning distributed representations of concepts", 1986, and
of D. E. Rumelhart, G. E. Hinton and R. J. Williams, Nature 323, 1986, figure 2: one English, one
Italian, person for person alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from demos.xor.problem import FloatArray


class Person(NamedTuple):
    """A place in the tree.

    Attributes:
        english, italian: the names of the two who have it.
        generation: 1 for the oldest, to 3.
        branch: the side of the family that the person was born into, or belongs to by marriage:
            "left", "right", or "both" for the children that join them.
    """

    english: str
    italian: str
    generation: int
    branch: str


class Marriage(NamedTuple):
    """A couple and its children, by their English names."""

    husband: str
    wife: str
    son: str = ""
    daughter: str = ""


PEOPLE = (
    Person("Christopher", "Roberto", 1, "left"),
    Person("Penelope", "Maria", 1, "left"),
    Person("Andrew", "Pierro", 1, "right"),
    Person("Christine", "Francesca", 1, "right"),
    Person("Margaret", "Gina", 2, "left"),
    Person("Arthur", "Emilio", 2, "left"),
    Person("Victoria", "Lucia", 2, "left"),
    Person("James", "Marco", 2, "right"),
    Person("Jennifer", "Angela", 2, "right"),
    Person("Charles", "Tomaso", 2, "right"),
    Person("Colin", "Alfonso", 3, "both"),
    Person("Charlotte", "Sophia", 3, "both"),
)

MARRIAGES = (
    Marriage("Christopher", "Penelope", "Arthur", "Victoria"),
    Marriage("Andrew", "Christine", "James", "Jennifer"),
    Marriage("Arthur", "Margaret"),
    Marriage("James", "Victoria", "Colin", "Charlotte"),
    Marriage("Charles", "Jennifer"),
)

#: The English, then the Italians, each tree in the same order.
NAMES = [person.english for person in PEOPLE] + [person.italian for person in PEOPLE]

_Related = set[str]


def _fathers(of: str) -> _Related:
    return {m.husband for m in MARRIAGES if of in (m.son, m.daughter)}


def _mothers(of: str) -> _Related:
    return {m.wife for m in MARRIAGES if of in (m.son, m.daughter)}


def _husbands(of: str) -> _Related:
    return {m.husband for m in MARRIAGES if m.wife == of}


def _wives(of: str) -> _Related:
    return {m.wife for m in MARRIAGES if m.husband == of}


def _sons(of: str) -> _Related:
    return {m.son for m in MARRIAGES if of in (m.husband, m.wife) and m.son}


def _daughters(of: str) -> _Related:
    return {m.daughter for m in MARRIAGES if of in (m.husband, m.wife) and m.daughter}


def _brothers(of: str) -> _Related:
    return {m.son for m in MARRIAGES if m.daughter == of}


def _sisters(of: str) -> _Related:
    return {m.daughter for m in MARRIAGES if m.son == of}


def _of_each(people: _Related, relation: Callable[[str], _Related]) -> _Related:
    return {other for person in people for other in relation(person)}


def _parents(of: str) -> _Related:
    return _fathers(of) | _mothers(of)


def _siblings_and_spouses(of: str) -> _Related:
    """Return brothers, sisters, and those of the spouse: whose children are nephews and nieces."""
    couple = {of} | _husbands(of) | _wives(of)
    return _of_each(couple, _brothers) | _of_each(couple, _sisters)


def _uncles(of: str) -> _Related:
    brothers, sisters = (_of_each(_parents(of), relation) for relation in (_brothers, _sisters))
    return brothers | _of_each(sisters, _husbands)


def _aunts(of: str) -> _Related:
    brothers, sisters = (_of_each(_parents(of), relation) for relation in (_brothers, _sisters))
    return sisters | _of_each(brothers, _wives)


RELATIONS: dict[str, Callable[[str], _Related]] = {
    "father": _fathers,
    "mother": _mothers,
    "husband": _husbands,
    "wife": _wives,
    "son": _sons,
    "daughter": _daughters,
    "uncle": _uncles,
    "aunt": _aunts,
    "brother": _brothers,
    "sister": _sisters,
    "nephew": lambda of: _of_each(_siblings_and_spouses(of), _sons),
    "niece": lambda of: _of_each(_siblings_and_spouses(of), _daughters),
}


class Fact(NamedTuple):
    """Who is what to whom: "Colin has the aunts Margaret and Jennifer"."""

    person: str
    relation: str
    others: tuple[str, ...]


def facts() -> list[Fact]:
    """Return all facts, the English first: one for each person and relation that has an answer."""
    found = []
    for names in ({p.english: p.english for p in PEOPLE}, {p.english: p.italian for p in PEOPLE}):
        for person in PEOPLE:
            for relation, others in RELATIONS.items():
                related = others(person.english)
                answer = tuple(names[p.english] for p in PEOPLE if p.english in related)
                if answer:
                    found.append(Fact(names[person.english], relation, answer))
    return found


def encoded(given: Sequence[Fact]) -> tuple[FloatArray, FloatArray]:
    """Return facts as cases: inputs (24 people, then 12 relations) and desired outputs (24 people).

    A unit of its own stands for each person and each relation: 1 for those in the fact, 0 for the
    rest.
    """
    relations = list(RELATIONS)
    X, y = np.zeros((len(given), len(NAMES) + len(relations))), np.zeros((len(given), len(NAMES)))
    for i, fact in enumerate(given):
        X[i, NAMES.index(fact.person)] = 1.0
        X[i, len(NAMES) + relations.index(fact.relation)] = 1.0
        y[i, [NAMES.index(name) for name in fact.others]] = 1.0
    return X, y
