"""Replay: recordings that have left their function behind, and can be run like it.

Without branches there is one recording. With branches there is a tree: what all samples do up to a
guard is there once, and each result of the guard leads on to what follows.
"""

from __future__ import annotations

import pickle
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd.compiler.guide import Guard
from autograd.compiler.record import Recording
from autograd.compiler.symbol import Recorder, Symbol
from autograd.compiler.tape import CONSTANT, INPUT, Place
from autograd.rule import Rule
from autograd.structure import Block, Container, Structure

if TYPE_CHECKING:
    from autograd.compiler.branches import Trace


class UnknownWay(Exception):
    """A guard has a result with which nothing was recorded.

    Attributes:
        guard: the guard, with another result.
    """

    def __init__(self, guard: Guard) -> None:
        super().__init__(guard)
        self.guard = guard


class Replay(NamedTuple):
    """What a function did when it was recorded, from one of its nodes on.

    Attributes:
        start: the number of the first node; those before are the same in the recording that
            samples come from.
        rules: what each node applies.
        operands: to which earlier nodes; of inputs and constants as on a ``Tape``.
        constants: the numbers of the constant nodes.
        places: for each node the line of source it comes from.
        guards: what was decided, in order, apart from what was decided before.
        exits: by the position of a guard, where it goes on if that has another result.
        outputs: the nodes of the result's leaves.
        structure: the structure of the result.
    """

    start: int
    rules: list[Rule]
    operands: list[tuple[int, ...]]
    constants: list[float]
    places: list[Place | None]
    guards: list[Guard]
    exits: dict[int, Replay]
    outputs: list[int]
    structure: Structure

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """Do it again with other inputs: numbers, Values or symbols.

        Raises:
            UnknownWay: it takes a way that nobody has recorded.
        """
        recorder = recorder_of(inputs)
        nodes: list[Any] = []
        try:
            way = self
            following = way._follow(nodes, inputs, recorder)
            while following is not None:
                way = following
                following = way._follow(nodes, inputs, recorder)
        finally:
            if recorder is not None:
                recorder.place = None
        return way.structure.unflatten([nodes[i] for i in way.outputs])

    def _follow(
        self, nodes: list[Any], inputs: Sequence[Any], recorder: Recorder | None
    ) -> Replay | None:
        """Compute nodes until a guard has another result; return where it goes on then."""
        for position, guard in enumerate(self.guards):
            self._compute(nodes, guard.node + 1, inputs, recorder)
            condition = nodes[guard.node]
            if recorder is None:
                result: bool | None = bool(condition)
            else:
                result = recorder.decide(condition, guard.whole, guard.place)
            if result is None or (result != guard.result and position not in self.exits):
                raise UnknownWay(guard)
            if result != guard.result:
                return self.exits[position]
        self._compute(nodes, self.start + len(self.rules), inputs, recorder)
        return None

    def _compute(
        self, nodes: list[Any], stop: int, inputs: Sequence[Any], recorder: Recorder | None
    ) -> None:
        """Compute the nodes that are missing before ``stop``."""
        part = slice(len(nodes) - self.start, max(stop - self.start, 0))
        for rule, operands, place in zip(
            self.rules[part], self.operands[part], self.places[part], strict=True
        ):
            if rule is INPUT:
                nodes.append(inputs[operands[0]])
            elif rule is CONSTANT:
                nodes.append(self.constants[operands[0]])
            elif recorder is None:
                nodes.append(rule(*[nodes[i] for i in operands]))
            else:
                recorder.place = recorder.again(rule, place)
                nodes.append(recorder.apply(rule, tuple([nodes[i] for i in operands])))


def recorder_of(xs: Sequence[Any]) -> Recorder | None:
    """The recording that symbols among some numbers belong to, if there are any."""
    return next((x.recorder for x in xs if isinstance(x, Symbol)), None)


# Packing
# -------


class Packed(NamedTuple):
    """Recordings, each with where it goes on from.

    Attributes:
        parts: the recordings, each packed from the node where it goes on.
        origins: for each but the first the recording that its samples come from, and the position
            of the guard, among those that are packed with that, where they leave it.
    """

    parts: list[bytes]
    origins: list[tuple[int, int]]


