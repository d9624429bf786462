"""ddx (``pip install ddx-ad``): graphs of scalars, compiled through LLVM, on batches of points."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import ddx
import numpy as np

from benchmarks.compiled import scalars
from benchmarks.compiled.peers.peer import Peer, Task, flat
from benchmarks.compiled.workloads import AsianCall, FloatArray, Hinge, Rosenbrock

#: Points in a call: each point has a copy of all parameters, which should fit in the cache.
POINTS = 256


class Ddx(Peer):
    """Batches go through a buffer that is bound once.

    Args:
        bound: whether a single point does so too.
    """

    distribution = "ddx-ad"

    def __init__(self, *, bound: bool = False) -> None:
        self._bound = bound

    def hinge(self, workload: Hinge) -> Task:
        """Parameters are variables, the sample's numbers are ddx's parameters."""
        layers, x, y = workload.data

        def model() -> Any:
            symbols = [
                (
                    [[ddx.var(f"w{k}_{i}_{j}") for j in range(nin)] for i in range(nout)],
                    [ddx.var(f"b{k}_{i}") for i in range(nout)],
                )
                for k, (nin, nout) in enumerate(pairwise(workload.sizes))
            ]
            inputs = [ddx.param(f"x{j}") for j in range(workload.sizes[0])]
            return scalars.hinge(symbols, inputs, ddx.param("y"), _relu)

        _, parameters = flat((0.0, layers))
        return _summed(model, parameters, np.column_stack([x, y]))

    def asian_call(self, workload: AsianCall) -> Task:
        """The market is variables, the increments are ddx's parameters."""
        market, increments = workload.data

        def model() -> Any:
            symbols = [ddx.var(name) for name in ("S", "r", "sigma", "T", "K")]
            steps = [ddx.param(f"z{i}") for i in range(workload.steps)]
            return scalars.asian_call(symbols, steps, ddx.exp, ddx.sqrt, _relu)

        return _summed(model, np.array(market), increments)

    def rosenbrock(self, workload: Rosenbrock) -> Task:
        """One call."""
        point = workload.data

        def model() -> Any:
            return scalars.rosenbrock([ddx.var(f"x{i}") for i in range(workload.dimensions)])

        equation = ddx.equation(model).compile(points=1)
        if not self._bound:
            return Task(lambda: equation.jacobian(point), flat)
        call = equation.buffer(point)

        def evaluate() -> Any:
            call()
            return call.value, call.jacobian

        return Task(evaluate, flat)


def _relu(x: Any) -> Any:
    return ddx.max(x, 0.0)


def _summed(model: Callable[[], Any], variables: FloatArray, samples: FloatArray) -> Task:
    """Sum value and gradient over samples, of shape (N, parameters), a few at a time."""
    equation = ddx.equation(model).compile(points=POINTS)
    rows = np.ascontiguousarray(samples.T)
    call = equation.buffer(np.zeros((len(variables) + len(rows), POINTS)))

    def evaluate() -> Any:
        value, gradient = 0.0, np.zeros(len(variables))
        call.x[: len(variables)] = variables[:, None]
        for start in range(0, len(samples), POINTS):
            part = rows[:, start : start + POINTS]
            call.x[len(variables) :, : part.shape[1]] = part
            call()
            value += call.value[: part.shape[1]].sum()
            gradient += call.jacobian[:, : part.shape[1]].sum(axis=1)
        return value, gradient

    return Task(evaluate, flat)


PEER = Ddx()
BOUND = Ddx(bound=True)
