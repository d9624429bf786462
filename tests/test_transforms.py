"""grad, value_and_grad, jacobian, hessian, jvp, vjp, hvp, elementwise_grad."""

from __future__ import annotations

import math
from collections import namedtuple

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import (
    Value,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)

Point = namedtuple("Point", "x y")


def rosenbrock(x):
    return sum(
        100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in zip(x[:-1], x[1:], strict=True)
    )


def rosenbrock_gradient(x):
    gradient = np.zeros_like(x)
    gradient[:-1] = -400.0 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2.0 * (1.0 - x[:-1])
    gradient[1:] += 200.0 * (x[1:] - x[:-1] ** 2)
    return gradient


def rosenbrock_hessian(x):
    matrix = np.zeros((len(x), len(x)))
    for i in range(len(x) - 1):
        matrix[i, i] += 1200.0 * x[i] ** 2 - 400.0 * x[i + 1] + 2.0
        matrix[i + 1, i + 1] += 200.0
        matrix[i, i + 1] = matrix[i + 1, i] = -400.0 * x[i]
    return matrix


POINT = np.array([-1.2, 1.0, 0.5, 2.0])


def test_gradient_and_hessian_of_rosenbrock():
    value, gradient = value_and_grad(rosenbrock)(POINT)
    assert type(value) is float
    assert value == pytest.approx(rosenbrock(POINT))
    assert gradient.dtype == float
    np.testing.assert_allclose(gradient, rosenbrock_gradient(POINT), rtol=1e-13)
    np.testing.assert_allclose(hessian(rosenbrock)(POINT), rosenbrock_hessian(POINT), rtol=1e-13)
    direction = np.array([1.0, -2.0, 0.5, 3.0])
    (product,) = hvp(rosenbrock, (POINT,), (direction,))
    np.testing.assert_allclose(product, rosenbrock_hessian(POINT) @ direction, rtol=1e-12)
    value, slope = jvp(rosenbrock, (POINT,), (direction,))
    assert value == pytest.approx(rosenbrock(POINT))
    assert slope == pytest.approx(rosenbrock_gradient(POINT) @ direction)


def test_structures_come_back_as_they_were():
    def f(params, scale):
        total = params["w"].sum() * scale + params["b"][0] * params["b"][1].x
        return total + params["b"][1].y ** 2

    params = {"w": np.ones((2, 3)), "b": [2.0, Point(3.0, 4)]}
    gradient = grad(f)(params, 5.0)
    assert list(gradient) == ["w", "b"]
    assert gradient["w"].shape == (2, 3)
    assert (gradient["w"] == 5.0).all()
    assert gradient["b"] == [3.0, Point(2.0, 8.0)]
    both = grad(f, argnums=(1, 0))(params, 5.0)
    assert both[0] == 6.0
    assert both[1]["b"] == gradient["b"]
    assert grad(f, -1)(params, 5.0) == 6.0
    assert grad(lambda p: 1.0)({"a": [], "b": ()}) == {"a": [], "b": ()}


def test_arguments_are_not_changed_and_keywords_pass():
    x = np.array([1, 2])
    gradient = grad(lambda a, *, power: (a**power).sum())(x, power=3)
    assert gradient.tolist() == [3.0, 12.0]
    assert x.dtype.kind == "i"
    assert x.tolist() == [1, 2]
    assert grad(lambda v: v * v)(np.float32(3)) == 6.0
    assert grad(lambda v: v * v)(np.array(3.0)) == 6.0
    assert grad(lambda v: (v * v).sum())(np.zeros((0,))).shape == (0,)


# nth derivatives of sin at x are sin(x + nπ/2).
@pytest.mark.parametrize("order", range(1, 6))
@given(x=st.floats(-3, 3))
def test_nested_derivatives(order, x):
    sin, tanh = autograd.sin, autograd.tanh
    for _ in range(order):
        sin, tanh = grad(sin), grad(tanh)
    assert sin(x) == pytest.approx(math.sin(x + order * math.pi / 2), abs=1e-12)
    with mpmath.workdps(40):
        expected = float(mpmath.diff(mpmath.tanh, mpmath.mpf(x), order))
    assert tanh(x) == pytest.approx(expected, rel=1e-9, abs=1e-10)


