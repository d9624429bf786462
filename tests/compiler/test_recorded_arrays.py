"""NumPy's comparisons and choices on recorded arrays, against the same code on Values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3))
CLASSES = np.array([0, 1, 2, 1])


def in_place(x: Any, k: Any) -> Any:
    y = x * 2.0
    y += 1.0
    y[y > 1.0] = x[0, 0]
    y[k == 1] = 0.5
    y[0] = 3.0
    return np.sum(y * y)


RECORDED = {
    "less": lambda x, k: np.sum((x < 0.2) * x),
    "the other way round": lambda x, k: np.sum(np.greater_equal(0.2, x) * x),
    "not equal": lambda x, k: np.sum((k != 1) * x[:, 0]),
    "one-hot": lambda x, k: np.sum((k[:, None] == np.arange(3)) * np.exp(x)),
    "one-hot, as floats": lambda x, k: np.sum((k[:, None] == np.arange(3)).astype(float) * x**2),
    "two arrays": lambda x, k: np.sum((x[0] > x[1]) * x[2]),
    "maximum": lambda x, k: np.sum(np.maximum(x, 0.0) ** 2 + np.minimum(0.3, x)),
    "largest of rows": lambda x, k: np.sum(np.exp(x - x.max(axis=1, keepdims=True))),
    "largest of all": lambda x, k: np.max(x) * x.min() + x.max(axis=(0, 1)),
    "clip": lambda x, k: np.sum(np.clip(x, -0.5, 0.5) ** 2) + x.clip(0, None).sum(),
    "sign": lambda x, k: np.sum(np.sign(x) * x**2),
    "where": lambda x, k: np.sum(np.where(x > 0, x**2, -x)),
    "where by class": lambda x, k: np.sum(np.where(k == 1, x[:, 0], 7.0)),
    "and, not": lambda x, k: np.sum(np.where((x > 0) & ~(x > 1), x**2, -x)),
    "or": lambda x, k: np.sum(((x > 0.5) | (x < -0.5)) * x),
    "exclusive or": lambda x, k: np.sum(((x > 0.0) ^ (x > 0.5)) * x),
    "and plain ones": lambda x, k: np.sum(((x > 0.0) & (np.arange(3) > 0)) * x),
    "logical": lambda x, k: np.sum(np.logical_or(x > 0, x < -1) * x),
    "logical not": lambda x, k: np.sum(np.logical_not(np.logical_and(k, x[:, 0] > 0)) * x[:, 1]),
    "count": lambda x, k: np.mean(x > 0) * np.sum(x),
    "in place": in_place,
    "joined": lambda x, k: np.sum(np.maximum(np.concatenate([x[0], [0.5]]), np.stack([x[1, 0]]))),
    "products": lambda x, k: np.sum(np.maximum(x @ x.T, 0.0)) + np.outer(x[0], x[1]).max(),
    "differences": lambda x, k: np.sum(np.maximum(np.diff(np.cumsum(x, axis=1), axis=0), 0.0)),
}

BRANCHES = {
    "a mask": lambda x, k: np.sum(x[x[:, 0] >= 0.0]),
    "a mask in a tuple": lambda x, k: np.sum(x[k == 1, 0] * x[k == 1, 2]),
    "set by a mask": lambda x, k: np.sum(set_by(x.copy(), x > 0.0, np.arange(12.0))),
    "a transposed mask": lambda x, k: np.sum(x[(x.T > 0.0).T]),
    "all": lambda x, k: x.sum() if (x < 10.0).all() else x[0, 0],
    "argmax": lambda x, k: x[0, np.argmax(x[0])],
    "sort": lambda x, k: np.sort(x[0])[1],
    "as bools": lambda x, k: np.sum(x, where=(x > 0.0).astype(bool), initial=0.0),
}


def set_by(x: Any, mask: Any, numbers: Any) -> Any:
    x[mask] = numbers[: np.count_nonzero(mask)]
    return x


def check(f: Any, **options: Any) -> None:
    value, gradient = autograd.value_and_grad(f)(X, CLASSES)
    found = autograd.compile(f, backend="numpy", **options).value_and_grad(X, CLASSES)
    assert found[0] == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(found[1], gradient, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", RECORDED)
def test_what_numpy_would_choose_is_recorded(name: str) -> None:
    check(RECORDED[name])


def test_one_recording_is_right_for_all_numbers() -> None:
    f = autograd.compile(RECORDED["where"], backend="numpy")
    for x in (X, -X, 3.0 * X[::-1], np.zeros((4, 3))):
        value, gradient = autograd.value_and_grad(RECORDED["where"])(x, CLASSES)
        found = f.value_and_grad(x, CLASSES)
        assert found[0] == pytest.approx(value, rel=1e-13)
        np.testing.assert_allclose(found[1], gradient, rtol=1e-13)


@pytest.mark.parametrize("name", ["maximum", "clip", "largest of rows", "sign"])
def test_ties_are_what_they_are_on_values(name: str) -> None:
    x = np.array([[0.0, 0.3, 0.3], [0.5, -0.5, 0.5], [1.0, 1.0, 1.0], [0.0, 0.0, -0.0]])
    value, gradient = autograd.value_and_grad(RECORDED[name])(x, CLASSES)
    found = autograd.compile(RECORDED[name], backend="numpy").value_and_grad(x, CLASSES)
    assert found[0] == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(found[1], gradient, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", BRANCHES)
def test_what_the_shape_or_order_depends_on_is_a_branch(name: str) -> None:
    check(BRANCHES[name], branches="guard")
    with pytest.raises(autograd.RecordingError, match="a branch on a recorded number"):
        autograd.compile(BRANCHES[name])(X, CLASSES)


def test_numbers_that_are_not_known_are_no_indices() -> None:
    for f in (lambda x, k: x[np.arange(4), k].sum(), lambda x, k: x[k[0], 0], lambda x, k: x[k]):
        with pytest.raises(autograd.RecordingError, match=r"as an index or a count \(k\[0\]\)"):
            autograd.compile(f)(X, CLASSES)


def test_derivatives_inside_see_such_arrays_too() -> None:
    def slope(x: Any, k: Any) -> Any:
        return np.sum(np.maximum(autograd.grad(lambda z: np.sum(np.maximum(z, 0.0) ** 3))(x), 1.0))

    check(slope)
