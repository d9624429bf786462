"""Value: construction, operators, comparisons, conversions, errors."""

from __future__ import annotations

import math
import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value

finite = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    "x",
    [
        2,
        True,
        2.5,
        np.float64(2.5),
        np.float32(2.5),
        np.float16(2.5),
        np.int8(2),
        np.uint64(2),
        np.bool_(True),
        np.array(2.5),
        np.array([2.5]),
        Fraction(5, 2),
        Decimal("2.5"),
        Value(2.5),
    ],
)
def test_accepts_everything_that_is_one_real_number(x):
    value = Value(x)
    assert type(value.data) is float
    assert value.data == float(x if not isinstance(x, np.ndarray) else x.item())
    assert value.grad == 0.0
    assert value.parents == ()
    assert value.op == ""


@pytest.mark.parametrize(
    ("x", "said"),
    [
        ("2.5", "'2.5' of type str"),
        (b"2", "type bytes"),
        (np.str_("2"), "type str_"),
        (np.datetime64(1, "s"), "type datetime64"),
        (None, "None of type NoneType"),
        (1 + 2j, "complex"),
        (np.complex128(1), "complex"),
        (np.complex64(1), "complex"),
        (np.array([1.0, 2.0]), r"shape \(2,\)"),
        (np.array([]), r"shape \(0,\)"),
        ([1.0], "type list"),
        (object(), "type object"),
    ],
)
def test_refuses_what_is_not_one_real_number(x, said):
    with pytest.raises(TypeError, match=said) as caught:
        Value(x)
    assert "one real number is wanted" in str(caught.value)


def test_label_must_be_text():
    with pytest.raises(TypeError):
        Value(1.0, 5)
    value = Value(1.0, label="w")
    value.label = "v"
    assert value.label == "v"


def test_repr_shows_what_there_is():
    assert repr(Value(2.0)) == "Value(data=2.0, grad=0.0)"
    assert repr(Value(2.0, "x")) == "Value(data=2.0, grad=0.0, label='x')"
    assert repr(Value(2.0) * Value(3.0)) == "Value(data=6.0, grad=0.0, op='*')"
    assert repr(Value(2.0, "c", False)).endswith("label='c', requires_grad=False)")
    assert f"{Value(2.0):.3f}" == "2.000"
    assert f"{Value(2.0)}" == "Value(data=2.0, grad=0.0)"


