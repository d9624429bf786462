from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

import autograd
import nn
from autograd import Value

REDUCTIONS = ["mean", "sum", "none"]
finite = st.floats(-20.0, 20.0)
share = st.floats(0.0, 1.0)
Batch = list[tuple[float, float]]

# Each loss of one output and target, in 50 digits.
EXACT: dict[str, Callable[[Any, Any], Any]] = {
    "mse_loss": lambda o, t: (o - t) ** 2,
    "half_squared_error": lambda o, t: (o - t) ** 2 / 2,
    "binary_cross_entropy": lambda p, t: -t * mp.log(p) - (1 - t) * mp.log(1 - p),
    "binary_cross_entropy_with_logits": lambda z, t: mp.log(1 + mp.exp(z)) - t * z,
    "hinge_loss": lambda s, t: max(mp.mpf(0), 1 - t * s),
}
PAIRS = {
    "mse_loss": st.tuples(finite, finite),
    "half_squared_error": st.tuples(finite, finite),
    "binary_cross_entropy": st.tuples(st.floats(1e-6, 1.0 - 1e-6), share),
    "binary_cross_entropy_with_logits": st.tuples(finite, share),
    "hinge_loss": st.tuples(finite, st.sampled_from([-1.0, 1.0])),
}


def test_every_loss_is_known_by_name() -> None:
    assert set(nn.LOSSES) == {*EXACT, "cross_entropy"}
    assert set(nn.LOSSES) == set(nn.manual.LOSSES)


