"""The benchmarks of trainings: all go the same way, and the table says what came."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from benchmarks import __main__ as entry_point
from benchmarks.measurement import Disagreement
from benchmarks.peers.peer import NotInstalled
from benchmarks.training import command
from benchmarks.training.measure import Entry, Result, check_agreement
from benchmarks.training.rows import COMPILED, EAGER, MICROGRAD, PYTORCH, problems
from benchmarks.training.table import render
from benchmarks.training.workloads import XOR, Digits, Moons


def losses(module, workload, attribute="PEER"):
    peer = getattr(importlib.import_module(f"benchmarks.training.peers.{module}"), attribute)
    train = peer.prepare(workload)
    first = train()
    assert train() == first  # it starts anew each time
    return first


@pytest.mark.parametrize("workload", [XOR(20), Moons(3), Digits(2)], ids=lambda w: type(w).__name__)
def test_pytorch_goes_the_same_way(workload):
    pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    ours = losses("ours", workload, "COMPILED")
    assert losses("pytorch", workload) == pytest.approx(ours, rel=1e-10)
    assert ours[-1] < ours[0]


@pytest.mark.parametrize("workload", [XOR(5), Moons(1)], ids=lambda w: type(w).__name__)
def test_micrograd_and_eager_training_go_the_same_way(workload):
    pytest.importorskip("micrograd")
    ours = losses("ours", workload, "COMPILED")
    assert losses("micrograd", workload) == pytest.approx(ours, rel=1e-10)
    assert losses("ours", workload, "EAGER") == pytest.approx(ours, rel=1e-10)


def test_micrograd_does_without_what_it_cannot():
    pytest.importorskip("micrograd")
    pytest.importorskip("sklearn")
    with pytest.raises(NotImplementedError):
        losses("micrograd", Digits(1))


def test_each_epoch_has_every_sample_once():
    pytest.importorskip("sklearn")
    for batches in Digits(2).batches():
        assert [len(batch) for batch in batches] == [64] * 22 + [29]
        assert sorted(np.concatenate(batches)) == list(range(1437))


def results():
    xor, moons, digits = problems(quick=True)
    return [
        Result(xor, [Entry(COMPILED, "1.0", epochs=100, first=0.25, seconds=[0.004, 0.003])]),
        Result(
            moons,
            [
                Entry(COMPILED, "1.0", epochs=100, first=0.5, seconds=[0.01]),
                Entry(PYTORCH, epochs=100, absent="not installed: No module named 'torch'"),
                Entry(MICROGRAD, "0.1", epochs=2, first=2.0, seconds=[2.0, 3.0]),
            ],
        ),
        Result(
            digits,
            [
                Entry(COMPILED, "1.0", epochs=100, first=0.5, seconds=[0.25]),
                Entry(EAGER, "1.0", epochs=1, first=3.0, seconds=[0.5]),
            ],
        ),
    ]


def test_the_table():
    text = render(results(), ["OPENBLAS_NUM_THREADS"])
    lines = {line.split("|")[1].strip(): line for line in text.splitlines() if "|" in line}
    cells = [cell.strip() for cell in lines[COMPILED.title].split("|")[2:5]]
    assert cells == ["0.003 (1)", "0.01 (1)", "0.25 (1)"]
    assert "≈ 100 (10,000)" in lines["micrograd"]
    assert "≈ 50 (200)" in lines[EAGER.title]
    assert lines[PYTORCH.title].count("–") == 3
    assert "PyTorch, matrices, two moons, MLP(2, [16, 16, 1]): not installed" in text
    assert "0.25, 0.49, 0.25 s, nothing cached" in text
    assert "Run without OPENBLAS_NUM_THREADS." in text


def test_disagreements_are_noticed():
    entries = [Entry(COMPILED, epochs=3), Entry(PYTORCH, epochs=2)]
    check_agreement({COMPILED: [3.0, 2.0, 1.0], PYTORCH: [3.0, 2.0 + 1e-10]}, entries)
    for wrong in ([3.0, 2.1], [3.0, float("nan")]):
        with pytest.raises(Disagreement, match="PyTorch, matrices and scalar-autodiff"):
            check_agreement({COMPILED: [3.0, 2.0, 1.0], PYTORCH: wrong}, entries)
    with pytest.raises(NotInstalled):
        check_agreement({PYTORCH: [1.0]}, entries)


def test_the_command(capsys, monkeypatch, tmp_path):
    (tmp_path / "README.md").write_text(
        "a\n<!-- benchmarks:training:start -->\nold\n<!-- benchmarks:training:end -->\nb\n"
    )
    monkeypatch.setattr("benchmarks.command.ROOT", tmp_path)
    measured = dict(zip(problems(quick=True), results(), strict=True))
    monkeypatch.setattr(command, "problems", lambda quick: list(measured))
    monkeypatch.setattr(command, "measure", lambda problem, rounds: measured[problem])
    monkeypatch.setattr("sys.argv", ["benchmarks", "training", "--write-readme"])
    assert entry_point.main() == 0
    written = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert written.startswith("a\n")
    assert "old" not in written
    assert capsys.readouterr().out.strip() in written