#: Recordings that were packed before; a function is often pickled once for each of many tasks.
_packed: weakref.WeakKeyDictionary[Recording, bytes] = weakref.WeakKeyDictionary()


def pack(recording: Recording) -> Packed:
    """Pack a recording without branches; primitives go by name."""
    return Packed([_pack(recording, 0, (), range(len(recording.recorder.tape.inputs)))], [])


def pack_traces(traces: Sequence[Trace], inputs: Sequence[Sequence[int]]) -> Packed:
    """Pack the recordings of a tree.

    Args:
        traces: these; each after that which its samples come from.
        inputs: for each of them where each of its inputs is found among those of all.
    """
    parts, leave = [], {}
    for number, (trace, places) in enumerate(zip(traces, inputs, strict=True)):
        for position, following in list(trace.exits.items()):
            leave[following] = number, position - trace.begin
        shared, own = trace.guards[: trace.begin], trace.guards[trace.begin :]
        start = max([guard.node + 1 for guard in shared], default=0)
        parts.append(_pack(trace.recording, start, own, places))
    return Packed(parts, [leave[trace] for trace in traces[1:]])


def _pack(
    recording: Recording, start: int, guards: Sequence[Guard], inputs: Sequence[int]
) -> bytes:
    """Put a recording, without derivatives, into a few flat arrays."""
    if recording not in _packed:
        tape, length, outputs = recording.recorded
        part = slice(start, length)
        rules = list(dict.fromkeys([INPUT, CONSTANT, *tape.rules[part]]))
        operands = tape.operands[part]
        before = tape.rules[:start].count(CONSTANT)
        constants = tape.constants[before : tape.rules[:length].count(CONSTANT)]
        moved = [
            (inputs[each[0]],)
            if rule is INPUT
            else (each[0] - before,)
            if rule is CONSTANT
            else each
            for rule, each in zip(tape.rules[part], operands, strict=True)
        ]
        every = [*tape.places[part], *(guard.place for guard in guards)]
        places = list(dict.fromkeys(every))
        _packed[recording] = pickle.dumps(
            (
                start,
                rules[2:],
                _positions(tape.rules[part], rules),
                np.array([len(each) for each in operands], np.int32),
                np.array([i for each in moved for i in each], np.int32),
                np.array(constants, np.float64),
                places,
                _positions(every, places),
                np.array([guard.node for guard in guards], np.int32),
                np.array([guard.result for guard in guards], np.bool_),
                [guard.whole for guard in guards],
                outputs,
                recording.structure,
            ),
            pickle.HIGHEST_PROTOCOL,
        )
    return _packed[recording]


def _positions(items: Sequence[Any], distinct: Sequence[Any]) -> Any:
    position = {item: i for i, item in enumerate(distinct)}
    return np.array([position[item] for item in items], np.int32)


def unpack(packed: Packed) -> Replay:
    """Return what was packed, from the first recording on.

    Raises:
        LookupError: a recording applies a primitive that is not declared here.
    """
    replays = [_unpack(part) for part in packed.parts]
    for replay, (origin, position) in zip(replays[1:], packed.origins, strict=True):
        replays[origin].exits[position] = replay
    return replays[0]


def _unpack(part: bytes) -> Replay:
    start, others, rule_of, counts, flat, constants, places, place_of, *rest = pickle.loads(part)
    guard_nodes, results, wholes, outputs, structure = rest
    rules = [INPUT, CONSTANT, *others]
    ends, nodes = np.cumsum(counts).tolist(), flat.tolist()
    every = [places[i] for i in place_of.tolist()]
    decided = every[len(counts) :]
    return Replay(
        start,
        [rules[i] for i in rule_of.tolist()],
        [tuple(nodes[end - count : end]) for end, count in zip(ends, counts.tolist())],
        constants.tolist(),
        every[: len(counts)],
        list(map(Guard, guard_nodes.tolist(), results.tolist(), wholes, decided)),
        {},
        outputs,
        structure,
    )


def key_of(structures: Sequence[Structure]) -> tuple[Any, ...]:
    """Equal for arguments that the same recording serves."""
    return tuple([_key(structure.root) for structure in structures])


def _key(node: Block | Container) -> Any:
    if isinstance(node, Block):
        return node.shape
    return node.kind, node.keys, tuple([_key(child) for child in node.children])
