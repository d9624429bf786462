"""NumPy and Values: scalars on either side, ufuncs and sums over object arrays."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import Value

SCALARS = [np.float64(2), np.float32(2), np.float16(2), np.int64(2), np.uint8(2), np.longdouble(2)]


@pytest.mark.parametrize("two", SCALARS, ids=lambda s: type(s).__name__)
def test_numpy_scalars_on_either_side(two):
    v = Value(3.0)
    results = [
        two * v,
        v * two,
        two + v,
        v + two,
        two - v,
        v - two,
        two / v,
        v / two,
        two**v,
        v**two,
    ]
    assert all(type(r) is Value for r in results)
    assert [r.data for r in results] == [6, 6, 5, 5, -1, 1, 2 / 3, 1.5, 8, 9]
    assert (two < v) is np.True_ or (two < v) is True
    (two * v).backward()
    assert v.grad == 2.0


UFUNCS = [
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt"),
    *("reciprocal", "square", "sin", "cos", "tan", "arcsin", "arccos", "arctan"),
    *("sinh", "cosh", "tanh", "arcsinh", "arctanh"),
    *("sign", "floor", "ceil", "absolute", "negative", "positive"),
]


@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs_of_object_arrays(name):
    ufunc = getattr(np, name)
    values = np.array([Value(0.25), Value(0.75)])
    results = ufunc(values)
    assert results.shape == (2,)
    for result, value in zip(results, values, strict=True):
        expected = getattr(autograd, name, ufunc)(value.data)
        if name == "sign":
            assert float(result) == expected
            continue
        assert type(result) is Value
        assert result.data == pytest.approx(ufunc(value.data), rel=1e-15)
        assert type(ufunc(value)) is Value


def test_arccosh_and_functions_of_two():
    a, b = np.array([Value(1.5)]), np.array([Value(2.0)])
    assert np.arccosh(a)[0].data == np.arccosh(1.5)
    assert np.arctan2(a, b)[0].data == np.arctan2(1.5, 2.0)
    assert np.hypot(a, 2.0)[0].data == 2.5
    assert np.power(a, b)[0].data == 2.25
    assert np.maximum(a, b)[0] is b[0]
    assert np.clip(a, 0.0, 1.0)[0] == 1.0
    assert (np.floor_divide(b, a)[0].data, np.remainder(b, a)[0].data) == (1.0, 0.5)


def test_sums_and_products_of_object_arrays():
    xs = np.array([Value(1.0), Value(2.0), Value(4.0)])
    w = np.array([3.0, 5.0, 7.0])
    for result, expected in (
        (np.sum(xs), 7.0),
        (np.dot(xs, w), 41.0),
        (w @ xs, 41.0),
        (np.mean(xs), 7 / 3),
        (np.prod(xs), 8.0),
        (np.var(xs), np.var([1.0, 2.0, 4.0])),
        (np.linalg.norm(xs), np.sqrt(21.0)),
        (np.max(xs), 4.0),
    ):
        assert type(result) is Value
        assert result.data == pytest.approx(expected, rel=1e-15)
    (w @ xs).backward()
    assert [x.grad for x in xs] == [3.0, 5.0, 7.0]
    matrix = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    product = matrix @ np.array([1.0, 10.0])
    assert [p.data for p in product] == [21.0, 43.0]


def test_values_and_arrays_with_operators():
    v = Value(3.0)
    array = np.array([1.0, 2.0])
    for result in (v * array, array * v, v + array, array - v, v / array, array**v):
        assert isinstance(result, np.ndarray)
        assert all(type(x) is Value for x in result)
    assert (v > array).tolist() == [True, True]
    assert (array == v).tolist() == [False, False]
