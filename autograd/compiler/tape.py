"""The tape: a straight-line program on numbers, one operation after the other.

Node i applies ``rules[i]`` to the earlier nodes ``operands[i]``. Inputs and constants are nodes
too, with rules of their own and one operand that is not a node: the number of the input, or the
place of the constant in ``constants``. Nothing on a tape is ever changed; passes append, or make a
new tape.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd.rule import Rule


def _is_not_computed(*_: float) -> float:
    raise TypeError("inputs and constants are read, not computed")


INPUT = Rule("input", "input", _is_not_computed, (), False, (), "given", None)
CONSTANT = Rule("constant", "constant", _is_not_computed, (), False, (), "given", None)


class Place(NamedTuple):
    """Where in the user's source a node was recorded."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Tape:
    """A straight-line program.

    Attributes:
        rules: what each node applies.
        operands: the earlier nodes it applies that to.
        constants: the numbers of the constant nodes.
        inputs: the names of the inputs.
        places: for each node the line of source it comes from, or None.
    """

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.operands: list[tuple[int, ...]] = []
        self.constants: list[float] = []
        self.inputs: list[str] = []
        self.places: list[Place | None] = []
        self._constant_nodes: dict[bytes, int] = {}
        self._simplified = 0

    @property
    def is_simplified(self) -> bool:
        """Whether a pass has said that nothing on the tape can be simplified."""
        return self._simplified == len(self.rules)

    def mark_simplified(self) -> None:
        """Say that nothing on the tape, as it is now, can be simplified."""
        self._simplified = len(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def append(self, rule: Rule, operands: tuple[int, ...], place: Place | None = None) -> int:
        """Add a node and return its number."""
        rules = self.rules
        rules.append(rule)
        self.operands.append(operands)
        self.places.append(place)
        return len(rules) - 1

    def input(self, name: str) -> int:
        """Add an input, and return its node."""
        self.inputs.append(name)
        return self.append(INPUT, (len(self.inputs) - 1,))

    def constant(self, x: float) -> int:
        """Return the node of a constant; equal constants, to the bit, share one."""
        bits = struct.pack("d", x)
        node = self._constant_nodes.get(bits)
        if node is None:
            self.constants.append(x)
            node = self._constant_nodes[bits] = self.append(CONSTANT, (len(self.constants) - 1,))
        return node

    @classmethod
    def made_of(
        cls,
        rules: list[Rule],
        operands: list[tuple[int, ...]],
        constants: Iterable[float],
        inputs: Iterable[str],
        places: list[Place | None],
    ) -> Tape:
        """A tape of these nodes; see the attributes."""
        tape = Tape()
        tape.rules, tape.operands, tape.places = rules, operands, places
        tape.constants, tape.inputs = list(constants), list(inputs)
        for node, rule in enumerate(rules):
            if rule is CONSTANT:
                bits = struct.pack("d", tape.constants[operands[node][0]])
                tape._constant_nodes[bits] = node
        return tape

    def copy(self) -> Tape:
        """Return the same tape, to which other nodes can be appended."""
        lists = list(self.rules), list(self.operands), self.constants, self.inputs
        twin = Tape.made_of(*lists, list(self.places))
        twin._simplified = self._simplified
        return twin

    def part(self, nodes: Sequence[int]) -> tuple[Tape, list[int]]:
        """Return a tape of some of the nodes, and for each node of this one its number there.

        Args:
            nodes: what is kept, in order: all inputs, and with a node all that it depends on.
        """
        part = Tape()
        part.inputs = list(self.inputs)
        part.rules = [self.rules[node] for node in nodes]
        part.places = [self.places[node] for node in nodes]
        twin = [-1] * len(self)
        twin_of, operands_of, append = twin.__getitem__, self.operands, part.operands.append
        for number, (node, rule) in enumerate(zip(nodes, part.rules)):
            operands = operands_of[node]
            if rule is CONSTANT:
                part.constants.append(self.constants[operands[0]])
                append((len(part.constants) - 1,))
                part._constant_nodes[struct.pack("d", part.constants[-1])] = number
            elif rule is INPUT:
                append(operands)
            else:
                append(tuple(map(twin_of, operands)))
            twin[node] = number
        return part, twin

    def is_computed(self, node: int) -> bool:
        """Whether a node is the result of an operation, neither input nor constant."""
        rule = self.rules[node]
        return rule is not INPUT and rule is not CONSTANT

    def constant_value(self, node: int) -> float | None:
        """The number of a constant node; None for any other node."""
        if self.rules[node] is not CONSTANT:
            return None
        return self.constants[self.operands[node][0]]

    def evaluate(self, inputs: Sequence[float]) -> list[float]:
        """Compute every node, in Python floats, as the eager engine would.

        Raises:
            ValueError: the number of inputs is wrong.
            ArithmeticError, ValueError: what the operations raise.
        """
        if len(inputs) != len(self.inputs):
            raise ValueError(f"the tape has {len(self.inputs)} inputs, not {len(inputs)}")
        numbers: list[float] = []
        for rule, operands in zip(self.rules, self.operands):
            if rule is INPUT:
                numbers.append(float(inputs[operands[0]]))
            elif rule is CONSTANT:
                numbers.append(self.constants[operands[0]])
            else:
                numbers.append(float(rule.value(*[numbers[i] for i in operands])))
        return numbers

    def lines(self) -> Iterator[str]:
        """One line for each node, such as ``%4 = multiply %1 %3``."""
        for i, (rule, operands) in enumerate(zip(self.rules, self.operands)):
            shown: Any
            if rule is INPUT:
                shown = f"input {self.inputs[operands[0]]}"
            elif rule is CONSTANT:
                shown = repr(self.constants[operands[0]])
            else:
                shown = " ".join([rule.name, *(f"%{j}" for j in operands)])
            yield f"%{i} = {shown}"

    def __str__(self) -> str:
        return "\n".join(self.lines())
