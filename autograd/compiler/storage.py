"""Storage: where each result lives, decided on the straight-line tape.

The rules are simple and deterministic, so that a program that repeats itself repeats its addresses,
moved by constant steps: then ``roll`` finds the loops. A result takes the place of an operand that
is used here for the last time. What is soon used up lives in one last-in-first-out pool (``tmp``),
what is needed later in another (``keep``). Outputs are written as soon as they are complete; one
that is only summed over the samples is never stored at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd.compiler.kernel import Kernel, Shape
from autograd.compiler.roll import Instruction, roll
from autograd.compiler.simplify import needed
from autograd.compiler.tape import CONSTANT, INPUT, Tape

#: A result is short-lived if its last use is at most this many instructions away.
SHORT_LIFE = 8

Address = tuple[str, int]


def store(tape: Tape, inputs: Sequence[Address], outputs: Sequence[tuple[int, Address]]) -> Kernel:
    """Return the kernel that computes a tape of elementwise operations.

    Args:
        tape: the operations, all of them on strips.
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
    return Kernel(roll(program.instructions), sizes, list(tape.constants))


class _Pool:
    """Addresses, of which the one freed last is used first."""

    def __init__(self) -> None:
        self.size = 0
        self.free: list[int] = []

    def take(self) -> int:
        if self.free:
            return self.free.pop()
        self.size += 1
        return self.size - 1


class _Program:
    """The instructions while they are written."""

    def __init__(
        self, tape: Tape, inputs: Sequence[Address], outputs: Sequence[tuple[int, Address]]
    ) -> None:
        self.tape = tape
        self.inputs = inputs
        self.instructions: list[Instruction] = []
        self.pools = {"tmp": _Pool(), "keep": _Pool()}
        self.destinations: dict[int, list[Address]] = {}
        for node, address in outputs:
            self.destinations.setdefault(node, []).append(address)
        self.wanted = needed(tape, [node for node, _ in outputs])
        self.last_use = [-1] * len(tape)
        for node, (rule, operands) in enumerate(zip(tape.rules, tape.operands)):
            if self.wanted[node] and rule is not INPUT and rule is not CONSTANT:
                for operand in operands:
                    self.last_use[operand] = node
        self.address: list[Address] = [("", -1)] * len(tape)
        self.shapes: dict[tuple[str, tuple[str, ...]], Shape] = {}

    def run(self) -> _Program:
        for node, wanted in enumerate(self.wanted):
            if wanted:
                self.place(node)
        return self

    def place(self, node: int) -> None:
        """Decide where a node lives, and write the instructions that compute and output it."""
        rule, operands = self.tape.rules[node], self.tape.operands[node]
        destinations = self.destinations.get(node, ())
        if rule is INPUT:
            self.address[node] = self.inputs[operands[0]]
        elif rule is CONSTANT:
            self.address[node] = ("const", operands[0])
        else:
            sources = [self.address[i] for i in operands]
            # The oldest is freed last and so taken first: a running sum stays where it is.
            for i in sorted({i for i in operands if self.last_use[i] == node}, reverse=True):
                space, address = self.address[i]
                if space in self.pools:
                    self.pools[space].free.append(address)
            last_use = self.last_use[node]
            if last_use < 0 and len(destinations) == 1:
                self.write(rule.name, destinations[0], sources)
                return
            space = "tmp" if last_use - node <= SHORT_LIFE else "keep"
            address = self.pools[space].take()
            self.address[node] = (space, address)
            self.write(rule.name, (space, address), sources)
            if last_use < 0:
                self.pools[space].free.append(address)
        for destination in destinations:
            self.write("copy", destination, [self.address[node]])

    def write(self, operation: str, destination: Address, sources: Sequence[Address]) -> None:
        spaces, addresses = zip(destination, *sources)
        shape = self.shapes.get((operation, spaces))
        if shape is None:
            shape = self.shapes[operation, spaces] = Shape(operation, spaces)
        self.instructions.append(Instruction(shape, addresses))
