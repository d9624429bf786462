"""The graphs that are timed: they compute what they claim, in this project and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import autograd
from autograd.sweep import topological_order
from benchmarks.peers.ours import Ours
from benchmarks.peers.ours_nn import OursNN
from benchmarks.worker import relative_error
from benchmarks.workloads.chain import Chain
from benchmarks.workloads.fan_in import FanIn
from benchmarks.workloads.hinge_mlp import L2, HingeMLP
from benchmarks.workloads.ladder import Ladder
from benchmarks.workloads.workload import Workload

OURS = Ours(compiled=autograd.COMPILED)
OURS_NN = OursNN(compiled=autograd.COMPILED)


@pytest.mark.parametrize("workload", [Chain(500), FanIn(300), Ladder(7, 40)])
def test_gradients_in_closed_form(workload: Workload) -> None:
    expected = workload.gradient()
    assert expected is not None
    _, gradient = OURS.prepare(workload)()
    assert relative_error(gradient, expected) < 1e-12


def test_the_network_is_the_one_that_numpy_computes() -> None:
    problem = HingeMLP.on_two_moons(20, seed=3)
    value, gradient = OURS.prepare(problem)()

    def loss(parameters: NDArray[np.float64]) -> float:
        x, start = np.array(problem.points), 0
        for nin, nout in ((2, 16), (16, 16), (16, 1)):
            layer = parameters[start : start + (nin + 1) * nout].reshape(nout, nin + 1)
            start += layer.size
            x = x @ layer[:, :-1].T + layer[:, -1]
            if nout != 1:
                x = np.maximum(x, 0.0)
        hinge = np.maximum(1.0 - np.array(problem.labels) * x[:, 0], 0.0)
        return float(hinge.mean() + L2 * (parameters**2).sum())

    at = np.array(problem.parameters)
    assert value == pytest.approx(loss(at), rel=1e-13)
    for i in range(0, at.size, 10):
        step = 1e-6 * np.eye(at.size)[i]
        slope = (loss(at + step) - loss(at - step)) / 2e-6
        assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_nn_computes_the_same_as_scalar_operations() -> None:
    problem = HingeMLP.on_two_moons(10)
    value, gradient = OURS.prepare(problem)()
    nn_value, nn_gradient = OURS_NN.prepare(problem)()
    assert nn_value == pytest.approx(value, rel=1e-13)
    assert relative_error(nn_gradient, gradient) < 1e-10


def test_evaluations_repeat_exactly() -> None:
    evaluate = OURS.prepare(HingeMLP.on_two_moons(5))
    assert evaluate() == evaluate()


def test_a_hundred_points_make_about_64_000_nodes() -> None:
    per_point = 640
    nodes = [
        len(topological_order(OURS.record(HingeMLP.on_two_moons(points)))) for points in (10, 20)
    ]
    assert (nodes[1] - nodes[0]) / 10 == pytest.approx(per_point, rel=0.02)


@pytest.mark.parametrize(
    ("actual", "expected", "error"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.0, 2.2], [1.0, 2.0], 0.1),
        ([0.0], [0.0], 0.0),
        ([1e-300], [0.0], float("inf")),
    ],
)
def test_relative_error(actual: list[float], expected: list[float], error: float) -> None:
    assert relative_error(actual, expected) == pytest.approx(error)
