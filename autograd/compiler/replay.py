"""Replay: recordings that have left their function behind, and stand for it."""

from __future__ import annotations

import importlib
import pickle
import sys
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.record import Recording
from autograd.compiler.symbol import Recorder, Symbol
from autograd.compiler.tape import CONSTANT, INPUT, Place
from autograd.errors import RecordingError
from autograd.rule import Rule
from autograd.structure import Block, Container, Structure, flatten
from autograd.value import Value


class Origin(NamedTuple):
    """Where a function comes from.

    Attributes:
        module, qualname: what it is called there.
        importable: whether it can be found by these names where it was compiled.
        doc: its docstring.
        parameters: their names and kinds, as in ``inspect.Parameter``, and whether they may be
            left out.
    """

    module: str
    qualname: str
    importable: bool
    doc: str | None
    parameters: list[tuple[str, Any, bool]]


class Stored(NamedTuple):
    """One recording, without the Values that it reads.

    Attributes:
        structures: those of the arguments.
        tape: the tape, packed.
        tangents: how many inputs of the tape, after those of the arguments, nothing depends on.
        captured: the Values that the tape reads, by their places among all that the function does.
    """

    structures: Sequence[Structure]
    tape: bytes
    tangents: int
    captured: tuple[int, ...]


class Replay(NamedTuple):
    """What a function did when it was recorded.

    Attributes:
        rules: what each node applies.
        operands: to which earlier nodes; of inputs and constants as on a ``Tape``.
        constants: the numbers of the constant nodes.
        places: for each node the line of source it comes from.
        outputs: the nodes of the result's leaves.
        structure: the structure of the result.
    """

    rules: list[Rule]
    operands: list[tuple[int, ...]]
    constants: list[float]
    places: list[Place | None]
    outputs: list[int]
    structure: Structure

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """Do it again with other inputs: numbers, Values or symbols."""
        recorder = _recorder_of(inputs)
        xs: list[Any] = []
        for rule, operands, place in zip(self.rules, self.operands, self.places):
            if rule is INPUT:
                xs.append(inputs[operands[0]])
            elif rule is CONSTANT:
                xs.append(self.constants[operands[0]])
            elif recorder is None:
                xs.append(rule(*[xs[i] for i in operands]))
            else:
                recorder.place = recorder.again(rule, place)
                xs.append(recorder.apply(rule, tuple([xs[i] for i in operands])))
        if recorder is not None:
            recorder.place = None
        return self.structure.unflatten([xs[i] for i in self.outputs])


def _recorder_of(xs: Sequence[Any]) -> Recorder | None:
    return next((x.recorder for x in xs if isinstance(x, Symbol)), None)


# Packing
# -------

#: Tapes that were packed before; a function is often pickled once for each of many tasks.
_packed: weakref.WeakKeyDictionary[Recording, bytes] = weakref.WeakKeyDictionary()


def pack(recording: Recording) -> bytes:
    """Put a recording, without derivatives, into a few flat arrays; rules go by name."""
    if recording not in _packed:
        tape, length, outputs = recording.recorded
        rules = list(dict.fromkeys([INPUT, CONSTANT, *tape.rules[:length]]))
        places = list(dict.fromkeys(tape.places[:length]))
        operands = tape.operands[:length]
        _packed[recording] = pickle.dumps(
            (
                rules[2:],
                _positions(tape.rules[:length], rules),
                np.array([len(each) for each in operands], np.int32),
                np.array([i for each in operands for i in each], np.int32),
                np.array(tape.constants[: tape.rules[:length].count(CONSTANT)], np.float64),
                places,
                _positions(tape.places[:length], places),
                outputs,
                recording.structure,
            ),
            pickle.HIGHEST_PROTOCOL,
        )
    return _packed[recording]


def _positions(items: Sequence[Any], distinct: Sequence[Any]) -> Any:
    position = {item: i for i, item in enumerate(distinct)}
    return np.array([position[item] for item in items], np.int32)


