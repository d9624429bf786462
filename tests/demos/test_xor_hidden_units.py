"""What hidden units detect: patterns, words, and whether the words explain the network."""

from __future__ import annotations

import numpy as np
import pytest

from demos.xor.explanation import explain
from demos.xor.hidden_units import (
    FUNCTIONS,
    hidden_layers,
    on_pattern,
    reading,
    reading_suffices,
)


def test_functions_are_what_their_names_say() -> None:
    for pattern, words in FUNCTIONS.items():
        if words == "nothing":
            assert pattern in ("0000", "1111")
            continue
        python = words.replace("AND", "and").replace("OR", "or").replace("NOT", "not")
        python = python.replace("x1 Xor x2", "x1 != x2")
        results = [eval(python, {"x1": x1, "x2": x2}) for x1 in (0, 1) for x2 in (0, 1)]
        assert "".join(str(int(bool(result))) for result in results) == pattern
    assert len(set(FUNCTIONS.values())) == 15


@pytest.mark.parametrize(
    ("responses", "rectified", "pattern", "words"),
    [
        ([0.08, 0.96, 0.96, 1.0], False, "0111", "x1 OR x2"),
        ([0.0, 0.1, 0.1, 0.95], False, "0001", "x1 AND x2"),
        ([0.99, -0.98, -0.98, -1.0], False, "1000", "NOT (x1 OR x2)"),
        ([0.55, 0.9, 0.9, 0.97], False, "0111", "x1 OR x2"),
        ([0.0, 1.0, 1.0, 2.0], True, "0111", "x1 OR x2, graded"),
        ([0.0, 0.8, 0.8, 2.0], True, "0111", "x1 OR x2, graded"),
        ([0.0, 0.0, 0.0, 1.0], True, "0001", "x1 AND x2"),
        ([-0.01, -0.02, 1.5, -0.01], True, "0010", "x1 AND NOT x2"),
        ([2.0, 2.1, 3.0, 3.1], True, "0011", "x1"),
        ([0.0, 0.0, 0.0, 0.0], True, "0000", "nothing: always off"),
        ([0.5, 0.5, 0.51, 0.5], False, "0000", "nothing: constant"),
    ],
)
def test_reading_of_one_unit(
    responses: list[float], rectified: bool, pattern: str, words: str
) -> None:
    array = np.array(responses)
    assert on_pattern(array, rectified) == pattern
    assert reading(array, pattern) == words


# OR and AND by hand: h1 is on from one input on, h2 from two.
WEIGHTS = [np.array([[10.0, 10.0], [10.0, 10.0]]), np.array([[10.0, -10.0]])]
BIASES = [np.array([-5.0, -15.0]), np.array([-5.0])]


def test_a_network_made_by_hand_is_read_as_it_was_made() -> None:
    (units,) = hidden_layers(WEIGHTS, BIASES, "sigmoid")
    assert [unit.name for unit in units] == ["h1", "h2"]
    assert [unit.detects for unit in units] == ["x1 OR x2", "x1 AND x2"]
    assert reading_suffices(units, WEIGHTS[1], BIASES[1][:1])
    text = explain(WEIGHTS, BIASES, "sigmoid")
    assert "ŷ = sigmoid(10.00 h1 − 10.00 h2 − 5.00)" in text
    assert "pushed up by h1 (x1 OR x2) and held down by h2 (x1 AND x2)" in text
    assert "so this is how it works" in " ".join(text.split())


def test_a_reading_that_does_not_suffice_is_admitted() -> None:
    """At 11 this output needs h1 to be 2; as a switch h1 is 4/3 there, the mean of 1, 1 and 2."""
    weights = [np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[10.0, -12.0]])]
    biases = [np.array([0.0, -1.0]), np.array([-2.0])]
    (units,) = hidden_layers(weights, biases, "relu")
    assert [unit.detects for unit in units] == ["x1 OR x2, graded", "x1 AND x2"]
    assert not reading_suffices(units, weights[1], biases[1])
    assert "does not explain" in " ".join(explain(weights, biases, "relu").split())


def test_deeper_layers_and_none() -> None:
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in [(3, 2), (2, 3), (1, 2)]]
    biases = [np.zeros(3), np.zeros(2), np.zeros(1)]
    names = [[unit.name for unit in layer] for layer in hidden_layers(weights, biases, "tanh")]
    assert names == [["h1.1", "h1.2", "h1.3"], ["h2.1", "h2.2"]]
    assert "no hidden layer" in explain([weights[2]], [biases[2]], "tanh")
