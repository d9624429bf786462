"""The compiled loss as a function of one array: against Values, and with SciPy's optimizers."""

from __future__ import annotations

import collections
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
import nn
from autograd import Value

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 3))
Y = np.sin(X @ [1.0, -2.0, 0.5])


def on_values(model: nn.Module, loss: Any, w: Any, X: Any, y: Any) -> tuple[float, list[float]]:
    """Loss and gradient by the eager engine."""
    nn.vector_to_parameters(w, model.parameters())
    model.zero_grad()
    value = loss(np.array([model(x) for x in X]), np.asarray(y))
    value.backward()
    return value.data, [parameter.grad for parameter in model.parameters()]


@pytest.mark.parametrize(
    ("loss", "outputs", "y"),
    [
        ("mse_loss", 1, Y),
        ("half_squared_error", 2, np.stack([Y, -Y], axis=1)),
        ("binary_cross_entropy_with_logits", 1, (Y > 0).tolist()),
        ("hinge_loss", 1, np.sign(Y)),
        ("cross_entropy", 3, (Y > 0).astype(int) + (Y > 0.7)),
    ],
)
@pytest.mark.parametrize("backend", ["llvm", "numpy"])
def test_value_and_gradient_are_those_of_values(
    loss: str, outputs: int, y: Any, backend: Any
) -> None:
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    model = nn.MLP(3, [4, outputs], "tanh", seed=0)
    f = nn.compile_loss(model, loss, backend=backend)
    before = nn.parameters_to_vector(model.parameters())
    for size in (20, 1, 7):
        w = RNG.normal(size=model.num_parameters())
        value, gradient = f.value_and_grad(w, X[:size], y[:size])
        assert nn.parameters_to_vector(model.parameters()).tolist() == before.tolist()
        wanted, slopes = on_values(model, nn.LOSSES[loss], w, X[:size], y[:size])
        nn.vector_to_parameters(before, model.parameters())
        assert value == pytest.approx(wanted, rel=1e-12)
        assert gradient == pytest.approx(np.array(slopes), rel=1e-10, abs=1e-13)
        assert f(w, X[:size], y[:size]) == pytest.approx(wanted, rel=1e-12)
        assert f.grad(w, X[:size], y[:size]).tolist() == gradient.tolist()


def test_scipy_minimizes_it() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    model = nn.MLP(3, [4, 1], "tanh", seed=0)
    f = nn.compile_loss(model, "mse_loss")
    start = nn.parameters_to_vector(model.parameters())
    found = optimize.minimize(f.value_and_grad, start, args=(X, Y), jac=True)
    assert found.fun < 0.01 * f(start, X, Y)
    nn.vector_to_parameters(found.x, model.parameters())
    assert nn.mse_loss([model(x) for x in X], Y).data == pytest.approx(found.fun)


def test_it_may_be_differentiated_by_some_of_the_parameters() -> None:
    model = nn.MLP(3, [4, 1], "tanh", seed=0)
    last = model.layers[1].parameters()
    f = nn.compile_loss(model, "mse_loss", parameters=last)
    w = nn.parameters_to_vector(last)
    _, wanted = on_values(model, nn.mse_loss, nn.parameters_to_vector(model.parameters()), X, Y)
    assert f.grad(w, X, Y) == pytest.approx(np.array(wanted[-5:]), rel=1e-12)
    # The others are read anew at each call.
    model.layers[0].weight[0, 0].data += 1.0
    value, _ = on_values(model, nn.mse_loss, nn.parameters_to_vector(model.parameters()), X, Y)
    assert f.value_and_grad(w, X, Y)[0] == pytest.approx(value, rel=1e-12)


def test_tied_weights_have_one_derivative() -> None:
    layer = nn.Linear(3, 3, seed=0)
    model = nn.Sequential(layer, nn.Tanh(), layer)
    f = nn.compile_loss(model, "mse_loss")
    w = nn.parameters_to_vector(model.parameters())
    assert w.shape == (12,)
    y = np.stack([Y, Y, Y], axis=1)
    _, wanted = on_values(model, nn.mse_loss, w, X, y)
    assert f.grad(w, X, y) == pytest.approx(np.array(wanted), rel=1e-12)


class Normalized(nn.Module):
    """A linear unit whose weights are scaled to norm 1: derived from parameters, not from inputs.

    It also keeps its last output.
    """

    def __init__(self) -> None:
        self.weight = [Value(0.5), Value(-2.0), Value(1.0)]
        self.last: Any = None

    def forward(self, x: Any) -> Any:
        self.last = autograd.dot(self.weight, x) / autograd.norm(self.weight)
        return self.last


def test_a_module_may_compute_with_its_parameters_alone() -> None:
    model = Normalized()
    f = nn.compile_loss(model, "mse_loss")
    w = np.array([0.3, 1.0, -1.0])
    value, gradient = f.value_and_grad(w, X, Y)
    wanted, slopes = on_values(model, nn.mse_loss, w, X, Y)
    assert value == pytest.approx(wanted, rel=1e-12)
    assert gradient == pytest.approx(np.array(slopes), rel=1e-12)
    assert isinstance(model.last, Value)


