"""The public functions: values against mpmath, stability, mapping, errors."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, functions

mpmath.mp.dps = 50


def mp_sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def mp_elu(x, alpha=1):
    return x if x > 0 else alpha * mpmath.expm1(x)


# Each elementwise function of one number: mpmath's formula, and a range where it is defined and
# finite. An entry for every one: the first test sees to it.
FORMULAS = {
    "exp": (mpmath.exp, -700, 700),
    "exp2": (lambda x: mpmath.mpf(2) ** x, -1000, 1000),
    "expm1": (mpmath.expm1, -700, 700),
    "log": (mpmath.log, 1e-300, 1e300),
    "log2": (lambda x: mpmath.log(x, 2), 1e-300, 1e300),
    "log10": (mpmath.log10, 1e-300, 1e300),
    "log1p": (mpmath.log1p, -0.999, 1e300),
    "sqrt": (mpmath.sqrt, 0, 1e300),
    "cbrt": (lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), -1e300, 1e300),
    "reciprocal": (lambda x: 1 / x, 1e-300, 1e300),
    "square": (lambda x: x * x, -1e150, 1e150),
    "sin": (mpmath.sin, -1e6, 1e6),
    "cos": (mpmath.cos, -1e6, 1e6),
    "tan": (mpmath.tan, -1e3, 1e3),
    "arcsin": (mpmath.asin, -1, 1),
    "arccos": (mpmath.acos, -1, 1),
    "arctan": (mpmath.atan, -1e300, 1e300),
    "sinh": (mpmath.sinh, -700, 700),
    "cosh": (mpmath.cosh, -700, 700),
    "tanh": (mpmath.tanh, -1e300, 1e300),
    "arcsinh": (mpmath.asinh, -1e300, 1e300),
    "arccosh": (mpmath.acosh, 1, 1e300),
    "arctanh": (mpmath.atanh, -0.999, 0.999),
    "erf": (mpmath.erf, -30, 30),
    "erfc": (mpmath.erfc, -25, 25),
    "sigmoid": (mp_sigmoid, -700, 1e300),
    "logsigmoid": (lambda x: -mpmath.log1p(mpmath.exp(-x)), -1e6, 700),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), -700, 1e6),
    "relu": (lambda x: max(x, 0), -1e300, 1e300),
    "selu": (
        lambda x: (
            mpmath.mpf("1.0507009873554804934193349852946")
            * mp_elu(x, mpmath.mpf("1.6732632423543772848170429916717"))
        ),
        -1e300,
        1e300,
    ),
    "gelu": (lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2, -5, 1e300),
    "silu": (lambda x: x * mp_sigmoid(x), -700, 1e300),
    "sign": (mpmath.sign, -1e300, 1e300),
    "floor": (mpmath.floor, -1e300, 1e300),
    "ceil": (mpmath.ceil, -1e300, 1e300),
    "absolute": (abs, -1e300, 1e300),
    "abs": (abs, -1e300, 1e300),
}
OF_TWO_OR_MORE = {"arctan2", "hypot", "maximum", "minimum", "clip", "where", "heaviside"}
WITH_PARAMETER = {"leaky_relu", "elu"}
OF_SEQUENCES = {
    *("sum", "mean", "prod", "dot", "norm"),
    *("logsumexp", "softmax", "log_softmax", "variance"),
}


def test_every_public_function_is_tested_here():
    assert set(functions.__all__) == {*FORMULAS, *OF_TWO_OR_MORE, *WITH_PARAMETER, *OF_SEQUENCES}
    for name in functions.__all__:
        assert getattr(autograd, name) is getattr(functions, name)
        assert len(getattr(autograd, name).__doc__) > 20


@pytest.mark.parametrize("name", FORMULAS)
@given(data=st.data())
def test_values_agree_with_mpmath(name, data):
    formula, low, high = FORMULAS[name]
    span = st.floats(low, high) | st.floats(max(low, -5.0), min(high, 5.0))
    x = data.draw(span)
    function = getattr(autograd, name)
    expected = float(formula(mpmath.mpf(x)))
    # The last bits of a saturated sum are lost where it cancels: compare with the argument's own.
    assert function(x) == pytest.approx(expected, rel=1e-13, abs=1e-300)
    assert type(function(x)) is float
    node = function(Value(x))
    assert isinstance(node, Value)
    assert node.data == function(x)
    if name not in ("abs", "absolute"):
        assert getattr(Value(x), name)().data == node.data


def test_stable_over_the_whole_range():
    assert autograd.tanh(1000.0) == 1.0
    assert autograd.softplus(1000.0) == 1000.0
    assert autograd.softplus(-1000.0) == 0.0
    assert autograd.sigmoid(-800.0) == 0.0
    assert autograd.sigmoid(-700.0) == pytest.approx(float(mpmath.exp(-700)), rel=1e-13)
    assert autograd.sigmoid(800.0) == 1.0
    assert autograd.logsigmoid(-1000.0) == -1000.0
    assert autograd.logsigmoid(1000.0) == 0.0
    assert autograd.silu(-800.0) == 0.0
    assert autograd.gelu(-100.0) == 0.0
    assert autograd.elu(-1000.0) == -1.0
    assert autograd.logsumexp([1000.0, 1001.0]) == pytest.approx(1001.3132616875182, rel=1e-15)
    assert autograd.logsumexp([-1e6, -1e6]) == pytest.approx(-1e6 + math.log(2), rel=1e-15)
    assert autograd.logsumexp([-math.inf, 0.0]) == 0.0
    assert autograd.hypot(3e200, 4e200) == pytest.approx(5e200, rel=1e-15)
    assert autograd.norm([3e200, 4e200]) == pytest.approx(5e200, rel=1e-15)
    for name in ("tanh", "softplus", "sigmoid", "logsigmoid", "gelu", "silu", "selu", "arctan"):
        for x in (-1e6, -800.0, 800.0, 1e6):
            v = Value(x)
            getattr(autograd, name)(v).backward()
            assert math.isfinite(v.grad), (name, x)


@given(
    xs=st.lists(st.floats(-50, 50), min_size=1, max_size=6), shift=st.sampled_from([0, 900, -900])
)
def test_softmax_and_logsumexp(xs, shift):
    xs = [x + shift for x in xs]
    exps = [mpmath.exp(mpmath.mpf(x)) for x in xs]
    total = mpmath.fsum(exps)
    assert autograd.logsumexp(xs) == pytest.approx(float(mpmath.log(total)), rel=1e-13, abs=1e-13)
    assert autograd.softmax(xs) == pytest.approx([float(e / total) for e in exps], rel=1e-12)
    logs = [float(mpmath.log(e / total)) for e in exps]
    assert autograd.log_softmax(xs) == pytest.approx(logs, rel=1e-12, abs=1e-13)
    values = [Value(x) for x in xs]
    autograd.softmax(values)[0].backward()
    p = [float(e / total) for e in exps]
    expected = [p[0] * ((i == 0) - p[i]) for i in range(len(xs))]
    assert [v.grad for v in values] == pytest.approx(expected, rel=1e-10, abs=1e-14)


def test_empty_sequences():
    assert autograd.sum([]) == 0.0
    assert autograd.prod([]) == 1.0
    assert autograd.dot([], []) == 0.0
    assert autograd.dot([], [], 2.0) == 2.0
    assert autograd.softmax([]) == []
    assert autograd.log_softmax([]) == []
    for name in ("mean", "norm", "logsumexp"):
        with pytest.raises(ValueError, match=f"{name} of an empty sequence"):
            getattr(autograd, name)([])
    with pytest.raises(ValueError, match="needs more than 0 elements"):
        autograd.variance([])
    with pytest.raises(ValueError, match="needs more than 1 elements"):
        autograd.variance([1.0], ddof=1)


@given(xs=st.lists(st.floats(-100, 100), min_size=1, max_size=8))
def test_sums_agree_with_numpy_and_are_one_node(xs):
    for name, reference in (
        ("sum", np.sum),
        ("mean", np.mean),
        ("prod", np.prod),
        ("variance", np.var),
        ("norm", np.linalg.norm),
    ):
        function = getattr(autograd, name)
        assert function(xs) == pytest.approx(reference(xs), rel=1e-9, abs=1e-9)
        assert type(function(xs)) is float
        leaves = [Value(x) for x in xs]
        node = function(leaves)
        assert node.parents == tuple(leaves)
        assert node.data == function(xs)
    w = [Value(x) for x in xs]
    node = autograd.dot(w, xs, 1.5)
    assert node.data == pytest.approx(np.dot(xs, xs) + 1.5)
    assert len(node.parents) == 2 * len(xs) + 1


def test_sequences_of_every_kind():
    x = Value(2.0)
    assert autograd.sum(v for v in (x, 1, 2)).data == 5.0
    assert autograd.sum(np.array([1.0, 2.0])) == 3.0
    assert autograd.sum(np.array([[x, x], [x, 1.0]], dtype=object)).data == 7.0
    assert autograd.mean([[1, 2], [x]]).data == pytest.approx(5 / 3)
    assert autograd.sum([np.float32(1.5), 1]) == 2.5
    assert autograd.variance([1.0, 2.0, 4.0], ddof=1) == pytest.approx(7 / 3)
    assert autograd.dot(np.array([1.0, 2.0]), [x, x]).data == 6.0
    for bad in (3.0, "12", {"a": 1}, None):
        with pytest.raises(TypeError):
            autograd.sum(bad)
    with pytest.raises(TypeError, match="one real number"):
        autograd.sum(["1"])
    with pytest.raises(ValueError, match="dot of 2 numbers with 1"):
        autograd.dot([1.0, 2.0], [x])


def test_functions_map_over_nests_and_arrays():
    x = Value(0.5)
    assert autograd.exp([0.0, 1.0]) == [1.0, math.e]
    assert autograd.exp((0.0, [1.0])) == (1.0, [math.e])
    result = autograd.tanh([x, 0.5])
    assert isinstance(result[0], Value)
    assert type(result[1]) is float
    array = autograd.exp(np.array([[0.0, 1.0]]))
    assert array.dtype == float
    assert array.shape == (1, 2)
    mixed = autograd.sin(np.array([x, 1.0], dtype=object))
    assert mixed.dtype == object
    assert autograd.maximum([1.0, 5.0], 2.0) == [2.0, 5.0]
    assert autograd.hypot([3.0, 5.0], [4.0, 12.0]) == [5.0, 13.0]
    assert autograd.clip(np.array([-3.0, 0.5, 3.0]), -1, 1).tolist() == [-1.0, 0.5, 1.0]
    assert autograd.exp([]) == []
    assert type(autograd.exp(1)) is float
    assert type(autograd.exp(np.float32(1))) is float
    with pytest.raises(ValueError, match=r"different lengths \(1, 2\)"):
        autograd.maximum([1.0], [1.0, 2.0])
    for bad in ("1", None, 1j, {1: 2}):
        with pytest.raises(TypeError, match="one real number"):
            autograd.exp(bad)


def gradients(f, *numbers):
    values = [Value(x) for x in numbers]
    result = f(*values)
    result.backward()
    return result.data, *[v.grad for v in values]


def test_kinks_and_ties_as_documented():
    assert gradients(autograd.relu, 0.0) == (0.0, 0.0)
    assert gradients(abs, 0.0) == (0.0, 0.0)
    assert gradients(autograd.maximum, 2.0, 2.0) == (2.0, 0.5, 0.5)
    assert gradients(autograd.minimum, 2.0, 2.0) == (2.0, 0.5, 0.5)
    assert gradients(autograd.leaky_relu, 0.0) == (0.0, 1.0)
    assert gradients(lambda x: autograd.leaky_relu(x, 0.2), -2.0) == (-0.4, 0.2)
    assert gradients(lambda x: autograd.elu(x, 0.5), 0.0) == (0.0, 0.5)
    assert gradients(autograd.sign, 0.0) == (0.0, 0.0)
    assert gradients(autograd.floor, 1.5) == (1.0, 0.0)
    assert gradients(autograd.ceil, 1.5) == (2.0, 0.0)
    assert gradients(autograd.hypot, 0.0, 0.0) == (0.0, 0.0, 0.0)
    assert gradients(lambda x, y: autograd.norm([x, y]), 0.0, 0.0) == (0.0, 0.0, 0.0)
    assert gradients(autograd.heaviside, 0.0, 0.25) == (0.25, 0.0, 1.0)


def test_clip():
    assert gradients(autograd.clip, 0.5, 0.0, 1.0) == (0.5, 1.0, 0.0, 0.0)
    assert gradients(autograd.clip, -2.0, 0.0, 1.0) == (0.0, 0.0, 1.0, 0.0)
    assert gradients(autograd.clip, 2.0, 0.0, 1.0) == (1.0, 0.0, 0.0, 1.0)
    assert gradients(autograd.clip, 1.0, 0.0, 1.0)[:2] == (1.0, 1.0)
    assert gradients(autograd.clip, 0.0, 2.0, 1.0) == (1.0, 0.0, 0.0, 1.0)
    assert autograd.clip(5.0, None, 1.0) == 1.0
    assert autograd.clip(-5.0, min=-1.0) == -1.0
    assert autograd.clip(5.0) == 5.0


def test_where_gives_the_other_branch_nothing():
    assert gradients(lambda x, y: autograd.where(x > y, x * x, y), 3.0, 2.0) == (9.0, 6.0, 0.0)
    assert gradients(lambda x, y: autograd.where(x < y, x * x, y), 3.0, 2.0) == (2.0, 0.0, 1.0)
    # The slope of the root is infinite here, and zero times infinity is not a number.
    assert gradients(lambda x: autograd.where(x > 0, autograd.sqrt(x), 0.0), 0.0) == (0.0, 0.0)
    node = autograd.where(Value(1.0), Value(2.0), 3.0)
    assert (node.op, node.data) == ("where", 2.0)
    assert autograd.where(np.array([True, False]), 1.0, 2.0).tolist() == [1.0, 2.0]
    x = Value(0.0)
    masked = autograd.where([False, True], [x.sqrt(), x], 5.0)
    autograd.sum(masked).backward()
    assert x.grad == 1.0


def test_slopes_of_saturated_and_vertical_tangents():
    assert gradients(autograd.sqrt, 0.0) == (0.0, math.inf)
    assert gradients(autograd.cbrt, 0.0) == (0.0, math.inf)
    assert gradients(autograd.arcsin, 1.0)[1] == math.inf
    assert gradients(autograd.arccos, -1.0)[1] == -math.inf
    assert gradients(autograd.arccosh, 1.0)[1] == math.inf
    assert gradients(autograd.arccosh, 1e200)[1] == pytest.approx(1e-200)
    assert gradients(autograd.arctan2, 1e-200, 1e-200)[1] == pytest.approx(0.5e200)
    assert math.isnan(gradients(autograd.arctan2, 0.0, 0.0)[1])


def test_prod_with_zeros():
    values = [Value(2.0), Value(0.0), Value(5.0)]
    autograd.prod(values).backward()
    assert [v.grad for v in values] == [0.0, 10.0, 0.0]
    values = [Value(0.0), Value(0.0), Value(5.0)]
    autograd.prod(values).backward()
    assert [v.grad for v in values] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_pass_through(x):
    for name in ("relu", "floor", "sign", "tanh", "maximum", "absolute", "leaky_relu"):
        function = getattr(autograd, name)
        result = function(x, 0.0) if name == "maximum" else function(x)
        assert math.isnan(result) == math.isnan(x), name
