"""Backpropagation written by hand: the independent witness for gradients of multilayer perceptrons.

Two derivations of the same gradients, neither of which uses automatic differentiation:

- `gradients`: the δ recursion on whole batches, in NumPy (`nn/manual/delta_recursion.py`);
- `gradients_by_weight`: one scalar formula per weight, in plain Python loops, as Rumelhart, Hinton
  and Williams wrote them in 1986 (`nn/manual/per_weight.py`).

They share the checks of their arguments and nothing else: activations and losses are written out
twice. The package imports NumPy only, nothing of `autograd` and nothing of the rest of `nn`, so
that agreement with either of those is evidence.

A network of L layers is a list of L weight matrices, `weights[l]` of shape `(n_out, n_in)` as in
PyTorch's `Linear`, and a list of L bias vectors of shape `(n_out,)`. A batch `X` has one row per
sample.

One linear neuron, w = 1 and b = 0, at the sample x = 2.1, y = 4 under the squared error:

>>> from nn import manual
>>> loss, weight_gradients, bias_gradients = manual.gradients(
...     [[[1.0]]], [[0.0]], [[2.1]], [[4.0]], activation="identity", loss="mse_loss"
... )
>>> print(f"{loss:.2f} {weight_gradients[0].item():.2f} {bias_gradients[0].item():.2f}")
3.61 -7.98 -3.80
"""

from nn.manual.activations import ACTIVATIONS, Activation
from nn.manual.delta_recursion import deltas, gradients
from nn.manual.losses import LOSSES, loss_value
from nn.manual.network import ForwardPass, Gradients, forward
from nn.manual.per_weight import gradients_by_weight

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "Activation",
    "ForwardPass",
    "Gradients",
    "deltas",
    "forward",
    "gradients",
    "gradients_by_weight",
    "loss_value",
]
