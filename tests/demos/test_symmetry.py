"""Symmetry: solved as in 1986, and the weights that the paper shows."""

from __future__ import annotations

import importlib.util
import re

import numpy as np
import pytest

import nn
from demos import symmetry
from demos.descent_1986 import say_if_slow, sweeps, total_error
from nn import manual


@pytest.fixture(scope="module")
def error():
    model = nn.MLP(6, [2, 1], activation="sigmoid", output_activation="sigmoid", seed=0)
    return nn.compile_loss(model, total_error)


def test_the_rows():
    assert symmetry.X.shape == (64, 6)
    for x, y in zip(symmetry.X.tolist(), symmetry.Y):
        assert y == (x == x[::-1])
    assert symmetry.Y.sum() == 8


def test_weights_mirror_with_opposite_sign_near_1_2_4(error):
    training = symmetry.train(error, seed=1, most=1000)
    assert training.right < training.near < 1000
    assert len(training.errors) == training.near + 1
    said = symmetry.outputs(training.layers)
    assert np.abs(said - symmetry.Y).max() < symmetry.NEAR
    ratios, mirrors = symmetry.regularities(training.layers[0][0])
    np.testing.assert_allclose(ratios, [[1.0, 2.0, 4.0]] * 2, rtol=0.05)
    assert max(mirrors) < 0.05
    W1 = training.layers[0][0]
    np.testing.assert_allclose(W1[0], -W1[1], atol=0.1)  # the units have opposite signs
    assert min(mirrors) < np.abs(W1).min() / 10


def test_another_start_finds_2_3_4(error):
    training = symmetry.train(error, seed=3, most=2000)
    assert training.near is not None
    ratios, mirrors = symmetry.regularities(training.layers[0][0])
    np.testing.assert_allclose(ratios, [[1.0, 1.5, 2.0]] * 2, rtol=0.05)
    assert max(mirrors) < 0.05


def test_the_descent_is_equation_9(error):
    """Against momentum written out, with gradients by nn.manual, and decay after each change."""
    rng = np.random.default_rng(0)
    start = rng.uniform(-0.3, 0.3, 17)
    rates = {1: (0.005, 0.5), 2: (0.005, 0.5), 3: (0.01, 0.9), 4: (0.01, 0.9)}
    found = sweeps(error, start, symmetry.X, symmetry.Y, rates=rates.get, decay=0.002)
    w, change = start, np.zeros(17)
    for number in range(5):
        sweep = next(found)
        assert sweep.number == number
        np.testing.assert_allclose(sweep.w, w, rtol=1e-12)
        weights, biases = symmetry.layers_of(w)
        E, by_weight, by_bias = manual.gradients(
            weights,
            biases,
            symmetry.X,
            symmetry.Y[:, None],
            activation="sigmoid",
            output_activation="sigmoid",
            loss="half_squared_error",
            reduction="sum",
        )
        assert pytest.approx(E, rel=1e-12) == sweep.E
        pairs = zip(by_weight, by_bias)
        gradient = np.concatenate([array.ravel() for pair in pairs for array in pair])
        if number < 4:
            epsilon, alpha = rates[number + 1]
            change = -epsilon * gradient + alpha * change
            w = (w + change) * 0.998


def test_the_lesson(run_lesson):
    printed = run_lesson("symmetry", "--starts", "2", "--sweeps", "700")
    rows = re.findall(r"^ +(\d) +(\S+) +(\S+) +([\d.]+)(?: .*)?$", printed, re.MULTILINE)
    assert [row[0] for row in rows] == ["1", "2"]
    # Rounding may move it by a sweep or two on another machine.
    assert abs(int(rows[0][1]) - 566) <= 2
    assert abs(int(rows[0][2]) - 634) <= 2
    assert rows[1][1:3] == ("never", "never")
    assert printed.count("1.00 : 1.99 : 3.94") == 2


def test_when_none_is_solved(run_lesson):
    printed = run_lesson("symmetry", "--starts", "1", "--sweeps", "1")
    assert "None of 1 starts" in printed


def test_what_makes_it_fast_is_named(capsys, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    say_if_slow()
    assert "scalar-autodiff[jit]" in capsys.readouterr().out
