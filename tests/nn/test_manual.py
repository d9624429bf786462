"""Gradients of `nn.manual` against finite differences, PyTorch, and each other."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import manual

mp = importlib.import_module("mpmath").mp  # through importlib because it ships no types

Array = npt.NDArray[Any]
# Binary cross-entropy of probabilities is defined for outputs from 0 to 1 only.
OUTPUTS_AND_LOSSES = [
    (output, loss)
    for output in manual.ACTIVATIONS
    for loss in manual.LOSSES
    if loss != "binary_cross_entropy" or output == "sigmoid"
]


class Problem(NamedTuple):
    weights: list[Array]
    biases: list[Array]
    X: Array
    Y: Array


def random_problem(loss: str, sizes: list[int], samples: int, seed: int) -> Problem:
    rng = np.random.default_rng(seed)
    shape = (samples, sizes[-1])
    Y: Array
    if loss == "cross_entropy":
        Y = rng.integers(sizes[-1], size=samples)
    elif loss == "hinge_loss":
        Y = rng.choice([-1.0, 1.0], size=shape)
    elif loss.startswith("binary"):
        Y = rng.uniform(size=shape)
    else:
        Y = rng.standard_normal(shape)
    return Problem(
        [rng.standard_normal((n_out, n_in)) for n_in, n_out in pairwise(sizes)],
        [rng.standard_normal(n_out) for n_out in sizes[1:]],
        rng.standard_normal((samples, sizes[0])),
        Y,
    )


def settings_of(hidden: str, output: str, loss: str, reduction: str = "mean") -> dict[str, Any]:
    return {
        "activation": hidden,
        "output_activation": output,
        "loss": loss,
        "reduction": reduction,
    }


def assert_same(got: manual.Gradients, wanted: manual.Gradients, tolerance: float = 1e-12) -> None:
    """Compare relative to the largest entry of each array: sums may cancel to any smaller one."""
    assert got.loss == pytest.approx(wanted.loss, rel=tolerance, abs=1e-15)
    for got_arrays, wanted_arrays in [(got.weights, wanted.weights), (got.biases, wanted.biases)]:
        for got_array, wanted_array in zip(got_arrays, wanted_arrays, strict=True):
            assert got_array.shape == wanted_array.shape
            atol = tolerance * np.abs(wanted_array).max() + 1e-15
            np.testing.assert_allclose(got_array, wanted_array, rtol=0, atol=atol)


def assert_both_versions_give(
    wanted: manual.Gradients, problem: Problem, settings: dict[str, Any], tolerance: float = 1e-12
) -> None:
    assert_same(manual.gradients(*problem, **settings), wanted, tolerance)
    assert_same(manual.gradients_by_weight(*problem, **settings), wanted, tolerance)


# --- finite differences in many digits: nothing below shares a formula with the package ---

PRECISE_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + mp.exp(-z)),
    "tanh": mp.tanh,
    "relu": lambda z: max(z, 0),
    "leaky_relu": lambda z: z if z > 0 else mp.mpf(0.01) * z,
}
PRECISE_LOSSES: dict[str, Callable[[list[Any], Any], list[Any]]] = {
    "mse_loss": lambda o, t: [(b - a) ** 2 for a, b in zip(o, t, strict=True)],
    "half_squared_error": lambda o, t: [(b - a) ** 2 / 2 for a, b in zip(o, t, strict=True)],
    "binary_cross_entropy": lambda o, t: [
        -b * mp.log(a) - (1 - b) * mp.log(1 - a) for a, b in zip(o, t, strict=True)
    ],
    "binary_cross_entropy_with_logits": lambda o, t: PRECISE_LOSSES["binary_cross_entropy"](
        [PRECISE_ACTIVATIONS["sigmoid"](a) for a in o], t
    ),
    "cross_entropy": lambda o, t: [-mp.log(mp.exp(o[t]) / mp.fsum(mp.exp(a) for a in o))],
    "hinge_loss": lambda o, t: [max(0, 1 - b * a) for a, b in zip(o, t, strict=True)],
}


def precise_loss(
    problem: Problem, activation: str, output_activation: str, loss: str, reduction: str
) -> Callable[[list[Any]], Any]:
    """Return the loss as a function of all parameters, weights first, in one flat list."""
    samples, targets = problem.X.tolist(), problem.Y.tolist()
    names = [activation] * (len(problem.weights) - 1) + [output_activation]

    def evaluate(parameters: list[Any]) -> Any:
        entries = iter(parameters)
        weights = [[[next(entries) for _ in row] for row in W] for W in problem.weights]
        biases = [[next(entries) for _ in b] for b in problem.biases]
        values = []
        for a, target in zip(samples, targets, strict=True):
            for W, b, name in zip(weights, biases, names, strict=True):
                z = [mp.fdot(row, a) + b_j for row, b_j in zip(W, b, strict=True)]
                a = [PRECISE_ACTIVATIONS[name](z_j) for z_j in z]
            values += PRECISE_LOSSES[loss](a, target)
        return mp.fsum(values) / (len(values) if reduction == "mean" else 1)

    return evaluate


def precise_gradients(
    problem: Problem,
    activation: str,
    output_activation: str,
    loss: str,
    reduction: str,
    digits: int = 50,
) -> manual.Gradients:
    with mp.workdps(digits):
        evaluate = precise_loss(problem, activation, output_activation, loss, reduction)
        arrays = [*problem.weights, *problem.biases]
        flat = [mp.mpf(number) for array in arrays for number in array.ravel().tolist()]
        step = mp.mpf(10) ** (-digits // 3)
        slopes = []
        for k in range(len(flat)):
            before, after = ([*flat[:k], flat[k] + h, *flat[k + 1 :]] for h in (-step, step))
            slopes.append(float((evaluate(after) - evaluate(before)) / (2 * step)))
        ends = np.cumsum([array.size for array in arrays])[:-1]
        parts = [
            part.reshape(array.shape)
            for part, array in zip(np.split(np.array(slopes), ends), arrays, strict=True)
        ]
        depth = len(problem.weights)
        return manual.Gradients(float(evaluate(flat)), parts[:depth], parts[depth:])


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("hidden", manual.ACTIVATIONS)
def test_hidden_layers_match_finite_differences(hidden: str, reduction: str) -> None:
    problem = random_problem("mse_loss", [3, 4, 3, 2], samples=3, seed=1)
    settings = settings_of(hidden, "identity", "mse_loss", reduction)
    assert_both_versions_give(precise_gradients(problem, **settings), problem, settings)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(("output", "loss"), OUTPUTS_AND_LOSSES)
def test_output_layers_match_finite_differences(output: str, loss: str, reduction: str) -> None:
    problem = random_problem(loss, [2, 3, 3], samples=3, seed=2)
    settings = settings_of("tanh", output, loss, reduction)
    assert_both_versions_give(precise_gradients(problem, **settings), problem, settings)


@pytest.mark.parametrize(
    ("hidden", "output", "loss"),
    [
        ("sigmoid", "identity", "half_squared_error"),
        ("tanh", "sigmoid", "binary_cross_entropy"),
        ("leaky_relu", "identity", "binary_cross_entropy_with_logits"),
        ("relu", "identity", "cross_entropy"),
    ],
)
def test_saturated_networks_match_finite_differences(hidden: str, output: str, loss: str) -> None:
    weights, biases, X, Y = random_problem(loss, [2, 3, 3], samples=4, seed=3)
    problem = Problem([10.0 * W for W in weights], biases, X, Y)
    passed = manual.forward(*problem[:3], activation=hidden, output_activation=output)
    assert 20.0 < max(np.abs(z).max() for z in passed.pre_activations) < 400.0
    settings = settings_of(hidden, output, loss)
    wanted = precise_gradients(problem, **settings, digits=250)
    assert_both_versions_give(wanted, problem, settings)


@pytest.mark.parametrize("name", manual.ACTIVATIONS)
@pytest.mark.parametrize("z", [-300.0, -40.0, -5.0, -0.1, 0.1, 5.0, 40.0, 300.0])
def test_slopes_keep_their_digits_in_saturation(name: str, z: float) -> None:
    with mp.workdps(600):
        slope = float(mp.diff(PRECISE_ACTIVATIONS[name], z, h=mp.mpf(10) ** -200))
    # The hinge max(0, 1 + a) has slope 1 where it is not 0, which leaves the activation's own.
    target = [[-1.0]] if name == "sigmoid" or z > 0 else [[1.0]]
    problem = [[[z]]], [[0.0]], [[1.0]], target
    settings = settings_of("identity", name, "hinge_loss")
    for version in (manual.gradients, manual.gradients_by_weight):
        got = version(*problem, **settings).biases[0].item()
        assert got == pytest.approx(-target[0][0] * slope, rel=1e-14, abs=0)


# --- the two versions against each other ---


@given(
    sizes=st.lists(st.integers(1, 5), min_size=2, max_size=5),
    samples=st.integers(1, 5),
    seed=st.integers(0, 2**32 - 1),
    hidden=st.sampled_from(list(manual.ACTIVATIONS)),
    output_and_loss=st.sampled_from(OUTPUTS_AND_LOSSES),
    reduction=st.sampled_from(["mean", "sum"]),
)
def test_both_versions_agree(
    sizes: list[int],
    samples: int,
    seed: int,
    hidden: str,
    output_and_loss: tuple[str, str],
    reduction: str,
) -> None:
    output, loss = output_and_loss
    problem = random_problem(loss, sizes, samples, seed)
    settings = settings_of(hidden, output, loss, reduction)
    assert_same(
        manual.gradients_by_weight(*problem, **settings), manual.gradients(*problem, **settings)
    )


@pytest.mark.parametrize("sizes", [[3, 4, 1], [3, 4, 3, 1]])
def test_relu_networks_of_two_depths(sizes: list[int]) -> None:
    problem = random_problem("half_squared_error", sizes, samples=1, seed=11)
    settings = settings_of("relu", "identity", "half_squared_error")
    wanted = precise_gradients(problem, **settings)
    assert np.count_nonzero(wanted.weights[0])
    assert_both_versions_give(wanted, problem, settings)


def test_the_simplified_delta_is_the_general_one_away_from_saturation() -> None:
    sigmoid = manual.ACTIVATIONS["sigmoid"]
    unsimplified = manual.Activation("logistic", sigmoid.value, sigmoid.derivative)
    problem = random_problem("binary_cross_entropy", [2, 3, 2], samples=4, seed=6)
    settings: dict[str, Any] = {"activation": "tanh", "loss": "binary_cross_entropy"}
    for version in (manual.gradients, manual.gradients_by_weight):
        assert_same(
            version(*problem, output_activation=unsimplified, **settings),
            version(*problem, output_activation="sigmoid", **settings),
        )


# --- PyTorch ---


def torch_gradients(
    problem: Problem, activation: str, output_activation: str, loss: str, reduction: str
) -> manual.Gradients:
    torch = pytest.importorskip("torch")
    F = torch.nn.functional
    weights = [torch.tensor(W, requires_grad=True) for W in problem.weights]
    biases = [torch.tensor(b, requires_grad=True) for b in problem.biases]
    a, t = torch.tensor(problem.X), torch.tensor(problem.Y)
    names = [activation] * (len(weights) - 1) + [output_activation]
    for W, b, name in zip(weights, biases, names, strict=True):
        z = F.linear(a, W, b)
        a = z if name == "identity" else getattr(F, name)(z)
    if loss == "hinge_loss":
        values = F.relu(1 - t * a)
        value = values.mean() if reduction == "mean" else values.sum()
    elif loss == "half_squared_error":
        value = F.mse_loss(a, t, reduction=reduction) / 2
    else:
        value = getattr(F, loss)(a, t, reduction=reduction)
    value.backward()
    return manual.Gradients(
        value.item(), [W.grad.numpy() for W in weights], [b.grad.numpy() for b in biases]
    )


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("hidden", manual.ACTIVATIONS)
@pytest.mark.parametrize(("output", "loss"), OUTPUTS_AND_LOSSES)
def test_gradients_are_those_of_torch(hidden: str, output: str, loss: str, reduction: str) -> None:
    problem = random_problem(loss, [3, 4, 3, 2], samples=5, seed=7)
    settings = settings_of(hidden, output, loss, reduction)
    assert_both_versions_give(torch_gradients(problem, **settings), problem, settings)


@pytest.mark.parametrize(
    ("hidden", "loss", "Y"),
    [
        ("relu", "mse_loss", [[0.5], [0.5]]),
        ("identity", "hinge_loss", [[1.0], [1.0]]),  # outputs 0 and 1: the margin exactly
        ("identity", "binary_cross_entropy", [[1.0], [0.3]]),  # outputs 0 and 1: log(0) twice
    ],
)
def test_edges_are_those_of_torch(hidden: str, loss: str, Y: list[list[float]]) -> None:
    problem = Problem(
        [np.array([[1.0]]), np.array([[1.0]])],
        [np.zeros(1), np.zeros(1)],
        np.array([[0.0], [1.0]]),
        np.array(Y),
    )
    settings = settings_of(hidden, "identity", loss)
    # Where binary cross-entropy has slope 1/1e-12, torch's 1e-12 is a float32, which is 4e-9 off.
    tolerance = 5e-9 if loss == "binary_cross_entropy" else 1e-15
    assert_both_versions_give(torch_gradients(problem, **settings), problem, settings, tolerance)
