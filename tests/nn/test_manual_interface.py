"""`nn.manual` at kinks, in saturation, with bad input, and as a learner sees it."""

from __future__ import annotations

import doctest
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from nn import manual

Array = npt.NDArray[Any]
Gradients = Callable[..., manual.Gradients]

VERSIONS = pytest.mark.parametrize("version", [manual.gradients, manual.gradients_by_weight])
# --- kinks, saturation, extremes ---


@VERSIONS
@pytest.mark.parametrize(("hidden", "slope"), [("relu", 0.0), ("leaky_relu", 1.0)])
def test_slope_at_the_kink(version: Gradients, hidden: str, slope: float) -> None:
    _, _, (hidden_bias, _) = version(
        [[[1.0]], [[1.0]]],
        [[0.0], [0.0]],
        [[0.0]],
        [[-1.0]],
        activation=hidden,
        loss="half_squared_error",
    )
    assert hidden_bias.item() == slope


@VERSIONS
@pytest.mark.parametrize(("score", "loss", "slope"), [(1.0, 0.0, 0.0), (0.5, 0.5, -1.0)])
def test_hinge_has_no_slope_at_the_margin(
    version: Gradients, score: float, loss: float, slope: float
) -> None:
    got = version([[[score]]], [[0.0]], [[1.0]], [[1.0]], activation="identity", loss="hinge_loss")
    assert (got.loss, got.biases[0].item()) == (loss, slope)


@VERSIONS
@pytest.mark.parametrize(
    ("output", "target", "loss", "slope"),
    [
        (0.0, 1.0, 100.0, -1e12),
        (1e-300, 1.0, 100.0, -1e12),
        (1.0, 0.0, 100.0, 1e12),
        (1.0, 0.25, 75.0, 0.75e12),
        (0.0, 0.0, 0.0, 0.0),
    ],
)
def test_where_binary_cross_entropy_of_probabilities_stops(
    version: Gradients, output: float, target: float, loss: float, slope: float
) -> None:
    got = version(
        [[[output]]],
        [[0.0]],
        [[1.0]],
        [[target]],
        activation="identity",
        loss="binary_cross_entropy",
    )
    assert got.loss == loss
    assert got.biases[0].item() == pytest.approx(slope, rel=1e-15)


@VERSIONS
@pytest.mark.parametrize("z", [-1e308, -800.0, -40.0, 40.0, 800.0, 1e308])
@pytest.mark.parametrize("target", [0.0, 1.0])
@pytest.mark.parametrize(
    ("output", "loss"),
    [("sigmoid", "binary_cross_entropy"), ("identity", "binary_cross_entropy_with_logits")],
)
def test_binary_cross_entropy_is_exact_in_saturation(
    version: Gradients, z: float, target: float, output: str, loss: str
) -> None:
    """For |z| ≥ 40 the loss is |z| on the wrong side, e^−|z| on the right one; δ is ŷ − y."""
    got = version(
        [[[z]]],
        [[0.0]],
        [[1.0]],
        [[target]],
        activation="identity",
        output_activation=output,
        loss=loss,
    )
    wrong = (z > 0) != (target == 1.0)
    assert got.loss == pytest.approx(abs(z) if wrong else math.exp(-abs(z)), rel=1e-15, abs=0)
    assert got.biases[0].item() == pytest.approx(math.copysign(wrong, z), abs=1e-17)


@VERSIONS
@pytest.mark.parametrize(
    ("logits", "loss"), [([1000.0, 1001.0], math.log1p(math.e)), ([-1e308, 1e308], math.inf)]
)
def test_cross_entropy_of_huge_logits(version: Gradients, logits: list[float], loss: float) -> None:
    got = version(
        [[[z] for z in logits]],
        [[0.0, 0.0]],
        [[1.0]],
        [0],
        activation="identity",
        loss="cross_entropy",
    )
    right = math.exp(-loss)
    assert got.loss == pytest.approx(loss, rel=1e-14)
    np.testing.assert_allclose(got.biases[0], [right - 1.0, 1.0 - right], rtol=1e-14)


