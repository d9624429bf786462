"""This project: plain functions of scalars, compiled."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from benchmarks.compiled import scalars
from benchmarks.compiled.peers.peer import Peer, Task, flat
from benchmarks.compiled.workloads import (
    AsianCall,
    CrossEntropy,
    Hinge,
    Rosenbrock,
    RosenbrockHessian,
)

with contextlib.suppress(ImportError):
    import scipy.sparse  # noqa: F401 - like all libraries, before any clock runs


class Ours(Peer):
    """``autograd.compile``, called as it is.

    Args:
        threads: over how many the samples are spread.
        bound: whether it is tied to arrays once, by ``bind``, and called without arguments.
    """

    distribution = "scalar-autodiff"

    def __init__(self, *, threads: int, bound: bool = False) -> None:
        self._threads = threads
        self._bound = bound

    def version(self) -> str:
        """Return the version of the package that is imported, installed or not."""
        return autograd.__version__

    def hinge(self, workload: Hinge) -> Task:
        """The loss of one sample, summed over all."""

        def loss(layers: Any, x: Any, y: Any) -> Any:
            return scalars.hinge(layers, x, y, autograd.relu)

        return self._task(loss, workload.data, in_axes=(None, 0, 0), reduce="sum")

    def cross_entropy(self, workload: CrossEntropy) -> Task:
        """The loss of one sample, summed over all."""

        def loss(layers: Any, x: Any, one_hot: Any) -> Any:
            return scalars.cross_entropy(layers, x, one_hot, autograd.relu, autograd.logsumexp)

        return self._task(loss, workload.data, in_axes=(None, 0, 0), reduce="sum")

    def asian_call(self, workload: AsianCall) -> Task:
        """The payoff of one path, summed over all."""

        def payoff(market: Any, increments: Any) -> Any:
            return scalars.asian_call(
                market, increments, autograd.exp, autograd.sqrt, autograd.relu
            )

        return self._task(payoff, workload.data, in_axes=(None, 0), reduce="sum")

    def rosenbrock(self, workload: Rosenbrock) -> Task:
        """One call."""
        return self._task(scalars.rosenbrock, (workload.data,))

    def rosenbrock_hessian(self, workload: RosenbrockHessian) -> Task:
        """One call for value and gradient, and one for the Hessian."""
        point = workload.data
        compiled = autograd.compile(scalars.rosenbrock, threads=self._threads)

        def evaluate() -> tuple[float, Any, Any]:
            return *compiled.value_and_grad(point), compiled.hessian(point, sparse=True)

        return Task(evaluate, lambda found: (found[0], np.concatenate([found[1], found[2].data])))

    def _task(self, f: Callable[..., Any], data: tuple[Any, ...], **options: Any) -> Task:
        compiled = autograd.compile(f, threads=self._threads, **options)
        if self._bound:
            return Task(compiled.bind(*data), flat)
        return Task(lambda: compiled.value_and_grad(*data), flat)


PEER = Ours(threads=1)
BOUND = Ours(threads=1, bound=True)
TWO_THREADS = Ours(threads=2)