# Each operator with the partials that a textbook gives.
OPERATORS = [
    (operator.add, lambda x, y: (1.0, 1.0)),
    (operator.sub, lambda x, y: (1.0, -1.0)),
    (operator.mul, lambda x, y: (y, x)),
    (operator.truediv, lambda x, y: (1.0 / y, -(x / y) / y)),
    (operator.pow, lambda x, y: (y * x ** (y - 1.0), x**y * math.log(x))),
    (operator.floordiv, lambda x, y: (0.0, 0.0)),
    (operator.mod, lambda x, y: (1.0, -(x // y))),
]


@pytest.mark.parametrize(("op", "partials"), OPERATORS)
@given(x=st.floats(0.125, 8.0), y=st.floats(0.125, 8.0))
def test_binary_operators(op, partials, x, y):
    dx, dy = partials(x, y)
    for left, right in ((Value(x), Value(y)), (Value(x), y), (x, Value(y))):
        result = op(left, right)
        assert result.data == op(x, y)
        result.backward()
        if isinstance(left, Value):
            assert left.grad == pytest.approx(dx, rel=1e-14, abs=1e-300)
        if isinstance(right, Value):
            assert right.grad == pytest.approx(dy, rel=1e-14, abs=1e-300)


@given(x=finite)
def test_unary_operators(x):
    for op, slope in (
        (operator.neg, -1.0),
        (operator.pos, 1.0),
        (abs, math.copysign(1.0, x) if x else 0.0),
    ):
        v = Value(x)
        result = op(v)
        result.backward()
        assert (result.data, v.grad) == (op(x), slope)


def test_in_place_forms_make_new_nodes():
    x = Value(3.0)
    total = Value(1.0)
    first = total
    total += x
    total *= x
    total -= 2
    total /= x
    total **= 2
    assert first.data == 1.0
    assert total.data == (((1 + 3) * 3 - 2) / 3) ** 2
    total.backward()
    # f = ((x² + x − 2)/x)²,  f' = 2 (x + 1 − 2/x)(1 + 2/x²)
    assert x.grad == pytest.approx(2 * (4 - 2 / 3) * (1 + 2 / 9), rel=1e-14)


@pytest.mark.parametrize(
    ("base", "exponent", "value", "dbase"),
    [
        (0.0, 0.0, 1.0, 0.0),
        (5.0, 0.0, 1.0, 0.0),
        (-5.0, 0.0, 1.0, 0.0),
        (0.0, 1.0, 0.0, 1.0),
        (0.0, 2.0, 0.0, 0.0),
        (0.0, 3.0, 0.0, 0.0),
        (0.0, 0.5, 0.0, math.inf),
        (-2.0, 3.0, -8.0, 12.0),
        (-2.0, 2.0, 4.0, -4.0),
        (-2.0, -1.0, -0.5, -0.25),
        (2.0, -2.0, 0.25, -0.25),
    ],
)
def test_power_at_the_edges(base, exponent, value, dbase):
    x = Value(base)
    result = x**exponent
    result.backward()
    assert (result.data, x.grad) == (value, dbase)


@pytest.mark.parametrize(("base", "slope"), [(2.0, 8 * math.log(2)), (0.0, 0.0)])
def test_power_in_the_exponent(base, slope):
    n = Value(3.0)
    (base**n).backward()
    assert n.grad == pytest.approx(slope)


def test_power_of_a_negative_base_has_no_slope_in_the_exponent():
    x, n = Value(-2.0), Value(3.0)
    (x**n).backward()
    assert x.grad == 12.0
    assert math.isnan(n.grad)


def test_errors_name_operation_operands_and_label():
    x = Value(0.0, label="rate")
    with pytest.raises(ZeroDivisionError, match=r"divide\(1\.0, rate=0\.0\)"):
        1.0 / x
    with pytest.raises(ZeroDivisionError, match=r"power\(rate=0\.0, -1\.0\)"):
        x**-1
    with pytest.raises(ValueError, match=r"log\(rate=0\.0\)"):
        x.log()
    with pytest.raises(ValueError, match=r"power\(-8\.0, 0\.5\)"):
        Value(-8.0) ** 0.5
    with pytest.raises(OverflowError, match=r"exp\(1000\.0\)"):
        Value(1000.0).exp()
    with pytest.raises(ZeroDivisionError, match=r"remainder\(1\.0, rate=0\.0\)"):
        Value(1.0) % x


@pytest.mark.parametrize("other", ["1", None, [1.0], 1j, {}])
@pytest.mark.parametrize("op", [operator.add, operator.mul, operator.truediv, operator.pow])
def test_operators_refuse_what_is_no_number(op, other):
    with pytest.raises(TypeError):
        op(Value(1.0), other)
    with pytest.raises(TypeError):
        op(other, Value(1.0))


def test_other_numbers_on_either_side():
    x = Value(3.0)
    for other in (Fraction(1, 2), Decimal("0.5"), np.float32(0.5), np.float64(0.5)):
        assert (x * other).data == 1.5
        assert (other * x).data == 1.5
        assert isinstance(other * x, Value)
        assert (other - x).data == -2.5
        assert (other / x).data == 0.5 / 3.0


@given(a=finite, b=finite)
def test_comparisons_are_by_value(a, b):
    for op in (operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge):
        expected = op(a, b)
        assert op(Value(a), Value(b)) is expected
        assert op(Value(a), b) is expected
        assert op(a, Value(b)) is expected


def test_comparison_with_what_is_no_number():
    assert (Value(1.0) == "1") is False
    assert Value(1.0) != None  # noqa: E711
    with pytest.raises(TypeError):
        assert Value(1.0) < "1"
    assert math.nan != Value(math.nan)
    assert max(Value(1.0), Value(3.0), 2.0).data == 3.0
    assert [v.data for v in sorted([Value(2.0), Value(1.0)])] == [1.0, 2.0]


def test_hash_is_by_identity():
    a, b = Value(1.0), Value(1.0)
    assert a == b
    assert len({a, b}) == 2
    assert {a: "a", b: "b"}[b] == "b"


def test_conversions():
    v = Value(2.75)
    assert float(v) == 2.75
    assert int(v) == 2
    assert v.item() == 2.75
    assert bool(v)
    assert not Value(0.0)
    assert isinstance(v.item(), float)


def test_constants_appear_as_parents_without_gradient():
    x = Value(3.0)
    y = 2 * x
    two, same = y.parents
    assert same is x
    assert (two.data, two.requires_grad) == (2.0, False)
    y.backward()
    assert (x.grad, two.grad) == (2.0, 0.0)
    assert y.partials == (3.0, 2.0)


def test_detach_and_requires_grad():
    x, c = Value(3.0), Value(2.0, requires_grad=False)
    y = x * c
    y.backward()
    assert (x.grad, c.grad) == (2.0, 0.0)
    detached = y.detach()
    assert (detached.data, detached.parents, detached.requires_grad) == (6.0, (), False)
    with pytest.raises(RuntimeError, match="does not require a gradient"):
        detached.backward()
    constant = c * 3 + c.exp()
    assert not constant.requires_grad
    assert constant.parents == ()


def test_no_grad_blocks_nest_and_end():
    x = Value(3.0)
    with autograd.no_grad():
        with autograd.no_grad():
            inner = x * x
        outer = x.exp()
        assert not autograd.is_grad_enabled()
        with autograd.enable_grad():
            assert (x * x).requires_grad
        assert not (x * x).requires_grad
    assert not inner.requires_grad
    assert inner.parents == ()
    assert not outer.requires_grad
    assert (x * x).requires_grad

    @autograd.no_grad()
    def evaluate():
        """Doc."""
        return x * x

    assert not evaluate().requires_grad
    assert evaluate.__doc__ == "Doc."
    with pytest.raises(ZeroDivisionError), autograd.no_grad():
        x / 0
    assert autograd.is_grad_enabled()


def test_zero_grad():
    x, y = Value(3.0), Value(4.0)
    (x * y).backward()
    autograd.zero_grad([x, y])
    assert (x.grad, y.grad) == (0.0, 0.0)
    (x * y).backward()
    autograd.zero_grad(x)
    y.zero_grad()
    assert (x.grad, y.grad) == (0.0, 0.0)
    x.grad = 5.0
    with pytest.raises(TypeError, match="zero_grad wants"):
        autograd.zero_grad([x, 3.0])
    assert x.grad == 5.0
    with pytest.raises(TypeError, match="int"):
        autograd.zero_grad(3)


def test_backward_seed():
    x = Value(3.0)
    (x * x).backward(seed=2)
    assert x.grad == 12.0
    with pytest.raises(TypeError, match="one real number"):
        (x * x).backward("1")
    assert x.grad == 12.0
