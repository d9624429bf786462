"""CasADi: SX graphs, mapped over the samples."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import casadi
import numpy as np

from benchmarks.compiled import scalars
from benchmarks.compiled.peers.peer import Peer, Task, flat
from benchmarks.compiled.workloads import AsianCall, Hinge, Rosenbrock


class Casadi(Peer):
    """Value and gradient as one ``Function``, interpreted by CasADi's virtual machine."""

    distribution = "casadi"

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
        point = workload.data
        x = casadi.SX.sym("x", workload.dimensions)
        value = scalars.rosenbrock(casadi.vertsplit(x))
        function = casadi.Function("f", [x], [value, casadi.gradient(value, x)])
        return Task(lambda: function(point), _numbers)


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
    return float(result[0]), np.array(result[1])[:, 0]


PEER = Casadi()