def test_no_confusion_of_perturbations():
    # d/dx [x · d/dy (x + y)] = 1, not 2: Siskind & Pearlmutter 2005.
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(2.0) == 4.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    nested = grad(lambda x: grad(lambda y: grad(lambda z: x * y * y * z**3)(y))(x))
    # ∂/∂z = 3 x y² z² at z = y: 3 x y⁴; ∂/∂y at y = x: 12 x⁴; ∂/∂x: 48 x³
    assert nested(2.0) == pytest.approx(48 * 8.0)


def test_values_in_give_values_out():
    x = Value(3.0)
    gradient = grad(lambda v: v**3)(x)
    assert isinstance(gradient, Value)
    assert gradient.data == 27.0
    gradient.backward()
    assert x.grad == 18.0
    constant = grad(lambda v: 2 * v)(x)
    assert isinstance(constant, Value)
    assert constant.data == 2.0


def test_values_from_outside_can_be_differentiated_further():
    w = Value(2.0)
    slope = grad(lambda x: w * x * x)(3.0)
    assert slope.data == 12.0
    (slope**2).backward()
    assert w.grad == 2 * 12.0 * 6.0
    assert grad(lambda x: w.detach() * x * x)(3.0) == 12.0
    with autograd.no_grad():
        w.requires_grad = False
        assert grad(lambda x: w * x * x)(3.0) == 12.0


def test_gradients_of_outside_values_are_left_alone():
    w = Value(2.0)
    w.grad = 7.0
    grad(lambda x: w * x * x)(3.0)
    value_and_grad(lambda x: x * x)(3.0)
    assert w.grad == 7.0


def test_transforms_work_under_no_grad():
    with autograd.no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert not autograd.is_grad_enabled()
        assert grad(lambda x: x * x)(Value(3.0)) == 6.0


@pytest.mark.parametrize("constant", [3, 2.5, np.float64(1.0), Value(1.0, requires_grad=False)])
def test_constant_functions_have_gradient_zero(constant):
    assert grad(lambda x: constant)(1.0) == 0.0
    assert grad(lambda x: constant)(np.ones(2)).tolist() == [0.0, 0.0]
    assert grad(lambda x, y: y * y)(1.0, 2.0) == 0.0
    assert jacobian(lambda x: [constant, x])(1.0) == [0.0, 1.0]
    assert jvp(lambda x: constant, (1.0,), (1.0,))[1] == 0.0
    assert hessian(lambda x: constant)(np.ones(2)).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    if isinstance(constant, Value):
        assert constant.grad == 0.0


def test_errors_say_what_happened():
    with pytest.raises(TypeError, match=r"math\.sin"):
        grad(lambda x: math.sin(x))(1.0)
    with pytest.raises(TypeError, match=r"returns one number, but it returned array\(2,\)"):
        grad(lambda x: x * 2)(np.ones(2))
    with pytest.raises(TypeError, match=r"returned \[\*, \*\]; sum it up, or use jacobian"):
        grad(lambda x: [x, x])(1.0)
    with pytest.raises(TypeError, match="should return numbers: .*None"):
        grad(lambda x: None)(1.0)
    with pytest.raises(TypeError, match=r"argument 1\['a'\]\[0\] cannot be differentiated.*None"):
        grad(lambda x, y: x, argnums=1)(1.0, {"a": [None]})
    with pytest.raises(TypeError, match="argument 0 cannot be differentiated.*complex"):
        grad(lambda x: x)(1j)
    with pytest.raises(ValueError, match="argnums=2 wants at least 3 positional arguments, but 2"):
        grad(lambda x, y: x, argnums=2)(1.0, 2.0)
    with pytest.raises(ValueError, match="but 0 were given"):
        grad(lambda x: x)(x=1.0)
    with pytest.raises(TypeError, match="argnums should be an int"):
        grad(lambda x: x, argnums="x")(1.0)
    with pytest.raises(TypeError, match="argnums should be an int"):
        grad(lambda x: x, argnums=True)(1.0)
    with pytest.raises(ValueError, match=r"log\(0\.0\)"):
        grad(autograd.log)(0.0)


def test_an_error_inside_leaves_recording_on():
    with pytest.raises(ZeroDivisionError), autograd.no_grad():
        grad(lambda x: 1 / x)(0.0)
    assert autograd.is_grad_enabled()


