"""The two moons: eager and compiled side by side, and the same numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest

import nn
from demos import moons

pytest.importorskip("sklearn")


def test_the_moons_are_told_apart():
    X, y = moons.load(100, 1337)
    assert set(y) == {-1.0, 1.0}
    training = moons.train(X, y, 100, 1337, compiled=True)
    assert np.mean(np.sign(moons.scores(training.model, X)) == y) == 1.0
    # The loss is micrograd's: the mean hinge and a penalty on every parameter.
    model = nn.MLP(2, [16, 16, 1], seed=1337)
    w = nn.parameters_to_vector(model.parameters())
    hinge = np.maximum(0.0, 1.0 - y * moons.scores(model, X)).mean()
    assert training.history.losses[0] == pytest.approx(hinge + 1e-4 * (w @ w), rel=1e-12)


def test_the_demo(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    assert moons.main(["--points", "20", "--steps", "6", "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    losses = re.findall(r"^ +\d  ([\d.]{14})  ([\d.]{14})$", printed, re.MULTILINE)
    assert len(losses) == 6
    for eager, compiled in losses:
        assert float(eager) == pytest.approx(float(compiled), rel=1e-10)
    assert float(re.search(r"differ by at most (\S+)\.", printed)[1]) < 1e-10
    assert max(map(len, printed.replace(str(tmp_path), "").splitlines())) < 80
    assert (tmp_path / "moons.png").read_bytes().startswith(b"\x89PNG")


def test_ctrl_c(tmp_path, capsys, monkeypatch):
    class Interrupted(nn.SGD):
        def update(self, *args):
            raise KeyboardInterrupt

    monkeypatch.setattr(nn, "SGD", Interrupted)
    assert moons.main(["--output", str(tmp_path)]) == 130
    assert "Interrupted while training eager." in capsys.readouterr().out
