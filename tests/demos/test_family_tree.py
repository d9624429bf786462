"""The family trees: the facts, the network, and what it learns."""

from __future__ import annotations

import re

import numpy as np
import pytest

import autograd
import nn
from demos.family_tree import network, report
from demos.family_tree.facts import NAMES, PEOPLE, RELATIONS, Fact, encoded, facts


@pytest.fixture(scope="module")
def compiled():
    return nn.compile_loss(network.FamilyTree(), network.error)


def test_there_are_104_facts():
    known = facts()
    assert (len(NAMES), len(set(NAMES)), len(RELATIONS)) == (24, 24, 12)
    assert len(known) == len(set(known)) == 104
    assert sum(len(fact.others) for fact in known) == 112
    # The trees are alike, person for person.
    italian = {p.english: p.italian for p in PEOPLE}
    assert [
        Fact(italian[person], relation, tuple(italian[other] for other in others))
        for person, relation, others in known[:52]
    ] == known[52:]


@pytest.mark.parametrize(
    ("person", "relation", "others"),
    [
        ("Colin", "aunt", ("Margaret", "Jennifer")),  # the example of the paper
        ("Colin", "uncle", ("Arthur", "Charles")),
        ("Charlotte", "brother", ("Colin",)),
        ("Victoria", "father", ("Christopher",)),
        ("Charles", "niece", ("Charlotte",)),
        ("Arthur", "nephew", ("Colin",)),
        ("Penelope", "daughter", ("Victoria",)),
        ("Margaret", "husband", ("Arthur",)),
        ("Maria", "son", ("Emilio",)),
    ],
)
def test_some_facts(person, relation, others):
    assert Fact(person, relation, others) in facts()


def test_relations_are_the_reverse_of_one_another():
    pairs = {(fact.person, fact.relation, other) for fact in facts() for other in fact.others}

    def turned(*relations):
        return {(b, a) for a, relation, b in pairs if relation in relations}

    def straight(*relations):
        return {(a, b) for a, relation, b in pairs if relation in relations}

    assert turned("husband") == straight("wife")
    assert turned("father", "mother") == straight("son", "daughter")
    assert turned("brother", "sister") == straight("brother", "sister")
    assert turned("uncle", "aunt") == straight("nephew", "niece")


def test_cases_have_one_person_and_one_relation():
    X, desired = encoded(facts())
    assert X.shape == (104, 36)
    np.testing.assert_array_equal(X[:, :24].sum(axis=1), 1.0)
    np.testing.assert_array_equal(X[:, 24:].sum(axis=1), 1.0)
    assert desired.sum() == 112


def test_outputs_are_the_modules():
    model = network.FamilyTree()
    assert model.num_parameters() == 630
    w = np.random.default_rng(1).normal(size=630)
    nn.vector_to_parameters(w, model.parameters())
    X, _ = encoded(facts()[:3])
    expected = [[float(y) for y in model(x)] for x in X]
    np.testing.assert_allclose(network.outputs(w, X), expected, rtol=1e-12)


def test_the_error_is_zero_beyond_the_limits(compiled):
    desired = np.array([[1.0, 1.0, 0.0, 0.0]])
    outputs = np.array([[0.9, 0.5, 0.1, 0.6]])
    assert float(network.error(outputs, desired)) == pytest.approx(0.5 * (0.3**2 + 0.4**2))
    gradient = autograd.grad(lambda o: network.error(o, desired))(outputs)
    np.testing.assert_allclose(gradient, [[0.0, -0.3, 0.0, 0.4]], atol=1e-15)


def test_a_network_learns_the_facts_and_generalizes(compiled):
    pytest.importorskip("llvmlite", reason="1,500 sweeps take half a minute on NumPy")
    known = facts()
    training = network.train(compiled, known, 2, network.Setup())
    asked = [fact for fact, _ in (*training.trained, *training.held_out)]
    assert sorted(asked) == sorted(known)
    assert len(training.held_out) == 4
    assert sum(right for _, right in training.trained) >= 98
    assert sum(right for _, right in training.held_out) >= 3  # a guess: one in 24
    assert len(training.errors) == 1501
    shares = report.explained(training)
    for trait in ("nationality", "generation", "branch"):
        assert max(shares[trait]) > 0.4


def test_shares_of_variance():
    assert report.share_explained(np.array([1.0, 1.0, 3.0, 3.0]), list("aabb")) == 1.0
    assert report.share_explained(np.array([1.0, 3.0, 1.0, 3.0]), list("aabb")) == 0.0
    assert report.share_explained(np.zeros(4), list("aabb")) == 0.0


def test_the_lesson(run_lesson):
    printed = run_lesson("family_tree", "--starts", "2", "--sweeps", "20")
    assert "104 facts about 24 people" in printed
    rows = re.findall(r"^ +(\d) .* of 100 +(\d) of 4$", printed, re.MULTILINE)
    assert [row[0] for row in rows] == ["0", "1"]
    assert len(re.findall(r" (?:right|wrong)$", printed, re.MULTILINE)) >= 4
