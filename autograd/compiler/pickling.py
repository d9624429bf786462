"""Pickles of compiled functions: the tapes travel, machine code does not.

What has been recorded travels as it was recorded, constants and all, so that the same numbers come
out at the other end. The function itself travels by its name, as functions do in pickles; it is
looked up only for arguments, and for ways through it, that nobody has recorded. Values that the
function takes from outside travel with the numbers that they have at the time.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import pickle
from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler.batch import Arguments
from autograd.compiler.branches import TraceTree
from autograd.compiler.compile import Compiled
from autograd.compiler.derivation import Derivation
from autograd.compiler.execution import Executable
from autograd.compiler.guarded import AnyExecutable
from autograd.compiler.record import Recording
from autograd.compiler.recordings import Origin, Recordings, Stored, named
from autograd.compiler.replay import key_of, pack, pack_traces
from autograd.value import Value
from autograd.version import __version__

#: Of how many different pickles the machine code is kept, for others that are equal to one of them.
_KEPT = 32


def reduce(compiled: Compiled) -> tuple[Callable[..., Compiled], tuple[Any, ...]]:
    """What ``pickle`` needs to rebuild a compiled function.

    Raises:
        PicklingError: nothing has been recorded, and the function cannot be imported by name.
    """
    values: dict[Value, int] = {}
    stored: list[Stored] = []
    if isinstance(compiled, Unpickled):
        origin = compiled.recordings.origin
        values = {value: i for i, value in enumerate(compiled.recordings.values)}
        stored = list(compiled.recordings.stored)
        recordings, trees = compiled.recorded_here()
    else:
        origin = _origin(compiled._f)
        recordings, trees = list(compiled._recordings.values()), list(compiled._trees.values())
    for recording in recordings:
        captured = [values.setdefault(x, len(values)) for x in recording.recorder.captured]
        stored.append(Stored(recording.structures, pack(recording), 0, tuple(captured)))
    stored += [_stored(tree, values) for tree in _different(trees)]
    if not stored and not origin.importable:
        raise pickle.PicklingError(
            f"{origin.qualname} cannot be pickled by its name, as {origin.module}."
            f"{origin.qualname} is not it, and nothing has been recorded that could travel "
            "instead. Define it at the top level of a module, or call it once with such arguments "
            "as it will get"
        )
    core = pickle.dumps((origin, compiled._options, stored), protocol=5)
    return restore, (__version__, core, list(values))


def _different(trees: Sequence[TraceTree]) -> list[TraceTree]:
    """The trees without those all of whose ways are in another one for the same arguments."""
    ways = {
        tree: {(key_of(tree.structures), *trace.path) for trace in list(tree.traces)}
        for tree in trees
        if tree.traces
    }
    found: list[TraceTree] = []
    for tree in sorted(ways, key=lambda tree: -len(ways[tree])):
        if not any(ways[tree] <= ways[other] for other in found):
            found.append(tree)
    return found


def _stored(tree: TraceTree, values: dict[Value, int]) -> Stored:
    """The recordings of a tree; the Values that they read are added to ``values``."""
    traces = list(tree.traces)
    read: dict[Value, int] = {}
    inputs = []
    for trace in traces:
        recording = trace.recording
        first = sum(map(len, recording.arguments))
        captured = [first + read.setdefault(x, len(read)) for x in recording.recorder.captured]
        inputs.append([*range(first), *captured])
    captured = [values.setdefault(x, len(values)) for x in read]
    further = traces[0].recording.arguments[len(tree.structures) :]
    tangents = sum(map(len, further))
    return Stored(tree.structures, pack_traces(traces, inputs), tangents, tuple(captured))


def _origin(f: Callable[..., Any]) -> Origin:
    module = getattr(f, "__module__", None) or "__main__"
    qualname = str(getattr(f, "__qualname__", type(f).__qualname__))
    try:
        importable = named(module, qualname) is f
    except (KeyError, AttributeError):
        importable = False
    try:
        signature = inspect.signature(f)
        parameters = [
            (p.name, p.kind, p.default is not p.empty) for p in signature.parameters.values()
        ]
    except (TypeError, ValueError):
        parameters = []
    return Origin(module, qualname, importable, getattr(f, "__doc__", None), parameters)


def restore(version: str, core: bytes, values: list[Value]) -> Compiled:
    """Rebuild a compiled function.

    Equal pickles give the same object, as those of functions do, so that what one task has compiled
    the next need not. Where there are Values, the objects differ, and share their machine code.

    Args:
        version: that of the package that wrote the pickle.
        core: all but the Values.
        values: those that the function reads.

    Raises:
        UnpicklingError: another version of this package wrote it.
        ImportError: it is compiled with ``backend="llvm"``, and llvmlite is not installed here.
    """
    if version != __version__:
        raise pickle.UnpicklingError(
            f"this compiled function was pickled by scalar-autodiff {version}, and this is "
            f"{__version__}, where a tape may mean something else. Install the same version at "
            "both ends, or compile the function here"
        )
    shared = _shared(core, len(values))
    return Unpickled(core, values, shared) if values else shared


@functools.lru_cache(_KEPT)
def _shared(core: bytes, values: int) -> Unpickled:
    return Unpickled(core, [Value(0.0) for _ in range(values)])


class Unpickled(Compiled):
    """A compiled function that came as a pickle.

    Attributes:
        recordings: what stands for the function.
    """

    def __init__(
        self, core: bytes, values: Sequence[Value], shared: Unpickled | None = None
    ) -> None:
        """Make it from ``core``; it will have the machine code of ``shared``, but other Values."""
        origin, options, stored = pickle.loads(core)
        self.recordings = recordings = Recordings(origin, stored, values)

        def function(*args: Any) -> Any:
            return recordings.call(*args)

        function.__module__, function.__qualname__ = origin.module, origin.qualname
        function.__name__ = origin.qualname.rpartition(".")[2]
        function.__doc__ = origin.doc
        parameters = [
            inspect.Parameter(name, kind, default=... if optional else inspect.Parameter.empty)
            for name, kind, optional in origin.parameters
        ]
        function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        # Replacing nothing checks the options: what is installed there need not be here.
        super().__init__(function, dataclasses.replace(options))
        # With guards it is not the machine code alone that depends on the Values.
        self._shared = shared if self._options.branches == "error" else None

    def recorded_here(self) -> tuple[list[Recording], list[TraceTree]]:
        """What was recorded of the function itself after it had arrived, not of what had."""
        recordings = [
            recording
            for each in ([self] if self._shared is None else [self, self._shared])
            for key, recording in each._recordings.items()
            if key in each.recordings.anew
        ]
        anew = self.recordings.anew
        trees = [tree for tree in self._trees.values() if key_of(tree.structures) in anew]
        return recordings, trees

    def _executable(
        self, arguments: Arguments, args: Sequence[Any], with_grad: bool
    ) -> AnyExecutable:
        key = (arguments.key, with_grad)
        if self._shared is not None and key not in self._executables:
            shared = self._shared._executable(arguments, args, with_grad)
            self._executables[key] = self._with_own_values(shared)
        return super()._executable(arguments, args, with_grad)

    def _derived_executable(
        self, kind: type[Derivation], arguments: Arguments, args: Sequence[Any]
    ) -> AnyExecutable:
        key = (arguments.key, kind)
        if self._shared is not None and key not in self._derived:
            shared = self._shared._derived_executable(kind, arguments, args)
            self._derived[key] = self._with_own_values(shared)
        return super()._derived_executable(kind, arguments, args)

    def _with_own_values(self, shared: AnyExecutable) -> AnyExecutable:
        """The same machine code, reading this object's Values instead of those of ``_shared``."""
        assert self._shared is not None
        own = dict(zip(self._shared.recordings.values, self.recordings.values, strict=True))
        assert isinstance(shared, Executable)
        return shared.reading([own[value] for value in shared.captured])
