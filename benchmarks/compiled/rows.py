"""Who takes part in what, and what is aimed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.compiled.workloads import AsianCall, CrossEntropy, Hinge, Rosenbrock, Workload
from benchmarks.peer_row import PeerRow


class Row(PeerRow):
    """A way to compute, in a process of its own."""

    package = "benchmarks.compiled"


OURS = Row("scalar-autodiff", "ours:PEER")
TWO_THREADS = Row("scalar-autodiff, two threads", "ours:TWO_THREADS")
BOUND = Row("scalar-autodiff, bound to arrays", "ours:BOUND")
C_STRIPS = Row("C by hand, in strips", "c_strips:PEER")
PYTORCH = Row("PyTorch, matrices", "pytorch:PEER")
JAX = Row("JAX, matrices", "jax_matrices:PEER")
NUMPY = Row("NumPy by hand", "numpy_by_hand:PEER")
DDX = Row("ddx-ad", "ddx_graph:PEER")
DDX_BOUND = Row("ddx-ad, bound to arrays", "ddx_graph:BOUND")
CASADI = Row("CasADi", "casadi_graph:PEER")
CASADI_BOUND = Row("CasADi, bound to arrays", "casadi_graph:BOUND")

MATRICES = (OURS, PYTORCH, JAX, NUMPY)
BATCHES = (*MATRICES, C_STRIPS, DDX, CASADI)
CALLS = (*MATRICES, BOUND, DDX, DDX_BOUND, CASADI)
ROWS = (OURS, BOUND, C_STRIPS, PYTORCH, JAX, NUMPY, DDX, DDX_BOUND, CASADI)


@dataclass(frozen=True, eq=False)
class Problem:
    """A workload and who takes it on.

    Attributes:
        title: how the tables call it.
        workload: what is computed.
        per: what the time is divided by.
        rows: who takes part.
        most: the most nanoseconds that are aimed at, None where ``peer`` is the measure.
        set_up: the most seconds of set-up that are aimed at.
        calls: how many are measured together.
        scales: whether two threads are measured too.
        most_bound: like ``most``, for the function that is bound to arrays.
    """

    title: str
    workload: Workload
    per: str
    rows: Sequence[Row]
    most: float | None
    set_up: float
    calls: int = 1
    scales: bool = False
    most_bound: float | None = None


def problems(quick: bool) -> list[Problem]:
    """Return all problems, with fewer samples if it is to be quick."""
    shrink = 10 if quick else 1
    return [
        Problem(
            "MLP(2, [16, 16, 1]), hinge",
            Hinge([2, 16, 16, 1], 102_400 // shrink),
            "sample",
            BATCHES,
            65.0,
            0.4,
            scales=True,
        ),
        Problem(
            "MLP(2, [64, 64, 1]), hinge",
            Hinge([2, 64, 64, 1], 10_240 // shrink),
            "sample",
            (*MATRICES, C_STRIPS) if quick else BATCHES,
            1000.0,
            0.6,
            scales=True,
        ),
        Problem(
            "Asian call, 252 steps",
            AsianCall(252, 20_000 // shrink),
            "step of a path",
            BATCHES,
            3.2,
            0.4,
            scales=True,
        ),
        Problem(
            "Rosenbrock, n = 10",
            Rosenbrock(10),
            "call",
            CALLS,
            1500.0,
            0.3,
            calls=1000,
            most_bound=600.0,
        ),
        Problem(
            "MLP(784, [50, 10]), cross-entropy",
            CrossEntropy([784, 50, 10], 1024 // shrink),
            "sample",
            MATRICES,
            None,
            5.0,
        ),
    ]
