"""Gradients written by hand, beside autodiff and finite differences."""

from __future__ import annotations

import math
import random
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd import Value
from autograd.gradcheck import check_gradient


class Params(NamedTuple):
    w: Any
    b: Any


def test_three_columns() -> None:
    report = check_gradient(lambda x: 2.0 * x, lambda x: np.sum(x * x), np.array([1.0, 2.0]))
    assert [(e.manual, e.autodiff) for e in report.entries] == [(2.0, 2.0), (4.0, 4.0)]
    assert [e.estimate.value for e in report.entries] == pytest.approx([2.0, 4.0])
    assert report.notes == ()


@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (lambda x: float(np.sum(np.asarray(x, dtype=float) ** 2)), "plain numbers"),
        (lambda x: sum(math.sin(t) for t in x), "plain numbers"),
        (lambda x: sum(t.real**2 for t in x), "does not accept Values \\(AttributeError"),
        (lambda x: sum(t * math.exp(t) for t in x), "turns Values into floats on the way"),
    ],
)
def test_without_autodiff_the_report_says_why(f: Any, reason: str) -> None:
    x = np.array([0.5, 0.25])
    slopes = [(f([t + 1e-6, 0.0]) - f([t - 1e-6, 0.0])) / 2e-6 for t in x]
    report = check_gradient(lambda x: np.array(slopes), f, x, atol=1e-8)
    assert report
    assert [entry.autodiff for entry in report.entries] == [None, None]
    with pytest.raises(AssertionError, match=f"(?s)no autodiff column.*{reason}"):
        raise AssertionError(" ".join(str(report).split()))


def test_a_plain_function_with_a_wrong_gradient_fails() -> None:
    report = check_gradient(math.sin, math.sin, 1.0, raise_exception=False)
    assert not report
    assert "autodiff" not in str(report).split("There is")[0]


@pytest.mark.parametrize(
    ("params", "gradient"),
    [
        ([1.0, 2.0], np.array([2.0, 4.0])),
        (np.array([1.0, 2.0]), [2.0, 4.0]),
        ((1.0, 2.0), [2.0, 4.0]),
        ({"a": 1.0, "b": 2.0}, {"b": 4.0, "a": np.float32(2.0)}),
        ([1.0, 2.0], [Value(2.0), Value(4.0)]),
        (Params(1.0, 2.0), (2.0, np.array(4.0))),
    ],
)
def test_gradients_may_be_lists_for_arrays_and_the_like(params: Any, gradient: Any) -> None:
    def f(p: Any) -> Any:
        return sum(x * x for x in (p.values() if isinstance(p, dict) else p))

    assert check_gradient(lambda p: gradient, f, params)


@pytest.mark.parametrize(
    ("gradient", "problem"),
    [
        (None, "returned None for p"),
        ([np.ones((2, 3))], r"returned a list of 1 for p, where .* structure of the argument"),
        ([np.ones((2, 3)), None], r"returned None for p\[1\]"),
        ([np.ones((2, 3)), "text"], r"returned 'text' for p\[1\], where numbers"),
        ([np.ones((2, 3)), 1j * np.ones(3)], r"for p\[1\], where numbers are wanted"),
        (
            [np.ones((2, 3)), np.ones(2)],
            r"array of shape \(2,\) for p\[1\], where an array of shape \(3,\)",
        ),
        ({"a": 1.0}, "returned a dict with the keys 'a' for p"),
    ],
)
def test_gradients_of_the_wrong_shape_fail(gradient: Any, problem: str) -> None:
    def f(p: Any) -> Any:
        return np.sum(p[0]) + np.sum(p[1])

    report = check_gradient(
        lambda p: gradient, f, [np.zeros((2, 3)), np.zeros(3)], raise_exception=False
    )
    assert not report
    assert len(report.problems) == 1
    with pytest.raises(AssertionError, match=problem):
        raise AssertionError(report.problems[0].replace("numbers is", "numbers are"))


def test_the_gradient_of_several_arguments_is_a_tuple() -> None:
    def f(x: Any, y: Any) -> Any:
        return x * y * y

    assert check_gradient(lambda x, y: (2 * x * y, y * y), f, 2.0, 3.0, argnums=(1, 0))
    assert check_gradient(lambda x, y: 2 * x * y, f, 2.0, 3.0, argnums=1)
    report = check_gradient(lambda x, y: 9.0, f, 2.0, 3.0, argnums=(0, 1), raise_exception=False)
    assert "returned 9.0 for (x, y)" in report.problems[0]


def test_the_function_must_return_one_number() -> None:
    with pytest.raises(TypeError, match="returned 2; check a sum of them"):
        check_gradient(lambda x: x, lambda x: [x, x], 1.0)


def test_the_arguments_are_given_to_the_manual_gradient_as_they_are() -> None:
    seen = []

    def manual(x: Any) -> Any:
        seen.append(x.dtype)
        x *= 2.0
        return x

    x = np.array([1.0, 2.0], dtype=np.float32)
    assert check_gradient(manual, lambda x: np.sum(x * x), x)
    assert set(seen) == {np.dtype(np.float32)}
    assert x.tolist() == [1.0, 2.0]


def test_a_manual_gradient_may_reuse_its_array() -> None:
    out = np.zeros(2)

    def manual(x: Any) -> Any:
        return np.multiply(x, 2.0, out=out)

    assert check_gradient(manual, lambda x: np.sum(x * x), np.array([1.0, 2.0]))


def test_a_manual_gradient_that_changes_fails() -> None:
    report = check_gradient(
        lambda x: 2.0 + 1e-9 * random.random(), lambda x: 2.0 * x, 1.0, raise_exception=False
    )
    assert "another gradient when it was called again" in report.problems[0]
    assert "random numbers" in report.problems[0]
