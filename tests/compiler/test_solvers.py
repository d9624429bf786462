"""SciPy's solvers are given compiled functions and their derivatives as they are."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from autograd import compile, exp, sin, where

optimize = pytest.importorskip("scipy.optimize", reason="these tests are about SciPy")
integrate = pytest.importorskip("scipy.integrate")


def rosenbrock(x):
    return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in zip(x[:-1], x[1:]))


START = np.array([1.3, 0.7, 0.8, 1.9, 1.2])


def test_minimize_with_gradient():
    f = compile(rosenbrock)
    found = optimize.minimize(f.value_and_grad, START, jac=True)
    assert found.success
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)
    assert optimize.minimize(f, START, jac=f.grad, method="L-BFGS-B").success


@pytest.mark.parametrize("method", ["CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP"])
def test_minimize_with_gradient_by_all_methods_that_take_one(method):
    f = compile(rosenbrock)
    found = optimize.minimize(f.value_and_grad, START.tolist(), jac=True, method=method)
    assert found.success
    np.testing.assert_allclose(found.x, 1.0, atol=1e-3)


@pytest.mark.parametrize(
    "method", ["Newton-CG", "dogleg", "trust-ncg", "trust-exact", "trust-krylov", "trust-constr"]
)
def test_minimize_with_hessian(method):
    f = compile(rosenbrock)
    start = np.full(5, 1.1) if method == "dogleg" else START  # which wants it positive definite
    found = optimize.minimize(
        f.value_and_grad, start, jac=True, hess=f.hessian, method=method, tol=1e-9
    )
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-constr"])
def test_minimize_with_sparse_hessian(method):
    f = compile(rosenbrock)
    hessian = functools.partial(f.hessian, sparse=True)
    found = optimize.minimize(
        f.value_and_grad, START, jac=True, hess=hessian, method=method, tol=1e-9
    )
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov", "trust-constr"])
def test_minimize_with_products(method):
    f = compile(rosenbrock)
    found = optimize.minimize(
        f.value_and_grad, START, jac=True, hessp=f.hvp, method=method, tol=1e-9
    )
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)


def test_minimize_with_further_arguments():
    def penalized(x, weight, center):
        return rosenbrock(x) + weight * ((x - center) ** 2).sum()

    f = compile(penalized)
    given = {"jac": True, "args": (0.5, np.zeros(5)), "method": "Newton-CG"}
    by_products = optimize.minimize(f.value_and_grad, START, hessp=f.hvp, **given)
    by_hessian = optimize.minimize(f.value_and_grad, START, hess=f.hessian, **given)
    by_differences = optimize.minimize(lambda x, *args: f(x, *args), START, args=given["args"])
    np.testing.assert_allclose(by_products.x, by_differences.x, atol=1e-4)
    np.testing.assert_allclose(by_hessian.x, by_differences.x, atol=1e-4)


@pytest.mark.parametrize("sparse", [False, True])
def test_constraints(sparse):
    f = compile(rosenbrock)
    circle = compile(lambda x: np.array([x[0] ** 2 + x[1] ** 2, x[0] * x[1]]))
    weighted = compile(lambda x, v: v[0] * (x[0] ** 2 + x[1] ** 2) + v[1] * x[0] * x[1])
    constraint = optimize.NonlinearConstraint(
        circle,
        [0.0, 0.0],
        [0.5, 1.0],
        jac=functools.partial(circle.jacobian, sparse=sparse),
        hess=functools.partial(weighted.hessian, sparse=sparse),
    )
    found = optimize.minimize(
        f.value_and_grad,
        np.array([0.3, 0.2]),
        jac=True,
        hess=functools.partial(f.hessian, sparse=sparse),
        method="trust-constr",
        constraints=[constraint],
    )
    assert circle(found.x)[0] == pytest.approx(0.5, abs=1e-4)
    inside = compile(lambda x: 0.5 - x[0] ** 2 - x[1] ** 2)
    again = optimize.minimize(
        f.value_and_grad,
        np.array([0.3, 0.2]),
        jac=True,
        method="SLSQP",
        constraints=[{"type": "ineq", "fun": inside, "jac": inside.grad}],
    )
    np.testing.assert_allclose(again.x, found.x, atol=1e-4)


T = np.linspace(0.0, 4.0, 30)
Y = 2.5 * np.exp(-1.3 * T) + 0.5


@pytest.mark.parametrize("method", ["trf", "dogbox"])
@pytest.mark.parametrize("loss", ["linear", "soft_l1", "huber", "cauchy", "arctan"])
@pytest.mark.parametrize("bounds", [(-np.inf, np.inf), (0.0, 5.0)])
@pytest.mark.parametrize("sparse", [False, True])
def test_least_squares_with_all_losses(method, loss, bounds, sparse):
    f = compile(lambda p, t, y: p[0] * np.exp(-p[1] * t) + p[2] - y)
    jacobian = functools.partial(f.jacobian, sparse=sparse)
    options = {"args": (T, Y), "method": method, "loss": loss, "bounds": bounds}
    found = optimize.least_squares(f, [1.0, 1.0, 0.1], jac=jacobian, **options)
    np.testing.assert_allclose(found.x, [2.5, 1.3, 0.5], rtol=1e-6)


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_least_squares(method):
    def residuals(p, t, y):
        return p[0] * np.exp(-p[1] * t) + p[2] - y

    f = compile(residuals)
    start = np.array([1.0, 1.0, 0.0])
    found = optimize.least_squares(f, start, jac=f.jacobian, args=(T, Y), method=method)
    np.testing.assert_allclose(found.x, [2.5, 1.3, 0.5], rtol=1e-6)
    older = optimize.leastsq(f, start, args=(T, Y), Dfun=f.jacobian)
    np.testing.assert_allclose(older[0], [2.5, 1.3, 0.5], rtol=1e-6)


@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_root(method):
    @compile
    def equations(x):
        return np.array([x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1.0, 0.5 * (x[1] - x[0]) ** 3 + x[1]])

    found = optimize.root(equations, np.zeros(2), jac=equations.jacobian, method=method)
    assert found.success
    np.testing.assert_allclose(equations(found.x), 0.0, atol=1e-8)
    listed = compile(lambda x: [x[0] * x[0] - 2.0, x[1] - x[0]])
    found = optimize.root(listed, [1.0, 1.0], jac=listed.jacobian, method=method)
    np.testing.assert_allclose(found.x, 2.0**0.5, atol=1e-8)
    x = optimize.fsolve(equations, [0, 0], fprime=equations.jacobian)
    np.testing.assert_allclose(equations(x), 0.0, atol=1e-8)


@pytest.mark.parametrize("method", ["broyden1", "anderson", "krylov", "df-sane"])
def test_root_without_derivatives(method):
    equations = compile(lambda x: np.array([3.0 * x[0] + sin(x[1]) - 1.0, x[1] - 0.1 * x[0] ** 2]))
    found = optimize.root(equations, np.zeros(2), method=method)
    np.testing.assert_allclose(equations(found.x), 0.0, atol=1e-5)


def test_root_scalar():
    f = compile(lambda x: x**3 - 2.0)
    found = optimize.root_scalar(f.value_and_grad, x0=1.0, fprime=True, method="newton")
    assert found.root == pytest.approx(2.0 ** (1.0 / 3.0))
    halley = optimize.root_scalar(f, x0=1.0, fprime=f.grad, fprime2=f.hessian, method="halley")
    assert halley.root == pytest.approx(2.0 ** (1.0 / 3.0))


def test_newton_of_many_equations_at_once():
    f = compile(lambda x, a: x**3 - a, in_axes=0)
    a = np.array([1.0, 2.0, 3.0])
    found = optimize.newton(f, np.ones(3), f.grad, args=(a,), fprime2=f.hessian)
    np.testing.assert_allclose(found, np.cbrt(a))


def test_minimize_scalar():
    f = compile(lambda x: (x - 2.0) ** 2)
    assert optimize.minimize_scalar(f).x == pytest.approx(2.0)
    bounded = optimize.minimize_scalar(f, bounds=(0.0, 5.0), method="bounded")
    assert bounded.x == pytest.approx(2.0)


def decay(t, height, rate, floor):
    return height * exp(-rate * t) + floor


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sigma": np.linspace(1.0, 2.0, 30)},
        {"sigma": np.diag(np.linspace(1.0, 2.0, 30))},
        {"bounds": (0.0, 5.0)},
        {"method": "trf", "loss": "cauchy"},
        {"method": "dogbox", "sigma": np.linspace(1.0, 2.0, 30)},
    ],
)
def test_curve_fit(options):
    f = compile(decay, argnums=(1, 2, 3), in_axes=(0, None, None, None))
    y = Y + 0.01 * np.sin(9.0 * T)
    wanted, spread = optimize.curve_fit(f, T, y, **options)

    def jacobian(t, *p):
        return np.transpose(f.jacobian(t, *p))

    found, covariance = optimize.curve_fit(f, T, y, jac=jacobian, **options)
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    np.testing.assert_allclose(covariance, spread, rtol=1e-3, atol=1e-9)


def test_curve_fit_takes_rows_too():
    f = compile(decay, argnums=(1, 2, 3), in_axes=(0, None, None, None))
    found, _ = optimize.curve_fit(f, T, Y, jac=f.jacobian, col_deriv=True)
    np.testing.assert_allclose(found, [2.5, 1.3, 0.5], rtol=1e-6)


@pytest.mark.parametrize("method", ["BDF", "Radau", "LSODA"])
def test_solve_ivp(method):
    @compile
    def robertson(t, y):
        a, b = 0.04 * y[0], 1e4 * y[1] * y[2]
        c = 3e7 * y[1] ** 2
        return np.array([b - a, a - b - c, c])

    f = compile(robertson, argnums=1)
    found = integrate.solve_ivp(
        f, (0.0, 40.0), [1.0, 0.0, 0.0], jac=f.jacobian, method=method, rtol=1e-8, atol=1e-10
    )
    assert found.success
    # Hairer & Wanner, Solving Ordinary Differential Equations II, at t = 40
    np.testing.assert_allclose(
        found.y[:, -1], [0.7158270688, 0.9185534765e-5, 0.2841637457], rtol=1e-5
    )
    older = integrate.odeint(
        f, [1.0, 0.0, 0.0], [0.0, 40.0], Dfun=f.jacobian, tfirst=True, rtol=1e-8, atol=1e-10
    )
    np.testing.assert_allclose(older[-1], found.y[:, -1], rtol=1e-5)
    if method != "LSODA":  # which takes no sparse matrix
        sparse = functools.partial(f.jacobian, sparse=True)
        again = integrate.solve_ivp(
            f, (0.0, 40.0), [1.0, 0.0, 0.0], jac=sparse, method=method, rtol=1e-8, atol=1e-10
        )
        np.testing.assert_allclose(again.y[:, -1], found.y[:, -1], rtol=1e-9)


def test_solve_bvp():
    # Bratu's equation y″ + eʸ = 0. Its lower solution has y(½) = 2 log cosh(θ/4), θ = √2 cosh(θ/4).
    theta = optimize.brentq(lambda u: np.sqrt(2.0) * np.cosh(u / 4.0) - u, 0.1, 3.0)
    right = compile(lambda x, y: [y[1], -exp(y[0])], argnums=1, in_axes=(0, 1))
    ends = compile(lambda a, b: np.array([a[0], b[0]]), argnums=(0, 1))
    found = integrate.solve_bvp(
        right,
        ends,
        np.linspace(0.0, 1.0, 5),
        np.zeros((2, 5)),
        fun_jac=lambda x, y: np.swapaxes(right.jacobian(x, y), 1, 2),
        bc_jac=ends.jacobian,
        tol=1e-8,
    )
    assert found.success
    assert found.sol(0.5)[0] == pytest.approx(2.0 * np.log(np.cosh(theta / 4.0)), rel=1e-7)


def test_numpys_functions_on_arrays_work_inside():
    f = compile(lambda x: where(x[0] > 0.0, np.sum(np.sin(x)), sin(x[1])))
    point = np.array([0.3, -0.2])
    np.testing.assert_allclose(f.grad(point), np.cos(point))
    np.testing.assert_allclose(f.hessian(point), np.diag(-np.sin(point)))
