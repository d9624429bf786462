"""The benchmarks of compiled functions: all ways to compute agree, and the tables say what came."""

from __future__ import annotations

import dataclasses
import importlib
import re
import shutil

import numpy as np
import pytest

from benchmarks.compiled import command
from benchmarks.compiled.measure import Entry, Result, relative_error
from benchmarks.compiled.plot import draw
from benchmarks.compiled.rows import NUMPY, OURS, PYTORCH, ROWS, Row, problems
from benchmarks.compiled.table import nanoseconds, render, targets
from benchmarks.compiled.workloads import AsianCall, CrossEntropy, Hinge, Rosenbrock

# One strip of 64 and a part of another.
SMALL = [
    Hinge([2, 8, 8, 1], 100),
    AsianCall(12, 100),
    Rosenbrock(5),
    CrossEntropy([6, 5, 3], 20),
]


def numbers(module, workload, attribute="PEER"):
    peer = getattr(importlib.import_module(f"benchmarks.compiled.peers.{module}"), attribute)
    task = peer.prepare(workload)
    task.evaluate()
    value, gradient = task.numbers(task.evaluate())
    return np.array([value, *gradient])


@pytest.mark.parametrize("workload", SMALL, ids=lambda workload: type(workload).__name__)
@pytest.mark.parametrize(
    ("module", "library"),
    [("pytorch", "torch"), ("jax_matrices", "jax"), ("ddx_graph", "ddx"), ("casadi_graph", None)],
)
def test_peers_agree_with_the_derivatives_by_hand(workload, module, library):
    pytest.importorskip(library or "casadi")
    if library not in ("torch", "jax") and isinstance(workload, CrossEntropy):
        pytest.skip("graphs of that size are left out")
    expected = numbers("numpy_by_hand", workload)
    assert relative_error(numbers(module, workload), expected) < 1e-10


@pytest.mark.parametrize(
    ("attribute", "workload"),
    [*(("PEER", workload) for workload in SMALL), ("TWO_THREADS", SMALL[0]), ("BOUND", SMALL[2])],
)
def test_ours_agrees_with_the_derivatives_by_hand(attribute, workload):
    expected = numbers("numpy_by_hand", workload)
    assert relative_error(numbers("ours", workload, attribute), expected) < 1e-10


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
@pytest.mark.parametrize("workload", SMALL[:2], ids=lambda workload: type(workload).__name__)
@pytest.mark.parametrize("samples", [64, 100, 128])
def test_c_by_hand_agrees_on_whole_strips_and_on_parts(workload, samples):
    kind = type(workload)
    first = next(iter(vars(workload).values()))
    workload = kind(first, samples)
    expected = numbers("numpy_by_hand", workload)
    assert relative_error(numbers("c_strips", workload), expected) < 1e-10


def test_relative_errors():
    expected = np.array([1.0, -2.0, 0.0])
    assert relative_error(expected.copy(), expected) == 0.0
    assert relative_error(np.array([1.0, -2.02, 0.0]), expected) == pytest.approx(0.01)
    assert relative_error(np.array([1.0, -2.0, 1e-6]), expected) == pytest.approx(5e-4)
    assert relative_error(np.ones(2), expected) == np.inf
    assert not relative_error(np.array([np.nan, -2.0, 0.0]), expected) <= 1e-9


def results():
    first, *_, last = problems(quick=True)
    fast = Entry(OURS, "1.0", set_up=0.1, cached=0.02, seconds=[2e-3, 5e-7 * first.workload.units])
    ours = Entry(OURS, "1.0", set_up=7.0, seconds=[3.0])
    torch = Entry(PYTORCH, "2.0", set_up=0.1, seconds=[1.0])
    missing = Entry(PYTORCH, absent="not installed: no torch")
    return [Result(first, [fast, missing], 1.9), Result(last, [ours, torch], None)]


def test_targets_are_judged():
    first, last = results()
    assert targets(first) == [
        f"{first.problem.title}: {nanoseconds(first.best(OURS))} ns per sample, at most 65 "
        "(**missed**); 0.1 s of set-up, nothing cached, at most 0.4; 0.02 s of set-up with the "
        "machine code on disk; two threads 1.90 times as fast, at least 1.8"
    ]
    assert targets(last) == [
        f"{last.problem.title}: 3 times PyTorch's time, at most 2 (**missed**); 7 s of set-up, "
        "nothing cached, at most 5 (**missed**)"
    ]


def test_tables_have_a_row_for_everyone_and_say_who_is_missing():
    text = render(results(), ["OPENBLAS_CORETYPE"])
    assert all(f"| {row.title} " in text for row in ROWS)
    assert "PyTorch, matrices, MLP(2, [16, 16, 1]), hinge: not installed: no torch" in text
    assert "Run without OPENBLAS_CORETYPE." in text


def test_the_picture_names_all_rows_and_their_times(tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "bars.svg"
    draw(results(), path)
    text = path.read_text(encoding="utf-8")
    for result in results():
        assert f"{result.problem.title}: ns per {result.problem.per}" in text
        for entry in result.entries:
            best = result.best(entry.row)
            if best is not None:
                assert f">{entry.row.title}<" in text
                assert f"> {nanoseconds(best)}" in text


def test_times_have_three_digits():
    assert [nanoseconds(t) for t in (2.345, 56.78, 1234.5)] == ["2.35", "56.8", "1,234"]


def test_one_problem_in_one_run(capsys, monkeypatch):
    few = (OURS, NUMPY, Row("a library that is not there", "no_such_module:PEER"))
    monkeypatch.setattr(
        command,
        "problems",
        lambda quick: [dataclasses.replace(p, rows=few) for p in problems(quick)],
    )
    assert command.main(["--quick", "--only", "4"]) == 0
    out = capsys.readouterr().out
    assert "Rosenbrock, n = 10: per call" in out
    assert "a library that is not there, Rosenbrock, n = 10: not installed" in out
    assert re.search(r"Measured .*: scalar-autodiff [\d.]+, NumPy by hand [\d.]+\. Units", out)
    assert "MLP" not in out.partition("What is aimed at")[0].partition("- A dash")[0]
