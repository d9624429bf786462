from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import nn
from autograd import Value
from nn.arrays import ValueArray

SHAPE = (60, 40)


def weights(*shape: int) -> ValueArray:
    array = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        array[index] = Value(9.0)
    return array


def drawn(array: ValueArray) -> npt.NDArray[np.float64]:
    return np.array([v.data for v in array.flat]).reshape(array.shape)


def test_numbers_are_the_generators_in_row_major_order() -> None:
    # NumPy's documentation: default_rng(12345).random(3) is 0.22733602, 0.31675834, 0.79736546;
    # default_rng(42).standard_normal(3) is 0.30471708, -1.03998411, 0.7504512.
    uniform = nn.init.uniform_(weights(3, 1), seed=12345)
    assert drawn(uniform).ravel() == pytest.approx([0.22733602, 0.31675834, 0.79736546], abs=1e-8)
    normal = nn.init.normal_(weights(1, 3), seed=42)
    assert drawn(normal).ravel() == pytest.approx([0.30471708, -1.03998411, 0.7504512], abs=1e-8)
    rng = np.random.default_rng(0)
    first, second = nn.init.uniform_(weights(2), seed=rng), nn.init.uniform_(weights(2), seed=rng)
    whole = np.random.default_rng(0).random(4)
    assert [*drawn(first), *drawn(second)] == whole.tolist()


def test_the_array_itself_is_filled_and_returned() -> None:
    array = weights(2, 3)
    values = array.ravel().tolist()
    assert nn.init.zeros_(array) is array
    assert all(a is b for a, b in zip(array.ravel().tolist(), values, strict=True))
    assert not drawn(array).any()
    assert (drawn(nn.init.constant_(array, 0.5)) == 0.5).all()


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("uniform", None),
        ("xavier_uniform", math.sqrt(6.0 / 100)),
        ("kaiming_uniform", math.sqrt(2.0) * math.sqrt(3.0 / 40)),
    ],
)
def test_uniform_distributions(name: str, bound: float | None) -> None:
    x = drawn(nn.init.INITIALIZERS[name](weights(*SHAPE), seed=0))  # type: ignore[arg-type]
    low, high = (0.0, 1.0) if bound is None else (-bound, bound)
    assert low <= x.min() < low + 0.01 * (high - low)
    assert high - 0.01 * (high - low) < x.max() <= high
    assert x.mean() == pytest.approx((low + high) / 2, abs=0.03 * (high - low))
    assert x.std() == pytest.approx((high - low) / math.sqrt(12.0), rel=0.03)


@pytest.mark.parametrize(
    ("name", "std"),
    [
        ("normal", 1.0),
        ("xavier_normal", math.sqrt(2.0 / 100)),
        ("kaiming_normal", math.sqrt(2.0 / 40)),
    ],
)
def test_normal_distributions(name: str, std: float) -> None:
    x = drawn(nn.init.INITIALIZERS[name](weights(*SHAPE), seed=0))  # type: ignore[arg-type]
    assert x.mean() == pytest.approx(0.0, abs=0.06 * std)
    assert x.std() == pytest.approx(std, rel=0.05)
    assert np.mean(np.abs(x) < std) == pytest.approx(0.6827, abs=0.03)


def test_options() -> None:
    x = drawn(nn.init.uniform_(weights(*SHAPE), 2.0, 3.0, seed=0))
    assert 2.0 <= x.min() < x.max() <= 3.0
    x = drawn(nn.init.normal_(weights(*SHAPE), 5.0, 0.1, seed=0))
    assert x.mean() == pytest.approx(5.0, abs=0.01)
    plain = drawn(nn.init.xavier_uniform_(weights(*SHAPE), seed=0))
    assert drawn(nn.init.xavier_uniform_(weights(*SHAPE), 3.0, seed=0)) == pytest.approx(
        3.0 * plain
    )
    plain = drawn(nn.init.xavier_normal_(weights(*SHAPE), seed=0))
    assert drawn(nn.init.xavier_normal_(weights(*SHAPE), 3.0, seed=0)) == pytest.approx(3.0 * plain)
    fan_in = drawn(nn.init.kaiming_normal_(weights(*SHAPE), seed=0))
    fan_out = drawn(nn.init.kaiming_normal_(weights(*SHAPE), mode="fan_out", seed=0))
    assert fan_out == pytest.approx(fan_in * math.sqrt(40 / 60))
    tanh = drawn(nn.init.kaiming_uniform_(weights(*SHAPE), nonlinearity="tanh", seed=0))
    relu = drawn(nn.init.kaiming_uniform_(weights(*SHAPE), nonlinearity="relu", seed=0))
    assert tanh == pytest.approx(relu * (5.0 / 3.0) / math.sqrt(2.0))


def test_pytorchs_default_for_linear_is_kaiming_with_slope_sqrt_5() -> None:
    layer = nn.Linear(7, 5, seed=3)
    kaiming = nn.init.kaiming_uniform_(weights(5, 7), a=math.sqrt(5.0), seed=3)
    assert drawn(layer.weight) == pytest.approx(drawn(kaiming), rel=1e-14)


@pytest.mark.parametrize(
    "nonlinearity", ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]
)
@pytest.mark.parametrize("param", [None, 0.2])
def test_gains_are_pytorchs(nonlinearity: str, param: float | None) -> None:
    torch = pytest.importorskip("torch")
    wanted = torch.nn.init.calculate_gain(nonlinearity, param)
    assert nn.init.calculate_gain(nonlinearity, param) == pytest.approx(wanted, rel=1e-15)


def test_spread_is_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    for name in ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"):
        tensor = torch.empty(SHAPE, dtype=torch.float64)
        getattr(torch.nn.init, name)(tensor, generator=torch.Generator().manual_seed(0))
        ours = drawn(getattr(nn.init, name)(weights(*SHAPE), seed=0))
        assert ours.std() == pytest.approx(tensor.std().item(), rel=0.05)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("uniform_", {"a": 1.0, "b": 0.0}, "a ≤ b"),
        ("uniform_", {"a": -math.inf}, "a must be finite"),
        ("normal_", {"std": -1.0}, "std ≥ 0"),
        ("normal_", {"mean": math.nan}, "mean must be finite"),
        ("kaiming_uniform_", {"mode": "fan"}, "mode is 'fan_in' or 'fan_out'"),
        ("kaiming_normal_", {"nonlinearity": "gelu"}, "no gain is known for 'gelu'; known are"),
    ],
)
def test_bad_options(name: str, arguments: dict[str, Any], message: str) -> None:
    array = weights(2, 2)
    with pytest.raises(ValueError, match=message):
        getattr(nn.init, name)(array, **arguments)
    assert (drawn(array) == 9.0).all()


def test_fans_of_other_shapes_are_not_known() -> None:
    assert nn.init.xavier_uniform_(weights(5), seed=0).shape == (5,)
    for shape in [(), (2, 2, 2), (0, 2)]:
        with pytest.raises(ValueError, match="fan_in and fan_out"):
            nn.init.xavier_uniform_(weights(*shape))
