"""CasADi: SX graphs, mapped over the samples."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import casadi
import numpy as np

from benchmarks.compiled import scalars
from benchmarks.compiled.peers.peer import Peer, Task, flat
from benchmarks.compiled.workloads import (
    AsianCall,
    FloatArray,
    Hinge,
    Rosenbrock,
    RosenbrockHessian,
)


class Casadi(Peer):
    """All results as one ``Function``, interpreted by CasADi's virtual machine.

    Args:
        bound: whether calls at a point go through a buffer, by ``Function.buffer``, without new
            matrices.
    """

    distribution = "casadi"

    def __init__(self, *, bound: bool = False) -> None:
        self._bound = bound

    def hinge(self, workload: Hinge) -> Task:
        """One sample's loss; ``map`` sums it and its gradient."""
        layers, x, y = workload.data
        symbols = [
            (_matrix("w", nout, nin), _vector("b", nout)) for nin, nout in pairwise(workload.sizes)
        ]
        inputs, label = _vector("x", workload.sizes[0]), casadi.SX.sym("y")
        value = scalars.hinge(symbols, inputs, label, _relu)
        variables = [v for w, b in symbols for v in [*(v for row in w for v in row), *b]]
        _, parameters = flat((0.0, layers))
        data = (casadi.DM(parameters), casadi.DM(x.T), casadi.DM(y[None, :]))
        return _mapped(value, variables, [inputs, [label]], data, workload.samples)

    def asian_call(self, workload: AsianCall) -> Task:
        """One path's payoff; ``map`` sums it and its gradient."""
        market, increments = workload.data
        symbols, steps = _vector("m", len(market)), _vector("z", workload.steps)
        value = scalars.asian_call(symbols, steps, casadi.exp, casadi.sqrt, _relu)
        data = (casadi.DM(market), casadi.DM(increments.T))
        return _mapped(value, symbols, [steps], data, workload.paths)

    def rosenbrock(self, workload: Rosenbrock) -> Task:
        """One call on a NumPy array."""
        x, value = _rosenbrock(workload)
        return self._at_point([x], [value, casadi.gradient(value, x)], workload.data)

    def rosenbrock_hessian(self, workload: RosenbrockHessian) -> Task:
        """One call on a NumPy array, for all three."""
        x, value = _rosenbrock(workload)
        hessian, gradient = casadi.hessian(value, x)
        return self._at_point([x], [value, gradient, hessian], workload.data)

    def _at_point(self, variables: list[Any], results: list[Any], point: FloatArray) -> Task:
        function = casadi.Function("f", variables, results)
        if not self._bound:
            return Task(lambda: function(point), _numbers)
        opened: Any = function.buffer()
        buffer = opened[0]
        arrays = [np.zeros(function.nnz_out(k)) for k in range(function.n_out())]
        buffer.set_arg(0, point.data)
        for k, array in enumerate(arrays):
            buffer.set_res(k, array.data)

        def evaluate() -> list[FloatArray]:
            opened[1]()  # the trigger works on memory that the buffer owns, so that both are kept
            return arrays

        return Task(evaluate, lambda found: (float(found[0][0]), np.concatenate(found[1:])))


def _rosenbrock(workload: Rosenbrock) -> tuple[Any, Any]:
    """The point as a column of symbols, and the value."""
    x = casadi.SX.sym("x", workload.dimensions)
    return x, scalars.rosenbrock(casadi.vertsplit(x))


def _vector(name: str, size: int) -> list[Any]:
    return [casadi.SX.sym(f"{name}{i}") for i in range(size)]


def _matrix(name: str, rows: int, columns: int) -> list[list[Any]]:
    return [_vector(f"{name}{i}_", columns) for i in range(rows)]


def _relu(x: Any) -> Any:
    return casadi.if_else(x > 0.0, x, 0.0)


def _mapped(
    value: Any, variables: list[Any], inputs: list[list[Any]], data: tuple[Any, ...], samples: int
) -> Task:
    shared = casadi.vertcat(*variables)
    arguments = [shared, *(casadi.vertcat(*symbols) for symbols in inputs)]
    function = casadi.Function("f", arguments, [value, casadi.gradient(value, shared)])
    mapped = function.map("mapped", "serial", samples, [0], [0, 1], {})
    return Task(lambda: mapped(*data), _numbers)


def _numbers(result: Any) -> tuple[float, Any]:
    return float(result[0]), np.concatenate([part.nonzeros() for part in result[1:]])


PEER = Casadi()
BOUND = Casadi(bound=True)
