"""One linear neuron, ŷ = w x + b, and one step down the gradient of E = (y − ŷ)².

By the chain rule, ∂E/∂ŷ = −2 (y − ŷ), ∂E/∂w = ∂E/∂ŷ · x, and ∂E/∂b = ∂E/∂ŷ.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from autograd import Value
from demos.tables import heading, table
from nn import manual

W, B, X, Y, ETA = 1.0, 0.0, 2.1, 4.0, 0.01


@dataclass(frozen=True)
class Figures:
    """Everything there is to know about the neuron, and E after the step."""

    y_hat: float
    E: float
    dE_dy_hat: float
    dE_dw: float
    dE_db: float
    new_w: float
    new_b: float
    new_E: float


#: As published, rounded as they were.
PUBLISHED = Figures(2.1, 3.61, -3.8, -7.98, -3.8, 1.0798, 0.038, 2.87)


def by_engine() -> Figures:
    """Return the figures by automatic differentiation."""
    w, b = Value(W, "w"), Value(B, "b")
    y_hat = w * X + b
    E = (Y - y_hat) ** 2
    E.backward()
    new_w, new_b = w.data - ETA * w.grad, b.data - ETA * b.grad
    new_E = (Y - (new_w * X + new_b)) ** 2
    return Figures(y_hat.data, E.data, y_hat.grad, w.grad, b.grad, new_w, new_b, new_E)


def by_hand() -> Figures:
    """Return the figures by ``nn.manual``."""

    def neuron(w: float, b: float) -> tuple[float, float, float, float, float]:
        batch = [[[w]]], [[b]], [[X]], [[Y]]
        E, dE_dW, dE_dB = manual.gradients(*batch, activation="identity", loss="mse_loss")
        # δ = ∂E/∂z, and the unit is linear: ŷ = z.
        delta = manual.deltas(*batch, activation="identity", loss="mse_loss")
        y_hat = manual.forward(*batch[:3], activation="identity").output
        return y_hat.item(), E, delta[0].item(), dE_dW[0].item(), dE_dB[0].item()

    y_hat, E, dE_dy_hat, dE_dw, dE_db = neuron(W, B)
    new_w, new_b = W - ETA * dE_dw, B - ETA * dE_db
    return Figures(y_hat, E, dE_dy_hat, dE_dw, dE_db, new_w, new_b, neuron(new_w, new_b)[1])


def run() -> None:
    """Print the figures."""
    names = ["ŷ", "E", "∂E/∂ŷ", "∂E/∂w", "∂E/∂b", "w − η ∂E/∂w", "b − η ∂E/∂b", "E after"]
    print(f"One linear neuron: w = {W:g}, b = {B:g}, x = {X}, y = {Y:g}, η = {ETA}")
    print(heading("All figures"))
    columns = [asdict(figures).values() for figures in (PUBLISHED, by_engine(), by_hand())]
    rows = [
        [name, f"{published:g}", f"{engine:.12g}", f"{hand:.12g}"]
        for name, published, engine, hand in zip(names, *columns, strict=True)
    ]
    print(table(["", "published", "engine", "by hand"], rows, align="lrrr"))
