"""One layer, and what it cannot do."""

from __future__ import annotations

import itertools
import re

import pytest

from demos import perceptron
from demos.xor.problem import X


@pytest.mark.parametrize("targets", list(itertools.product((0, 1), repeat=4)))
def test_the_rule_learns_all_but_xor_and_its_opposite(targets):
    found = perceptron.learn(targets)
    assert found.solved == (targets not in ((0, 1, 1, 0), (1, 0, 0, 1)))
    w1, w2, b = found.states[-1]
    if found.solved:
        assert [int(w1 * x1 + w2 * x2 + b > 0) for x1, x2 in X] == list(targets)
    else:
        assert found.first_alike < len(found.states) - 1


def test_the_lesson(run_lesson):
    printed = run_lesson("perceptron")
    assert re.search(r"^XOR +0110 +after sweep 3 as after sweep 2 ", printed, re.MULTILINE)
    assert "ŷ(00) = 0.5000, ŷ(01) = 0.5000, ŷ(10) = 0.5000, ŷ(11) = 0.5000" in printed
    rows = re.findall(r"^[01]{2} +([01]) +\S+ +\S+ +(0\.\d+)$", printed, re.MULTILINE)
    assert len(rows) == 4
    for target, guess in rows:
        assert abs(float(guess) - int(target)) < 0.01
