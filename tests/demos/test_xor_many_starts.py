"""2-2-1 from many starts: stacked training, sigmoid and ReLU networks, what is reported."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

import nn
from demos.xor.experiments import relu_starts, sigmoid_starts
from demos.xor.experiments.many_starts import (
    Outcome,
    Recipe,
    Start,
    difference_to_engine,
    outcomes,
    stack,
    train,
)
from demos.xor.experiments.outcome_report import report
from demos.xor.hidden_units import hidden_layers, reading_suffices
from demos.xor.network import layer_arrays
from demos.xor.problem import X, Y, all_right
from nn import manual

RECIPES = [
    (sigmoid_starts.usual_start, sigmoid_starts.CROSS_ENTROPY),
    (sigmoid_starts.start_of_1986, sigmoid_starts.RUMELHART),
    (relu_starts.starts(relu_starts.NORMAL_HALF), relu_starts.RECIPE),
]


@pytest.mark.parametrize(("start", "recipe"), RECIPES)
def test_stacked_networks_train_as_nn_manual_says(start: Start, recipe: Recipe) -> None:
    models = [start(seed) for seed in range(5)]
    states = list(islice(train(stack(models), recipe), 31))
    for i, model in enumerate(models):
        weights, biases = layer_arrays(model)
        velocities = [np.zeros_like(p) for p in (*weights, *biases)]
        for _ in range(30):
            loss, dW, db = manual.gradients(
                weights,
                biases,
                X,
                Y,
                activation=recipe.activation,
                output_activation="sigmoid",
                loss=recipe.loss,
                reduction=recipe.reduction,
            )
            velocities = [
                recipe.momentum * v + g for v, g in zip(velocities, (*dW, *db), strict=True)
            ]
            parameters = [
                p - recipe.lr * v for p, v in zip((*weights, *biases), velocities, strict=True)
            ]
            weights, biases = parameters[:2], parameters[2:]
        assert states[29].losses[i] == pytest.approx(loss, rel=1e-12)
        after = states[30].networks
        for ours, theirs in zip((after.W1, after.W2, after.b1, after.b2), parameters, strict=True):
            np.testing.assert_allclose(ours[i], theirs, rtol=0, atol=1e-12)


def test_the_comparison_with_the_engine_sees_a_difference() -> None:
    start, recipe = RECIPES[0]
    recipe = replace(recipe, steps=50)
    assert difference_to_engine(start, 1, recipe) <= 1e-12

    def other_start(seed: int) -> nn.MLP:
        model = start(seed)
        model.activation = nn.Activation(lambda x: 1.0001 * x.sigmoid())
        return model

    assert difference_to_engine(other_start, 1, recipe) > 1e-6


def test_solved_at_is_when_the_loss_is_below_the_bound_for_good() -> None:
    start, recipe = RECIPES[0]
    (outcome,) = outcomes([start(1)], [1], recipe)
    losses = [float(s.losses[0]) for s in islice(train(stack([start(1)]), recipe), 3001)]
    assert outcome.solved_at is not None
    assert losses[outcome.solved_at - 1] >= recipe.solved_below
    assert max(losses[outcome.solved_at :]) < recipe.solved_below
    assert outcome.loss == losses[3000]
    (not_yet,) = outcomes([start(1)], [1], replace(recipe, steps=outcome.solved_at - 1))
    assert not_yet.solved_at is None
    (just,) = outcomes([start(1)], [1], replace(recipe, steps=outcome.solved_at))
    assert just.solved_at == outcome.solved_at


# Sigmoid
# -------


@pytest.mark.parametrize(("start", "recipe"), RECIPES[:2])
def test_sigmoid_networks_solve_xor_or_are_reported(start: Start, recipe: Recipe) -> None:
    ended = outcomes(
        [start(seed) for seed in sigmoid_starts.SEEDS],
        sigmoid_starts.SEEDS,
        recipe,
        sigmoid_starts.PATIENCE,
    )
    assert [outcome.seed for outcome in ended] == list(range(40))
    solved = [outcome for outcome in ended if outcome.solved_at is not None]
    stuck = [outcome for outcome in ended if outcome.solved_later is False]
    slow = [outcome for outcome in ended if outcome.solved_later is True]
    assert len(solved) + len(stuck) + len(slow) == 40
    assert len(solved) >= 25
    assert stuck
    assert all(all_right(outcome.outputs) for outcome in solved)
    assert not any(all_right(np.round(outcome.outputs, 2)) for outcome in stuck + slow)
    text = report(ended, sigmoid_starts.PATIENCE)
    assert f"{len(solved)} of 40 starts solve XOR" in text
    assert f"{len(stuck)} of 40: a local minimum" in text
    assert (f"{len(slow)} of 40: only slow" in text) == bool(slow)
    rows = [line.split() for line in text.splitlines() if line.startswith("  ") and "ŷ" not in line]
    listed = [int(seed.strip(",")) for row in rows for seed in row[6:]]
    assert sorted(listed) == sorted(outcome.seed for outcome in stuck + slow)
    assert sum(int(row[5]) for row in rows) == len(listed)


@pytest.mark.parametrize(
    ("start", "recipe", "seeds"), [(*RECIPES[0], [1, 3, 10]), (*RECIPES[1], [9, 12, 13])]
)
def test_the_engine_solves_xor_from_the_same_starts(
    start: Start, recipe: Recipe, seeds: list[int]
) -> None:
    for outcome in outcomes([start(seed) for seed in seeds], seeds, recipe):
        assert outcome.solved_at is not None
        # With the same parameters after each step, the engine solves it at the same step.
        short = replace(recipe, steps=outcome.solved_at)
        assert difference_to_engine(start, outcome.seed, short) <= 1e-9


def test_the_start_of_1986_is_uniform_in_biases_too() -> None:
    starts = np.array([sigmoid_starts.start_of_1986(seed).parameters() for seed in range(200)])
    numbers = starts.astype(float)
    assert np.abs(numbers).max() <= 0.3
    np.testing.assert_allclose(numbers.mean(axis=0), 0.0, atol=0.05)
    np.testing.assert_allclose(numbers.std(axis=0), 0.6 / np.sqrt(12), rtol=0.15)


# ReLU
# ----


@pytest.fixture(scope="module")
def relu_outcomes() -> dict[str, list[Outcome]]:
    return relu_starts.outcomes_by_initializer()


def test_share_of_relu_starts_that_solve_xor(relu_outcomes: dict[str, list[Outcome]]) -> None:
    solved = {
        name: sum(outcome.solved_at is not None for outcome in ended)
        for name, ended in relu_outcomes.items()
    }
    assert solved[relu_starts.NORMAL_HALF] == 5  # as published
    assert solved["zeros"] == 0
    assert all(len(ended) == 40 for ended in relu_outcomes.values())
    assert all(count < 40 for count in solved.values())
    for ended in relu_outcomes.values():
        for outcome in ended:
            assert (outcome.solved_at is not None) == (outcome.loss < 0.01)


def test_the_published_start_is_normal_with_zero_biases() -> None:
    rng = np.random.default_rng(3)
    weights, biases = layer_arrays(relu_starts.starts(relu_starts.NORMAL_HALF)(3))
    np.testing.assert_array_equal(weights[0], 0.5 * rng.standard_normal((2, 2)))
    np.testing.assert_array_equal(weights[1], 0.5 * rng.standard_normal((1, 2)))
    assert not any(b.any() for b in biases)


def test_what_the_relu_units_of_a_solution_detect(relu_outcomes: dict[str, list[Outcome]]) -> None:
    solutions = [o for o in relu_outcomes[relu_starts.NORMAL_HALF] if o.solved_at is not None]
    for outcome in solutions:
        W1, b1, W2, b2 = (parameter[0] for parameter in outcome.parameters)
        (units,) = hidden_layers([W1, W2], [b1, b2], "relu")
        assert not any(unit.detects.startswith("nothing") for unit in units)
        assert reading_suffices(units, W2, b2)


@pytest.mark.parametrize(("seed", "solves"), [(1, True), (0, False)])
def test_the_engine_ends_where_the_stacked_relu_networks_do(
    seed: int, solves: bool, relu_outcomes: dict[str, list[Outcome]]
) -> None:
    start = relu_starts.starts(relu_starts.NORMAL_HALF)
    recipe = replace(relu_starts.RECIPE, steps=1000)
    assert difference_to_engine(start, seed, recipe) <= 1e-9
    (outcome,) = outcomes([start(seed)], [seed], recipe)
    assert (outcome.solved_at is not None) == solves
    assert outcome.solved_at == relu_outcomes[relu_starts.NORMAL_HALF][seed].solved_at


def test_wilson_interval() -> None:
    low, high = relu_starts.wilson_interval(0, 10)
    assert low == 0.0
    assert high == pytest.approx(1.96**2 / (10 + 1.96**2), rel=1e-12)
    # Inverting the score test: at each end the share is 1.96 standard deviations away.
    for end in relu_starts.wilson_interval(5, 40):
        assert abs(5 / 40 - end) == pytest.approx(1.96 * (end * (1 - end) / 40) ** 0.5, rel=1e-12)


def test_start_experiments_print_what_they_found(
    relu_outcomes: dict[str, list[Outcome]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relu_starts, "outcomes_by_initializer", lambda: relu_outcomes)
    monkeypatch.setattr(relu_starts, "RECIPE", replace(relu_starts.RECIPE, steps=800))
    relu_starts.run()
    monkeypatch.setattr(
        sigmoid_starts, "CROSS_ENTROPY", replace(sigmoid_starts.CROSS_ENTROPY, steps=800)
    )
    monkeypatch.setattr(sigmoid_starts, "PATIENCE", 100)
    sigmoid_starts.run_cross_entropy()
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    assert "N(0, 0.5)         5 of 40    12%" in printed
    assert "5 of 40 starts solve XOR" in printed
    assert "x2 AND NOT x1" in printed
    assert printed.count("solved  ") >= 2
