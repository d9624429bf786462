"""Who takes part in what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.peer_row import PeerRow
from benchmarks.training.workloads import XOR, Digits, Moons, Workload

EPOCHS = 100


class Row(PeerRow):
    """A way to train, in a process of its own."""

    package = "benchmarks.training"


COMPILED = Row("scalar-autodiff, `compiled=True`", "ours:COMPILED")
EAGER = Row("scalar-autodiff, eager", "ours:EAGER")
PYTORCH = Row("PyTorch, matrices", "pytorch:PEER")
MICROGRAD = Row("micrograd", "micrograd:PEER")
ROWS = (COMPILED, PYTORCH, EAGER, MICROGRAD)


@dataclass(frozen=True, eq=False)
class Problem:
    """A workload and who takes it on.

    Attributes:
        title: how the tables call it.
        workload: the kind of training.
        epochs: for each row how many are measured; of fewer than all the rest is extrapolated.
    """

    title: str
    workload: type[Workload]
    epochs: Mapping[Row, int]


def problems(quick: bool) -> list[Problem]:
    """Return all problems; if it is to be quick, with few epochs of what is slow."""
    few = 2 if quick else 10
    return [
        Problem(
            "XOR, MLP(2, [4, 1])",
            XOR,
            {COMPILED: EPOCHS, PYTORCH: EPOCHS, EAGER: EPOCHS, MICROGRAD: EPOCHS},
        ),
        Problem(
            "two moons, MLP(2, [16, 16, 1])",
            Moons,
            {COMPILED: EPOCHS, PYTORCH: EPOCHS, EAGER: few, MICROGRAD: few},
        ),
        Problem(
            "digits, MLP(64, [32, 10])",
            Digits,
            {COMPILED: EPOCHS, PYTORCH: EPOCHS, EAGER: few // 2},
        ),
    ]
