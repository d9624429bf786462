"""Workers, and what is made of peers that are missing, fail or disagree."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

import autograd
from benchmarks.eager import measure, rows, table
from benchmarks.eager.measure import Effort, Entry, Results, Shape
from benchmarks.eager.rows import Row
from benchmarks.measurement import Disagreement
from benchmarks.peers.ours import Ours
from benchmarks.peers.peer import NotInstalled
from benchmarks.process import Failed, Process
from benchmarks.workloads.fan_in import FanIn
from benchmarks.workloads.hinge_mlp import HingeMLP

PYTHON = Path(sys.executable)
PURE = {"AUTOGRAD_PURE_PYTHON": "1"}
TINY = Effort(rounds=2, repetitions=3)
PROBLEM = HingeMLP.on_two_moons(2)

A_PEER = """
from benchmarks.peers.ours import Ours

class Peer(Ours):
    def version(self):
        print("libraries may print")
        return "1.2.3"

    def prepare(self, workload):
        evaluate = super().prepare(workload)
        def changed():
            value, gradient = evaluate()
            {change}
            return value, gradient
        return changed

PEER = Peer(compiled=False)
"""


def peer(folder: Path, change: str) -> Process:
    """A worker whose peer does as this project does, except for one statement."""
    (folder / "changed_peer.py").write_text(A_PEER.format(change=change))
    environment = PURE | {"PYTHONPATH": str(folder)}
    return Process("changed_peer:PEER", PYTHON, environment=environment)


def only(**processes: Process) -> measure.Start:
    """Start a process for the rows with these peers; the others are not installed."""

    def start(row: Row) -> Process:
        name = row.peer.replace(":", "_")
        if name not in processes:
            raise NotInstalled(f"no {name}")
        return processes[name]

    return start


def ours() -> Process:
    return Process("benchmarks.peers.ours:PURE", PYTHON, environment=PURE)


def test_a_worker_computes_times_and_weighs() -> None:
    with ours() as process:
        process.load(FanIn(10_000))
        growth = process.call("graph_growth")
        if sys.platform == "linux":
            assert 10_000 * 50 < growth < 10_000 * 1000
        assert process.call("error") < 1e-12
        assert process.call("nodes") == 10_002
        assert all(seconds > 0.0 for seconds in process.call("time", repetitions=3))


def test_floats_reach_a_worker_and_come_back_bit_by_bit() -> None:
    problem = HingeMLP([1, 1], [0.1, 1 / 3], [[math.pi * 1e-300]], [1.0])
    here = Ours(compiled=autograd.COMPILED).prepare(problem)()[1]
    with ours() as process:
        process.load(problem)
        assert process.call("gradient") == here


def test_a_missing_peer_is_told_from_a_failing_one(tmp_path: Path) -> None:
    with pytest.raises(NotInstalled, match="No module named 'no_such_library'"):
        Process("no_such_library:PEER", PYTHON)
    with peer(tmp_path, "raise RecursionError('too deep')") as process:
        process.load(PROBLEM)
        with pytest.raises(Failed, match="RecursionError: too deep"):
            process.call("gradient")
    with peer(tmp_path, "import os; os._exit(3)") as process:
        process.load(PROBLEM)
        with pytest.raises(Failed, match="exit code 3"):
            process.call("gradient")


def test_the_other_build_is_not_taken_for_the_one_that_is_wanted() -> None:
    with pytest.raises(NotInstalled, match="no compiled build"):
        Process("benchmarks.peers.ours:COMPILED", PYTHON, environment=PURE)


def test_rows_that_are_missing_or_fail_stay_in_the_table(tmp_path: Path) -> None:
    start = only(
        ours_PURE=ours(),
        micrograd_PEER=peer(tmp_path, "pass"),
        pytorch_PEER=peer(tmp_path, "raise RecursionError('too deep')"),
    )
    entries = {entry.row: entry for entry in measure.compare(PROBLEM, TINY, start)}
    assert len(entries) == len(rows.ROWS)
    assert len(entries[rows.PURE].seconds) == len(entries[rows.MICROGRAD].seconds) == 6
    assert entries[rows.MICROGRAD].version == "1.2.3"
    assert entries[rows.XAD].absent == "not installed: no xad_PEER"
    assert entries[rows.PYTORCH].absent == "failed: RecursionError: too deep"
    assert not entries[rows.XAD].seconds


def test_no_times_without_agreement(tmp_path: Path) -> None:
    wrong = peer(tmp_path, "gradient[3] *= 1.0 + 1e-9")
    with pytest.raises(
        Disagreement, match=r"micrograd and scalar-autodiff, pure Python: .* 1\.0e-09"
    ):
        measure.compare(PROBLEM, TINY, only(ours_PURE=ours(), micrograd_PEER=wrong))


def test_nothing_to_compare_with() -> None:
    with pytest.raises(NotInstalled, match="compiled: not installed: no ours_COMPILED"):
        measure.compare(PROBLEM, TINY, only())


def results(times: dict[Row, float]) -> Results:
    """Results in which the rows in ``times`` were measured."""
    entries = [
        Entry(row, "1.0", seconds=[2.0 * times[row], times[row]], growth=100.0)
        if row in times
        else Entry(row, absent="not installed: it is not there")
        for row in rows.ROWS
    ]
    builds = [row for row in rows.BUILDS if row in times]
    sizes = [
        Shape(f"{n} nodes", n, dict.fromkeys(builds, n * 1e-7 * cost))
        for n, cost in ((10_000, 1.0), (1_000_000, 1.6))
    ]
    return Results(65_818, entries, sizes, [], dict.fromkeys(builds, 150.0))


def test_the_table_tells_reached_missed_and_not_measured() -> None:
    times = {rows.COMPILED: 0.01, rows.PURE: 0.05, rows.MICROGRAD: 0.4}
    text = table.render(results(times), ["OPENBLAS_CORETYPE"])
    lines = text.splitlines()
    (micrograd,) = (line for line in lines if line.startswith("| micrograd"))
    assert [cell.strip() for cell in micrograd.strip("|").split("|")] == [
        "micrograd",
        "1.0",
        "400.0 ms",
        "40.00",
        "100",
    ]
    assert sum("not installed: it is not there" in line for line in lines) == len(rows.ROWS) - 3
    assert "- compiled, times as fast as micrograd: at least 25; measured 40" in lines
    assert "- compiled, times as fast as XAD at its best: at least 3; not measured" in lines
    assert "- pure Python, times as fast as micrograd: at least 6; measured 8" in lines
    flat = "10,000 to 1,000,000 nodes: at most 1.5; measured 1.6 (**missed**)"
    assert sum(line.endswith(flat) for line in lines) == 2
    assert "Run without OPENBLAS_CORETYPE." in text


def test_the_table_without_a_compiled_build() -> None:
    text = table.render(results({rows.PURE: 0.05}), [])
    assert "- compiled, times as fast as micrograd: at least 25; not measured" in text
    assert "| scalar-autodiff, pure Python" in text
