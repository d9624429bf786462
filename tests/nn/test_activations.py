from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn
from autograd import Value

POINTS = [-800.0, -3.0, -0.5, 0.0, 0.25, 2.0, 800.0]


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_values_and_slopes_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    class_name = type(nn.ACTIVATIONS[name]()).__name__
    twin = getattr(torch.nn, class_name)
    whole = name in ("softmax", "log_softmax")
    twin = twin(dim=0) if whole else twin()
    # At its kink leaky_relu has the slope of the positive side here, of the negative in PyTorch.
    points = [x for x in POINTS if x != 0.0 or name != "leaky_relu"]
    x = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    wanted = twin(x)
    (wanted * torch.arange(len(points))).sum().backward()
    values = [Value(number) for number in points]
    outputs = nn.ACTIVATIONS[name]()(values)
    autograd.dot(outputs, list(range(len(points)))).backward()
    # PyTorch's log_softmax and softplus keep fewer digits far from 0.
    assert [v.data for v in outputs] == pytest.approx(wanted.tolist(), rel=1e-12, abs=1e-13)
    assert [v.grad for v in values] == pytest.approx(x.grad.tolist(), rel=1e-9, abs=1e-13)


@pytest.mark.parametrize("name", set(nn.ACTIVATIONS) - {"softmax", "log_softmax"})
def test_numbers_values_lists_and_arrays(name: str) -> None:
    activation = nn.ACTIVATIONS[name]()
    number = activation(0.7)
    assert isinstance(number, float)
    assert activation(Value(0.7)).data == number
    assert activation([0.7, Value(0.7)])[0] == number
    assert activation([0.7, Value(0.7)])[1].data == number
    assert activation(np.array([0.7, 0.7])) == [number, number]
    assert activation((0.7,)) == [number]


def test_options() -> None:
    assert nn.LeakyReLU(0.2)(-1.0) == -0.2
    assert nn.ELU(2.0)(-1.0) == 2.0 * np.expm1(-1.0)
    assert repr(nn.ELU(2.0)) == "ELU(alpha=2.0)"


def test_any_function_can_be_an_activation() -> None:
    model = nn.MLP(2, [3, 1], autograd.sin, lambda z: z * z, seed=0)
    hidden = [np.sin(v.data) for v in model.layers[0]([0.1, 0.2])]
    assert model([0.1, 0.2]).data == model.layers[1](hidden)[0].data ** 2
    assert repr(model.activation) == "Activation(sin)"
    with pytest.raises(TypeError, match="an activation is a function of one number, not 3"):
        nn.Activation(3)  # type: ignore[arg-type]


def test_a_parametrized_activation_is_part_of_the_model() -> None:
    class PReLU(nn.Module):
        def __init__(self) -> None:
            self.slope = Value(0.25)

        def forward(self, x: list[Value]) -> list[Value]:
            return [autograd.leaky_relu(v, self.slope) for v in x]

    model = nn.MLP(1, [1, 1], PReLU())
    assert list(model.state_dict())[-1] == "activation.slope"
