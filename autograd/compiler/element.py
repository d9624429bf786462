"""Element functions: a stretch of the tape as one operation, with derivatives of its own.

A long function is mostly many short ones of few variables each, the same but for their operands
(partially separable functions: Griewank & Toint, "On the unconstrained optimization of partially
separable functions", 1982; their elements are found as in Gay, "More AD of nonlinear AMPL models",
1996). An element is applied by a ``Rule`` like any primitive. Its partials are found on its own
tape, once, whatever the number of its uses; they are numbers, operands, or elements again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.compiler.differentiate import differentiate
from autograd.compiler.simplify import simplify
from autograd.compiler.symbol import Recorder, Symbol
from autograd.compiler.tape import CONSTANT, INPUT, Tape
from autograd.rule import Rule


class Projection(NamedTuple):
    """A derivative that is an operand: of ``origin``, by its position there."""

    position: int


class Element:
    """A function of a few numbers, stated as a tape.

    Attributes:
        tape: what it does; each of its inputs is used.
        output: the node of its result.
        positions: which of the operands of ``origin`` its own operands are, ascending.
        origin: the element that it is a derivative of, of some order; itself if it is none.
        index: with respect to which of the operands of ``origin``, ascending.
        rule: what applies it on other tapes.
    """

    def __init__(
        self,
        tape: Tape,
        output: int,
        positions: Sequence[int],
        origin: Element | None = None,
        index: tuple[int, ...] = (),
    ) -> None:
        """State an element; see the attributes."""
        self.tape = tape
        self.output = output
        self.positions = tuple(positions)
        self.origin = origin or self
        self.index = index
        # By index, of all orders, for the whole family; second partials come out the same in
        # whichever order they are asked for.
        self._family: dict[tuple[int, ...], Derivative] = origin._family if origin else {}
        partials = tuple([self._partial(k) for k in range(len(self.positions))])
        self.rule = Rule("element", "element", self, partials, False, (), "outlining", None)

    def __len__(self) -> int:
        """The number of its operations."""
        return sum(rule is not INPUT and rule is not CONSTANT for rule in self.tape.rules)

    def __call__(self, *operands: Any) -> Any:
        """Do what is on the tape, to floats or to symbols."""
        recorder = next((x.recorder for x in operands if isinstance(x, Symbol)), None)
        xs: list[Any] = []
        for rule, refs in zip(self.tape.rules, self.tape.operands):
            if rule is INPUT:
                xs.append(operands[refs[0]])
            elif rule is CONSTANT:
                xs.append(self.tape.constants[refs[0]])
            else:
                those = tuple([xs[i] for i in refs])
                xs.append(recorder.apply(rule, those) if recorder else rule.value(*those))
        return xs[self.output]

    def _partial(self, k: int) -> Callable[..., Any]:
        """What applies the partial derivative with respect to operand ``k``, as rules state it."""

        def partial(_: Any, *xs: Any) -> Any:
            derivative = self.derivative(k)
            if isinstance(derivative, float):
                return derivative
            if isinstance(derivative, Projection):
                return xs[self.positions.index(derivative.position)]
            operands = [xs[self.positions.index(p)] for p in derivative.positions]
            # A single operation is best written as what it is, for other passes to see.
            return derivative(*operands) if len(derivative) == 1 else derivative.rule(*operands)

        return partial

    def derivative(self, k: int) -> Derivative:
        """The partial derivative with respect to operand ``k``."""
        index = tuple(sorted((*self.index, self.positions[k])))
        if index not in self._family:
            recorder = Recorder()
            recorder.tape = self.tape.copy()
            inputs = [node for node, rule in enumerate(self.tape.rules) if rule is INPUT]
            for p, node in zip(self.positions, differentiate(recorder, {self.output: 1.0}, inputs)):
                which = tuple(sorted((*self.index, p)))
                if which not in self._family:
                    found = simplest(recorder.tape, node, self.positions, self.origin, which)
                    self._family[which] = found
        return self._family[index]


#: A partial derivative of an element.
Derivative = float | Projection | Element


def simplest(
    tape: Tape,
    output: int,
    positions: Sequence[int],
    origin: Element | None = None,
    index: tuple[int, ...] = (),
) -> Derivative:
    """What a tape computes, as an element only if it is neither a number nor an operand.

    Args:
        tape: the operations.
        output: the node of the result.
        positions: which operands of ``origin`` the inputs are.
        origin: see ``Element``.
        index: likewise.
    """
    tape, (output,) = simplify(tape, [output])
    if tape.rules[output] is CONSTANT:
        return tape.constants[tape.operands[output][0]]
    if tape.rules[output] is INPUT:
        return Projection(positions[tape.operands[output][0]])
    every = range(len(tape))
    used = {i for node in every if tape.is_computed(node) for i in tape.operands[node]}
    kept = [node for node in every if node in used or tape.rules[node] is not INPUT]
    own, twin = tape.part(kept)
    inputs = [node for node, rule in enumerate(own.rules) if rule is INPUT]
    numbers = [own.operands[node][0] for node in inputs]
    own.inputs = [tape.inputs[number] for number in numbers]
    for number, node in enumerate(inputs):
        own.operands[node] = (number,)
    own.mark_simplified()
    return Element(own, twin[output], [positions[number] for number in numbers], origin, index)


def elements(rules: Sequence[Rule]) -> dict[Rule, Element]:
    """Those of some rules that apply elements, with these."""
    return {rule: rule.value for rule in set(rules) if isinstance(rule.value, Element)}
