"""Programs: the passes one after the other, from a recording to kernels.

What does not depend on the samples is computed once per call, by a kernel of its own (the
prologue), whose results join the numbers that are the same for all samples; the rest is the body.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.compiler.kernel import Kernel
from autograd.compiler.lower import lower
from autograd.compiler.simplify import needed, simplify
from autograd.compiler.storage import Address, store
from autograd.compiler.tape import CONSTANT, INPUT, Tape

FloatArray = npt.NDArray[np.float64]


@dataclass
class Report:
    """What the passes did.

    Attributes:
        recorded: nodes on the tape, with derivatives, before simplification.
        simplified: nodes after it.
        instructions: instructions and loop headers after rolling.
        code_size: the bytes of machine code.
        seconds: the time of each phase.
        listing: the loops that were recovered.
    """

    recorded: int
    simplified: int = 0
    instructions: int = 0
    code_size: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    listing: str = ""

    def timed(self, name: str, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function, and add its time to that of a phase."""
        start = time.perf_counter()
        result = function(*args)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
        return result

    def __str__(self) -> str:
        times = ", ".join(f"{name} {1e3 * t:.1f} ms" for name, t in self.seconds.items())
        code = f", {self.code_size:,} bytes of machine code" if self.code_size else ""
        return (
            f"{self.recorded} nodes recorded, {self.simplified} after simplification, "
            f"{self.instructions} instructions in loops{code}\n{times}\n{self.listing}"
        )


@dataclass
class Program:
    """Kernels that compute the outputs of a tape, ready to run.

    Attributes:
        report: what the passes did.
        prologue: what is computed once per call; None if that is nothing.
        prologue_outputs: how many numbers it gives.
        body: what is computed for each sample.
        kernel: what the body was emitted from; None if the body is from the cache.
    """

    report: Report
    prologue: Any
    prologue_outputs: int
    body: Any
    kernel: Kernel | None = None


def build_program(
    tape: Tape,
    outputs: Sequence[tuple[int, Address]],
    batched: Sequence[bool],
    emit: Callable[[Kernel, bool], Any],
    one_sample: bool = False,
    conditions: Sequence[int] = (),
) -> Program:
    """Run the passes.

    Args:
        tape: what was recorded.
        outputs: nodes, and where each is to be written: in space ``out`` or ``sum``.
        batched: for each input of the tape whether it differs from sample to sample.
        emit: the backend: what makes something that can be run from a kernel; told whether that
            will have one sample only.
        one_sample: whether the body will.
        conditions: the nodes on which branches were decided. Here they come out as they do where
            samples are assigned to branches, to the last bit: what was found positive there must
            not be a little less than zero here.
    """
    report = Report(recorded=len(tape))
    nodes = [node for node, _ in outputs]
    places = [place for _, place in outputs]
    tape, nodes = report.timed("simplify", simplify, tape, [*nodes, *conditions])
    tape, nodes = report.timed("lower", lower, tape, nodes, nodes[len(outputs) :])
    tape, nodes = report.timed("simplify", simplify, tape, nodes[: len(outputs)])
    report.simplified = len(tape)
    before, body = report.timed("split", _split, tape, nodes, batched)
    prologue = None
    if before.outputs:
        inputs: list[Address] = [("in", i) for i in range(len(before.tape.inputs))]
        wanted = [(node, ("out", k)) for k, node in enumerate(before.outputs)]
        kernel = report.timed("store and roll", store, before.tape, inputs, wanted)
        prologue = report.timed("emit", emit, kernel, True)
    destinations = list(zip(body.outputs, places, strict=True))
    kernel = report.timed("store and roll", store, body.tape, body.inputs, destinations)
    emitted = report.timed("emit", emit, kernel, one_sample)
    report.instructions = len(kernel.loops)
    report.listing = str(kernel.loops)
    report.code_size = sum(part.code_size for part in (prologue, emitted) if part is not None)
    return Program(report, prologue, len(before.outputs), emitted, kernel)


class _Part:
    """A tape that is copied, in part, from another.

    Attributes:
        tape: the copy.
        twin: for each node of the original that is on the copy, its node there.
        inputs: where each input of the copy is found.
        outputs: nodes of the copy.
    """

    def __init__(self, original: Tape) -> None:
        self.original = original
        self.tape = Tape()
        self.twin: dict[int, int] = {}
        self.inputs: list[Address] = []
        self.outputs: list[int] = []

    def read(self, node: int, address: Address) -> None:
        """Make a node of the original an input."""
        rule, operands = self.original.rules[node], self.original.operands[node]
        name = self.original.inputs[operands[0]] if rule is INPUT else f"%{node}"
        self.twin[node] = self.tape.input(name)
        self.inputs.append(address)

    def compute(self, node: int) -> None:
        """Copy an operation or a constant."""
        rule, operands = self.original.rules[node], self.original.operands[node]
        if rule is CONSTANT:
            self.twin[node] = self.tape.constant(self.original.constants[operands[0]])
        else:
            twin = self.twin
            twins = tuple([twin[i] for i in operands])
            twin[node] = self.tape.append(rule, twins, self.original.places[node])


def _split(tape: Tape, outputs: Sequence[int], batched: Sequence[bool]) -> tuple[_Part, _Part]:
    """Part a tape into what is the same for all samples, and the rest."""
    if all(batched) and _depends_on_inputs(tape):
        body = _Part(tape)
        body.tape, body.outputs = tape, list(outputs)
        body.inputs = [("in", i) for i in range(len(batched))]
        return _Part(tape), body
    wanted = needed(tape, outputs)
    varies: list[bool] = []
    frontier = set(outputs)
    for node, (rule, operands) in enumerate(zip(tape.rules, tape.operands)):
        if rule is INPUT:
            varies.append(batched[operands[0]])
        elif rule is CONSTANT:
            varies.append(False)
        else:
            fixed = [i for i in operands if not varies[i]]
            varies.append(len(fixed) < len(operands))
            if varies[node] and wanted[node]:
                frontier.update(fixed)
    prologue, body = _Part(tape), _Part(tape)
    single_inputs = batched.count(False)
    singles = batches = 0
    for node, rule in enumerate(tape.rules):
        if rule is INPUT and varies[node]:
            body.read(node, ("in", batches))
            batches += 1
        elif rule is INPUT:
            prologue.read(node, ("in", singles))
            body.read(node, ("par", singles))
            singles += 1
        elif wanted[node] and not varies[node]:
            prologue.compute(node)
            if rule is CONSTANT:
                body.compute(node)
            elif node in frontier:
                body.read(node, ("par", single_inputs + len(prologue.outputs)))
                prologue.outputs.append(prologue.twin[node])
        elif wanted[node]:
            body.compute(node)
    body.outputs = [body.twin[node] for node in outputs]
    return prologue, body


def _depends_on_inputs(tape: Tape) -> bool:
    """Whether all operations do, directly or not."""
    fixed = {node for node, rule in enumerate(tape.rules) if rule is CONSTANT}
    return not any(
        fixed.issuperset(operands)
        for rule, operands in zip(tape.rules, tape.operands)
        if rule is not INPUT and rule is not CONSTANT
    )
