"""Who takes part."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import hips_environment
from benchmarks.process import Process


@dataclass(frozen=True, eq=False)
class Row:
    """A library, or a way to use it, in a process of its own.

    Attributes:
        title: how the tables call it.
        peer: ``module:attribute`` in ``benchmarks.peers``.
        environment: what its process adds to the environment.
        own_environment: whether it cannot share a virtual environment with this project.
    """

    title: str
    peer: str
    environment: Mapping[str, str] = field(default_factory=dict)
    own_environment: bool = False

    def start(self, core: int | None, hips_python: Path | None) -> Process:
        """Start a process for this row.

        Raises:
            NotInstalled: the library is not there.
        """
        python = Path(sys.executable)
        if self.own_environment:
            python = hips_python or hips_environment.python()
        return Process(
            f"benchmarks.peers.{self.peer}",
            python,
            shadows=self.own_environment,
            environment=self.environment,
            core=core,
        )


_PURE = {"AUTOGRAD_PURE_PYTHON": "1"}

COMPILED = Row("scalar-autodiff, compiled", "ours:COMPILED")
PURE = Row("scalar-autodiff, pure Python", "ours:PURE", _PURE)
COMPILED_NN = Row("scalar-autodiff, compiled, `nn.MLP`", "ours_nn:COMPILED")
PURE_NN = Row("scalar-autodiff, pure Python, `nn.MLP`", "ours_nn:PURE", _PURE)
XAD = Row("XAD, one tape, inputs registered once", "xad:PEER")
XAD_NEW_TAPE = Row("XAD, a new tape each time", "xad:NEW_TAPE")
PYTORCH = Row("PyTorch, scalar tensors", "pytorch:PEER")
MICROGRAD = Row("micrograd", "micrograd:PEER")
HIPS = Row("HIPS autograd", "hips:PEER", own_environment=True)

BUILDS = (COMPILED, PURE)
ROWS = (
    COMPILED,
    PURE,
    COMPILED_NN,
    PURE_NN,
    XAD,
    XAD_NEW_TAPE,
    PYTORCH,
    MICROGRAD,
    HIPS,
)