@VERSIONS
@pytest.mark.parametrize("z", [-1e308, -800.0, 800.0, 1e308])
@pytest.mark.parametrize(
    ("activation", "below", "above"),  # value and slope at z, far to the left and to the right
    [
        ("identity", lambda z: (z, 1.0), lambda z: (z, 1.0)),
        ("sigmoid", lambda z: (0.0, 0.0), lambda z: (1.0, 0.0)),
        ("tanh", lambda z: (-1.0, 0.0), lambda z: (1.0, 0.0)),
        ("relu", lambda z: (0.0, 0.0), lambda z: (z, 1.0)),
        ("leaky_relu", lambda z: (0.01 * z, 0.01), lambda z: (z, 1.0)),
    ],
)
def test_activations_over_the_whole_float_range(
    version: Gradients,
    activation: str,
    z: float,
    below: Callable[[float], tuple[float, float]],
    above: Callable[[float], tuple[float, float]],
) -> None:
    """A hinge on the wrong side is 1 + |a|, so that its slope by z is ± that of the activation."""
    value, slope = above(z) if z > 0 else below(z)
    away = -math.copysign(1.0, z)
    got = version(
        [[[z]]],
        [[0.0]],
        [[1.0]],
        [[away]],
        activation="identity",
        output_activation=activation,
        loss="hinge_loss",
    )
    assert got.loss == 1.0 - away * value
    assert got.biases[0].item() == -away * slope


@VERSIONS
@pytest.mark.parametrize("activation", manual.ACTIVATIONS)
@pytest.mark.parametrize("loss", ["mse_loss", "hinge_loss", "cross_entropy"])
def test_nan_is_not_hidden(version: Gradients, activation: str, loss: str) -> None:
    Y = [0] if loss == "cross_entropy" else [[1.0]]
    got = version(
        [[[1.0]], [[1.0]]],
        [[0.0], [0.0]],
        [[math.nan]],
        Y,
        activation=activation,
        output_activation=activation,
        loss=loss,
    )
    assert math.isnan(got.loss)


# --- what a learner looks at ---


def test_forward_keeps_every_layer() -> None:
    passed = manual.forward(
        [[[1.0, -1.0], [2.0, 0.5]], [[1.0, 1.0]]],
        [[0.5, 0.0], [-1.0]],
        [[1.0, 2.0]],
        activation="relu",
    )
    z1, z2 = passed.pre_activations
    a0, a1, a2 = passed.activations
    assert (z1.tolist(), z2.tolist()) == ([[-0.5, 3.0]], [[2.0]])
    assert (a0.tolist(), a1.tolist(), a2.tolist()) == ([[1.0, 2.0]], [[0.0, 3.0]], [[2.0]])
    assert passed.output is a2


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_forward_gives_new_float64_arrays(dtype: str) -> None:
    weight, bias, X = (np.array(x, dtype) for x in ([[1, 2]], [3], [[4, 5], [6, 7]]))
    passed = manual.forward([weight], [bias], X, activation="identity")
    (z,), (a0, a1) = passed
    assert [array.dtype for array in (z, a0, a1)] == [np.float64] * 3
    assert not np.shares_memory(a0, X)
    assert not np.shares_memory(z, a1)


def test_output_delta_of_sigmoid_with_binary_cross_entropy() -> None:
    rng = np.random.default_rng(5)
    weights = [rng.standard_normal((3, 2)), rng.standard_normal((2, 3))]
    biases = [rng.standard_normal(3), rng.standard_normal(2)]
    X, Y = rng.standard_normal((4, 2)), rng.uniform(size=(4, 2))
    settings = {"activation": "tanh", "output_activation": "sigmoid"}
    got = manual.deltas(weights, biases, X, Y, loss="binary_cross_entropy", **settings)
    y = manual.forward(weights, biases, X, **settings).output
    assert [delta.shape for delta in got] == [(4, 3), (4, 2)]
    np.testing.assert_array_equal(got[-1], (y - Y) / 8)


