"""The same 2-H-1 network trained from many starts at once, in plain NumPy.

Forward pass and δ recursion are those of one network with one more axis, the start, in front; so
forty starts take little longer than one. That nothing got lost on the way is checked against the
engine, which trains single starts in its own way: ``difference_to_engine``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import NamedTuple

import numpy as np

import nn
from demos.xor.problem import FloatArray, X, Y
from nn.manual import ACTIVATIONS

#: Builds the network that a seed starts from.
Start = Callable[[int], nn.MLP]


@dataclass(frozen=True)
class Recipe:
    """How the networks are trained: gradient descent on all four points at each step.

    Attributes:
        activation: of the hidden units, a name in ``nn.manual.ACTIVATIONS``; the output is a
            sigmoid.
        loss: "binary_cross_entropy" or "half_squared_error".
        reduction: over the four points, "mean" or "sum".
        lr: the learning rate.
        momentum: what share of each step goes into the next.
        steps: how many.
        solved_below: the loss below which XOR counts as solved.
    """

    activation: str
    loss: str
    reduction: str
    lr: float
    momentum: float
    steps: int
    solved_below: float


class Networks(NamedTuple):
    """The parameters of S networks.

    Attributes:
        W1: shape (S, H, 2).
        b1: shape (S, H).
        W2: shape (S, 1, H).
        b2: shape (S, 1).
    """

    W1: FloatArray
    b1: FloatArray
    W2: FloatArray
    b2: FloatArray


class State(NamedTuple):
    """S networks and what they put out.

    Attributes:
        networks: the parameters.
        outputs: ŷ of the four points, shape (S, 4).
        losses: shape (S,).
    """

    networks: Networks
    outputs: FloatArray
    losses: FloatArray


def stack(models: Sequence[nn.MLP]) -> Networks:
    """Return the parameters of networks of the same shape, stacked."""
    states = [model.state_dict() for model in models]
    return Networks(*(np.stack([state[key] for state in states]) for key in states[0]))


def train(networks: Networks, recipe: Recipe) -> Iterator[State]:
    """Yield the networks before the first step, after it, after the second, and so on."""
    activation = ACTIVATIONS[recipe.activation]
    scale = len(X) if recipe.reduction == "mean" else 1
    velocity = Networks(*map(np.zeros_like, networks))
    while True:
        W1, b1, W2, b2 = networks
        z1 = X @ W1.swapaxes(1, 2) + b1[:, None]
        a1 = activation.value(z1)
        z2 = a1 @ W2.swapaxes(1, 2) + b2[:, None]
        y = ACTIVATIONS["sigmoid"].value(z2)
        if recipe.loss == "half_squared_error":
            losses = 0.5 * (y - Y) ** 2
            delta2 = (y - Y) * y * (1.0 - y) / scale
        else:
            losses = np.logaddexp(0.0, z2) - Y * z2  # −log ŷ, or −log(1 − ŷ) where the target is 0
            delta2 = (y - Y) / scale
        yield State(networks, y[:, :, 0], losses.sum(axis=(1, 2)) / scale)
        delta1 = delta2 @ W2 * activation.derivative(z1)
        gradients = Networks(
            delta1.swapaxes(1, 2) @ X, delta1.sum(1), delta2.swapaxes(1, 2) @ a1, delta2.sum(1)
        )
        velocity = Networks(
            *(recipe.momentum * v + g for v, g in zip(velocity, gradients, strict=True))
        )
        networks = Networks(*(p - recipe.lr * v for p, v in zip(networks, velocity, strict=True)))


@dataclass(frozen=True)
class Outcome:
    """How the training from one start ended.

    Attributes:
        seed: which start.
        solved_at: after how many steps the loss was below the recipe's bound for good; None if it
            was not at the end.
        loss: at the end.
        outputs: ŷ of the four points, shape (4,), at the end.
        parameters: of the network at the end, each of shape (1, …).
        solved_later: for one that was not solved, whether more steps did it: True says that it was
            only slow, False that it is in a local minimum; None if that was not tried.
    """

    seed: int
    solved_at: int | None
    loss: float
    outputs: FloatArray
    parameters: Networks
    solved_later: bool | None = None


def outcomes(
    models: Sequence[nn.MLP], seeds: Sequence[int], recipe: Recipe, patience: int = 0
) -> list[Outcome]:
    """Train networks of the same shape from where they stand; they stay there themselves.

    Args:
        models: the networks.
        seeds: what each was built from.
        recipe: how they are trained.
        patience: those that did not solve it are given so many more steps, to find out which of
            them are in a local minimum.
    """
    losses = []
    for state in islice(train(stack(models), recipe), recipe.steps + 1):
        losses.append(state.losses)
    solved = np.array(losses) < recipe.solved_below
    ended = []
    for i, seed in enumerate(seeds):
        unsolved = np.flatnonzero(~solved[:, i])
        at = int(unsolved[-1]) + 1 if unsolved.size else 0
        ended.append(
            Outcome(
                seed,
                at if at <= recipe.steps else None,
                float(state.losses[i]),
                state.outputs[i],
                Networks(*(parameter[i : i + 1] for parameter in state.networks)),
            )
        )
    return _given_patience(ended, recipe, patience) if patience else ended


def _given_patience(ended: list[Outcome], recipe: Recipe, patience: int) -> list[Outcome]:
    """Find out which of the unsolved would be solved after more steps."""
    unsolved = [i for i, outcome in enumerate(ended) if outcome.solved_at is None]
    if unsolved:
        each = zip(*(ended[i].parameters for i in unsolved), strict=True)
        networks = Networks(*(np.concatenate(parameters) for parameters in each))
        last = next(islice(train(networks, recipe), patience, None))
        for i, loss in zip(unsolved, last.losses, strict=True):
            ended[i] = replace(ended[i], solved_later=bool(loss < recipe.solved_below))
    return ended


def difference_to_engine(start: Start, seed: int, recipe: Recipe) -> float:
    """Train from one start with the engine, too.

    Returns:
        The largest difference between any parameter of the two networks after any of the steps.
    """
    model = start(seed)
    plain = train(stack([model]), recipe)
    next(plain)  # the start itself
    differences: list[float] = []

    def compare(epoch: int, loss: float) -> None:
        ours = stack([model])
        theirs = next(plain).networks
        differences.extend(np.abs(a - b).max() for a, b in zip(ours, theirs, strict=True))

    loss = recipe.loss
    if loss == "binary_cross_entropy":
        loss, model.output_activation = "binary_cross_entropy_with_logits", nn.Identity()
    else:
        model.output_activation = nn.Sigmoid()
    nn.fit(
        model,
        X,
        Y,
        loss=partial(nn.LOSSES[loss], reduction=recipe.reduction),
        optimizer=nn.SGD(model.parameters(), lr=recipe.lr, momentum=recipe.momentum),
        epochs=recipe.steps,
        callbacks=[compare],
        progress=False,
    )
    return float(max(differences))
