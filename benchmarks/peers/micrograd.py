"""micrograd, https://github.com/karpathy/micrograd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from micrograd.engine import Value

from benchmarks.peers.peer import Evaluate, Peer


class Micrograd(Peer):
    """As in its demo notebook: inputs become Values, ``zero_grad`` sets the leaves to zero."""

    distribution = "micrograd"

    def value_and_gradient(
        self, f: Callable[[Sequence[Any]], Any], point: Sequence[float]
    ) -> Evaluate:
        """Record, sweep, read the leaves."""
        leaves = [Value(x) for x in point]

        def evaluate() -> tuple[float, list[float]]:
            for leaf in leaves:
                leaf.grad = 0
            result = f(leaves)
            result.backward()
            return result.data, [leaf.grad for leaf in leaves]

        return evaluate

    def relu(self, x: Any) -> Any:
        """``Value.relu``."""
        return x.relu()

    def constant(self, x: float) -> Any:
        """Return a Value made once; a float would become a new one at each use."""
        return Value(x)


PEER = Micrograd()
