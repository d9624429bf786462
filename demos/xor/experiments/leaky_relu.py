"""A 2-4-1 network with leaky ReLU, followed through 5,000 epochs in three implementations.

The start is ``default_rng(42)``, ``standard_normal((2, 4)) * 0.1`` and then ``standard_normal((4,
1)) * 0.1``, with biases zero; the loss is binary cross-entropy, the learning rate 0.1, and every
epoch is one step on all four points.

With zero biases the point (0, 0) starts exactly on the kink of all four hidden units. The published
figures take the slope 1 there, as JAX does, and not 0.01, as PyTorch does; that touches one
gradient in 5,000, and decides the fourth digit at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

import nn
from autograd import Value, log, mean, sigmoid
from demos.tables import heading, paragraph, table
from demos.xor.network import layer_arrays
from demos.xor.problem import POINTS, FloatArray, X, Y
from nn import manual

EPOCHS, LR, EPSILON = 5000, 0.1, 1e-8

#: ŷ of the four points and the loss in the last epoch's forward pass. The third figure is one unit
#: off in its last digit: the trajectory passes through 0.99853337, in 80-bit arithmetic too.
PUBLISHED_OUTPUTS = [7.8652e-4, 0.998427, 0.998534, 0.0127134]
PUBLISHED_LOSS = 0.00415587

#: W1, b1, W2, b2 in the shapes of ``nn.Linear``: (4, 2), (4,), (1, 4), (1,).
Parameters = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def start() -> Parameters:
    """Return the parameters before the first epoch."""
    rng = np.random.default_rng(42)
    W1 = rng.standard_normal((2, 4)) * 0.1
    W2 = rng.standard_normal((4, 1)) * 0.1
    return W1.T, np.zeros(4), W2.T, np.zeros(1)


def in_plain_numpy(epsilon: float = 0.0) -> Iterator[Parameters]:
    """Yield the parameters before the first epoch, after it, and so on, in NumPy and nothing else.

    Args:
        epsilon: added to the numbers in the logarithms of the loss that is differentiated. With 0
            its derivative by the logit is ŷ − y.
    """
    W1, b1, W2, b2 = start()
    while True:
        yield W1, b1, W2, b2
        z1 = X @ W1.T + b1
        h = np.where(z1 >= 0.0, z1, 0.01 * z1)
        y = 1.0 / (1.0 + np.exp(-(h @ W2.T + b2)))
        delta2 = (y - Y) / 4.0
        if epsilon:
            slopes = (1.0 - Y) / (1.0 - y + epsilon) - Y / (y + epsilon)
            delta2 = slopes * y * (1.0 - y) / 4.0
        delta1 = delta2 @ W2 * np.where(z1 >= 0.0, 1.0, 0.01)
        W1, b1 = W1 - LR * delta1.T @ X, b1 - LR * delta1.sum(axis=0)
        W2, b2 = W2 - LR * delta2.T @ h, b2 - LR * delta2.sum(axis=0)


def by_hand() -> Iterator[Parameters]:
    """Yield the same parameters as ``nn.manual`` computes them."""
    W1, b1, W2, b2 = start()
    while True:
        yield W1, b1, W2, b2
        _, (dW1, dW2), (db1, db2) = manual.gradients(
            [W1, W2],
            [b1, b2],
            X,
            Y,
            activation="leaky_relu",
            output_activation="sigmoid",
            loss="binary_cross_entropy",
        )
        W1, b1, W2, b2 = W1 - LR * dW1, b1 - LR * db1, W2 - LR * dW2, b2 - LR * db2


def model_at(parameters: Parameters) -> nn.MLP:
    """Return the network with these parameters; its output is the logit of ŷ."""
    model = nn.MLP(2, [4, 1], activation="leaky_relu")
    model.load_state_dict(dict(zip(model.state_dict(), parameters, strict=True)))
    return model


def by_engine(epochs: int = EPOCHS) -> list[Parameters]:
    """Return the parameters before the first epoch and after each, as ``nn.fit`` trains them."""
    model = model_at(start())
    trajectory = [start()]

    def record(epoch: int, loss: float) -> None:
        (W1, W2), (b1, b2) = layer_arrays(model)
        trajectory.append((W1, b1, W2, b2))

    nn.fit(
        model,
        X,
        Y,
        loss="binary_cross_entropy_with_logits",
        optimizer=nn.SGD(model.parameters(), lr=LR),
        epochs=epochs,
        callbacks=[record],
        progress=False,
    )
    return trajectory


def outputs(parameters: Parameters) -> FloatArray:
    """Return ŷ of the four points, shape (4,), by the engine."""
    model = model_at(parameters)
    return np.array([sigmoid(model(x)).item() for x in X])


def reported_loss(y: FloatArray) -> float:
    """Return the loss as it was published: with 1e-8 inside the logarithms."""
    t = Y[:, 0]
    return float(-np.mean(t * np.log(y + EPSILON) + (1.0 - t) * np.log(1.0 - y + EPSILON)))


def difference(a: Parameters, b: Parameters) -> float:
    """Return the largest difference between any parameter in a and in b."""
    return float(max(np.abs(p - q).max() for p, q in zip(a, b, strict=True)))


def gradient_differences(parameters: Parameters) -> tuple[float, float]:
    """Compare the exact gradient with that of the loss that has 1e-8 inside its logarithms.

    Returns:
        The largest difference of any of the 17 entries; and the same as a share of the largest
        entry of the exact gradient.
    """
    exact = model_at(parameters)
    nn.binary_cross_entropy_with_logits([exact(x) for x in X], Y[:, 0]).backward()
    other = model_at(parameters)
    _loss_with_epsilon(other).backward()
    pairs = list(zip(exact.parameters(), other.parameters(), strict=True))
    largest = max(abs(p.grad - q.grad) for p, q in pairs)
    return largest, largest / max(abs(p.grad) for p, _ in pairs)


def _loss_with_epsilon(model: nn.MLP) -> Value:
    y = [sigmoid(model(x)) for x in X]
    losses = [
        -log(y_i + EPSILON) if target else -log(1.0 - y_i + EPSILON)
        for y_i, target in zip(y, Y[:, 0], strict=True)
    ]
    loss: Value = mean(losses)
    return loss


@dataclass(frozen=True)
class Result:
    """What the experiment found.

    Attributes:
        engine: the engine's trajectory: the start, and the parameters after each epoch.
        engine_to_numpy: after each epoch, the largest difference of a parameter between the
            engine's network and the one in plain NumPy.
        hand_to_numpy: the same for ``nn.manual``.
        epsilon_to_numpy: the same for plain NumPy with 1e-8 inside the differentiated loss.
    """

    engine: list[Parameters]
    engine_to_numpy: list[float]
    hand_to_numpy: list[float]
    epsilon_to_numpy: list[float]


def compare(epochs: int = EPOCHS) -> Result:
    """Follow all trajectories."""
    engine = by_engine(epochs)
    plain = list(islice(in_plain_numpy(), epochs + 1))
    return Result(
        engine,
        [difference(a, b) for a, b in zip(engine, plain, strict=True)],
        [difference(a, b) for a, b in zip(by_hand(), plain, strict=False)],
        [difference(a, b) for a, b in zip(in_plain_numpy(EPSILON), plain, strict=False)],
    )


def run() -> None:
    """Print the trajectory, the published figures, and all differences."""
    print("2-4-1, leaky ReLU, binary cross-entropy, learning rate 0.1, 5,000 epochs")
    result = compare()
    print(heading("The engine's forward pass in some epochs"))
    rows = []
    for epoch in (1, 10, 100, 500, 1000, 2000, 3000, 4000, 5000):
        y = outputs(result.engine[epoch - 1])  # the forward pass comes before the step
        rows.append([f"{epoch}", *(f"{y_i:.8f}" for y_i in y), f"{reported_loss(y):.8f}"])
    published = [f"{figure:.9g}" for figure in (*PUBLISHED_OUTPUTS, PUBLISHED_LOSS)]
    rows.append(["published", *published])
    print(table(["epoch", *(f"ŷ({point})" for point in POINTS), "loss"], rows, align="lrrrrr"))
    print(
        paragraph(
            "The loss is reported with 1e-8 inside its logarithms. The published ŷ(10) is one unit "
            "off in its last digit; 80-bit arithmetic gives 0.99853337, too."
        )
    )
    print(heading("Compared with plain NumPy after every epoch"))
    rows = [
        ["the engine", f"{max(result.engine_to_numpy):.1e}"],
        ["nn.manual", f"{max(result.hand_to_numpy):.1e}"],
        ["NumPy with 1e-8 inside the loss", f"{max(result.epsilon_to_numpy):.1e}"],
    ]
    print(table(["", "largest difference of any parameter"], rows, align="ll"))
    at_start = gradient_differences(result.engine[0])
    at_end = gradient_differences(result.engine[EPOCHS - 1])
    print(
        paragraph(
            "With 1e-8 inside the loss that is differentiated, the gradient is a slightly "
            f"different one: in the first epoch by up to {at_start[0]:.1e} ({at_start[1]:.0e} of "
            f"its largest entry), in the last by {at_end[0]:.1e} ({at_end[1]:.0e})."
        )
    )