def test_jacobian_shapes():
    x, m = np.arange(1.0, 4.0), np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(jacobian(lambda v: m @ v)(x), m)
    full = jacobian(lambda v: m * v)(x)
    assert full.shape == (2, 3, 3)
    np.testing.assert_array_equal(full, m[:, :, None] * np.eye(3))
    nest = jacobian(lambda a, b: {"s": a * b, "v": b * x}, argnums=(0, 1))(2.0, 3.0)
    assert nest["s"] == (3.0, 2.0)
    assert nest["v"][0].tolist() == [0.0, 0.0, 0.0]
    assert nest["v"][1].tolist() == x.tolist()
    rows = jacobian(lambda v: [v[0] * v[1], v[2]])(x)
    assert [row.tolist() for row in rows] == [[2.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    columns = jacobian(lambda p: p[0] * x)([2.0, 1.0])
    assert [column.tolist() for column in columns] == [[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]
    assert jacobian(lambda v: v)(x).tolist() == np.eye(3).tolist()


def test_vjp_and_jvp_are_transposes():
    def f(x, y):
        return {"a": autograd.exp(x) * y[0], "b": np.array([y[1] * x, y[0] ** 2])}

    primals = (0.3, [1.5, -2.0])
    tangents = (0.7, [0.1, -0.4])
    cotangent = {"a": 2.0, "b": np.array([-1.0, 0.5])}
    value, tangent = jvp(f, primals, tangents)
    value2, pullback = vjp(f, *primals)
    assert value["a"] == value2["a"] == pytest.approx(math.exp(0.3) * 1.5)
    dx, dy = pullback(cotangent)
    left = dx * tangents[0] + dy[0] * tangents[1][0] + dy[1] * tangents[1][1]
    right = cotangent["a"] * tangent["a"] + cotangent["b"] @ tangent["b"]
    assert left == pytest.approx(right, rel=1e-14)
    assert pullback(cotangent) == (dx, dy)
    assert vjp(lambda x: [x, x, 3.0], 2.0)[1]([1.0, 4.0, 9.0]) == (5.0,)
    with pytest.raises(ValueError, match="the cotangent should have the structure"):
        pullback(1.0)
    with pytest.raises(ValueError, match="tangent 1 should have the structure"):
        jvp(f, primals, (1.0, 2.0))
    with pytest.raises(ValueError, match="1 tangents for 2 primals"):
        jvp(f, primals, (1.0,))
    with pytest.raises(TypeError, match="primals should be a tuple"):
        jvp(f, 1.0, (1.0,))
    with pytest.raises(TypeError, match="one real number"):
        jvp(lambda x: x, (1.0,), ("1",))


def test_forward_and_reverse_nest_in_each_other():
    def f(x):
        return autograd.sin(x) * x**2

    second = -math.sin(0.7) * 0.49 + 4 * math.cos(0.7) * 0.7 + 2 * math.sin(0.7)
    assert grad(lambda x: jvp(f, (x,), (1.0,))[1])(0.7) == pytest.approx(second, rel=1e-13)
    assert jvp(lambda x: jvp(f, (x,), (1.0,))[1], (0.7,), (1.0,))[1] == pytest.approx(second)
    assert jvp(grad(f), (0.7,), (1.0,))[1] == pytest.approx(second)
    assert grad(lambda x: vjp(f, x)[1](1.0)[0])(0.7) == pytest.approx(second)
    assert hessian(f)(0.7) == pytest.approx(second)
    # The derivative with respect to the tangent of a linear map is the map.
    assert grad(lambda t: jvp(f, (0.7,), (t,))[1])(5.0) == pytest.approx(grad(f)(0.7))
    assert grad(lambda c: vjp(f, 0.7)[1](c)[0])(5.0) == pytest.approx(grad(f)(0.7))


def test_elementwise_grad():
    x = np.linspace(-2.0, 2.0, 5)
    np.testing.assert_allclose(elementwise_grad(autograd.tanh)(x), 1 - np.tanh(x) ** 2)
    curvature = elementwise_grad(elementwise_grad(lambda v: v**3))
    np.testing.assert_allclose(curvature(x), 6 * x)
    assert elementwise_grad(lambda a, v: a * v * v, argnum=1)(3.0, [1.0, 2.0]) == [6.0, 12.0]
    assert elementwise_grad(np.sin)(0.0) == 1.0
    assert elementwise_grad(autograd.exp)(np.ones((2, 1))).shape == (2, 1)
    assert elementwise_grad(autograd.exp)([]) == []


def test_wrapped_functions_keep_their_name():
    def energy(x):
        """Kinetic."""
        return x * x

    for transform in (grad, value_and_grad, jacobian, hessian, elementwise_grad):
        assert transform(energy).__name__ == "energy"
        assert transform(energy).__doc__ == "Kinetic."
