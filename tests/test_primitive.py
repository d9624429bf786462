"""Primitives of the user's own."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

import autograd
from autograd import GradcheckError, Value, grad, hessian, primitive
from autograd.rule import TABLE


@primitive(partials=lambda y, x: 3.0 * x**2, source="power rule", check=True)
def third_power(x):
    """x to the third power."""
    return x * x * x


@primitive(
    partials=(lambda z, x, y: y * autograd.cos(x * y), lambda z, x, y: x * autograd.cos(x * y)),
    domain=((-1.0, 1.0), (0.0, 2.0)),
    check=True,
)
def sine_of_product(x, y):
    return math.sin(x * y)


@primitive(partials=lambda y, *xs: [2.0 * x for x in xs], name="sum_of_squares", check=True)
def squares(*xs):
    return sum(x * x for x in xs)


# Declared for the tests of this module only: others walk through all primitives that there are.
DECLARED = {name: TABLE.pop(name) for name in ("third_power", "sine_of_product", "sum_of_squares")}


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    for name, rule in DECLARED.items():
        monkeypatch.setitem(TABLE, name, rule)


def test_used_like_a_built_in():
    x = Value(2.0, "x")
    y = third_power(x) + third_power(3.0)
    y.backward()
    assert (y.data, x.grad) == (35.0, 12.0)
    assert third_power(2) == 8.0
    assert third_power.__name__ == "third_power"
    assert third_power.__doc__ == "x to the third power."
    node = third_power(x)
    assert (node.op, node.parents) == ("third_power", (x,))
    assert third_power([x, 1.0])[1] == 1.0
    assert third_power(np.array([1.0, 2.0])).tolist() == [1.0, 8.0]
    assert sine_of_product(x, [1.0, 2.0])[1].data == math.sin(4.0)
    assert squares(x, 1.0, 2).op == "sum_of_squares"


def test_higher_orders():
    assert grad(grad(third_power))(2.0) == 12.0
    assert grad(grad(grad(third_power)))(2.0) == 6.0
    assert grad(grad(grad(grad(third_power))))(2.0) == 0.0
    x, y = 0.3, 0.8
    s, c = math.sin(x * y), math.cos(x * y)
    np.testing.assert_allclose(
        hessian(lambda v: sine_of_product(v[0], v[1]))(np.array([x, y])),
        [[-y * y * s, c - x * y * s], [c - x * y * s, -x * x * s]],
        rtol=1e-13,
    )
    assert hessian(lambda v: squares(*v))(np.ones(3)).tolist() == (2 * np.eye(3)).tolist()


def test_copies_and_pickles():
    y = third_power(Value(2.0)) * 2
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert twin.parents[0].op == "third_power"
        assert twin.parents[0].rule is TABLE["third_power"]
        twin.backward()
        assert twin.parents[0].parents[0].grad == 24.0


def test_wrong_partials_are_refused_on_request():
    with pytest.raises(GradcheckError, match=r"'wrong_cube' is refused: its first derivatives at"):

        @primitive(partials=lambda y, x: 2.0 * x**2, check=True)
        def wrong_cube(x):
            return x * x * x

    assert "wrong_cube" not in TABLE
    with pytest.raises(GradcheckError, match="its second derivatives at"):
        # The first derivative is right as a number, but hides half of itself from a second one.
        @primitive(
            partials=lambda y, x: (
                2.0 * x * x + x.item() ** 2 if isinstance(x, Value) else 3.0 * x * x
            ),
            check=True,
        )
        def half_hidden(x):
            return x * x * x

    assert "half_hidden" not in TABLE


def test_partials_by_math_fail_loudly_at_second_order():
    @primitive(partials=lambda y, x: math.cos(x))
    def sine(x):
        return math.sin(x)

    assert grad(sine)(0.5) == math.cos(0.5)
    with pytest.raises(TypeError, match=r"partials of sine turn a Value into a float"):
        grad(grad(sine))(0.5)


def test_bad_declarations():
    with pytest.raises(ValueError, match="there is a primitive 'tanh' already"):
        primitive(partials=lambda y, x: 1.0, name="tanh")(lambda x: x)
    with pytest.raises(TypeError, match="has 2 operands but 1 partials"):
        primitive(partials=lambda z, x, y: 1.0, name="p")(lambda x, y: x)
    with pytest.raises(TypeError, match="has 2 operands but 1 domains"):
        primitive(partials=[lambda z, x, y: 1.0] * 2, domain=[(0, 1)], name="p")(lambda x, y: x)
    assert "p" not in TABLE


def test_a_declaration_can_be_repeated():
    def declare(factor):
        return primitive(partials=lambda y, x: factor, name="scaled")(lambda x: factor * x)

    first, second = declare(2.0), declare(3.0)
    x = Value(1.0)
    (first(x) + second(x)).backward()
    assert x.grad == 5.0


def test_errors_of_the_function_name_the_primitive():
    @primitive(partials=lambda y, x: 1.0)
    def picky(x):
        raise ValueError("only on Sundays")

    with pytest.raises(ValueError, match=r"picky\(w=1\.0\): only on Sundays"):
        picky(Value(1.0, "w"))

    class OwnError(ArithmeticError):
        def __init__(self, code, reason):
            super().__init__(f"{code} {reason}")

    @primitive(partials=lambda y, x: 1.0)
    def pickier(x):
        raise OwnError(7, "never")

    with pytest.raises(OwnError, match="7 never") as caught:
        pickier(Value(1.0, "w"))
    assert caught.value.__notes__ == ["in pickier(w=1.0)"]
