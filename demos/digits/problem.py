"""The images, the network, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

import nn
from nn import manual

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CLASSES = 10
SIDE = 8
HIDDEN = 32
ACTIVATION = "tanh"

#: How many of the images are held out: a fifth.
HELD_OUT = 360


@dataclass(frozen=True)
class Setup:
    """What decides how the training goes.

    Attributes:
        epochs: how many times to go through the images.
        batch_size: how many images go into one step.
        lr: the learning rate at first; it falls to zero along half a cosine.
        weight_decay: λ of AdamW. It takes the weights to zero that no image needs, such as those
            of the corners.
        seed: of the initial weights, of the order of the images, and of which are held out.
    """

    epochs: int = 60
    batch_size: int = 64
    lr: float = 0.01
    weight_decay: float = 0.3
    seed: int = 0


class Digits(NamedTuple):
    """Images, shape (N, 64), with gray levels from 0 to 1, and the digit in each, shape (N,)."""

    images: FloatArray
    labels: IntArray


def load(seed: int) -> tuple[Digits, Digits]:
    """Return the images to learn from, and those held out, with as many of each digit.

    They are the 1,797 that scikit-learn brings along: the test set of Alpaydin & Kaynak, "Optical
    recognition of handwritten digits", UCI Machine Learning Repository, 1998. Forty-three people
    wrote them.

    Raises:
        ImportError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise ImportError(
            'the images are in scikit-learn: pip install "scalar-autodiff[demos]"'
        ) from error
    images, labels = load_digits(return_X_y=True)
    parts = train_test_split(
        images / 16.0, labels, test_size=HELD_OUT, random_state=seed, stratify=labels
    )
    return Digits(parts[0], parts[2]), Digits(parts[1], parts[3])


def build_model(setup: Setup) -> nn.MLP:
    """Return the network at its start."""
    return nn.MLP(SIDE * SIDE, [HIDDEN, CLASSES], activation=ACTIVATION, seed=setup.seed)


def train(
    setup: Setup,
    model: nn.MLP,
    digits: Digits,
    *,
    compiled: bool,
    epochs: int | None = None,
    callbacks: tuple[nn.training.Callback, ...] = (),
) -> nn.History:
    """Train a model, for some of the epochs if so many are given."""
    optimizer = nn.AdamW(model.parameters(), lr=setup.lr, weight_decay=setup.weight_decay)
    return nn.fit(
        model,
        digits.images,
        digits.labels,
        loss="cross_entropy",
        optimizer=optimizer,
        epochs=setup.epochs if epochs is None else epochs,
        batch_size=setup.batch_size,
        seed=setup.seed,
        scheduler=nn.CosineAnnealingLR(optimizer, setup.epochs),
        callbacks=callbacks,
        compiled=compiled,
    )


def layer_arrays(model: nn.MLP) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return weights and biases, an array for each layer, as ``nn.manual`` wants them."""
    state = model.state_dict()
    return (
        [state["layers.0.weight"], state["layers.1.weight"]],
        [state["layers.0.bias"], state["layers.1.bias"]],
    )


def read(model: nn.MLP, images: FloatArray) -> IntArray:
    """Return the digit that the model sees in each image."""
    passed = manual.forward(
        *layer_arrays(model), images, activation=ACTIVATION, output_activation="identity"
    )
    found: IntArray = passed.output.argmax(axis=1)
    return found


def confusion(labels: IntArray, found: IntArray) -> IntArray:
    """Return how often each digit (rows) was read as each (columns)."""
    counts = np.zeros((CLASSES, CLASSES), dtype=np.int64)
    np.add.at(counts, (labels, found), 1)
    return counts
