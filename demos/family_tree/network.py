"""The five-layer network of 1986, and its training.

D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by back-propagating
errors", Nature 323, 533-536, 1986: 24 people and 12 relations, each into 6 units of their own, then
12, then 6, then 24 people; all sigmoids. Trained for 1,500 sweeps with ε = 0.005 and α = 0.5, after
the first 20 with ε = 0.01 and α = 0.9, every weight 0.2 % smaller after each change, and no error
for units that should be on and are above 0.8, or should be off and are below 0.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

import autograd
import nn
from demos.descent_1986 import progress_bar, sweeps
from demos.family_tree.facts import NAMES, RELATIONS, Fact, encoded
from demos.xor.problem import FloatArray

PEOPLE, CODE, CENTRAL = len(NAMES), 6, 12

#: How many facts are held out.
HELD_OUT = 4

#: Above ON and below OFF there is no error.
ON, OFF = 0.8, 0.2


@dataclass(frozen=True)
class Setup:
    """What decides how a training goes.

    Attributes:
        sweeps: how many, each through all facts that are trained.
        spread: weights start from U(−spread, spread).
        rate_factor: ε is this times that of the paper.
        decay: the share by which every weight is made smaller after each change.
    """

    sweeps: int = 1500
    spread: float = 1.0
    rate_factor: float = 5.0
    decay: float = 0.002

    def rates(self, number: int) -> tuple[float, float]:
        """Return ε and α of a sweep."""
        epsilon, alpha = (0.005, 0.5) if number <= 20 else (0.01, 0.9)
        return self.rate_factor * epsilon, alpha


class FamilyTree(nn.Module):
    """The network: from 36 inputs, a person and a relation, to 24 outputs, the people."""

    def __init__(self) -> None:
        self.person = nn.Linear(PEOPLE, CODE, seed=0)
        self.relation = nn.Linear(len(RELATIONS), CODE, seed=0)
        self.central = nn.Linear(2 * CODE, CENTRAL, seed=0)
        self.penultimate = nn.Linear(CENTRAL, CODE, seed=0)
        self.output = nn.Linear(CODE, PEOPLE, seed=0)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Any) -> Any:
        """Return the outputs for one case."""
        coded = [*self.person(x[:PEOPLE]), *self.relation(x[PEOPLE:])]
        signals = self.sigmoid(coded)
        for layer in (self.central, self.penultimate, self.output):
            signals = self.sigmoid(layer(signals))
        return signals


def error(outputs: Any, desired: Any) -> Any:
    """Return ½ Σ of the squares by which outputs miss `ON` or `OFF`, whichever is desired."""
    o, d = np.asarray(outputs, dtype=object), np.asarray(desired, dtype=object)
    missed = [
        autograd.where(want > 0.5, autograd.maximum(0.0, ON - y), autograd.maximum(0.0, y - OFF))
        for y, want in zip(o.ravel(), d.ravel(), strict=True)
    ]
    return 0.5 * autograd.dot(missed, missed)


def parts(w: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """Return weights and biases of the five layers, in the order of the module's parameters."""
    shapes = [
        (CODE, PEOPLE),
        (CODE, len(RELATIONS)),
        (CENTRAL, 2 * CODE),
        (CODE, CENTRAL),
        (PEOPLE, CODE),
    ]
    sizes = [size for n_out, n_in in shapes for size in (n_out * n_in, n_out)]
    arrays = np.split(w, np.cumsum(sizes)[:-1])
    return [(arrays[2 * i].reshape(shape), arrays[2 * i + 1]) for i, shape in enumerate(shapes)]


def outputs(w: FloatArray, X: FloatArray) -> FloatArray:
    """Return the outputs for many cases, in NumPy."""
    (W_person, b_person), (W_relation, b_relation), *layers = parts(w)
    coded = [X[:, :PEOPLE] @ W_person.T + b_person, X[:, PEOPLE:] @ W_relation.T + b_relation]
    signals = _sigmoid(np.concatenate(coded, axis=1))
    for W, b in layers:
        signals = _sigmoid(signals @ W.T + b)
    return signals


def _sigmoid(z: FloatArray) -> FloatArray:
    half: FloatArray = 0.5 * (1.0 + np.tanh(0.5 * z))
    return half


class Training(NamedTuple):
    """One network.

    Attributes:
        seed: of its start, and of which facts were held out.
        w: its weights.
        errors: E before each sweep, and after the last.
        trained, held_out: the facts, each with whether it is right in the end.
    """

    seed: int
    w: FloatArray
    errors: list[float]
    trained: list[tuple[Fact, bool]]
    held_out: list[tuple[Fact, bool]]


def right(w: FloatArray, asked: Sequence[Fact]) -> list[bool]:
    """Return for each fact whether those in it are the people with the highest outputs."""
    X, desired = encoded(asked)
    return [
        bool(y[d > 0.5].min() > y[d < 0.5].max())
        for y, d in zip(outputs(w, X), desired, strict=True)
    ]


def train(compiled: nn.CompiledLoss, known: Sequence[Fact], seed: int, setup: Setup) -> Training:
    """Train a network on all facts but four, drawn from the seed like its weights."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(known))
    held_out, trained = ([known[i] for i in part] for part in np.split(order, [HELD_OUT]))
    start = rng.uniform(-setup.spread, setup.spread, len(compiled.parameters))
    X, desired = encoded(trained)
    descent = sweeps(compiled, start, X, desired, rates=setup.rates, decay=setup.decay)
    errors: list[float] = []
    with progress_bar(setup.sweeps, f"seed {seed}") as advance:
        for sweep in descent:
            errors.append(sweep.E)
            if sweep.number == setup.sweeps:
                w = sweep.w
                break
            advance()
    pairs = (list(zip(part, right(w, part), strict=True)) for part in (trained, held_out))
    return Training(seed, w, errors, *pairs)
