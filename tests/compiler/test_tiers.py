"""Machine code made quickly, and that which follows it: the same numbers, to the last bit."""

from __future__ import annotations

import dataclasses
import importlib.util

import numpy as np
import pytest

import autograd
from autograd import compiler
from autograd.compiler import tiers
from autograd.compiler.tiers import Tiers
from autograd.structure import flatten

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("llvmlite") is None, reason="machine code needs llvmlite"
)


def growth(w, x):
    """Loops, sums over samples, fused operations, and functions in line and from the library."""
    hidden = [autograd.tanh(autograd.dot(row, x)) for row in w]
    y = autograd.exp(autograd.sin(hidden[0]) * hidden[1]) + autograd.log1p(hidden[2] ** 2)
    for k in range(20):
        y = y * (1.0 + 0.01 * x[k % 4]) + autograd.sqrt(1.0 + y * y) / (k + 3.0)
    return autograd.where(y > x[1], autograd.maximum(y, x[2]), autograd.softplus(y) - x[3] % 0.3)


def neuron(w, x):
    """So little that a loop, over sums, takes several vectors at a time."""
    return autograd.tanh(autograd.dot([each for row in w for each in row], list(x) * 3))


def bits(results):
    return [np.asarray(x).tobytes() for x in flatten(results)[0]]


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
@pytest.mark.parametrize("samples", [0, 7, 1003])
@pytest.mark.parametrize("function", [growth, neuron])
def test_quick_code_computes_the_same_bits(reduce, samples, function):
    rng = np.random.default_rng(samples)
    w, x = rng.standard_normal((3, 4)), rng.standard_normal((samples, 4))
    results = []
    for quick in (False, True):
        f = compiler.compile(
            function, argnums=(0, 1), in_axes=(None, 0), reduce=reduce, backend="llvm"
        )
        f._options = dataclasses.replace(f._options, quick=quick)
        with np.errstate(invalid="ignore"):
            results.append(bits(f.value_and_grad(w, x)))
    assert results[0] == results[1]


def test_quick_code_computes_the_same_bits_at_one_point():
    rng = np.random.default_rng(0)
    w, x = rng.standard_normal((3, 4)), rng.standard_normal(4)
    results = []
    for quick in (False, True):
        f = compiler.compile(growth, argnums=(0, 1), backend="llvm")
        f._options = dataclasses.replace(f._options, quick=quick)
        results.append(bits([f.value_and_grad(w, x), f.hessian(w, x)]))
    assert results[0] == results[1]


def branching(a, x):
    y = a * x[0]
    while y < x[1]:
        y = y + autograd.exp(x[0])
    return y * y


@pytest.fixture
def made(monkeypatch):
    """Which code was made: quick or not, in order."""
    made = []
    init = Tiers.__init__

    def noting(self, make, machine_code):
        init(self, lambda quick: made.append(quick) or make(quick), machine_code)

    monkeypatch.setattr(Tiers, "__init__", noting)
    return made


def test_code_is_made_anew_once_that_pays(made, monkeypatch):
    monkeypatch.setattr(tiers, "_PAYS", 200)
    x = np.random.default_rng(1).uniform(0.5, 3.0, (30, 2))
    f = compiler.compile(
        branching, in_axes=(None, 0), branches="guard", reduce="sum", backend="llvm"
    )
    first = bits(f.value_and_grad(0.7, x))
    assert set(made) == {True}
    again = [bits(f.value_and_grad(0.7, x)) for _ in range(200)]
    count = made.index(False)
    assert sorted(made) == [False] * count + [True] * count  # each of them once
    assert all(each == first for each in again)


def test_code_for_one_point_is_made_anew(made, monkeypatch):
    monkeypatch.setattr(tiers, "_PAYS", 20)
    x = np.array([0.3, 2.0])
    f = compiler.compile(branching, argnums=(0, 1), branches="guard", backend="llvm")
    bound = f.bind(0.7, x)
    results = [bits(f.value_and_grad(0.7, x)) for _ in range(40)] + [
        bits(bound()) for _ in range(40)
    ]
    assert made.count(False) == made.count(True) == 2  # what decides, and what computes
    assert all(each == results[0] for each in results)


def test_there_is_one_tier_without_machine_code(made, monkeypatch):
    monkeypatch.setattr(tiers, "_PAYS", 1)
    f = compiler.compile(branching, branches="guard", backend="numpy")
    for _ in range(3):
        f(0.7, np.array([0.3, 2.0]))
    assert made == [False, False]
