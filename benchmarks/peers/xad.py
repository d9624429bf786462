"""XAD, https://auto-differentiation.github.io: C++ with a tape, first-order adjoint mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import xad.adj_1st as adjoint
from xad import math

from benchmarks.peers.peer import Evaluate, Peer


class Xad(Peer):
    """One tape for all evaluations, inputs registered once; ``newRecording`` starts it afresh."""

    distribution = "xad"

    def value_and_gradient(
        self, f: Callable[[Sequence[Any]], Any], point: Sequence[float]
    ) -> Evaluate:
        """Record on a tape that keeps its memory and its inputs."""
        inputs = [adjoint.Real(x) for x in point]
        tape = adjoint.Tape()
        tape.registerInputs(inputs)

        def evaluate() -> tuple[float, list[float]]:
            tape.activate()
            try:
                return _evaluate(tape, f, inputs)
            finally:
                tape.deactivate()

        return evaluate

    def relu(self, x: Any) -> Any:
        """``xad.math.max``."""
        return math.max(x, 0.0)


class XadNewTape(Xad):
    """A tape and inputs made for each evaluation, as in XAD's tutorial for Python."""

    def value_and_gradient(
        self, f: Callable[[Sequence[Any]], Any], point: Sequence[float]
    ) -> Evaluate:
        """Record on a tape that is made and given back inside the time."""

        def evaluate() -> tuple[float, list[float]]:
            inputs = [adjoint.Real(x) for x in point]
            with adjoint.Tape() as tape:
                tape.registerInputs(inputs)
                return _evaluate(tape, f, inputs)

        return evaluate


def _evaluate(
    tape: Any, f: Callable[[Sequence[Any]], Any], inputs: Sequence[Any]
) -> tuple[float, list[float]]:
    tape.newRecording()
    result = f(inputs)
    tape.registerOutput(result)
    result.derivative = 1.0
    tape.computeAdjoints()
    return result.value, [x.derivative for x in inputs]


PEER = Xad()
NEW_TAPE = XadNewTape()
