"""This project, every operation on scalars written out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import autograd
from autograd import Value
from benchmarks.peers.peer import Evaluate, NotInstalled, Peer
from benchmarks.workloads.workload import Workload


class Ours(Peer):
    """Scalars as ``Value``; gradients are zeroed before each evaluation, as in a training loop.

    Args:
        compiled: which build to expect; both are this class, in processes of their own.
    """

    distribution = "scalar-autodiff"

    def __init__(self, *, compiled: bool) -> None:
        self._compiled = compiled

    def version(self) -> str:
        """Return the version.

        Raises:
            NotInstalled: what was imported is not the build that is wanted.
        """
        if self._compiled != autograd.COMPILED:
            raise NotInstalled(
                "there is no compiled build: run `pip install -e .` where there is a C compiler"
                if self._compiled
                else "the pure Python build was asked for and the compiled one was imported"
            )
        return autograd.__version__

    def value_and_gradient(
        self, f: Callable[[Sequence[Any]], Any], point: Sequence[float]
    ) -> Evaluate:
        """Record, sweep, read the leaves."""
        leaves = [Value(x) for x in point]

        def evaluate() -> tuple[float, list[float]]:
            autograd.zero_grad(leaves)
            result = f(leaves)
            result.backward()
            return result.data, [leaf.grad for leaf in leaves]

        return evaluate

    def record(self, workload: Workload) -> Value:
        """Return the root of the graph of one evaluation."""
        root: Value = workload.bind(self)([Value(x) for x in workload.point()])
        return root

    def relu(self, x: Any) -> Any:
        """``Value.relu``."""
        return x.relu()

    def constant(self, x: float) -> Any:
        """Return a constant made once; a float would become a new one at each use."""
        return Value(x, requires_grad=False)

    def sum(self, terms: Iterable[Any]) -> Any:
        """``autograd.sum``: one node, however many terms."""
        return autograd.sum(terms)


COMPILED = Ours(compiled=True)
PURE = Ours(compiled=False)
