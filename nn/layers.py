"""Neuron, Linear, MLP, Sequential and Residual.

A module is called with one sample: a list, tuple or array of numbers or Values. A ``Neuron``
returns one Value, a ``Linear`` always a list (also of one), and an ``MLP`` what reads best: one
Value if it has one output, else a list.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd import Value, dot
from nn import init as _init
from nn.activations import activation_module
from nn.arrays import Seed, ValueArray, generator, input_vector
from nn.init import Initializer, initializer
from nn.module import Module

ActivationLike = str | Module | Callable[[Any], Any]


def _values(*shape: int) -> ValueArray:
    """Return an array of new parameters, all zero."""
    array = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        array[index] = Value(0.0)
    return array


def _initialize(
    weight: ValueArray, bias: ValueArray | None, init: str | Initializer | None, seed: Seed
) -> None:
    """Set a layer's parameters: by default both as PyTorch's ``Linear``, else biases to zero."""
    rng = generator(seed)
    if init is not None:
        initializer(init)(weight, seed=rng)
        return
    bound = 1.0 / math.sqrt(weight.shape[-1])
    _init.uniform_(weight, -bound, bound, seed=rng)
    if bias is not None:
        _init.uniform_(bias, -bound, bound, seed=rng)


def _count(number: object, name: str) -> int:
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
        raise TypeError(f"{name} is an int, not {number!r}")
    if number < 1:
        raise ValueError(f"{name} must be at least 1, got {number}")
    return int(number)


class Neuron(Module):
    """One unit: the activation of Σ wᵢ xᵢ + b, with the sum as one node of the graph.

    Args:
        in_features: how many inputs it has.
        activation: a name in ``nn.ACTIVATIONS``, a Module, or a function of one number.
        bias: whether there is b.
        init: how the weights start; see ``Linear``.
        seed: an int, or a ``numpy.random.Generator`` to draw on.

    Attributes:
        weight: array of Values, shape (in_features,).
        bias: a Value, or None.

    Called with ``in_features`` numbers or Values, it returns a Value.
    """

    def __init__(
        self,
        in_features: int,
        activation: ActivationLike = "identity",
        bias: bool = True,
        *,
        init: str | Initializer | None = None,
        seed: Seed = None,
    ) -> None:
        self.in_features = _count(in_features, "in_features")
        self.weight = _values(self.in_features)
        biases = _values(1) if bias else None
        self.bias: Value | None = None if biases is None else biases[0]
        self.activation = activation_module(activation)
        _initialize(self.weight, biases, init, seed)

    def forward(self, x: Any) -> Any:
        """Return the unit's output for one sample."""
        inputs = input_vector(x, self.in_features, type(self).__name__)
        return self.activation(dot(self.weight, inputs, self.bias))

    def extra_repr(self) -> str:
        """The number of inputs."""
        return f"in_features={self.in_features}, bias={self.bias is not None}"


