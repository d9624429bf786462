"""Means over many paths: of the price, and of each of its derivatives.

The derivative of an expectation is here the expectation of the derivative along each path (the
pathwise method; Glasserman 2003, "Monte Carlo Methods in Financial Engineering", section 7.2). So
one compiled function gives everything; what varies from path to path gives the standard errors.

The geometric option serves as a control variate (ibid., section 4.1): its expectation is known, so
what is wrong about its mean over the same paths tells most of what is wrong about the other's. That
goes for the price and for every derivative.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import resource_tracker
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

import autograd
from demos.asian_option.option import (
    FloatArray,
    Market,
    arithmetic_call,
    geometric_call,
    geometric_price,
    with_gradient,
)

#: Paths that are drawn and evaluated together. Results depend on it, so that it is no option.
CHUNK = 10_000

#: Sums that are added up together.
_FAN_IN = 8


class Estimates(NamedTuple):
    """The price and its five partial derivatives, each with its standard error.

    Attributes:
        plain: the means over the paths.
        plain_errors: their standard errors.
        controlled: the same, corrected by the control variate.
        controlled_errors: their standard errors.
    """

    plain: FloatArray
    plain_errors: FloatArray
    controlled: FloatArray
    controlled_errors: FloatArray


@functools.cache
def compiled(payoff: Callable[..., Any], threads: int | None = None) -> Any:
    """A payoff compiled to run over paths."""
    return autograd.compile(payoff, in_axes=(None, 0), threads=threads)


def normals(seed: np.random.SeedSequence, paths: int, dates: int) -> FloatArray:
    """The random numbers of a chunk; the same for the same seed, wherever it is run."""
    return np.random.default_rng(seed).standard_normal((paths, dates))


def samples(f: Any, market: Market, z: FloatArray) -> FloatArray:
    """A payoff and its derivatives on each path, shape (paths, 6)."""
    values, gradients = f.value_and_grad(np.array(market), z)
    return np.column_stack([values, gradients])


def chunk(
    arithmetic: Any, geometric: Any, market: Market, dates: int, paths: int, seed: Any
) -> FloatArray:
    """The sums over a chunk of paths from which estimates are made, shape (5, 6)."""
    z = normals(seed, paths, dates)
    a, g = samples(arithmetic, market, z), samples(geometric, market, z)
    return np.array([x.sum(axis=0) for x in (a, g, a * a, g * g, a * g)])


def moments(market: Market, dates: int, paths: int, seed: int, workers: int = 0) -> FloatArray:
    """The sums over all paths, by this process or by so many worker processes of Dask's.

    They are the same to the last bit, whatever the number of workers: the chunks are, each has a
    seed of its own, and what is added to what does not depend on who has finished first.
    """
    sizes = [min(CHUNK, paths - start) for start in range(0, paths, CHUNK)]
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    # Several processes keep all cores busy by themselves.
    arithmetic, geometric = (
        compiled(payoff, 1 if workers else None) for payoff in (arithmetic_call, geometric_call)
    )
    run = functools.partial(chunk, arithmetic, geometric, market, dates)
    bar = functools.partial(tqdm, total=len(sizes), unit="chunk", delay=2.0, leave=False)
    if not workers:
        here: FloatArray = _added([run(*each) for each in bar(zip(sizes, seeds, strict=True))], sum)
        return here
    from distributed import Client, as_completed

    with started_cluster(workers) as cluster, Client(cluster) as client:
        sums = client.map(run, sizes, seeds)
        for _ in bar(as_completed(sums)):
            pass
        total: FloatArray = _added(sums, functools.partial(client.submit, sum)).result()
        return total


@contextlib.contextmanager
def started_cluster(workers: int) -> Iterator[Any]:
    """A cluster of so many worker processes on this machine.

    Ctrl-C goes to all processes of a terminal, and one is to answer: this one, at once, also while
    the others start. So they are started by a thread that does not hear it, nor what that starts.
    """
    from distributed import LocalCluster

    clusters: list[Any] = []

    def start() -> None:
        if hasattr(signal, "pthread_sigmask"):  # not on Windows
            resource_tracker.ensure_running()  # which would end the blocking before Python 3.12
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        clusters.append(
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                dashboard_address=":0",
                silence_logs=logging.ERROR,
            )
        )

    try:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(start).result()
        yield clusters[0]
    finally:
        for cluster in clusters:
            cluster.close()


def _added(sums: Sequence[Any], add: Callable[[Sequence[Any]], Any]) -> Any:
    """Add up neighbors, then neighbors of what comes of that, and so on."""
    while len(sums) > 1:
        sums = [add(sums[i : i + _FAN_IN]) for i in range(0, len(sums), _FAN_IN)]
    return sums[0]


def estimates(sums: FloatArray, paths: int, known: FloatArray) -> Estimates:
    """Make estimates of sums over so many paths.

    Args:
        sums: what ``moments`` returns.
        paths: their number.
        known: the expectation of the control variate and of its derivatives.
    """
    a, g, aa, gg, ag = sums / paths
    variance, control_variance = aa - a * a, gg - g * g
    covariance = ag - a * g
    # A derivative that is the same on all paths controls nothing.
    slope = np.divide(covariance, control_variance, np.zeros(6), where=control_variance > 0.0)
    variances = np.array([variance, variance - slope * covariance])
    errors = np.sqrt(np.maximum(variances, 0.0) / paths)  # rounding can make zero negative
    return Estimates(a, errors[0], a - slope * (g - known), errors[1])


def price(market: Market, dates: int, paths: int, seed: int, workers: int = 0) -> Estimates:
    """The price of an Asian call and its sensitivities."""
    sums = moments(market, dates, paths, seed, workers)
    return estimates(sums, paths, with_gradient(geometric_price, market, dates))


def curves(markets: Iterable[Market], dates: int, paths: int, seed: int) -> list[Estimates]:
    """The same for several markets, of one chunk of paths each, with the same random numbers."""
    (only,) = np.random.SeedSequence(seed).spawn(1)
    found = []
    for market in markets:
        sums = chunk(
            compiled(arithmetic_call), compiled(geometric_call), market, dates, paths, only
        )
        found.append(estimates(sums, paths, with_gradient(geometric_price, market, dates)))
    return found
