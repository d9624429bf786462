"""The Asian option: its numbers against others', and what the demo prints, draws and refuses."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from demos.asian_option import monte_carlo
from demos.asian_option.__main__ import main
from demos.asian_option.monte_carlo import compiled, estimates, moments, normals, price, samples
from demos.asian_option.option import (
    Market,
    arithmetic_call,
    geometric_call,
    geometric_price,
    with_gradient,
)
from demos.asian_option.report import central_differences

SMALL = ["--paths", "3000", "--dates", "12"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a directory of its own the current one, and return where pictures go by default."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "outputs" / "asian_option"


# The numbers
# -----------


def test_on_one_date_it_is_the_call_of_black_and_scholes() -> None:
    # Price, delta, −exp(−rT) Φ(d2), rho, vega and minus theta: any table of the standard example.
    expected = [10.4506, 0.6368, -0.5323, 53.2325, 37.5240, 6.4140]
    np.testing.assert_allclose(with_gradient(geometric_price, Market(), 1), expected, atol=6e-5)


def test_the_closed_form_is_the_mean_over_paths() -> None:
    market, dates = Market(95.0, 100.0, 0.03, 0.35, 0.7), 5
    z = normals(np.random.SeedSequence(1), 200_000, dates)
    found = samples(compiled(geometric_call), market, z)
    errors = found.std(axis=0) / len(z) ** 0.5
    known = with_gradient(geometric_price, market, dates)
    assert (abs(found.mean(axis=0) - known) < 4.0 * errors).all()


def test_the_price_of_continuous_averaging() -> None:
    # Linetsky 2004, "Spectral expansions for Asian (average price) options", Operations Research
    # 52, table 3. What n dates are off by is proportional to 1/n, so two numbers of dates tell.
    market = Market(spot=2.0, strike=2.0, rate=0.05, volatility=0.5, time=1.0)
    few, many = (price(market, dates, 50_000, 3) for dates in (50, 100))
    error = np.hypot(2.0 * many.controlled_errors[0], few.controlled_errors[0])
    assert error < 5e-4
    assert abs(2.0 * many.controlled[0] - few.controlled[0] - 0.2464156905) < 3.0 * error


def test_derivatives_are_those_of_finite_differences() -> None:
    market = Market(102.0, 97.0, 0.04, 0.3, 1.5)
    z = normals(np.random.SeedSequence(2), 2000, 50)
    f = compiled(arithmetic_call)
    derivatives = samples(f, market, z).mean(axis=0)[1:]
    np.testing.assert_allclose(central_differences(f, market, z), derivatives, rtol=1e-7)


def test_standard_errors_are_what_the_estimates_vary_by() -> None:
    rng = np.random.default_rng(5)
    known = np.full(6, 3.0)
    scores = []
    for _ in range(300):
        g = 3.0 + rng.standard_normal((400, 6))
        a = 7.0 + 2.0 * (g - 3.0) + 0.5 * rng.standard_normal((400, 6))
        sums = np.array([x.sum(axis=0) for x in (a, g, a * a, g * g, a * g)])
        found = estimates(sums, 400, known)
        scores.append(
            [
                (found.plain - 7.0) / found.plain_errors,
                (found.controlled - 7.0) / found.controlled_errors,
            ]
        )
    spread = np.std(scores, axis=(0, 2))
    np.testing.assert_allclose(spread, 1.0, atol=0.06)
    assert (found.controlled_errors < 0.3 * found.plain_errors).all()


def test_a_derivative_that_is_the_same_on_all_paths() -> None:
    # So deep in the money, every path pays: the strike's derivative is −exp(−rT) on all of them.
    found = price(Market(strike=1.0), 12, 2000, 0)
    assert found.controlled[2] == pytest.approx(-np.exp(-0.05))
    assert found.controlled_errors[2] < 1e-8
    assert np.isfinite(found).all()


def test_the_number_of_workers_changes_no_bit() -> None:
    pytest.importorskip("distributed")
    here, there = (moments(Market(), 12, 45_000, 1, workers) for workers in (0, 2))
    np.testing.assert_array_equal(here, there)


def test_paths_are_neither_lost_nor_used_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(monte_carlo, "CHUNK", 100)
    monkeypatch.setattr(
        monte_carlo, "chunk", lambda *args: drawn.append(args[-2:]) or np.ones((5, 6)) * args[-2]
    )
    assert (moments(Market(), 3, 1950, 8) == 1950.0).all()
    assert [paths for paths, _ in drawn] == [100] * 19 + [50]
    assert len({seed.spawn_key for _, seed in drawn}) == 20


# The demo
# --------


def test_from_end_to_end(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(SMALL) == 0
    printed, complaints = capsys.readouterr()
    assert complaints == ""
    assert max(map(len, printed.splitlines())) <= 80
    rows = [line.split() for line in printed.splitlines() if line.startswith(("price", "∂"))]
    assert len(rows) == 6 + 5
    expected = price(Market(), 12, 3000, 0)
    assert rows[0][1:5] == [f"{each[0]:.5f}" for each in expected]
    assert [float(row[-1]) < 1e-5 for row in rows[6:]] == [True] * 5
    assert (folder / "sensitivities.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "options",
    [
        ["--spot", "100000", "--strike", "0.01"],
        ["--strike", "100000"],
        ["--volatility", "2", "--time", "30"],
        ["--rate", "-1", "--volatility", "0.001"],
        ["--dates", "1"],
        ["--paths", "2"],
    ],
    ids=" ".join,
)
def test_extremes(options: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, *options]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--paths", "1"], "'1' is not a whole number from 2 up"),
        (["--dates", "2521"], "'2521' is not a whole number from 1 to 2,520"),
        (["--volatility", "0"], "'0' is not a number from 0.001 to 2"),
        (["--rate", "much"], "'much' is not a number from -1 to 1"),
        (["--time", "nan"], "'nan' is not a number from 0.001 to 30"),
        (["--workers", "-1"], "'-1' is not a whole number from 0 to 64"),
    ],
)
def test_a_wrong_option(
    options: list[str], complaint: str, said_at_exit: Callable[..., tuple[int, str]]
) -> None:
    said = f"python -m demos.asian_option: argument {options[0]}: {complaint}\n"
    assert said_at_exit("asian_option", *options) == (2, said)


def test_without_dask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        main(["--workers", "2"])
    assert 'needs Dask: pip install "scalar-autodiff[distributed]"' in capsys.readouterr().err


def test_without_matplotlib(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(SMALL) == 0
    assert "sensitivities.png skipped: it is drawn by Matplotlib" in capsys.readouterr().out


def test_ctrl_c(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(monte_carlo, "chunk", interrupted)
    assert main(SMALL) == 130
    assert capsys.readouterr().out.endswith("Interrupted.\n")


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals are not POSIX's")
def test_ctrl_c_while_workers_start(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    events: list[object] = []

    def is_blocked() -> bool:
        return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())

    class Cluster:
        def __init__(self, **options: object) -> None:
            events.append(is_blocked())  # and so it is in the processes that are started here
            time.sleep(0.1)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)
            events.append("has started")

        def close(self) -> None:
            events.append("is closed")

    monkeypatch.setattr(distributed, "LocalCluster", Cluster)
    with pytest.raises(KeyboardInterrupt), monte_carlo.started_cluster(2):
        events.append("is used")
    assert events == [True, "has started", "is closed"]
    assert not is_blocked()