class Linear(Module):
    """A layer of linear units, W x + b: one node of the graph for each unit.

    Args:
        in_features: how many inputs it has.
        out_features: how many units, and so outputs.
        bias: whether there is b.
        init: how the weights start: a name in ``nn.init.INITIALIZERS`` or a function called as
            ``init(weight, seed=generator)``, such as ``functools.partial(nn.init.normal_,
            std=0.5)``; biases then start at zero. By default weights and biases both come from
            U(−1/√in_features, 1/√in_features), as in PyTorch.
        seed: an int, or a ``numpy.random.Generator`` to draw on: weights first, in rows.

    Attributes:
        weight: array of Values, shape (out_features, in_features).
        bias: array of Values, shape (out_features,), or None.

    Called with ``in_features`` numbers or Values, it returns a list of ``out_features`` Values.

    Raises:
        ValueError: a number of features is below 1, or no initializer has the name given.
        TypeError: a number of features is not an int.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        init: str | Initializer | None = None,
        seed: Seed = None,
    ) -> None:
        self.in_features = _count(in_features, "in_features")
        self.out_features = _count(out_features, "out_features")
        self.weight = _values(self.out_features, self.in_features)
        self.bias = _values(self.out_features) if bias else None
        _initialize(self.weight, self.bias, init, seed)

    def forward(self, x: Any) -> list[Any]:
        """Return the outputs of all units for one sample."""
        inputs = input_vector(x, self.in_features, self)
        biases: Iterable[Value | None] = (
            [None] * self.out_features if self.bias is None else self.bias
        )
        return [dot(w, inputs, b) for w, b in zip(self.weight, biases, strict=True)]

    def extra_repr(self) -> str:
        """The numbers of inputs and outputs."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class MLP(Module):
    """A multilayer perceptron: linear layers with an activation after each.

    >>> model = MLP(2, [4, 1])
    >>> model([1.0, -1.0]).op
    'dot'
    >>> model.num_parameters()
    17

    Args:
        nin: how many inputs it has.
        nouts: how many units each layer has, the output layer last.
        activation: of the hidden layers; a name in ``nn.ACTIVATIONS``, a Module, or a function of
            one number.
        output_activation: of the output layer, likewise.
        bias: whether the units have biases.
        init: how the weights start; see ``Linear``.
        seed: an int, or a ``numpy.random.Generator`` to draw on: layer by layer.

    Attributes:
        layers: the list of Linear layers.
        activation, output_activation: the activations, as modules.

    Called with ``nin`` numbers or Values, it returns a Value if it has one output, else a list.

    Raises:
        ValueError: there is no layer, a size is below 1, or a name is not known.
        TypeError: sizes are not ints.
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: ActivationLike = "relu",
        output_activation: ActivationLike = "identity",
        bias: bool = True,
        *,
        init: str | Initializer | None = None,
        seed: Seed = None,
    ) -> None:
        sizes = _layer_sizes(nin, nouts)
        rng = generator(seed)
        self.layers = [
            Linear(n, m, bias, init=init, seed=rng)
            for n, m in zip(sizes[:-1], sizes[1:], strict=True)
        ]
        self.activation = activation_module(activation)
        self.output_activation = activation_module(output_activation)

    def forward(self, x: Any) -> Any:
        """Return the output, or the list of outputs, for one sample."""
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        outputs = self.output_activation(self.layers[-1](x))
        return outputs[0] if _is_sequence(outputs) and len(outputs) == 1 else outputs


def _layer_sizes(nin: int, nouts: Sequence[int]) -> list[int]:
    if isinstance(nouts, (str, bytes)) or not isinstance(nouts, Iterable):
        raise TypeError(
            f"nouts is a list with the size of each layer, such as [4, 1], not {nouts!r}"
        )
    sizes = [_count(n, f"nouts[{i}]") for i, n in enumerate(nouts)]
    if not sizes:
        raise ValueError("nouts is empty; at least one layer is wanted, such as [1]")
    return [_count(nin, "nin"), *sizes]


class Sequential(Module):
    """Modules one after the other, each called with what the one before returned.

    ``len``, indexing and iteration go over the modules. Their parameters are named by position, as
    in PyTorch: ``0.weight``.

    Raises:
        TypeError: an argument is not a Module.
    """

    def __init__(self, *modules: Module) -> None:
        for module in modules:
            _check_module(module)
        self._modules = list(modules)

    def members(self) -> Iterable[tuple[str, object]]:
        """The modules, named by position."""
        return [(str(i), module) for i, module in enumerate(self._modules)]

    def forward(self, x: Any) -> Any:
        """Return the last module's output."""
        for module in self._modules:
            x = module(x)
        return x

    def __len__(self) -> int:
        return len(self._modules)

    def __getitem__(self, index: int) -> Module:
        return self._modules[index]

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules)


class Residual(Module):
    """x + module(x), element by element.

    He, Zhang, Ren & Sun, "Deep residual learning for image recognition", CVPR 2016.

    Args:
        module: must return as many numbers as it is called with.

    Raises:
        ValueError: when called, if ``module`` returns another number of outputs.
        TypeError: ``module`` is not a Module.
    """

    def __init__(self, module: Module) -> None:
        _check_module(module)
        self.module = module

    def forward(self, x: Any) -> Any:
        """Return the sum: a list, or a Value if ``x`` is a single number."""
        outputs = self.module(x)
        if not _is_sequence(x):
            outputs = outputs[0] if _is_sequence(outputs) and len(outputs) == 1 else outputs
            return x + outputs
        outputs = outputs if _is_sequence(outputs) else [outputs]
        if len(outputs) != len(x):
            raise ValueError(
                f"a residual connection wants as many outputs as inputs: {len(x)} inputs, "
                f"{len(outputs)} outputs of {type(self.module).__name__}"
            )
        return [a + b for a, b in zip(x, outputs, strict=True)]


def _is_sequence(x: Any) -> bool:
    return isinstance(x, (list, tuple)) or bool(getattr(x, "ndim", False))


def _check_module(module: object) -> None:
    if not isinstance(module, Module):
        raise TypeError(
            f"a Module is wanted, not {module!r}; a function of one number becomes one by "
            "nn.Activation(function)"
        )
