"""2-4-1 with leaky ReLU: three implementations, 5,000 epochs, and the published figures."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from demos.xor.experiments import leaky_relu


@pytest.fixture(scope="module")
def trajectory() -> leaky_relu.Result:
    return leaky_relu.compare()


def test_engine_and_hand_follow_plain_numpy_at_every_epoch(trajectory: leaky_relu.Result) -> None:
    assert len(trajectory.engine) == 5001
    assert len(trajectory.engine_to_numpy) == len(trajectory.hand_to_numpy) == 5001
    assert max(trajectory.engine_to_numpy) <= 1e-9
    assert max(trajectory.hand_to_numpy) <= 1e-9


def test_the_last_forward_pass_has_the_published_figures(trajectory: leaky_relu.Result) -> None:
    y = leaky_relu.outputs(trajectory.engine[4999])
    # Half a unit of each last digit; the third figure is one unit off.
    assert y[0] == pytest.approx(7.8652e-4, abs=0.5e-8)
    assert y[1] == pytest.approx(0.998427, abs=0.5e-6)
    assert y[2] == pytest.approx(0.998534, abs=1.0e-6)
    assert y[3] == pytest.approx(0.0127134, abs=0.5e-7)
    assert leaky_relu.reported_loss(y) == pytest.approx(0.00415587, abs=0.5e-8)


def test_what_1e8_inside_the_differentiated_loss_changes(trajectory: leaky_relu.Result) -> None:
    exact, other = (list(islice(leaky_relu.in_plain_numpy(eps), 2))[1] for eps in (0.0, 1e-8))
    in_numpy = leaky_relu.difference(exact, other) / leaky_relu.LR
    by_engine, relative = leaky_relu.gradient_differences(trajectory.engine[0])
    assert by_engine == pytest.approx(in_numpy, rel=1e-4)
    # −1/(ŷ + ε) ≈ −(1 − ε/ŷ)/ŷ with ŷ ≈ ½: a share of 2e-8, of the largest entry, too.
    assert relative == pytest.approx(2e-8, rel=0.1)
    assert 1e-9 < max(trajectory.epsilon_to_numpy) < 1e-6


def test_the_leaky_relu_experiment_prints_what_it_found(
    trajectory: leaky_relu.Result,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leaky_relu, "compare", lambda: trajectory)
    leaky_relu.run()
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    last, published = (
        [float(word) for word in line.split()[1:]]
        for line in printed.splitlines()
        if line.startswith(("5000", "published"))
    )
    np.testing.assert_allclose(last, published, rtol=1e-5)
    assert f"{max(trajectory.epsilon_to_numpy):.1e}" in printed
