from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value
from autograd.sweep import topological_order

FloatArray = npt.NDArray[np.float64]


def numbers(x: Any) -> Any:
    return [v.data for v in x] if isinstance(x, list) else x.data


def test_a_neuron_is_one_dot_node_and_its_activation() -> None:
    neuron = nn.Neuron(2, "tanh")
    neuron.load_state_dict({"weight": [2.0, 3.0], "bias": 0.5})
    output = neuron([0.1, -0.2])
    assert output.data == np.tanh(2.0 * 0.1 + 3.0 * -0.2 + 0.5)
    (z,) = output.parents
    assert z.op == "dot"
    assert len(z.parents) == 5
    assert repr(neuron) == "Neuron(\n  in_features=2, bias=True\n  (activation): Tanh()\n)"


def test_a_neuron_without_bias() -> None:
    neuron = nn.Neuron(2, bias=False)
    assert neuron.num_parameters() == 2
    assert neuron([0.0, 0.0]).data == 0.0


def test_linear_neuron_of_the_textbook() -> None:
    # w = 1, b = 0, x = 2.1, y = 4: error 3.61, dE/dw = -7.98, dE/db = -3.8; one step with 0.01.
    neuron = nn.Neuron(1)
    neuron.load_state_dict({"weight": [1.0], "bias": 0.0})
    error = nn.mse_loss(neuron(2.1), 4.0)
    error.backward()
    weight, bias = neuron.parameters()
    assert error.data == pytest.approx(3.61, rel=1e-15)
    assert weight.grad == pytest.approx(-7.98, rel=1e-15)
    assert bias.grad == pytest.approx(-3.8, rel=1e-15)
    nn.SGD([weight, bias], lr=0.01).step()
    assert weight.data == pytest.approx(1.0798, rel=1e-15)
    assert bias.data == pytest.approx(0.038, rel=1e-15)
    assert nn.mse_loss(neuron(2.1), 4.0).data == pytest.approx(2.87, abs=0.005)


def test_linear_returns_a_list_and_mlp_what_reads_best() -> None:
    x = [1.0, 2.0]
    assert isinstance(nn.Linear(2, 1)(x), list)
    assert isinstance(nn.Sequential(nn.Linear(2, 1))(x), list)
    assert isinstance(nn.MLP(2, [4, 1])(x), Value)
    assert isinstance(nn.MLP(2, [1], "tanh", "sigmoid")(x), Value)
    assert isinstance(nn.MLP(2, [4, 3])(x), list)
    assert nn.MLP(2, [1], output_activation="softmax")(x).data == 1.0