@pytest.mark.parametrize("name", EXACT)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_values_are_exact(name: str, data: st.DataObject) -> None:
    batch: Batch = data.draw(st.lists(PAIRS[name], min_size=1, max_size=5))
    outputs, targets = zip(*batch, strict=True)
    with mp.workdps(50):
        wanted = [EXACT[name](mp.mpf(o), mp.mpf(t)) for o, t in batch]
        total = float(mp.fsum(wanted))
    loss = nn.LOSSES[name]
    rel, within = 1e-13, 1e-14
    assert loss(outputs, targets, "none").tolist() == pytest.approx(
        list(map(float, wanted)), rel, within
    )
    assert loss(outputs, targets, "sum") == pytest.approx(total, rel, within)
    assert loss(outputs, targets) == pytest.approx(total / len(batch), rel, within)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    "name", ["mse_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"]
)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_values_and_gradients_are_pytorchs(name: str, reduction: str, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    batch: Batch = data.draw(st.lists(PAIRS[name], min_size=1, max_size=5))
    outputs, targets = zip(*batch, strict=True)
    x = torch.tensor(outputs, dtype=torch.float64, requires_grad=True)
    t = torch.tensor(targets, dtype=torch.float64)
    wanted = getattr(torch.nn.functional, name)(x, t, reduction=reduction)
    wanted.sum().backward()
    values = [Value(o) for o in outputs]
    loss = nn.LOSSES[name](values, targets, reduction)
    autograd.sum([loss] if isinstance(loss, Value) else loss).backward()
    got = loss.data if isinstance(loss, Value) else [v.data for v in loss]
    assert got == pytest.approx(wanted.tolist(), rel=1e-12, abs=1e-13)
    assert [v.grad for v in values] == pytest.approx(x.grad.tolist(), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_values_and_gradients_are_those_by_hand(name: str, reduction: str) -> None:
    rng = np.random.default_rng(0)
    outputs = rng.random((3, 2))
    targets = rng.choice([-1.0, 1.0], (3, 2)) if name == "hinge_loss" else rng.random((3, 2))
    values = np.vectorize(Value, otypes=[object])(outputs)
    loss = nn.LOSSES[name](values, targets, reduction)
    loss.backward()
    witness = nn.manual.gradients(
        [np.eye(2)], [np.zeros(2)], outputs, targets,
        activation="identity", loss=name, reduction=reduction,
    )  # fmt: skip
    assert loss.data == pytest.approx(witness.loss, rel=1e-13)
    slopes = np.vectorize(lambda v: v.grad, otypes=[float])(values)
    assert slopes.T @ outputs == pytest.approx(witness.weights[0], rel=1e-12)


def test_hinge_loss_at_and_around_the_margin() -> None:
    for score, wanted, slope in [(0.5, 0.5, -1.0), (1.0, 0.0, 0.0), (2.0, 0.0, 0.0)]:
        s = Value(score)
        loss = nn.hinge_loss(s, 1)
        loss.backward()
        assert (loss.data, s.grad) == (wanted, slope)


def test_binary_cross_entropy_stops_at_100() -> None:
    assert nn.binary_cross_entropy(0.0, 1.0) == pytest.approx(100.0, rel=1e-15)
    assert nn.binary_cross_entropy(1.0, 0.0) == pytest.approx(100.0, rel=1e-15)
    assert nn.binary_cross_entropy(5e-324, 1.0) == pytest.approx(100.0, rel=1e-15)
    assert nn.binary_cross_entropy([0.0, 1.0], [0.0, 1.0]) == 0.0


@pytest.mark.parametrize("z", [-800.0, -40.0, 0.0, 40.0, 800.0])
@pytest.mark.parametrize("t", [0.0, 1.0])
def test_logits_never_overflow(z: float, t: float) -> None:
    logit = Value(z)
    loss = nn.binary_cross_entropy_with_logits(logit, t)
    loss.backward()
    with mp.workdps(500):
        exact = float(mp.log(1 + mp.exp(mp.mpf(z))) - t * mp.mpf(z))
    assert loss.data == pytest.approx(exact, rel=1e-14, abs=1e-14)
    assert logit.grad == pytest.approx(autograd.sigmoid(z) - t, abs=1e-16)


# cross_entropy
# -------------


@given(st.lists(st.lists(st.floats(-700.0, 700.0), min_size=3, max_size=3), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_cross_entropy_is_exact(logits: list[list[float]]) -> None:
    classes = [i % 3 for i in range(len(logits))]
    with mp.workdps(700):
        wanted = [
            float(mp.log(mp.fsum(map(mp.exp, row))) - row[label])
            for row, label in zip(logits, classes, strict=True)
        ]
    rel, within = 1e-13, 2e-13
    assert nn.cross_entropy(logits, classes, "none").tolist() == pytest.approx(wanted, rel, within)
    assert nn.cross_entropy(logits, classes) == pytest.approx(np.mean(wanted), rel, within)
    assert nn.cross_entropy(logits[0], 0) == pytest.approx(wanted[0], rel, within)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_cross_entropy_and_its_gradient_are_pytorchs(reduction: str) -> None:
    torch = pytest.importorskip("torch")
    logits = [[1.0, -2.0, 0.5], [1000.0, 1001.0, -5.0]]
    x = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    wanted = torch.nn.functional.cross_entropy(x, torch.tensor([2, 0]), reduction=reduction)
    wanted.sum().backward()
    values = [[Value(z) for z in row] for row in logits]
    loss = nn.cross_entropy(values, [2, 0], reduction)
    autograd.sum([loss] if isinstance(loss, Value) else loss).backward()
    got = loss.data if isinstance(loss, Value) else [v.data for v in loss]
    assert got == pytest.approx(wanted.tolist(), rel=1e-13)
    for row, gradients in zip(values, x.grad.tolist(), strict=True):
        assert [v.grad for v in row] == pytest.approx(gradients, rel=1e-13)


def test_cross_entropy_gradient_is_softmax_less_one_hot() -> None:
    logits = [Value(1.0), Value(-2.0), Value(0.5)]
    nn.cross_entropy(logits, 1).backward()
    e = np.exp([1.0, -2.0, 0.5])
    assert [v.grad for v in logits] == pytest.approx(e / e.sum() - [0.0, 1.0, 0.0], rel=1e-14)


@pytest.mark.parametrize(
    ("logits", "target", "error", "message"),
    [
        ([1.0, 2.0], 2, ValueError, "class 2, wanted is 0 to 1"),
        ([1.0, 2.0], -1, ValueError, "class -1, wanted is 0 to 1"),
        ([1.0, 2.0], 0.0, TypeError, r"class indices that are ints, got float64; target.astype"),
        ([1.0, 2.0], True, TypeError, "ints, got bool"),
        ([1.0, 2.0], [0, 1], ValueError, r"got input of shape \(2,\) and target of shape \(2,\)"),
        ([[1.0, 2.0]], 0, ValueError, r"shape \(1, 2\) and target of shape \(\)"),
        (1.0, 0, ValueError, "logits of shape"),
        ([[]], [0], ValueError, "logits of shape"),
        ([1.0, 2.0], "a", TypeError, "target must be real numbers"),
    ],
)
def test_cross_entropy_of_what_is_no_class(
    logits: Any, target: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        nn.cross_entropy(logits, target)


# All losses
# ----------


def test_of_values_values_and_of_floats_floats() -> None:
    assert isinstance(nn.mse_loss(1.0, 2.0), float)
    assert isinstance(nn.mse_loss([1.0], [2.0]), float)
    assert isinstance(nn.mse_loss([Value(1.0)], [2.0]), Value)
    assert isinstance(nn.mse_loss([1.0], [Value(2.0)]), Value)
    none = nn.mse_loss([[1.0, Value(2.0)]], [[2.0, 4.0]], "none")
    assert none.shape == (1, 2)
    assert [float(x) for x in none.flat] == [1.0, 4.0]
    assert nn.mse_loss([1.0], [3.0], "none").dtype == np.float64
    assert nn.mse_loss(Value(1.0), 3.0).op == "square"


def test_targets_may_be_values_with_gradients() -> None:
    t = Value(0.25)
    nn.binary_cross_entropy(0.5, t).backward()
    assert t.grad == pytest.approx(0.0, abs=1e-16)
    nn.mse_loss(1.0, t).backward()
    assert t.grad == pytest.approx(-1.5)


@pytest.mark.parametrize("name", EXACT)
def test_shapes_reductions_and_emptiness(name: str) -> None:
    loss = nn.LOSSES[name]
    with pytest.raises(ValueError, match=rf"{name} wants .* got \(2, 1\) and \(2,\)"):
        loss([[1.0], [1.0]], [1.0, 1.0])
    with pytest.raises(ValueError, match="unknown reduction 'average'; known are mean, sum, none"):
        loss([1.0], [1.0], "average")
    with pytest.raises(ValueError, match="no samples"):
        loss([], [])
    with pytest.raises(ValueError, match="rows of different lengths"):
        loss([[1.0], [1.0, 1.0]], [[1.0], [1.0, 1.0]])


@pytest.mark.parametrize(
    ("loss", "output", "target", "message"),
    [
        (nn.binary_cross_entropy, 1.5, 1.0, "an input is 1.5, wanted is a number from 0 to 1"),
        (nn.binary_cross_entropy, Value(-0.1), 1.0, "an input is -0.1"),
        (nn.binary_cross_entropy, 0.5, 2.0, "a target is 2.0"),
        (nn.binary_cross_entropy, math.nan, 1.0, "an input is nan"),
        (nn.binary_cross_entropy_with_logits, 0.5, -1.0, "a target is -1.0"),
        (nn.hinge_loss, 0.5, 0.0, "a target is 0.0, wanted is -1 or 1"),
    ],
)
def test_numbers_out_of_range(
    loss: Callable[..., Any], output: Any, target: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        loss(output, target)
