"""What a library has to say of itself to take part."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.compiled.workloads import (
    AsianCall,
    CrossEntropy,
    FloatArray,
    Hinge,
    Rosenbrock,
    RosenbrockHessian,
    Workload,
)
from benchmarks.peers.peer import Library


class Task(NamedTuple):
    """A workload in the hands of a library.

    Attributes:
        evaluate: what is timed: the value and the gradient, in the library's own arrays.
        numbers: turns what ``evaluate`` returned into the value and one flat array: for each layer
            the weights row by row, then the biases; S, r, σ, T, K; or the coordinates.
    """

    evaluate: Callable[[], Any]
    numbers: Callable[[Any], tuple[float, FloatArray]]


class Peer(Library):
    """A library, or a way to do without.

    Methods that are left out are workloads in which it does not take part.
    """

    def prepare(self, workload: Workload) -> Task:
        """Make the data the library's own and record or compile what can be, outside the time."""
        match workload:
            case Hinge():
                return self.hinge(workload)
            case CrossEntropy():
                return self.cross_entropy(workload)
            case AsianCall():
                return self.asian_call(workload)
            case RosenbrockHessian():
                return self.rosenbrock_hessian(workload)
            case Rosenbrock():
                return self.rosenbrock(workload)

    @abstractmethod
    def hinge(self, workload: Hinge) -> Task:
        """Prepare the network with hinge loss."""

    def cross_entropy(self, workload: CrossEntropy) -> Task:
        """Prepare the network with cross-entropy."""
        raise NotImplementedError

    def asian_call(self, workload: AsianCall) -> Task:
        """Prepare the Asian call."""
        raise NotImplementedError

    def rosenbrock(self, workload: Rosenbrock) -> Task:
        """Prepare Rosenbrock's function."""
        raise NotImplementedError

    def rosenbrock_hessian(self, workload: RosenbrockHessian) -> Task:
        """Prepare Rosenbrock's function with its Hessian.

        Of that, ``numbers`` gives the entries that are not zero by structure, column by column,
        after the gradient.
        """
        raise NotImplementedError


def flat(result: tuple[Any, Any]) -> tuple[float, FloatArray]:
    """Return a value, and a gradient made of nested lists and tuples of arrays, as numbers."""
    value, gradient = result
    return float(value), np.concatenate(list(_leaves(gradient)))


def _leaves(tree: Any) -> list[FloatArray]:
    if isinstance(tree, (list, tuple)):
        return [leaf for branch in tree for leaf in _leaves(branch)]
    return [np.asarray(tree, dtype=np.float64).reshape(-1)]