def test_one_dot_node_for_each_unit_and_one_constant_for_each_input() -> None:
    model = nn.MLP(3, [4, 2], "tanh", seed=0)
    outputs = model([0.1, 0.2, 0.3])
    nodes = topological_order(autograd.sum(outputs))
    assert sum(node.op == "dot" for node in nodes) == 6
    assert sum(not node.requires_grad for node in nodes) == 3
    assert len(nodes) == model.num_parameters() + 3 + 6 + 4 + 1


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=4),
    st.sampled_from(["identity", "sigmoid", "tanh", "relu", "leaky_relu"]),
    st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_outputs_and_gradients_are_those_of_backpropagation_by_hand(
    sizes: list[int], activation: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    model = nn.MLP(sizes[0], sizes[1:], activation, "sigmoid", seed=rng)
    X, y = rng.normal(size=(3, sizes[0])), rng.random((3, sizes[-1]))
    outputs = [model(x) for x in X]
    outputs = [[o] if isinstance(o, Value) else o for o in outputs]
    loss = nn.half_squared_error(outputs, y)
    loss.backward()

    state = model.state_dict()
    weights = [state[f"layers.{i}.weight"] for i in range(len(sizes) - 1)]
    biases = [state[f"layers.{i}.bias"] for i in range(len(sizes) - 1)]
    witness = nn.manual.gradients(
        weights, biases, X, y,
        activation=activation, output_activation="sigmoid", loss="half_squared_error",
    )  # fmt: skip
    assert loss.data == pytest.approx(witness.loss, rel=1e-12)
    for layer, dw, db in zip(model.layers, witness.weights, witness.biases, strict=True):
        assert [p.grad for p in layer.weight.ravel().tolist()] == pytest.approx(
            dw.ravel(), rel=1e-10, abs=1e-14
        )
        assert [p.grad for p in layer.bias.flat] == pytest.approx(db, rel=1e-10, abs=1e-14)  # type: ignore[union-attr]


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu", "silu", "elu", "selu", "softplus"])
def test_outputs_and_gradients_are_pytorchs(activation: str) -> None:
    torch = pytest.importorskip("torch")
    model = nn.MLP(3, [5, 2], activation, seed=3)
    layers = torch.nn.ModuleList([torch.nn.Linear(3, 5), torch.nn.Linear(5, 2)])
    twin = torch.nn.ModuleDict({"layers": layers}).double()
    twin.load_state_dict({k: torch.tensor(v) for k, v in model.state_dict().items()})
    x = [0.4, -1.2, 0.7]
    hidden = getattr(torch.nn.functional, activation)(layers[0](torch.tensor(x).double()))
    wanted = layers[1](hidden)
    outputs = model(x)
    assert numbers(outputs) == pytest.approx(wanted.tolist(), rel=1e-7)  # x is float32 in torch
    hidden = getattr(torch.nn.functional, activation)(
        layers[0](torch.tensor(x, dtype=torch.double))
    )
    wanted = layers[1](hidden)
    wanted.sum().backward()
    autograd.sum(outputs).backward()
    assert numbers(outputs) == pytest.approx(wanted.tolist(), rel=1e-13)
    gradients = np.concatenate([p.grad.numpy().ravel() for p in twin.parameters()])
    assert [p.grad for p in model.parameters()] == pytest.approx(gradients, rel=1e-12)


@pytest.mark.parametrize(
    "x",
    [
        [1, 2],
        (1.0, 2.0),
        np.array([1.0, 2.0]),
        np.array([1, 2], dtype=np.int8),
        np.array([1, 2], dtype=np.float32),
        [np.float32(1.0), np.int64(2)],
        [Value(1.0), 2.0],
        np.array([Value(1.0), Value(2.0)], dtype=object),
        [Fraction(1), True + 1],
    ],
)
def test_inputs_of_every_kind(x: Any) -> None:
    layer = nn.Linear(2, 1)
    layer.load_state_dict({"weight": [[10.0, 100.0]], "bias": [0.0]})
    assert layer(x)[0].data == 210.0


def test_gradients_reach_inputs_that_are_values() -> None:
    layer = nn.Linear(2, 1)
    layer.load_state_dict({"weight": [[10.0, 100.0]], "bias": [0.0]})
    x = [Value(1.0), Value(2.0)]
    layer(x)[0].backward()
    assert [v.grad for v in x] == [10.0, 100.0]
    array = np.array([1.0, 2.0])
    layer(array)
    assert array.tolist() == [1.0, 2.0]


def test_a_models_output_can_be_differentiated_by_its_inputs() -> None:
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    x = np.array([0.3, -0.4])
    gradient = autograd.grad(model)(x)
    h = 1e-6
    for i in range(2):
        step = h * np.eye(2)[i]
        slope = (model(x + step).data - model(x - step).data) / (2.0 * h)
        assert float(gradient[i]) == pytest.approx(slope, rel=1e-8)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([1.0], ValueError, r"Linear\(.*\) wants 2 numbers, got shape \(1,\)"),
        (1.0, ValueError, r"wants 2 numbers, got shape \(1,\)"),
        ([], ValueError, r"wants 2 numbers, got shape \(0,\)"),
        (np.zeros((4, 2)), ValueError, r"got shape \(4, 2\); a module is called with one sample"),
        ([[1.0], [1.0, 2.0]], ValueError, "rows of different lengths"),
        (["a", "b"], TypeError, "one real number is wanted, not 'a'"),
        ([None, 1.0], TypeError, "one real number is wanted, not None"),
        ([1j, 1.0], TypeError, "one real number is wanted, not the complex 1j"),
    ],
)
def test_inputs_that_do_not_fit(x: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nn.Linear(2, 1)(x)
    with pytest.raises(error):
        nn.Neuron(2)(x)
    with pytest.raises(error):
        nn.MLP(2, [1])(x)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((2, []), ValueError, "nouts is empty"),
        ((2, [4, 0]), ValueError, r"nouts\[1\] must be at least 1, got 0"),
        ((0, [1]), ValueError, "nin must be at least 1"),
        ((2, 4), TypeError, "nouts is a list with the size of each layer"),
        ((2, "41"), TypeError, "nouts is a list"),
        ((2, [4.0]), TypeError, r"nouts\[0\] is an int, not 4.0"),
        ((True, [4]), TypeError, "nin is an int"),
        ((2, [1], "tahn"), ValueError, "unknown activation 'tahn'; known are identity, sigmoid"),
        ((2, [1], "tanh", "softmx"), ValueError, "unknown activation 'softmx'"),
        ((2, [1], nn.Tanh), TypeError, "activation is the class Tanh; an instance is wanted"),
        ((2, [1], 3), TypeError, "an activation is a function"),
    ],
)
def test_networks_that_cannot_be(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nn.MLP(*arguments)


def test_sizes_may_be_numpys_integers() -> None:
    assert nn.MLP(2, np.array([4, 1])).num_parameters() == 17  # type: ignore[arg-type]


def test_one_seed_gives_one_network() -> None:
    def state(seed: Any) -> list[float]:
        return [p.data for p in nn.MLP(2, [3, 1], seed=seed).parameters()]

    assert state(7) == state(7) == state(np.random.Generator(np.random.PCG64(7)))
    assert state(7) != state(8)
    assert state(None) != state(None)
    rng = np.random.default_rng(7)
    assert state(rng) != state(rng)


def test_the_default_start_is_pytorchs() -> None:
    # U(-1/sqrt(n), 1/sqrt(n)) for weights and biases, drawn weights first: NumPy's published
    # numbers for default_rng(42).random(3) are 0.77395605, 0.43887844 and 0.85859792.
    layer = nn.Linear(4, 1, seed=42)
    assert [p.data for p in layer.parameters()[:3]] == pytest.approx(
        [0.77395605 - 0.5, 0.43887844 - 0.5, 0.85859792 - 0.5], abs=1e-8
    )
    many = nn.Linear(100, 100, seed=0)
    drawn = np.array([p.data for p in many.parameters()])
    assert np.abs(drawn).max() <= 0.1
    assert drawn.std() == pytest.approx(0.1 / np.sqrt(3.0), rel=0.02)
    assert np.abs(drawn[-100:]).max() > 0.09


def test_init_by_name_or_function_sets_weights_and_zeroes_biases() -> None:
    for init in ("normal", functools.partial(nn.init.normal_, mean=0.0, std=1.0)):
        model = nn.MLP(2, [4, 1], init=init, seed=42)
        rng = np.random.default_rng(42)
        assert np.array_equal(model.state_dict()["layers.0.weight"], rng.standard_normal((4, 2)))
        assert np.array_equal(model.state_dict()["layers.1.weight"], rng.standard_normal((1, 4)))
        assert not model.state_dict()["layers.0.bias"].any()
    assert [p.data for p in nn.Neuron(2, init="zeros").parameters()] == [0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="unknown initializer 'xavier'; known are uniform"):
        nn.Linear(1, 1, init="xavier")
    with pytest.raises(TypeError, match="init is a name or a function"):
        nn.Linear(1, 1, init=3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seed", "error"), [(-1, ValueError), ("7", TypeError), (1.5, TypeError), (True, TypeError)]
)
def test_bad_seeds(seed: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="seed"):
        nn.Linear(1, 1, seed=seed)


def test_sequential() -> None:
    model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.ReLU(), nn.Linear(3, 2, seed=1))
    assert len(model) == 3
    assert [type(part).__name__ for part in model] == ["Linear", "ReLU", "Linear"]
    assert list(model.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    x = [0.5, -0.3]
    assert numbers(model(x)) == numbers(model[2](model[1](model[0](x))))
    assert nn.Sequential()(x) is x
    with pytest.raises(TypeError, match=r"a Module is wanted.*nn.Activation\(function\)"):
        nn.Sequential(nn.Linear(2, 3), autograd.tanh)  # type: ignore[arg-type]


def test_residual() -> None:
    body = nn.Linear(2, 2, seed=0)
    x = [0.5, -0.3]
    plain = numbers(body(x))
    assert numbers(nn.Residual(body)(x)) == [a + b for a, b in zip(x, plain, strict=True)]
    assert numbers(nn.Residual(body)(np.array(x))) == numbers(nn.Residual(body)(x))
    with pytest.raises(ValueError, match="2 inputs, 3 outputs of Linear"):
        nn.Residual(nn.Linear(2, 3))(x)
    single = nn.Linear(1, 1, seed=0)
    assert nn.Residual(single)(0.5).data == 0.5 + single(0.5)[0].data
    assert nn.Residual(nn.MLP(1, [1], seed=0))([0.5])[0].op == "+"
    with pytest.raises(TypeError, match="a Module is wanted"):
        nn.Residual(lambda x: x)  # type: ignore[arg-type]


def test_no_graph_under_no_grad() -> None:
    with autograd.no_grad():
        output = nn.MLP(2, [4, 1])([1.0, 2.0])
    assert output.parents == ()
    assert not output.requires_grad
