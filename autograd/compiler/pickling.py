"""Pickles of compiled functions: the tapes travel, machine code does not.

What has been recorded travels as it was recorded, constants and all, so that the same numbers come
out at the other end. The function itself travels by its name, as functions do in pickles; it is
looked up only when arguments come that nobody has recorded. Values that the function takes from
outside travel with the numbers that they have at the time.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import pickle
from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler.batch import Arguments
from autograd.compiler.compile import Compiled
from autograd.compiler.derivation import Derivation
from autograd.compiler.derivatives import DerivedExecutable
from autograd.compiler.execution import Executable
from autograd.compiler.guarded import AnyExecutable
from autograd.compiler.replay import Origin, Recordings, Stored, key_of, named, pack
from autograd.compiler.tape import INPUT
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
    stored: dict[Any, Stored] = {}
    if isinstance(compiled, Unpickled):
        origin = compiled.recordings.origin
        values = {value: i for i, value in enumerate(compiled.recordings.values)}
        stored = {key_of(each.structures): each for each in compiled.recordings.stored}
    else:
        origin = _origin(compiled._f)
    for executable in compiled._all_executables():
        recording = executable.recording
        structures = recording.structures
        if isinstance(executable, DerivedExecutable):
            # Tangents and cotangents come after the function's own arguments.
            structures = structures[: executable.derivation.count]
        key = key_of(structures)
        # What was recorded for some samples only says nothing about the others.
        if key not in stored and not recording.recorder.conditions:
            captured = [values.setdefault(x, len(values)) for x in recording.recorder.captured]
            tape, length, _ = recording.recorded
            inputs = sum(map(len, recording.arguments[: len(structures)])) + len(captured)
            tangents = tape.rules[:length].count(INPUT) - inputs
            stored[key] = Stored(structures, pack(recording), tangents, tuple(captured))
    if not stored and not origin.importable:
        guarded = compiled._options.branches == "guard"
        raise pickle.PicklingError(
            f"{origin.qualname} cannot be pickled by its name, as {origin.module}."
            f"{origin.qualname} is not it, and nothing has been recorded that could travel "
            "instead. Define it at the top level of a module"
            + ("" if guarded else ", or call it once with such arguments as it will get")
        )
    core = pickle.dumps((origin, compiled._options, list(stored.values())), protocol=5)
    return restore, (__version__, core, list(values))


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