def unpack(packed: bytes) -> Replay:
    """Return what ``pack`` was given.

    Raises:
        LookupError: the tape applies a primitive that is not declared here.
    """
    others, rule_of, counts, flat, constants, places, place_of, *rest = pickle.loads(packed)
    rules = [INPUT, CONSTANT, *others]
    ends, nodes = np.cumsum(counts).tolist(), flat.tolist()
    return Replay(
        [rules[i] for i in rule_of.tolist()],
        [tuple(nodes[end - count : end]) for end, count in zip(ends, counts.tolist())],
        constants.tolist(),
        [places[i] for i in place_of.tolist()],
        *rest,
    )


def key_of(structures: Sequence[Structure]) -> tuple[Any, ...]:
    """Equal for arguments that the same recording serves."""
    return tuple([_key(structure.root) for structure in structures])


def _key(node: Block | Container) -> Any:
    if isinstance(node, Block):
        return node.shape
    return node.kind, node.keys, tuple([_key(child) for child in node.children])


# Standing for a function
# -----------------------


class Recordings:
    """What has arrived of a function: recordings, its name, and the Values that it reads.

    Attributes:
        origin: where the function is to be found, if arguments come that nobody has recorded.
        stored: the recordings.
        values: the Values that they read.
    """

    def __init__(self, origin: Origin, stored: Sequence[Stored], values: Sequence[Value]) -> None:
        self.origin = origin
        self.stored = stored
        self.values = values
        self._by_key = {key_of(each.structures): each for each in stored}
        self._replays: dict[Any, Replay] = {}

    def call(self, *args: Any) -> Any:
        """What the function returns, by its recording if there is one for such arguments.

        Raises:
            RecordingError: there is none, and the function is not to be found; or it reads Values
                from outside, which need not be what they are where it was pickled.
            LookupError: the recording applies a primitive that is not declared here.
        """
        leaves: list[Any] = []
        structures = []
        for arg in args:
            found, structure = flatten(arg)
            leaves += found
            structures.append(structure)
        key = key_of(structures)
        stored = self._by_key.get(key)
        if stored is None:
            return self._call_function(args, leaves, structures)
        if key not in self._replays:
            self._replays[key] = unpack(stored.tape)
        values = [self.values[i] for i in stored.captured]
        return self._replays[key]([*leaves, *[0.0] * stored.tangents, *values])

    def _call_function(
        self, args: Sequence[Any], leaves: Sequence[Any], structures: Sequence[Structure]
    ) -> Any:
        try:
            function = self._function()
        except (ImportError, AttributeError) as error:
            raise RecordingError(
                f"{self._what_is_known(structures)}. To record it for them, the function itself is "
                f"wanted: {error}. Call it once with such arguments before it is pickled, or "
                "define it at the top level of a module that can be imported at both ends"
            ) from None
        result = function(*args)
        recorder = _recorder_of(leaves)
        if recorder is not None and recorder.captured:
            labels = ", ".join(repr(x) for x in recorder.captured)
            raise RecordingError(
                f"{self._what_is_known(structures)}. Recorded here, it reads Values from outside "
                f"that did not travel with it: {labels}. Pass them as arguments; or, if it does "
                "not branch on data, call it once with such arguments before it is pickled, and "
                "they will"
            )
        return result

    def _function(self) -> Callable[..., Any]:
        """The function itself.

        Raises:
            ImportError, AttributeError: it is not where its name says.
        """
        module, qualname, importable = self.origin[:3]
        if not importable:
            raise ImportError(f"{module}.{qualname} cannot be imported by that name")
        importlib.import_module(module)
        return named(module, qualname)

    def _what_is_known(self, structures: Sequence[Structure]) -> str:
        name = self.origin.qualname.rpartition(".")[2]
        known = [", ".join(map(repr, each.structures)) for each in self.stored]
        recorded = " and ".join(f"({each})" for each in known) or "nothing"
        return (
            f"{name} came as a pickle with {recorded} recorded, and is called with "
            f"({', '.join(map(repr, structures))})"
        )


def named(module: str, qualname: str) -> Callable[..., Any]:
    """The function of that name in an imported module, whether it is compiled there or not.

    Raises:
        KeyError: the module is not imported.
        AttributeError: there is no such name in it.
    """
    from autograd.compiler.compile import Compiled

    found: Any = sys.modules[module]
    for name in qualname.split("."):
        found = getattr(found, name)
    function: Callable[..., Any] = found._f if isinstance(found, Compiled) else found
    return function
