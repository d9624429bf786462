"""The ways through a function: recorded with names, and brought together on one tape.

Each way through a function with branches was recorded by itself, and does at first what the way
does that it leaves. Here that is done once. A function without branches has one way.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.compiler.branches import Trace, TraceTree
from autograd.compiler.record import Recording
from autograd.compiler.source.origin import NamingGuide, NamingRecorder
from autograd.compiler.source.starts import with_starts
from autograd.compiler.source.stretches import Decision, Way
from autograd.compiler.tape import CONSTANT, INPUT, Tape
from autograd.structure import Structure


@dataclass
class Recorded:
    """A function, recorded with names.

    Attributes:
        recorder: the tape, and the Values from outside that it reads.
        way: the way through it, and others that leave that one; their outputs are left open.
        results: for each way the nodes of what the function returns.
        arguments: for each argument the nodes of its leaves.
        structure: the structure of the result.
    """

    recorder: NamingRecorder
    way: Way
    results: dict[Way, list[int]]
    arguments: list[list[int]]
    structure: Structure

    def start_loops(self) -> Recorded:
        """Let loops start with their variables."""
        twin = with_starts(self.recorder)
        for way in self.results:
            for decision in way.decisions:
                decision.node = twin[decision.node]
        self.results = {w: [twin[node] for node in each] for w, each in self.results.items()}
        self.arguments = [[twin[node] for node in nodes] for nodes in self.arguments]
        return self


def recorded(
    f: Callable[..., Any], structures: Sequence[Structure], names: Sequence[str]
) -> Recorded:
    """Record a function without branches.

    Raises:
        RecordingError, TypeError: it cannot be recorded.
    """
    recorder = NamingRecorder()
    found = Recording(f, structures, names, recorder=recorder)
    way = Way([], [])
    results = {way: found.outputs}
    return Recorded(recorder, way, results, found.arguments, found.structure).start_loops()


def recorded_again(
    f: Callable[..., Any], tree: TraceTree, structures: Sequence[Structure], names: Sequence[str]
) -> Recorded:
    """Record once more all ways through a function with branches that were recorded before.

    Raises:
        RecordingError: it does not do again what it did.
        TypeError: it returns something of another structure along another way.
    """
    joined = _Joined(f, structures, names, tree.options.max_conditions)
    way = joined.way(tree.traces[0], [])
    return joined.recorded(way).start_loops()


class _Joined:
    """All ways on one tape."""

    def __init__(
        self,
        f: Callable[..., Any],
        structures: Sequence[Structure],
        names: Sequence[str],
        max_conditions: int,
    ) -> None:
        self.f = f
        self.max_conditions = max_conditions
        self.structures = structures
        self.names = names
        self.recorder = NamingRecorder()
        self.results: dict[Way, list[int]] = {}
        self.first: Recording | None = None
        self.arguments: list[list[int]] = []

    def recorded(self, way: Way) -> Recorded:
        """The function, whose ways are all here."""
        assert self.first is not None
        structure = self.first.structure
        return Recorded(self.recorder, way, self.results, self.arguments, structure)

    def way(self, trace: Trace, twin: list[int]) -> Way:
        """Add a way, and all that leave it.

        Args:
            trace: the way.
            twin: where those of its nodes are that another way has, too.
        """
        before = trace.recording.recorder.tape
        guide = NamingGuide((), trace.guards, before, self.max_conditions)
        recording = Recording(self.f, self.structures, self.names, recorder=guide)
        guide.finish()
        self._copy(guide, twin)
        if self.first is None:
            self.first = recording
            self.arguments = [[twin[node] for node in nodes] for nodes in recording.arguments]
        elif not self.first.structure.root.matches(recording.structure.root):
            raise TypeError(
                f"the function returns {self.first.structure!r} along one way through it and "
                f"{recording.structure!r} along another; what has source returns the same "
                "structure always"
            )
        self.recorder.learn_from(guide)
        way = Way([], [])
        self.results[way] = [twin[node] for node in recording.outputs]
        for k, guard in enumerate(trace.guards[trace.begin :], trace.begin):
            exit = None
            if k in trace.exits:
                exit = self.way(trace.exits[k], twin[: guard.node + 1])
            way.decisions.append(Decision(twin[guard.node], guard.result, guard.place, exit))
        return way

    def _copy(self, guide: NamingGuide, twin: list[int]) -> None:
        """Put what a guide has recorded on the tape of all ways."""
        old, new = guide.tape, self.recorder.tape
        values = list(guide.captured)
        first_value = len(old.inputs) - len(values)
        for node in range(len(twin), len(old)):
            rule, operands = old.rules[node], old.operands[node]
            if rule is CONSTANT:
                twin.append(new.constant(old.constants[operands[0]]))
            elif rule is INPUT and operands[0] >= first_value:
                twin.append(self.recorder.node_of(values[operands[0] - first_value]))
            elif rule is INPUT:
                twin.append(new.input(old.inputs[operands[0]]))
            else:
                given = tuple([twin[operand] for operand in operands])
                twin.append(new.append(rule, given, old.places[node]))


def on_one_tape(
    tape: Tape, way: Way, passes: Callable[[Tape, Sequence[int]], tuple[Tape, list[int]]]
) -> tuple[Tape, Way]:
    """Run passes on each way by itself, and bring together again what several ways have.

    Args:
        tape: that of all ways.
        way: the first, with the others that leave it.
        passes: return a tape that computes the same nodes, and where they are on it.

    Returns:
        The new tape, and the way with nodes of it.
    """
    merger = _Merger(tape)
    found = merger.way(tape, way, [], passes)
    return merger.result, found


class _Merger:
    def __init__(self, tape: Tape) -> None:
        self.result = Tape()
        self.inputs = [self.result.input(name) for name in tape.inputs]
        self.known: dict[Hashable, int] = {}

    def way(
        self,
        tape: Tape,
        way: Way,
        before: Sequence[Decision],
        passes: Callable[[Tape, Sequence[int]], tuple[Tape, list[int]]],
    ) -> Way:
        """Add a way, and the ways that leave it.

        Args:
            tape: that of all ways.
            way: the way.
            before: the decisions before it begins.
            passes: what is done with it.
        """
        decisions = [*before, *way.decisions]
        nodes = [decision.node for decision in decisions]
        nodes += [output.node for output in way.outputs]
        simple, nodes = passes(tape, nodes)
        twin = self._twin(simple)
        merged = [twin[node] for node in nodes]
        outputs = [
            output._replace(node=node)
            for output, node in zip(way.outputs, merged[len(decisions) :], strict=True)
        ]
        found = Way([], outputs)
        for k, decision in enumerate(way.decisions, start=len(before)):
            exit = decision.exit
            if exit is not None:
                exit = self.way(tape, exit, decisions[: k + 1], passes)
            found.decisions.append(Decision(merged[k], decision.result, decision.place, exit))
        return found

    def _twin(self, tape: Tape) -> list[int]:
        """Where the nodes of a tape are: the same for equal nodes of one origin."""
        twin: list[int] = []
        for node, (rule, operands) in enumerate(zip(tape.rules, tape.operands)):
            if rule is INPUT:
                twin.append(self.inputs[operands[0]])
            elif rule is CONSTANT:
                twin.append(self.result.constant(tape.constants[operands[0]]))
            else:
                place = tape.places[node]
                new = tuple([twin[operand] for operand in operands])
                key = rule, new, place
                if key not in self.known:
                    self.known[key] = self.result.append(rule, new, place)
                twin.append(self.known[key])
        return twin