def test_parameters_that_are_replaced_are_parameters() -> None:
    class Penalized(nn.Module):
        def __init__(self) -> None:
            self.inner = nn.Neuron(2, seed=0)

        def forward(self, x: Any) -> Any:
            return self.inner(x) + sum(p * p for p in self.parameters())

    module = Penalized()
    state = module.state_dict()
    gradient = autograd.grad(lambda s: nn.functional_call(module, s, [3.0, 4.0]))(state)
    wanted = 2.0 * state["inner.weight"] + [3.0, 4.0]
    assert gradient["inner.weight"] == pytest.approx(wanted, rel=1e-14)
    # Also if they were computed.
    doubled = autograd.grad(
        lambda s: nn.functional_call(
            module, {"inner.weight": [2.0 * v for v in s], "inner.bias": 0.0}, [3.0, 4.0]
        )
    )(state["inner.weight"])
    assert doubled == pytest.approx(8.0 * state["inner.weight"] + [6.0, 8.0], rel=1e-14)


class Pair(NamedTuple):
    first: Any
    second: Any


class Nested(nn.Module):
    """Parameters in all kinds of containers, and a list that grows with each call."""

    def __init__(self) -> None:
        self.layers = collections.OrderedDict(a=nn.Neuron(3, seed=0), b=(nn.Neuron(1, seed=1),))
        self.pair = Pair(Value(0.5), [Value(2.0)])
        self.outputs: list[Any] = []

    def forward(self, x: Any) -> Any:
        (last,) = self.layers["b"]
        output = self.pair.first * last([self.layers["a"](x)]) + self.pair.second[0]
        self.outputs.append(output)
        return output


def test_parameters_are_replaced_in_all_kinds_of_containers() -> None:
    model = Nested()
    w = np.linspace(-1.0, 1.0, model.num_parameters())
    assert w.shape == (8,)
    f = nn.compile_loss(model, "mse_loss")
    gradient = f.grad(w, X, Y)
    assert all(isinstance(output, Value) for output in model.outputs)
    _, wanted = on_values(model, nn.mse_loss, w, X, Y)
    assert gradient == pytest.approx(np.array(wanted), rel=1e-12)
    state = {name: 2.0 * numbers for name, numbers in model.state_dict().items()}
    called = nn.functional_call(model, state, X[0])
    model.load_state_dict(state)
    assert called.data == model(X[0]).data


def test_the_model_is_itself_again_after_an_error() -> None:
    class Choosy(nn.Neuron):
        def forward(self, x: Any) -> Any:
            return super().forward(x) if x[0] > 0.0 else super().forward(-x)

    model = Choosy(3, seed=0)
    with pytest.raises(autograd.RecordingError, match="a branch on a recorded number"):
        nn.compile_loss(model, "mse_loss")(np.zeros(4), X, Y)
    assert all(isinstance(w, Value) for w in model.weight)
    assert len(model.parameters()) == 4


def test_invalid_targets_give_nan() -> None:
    model = nn.MLP(3, [3], seed=0)
    w = nn.parameters_to_vector(model.parameters())
    f = nn.compile_loss(model, "cross_entropy")
    good = np.arange(20) % 3
    assert np.isfinite(f(w, X, good))
    for bad in (3, -1, 0.5):
        assert np.isnan(f(w, X, np.where(np.arange(20) == 7, bad, good)))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.zeros(3), X, Y), ValueError, r"one number for each parameter, shape \(4,\); got \(3"),
        ((["a"] * 4, X, Y), TypeError, "w must be real numbers"),
        ((np.zeros(4), X, Y[:3]), ValueError, "X has 20 samples, but y has 3 targets"),
        ((np.zeros(4), [], []), ValueError, "no samples"),
        ((np.zeros(4), X[:, :2], Y), ValueError, "wants 3 numbers"),
        ((np.zeros(4), X, np.full(20, np.nan)), ValueError, r"y\[0\] is nan"),
    ],
)
def test_bad_arguments(arguments: Any, error: type[Exception], message: str) -> None:
    f = nn.compile_loss(nn.Neuron(3, seed=0), "mse_loss")
    with pytest.raises(error, match=message):
        f.value_and_grad(*arguments)
    with pytest.raises(error, match=message):
        f(*arguments)


def test_what_cannot_be_compiled_is_said_at_once() -> None:
    with pytest.raises(TypeError, match="model is a Module"):
        nn.compile_loss(lambda x: x, "mse_loss")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown loss 'mse'"):
        nn.compile_loss(nn.Neuron(1), "mse")
    with pytest.raises(TypeError, match="the loss is 1.0; wanted is a Value"):
        nn.compile_loss(nn.Neuron(3), lambda o, t: 1.0)(np.zeros(4), X, Y)


def test_the_report_lists_loops() -> None:
    f = nn.compile_loss(nn.Neuron(3, seed=0), "mse_loss")
    assert f.report() == ""
    f.value_and_grad(np.zeros(4), X, Y)
    assert "nodes recorded" in f.report()


def test_vectors() -> None:
    model = nn.Neuron(2, seed=0)
    w = nn.parameters_to_vector(model.parameters())
    assert w.tolist() == [p.data for p in model.parameters()]
    nn.vector_to_parameters(w + 1.0, model.parameters())
    assert nn.parameters_to_vector(model.parameters()).tolist() == (w + 1.0).tolist()
    with pytest.raises(ValueError, match=r"vec has one number .* shape \(3,\); got \(2,\)"):
        nn.vector_to_parameters([1.0, 2.0], model.parameters())
    with pytest.raises(TypeError, match="a parameter is a Value"):
        nn.parameters_to_vector([1.0])  # type: ignore[list-item]
