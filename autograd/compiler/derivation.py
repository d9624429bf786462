"""What can be computed of a recorded function besides its value and gradient.

A derivation appends to the tape of a recording what it wants to know, and says where each number of
the result is to be found. The names and the meaning are those of ``autograd.transforms``.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd.compiler.differentiate import differentiate, pull_back
from autograd.compiler.execution import Slot, check_one_number
from autograd.compiler.partials import Derivatives
from autograd.compiler.push_forward import push_forward
from autograd.compiler.record import Recording
from autograd.compiler.simplify import simplify
from autograd.compiler.symbol import Symbol
from autograd.compiler.tape import INPUT
from autograd.structure import Block, Structure

#: The structure of one sample of an argument, and for each of its blocks the axis of the samples.
Argument = tuple[Structure, Sequence[int | None]]

#: The nodes of a matrix, row by row.
Matrix = list[list[int]]

#: Reserves addresses for an array of this shape (None for a number) of which the samples are added
#: up where that is asked for, or, if False, never are; they get this axis then.
Reserve = Callable[[tuple[int, ...] | None, bool, int], Slot]


class Results(NamedTuple):
    """What comes of a derivation.

    Attributes:
        nodes: appends to the tape of the recording, and returns the nodes of the numbers, slot by
            slot. It is not called where a program in the cache knows them.
        slots: where the arrays and numbers of the result go.
        build: makes the result of what is found there.
    """

    nodes: Callable[[], list[int]]
    slots: list[Slot]
    build: Callable[[Sequence[Any]], Any]


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

    def unpacked(self, each: list[Any]) -> Any:
        """What there is for each of ``argnums``: one thing, or a tuple."""
        return tuple(each) if self.several else each[0]

    def differentiated(self, arguments: Sequence[Argument]) -> list[Argument]:
        """The arguments ``argnums``."""
        return [arguments[i] for i in self.argnums]

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
        slots = [slot for _ in range(2) for slot in _slots(structure, _shared(structure), reserve)]

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

        return _like_arguments(self, nodes, arguments, reserve)


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

        return _like_arguments(self, nodes, arguments, reserve)


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
            return recording.structure.build(lambda row: _across(self, (0, row), chosen, make))

        rows = [(recording.structure, _shared(recording.structure))]
        return _like_pairs(nest, matrix, rows, chosen, reserve)


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
            def row(k: int, block: Block) -> Any:
                return _across(self, (k, block), chosen, make)

            return _for_each(self, chosen, row)

        return _like_pairs(nest, matrix, chosen, chosen, reserve)


# Nodes of matrices
# -----------------


def gradient_of(derivation: Derivation, recording: Recording) -> list[int]:
    """Append the gradient, and simplify the tape before it is differentiated once more.

    What only the value needs is left out.
    """
    recorder, (output,) = recording.recorder, recording.outputs
    gradient = differentiate(recorder, {output: 1.0}, derivation.variables(recording))
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


# Where results go
# ----------------

#: A block of a function's result or of its arguments, and the number of the argument.
Part = tuple[int, Block]

#: Makes the part of a matrix that belongs to a row's block and a column's.
Make = Callable[[Part, Part], Any]


def _slots(structure: Structure, axes: Sequence[int | None], reserve: Reserve) -> list[Slot]:
    """Slots for the blocks of a structure, in order."""
    return [
        reserve(block.shape, axis is None, axis or 0)
        for (_, block), axis in zip(structure.root.blocks(""), axes, strict=True)
    ]


def _shared(structure: Structure) -> list[int | None]:
    """The axes of what does not run over samples."""
    return [None for _ in structure.root.blocks("")]


def _like_arguments(
    derivation: Derivation,
    nodes: Callable[[], list[int]],
    arguments: Sequence[Argument],
    reserve: Reserve,
) -> Results:
    """Results that are like the differentiated arguments."""
    chosen = derivation.differentiated(arguments)
    slots = [slot for structure, axes in chosen for slot in _slots(structure, axes, reserve)]

    def build(found: Sequence[Any]) -> Any:
        each = iter(found)
        return _for_each(derivation, chosen, lambda *_: next(each))

    return Results(nodes, slots, build)


def _like_pairs(
    nest: Callable[[Make], Any],
    matrix: Callable[[], Matrix],
    rows: Sequence[Argument],
    columns: Sequence[Argument],
    reserve: Reserve,
) -> Results:
    """Results that have an array for each pair of a row's block and a column's.

    Args:
        nest: makes the result of what it is told to make of each pair.
        matrix: appends to the tape, and returns the nodes.
        rows: what the rows stand for.
        columns: likewise.
        reserve: where results get their addresses.
    """
    down, across = _Side(rows), _Side(columns)
    order: list[tuple[int, int]] = []
    slots: list[Slot] = []

    def place(row: Part, column: Part) -> None:
        shapes = row[1].shape, column[1].shape
        shape = None if shapes == (None, None) else (shapes[0] or ()) + (shapes[1] or ())
        slots.append(reserve(shape, down.is_shared(row) and across.is_shared(column), 0))
        for i in down.range(row):
            order.extend([(i, j) for j in across.range(column)])

    nest(place)

    def nodes() -> list[int]:
        found = matrix()
        return [found[i][j] for i, j in order]

    def build(found: Sequence[Any]) -> Any:
        each = iter(found)
        return nest(lambda *_: next(each))

    return Results(nodes, slots, build)


def _across(derivation: Derivation, row: Part, chosen: Sequence[Argument], make: Make) -> Any:
    """What a row has for the differentiated arguments."""
    return _for_each(derivation, chosen, lambda k, block: make(row, (k, block)))


def _for_each(
    derivation: Derivation, chosen: Sequence[Argument], make: Callable[[int, Block], Any]
) -> Any:
    """What ``make`` makes of each block, in the structure of the differentiated arguments."""
    return derivation.unpacked(
        [structure.build(functools.partial(make, k)) for k, (structure, _) in enumerate(chosen)]
    )


class _Side:
    """What the rows or the columns of a matrix stand for."""

    def __init__(self, arguments: Sequence[Argument]) -> None:
        self._offsets = [0]
        self._axes: dict[tuple[int, int], int | None] = {}
        for k, (structure, axes) in enumerate(arguments):
            self._offsets.append(self._offsets[k] + structure.size)
            for (_, block), axis in zip(structure.root.blocks(""), axes, strict=True):
                self._axes[k, block.start] = axis

    def range(self, part: Part) -> range:
        """The rows or columns of a block."""
        k, block = part
        return range(self._offsets[k] + block.start, self._offsets[k] + block.stop)

    def is_shared(self, part: Part) -> bool:
        """Whether a block is the same for all samples."""
        k, block = part
        return self._axes[k, block.start] is None
