"""Each diagnosis, from real mistakes in backpropagation; and that others are not taken for them."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

import autograd
from autograd.gradcheck import check_gradient

Array = np.ndarray[Any, Any]
rng = np.random.default_rng(1)
X = rng.normal(size=(5, 3))
Y = rng.normal(size=(5, 2))


def sigmoid(z: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-z))


# Activation, its derivative in terms of output and input, and the activation of the last layer.
NETWORKS: dict[str, tuple[Any, Any, Any]] = {
    "tanh": (np.tanh, lambda a, z: 1.0 - a * a, lambda z: z),
    "sigmoid": (sigmoid, lambda a, z: a * (1.0 - a), sigmoid),
}


def params(*sizes: int) -> list[Array]:
    made = []
    for n_in, n_out in zip(sizes, sizes[1:], strict=False):
        made += [rng.normal(size=(n_out, n_in)), rng.normal(size=n_out)]
    return made


def loss(kind: str) -> Any:
    activation, _, last = NETWORKS[kind]

    def half_squared_error(params: Any, X: Any, Y: Any) -> Any:
        a = X
        for i in range(0, len(params), 2):
            z = a @ params[i].T + params[i + 1]
            a = activation(z) if i < len(params) - 2 else last(z)
        return 0.5 * np.sum((a - Y) ** 2) / len(X)

    return half_squared_error


def backpropagation(kind: str, mistake: str = "", layer: int = -1) -> Any:
    """Backpropagation in NumPy with one mistake, in all layers or in one (the first is 1)."""
    activation, derivative, last = NETWORKS[kind]

    def gradients(params: Any, X: Any, Y: Any) -> list[Array]:
        depth = len(params) // 2
        outputs, inputs = [X], []
        for i in range(depth):
            z = outputs[-1] @ params[2 * i].T + params[2 * i + 1]
            inputs.append(z)
            outputs.append(activation(z) if i < depth - 1 else last(z))
        delta = (outputs[-1] - Y) / len(X)
        if last is sigmoid and mistake != "no derivative of the output":
            delta = delta * derivative(outputs[-1], inputs[-1])
        delta = delta * {"sum": len(X), "mean": 1 / len(X), "sign": -1, "half": 2}.get(mistake, 1)
        found: list[Array] = []
        for i in reversed(range(depth)):
            here = layer in (-1, i + 1)
            weights, bias = delta.T @ outputs[i], delta.sum(axis=0)
            if here and mistake == "bias":
                bias = np.zeros_like(bias)
            if here and mistake == "transposed":
                weights = weights.T.reshape(weights.shape)
            if here and mistake == "twice":
                weights = 2.0 * weights
            found = [weights, bias, *found]
            if i == 0:
                return found
            delta = delta @ params[2 * i]
            a, z = outputs[i], inputs[i - 1]
            slope = derivative(a, z)
            if layer in (-1, i):
                slope = {
                    "no derivative": 1.0,
                    "derivative twice": slope**2,
                    "derivative at the output": derivative(activation(a), a),
                    "derivative given z for a": derivative(z, z),
                }.get(mistake, slope)
            delta = delta * slope
        return found

    return gradients


def diagnosis(manual: Any, f: Any, *args: Any, **options: Any) -> tuple[str, ...]:
    report = check_gradient(manual, f, *args, raise_exception=False, **options)
    assert not report
    assert all(len(line) <= 80 for line in str(report).splitlines())
    for sentence in report.diagnosis:
        assert sentence in re.sub(r"\s+", " ", str(report))
    return report.diagnosis


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("sizes", [(3, 2), (3, 4, 2), (3, 3, 3, 2)])
def test_without_a_mistake_the_check_passes(kind: str, sizes: tuple[int, ...]) -> None:
    assert check_gradient(backpropagation(kind), loss(kind), params(*sizes), X, Y)


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize(
    ("mistake", "expected"),
    [
        ("sign", "off by the constant factor -1 everywhere: the sign is wrong"),
        (
            "sum",
            "off by the constant factor 5 everywhere, as when a sum is taken for a mean "
            "(5 is the length of X)",
        ),
        (
            "mean",
            "off by the constant factor 1/5 everywhere, as when a mean is taken for a sum "
            "(5 is the length of X)",
        ),
        (
            "half",
            "off by the constant factor 2 everywhere, as when it is accumulated twice, or the ½ "
            "of a squared error is forgotten",
        ),
        (
            "bias",
            "params[1], params[3], params[5]: the bias is forgotten; its gradient is zero, the "
            "true one is not",
        ),
    ],
)
def test_factors_and_forgotten_biases(kind: str, mistake: str, expected: str) -> None:
    found = diagnosis(backpropagation(kind, mistake), loss(kind), params(3, 3, 3, 2), X, Y)
    assert found == (expected,)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ("no derivative", "is missing"),
        ("derivative twice", "is applied twice"),
        ("derivative at the output", "is taken at the output instead of the input"),
        ("derivative given z for a", "is written for the output but given the input"),
    ],
)
def test_mistakes_with_the_derivative_of_an_activation(mistake: str, words: str) -> None:
    def found(kind: str, layer: int, *sizes: int) -> tuple[str, ...]:
        return diagnosis(backpropagation(kind, mistake, layer), loss(kind), params(*sizes), X, Y)

    assert found("tanh", -1, 3, 4, 2) == (f"the derivative of tanh {words}",)
    assert found("tanh", -1, 3, 4, 4, 2) == (f"the derivative of tanh {words}",)
    assert found("tanh", 2, 3, 4, 4, 2) == (
        f"the derivative of tanh {words} in activation layer 2 of 2",
    )
    assert found("sigmoid", -1, 3, 4, 4, 2) == (
        f"the derivative of sigmoid {words} in activation layers 1, 2 of 3",
    )
    assert found("sigmoid", 1, 3, 4, 4, 2) == (
        f"the derivative of sigmoid {words} in activation layer 1 of 3",
    )


def test_the_derivative_of_the_output_is_missing() -> None:
    manual = backpropagation("sigmoid", "no derivative of the output")
    assert diagnosis(manual, loss("sigmoid"), params(3, 4, 2), X, Y) == (
        "the derivative of sigmoid is missing in activation layer 2 of 2",
    )


@pytest.mark.parametrize(
    "activation", [autograd.relu, lambda z: autograd.maximum(z, 0.0), autograd.leaky_relu]
)
def test_the_derivative_of_a_rectifier_is_missing(activation: Any) -> None:
    slope = 0.01 if activation is autograd.leaky_relu else 0.0
    name = {autograd.relu: "relu", autograd.leaky_relu: "leaky_relu"}.get(activation, "maximum")

    def f(w: Any) -> Any:
        return np.sum((np.array([[activation(z) for z in row] for row in X @ w]) - 1.0) ** 2)

    def manual(w: Any) -> Any:
        z = X @ w
        return X.T @ (2.0 * (np.where(z > 0.0, z, slope * z) - 1.0))

    assert diagnosis(manual, f, rng.normal(size=(3, 2))) == (
        f"the derivative of {name} is missing",
    )


def test_transposed_gradients() -> None:
    square = diagnosis(
        backpropagation("tanh", "transposed", 2), loss("tanh"), params(3, 3, 3, 2), X, Y
    )
    assert square == ("params[2]: the gradient is transposed",)
    other = diagnosis(backpropagation("tanh", "transposed"), loss("tanh"), params(3, 4, 2), X, Y)
    assert other == (
        "params[0]: the gradient is transposed, then reshaped to (4, 3)",
        "params[2]: the gradient is transposed, then reshaped to (2, 4)",
    )


def test_gradients_of_transposed_shape() -> None:
    right = backpropagation("tanh")

    def manual(p: Any, X: Any, Y: Any) -> Any:
        return [g.T for g in right(p, X, Y)]

    report = check_gradient(manual, loss("tanh"), params(3, 4, 2), X, Y, raise_exception=False)
    assert len(report.problems) == 2
    assert all(problem.endswith("; its transpose is right") for problem in report.problems)

    def wrong_too(p: Any, X: Any, Y: Any) -> Any:
        return [3.0 * g.T for g in right(p, X, Y)]

    report = check_gradient(wrong_too, loss("tanh"), params(3, 4, 2), X, Y, raise_exception=False)
    assert len(report.problems) == 2
    assert not any("transpose" in problem for problem in report.problems)


def test_lists_are_matrices_too() -> None:
    def f(w: Any) -> Any:
        return sum((i + 3 * j + 1.0) * w[i][j] ** 2 for i in range(2) for j in range(2))

    def manual(w: Any) -> Any:
        return [[2.0 * (i + 3 * j + 1.0) * w[i][j] for i in range(2)] for j in range(2)]

    assert diagnosis(manual, f, [[1.0, 2.0], [3.0, 4.0]]) == ("w: the gradient is transposed",)


def test_gradients_shifted_by_one_layer() -> None:
    right = backpropagation("tanh")

    def last_two(p: Any, X: Any, Y: Any) -> Any:
        gradients = right(p, X, Y)
        return [*gradients[:2], *gradients[4:], *gradients[4:]]

    found = diagnosis(last_two, loss("tanh"), params(3, 3, 3, 3), X, np.c_[Y, Y[:, 0]])
    assert found == (
        "params[2] has the gradient of params[4], params[3] has the gradient of params[5], as when "
        "gradients are shifted by one layer",
    )


def test_the_gradient_of_a_distant_layer_is_no_shift_by_one() -> None:
    right = backpropagation("tanh")

    def manual(p: Any, X: Any, Y: Any) -> Any:
        gradients = right(p, X, Y)
        return [*gradients[4:], *gradients[2:]]

    assert diagnosis(manual, loss("tanh"), params(3, 3, 3, 3), X, np.c_[Y, Y[:, 0]]) == (
        "params[0] has the gradient of params[4], params[1] has the gradient of params[5]",
    )


def test_gradients_in_reverse_order() -> None:
    right = backpropagation("tanh")

    def manual(p: Any, X: Any, Y: Any) -> Any:
        w1, b1, w2, b2 = right(p, X, Y)
        return [w2, b2, w1, b1]

    same = diagnosis(manual, loss("tanh"), params(3, 3, 3), X, np.c_[Y, Y[:, 0]])
    assert same[0].startswith("swapped: params[0] has the gradient of params[2], params[1] has")
    report = check_gradient(manual, loss("tanh"), params(3, 4, 2), X, Y, raise_exception=False)
    assert report.problems[0].endswith("; it is the gradient of params[2]")
    assert len(report.problems) == 4


def test_swapped_numbers() -> None:
    found = diagnosis(lambda x, y: (x, y), lambda x, y: x * y, 2.0, 3.0, argnums=(0, 1))
    assert found == ("swapped: x has the gradient of y, y has the gradient of x",)


def test_twice_in_one_leaf() -> None:
    manual = backpropagation("tanh", "twice", 2)
    assert diagnosis(manual, loss("tanh"), params(3, 4, 2), X, Y) == (
        "off by the constant factor 2 in params[2], as when it is accumulated twice there; the "
        "other entries are right",
    )


def test_twice_where_f_uses_a_number_more_than_once() -> None:
    def f(w: Any) -> Any:
        return w[0] * w[1] + autograd.sin(w[0]) + w[2] * 3.0

    def manual(w: Any) -> Any:
        return [2.0 * (w[1] + math.cos(w[0])), w[0], 3.0]

    assert diagnosis(manual, f, [0.3, 0.5, 0.7]) == (
        "off by the constant factor 2 in w[0], as when it is accumulated twice: f uses exactly "
        "these more than once",
    )


def test_a_gradient_that_adds_up_over_calls() -> None:
    total = np.zeros(2)

    def manual(x: Any) -> Any:
        np.add(total, 2.0 * x, out=total)
        return total

    report = check_gradient(
        manual, lambda x: np.sum(x * x), np.array([1.0, 2.0]), raise_exception=False
    )
    assert not report
    assert "it adds to what the first call left behind" in report.problems[0]
    assert not report.having("disagrees")


# Without a graph: functions that do not take Values
# --------------------------------------------------


def plain_loss(params: Any, x: Any) -> float:
    w, b, v = (np.asarray(p, dtype=float) for p in params)
    return float(v @ np.tanh(w @ x + b))


def plain_params() -> list[Array]:
    return [rng.normal(size=(4, 3)), rng.normal(size=4), rng.normal(size=4)]


def plain_gradients(params: Any, x: Any, slope: Any = lambda a: 1.0 - a * a) -> list[Array]:
    w, b, v = params
    a = np.tanh(w @ x + b)
    delta = v * slope(a)
    return [np.outer(delta, x), delta, a]


def test_a_missing_derivative_is_seen_from_factors_of_each_unit() -> None:
    x = np.array([0.3, -0.7, 1.1])
    assert check_gradient(plain_gradients, plain_loss, plain_params(), x)

    def manual(params: Any, x: Any) -> Any:
        return plain_gradients(params, x, lambda a: 1.0)

    (found,) = diagnosis(manual, plain_loss, plain_params(), x)
    assert re.fullmatch(
        r"params\[0\]: each row is off by a factor of its own, from [\d.]+ to [\d.]+, and by the "
        r"same factors params\[1\], as when the derivative of the activation is missing or wrong",
        found,
    )


def test_wrong_inputs_are_not_taken_for_a_missing_derivative() -> None:
    def manual(params: Any, x: Any) -> Any:
        w, b, v = plain_gradients(params, x)
        return [w * np.array([1.5, 0.5, 3.0]), b, v]

    (found,) = diagnosis(manual, plain_loss, plain_params(), np.array([0.3, -0.7, 1.1]))
    assert found == "params[0]: each column is off by a factor of its own, from 0.5 to 3"


def test_a_forgotten_bias_is_known_by_its_place() -> None:
    def manual(params: Any, x: Any) -> Any:
        w, b, v = plain_gradients(params, x)
        return [w, 0.0 * b, v]

    found = diagnosis(manual, plain_loss, plain_params(), np.array([0.3, -0.7, 1.1]))
    assert found == ("params[1]: the bias is forgotten; its gradient is zero, the true one is not",)


def test_a_forgotten_bias_of_a_dot_product_is_known_by_what_happens_to_it() -> None:
    def f(w: Any, c: Any) -> Any:
        return autograd.tanh(autograd.dot(w, [1.0, 2.0], c[0]))

    def manual(w: Any, c: Any) -> Any:
        slope = 1.0 - math.tanh(w[0] + 2.0 * w[1] + c[0]) ** 2
        return [slope, 2.0 * slope], [0.0]

    found = diagnosis(manual, f, [0.1, 0.2], [0.3], argnums=(0, 1))
    assert found == ("c: the bias is forgotten; its gradient is zero, the true one is not",)

    def without_weights(w: Any, c: Any) -> Any:
        return [0.0, 0.0], [1.0 - math.tanh(w[0] + 2.0 * w[1] + c[0]) ** 2]

    found = diagnosis(without_weights, f, [0.1, 0.2], [0.3], argnums=(0, 1))
    assert found == ("w: the gradient is forgotten; it is zero, the true one is not",)


def test_a_forgotten_weight_is_no_bias() -> None:
    def manual(w: Any) -> Any:
        return {"x": 2.0 * w["x"], "y": 0.0}

    found = diagnosis(manual, lambda w: w["x"] ** 2 + w["y"] ** 2, {"x": 1.0, "y": 2.0})
    assert found == ("w['y']: the gradient is forgotten; it is zero, the true one is not",)


# No diagnosis where none fits
# ----------------------------


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", NETWORKS)
def test_random_errors_get_no_diagnosis(kind: str, seed: int) -> None:
    noise = np.random.default_rng(seed)
    right = backpropagation(kind)
    point = params(3, 3, 3, 2)
    errors: list[Any] = [noise.normal(size=p.shape) * noise.integers(0, 2) for p in point]
    errors[0][0, 0] += 1.0

    def manual(p: Any, X: Any, Y: Any) -> Any:
        return [g + e for g, e in zip(right(p, X, Y), errors, strict=True)]

    assert diagnosis(manual, loss(kind), point, X, Y) == ()


@pytest.mark.parametrize("size", [1e-4, 1e-2, 1.0])
def test_one_wrong_entry_gets_no_diagnosis(size: float) -> None:
    right = backpropagation("tanh")

    def manual(p: Any, X: Any, Y: Any) -> Any:
        gradients: Any = right(p, X, Y)
        gradients[0][1, 2] *= 1.0 + size * 0.7
        return gradients

    assert diagnosis(manual, loss("tanh"), params(3, 4, 2), X, Y) == ()


def test_the_ratio_of_a_single_number_is_no_factor() -> None:
    assert diagnosis(lambda x: 7.0 * x, lambda x: x * x, 1.5) == ()
    assert diagnosis(lambda x: x, lambda x: x * x, 1.5) == (
        "off by the constant factor 1/2 everywhere, as when the 2 of a square's derivative is "
        "missing",
    )


def test_factors_that_differ_between_entries_are_no_factor() -> None:
    def manual(w: Any) -> Any:
        return 2.0 * w * np.array([2.0, 2.0, 2.001])

    assert diagnosis(manual, lambda w: np.sum(w * w), np.array([0.5, 1.0, 2.0])) == ()


def test_a_symmetric_gradient_is_not_transposed() -> None:
    a = np.array([[1.0, 2.0], [2.0, 5.0]])

    def manual(w: Any) -> Any:
        return a + np.array([[0.5, 0.0], [0.0, 0.0]])

    assert diagnosis(manual, lambda w: np.sum(a * w), np.eye(2)) == ()


def test_mistakes_that_fit_equally_well_are_both_named() -> None:
    # At z = 0 the derivative of the sigmoid is 1/4 everywhere: forgotten, it is a factor of 4.
    def manual(w: Any) -> Any:
        return np.array([1.0, 2.0])

    def f(w: Any) -> Any:
        return autograd.sigmoid(w[0]) + 2.0 * autograd.sigmoid(w[1])

    (found,) = diagnosis(manual, f, np.zeros(2))
    assert found.startswith("the derivative of sigmoid is missing, or off by the constant factor 4")


def test_loose_tolerances_do_not_make_factors_of_anything() -> None:
    assert diagnosis(lambda x: 4.1 * x, lambda x: x * x, 1.5, rtol=0.02) == ()
    assert diagnosis(lambda x: 4.04 * x, lambda x: x * x, 1.5, rtol=0.005) == ()


def test_a_right_zero_is_not_forgotten() -> None:
    def manual(w: Any) -> Any:
        return [2.0 * w[0] + 0.3, 0.0]

    assert diagnosis(manual, lambda w: w[0] ** 2 + 0.0 * w[1], [1.0, 2.0]) == ()


def test_a_wrong_entry_beside_a_forgotten_bias_is_left_unexplained() -> None:
    right = backpropagation("tanh", "bias", 1)

    def manual(p: Any, X: Any, Y: Any) -> Any:
        gradients = right(p, X, Y)
        gradients[2][0, 1] += 0.37
        return gradients

    assert diagnosis(manual, loss("tanh"), params(3, 4, 2), X, Y) == (
        "params[1]: the bias is forgotten; its gradient is zero, the true one is not",
    )
