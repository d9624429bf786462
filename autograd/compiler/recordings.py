"""What has arrived of a function that was pickled, and stands for it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd.compiler.guide import quoted
from autograd.compiler.replay import Packed, Replay, UnknownWay, key_of, recorder_of, unpack
from autograd.errors import RecordingError
from autograd.structure import Structure, flatten
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
    """What was recorded for one structure of the arguments, without the Values that it reads.

    Attributes:
        structures: those of the arguments.
        tapes: the tapes, packed: one, or several if there are branches.
        tangents: how many inputs of the tapes, after those of the arguments, nothing depends on.
        captured: the Values that the tapes read, by their places among all that the function does.
    """

    structures: Sequence[Structure]
    tapes: Packed
    tangents: int
    captured: tuple[int, ...]


class Recordings:
    """What has arrived of a function: recordings, its name, and the Values that it reads.

    Attributes:
        origin: where the function is to be found, if it does what nobody has recorded.
        stored: the recordings; with branches there may be several for the same arguments.
        values: the Values that they read.
        anew: the keys of arguments for which the function itself was recorded here.
    """

    def __init__(self, origin: Origin, stored: Sequence[Stored], values: Sequence[Value]) -> None:
        self.origin = origin
        self.stored = stored
        self.values = values
        self.anew: set[Any] = set()
        self._replays: dict[int, Replay] = {}

    def call(self, *args: Any) -> Any:
        """What the function returns, by its recordings if there are some for such arguments.

        Raises:
            RecordingError: there is none, or it does not go the way that these numbers go, and the
                function is not to be found; or it reads Values from outside, which need not be
                what they are where it was pickled.
            LookupError: a recording applies a primitive that is not declared here.
        """
        leaves: list[Any] = []
        structures = []
        for arg in args:
            found, structure = flatten(arg)
            leaves += found
            structures.append(structure)
        recorder = recorder_of(leaves)
        missing = None
        for replay, inputs in self._known(leaves, structures):
            undo = recorder.mark() if recorder is not None else None
            try:
                return replay(inputs)
            except UnknownWay as error:
                missing = error
                if undo is not None:
                    undo()
        return self._call_function(args, leaves, structures, missing)

    def _known(
        self, leaves: Sequence[Any], structures: Sequence[Structure]
    ) -> Iterator[tuple[Replay, list[Any]]]:
        """The recordings for such arguments, with their inputs."""
        key = key_of(structures)
        for i, each in enumerate(self.stored):
            if key_of(each.structures) == key:
                if i not in self._replays:
                    self._replays[i] = unpack(each.tapes)
                values = [self.values[k] for k in each.captured]
                yield self._replays[i], [*leaves, *[0.0] * each.tangents, *values]

    def _call_function(
        self,
        args: Sequence[Any],
        leaves: Sequence[Any],
        structures: Sequence[Structure],
        missing: UnknownWay | None,
    ) -> Any:
        what = self._what_is_missing(structures, missing)
        it = "it for them" if missing is None else "that one"
        such = "such arguments" if missing is None else "numbers that go this way"
        try:
            function = self._function()
        except (ImportError, AttributeError) as error:
            raise RecordingError(
                f"{what}. To record {it}, the function itself is wanted: {error}. Call it once "
                f"with {such} before it is pickled, or define it at the top level of a module that "
                "can be imported at both ends"
            ) from None
        recorder = recorder_of(leaves)
        before = len(recorder.captured) if recorder is not None else 0
        result = function(*args)
        if recorder is not None:
            captured = list(recorder.captured)[before:]
            if captured:
                raise RecordingError(
                    f"{what}. Recorded here, it reads Values from outside that did not travel "
                    f"with it: {', '.join(map(repr, captured))}. Pass them as arguments, or call "
                    f"it once with {such} before it is pickled, and they will travel"
                )
            self.anew.add(key_of(structures))
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

    def _what_is_missing(self, structures: Sequence[Structure], missing: UnknownWay | None) -> str:
        """What was recorded, and what else is wanted."""
        name = self.origin.qualname.rpartition(".")[2]
        if missing is not None:
            return (
                f"{name} came as a pickle, with the ways through it that had been recorded; these "
                f"numbers go another way, which parts from those at {quoted(missing.guard.place)}"
            )
        known = dict.fromkeys(", ".join(map(repr, each.structures)) for each in self.stored)
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