def test_output_delta_of_cross_entropy() -> None:
    # Logits log 1, log 2, log 5 have softmax 1/8, 2/8, 5/8.
    (delta,) = manual.deltas(
        [np.log([[1.0], [2.0], [5.0]])],
        [np.zeros(3)],
        [[1.0], [1.0]],
        [1, 2],
        activation="identity",
        loss="cross_entropy",
    )
    wanted = [[1 / 16, -6 / 16, 5 / 16], [1 / 16, 2 / 16, -3 / 16]]
    np.testing.assert_allclose(delta, wanted, atol=1e-16)


@VERSIONS
@pytest.mark.parametrize("name", ["sin", "sigmoid"])
def test_own_activation_is_used_whatever_its_name(version: Gradients, name: str) -> None:
    got = version(
        [[[1.0]]],
        [[0.0]],
        [[0.7]],
        [[0.0]],
        activation="identity",
        output_activation=manual.Activation(name, np.sin, np.cos),
        loss="mse_loss",
    )
    assert got.biases[0].item() == pytest.approx(math.sin(1.4), rel=1e-15)  # 2 sin cos


@pytest.mark.parametrize(
    ("loss", "outputs", "targets", "values"),
    [
        ("mse_loss", [[1.0, 3.0]], [[2.0, 5.0]], [[1.0, 4.0]]),
        ("half_squared_error", [[1.0, 3.0]], [[2.0, 5.0]], [[0.5, 2.0]]),
        ("binary_cross_entropy", [[0.5, 0.25]], [[0.0, 1.0]], [[math.log(2), math.log(4)]]),
        ("binary_cross_entropy", [[0.0, 1.0]], [[1.0, 0.3]], [[100.0, 70.0]]),
        ("binary_cross_entropy", [[0.0, 1.0]], [[0.0, 1.0]], [[0.0, 0.0]]),
        ("binary_cross_entropy_with_logits", [[0.0, 1e3]], [[1.0, 0.0]], [[math.log(2), 1e3]]),
        ("cross_entropy", [[0.0] * 3, [1e3, 0.0, 0.0]], [2, 1], [math.log(3), 1e3]),
        ("hinge_loss", [[0.5, 2.0, 2.0]], [[1, 1, -1]], [[0.5, 0.0, 3.0]]),
    ],
)
def test_loss_values_and_reductions(
    loss: str, outputs: list[list[float]], targets: Any, values: list[Any]
) -> None:
    got = manual.loss_value(outputs, targets, loss=loss, reduction="none")
    np.testing.assert_allclose(got, values, rtol=1e-15)
    total = float(np.sum(values))
    assert manual.loss_value(outputs, targets, loss=loss, reduction="sum") == pytest.approx(total)
    assert manual.loss_value(outputs, targets, loss=loss) == pytest.approx(total / np.size(values))


@VERSIONS
def test_arguments_are_left_alone_and_results_are_new(version: Gradients) -> None:
    arguments = [np.array([[2.0]]), np.array([0.5]), np.array([[3.0]]), np.array([[1.0]])]
    before = [array.copy() for array in arguments]
    w, b, x, y = arguments
    got = version([w], [b], x, y, activation="identity", loss="mse_loss")
    got.weights[0][:] = got.biases[0][:] = -1.0
    assert arguments == before


# --- errors ---

W, B, X, Y = [[1.0, 2.0]], [0.0], [[1.0, 2.0]], [[1.0]]


