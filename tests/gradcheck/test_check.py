"""Gradient checks: what passes, what fails, and what the report says."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
from autograd import GradcheckError, Value
from autograd.gradcheck import Report, check_gradient, gradcheck, gradgradcheck
from autograd.rule import TABLE

# Two cubes: the partial of one is wrong by a third, that of the other is a constant to autograd.
wrong_cube = autograd.primitive(name="cube_1", partials=lambda y, x: 2.0 * x * x)(lambda x: x**3)
wrong_second = autograd.primitive(name="cube_2", partials=lambda y, x: 3.0 * float(x) ** 2)(
    lambda x: x**3
)
for name in ("cube_1", "cube_2"):
    del TABLE[name]  # where other tests would meet them

counter = itertools.count()


class Params(NamedTuple):
    w: Any
    b: Any


# What can be checked
# -------------------


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: x * autograd.sin(x), (0.7,)),
        (lambda x, y: autograd.hypot(x, y) ** 3, (0.7, -1.2)),
        (lambda w, x: np.sum(np.tanh(w @ x)), (np.ones((2, 3)) / 7, np.array([0.5, -1.0, 2.0]))),
        (lambda p: autograd.dot(p["w"], [1.0, 2.0], p["b"][0]), ({"w": [0.5, 1.5], "b": (3.0,)},)),
        (lambda p: p.w[0] * p.b, (Params([2.0], 3.0),)),
        (lambda *xs: autograd.logsumexp(xs), (0.1, 0.2, 0.3)),
        (lambda x: [x * x, {"a": autograd.exp(x)}, np.array([x, 2.0 * x])], (0.7,)),
        (lambda x: 3.0, (1.0,)),
        (lambda x: [], (1.0,)),
        (lambda x: np.sum(x**2), (np.ones((0, 3)),)),
        (lambda x: np.sum(x**2), (np.array([0.5, 0.25], dtype=np.float32),)),
        (lambda x, k: x[k] ** 2, (np.array([1.0, 2.0]), 1)),
        (lambda x, labels: autograd.log_softmax(x)[labels[0]], ([0.5, 0.1], np.array([1]))),
        (lambda x: x**3, (2,)),
        (lambda x: x**3, (np.array(2.0),)),
        (lambda x: np.sum(x**3), (np.array([2, 3]),)),
        (lambda x: x**3, (Value(2.0),)),
        (autograd.tanh, (0.3,)),
        (np.exp, (np.array([0.3]),)),
    ],
)
def test_right_derivatives_pass(f: Any, args: Any) -> None:
    report = gradcheck(f, *args)
    assert report
    assert report.passed
    assert {entry.verdict for entry in report.entries} <= {"agrees"}
    assert gradgradcheck(f, *args)


def test_all_results_are_checked_with_respect_to_all_arguments() -> None:
    def f(x: Any, y: Any) -> Any:
        return [x * y[0], np.array([y[1], x])]

    report = gradcheck(f, 2.0, np.array([3.0, 4.0]))
    assert [entry.path for entry in report.entries] == [
        f"∂{result}/∂{argument}"
        for result in ("f[0]", "f[1][0]", "f[1][1]")
        for argument in ("x", "y[0]", "y[1]")
    ]
    assert [entry.autodiff for entry in report.entries] == [3, 2, 0, 0, 0, 1, 1, 0, 0]


def test_argnums_choose_arguments() -> None:
    def f(x: Any, y: Any) -> Any:
        return x * Value(float(y)).data

    assert gradcheck(f, 2.0, 3.0, argnums=0)
    assert gradcheck(f, 2.0, 3.0, argnums=(-2,))
    assert not gradcheck(f, 2.0, 3.0, raise_exception=False)
    with pytest.raises(ValueError, match="argnums=2 names no argument; 2 were given"):
        gradcheck(f, 2.0, 3.0, argnums=2)


@pytest.mark.parametrize("args", [(), ("text",), ([],), (None, True)])
def test_without_numbers_there_is_nothing_to_check(args: Any) -> None:
    with pytest.raises(ValueError, match="nothing to differentiate with respect to"):
        gradcheck(lambda *args: 1.0, *args)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError, match=r"x\['name'\] cannot be differentiated: .*'text'"):
        gradcheck(lambda x: x["w"], {"w": 1.0, "name": "text"})
    with pytest.raises(TypeError, match="should return numbers: .*'text'"):
        gradcheck(lambda x: "text", 1.0)


def test_arguments_are_left_alone() -> None:
    def f(x: Any, data: Any) -> Any:
        x[0] = x[0] * 2.0
        data[0] += 1.0
        return np.sum(x * x) * data[0]

    x, data = np.array([1.0, 2.0]), np.array([5.0])
    assert gradcheck(f, x, data, argnums=0)
    assert x.tolist() == [1.0, 2.0]
    assert data.tolist() == [5.0]


def test_gradients_of_values_outside_are_left_alone() -> None:
    weight = Value(2.0)
    assert gradcheck(lambda x: weight * x, 3.0)
    assert check_gradient(lambda x: 2.0, lambda x: weight * x, 3.0)
    assert weight.grad == 0.0


# What fails
# ----------


def test_a_wrong_partial_fails_and_is_named() -> None:
    with pytest.raises(GradcheckError, match="1 of 1 entry disagrees") as raised:
        gradcheck(lambda x: autograd.exp(wrong_cube(x)), 1.5)
    assert isinstance(raised.value, AssertionError)
    assert isinstance(raised.value.report, Report)
    (sentence,) = raised.value.report.diagnosis
    assert "primitive cube_1 with respect to operand 0 is wrong: 4.5 at (1.5)" in sentence
    (entry,) = raised.value.report.entries
    assert entry.verdict == "disagrees"
    assert entry.relative_error == pytest.approx(1 / 3)


def test_a_kink_is_not_taken_for_a_wrong_partial() -> None:
    def f(x: Any, y: Any) -> Any:
        return autograd.relu(x) + wrong_cube(y) + abs(x)

    report = gradcheck(f, 0.0, 1.5, raise_exception=False)
    assert [entry.path for entry in report.having("disagrees")] == ["y"]
    (sentence,) = report.diagnosis
    assert "cube_1" in sentence


def test_a_wrong_second_derivative_fails_in_gradgradcheck_only() -> None:
    assert gradcheck(wrong_second, 1.5)
    with pytest.raises((GradcheckError, TypeError)):
        gradgradcheck(wrong_second, 1.5)


def test_without_an_exception_the_report_is_false() -> None:
    report = gradcheck(wrong_cube, 1.5, raise_exception=False)
    assert isinstance(report, Report)
    assert not report
    assert gradcheck(autograd.square, 1.5, raise_exception=False)


def test_a_number_that_leaves_the_graph_is_named() -> None:
    def f(x: Any, y: Any) -> Any:
        return x * (y.detach() if isinstance(y, Value) else y)

    report = gradcheck(f, 2.0, 3.0, raise_exception=False)
    assert [entry.path for entry in report.having("disagrees")] == ["y"]
    assert "autodiff sees nothing of y" in report.diagnosis[0]


@pytest.mark.parametrize("f", [lambda x: random.random() * x, lambda x: x + next(counter)])
def test_functions_that_change_are_refused(f: Any) -> None:
    for report in (
        gradcheck(f, 1.0, raise_exception=False),
        gradgradcheck(lambda x: f(1.0) * x * x, 1.0, raise_exception=False),
        check_gradient(lambda x: 1.0, f, 1.0, raise_exception=False),
    ):
        assert not report
        assert "for the same arguments: it depends on something else" in report.problems[0]


def test_small_changes_between_calls_can_be_allowed() -> None:
    noise = np.random.default_rng(0)

    def f(x: Any) -> Any:
        return x * x + noise.uniform(0.0, 1e-9)

    assert not gradcheck(f, 1.0, raise_exception=False)
    assert gradcheck(f, 1.0, nondet_tol=1e-8)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_where_the_function_is_not_finite_it_has_no_derivative(value: float) -> None:
    report = gradcheck(lambda x: x * value, 1.0, raise_exception=False)
    assert f"is {value} at this point" in report.problems[0]


def test_a_gradient_that_is_nan_fails() -> None:
    report = check_gradient(lambda x: math.nan, lambda x: x * x, 1.0, raise_exception=False)
    assert [entry.verdict for entry in report.entries] == ["disagrees"]
    assert "nan" in str(report)


def test_errors_of_the_function_pass_through() -> None:
    with pytest.raises(ZeroDivisionError):
        gradcheck(lambda x: 1.0 / x, 0.0)


def test_a_result_that_left_the_graph_is_an_error() -> None:
    with pytest.raises(TypeError, match="turning a Value into a float"):
        gradcheck(lambda x: math.sin(x), 1.0)


# How much is allowed
# -------------------


def test_tolerances_decide() -> None:
    def off_by(error: float) -> bool:
        return bool(
            check_gradient(lambda x: 6.0 + error, lambda x: x * x, 3.0, raise_exception=False)
        )

    assert off_by(1e-6)
    assert not off_by(1e-4)
    loose = {"raise_exception": False, "rtol": 1e-3}
    assert check_gradient(lambda x: 6.001, lambda x: x * x, 3.0, **loose)  # type: ignore[arg-type]
    assert check_gradient(lambda x: 6.001, lambda x: x * x, 3.0, atol=0.01, raise_exception=False)


@pytest.mark.parametrize("unit", [1e-30, 1e-9, 1.0, 1e30])
def test_units_do_not_matter(unit: float) -> None:
    def f(x: Any) -> Any:
        return unit * np.sum(x**2)

    x = np.array([0.5, 2.0, 0.0])
    assert check_gradient(lambda x: unit * 2.0 * x, f, x)
    assert not check_gradient(lambda x: unit * 2.002 * x, f, x, raise_exception=False)


def test_a_mismatch_within_the_error_bar_is_none() -> None:
    def noisy(x: float) -> float:
        return float(np.float32(x) ** 2)

    report = check_gradient(lambda x: 2.6 + 2e-6, noisy, 1.3)
    assert report.entries[0].absolute_error > 1e-6
    assert not check_gradient(lambda x: 2.6 + 1e-3, noisy, 1.3, raise_exception=False)


def test_rounding_at_a_minimum_is_no_mismatch() -> None:
    def f(x: Any) -> Any:
        return (x - 0.3) ** 2 + 1.0

    assert check_gradient(lambda x: 1e-17, f, 0.3)


def test_eps_is_the_step_of_central_differences() -> None:
    report = gradcheck(lambda x: x**3, 0.0, eps=0.5, raise_exception=False)
    assert report.entries[0].estimate.value == 0.25
    assert gradcheck(autograd.exp, 0.5, eps=1e-5)
    with pytest.raises(ValueError, match="step should be positive"):
        gradcheck(autograd.exp, 0.5, eps=-1.0)


def test_if_nothing_can_be_confirmed_the_check_fails() -> None:
    def f(x: Any) -> Any:
        return x * autograd.sin(1.0 / x) if x != 0.0 else 0.0 * x

    report = gradcheck(f, 0.0, raise_exception=False)
    assert not report
    assert "none confirmed" in str(report)
    assert gradcheck(lambda x, y: f(x) + y, 0.0, 1.0)
    for manual in (0.0, 5.0):
        report = check_gradient(lambda x, m=manual: m, f, 0.0, raise_exception=False)
        assert [e.verdict for e in report.entries] == ["disagrees" if manual else "unconfirmed"]


def test_infinite_slopes_can_agree() -> None:
    assert gradcheck(autograd.sqrt, 0.0).entries[0].estimate.kind == "edge"
    assert gradcheck(autograd.cbrt, 0.0).entries[0].estimate.kind == "vertical"
    assert not check_gradient(lambda x: -math.inf, autograd.cbrt, 0.0, raise_exception=False)


# Kinks
# -----


@pytest.mark.parametrize("f", [autograd.relu, abs, lambda x: autograd.maximum(x, 0.25 * x)])
def test_any_slope_between_those_of_both_sides_will_do_at_a_kink(f: Any) -> None:
    report = gradcheck(f, 0.0)
    assert [entry.verdict for entry in report.entries] == ["kink"]
    assert "1 at a kink" in str(report)


def test_outside_its_slopes_a_gradient_at_a_kink_is_wrong() -> None:
    def leaky(x: Any) -> Any:
        return 2.0 * autograd.relu(x) - 0.5 * autograd.relu(-x)

    for f in (leaky, lambda x: 2.0 * max(float(x), 0.0) + 0.5 * min(float(x), 0.0)):
        assert not check_gradient(lambda x: 2.5, f, 0.0, raise_exception=False)
        assert not check_gradient(lambda x: 0.4, f, 0.0, raise_exception=False)
        assert check_gradient(lambda x: 0.5, f, 0.0)
        assert check_gradient(lambda x: 2.0, f, 0.0)
    assert "slope 0.5 below, 2 above" in str(gradcheck(leaky, 0.0, raise_exception=False))
    assert check_gradient(lambda x: 0.0, leaky, 0.0), "as autodiff has it, where relu'(0) = 0"


def test_kinks_in_a_network_with_zero_biases_are_reported_and_pass() -> None:
    def loss(w: Any, b: Any, v: Any) -> Any:
        X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        hidden = [[autograd.relu(z) for z in row] for row in X @ w.T + b]
        return np.mean((np.array(hidden) @ v - np.array([1.0, 0.0, 0.0, 1.0])) ** 2)

    rng = np.random.default_rng(0)
    w, v = rng.normal(size=(2, 2)), rng.normal(size=2)
    report = gradcheck(loss, w, np.zeros(2), v)
    assert [entry.path for entry in report.having("kink")] == ["b[0]", "b[1]"]
    assert len(report.having("agrees")) == 6


def test_a_jump_is_named() -> None:
    report = gradcheck(autograd.sign, 0.0, raise_exception=False)
    assert "(f jumps there)" in " ".join(str(report).split())


def test_a_kink_inside_a_given_step_is_a_kink() -> None:
    assert [e.verdict for e in gradcheck(abs, 2e-4, eps=1e-3).entries] == ["kink"]
    assert [e.verdict for e in gradcheck(abs, 2e-4).entries] == ["agrees"]


# The report
# ----------


def test_the_report_fits_80_columns_and_names_the_worst_first() -> None:
    params = {"a rather long name for a weight matrix": np.linspace(0.5, 2.0, 30).reshape(5, 6)}

    def f(p: Any) -> Any:
        return sum(np.sum(w**2) for w in p.values())

    def manual(p: Any) -> Any:
        return {key: 2.0 * w + np.arange(30.0).reshape(5, 6) ** 2 for key, w in p.items()}

    report = check_gradient(manual, f, params, raise_exception=False)
    lines = str(report).splitlines()
    assert max(map(len, lines)) <= 80
    assert "29 of 30 entries disagree" in lines[0]
    assert "[4, 5]" in lines[3]
    assert "… and 19 more" in str(report)
    assert report.worst is report.having("disagrees")[0]


def test_the_report_of_a_pass_names_the_largest_difference() -> None:
    report = check_gradient(lambda x: 2 * x + [0, 1e-8], lambda x: np.sum(x * x), np.ones(2))
    assert str(report) == (
        "check of <lambda> for <lambda> passed: 2 entries, largest difference 1.0e-08 (x[1])"
    ) or "(x[1])" in str(report)
