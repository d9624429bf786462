"""Your quiz: derive the gradients of a two-layer network by hand, in NumPy.

The network, for n samples in rows:

    Z = X @ W1.T + b1          shape (n, 4); X is (n, 3), W1 is (4, 3), b1 is (4,)
    H = tanh(Z)                shape (n, 4)
    O = H @ W2.T + b2          shape (n, 2); W2 is (2, 4), b2 is (2,)
    L = mean((O - Y)**2)       one number: the mean over all n * 2 outputs; Y is (n, 2)

Go backward, from the last line to the first. dO stands for the derivative of L by every number in
O, an array of the shape of O; and so on. Replace each None by NumPy, using what you found before.
Then run:  python -m demos.ninja
"""

from __future__ import annotations

from typing import Any

import numpy as np


def backward(X: Any, Y: Any, W1: Any, b1: Any, W2: Any, b2: Any, Z: Any, H: Any, O: Any) -> Any:  # noqa: E741
    """Return the derivatives of L. Z, H and O are those of the forward pass."""
    dO = None  # shape (n, 2)
    dW2 = None  # shape (2, 4)
    db2 = None  # shape (2,)
    dH = None  # shape (n, 4)
    dZ = None  # shape (n, 4)
    dW1 = None  # shape (4, 3)
    db1 = None  # shape (4,)
    return {"dO": dO, "dW2": dW2, "db2": db2, "dH": dH, "dZ": dZ, "dW1": dW1, "db1": db1}


def forward(X: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    """Return Z, H and O: to try things out; the check does not need it."""
    Z = X @ W1.T + b1
    H = np.tanh(Z)
    return Z, H, H @ W2.T + b2
