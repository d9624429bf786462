"""Expansion: outlined operations become ordinary instructions again, after the loops are found.

An element and its derivatives of the same operands share most of what they compute. Together they
are one instruction with several results while the program is rolled, a ``Family``; then each such
instruction in a loop is replaced by the instructions of its body, with temporaries of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

from autograd.compiler.element import Element
from autograd.compiler.kernel import Shape
from autograd.compiler.lower import lower
from autograd.compiler.roll import Instruction, Item, Loop, Loops
from autograd.compiler.simplify import simplify
from autograd.compiler.symbol import Recorder, Symbol
from autograd.compiler.tape import Tape


class Body:
    """What the members of a family do, all together.

    Attributes:
        tape: the operations; its inputs are the operands.
        outputs: the nodes of the results.
        instructions: the same as instructions on the spaces ``operand``, ``result``, ``const`` and
            those of temporaries.
        temporaries: the sizes of the latter.
    """

    def __init__(self, members: Sequence[Element], positions: Sequence[int]) -> None:
        """State the members on one tape.

        Args:
            members: derivatives of the same element.
            positions: of the operands, of all members together.
        """
        recorder = Recorder()
        operands = {p: Symbol(recorder, recorder.tape.input(f"x{p}")) for p in positions}
        results = [member(*[operands[p] for p in member.positions]) for member in members]
        tape, nodes = simplify(recorder.tape, [recorder.node_of(x) for x in results])
        self.tape: Tape
        self.tape, self.outputs = simplify(*lower(tape, nodes))
        self.instructions: list[Instruction] = []
        self.temporaries: dict[str, int] = {}


class FamilyShape(NamedTuple):
    """What an instruction for a family does, and the spaces of its addresses.

    Attributes:
        body: what it does; each is made once.
        spaces: those of the results, then those of the operands.
        overwritten: for each result the operands whose place it takes; empty if none does.
    """

    body: Body
    spaces: tuple[str, ...]
    overwritten: tuple[tuple[int, ...], ...]


def expand(loops: Loops, sizes: dict[str, int], constants: list[float]) -> Loops:
    """Replace the instructions for families.

    Args:
        loops: a rolled program.
        sizes: of the spaces; they grow by what bodies need.
        constants: those of the program, to which those of bodies are added.
    """
    expander = _Expander(sizes, constants)
    items = [item for old in loops.items for item, _ in expander.item(old)]
    sizes["tmp"] += expander.temporaries
    sizes["const"] = len(constants)
    return Loops(items)


#: An item, and for each of its addresses which one of the former item's it is, or -1 if it is none
#: of them and stands still.
_Traced = tuple[Item, list[int]]


class _Expander:
    """Replaces items, and knows what new places that takes.

    Attributes:
        temporaries: how many addresses in ``tmp`` the bodies take.
    """

    def __init__(self, sizes: dict[str, int], constants: list[float]) -> None:
        self.temporaries = 0
        self._first = sizes["tmp"]
        self._constants = constants
        self._known = {struct.pack("d", x): i for i, x in reversed(list(enumerate(constants)))}
        self._bodies: dict[FamilyShape, list[tuple[Shape, list[int], list[int]]]] = {}

    def item(self, old: Item) -> list[_Traced]:
        """What takes the place of an item."""
        if isinstance(old, Loop):
            return [self._loop(old)]
        if not isinstance(old.shape, FamilyShape):
            return [(old, list(range(len(old.addresses))))]
        if old.shape not in self._bodies:
            self._bodies[old.shape] = self._body(old.shape)
        return [
            (
                Instruction(
                    shape, tuple([old.addresses[k] if k >= 0 else x for k, x in zip(trace, fixed)])
                ),
                trace,
            )
            for shape, trace, fixed in self._bodies[old.shape]
        ]

    def _loop(self, old: Loop) -> _Traced:
        body: list[Item] = []
        trace: list[int] = []
        start = 0
        for inner in old.body:
            for item, own in self.item(inner):
                body.append(item)
                trace += [k + start if k >= 0 else -1 for k in own]
            start += len(inner.addresses)
        step = tuple([old.step[k] if k >= 0 else 0 for k in trace])
        return Loop(old.count, body, step), trace

    def _body(self, family: FamilyShape) -> list[tuple[Shape, list[int], list[int]]]:
        """For each instruction of a body its shape, and its addresses: traced, or fixed."""
        body = family.body
        last_read: dict[int, int] = {}
        for i, instruction in enumerate(body.instructions):
            for space, address in _operands(instruction):
                if space == "operand":
                    last_read[address] = i
        found: list[tuple[Shape, list[int], list[int]]] = []
        late: list[tuple[Shape, list[int], list[int]]] = []
        own = body.temporaries["tmp"] + body.temporaries["keep"]
        for i, instruction in enumerate(body.instructions):
            (to, result), *sources = zip(_shape(instruction).spaces, instruction.addresses)
            places = [self._place(family, space, address) for space, address in sources]
            if to == "result":
                place = family.spaces[result], result, 0
                overwritten = family.overwritten[result] if family.overwritten else ()
                if any(last_read.get(k, -1) > i for k in overwritten):
                    # The operand that it overwrites is still wanted.
                    waiting = "tmp", -1, self._first + own
                    own += 1
                    late.append(_traced("copy", [place, waiting]))
                    place = waiting
            else:
                place = self._place(family, to, result)
            found.append(_traced(_shape(instruction).operation, [place, *places]))
        self.temporaries = max(self.temporaries, own)
        return found + late

    def _place(self, family: FamilyShape, space: str, address: int) -> tuple[str, int, int]:
        """A place of a body: its space, and which address of the family it is, or that itself."""
        results = len(family.body.outputs)
        if space == "operand":
            return family.spaces[results + address], results + address, 0
        if space == "const":
            return space, -1, self._constant(family.body.tape.constants[address])
        before = family.body.temporaries["tmp"] if space == "keep" else 0
        return "tmp", -1, self._first + before + address

    def _constant(self, x: float) -> int:
        bits = struct.pack("d", x)
        if bits not in self._known:
            self._known[bits] = len(self._constants)
            self._constants.append(x)
        return self._known[bits]


def _traced(
    operation: str, places: Sequence[tuple[str, int, int]]
) -> tuple[Shape, list[int], list[int]]:
    spaces, trace, fixed = zip(*places)
    return Shape(operation, spaces), list(trace), list(fixed)


def _shape(instruction: Instruction) -> Shape:
    assert isinstance(instruction.shape, Shape)
    return instruction.shape


def _operands(instruction: Instruction) -> list[tuple[str, int]]:
    return list(zip(_shape(instruction).spaces, instruction.addresses))[1:]
