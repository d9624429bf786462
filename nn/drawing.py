"""`draw`: a network with its numbers, as a page to play with."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Value
from nn.arrays import as_objects
from nn.losses import loss_function
from nn.module import Module

if TYPE_CHECKING:
    from autograd.draw import Page

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def draw(
    model: Module,
    x: Any,
    target: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    loss: str | Callable[..., Any] = "mse_loss",
    title: str | None = None,
    learning_rate: float = 0.01,
    note: str = "",
) -> Page:
    """Return a page that shows a network as neurons and weights, for one sample.

    In each neuron stands its output, and below it δ, the gradient of the loss with respect to the
    weighted sum that the neuron takes the activation of. In the backward pass the δ appear from
    right to left. It is the page of ``autograd.draw.page``: with playback, sliders for weights and
    inputs, descent, and the whole graph behind the network.

    Args:
        model: an MLP, or another module whose units are ``nn.Neuron`` or of ``nn.Linear``.
        x: one sample.
        target: what the model's output should be, as the loss takes it.
        path: where to write the page, an HTML file; None only returns it.
        loss: a name in ``nn.LOSSES``, or a function of the model's output and the target.
        title: of the page; by default what the module is and the loss.
        learning_rate: what the slider of the learning rate begins with.
        note: what to say beside the picture.

    Raises:
        TypeError: ``model`` is not a Module, or the loss is no Value.
        ValueError: there is no such loss, there are no neurons, or too many to draw, or the
            learning rate is not positive.
        OSError, ImportError, RendererNotFoundError, RenderingError: as for
            ``autograd.draw.page``.
    """
    from autograd.draw import page

    if not isinstance(model, Module):
        raise TypeError(f"a Module is drawn, not the {type(model).__name__} {model!r:.60}")
    compare = loss_function(loss)
    inputs = as_objects(x, "x")
    inputs = np.array(
        [
            item if isinstance(item, Value) else Value(item, name, requires_grad=False)
            for item, name in zip(inputs.ravel(), _names("x", inputs.size))
        ],
        dtype=object,
    ).reshape(inputs.shape)
    output = model(inputs.tolist())
    _label("o", output)
    error = compare(output, target)
    if not isinstance(error, Value):
        raise TypeError(f"the loss should be a Value, not the {type(error).__name__} {error!r:.60}")
    error.label = error.label or "E"
    return page(
        error,
        path,
        title=title or f"{type(model).__name__}, {error.label}",
        parameters=model.parameters(),
        view="network",
        learning_rate=learning_rate,
        note=note,
    )


def _names(letter: str, count: int) -> list[str]:
    if count == 1:
        return [letter]
    return [letter + str(i + 1).translate(_SUBSCRIPTS) for i in range(count)]


def _label(letter: str, outputs: Any) -> None:
    values = as_objects(outputs, "outputs").ravel()
    for value, name in zip(values, _names(letter, values.size)):
        if isinstance(value, Value) and not value.label:
            value.label = name
