"""The digits: read well enough, by a training that is the same compiled and eager."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np
import pytest

import nn
from demos.digits import lesson
from demos.digits.__main__ import main
from demos.digits.problem import Setup, build_model, confusion, load, read, train

pytest.importorskip("sklearn")

PICTURES = ["confusion-matrix.png", "hidden-units.png", "mistakes.png", "training.png"]


def test_held_out_images_are_read():
    to_learn, held_out = load(0)
    assert to_learn.images.shape == (1437, 64)
    assert held_out.images.shape == (360, 64)
    assert to_learn.images.min() == 0.0
    assert to_learn.images.max() == 1.0
    together = np.concatenate([to_learn.images, held_out.images])
    assert len(np.unique(together, axis=0)) == 1797  # no image is in both parts
    model = build_model(Setup())
    assert model.num_parameters() == 2410
    train(Setup(), model, to_learn, compiled=True)
    assert np.mean(read(model, held_out.images) == held_out.labels) >= 0.96
    # What reads them is the model itself.
    few = held_out.images[:3]
    outputs = [[float(score) for score in model(image)] for image in few]
    assert np.argmax(outputs, axis=1).tolist() == read(model, few).tolist()


def test_confusion():
    counts = confusion(np.array([3, 3, 1]), np.array([3, 8, 1]))
    assert (counts[3, 3], counts[3, 8], counts[1, 1], counts.sum()) == (1, 1, 1, 3)


def test_the_lesson(tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    plain = train

    def shorter(setup, model, digits, **options):
        if not options["compiled"]:  # a whole eager epoch takes seconds
            digits = type(digits)(digits.images[:64], digits.labels[:64])
        return plain(setup, model, digits, **options)

    monkeypatch.setattr(lesson, "train", shorter)
    assert main(["--epochs", "8", "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.replace(str(tmp_path), "").splitlines())) < 80
    assert int(re.search(r"(\d+) of 360 read right", printed)[1]) > 300
    assert re.search(r"times as long, and [\d,]+ times once it is compiled", printed)
    assert sorted(path.name for path in tmp_path.iterdir()) == PICTURES
    for path in tmp_path.iterdir():
        assert path.read_bytes().startswith(b"\x89PNG")


def test_ctrl_c_before_anything_was_learned(tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")

    class Interrupted(nn.AdamW):
        def update(self, *args):
            raise KeyboardInterrupt

    monkeypatch.setattr(nn, "AdamW", Interrupted)
    assert main(["--output", str(tmp_path)]) == 130
    printed = capsys.readouterr().out
    assert "Interrupted. This is what was learned in 0 of 60 epochs." in printed
    assert sorted(path.name for path in tmp_path.iterdir()) == PICTURES


def test_ctrl_c_while_held_out_images_are_read(tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    calls = 0

    def interrupted(model, images):
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return read(model, images)

    monkeypatch.setattr(lesson, "read", interrupted)
    monkeypatch.setattr(lesson, "show_times", lambda *arguments: None)
    assert main(["--output", str(tmp_path)]) == 130
    printed = capsys.readouterr().out
    assert "This is what was learned in 3 of 60 epochs." in printed
    assert sorted(path.name for path in tmp_path.iterdir()) == PICTURES


def test_divergence_and_what_is_missing_are_one_line(tmp_path, capsys, monkeypatch):
    def diverging(*args, **options):
        raise nn.TrainingDivergedError("epoch 0, batch 3: the loss is nan", nn.History())

    monkeypatch.setattr(lesson, "train", diverging)
    assert main(["--output", str(tmp_path)]) == 1
    complaint = "python -m demos.digits: epoch 0, batch 3: the loss is nan\n"
    assert capsys.readouterr().err == complaint
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert main(["--output", str(tmp_path)]) == 1
    assert 'pip install "scalar-autodiff[demos]"' in capsys.readouterr().err


@pytest.mark.parametrize("demo", ["digits", "moons"])
def test_help_and_wrong_options(demo):
    def run(*arguments):
        command = [sys.executable, "-m", f"demos.{demo}", *arguments]
        environment = {**os.environ, "COLUMNS": "80"}
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    shown = run("--help")
    assert shown.returncode == 0
    assert "--output DIR" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    wrong = run("--seed", "x")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
