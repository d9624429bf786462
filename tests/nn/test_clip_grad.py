from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value

finite = st.floats(-1e3, 1e3)


def with_gradients(gradients: list[float]) -> list[Value]:
    parameters = [Value(1.0) for _ in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    return parameters


def gradients_of(parameters: list[Value]) -> list[float]:
    return [parameter.grad for parameter in parameters]


@given(
    st.lists(finite, min_size=1, max_size=6),
    st.floats(0.01, 100.0),
    st.sampled_from([1.0, 2.0, 3.5, math.inf]),
)
@settings(deadline=None)
def test_clipping_is_pytorchs(gradients: list[float], limit: float, norm_type: float) -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.zeros(len(gradients), dtype=torch.float64, requires_grad=True)
    tensor.grad = torch.tensor(gradients, dtype=torch.float64)
    wanted = torch.nn.utils.clip_grad_norm_([tensor], limit, norm_type)
    parameters = with_gradients(gradients)
    norm = nn.clip_grad_norm_(parameters, limit, norm_type)
    # PyTorch's norm loses very small gradients by underflow of their squares.
    assert norm == pytest.approx(wanted.item(), rel=1e-12, abs=1e-100)
    assert gradients_of(parameters) == pytest.approx(tensor.grad.tolist(), rel=1e-12)

    tensor.grad = torch.tensor(gradients, dtype=torch.float64)
    torch.nn.utils.clip_grad_value_([tensor], limit)
    parameters = with_gradients(gradients)
    nn.clip_grad_value_(parameters, limit)
    assert gradients_of(parameters) == tensor.grad.tolist()


def test_by_hand() -> None:
    parameters = with_gradients([3.0, -4.0])
    assert nn.clip_grad_norm_(parameters, 10.0) == 5.0
    assert gradients_of(parameters) == [3.0, -4.0]
    assert nn.clip_grad_norm_(parameters, 1.0) == 5.0
    assert gradients_of(parameters) == pytest.approx([0.6, -0.8], rel=1e-6)
    parameters = with_gradients([3.0, -4.0])
    nn.clip_grad_value_(parameters, 3.5)
    assert gradients_of(parameters) == [3.0, -3.5]
    single = with_gradients([3.0])[0]
    nn.clip_grad_value_(single, 1.0)
    assert single.grad == 1.0


def test_huge_and_no_gradients() -> None:
    huge = with_gradients([3e300, -4e300])
    assert nn.clip_grad_norm_(huge, 1.0) == 5e300
    assert gradients_of(huge) == pytest.approx([0.6, -0.8])
    assert nn.clip_grad_norm_(with_gradients([3e300, 4e300]), 1.0, 3.0) > 4e300
    assert nn.clip_grad_norm_([], 1.0) == 0.0
    assert nn.clip_grad_norm_(with_gradients([0.0]), 1.0) == 0.0


def test_gradients_that_are_not_finite() -> None:
    for bad in (math.inf, math.nan):
        parameters = with_gradients([bad, 1.0])
        with pytest.raises(RuntimeError, match=f"norm of the gradients is {bad}"):
            nn.clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)
        assert parameters[1].grad == 1.0
        nn.clip_grad_norm_(parameters, 1.0)
        assert math.isnan(parameters[0].grad)
        nn.clip_grad_value_(with_gradients([bad]), 1.0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([Value(1.0)], -1.0), ValueError, "max_norm must be finite, at least 0, got -1"),
        (([Value(1.0)], math.nan), ValueError, "max_norm"),
        (([Value(1.0)], "1"), TypeError, "max_norm is a number, not '1'"),
        (([Value(1.0)], 1.0, 0.0), ValueError, "norm_type must be positive"),
        (([1.0], 1.0), TypeError, "a parameter is a Value, not 1.0"),
        ((3, 1.0), TypeError, r"parameters are Values, as model.parameters\(\) gives"),
    ],
)
def test_bad_arguments(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nn.clip_grad_norm_(*arguments)
