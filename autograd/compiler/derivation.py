"""What can be computed of a recorded function besides its value and gradient.

A derivation appends to the tape of a recording what it wants to know, and says where each number of
the result is to be found. The names and the meaning are those of ``autograd.transforms``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.compiler.differentiate import differentiate, pull_back
from autograd.compiler.execution import check_one_number
from autograd.compiler.partials import Derivatives
from autograd.compiler.push_forward import push_forward
from autograd.compiler.record import Recording
from autograd.compiler.results import (
    Argument,
    Differentiated,
    Make,
    Matrix,
    Reserve,
    Results,
    like_arguments,
    like_pairs,
    slots_of,
    unbatched,
)
from autograd.compiler.simplify import simplify
from autograd.compiler.symbol import Symbol
from autograd.compiler.tape import INPUT


@dataclass(frozen=True)
class Derivation(ABC):
    """Derivatives with respect to some of a function's arguments.

    Attributes:
        argnums: which.
        several: whether there is a tuple of derivatives, one for each of them.
        count: the number of the function's arguments. Tangents and cotangents, which follow them
            in the recording, are not among them.
    """

    argnums: tuple[int, ...]
    several: bool
    count: int

    @abstractmethod
    def of(self, recording: Recording, arguments: Sequence[Argument], reserve: Reserve) -> Results:
        """Derive from a recording.

        Args:
            recording: the function, recorded; tangents and cotangents are arguments too.
            arguments: what these arguments are like.
            reserve: where results get their addresses.
        """

    def differentiated(self, arguments: Sequence[Argument]) -> Differentiated:
        """The arguments ``argnums``."""
        return Differentiated([arguments[i] for i in self.argnums], self.several)

    def variables(self, recording: Recording) -> list[int]:
        """The nodes of their leaves."""
        return [node for i in self.argnums for node in recording.arguments[i]]

    def check_tangents(self, arguments: Sequence[Argument]) -> None:
        """Compare tangents with what they belong to.

        Raises:
            ValueError: a tangent has another structure than its argument.
        """
        for i, (structure, _) in zip(self.argnums, arguments[self.count :], strict=True):
            if not arguments[i][0].root.matches(structure.root):
                raise ValueError(
                    f"the tangent of argument {i} should have the structure {arguments[i][0]}, "
                    f"not {structure}"
                )

    def pushed(self, recording: Recording, outputs: Sequence[int]) -> list[int]:
        """Push the tangents forward to outputs."""
        tangents = [node for nodes in recording.arguments[self.count :] for node in nodes]
        seeds: dict[int, Derivatives] = {
            node: {0: tangent}
            for node, tangent in zip(self.variables(recording), tangents, strict=True)
        }
        found = push_forward(recording.recorder, seeds, outputs)
        return [row[0] for row in _matrix(recording, found, [0])]


class Jvp(Derivation):
    """The value, and its derivative in a direction."""

    def of(self, recording: Recording, arguments: Sequence[Argument], reserve: Reserve) -> Results:
        """See ``Derivation``."""
        self.check_tangents(arguments)

        def nodes() -> list[int]:
            return recording.outputs + self.pushed(recording, recording.outputs)

        structure = recording.structure
        axes = unbatched(structure)
        slots = slots_of(structure, axes, reserve) + slots_of(structure, axes, reserve)

        def build(found: Sequence[Any]) -> Any:
            each = iter(found)
            return tuple([structure.build(lambda _: next(each)) for _ in range(2)])

        return Results(nodes, slots, build)


class Vjp(Derivation):
    """The pullback of a cotangent, which is the last argument of the recording."""

    def of(self, recording: Recording, arguments: Sequence[Argument], reserve: Reserve) -> Results:
        """See ``Derivation``.

        Raises:
            ValueError: the cotangent has another structure than the result.
        """
        structure, _ = arguments[self.count]
        if not recording.structure.root.matches(structure.root):
            raise ValueError(
                f"the cotangent should have the structure {recording.structure}, not {structure}"
            )

        def nodes() -> list[int]:
            seeds: dict[int, Any] = {}
            cotangents = recording.arguments[self.count]
            for output, node in zip(recording.outputs, cotangents, strict=True):
                cotangent = Symbol(recording.recorder, node)
                seeds[output] = seeds[output] + cotangent if output in seeds else cotangent
            return differentiate(recording.recorder, seeds, self.variables(recording))

        return like_arguments(nodes, self.differentiated(arguments), reserve)


class Hvp(Derivation):
    """The Hessian of a function of one number, times a vector: forward over reverse."""

    def of(self, recording: Recording, arguments: Sequence[Argument], reserve: Reserve) -> Results:
        """See ``Derivation``.

        Raises:
            TypeError: the function does not return one number.
        """
        check_one_number(recording.structure, "hvp")
        self.check_tangents(arguments)

        def nodes() -> list[int]:
            return self.pushed(recording, gradient_of(self, recording))

        return like_arguments(nodes, self.differentiated(arguments), reserve)


class Jacobian(Derivation):
    """All derivatives of all results, in the mode that takes fewer sweeps."""

    def of(self, recording: Recording, arguments: Sequence[Argument], reserve: Reserve) -> Results:
        """See ``Derivation``."""
        variables, outputs = self.variables(recording), recording.outputs

        def matrix() -> Matrix:
            if len(variables) < len(outputs):
                return _columns(recording, variables, outputs)
            seeds: dict[int, Derivatives] = {output: {} for output in outputs}
            for k, output in enumerate(outputs):
                seeds[output][k] = 1.0
            found = pull_back(recording.recorder, seeds, variables)
            transposed = _matrix(recording, found, range(len(outputs)))
            return [list(row) for row in zip(*transposed)] or [[] for _ in outputs]

        chosen = self.differentiated(arguments)

        def nest(make: Make) -> Any:
            return recording.structure.build(lambda row: chosen.row((0, row), make))

        rows = [(recording.structure, unbatched(recording.structure))]
        return like_pairs(nest, matrix, rows, chosen.arguments, reserve)


class Hessian(Derivation):
    """All second derivatives of a function of one number.

    Each pair of variables is computed once, so that the result is symmetric to the last bit.
    """

    def of(self, recording: Recording, arguments: Sequence[Argument], reserve: Reserve) -> Results:
        """See ``Derivation``.

        Raises:
            TypeError: the function does not return one number.
        """
        check_one_number(recording.structure, "hessian")

        def matrix() -> Matrix:
            gradient = gradient_of(self, recording)
            below = [(2 << i) - 1 for i in range(len(gradient))]  # no column after the diagonal
            half = _columns(recording, self.variables(recording), gradient, below)
            return [
                [row[j] if j <= i else half[j][i] for j in range(len(half))]
                for i, row in enumerate(half)
            ]

        chosen = self.differentiated(arguments)

        def nest(make: Make) -> Any:
            return chosen.nest(lambda k, row: chosen.row((k, row), make))

        return like_pairs(nest, matrix, chosen.arguments, chosen.arguments, reserve)


# Nodes of matrices
# -----------------


def gradient_of(derivation: Derivation, recording: Recording) -> list[int]:
    """Append the gradient, and simplify the tape before it is differentiated once more.

    What only the value needs is left out.
    """
    recorder = recording.recorder
    gradient = recording.append_gradient(derivation.variables(recording))
    old = recorder.tape
    count = len(gradient)
    recorder.tape, nodes = simplify(old, [*gradient, *recorder.conditions])
    gradient, recorder.conditions = nodes[:count], nodes[count:]
    inputs = [node for node, rule in enumerate(recorder.tape.rules) if rule is INPUT]

    def moved(nodes: Iterable[int]) -> list[int]:
        return [inputs[old.operands[node][0]] for node in nodes]

    recorder.captured = dict(zip(recorder.captured, moved(recorder.captured.values())))
    recording.arguments = [moved(nodes) for nodes in recording.arguments]
    recording.outputs = []
    return gradient


def _columns(
    recording: Recording,
    variables: Sequence[int],
    outputs: Sequence[int],
    wanted: Sequence[int] | None = None,
) -> list[list[int]]:
    """The nodes of a Jacobian by one sweep forward, a direction for each variable."""
    seeds: dict[int, Derivatives] = {node: {j: 1.0} for j, node in enumerate(variables)}
    found = push_forward(recording.recorder, seeds, outputs, wanted)
    return _matrix(recording, found, range(len(variables)))


def _matrix(
    recording: Recording, found: Sequence[Mapping[int, int]], keys: Sequence[int]
) -> list[list[int]]:
    """For each mapping the nodes of all keys; of a zero where there is none."""
    zero = recording.recorder.node_of(0.0)
    return [[each.get(key, zero) for key in keys] for each in found]
