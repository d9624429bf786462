"""The benchmark of sparse Hessians: all ways to compute agree, and the table says what came."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import autograd
from benchmarks.compiled import scalars
from benchmarks.compiled.measure import Entry, Result
from benchmarks.compiled.rows import CASADI, CASADI_BOUND, OURS
from benchmarks.compiled.workloads import RosenbrockHessian
from benchmarks.hessian import command
from benchmarks.hessian.table import render, targets


@pytest.mark.parametrize(
    ("module", "attribute", "library"),
    [
        ("ours", "PEER", "scipy"),
        ("casadi_graph", "PEER", "casadi"),
        ("casadi_graph", "BOUND", "casadi"),
    ],
)
def test_all_agree_with_the_eager_engine(module, attribute, library):
    pytest.importorskip(library)
    workload = RosenbrockHessian(7)
    peer = getattr(importlib.import_module(f"benchmarks.compiled.peers.{module}"), attribute)
    task = peer.prepare(workload)
    task.evaluate()
    value, numbers = task.numbers(task.evaluate())
    expected, gradient = autograd.value_and_grad(scalars.rosenbrock)(workload.data)
    hessian = autograd.hessian(scalars.rosenbrock)(workload.data)
    band = [hessian[i, j] for j in range(7) for i in range(max(j - 1, 0), min(j + 2, 7))]
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(numbers, [*gradient, *band], rtol=1e-11)


def results(gradient, hessian, casadi):
    first, second = command.problems(1_000)
    missing = Entry(CASADI_BOUND, absent="not installed: no casadi")
    alone = Entry(OURS, "1.0", set_up=0.1, seconds=[gradient])
    both = Entry(OURS, "1.0", set_up=1.5, cached=0.5, seconds=[hessian])
    peer = Entry(CASADI, "3.0", set_up=0.2, seconds=[casadi])
    return Result(first, [alone, peer], None), Result(second, [both, peer, missing], None)


def test_targets_are_judged():
    assert targets(*results(1e-5, 2e-5, 3e-4)) == [
        "gradient with Hessian, times the gradient alone: at most 3; measured 2.00",
        "times as fast as CasADi, both called plainly: at least 10; measured 15.0",
        "seconds of set-up, nothing cached: at most 1; measured 1.50 (**missed**)",
        "seconds of set-up, machine code on disk: at most 1; measured 0.50",
    ]
    slow = targets(*results(1e-5, 4e-5, 3e-4))
    assert slow[0].endswith("measured 4.00 (**missed**)")
    assert slow[1].endswith("measured 7.5 (**missed**)")


def test_the_table_has_all_rows_and_says_who_is_missing():
    text = render(*results(1e-5, 2e-5, 3e-4), ["OPENBLAS_CORETYPE"])
    assert "1,000 variables, 2,998 entries" in text
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ")]
    cells = {row[1].strip(): [cell.strip() for cell in row[2:-1]] for row in rows}
    assert cells["scalar-autodiff"] == ["10.0", "20.0", "1.50"]
    assert cells["CasADi, bound to arrays"] == ["–", "–", "–"]
    assert "- CasADi, bound to arrays: not installed: no casadi" in text
    assert "Run without OPENBLAS_CORETYPE." in text
