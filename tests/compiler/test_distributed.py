"""A Monte-Carlo gradient in many processes: by multiprocessing, joblib and Dask."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd import compiler

ROOT = Path(__file__).parents[2]

#: Spot, rate, volatility and time of a call option with strike 100.
MARKET = np.array([100.0, 0.05, 0.2, 1.0])
CHUNKS = 40


def new_payoff():
    """A closure, of the kind that is written in a notebook, recorded once."""
    strike = 100.0

    def payoff(market, z):
        spot, rate, volatility, time = market
        drift = (rate - volatility**2 / 2.0) * time
        at_end = spot * autograd.exp(drift + volatility * autograd.sqrt(time) * z)
        return autograd.exp(-rate * time) * autograd.maximum(at_end - strike, 0.0)

    f = compiler.compile(payoff, in_axes=(None, 0), reduce="sum", threads=1)
    f.value_and_grad(MARKET, np.zeros(1))
    return f


def normals(seed, paths=1000):
    return np.random.default_rng(seed).standard_normal(paths)


def seeds():
    return np.random.SeedSequence(4).spawn(CHUNKS)


def one_after_the_other(f):
    return [f.value_and_grad(MARKET, normals(seed)) for seed in seeds()]


def assert_same(a, b):
    np.testing.assert_equal(a, b)  # to the last bit


def test_multiprocessing_by_spawn():
    f = new_payoff()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.starmap(f.value_and_grad, [(MARKET, normals(seed)) for seed in seeds()])
    assert_same(found, one_after_the_other(f))


# Python warns of forks among threads, and test runners have some.
FORKING = """
import multiprocessing, pickle, sys
import numpy as np
import autograd

def square(x):
    return x * x

if __name__ == "__main__":
    f = autograd.compile(lambda a, x: a * x * x, in_axes=(None, 0), reduce="sum", threads=2)
    g = autograd.compile(square)  # not recorded: found by name
    x = np.linspace(0.0, 1.0, 100_000)
    expected = [f.value_and_grad(float(a), x) for a in range(8)]
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            found = pool.starmap(f.value_and_grad, [(float(a), x) for a in range(8)])
            assert found == expected, method
            assert pool.map(g, [1.0, 2.0, 3.0]) == [1.0, 4.0, 9.0], method
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_script_that_forks_and_spawns(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(FORKING)
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_joblib():
    joblib = pytest.importorskip("joblib")
    f = new_payoff()
    with joblib.parallel_config(backend="loky", n_jobs=2):
        found = joblib.Parallel()(
            joblib.delayed(f.value_and_grad)(MARKET, normals(seed)) for seed in seeds()
        )
    assert_same(found, one_after_the_other(f))


# Dask
# ----


@pytest.fixture
def new_client(monkeypatch):
    """Clients of clusters of processes on this machine, by their number of workers."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(logging.getLogger("distributed"), "disabled", True)
    opened = []

    def new(workers):
        cluster = distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        )
        opened.append(cluster)
        opened.append(distributed.Client(cluster))
        return opened[-1]

    yield new
    for each in reversed(opened):
        each.close()


def total_by_dask(client, f, on_progress=None):
    """The sum over all chunks: always the same chunks, added in the same order."""
    from distributed import as_completed

    def chunk(f, seed):
        z = np.random.default_rng(seed).standard_normal(1000)
        value, gradient = f.value_and_grad(MARKET, z)
        return np.array([value, *gradient])

    futures = client.map(chunk, [f] * CHUNKS, seeds(), pure=False)
    for done, _ in enumerate(as_completed(futures), 1):
        if on_progress is not None:
            on_progress(done)
    while len(futures) > 1:
        futures = [
            client.submit(sum, futures[i : i + 8], pure=False) for i in range(0, len(futures), 8)
        ]
    return futures[0].result(timeout=60)


def total_here(f):
    sums = [np.array([value, *gradient]) for value, gradient in one_after_the_other(f)]
    while len(sums) > 1:
        sums = [sum(sums[i : i + 8]) for i in range(0, len(sums), 8)]
    return sums[0]


def test_dask_gives_the_same_bits_with_any_number_of_workers(new_client):
    f = new_payoff()
    expected = total_here(f)
    assert_same(total_by_dask(new_client(1), f), expected)
    assert_same(total_by_dask(new_client(2), f), expected)
    # And the numbers are those of Black and Scholes, within what Monte-Carlo allows.
    np.testing.assert_allclose(
        expected / (1000 * CHUNKS), [10.4506, 0.6368, 53.2325, 37.5240, 6.4140], rtol=0.03
    )


def test_dask_survives_a_worker_that_is_killed_half_way(new_client):
    client = new_client(2)
    f = new_payoff()
    before = set(client.run(os.getpid).values())
    killed = []

    def kill(done):
        if done == CHUNKS // 2:
            killed.append(before.pop())
            os.kill(killed[0], signal.SIGKILL)

    assert_same(total_by_dask(client, f, kill), total_here(f))
    assert len(killed) == 1
    assert killed[0] not in client.run(os.getpid).values()


def test_errors_come_back_from_dask(new_client):
    f = new_payoff()
    future = new_client(1).submit(f, MARKET[:3], np.zeros(1))
    with pytest.raises(autograd.RecordingError, match=r"Call it once with such arguments before"):
        future.result(timeout=60)
