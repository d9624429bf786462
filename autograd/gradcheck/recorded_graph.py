"""The graph of a function, and the gradients that mistakes in backpropagation would give.

A mistake with the derivative of an activation, such as forgetting it, is made on purpose: the
gradient is computed with that local derivative replaced. No guess about layers, batches or
shapes is needed to compare the outcome with a gradient under test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from autograd import rules
from autograd.sweep import topological_order
from autograd.value import Value

ACTIVATIONS = (
    rules.sigmoid,
    rules.logsigmoid,
    rules.softplus,
    rules.tanh,
    rules.arctan,
    rules.relu,
    rules.leaky_relu,
    rules.elu,
    rules.selu,
    rules.gelu,
    rules.silu,
    rules.maximum,
)


class Activation(NamedTuple):
    """A place in the graph where a number a is made of a number z.

    Attributes:
        node: a.
        position: of the operand that depends on z: z itself, unless more lies between.
        slope_between: that operand's derivative with respect to z; 1 if it is z.
        name: of the activation.
        z: the input.
        derivative: of a with respect to z.
        formula: gives the derivative from output and input.
        derivative_at: gives the derivative at another input.
    """

    node: Value
    position: int
    slope_between: float
    name: str
    z: float
    derivative: float
    formula: Callable[[float, float], float]
    derivative_at: Callable[[float], float]


class RecordedGraph:
    """The graph from some variables to results.

    Attributes:
        order: its nodes, parents before children.
        uses: how often each variable is an operand.
        added: whether each variable is used and all that happens to it is that it is added.
    """

    def __init__(self, results: Sequence[Value], variables: Sequence[Value]) -> None:
        self.results = results
        self.variables = variables
        self.order = topological_order(*results, constants=False)
        self.uses = [0] * len(variables)
        self.added = [True] * len(variables)
        index = {variable: i for i, variable in enumerate(variables)}
        for node in self.order:
            for position, parent in enumerate(node.parents):
                if parent in index:
                    self.uses[index[parent]] += 1
                    self.added[index[parent]] &= _adds(node, position)
        self.added = [used > 0 and added for used, added in zip(self.uses, self.added, strict=True)]

    def gradient(self, replaced: dict[tuple[Value, int], float]) -> list[float]:
        """Return the gradient of the first result with some partials replaced.

        Args:
            replaced: partials by node and position of the operand.
        """
        adjoints: dict[Value, float] = {self.results[0]: 1.0}
        for node in reversed(self.order):
            adjoint = adjoints.get(node, 0.0)
            for i, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True)):
                local = replaced.get((node, i), partial)
                adjoints[parent] = adjoints.get(parent, 0.0) + adjoint * local
        return [adjoints.get(variable, 0.0) for variable in self.variables]

    def mistaken_gradients(self) -> Iterator[tuple[str, list[float]]]:
        """Yield mistakes with the activations' derivatives, each with the gradient it gives."""
        layers = self._layers()
        count = len(layers)
        hidden, everything = tuple(range(1, count)), tuple(range(1, count + 1))
        choices = dict.fromkeys([everything, hidden, *((layer,) for layer in everything)])
        for choice in choices:
            chosen = [activation for layer in choice for activation in layers[layer - 1]]
            if not chosen:
                continue
            names = "/".join(sorted({activation.name for activation in chosen}))
            place = ""
            if len(choice) < count:
                several = "s" if len(choice) > 1 else ""
                listed = ", ".join(map(str, choice))
                place = f" in activation layer{several} {listed} of {count}"
            for words, mistake in MISTAKES.items():
                replaced = {
                    (activation.node, activation.position): partial
                    for activation in chosen
                    if (partial := _mistaken_partial(activation, mistake)) is not None
                }
                yield f"the derivative of {names} {words}{place}", self.gradient(replaced)

    def _layers(self) -> list[list[Activation]]:
        """Return the activations by how many of them lie below, at most, on a path to a leaf."""
        depths: dict[Value, int] = {}
        layers: list[list[Activation]] = []
        for node in self.order:
            depth = max((depths.get(parent, 0) for parent in node.parents), default=0)
            activation = _activation(node)
            if activation is not None:
                depth += 1
                if depth > len(layers):
                    layers.append([])
                layers[depth - 1].append(activation)
            depths[node] = depth
        return layers


# What goes wrong, and the local derivative that it gives.
MISTAKES: dict[str, Callable[[Activation], float]] = {
    "is missing": lambda a: 1.0,
    "is applied twice": lambda a: a.derivative * a.derivative,
    "is taken at the output instead of the input": lambda a: a.derivative_at(a.node.data),
    "is written for the output but given the input": lambda a: a.formula(a.z, a.z),
}


def _mistaken_partial(
    activation: Activation, mistake: Callable[[Activation], float]
) -> float | None:
    """Return the partial of the node itself that makes the whole activation's that of a mistake."""
    try:
        return mistake(activation) / activation.slope_between
    except (ArithmeticError, ValueError):
        return None


def _adds(node: Value, position: int) -> bool:
    """Whether a node adds this operand to others."""
    if node.op == "dot":
        return len(node.parents) % 2 == 1 and position == len(node.parents) - 1
    return node.op in ("+", "sum")


def _activation(node: Value) -> Activation | None:
    """Return the node as an activation, if it is one."""
    rule, parents = node.rule, node.parents
    if rule is None:
        return None
    varied = [i for i, parent in enumerate(parents) if parent.requires_grad]
    if len(varied) != 1:
        return None
    if rule in ACTIVATIONS:
        (i,) = varied
        others = [parent.data for parent in parents]

        def formula(y: float, z: float) -> float:
            return float(rule.partials[i](y, *others[:i], z, *others[i + 1 :]))

        def derivative_at(z: float) -> float:
            return formula(rule.value(*others[:i], z, *others[i + 1 :]), z)

        return Activation(
            node, i, 1.0, rule.name, others[i], node.partials[i], formula, derivative_at
        )
    return _written_out_sigmoid(node)


def _written_out_sigmoid(node: Value) -> Activation | None:
    """Recognize 1 / (1 + exp(-z)); the position is that of the denominator."""
    if node.op != "/" or node.parents[0].data != 1.0:
        return None
    exponentials = [parent for parent in node.parents[1].parents if parent.op == "exp"]
    if node.parents[1].op != "+" or len(exponentials) != 1:
        return None
    exponential = exponentials[0]
    ones = [parent.data for parent in node.parents[1].parents if parent is not exponential]
    negated = exponential.parents[0]
    if ones != [1.0] or negated.op != "neg":
        return None

    def formula(y: float, z: float) -> float:
        return y * (1.0 - y)

    def derivative_at(z: float) -> float:
        y = float(rules.sigmoid.value(z))
        return formula(y, z)

    return Activation(
        node,
        1,
        -exponential.data,
        "sigmoid",
        negated.parents[0].data,
        formula(node.data, 0.0),
        formula,
        derivative_at,
    )
