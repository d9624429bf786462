"""What is trained: a perceptron, its start, data, a loss, and how steps are made of gradients.

A workload travels to the worker processes as the plain numbers that are its fields; start and data
are drawn there, from a fixed seed, so that all train the same to the last bit.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Layers = list[tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class Workload:
    """A training.

    Attributes:
        epochs: how many times to go through the data.
        sizes: the width of each layer, the input first.
        activation: between the layers, by its name in ``nn`` and PyTorch.
        loss: by its name in ``nn``; the mean over the samples.
        penalty: what the sum of all squared parameters is multiplied by and added to the loss.
        optimizer: by its name in ``nn`` and PyTorch.
        options: of the optimizer.
        batch_size: samples in a step, drawn anew in each epoch; None for all of them.
    """

    epochs: int

    sizes: ClassVar[list[int]]
    activation: ClassVar[str]
    loss: ClassVar[str]
    penalty: ClassVar[float] = 0.0
    optimizer: ClassVar[str]
    options: ClassVar[dict[str, Any]]
    batch_size: ClassVar[int | None] = None

    @functools.cached_property
    def data(self) -> tuple[FloatArray, npt.NDArray[Any]]:
        """The samples, shape (N, inputs), and the targets, shape (N,)."""
        raise NotImplementedError

    def rate(self, epoch: int) -> float:
        """What the learning rate is multiplied by in an epoch counted from 0."""
        return 1.0

    def start(self) -> Layers:
        """The weights, of shape (outputs, inputs), and the biases of each layer at the start."""
        rng = np.random.default_rng(1)
        return [
            (rng.normal(0.0, nin**-0.5, (nout, nin)), rng.normal(0.0, 0.1, nout))
            for nin, nout in pairwise(self.sizes)
        ]

    def batches(self) -> Iterator[list[npt.NDArray[np.int64]]]:
        """For each epoch the indices of each batch's samples, as ``nn.fit`` draws them from 0."""
        rng = np.random.Generator(np.random.PCG64(0))
        samples = len(self.data[0])
        size = self.batch_size or samples
        for _ in range(self.epochs):
            order = rng.permutation(samples) if self.batch_size else np.arange(samples)
            yield [order[first : first + size] for first in range(0, samples, size)]


class XOR(Workload):
    """The exclusive or; of arithmetic that micrograd has, too."""

    sizes: ClassVar[list[int]] = [2, 4, 1]
    activation = "relu"
    loss = "mse_loss"
    optimizer = "SGD"
    options: ClassVar[dict[str, Any]] = {"lr": 0.05, "momentum": 0.9}

    @functools.cached_property
    def data(self) -> tuple[FloatArray, FloatArray]:
        """Four points."""
        return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1, 1, 0])


class Moons(Workload):
    """micrograd's demo notebook: a hundred points, hinge and L2, rates from 1 to 0.1."""

    sizes: ClassVar[list[int]] = [2, 16, 16, 1]
    activation = "relu"
    loss = "hinge_loss"
    penalty = 1e-4
    optimizer = "SGD"
    options: ClassVar[dict[str, Any]] = {"lr": 1.0}

    @functools.cached_property
    def data(self) -> tuple[FloatArray, FloatArray]:
        """Two moons."""
        from benchmarks.workloads.two_moons import two_moons

        return two_moons(100, np.random.default_rng(0))

    def rate(self, epoch: int) -> float:
        """From 1 to 0.1 in a hundred epochs."""
        return 1.0 - 0.9 * epoch / 100


class Digits(Workload):
    """Handwritten digits, as in ``demos.digits``."""

    sizes: ClassVar[list[int]] = [64, 32, 10]
    activation = "tanh"
    loss = "cross_entropy"
    optimizer = "AdamW"
    options: ClassVar[dict[str, Any]] = {"lr": 0.01, "weight_decay": 0.3}
    batch_size = 64

    @functools.cached_property
    def data(self) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        """The 1,437 images that the demo learns from; all of them are scikit-learn's."""
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
        return images[:1437] / 16.0, labels[:1437]

    def rate(self, epoch: int) -> float:
        """Half a cosine in a hundred epochs."""
        return 0.5 * (1.0 + math.cos(math.pi * epoch / 100))
