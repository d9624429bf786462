"""Recording: run a function once on symbols, and keep what it did as a tape."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.compiler.symbol import Recorder, Symbol
from autograd.compiler.tape import Tape
from autograd.recording import MODE
from autograd.structure import Structure, flatten


class Recorded(NamedTuple):
    """What a function has done.

    Attributes:
        tape: a tape that begins with it.
        length: how many nodes that is.
        outputs: the nodes of the result's leaves.
    """

    tape: Tape
    length: int
    outputs: list[int]


class Recording:
    """A recorded function.

    Attributes:
        recorder: the tape, and the Values from outside that it reads.
        arguments: for each argument the nodes of its leaves, all of them inputs.
        outputs: the nodes of the result's leaves.
        structure: the structure of the result.
        seconds: how long it took.
        structures: those of the arguments.
        recorded: what ``f`` has done, apart from what derivatives will add or change.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        structures: Sequence[Structure],
        names: Sequence[str],
        keywords: dict[str, Any] | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """Run ``f`` on symbols.

        Args:
            f: the function.
            structures: one for each of its positional arguments.
            names: what to call the arguments in listings.
            keywords: further arguments, passed as they are.
            recorder: what writes the tape; one that refuses all branches if None.

        Raises:
            RecordingError: ``f`` needs a number that is not known while recording.
            TypeError: ``f`` returns something that is not made of numbers.
        """
        start = time.perf_counter()
        self.recorder = recorder or Recorder()
        self.arguments: list[list[int]] = []
        symbols = []
        for structure, name in zip(structures, names, strict=True):
            nodes = [self.recorder.tape.input(path) for path in structure.paths(name)]
            symbols.append(structure.unflatten([Symbol(self.recorder, i) for i in nodes]))
            self.arguments.append(nodes)
        before = MODE.set_recorder(self.recorder)
        try:
            result = f(*symbols, **(keywords or {}))
        finally:
            MODE.set_recorder(before)
        leaves, self.structure = flatten(result)
        self.outputs = [self._output(leaf) for leaf in leaves]
        self.seconds = time.perf_counter() - start
        self.structures = structures
        self.recorded = Recorded(self.recorder.tape, len(self.recorder.tape), self.outputs)

    def copied(self, further: Sequence[Structure] = (), names: Sequence[str] = ()) -> Recording:
        """The same recording with a tape of its own, to which derivatives can be appended.

        Args:
            further: the structures of arguments that follow those of ``f``. There may be none if
                Values from outside were read, which follow all arguments.
            names: what to call these in listings.
        """
        old = self.recorder
        assert not (further and old.captured)
        twin = copy.copy(self)
        twin.recorder = Recorder()
        tape = twin.recorder.tape = old.tape.copy()
        twin.recorder.captured = dict(old.captured)
        twin.recorder.conditions = list(old.conditions)
        twin.arguments = list(self.arguments)
        for structure, name in zip(further, names, strict=True):
            twin.arguments.append([tape.input(path) for path in structure.paths(name)])
        twin.structures = [*self.structures, *further]
        return twin

    def _output(self, leaf: Any) -> int:
        try:
            return self.recorder.node_of(leaf)
        except TypeError as error:
            raise TypeError(f"the result of a compiled function: {error}") from None