@VERSIONS
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"activation": "swish"}, ValueError, r"unknown activation 'swish'; known are identity, s"),
        ({"output_activation": "softmax"}, ValueError, r"unknown activation 'softmax'"),
        ({"activation": np.tanh}, TypeError, r"one of the names identity, .* or an Activation"),
        ({"loss": "l1_loss"}, ValueError, r"unknown loss 'l1_loss'; known are mse_loss, half"),
        ({"loss": None}, TypeError, r"a loss is one of the names mse_loss"),
        ({"reduction": "none"}, ValueError, r"'none' to one number; known are mean, sum"),
        ({"weights": [], "biases": []}, ValueError, r"at least one layer; got 0 and 0"),
        ({"biases": []}, ValueError, r"one bias vector per layer .* got 1 and 0"),
        ({"weights": [[1.0, 2.0]]}, ValueError, r"weights\[0\]: .*\(n_out, n_in\) is wanted"),
        (
            {"weights": [[[1.0], [2.0]]]},
            ValueError,
            r"\(n_out, 2\) is wanted; is it weights\[0\]\.T",
        ),
        ({"weights": [[[1.0]]]}, ValueError, r"shape \(1, 1\), but X has 2 columns.*is wanted$"),
        (
            {"weights": [W, [[1.0, 1.0, 1.0]]], "biases": [B, B]},
            ValueError,
            r"weights\[1\] has shape \(1, 3\), but the activations of layer 0 have 1 columns",
        ),
        ({"biases": [[0.0, 0.0]]}, ValueError, r"biases\[0\] has shape \(2,\).*\(1,\) is wanted"),
        ({"biases": [0.0]}, ValueError, r"biases\[0\] has shape \(\)"),
        ({"X": [1.0, 2.0]}, ValueError, r"X: an array of shape \(samples, n_in\) is wanted, got"),
        ({"X": np.empty((0, 2))}, ValueError, r"X: nothing in it, shape \(0, 2\)"),
        ({"X": [[1.0, 2.0], [1.0]]}, ValueError, r"X: rows of different lengths"),
        ({"X": [["1", "2"]]}, TypeError, r"X: real numbers are wanted, got <U1"),
        ({"X": [[1j, 2.0]]}, TypeError, r"X: real numbers are wanted, got complex128"),
        ({"X": [[None, 2.0]]}, TypeError, r"X: real numbers are wanted, got object"),
        ({"Y": [1.0]}, ValueError, r"shape \(1,\), the outputs \(1, 1\).*reshape\(-1, 1\)"),
        ({"Y": [[1.0, 2.0]]}, ValueError, r"one target per output is wanted$"),
        ({"Y": [["one"]]}, TypeError, r"the targets: real numbers are wanted"),
        ({"loss": "binary_cross_entropy"}, ValueError, r"outputs from 0 to 1, got 5\.0.*sigmoid"),
        (
            {"loss": "binary_cross_entropy_with_logits", "Y": [[-1.0]]},
            ValueError,
            r"targets from 0 to 1, got -1\.0",
        ),
        ({"loss": "hinge_loss", "Y": [[0.0]]}, ValueError, r"targets −1 or \+1, got 0\.0"),
        ({"loss": "cross_entropy", "Y": [1]}, ValueError, r"class index 1 of sample 0.*0 to 0"),
        ({"loss": "cross_entropy", "Y": [-1]}, ValueError, r"class index -1 of sample 0"),
        ({"loss": "cross_entropy", "Y": [0.0]}, TypeError, r"as integers, got float64"),
        ({"loss": "cross_entropy", "Y": [[0]]}, ValueError, r"one class index per sample, shape"),
    ],
)
def test_errors_say_what_is_wanted(
    version: Gradients, changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    arguments = {"weights": [W], "biases": [B], "X": X, "Y": Y} | {
        "activation": "identity",
        "loss": "mse_loss",
    }
    with pytest.raises(error, match=message):
        version(**(arguments | changes))


def test_loss_value_refuses_an_empty_batch() -> None:
    with pytest.raises(ValueError, match=r"the outputs: nothing in it, shape \(0, 1\)"):
        manual.loss_value(np.empty((0, 1)), np.empty((0, 1)), loss="mse_loss")


# --- independence ---


def test_importing_the_package_takes_numpy_only() -> None:
    """An empty package stands in for `nn`, whose own __init__ imports autograd."""
    program = (
        "import sys, types\n"
        "nn = sys.modules['nn'] = types.ModuleType('nn')\n"
        f"nn.__path__ = [{str(Path(manual.__file__).parents[1])!r}]\n"
        "import numpy\n"
        "before = set(sys.modules)\n"
        "import nn.manual\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(new - sys.stdlib_module_names))\n"
        "print(*sorted(name for name in sys.modules if name.startswith('nn.')))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    others, modules = ran.stdout.splitlines()
    assert set(others.split()) <= {"nn", "numpy"}
    assert all(name.startswith("nn.manual") for name in modules.split())


def test_example_in_the_package_docstring() -> None:
    assert doctest.testmod(manual).attempted == 3
    assert doctest.testmod(manual).failed == 0
