"""Loops of generated source: first iterations are taken in only where that changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import tanh, value_and_grad
from autograd.compiler.source.tree import Number
from tests.compiler.running import leaves

X = np.random.default_rng(2).uniform(0.5, 1.5, 8)


def python(f, *args):
    """Check the Python source of a function, and return its lines."""
    argnums = tuple(range(len(args)))
    text = autograd.compile(f, argnums=argnums).source("python", *args)
    names = {}
    exec(text, names)
    value, gradient = list(names.values())[-1](*args)
    expected, expected_gradient = value_and_grad(f, argnums)(*args)
    assert value == pytest.approx(float(expected), rel=1e-12)
    np.testing.assert_allclose(leaves(list(gradient)), leaves(list(expected_gradient)), rtol=1e-12)
    return [line.strip() for line in text.splitlines()]


def test_a_sum_starts_with_what_it_is_added_to():
    def f(x, b):
        total = b
        for v in x:
            total = total + v * v
        return total

    lines = python(f, X, 0.5)
    assert lines[lines.index("total = b") + 1 :][:2] == [
        "for i in range(8):",
        "total += x[i] * x[i]",
    ]


def test_a_path_starts_with_its_first_value():
    def f(x, start):
        place = start
        total = 0.0
        for v in x:
            place = place * tanh(v)
            total = total + place * place
        return total

    lines = python(f, X, 0.5)
    assert "place[0] = start" in lines
    assert sum(line.startswith("for ") for line in lines) == 2


def test_adjoints_of_many_terms_start_as_zero():
    lines = python(lambda x, s: autograd.sum([tanh(s * v) for v in x]), X, 0.5)
    assert "d_s = 0.0" in lines
    assert any(line.startswith("d_s += ") for line in lines)


def test_what_an_inner_loop_carries_does_not_start_it():
    def f(x, s):
        total = 0.0
        carried = s
        for i in range(5):
            for j in range(4):
                carried = 0.5 * (s if i == 0 else carried) + x[j]
                total = total + 3.0 * carried
        return total

    python(f, X, 0.3)


def test_an_inner_loop_reads_what_it_has_just_written():
    def f(x, s):
        rows = [x[k] * s for k in range(6)]
        total = 0.0
        before = rows
        for _ in range(4):
            kept = []
            for j in range(4):
                kept.append(before[j] * x[j])
                rows[j + 1] = tanh(rows[j] + x[j])
                total = total + kept[-1] * rows[j + 1]
            before = kept
        return total

    python(f, X, 0.3)


def test_two_constants_in_the_place_of_one():
    constants = [(0.1, 0.2), (0.5, 0.5), (0.7, 0.7), (0.8, 0.8), (0.9, 0.9)]

    def f(x, s):
        total = s
        for k, (a, b) in enumerate(constants):
            total = total + tanh(a * x[k]) * b
        return total

    python(f, X, 0.3)


def test_zeros_differ_in_their_signs():
    assert Number(0.0) != Number(-0.0)
    assert Number(float("nan")) == Number(float("nan"))
    assert len({Number(0.0), Number(-0.0), Number(0.0)}) == 2
