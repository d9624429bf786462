"""Storage: where each result lives, decided on the straight-line tape.

The rules are simple and deterministic, so that a program that repeats itself repeats its addresses,
moved by constant steps: then ``roll`` finds the loops. A result may take the place of an operand
that is used here for the last time. What is soon used up lives in one pool (``tmp``), what is
needed later in another (``keep``). Outputs are written as soon as they are complete; one that is
only summed over the samples is never stored at all.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any

from autograd.compiler.element import elements
from autograd.compiler.expand import Body, FamilyShape, expand
from autograd.compiler.families import Family, families
from autograd.compiler.kernel import Kernel, Shape
from autograd.compiler.roll import Instruction, roll
from autograd.compiler.simplify import needed
from autograd.compiler.tape import CONSTANT, INPUT, Tape

#: A result is short-lived if its last use is at most this many instructions away.
SHORT_LIFE = 8

#: The same where operations are outlined, which is for a single sample, so that memory counts for
#: little: what is needed later has a place of its own, never used again. Results that live on from
#: one iteration to the next would take turns in places, which hides nests of loops.
SHORT_LIFE_OUTLINED = 1

Address = tuple[str, int]


def store(tape: Tape, inputs: Sequence[Address], outputs: Sequence[tuple[int, Address]]) -> Kernel:
    """Return the kernel that computes a tape of elementwise operations.

    Args:
        tape: the operations, all of them on strips; some may be outlined.
        inputs: for each input of the tape where it is: in space ``in`` or ``par``.
        outputs: nodes, and where each is to be written: in space ``out`` or ``sum``.
    """
    program = _Program(tape, inputs, outputs).run()
    sizes = {
        "in": 1 + max([a for space, a in inputs if space == "in"], default=-1),
        "par": 1 + max([a for space, a in inputs if space == "par"], default=-1),
        "const": len(tape.constants),
        "tmp": program.pools["tmp"].size,
        "keep": program.pools["keep"].size,
        "out": 1 + max([a for _, (space, a) in outputs if space == "out"], default=-1),
        "sum": 1 + max([a for _, (space, a) in outputs if space == "sum"], default=-1),
    }
    constants = list(tape.constants)
    loops = roll(program.instructions)
    if program.families:
        loops = expand(loops, sizes, constants)
    return Kernel(loops, sizes, constants)


class _Pool:
    """Addresses, of which the one freed last, likeliest to be in a cache, is used first."""

    def __init__(self) -> None:
        self.size = 0
        self.free: list[int] = []

    def take(self) -> int:
        """Return a free address."""
        if self.free:
            return self.free.pop()
        self.size += 1
        return self.size - 1

    def give_back(self, address: int) -> None:
        """Make an address free."""
        self.free.append(address)


class _Lowest(_Pool):
    """Addresses, of which the lowest that is free is used first.

    What is carried from one iteration to the next changes its place each time, since the old is
    still needed while the new is made. Taking what was freed last, places would go round in a
    long cycle, which ``roll`` has to take for the period.
    """

    def take(self) -> int:
        """Return the lowest free address."""
        return heapq.heappop(self.free) if self.free else super().take()

    def give_back(self, address: int) -> None:
        """Make an address free."""
        heapq.heappush(self.free, address)


class _Single(_Pool):
    """Addresses, each of which is used for one result only."""

    def give_back(self, address: int) -> None:
        """Leave an address as it is."""


class _Program:
    """The instructions while they are written."""

    def __init__(
        self, tape: Tape, inputs: Sequence[Address], outputs: Sequence[tuple[int, Address]]
    ) -> None:
        self.tape = tape
        self.inputs = inputs
        self.instructions: list[Instruction] = []
        self.destinations: dict[int, list[Address]] = {}
        for node, address in outputs:
            self.destinations.setdefault(node, []).append(address)
        self.wanted = needed(tape, [node for node, _ in outputs])
        self.outlined = elements(tape.rules)
        self.families = families(tape, self.wanted) if self.outlined else {}
        self.short_life = SHORT_LIFE_OUTLINED if self.outlined else SHORT_LIFE
        self.pools: dict[str, _Pool] = {"tmp": _Lowest(), "keep": _Pool()}
        if self.outlined:
            self.pools["keep"] = _Single()
        self.family_shapes: dict[tuple[Any, ...], FamilyShape] = {}
        self.bodies: dict[tuple[Any, ...], Body] = {}
        self.last_use = [-1] * len(tape)
        for node, (rule, operands) in enumerate(zip(tape.rules, tape.operands)):
            if node in self.families:
                operands = tuple(self.families[node].operands.values())
            elif rule in self.outlined:
                continue
            if self.wanted[node] and rule is not INPUT and rule is not CONSTANT:
                for operand in operands:
                    self.last_use[operand] = node
        self.spaces: list[str] = [""] * len(tape)
        self.addresses = [-1] * len(tape)
        self.shapes: dict[tuple[str, ...], Shape] = {}

    def run(self) -> _Program:
        spaces, addresses, last_use_of = self.spaces, self.addresses, self.last_use.__getitem__
        every = zip(self.wanted, self.tape.rules, self.tape.operands, self.last_use)
        for node, (wanted, rule, operands, last_use) in enumerate(every):
            if not wanted:
                continue
            if rule is INPUT:
                spaces[node], addresses[node] = self.inputs[operands[0]]
            elif rule is CONSTANT:
                spaces[node], addresses[node] = "const", operands[0]
            elif node in self.families:
                self.compute(self.families[node])
                continue
            elif rule in self.outlined:
                continue
            else:
                if node in map(last_use_of, operands):
                    self.release(node, operands)
                if last_use < 0 and len(self.destinations[node]) == 1:
                    ((space, address),) = self.destinations[node]
                    self.write(rule.name, space, address, operands)
                    continue
                space = "tmp" if last_use - node <= self.short_life else "keep"
                address = self.pools[space].take()
                self.write(rule.name, space, address, operands)
                spaces[node], addresses[node] = space, address
                if last_use < 0:
                    self.pools[space].give_back(address)
            if node in self.destinations:
                for space, address in self.destinations[node]:
                    self.write("copy", space, address, (node,))
        return self

    def compute(self, family: Family) -> None:
        """Write the instruction that computes all members of a family."""
        first = family.nodes[0]
        operands = tuple(family.operands.values())
        self.release(first, operands)
        targets: list[Address] = []
        copied = []
        for node in family.nodes:
            last_use = self.last_use[node]
            if last_use < 0 and len(self.destinations[node]) == 1:
                targets += self.destinations[node]
                continue
            space = "tmp" if last_use - first <= self.short_life else "keep"
            address = self.pools[space].take()
            self.spaces[node], self.addresses[node] = space, address
            targets.append((space, address))
            if node in self.destinations:
                copied.append(node)
        sources = [(self.spaces[i], self.addresses[i]) for i in operands]
        overwritten: tuple[tuple[int, ...], ...] = ()
        if not set(targets).isdisjoint(sources):
            overwritten = tuple(
                [tuple([k for k, y in enumerate(sources) if x == y]) for x in targets]
            )
        spaces, addresses = zip(*targets, *sources)
        key = (*family.elements, *family.operands, *spaces, overwritten)
        if key not in self.family_shapes:
            body = self.body(family)
            self.family_shapes[key] = FamilyShape(body, spaces, overwritten)
        self.instructions.append(Instruction(self.family_shapes[key], addresses))
        for node in copied:
            if self.last_use[node] < 0:
                self.pools[self.spaces[node]].give_back(self.addresses[node])
            for space, address in self.destinations[node]:
                self.write("copy", space, address, (node,))

    def body(self, family: Family) -> Body:
        """What the members of a family do together; one for all like it."""
        key = (*family.elements, *family.operands)
        if key not in self.bodies:
            body = self.bodies[key] = Body(family.elements, list(family.operands))
            inputs = [("operand", k) for k in range(len(family.operands))]
            outputs = [(node, ("result", k)) for k, node in enumerate(body.outputs)]
            program = _Program(body.tape, inputs, outputs).run()
            body.instructions = program.instructions
            body.temporaries = {space: pool.size for space, pool in program.pools.items()}
        return self.bodies[key]

    def release(self, node: int, operands: tuple[int, ...]) -> None:
        """Give up the places of operands that nothing needs after a node."""
        last_use = self.last_use
        ending = [i for i in operands if last_use[i] == node]
        if len(ending) > 1:
            # The oldest is freed last and so taken first: a running sum stays where it is.
            ending = sorted(set(ending), reverse=True)
        for i in ending:
            pool = self.pools.get(self.spaces[i])
            if pool is not None:
                pool.give_back(self.addresses[i])

    def write(self, operation: str, space: str, address: int, operands: tuple[int, ...]) -> None:
        """Write the instruction that does an operation, and puts the result at an address."""
        key = (operation, space, *map(self.spaces.__getitem__, operands))
        shape = self.shapes.get(key)
        if shape is None:
            shape = self.shapes[key] = Shape(operation, key[1:])
        sources = map(self.addresses.__getitem__, operands)
        self.instructions.append(Instruction(shape, (address, *sources)))
