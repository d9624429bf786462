"""What is computed: functions of a few arguments, summed over many samples, and their gradients.

A workload travels to the worker processes as the plain numbers that are its fields; the data are
drawn there, from a fixed seed, so that all work on the same numbers to the last bit.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Layers = list[tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class Network:
    """A perceptron with ReLU between its layers and a loss summed over the samples.

    Attributes:
        sizes: the width of each layer, the input first.
        samples: how many.
    """

    sizes: list[int]
    samples: int

    @property
    def units(self) -> int:
        """Times are divided by this: the samples."""
        return self.samples

    def layers(self, rng: np.random.Generator) -> Layers:
        """Draw the weights, of shape (outputs, inputs), and the biases of each layer."""
        return [
            (rng.normal(0.0, nin**-0.5, (nout, nin)), rng.normal(0.0, 0.1, nout))
            for nin, nout in pairwise(self.sizes)
        ]

    def inputs(self, rng: np.random.Generator) -> FloatArray:
        """Draw the inputs, of shape (samples, inputs)."""
        return rng.normal(size=(self.samples, self.sizes[0]))


class Hinge(Network):
    """max(0, 1 − y f(x)) for labels y of −1 and 1; gradient in weights and biases."""

    @functools.cached_property
    def data(self) -> tuple[Layers, FloatArray, FloatArray]:
        """Return the layers, the inputs and the labels, of shape (samples,)."""
        rng = np.random.default_rng(0)
        layers, x = self.layers(rng), self.inputs(rng)
        return layers, x, np.where(rng.random(self.samples) < 0.5, -1.0, 1.0)


class CrossEntropy(Network):
    """log Σ exp f(x) − f(x)ₖ for the class k; gradient in weights and biases."""

    @functools.cached_property
    def data(self) -> tuple[Layers, FloatArray, FloatArray]:
        """Return the layers, the inputs and the classes one-hot, of shape (samples, classes)."""
        rng = np.random.default_rng(0)
        layers, x = self.layers(rng), self.inputs(rng)
        classes = rng.integers(0, self.sizes[-1], self.samples)
        return layers, x, np.eye(self.sizes[-1])[classes]


@dataclass(frozen=True)
class AsianCall:
    """exp(−rT) max(0, A − K), where A is the mean of a Black–Scholes path over its steps.

    The path starts from S (the start not counted) and takes equal steps until T. Summed over the
    paths; gradient in S, r, σ, T and K.
    """

    steps: int
    paths: int

    @property
    def units(self) -> int:
        """Times are divided by this: the steps of all paths."""
        return self.steps * self.paths

    @functools.cached_property
    def data(self) -> tuple[list[float], FloatArray]:
        """Return S, r, σ, T, K and the normal increments, of shape (paths, steps)."""
        increments = np.random.default_rng(0).normal(size=(self.paths, self.steps))
        return [100.0, 0.05, 0.2, 1.0, 100.0], increments


@dataclass(frozen=True)
class Rosenbrock:
    """Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)² at one point: how long a single call takes."""

    dimensions: int

    @property
    def units(self) -> int:
        """Times are divided by this: a call is one unit."""
        return 1

    @functools.cached_property
    def data(self) -> FloatArray:
        """Return the point."""
        return np.random.default_rng(0).normal(size=self.dimensions)


class RosenbrockHessian(Rosenbrock):
    """The same with its gradient and its Hessian, which has entries next to the diagonal only."""


Workload = Hinge | CrossEntropy | AsianCall | Rosenbrock
