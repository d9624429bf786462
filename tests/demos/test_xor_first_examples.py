"""One neuron, and two small networks: the examples in which every gradient can be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from demos.xor.experiments import EXPERIMENTS, one_neuron, small_networks


@pytest.mark.parametrize("way", [one_neuron.by_engine, one_neuron.by_hand])
def test_one_linear_neuron(way: Callable[[], one_neuron.Figures]) -> None:
    figures = way()
    assert figures.y_hat == pytest.approx(2.1, rel=1e-14)
    assert pytest.approx(3.61, rel=1e-14) == figures.E
    assert figures.dE_dy_hat == pytest.approx(-3.8, rel=1e-14)
    assert figures.dE_dw == pytest.approx(-7.98, rel=1e-14)
    assert figures.dE_db == pytest.approx(-3.8, rel=1e-14)
    assert figures.new_w == pytest.approx(1.0798, rel=1e-14)
    assert figures.new_b == pytest.approx(0.038, rel=1e-14)
    assert figures.new_E == pytest.approx(2.87, abs=0.005)


@pytest.mark.parametrize("sizes", [(3, 4, 1), (3, 4, 3, 1)])
def test_loops_arrays_and_engine_give_the_same_gradients(sizes: tuple[int, ...]) -> None:
    shares = []
    for seed in range(20):
        found = small_networks.gradients(sizes, seed)
        assert found.disagreement() <= 1e-12
        parameters = sum((n + 1) * m for n, m in zip(sizes, sizes[1:], strict=False))
        assert len(found.names) == len(found.engine) == parameters
        assert np.abs(found.engine).max() > 1e-3
        shares.append(found.active[0] / found.active[1])
    assert 0.2 < np.mean(shares) < 0.8  # slopes of both kinds were met


def test_a_disagreement_of_one_entry_is_seen() -> None:
    found = small_networks.gradients((3, 4, 1), 0)
    other = found.engine.copy()
    other[5] += 1e-9
    assert replace(found, engine=other).disagreement() == pytest.approx(1e-9, rel=1e-6)


@pytest.mark.parametrize("name", ["one-neuron", "small-networks"])
def test_experiments_fit_a_terminal(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    EXPERIMENTS[name].run()
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
