"""Recording: run a function once on symbols, and keep what it did as a tape."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.compiler.differentiate import differentiate
from autograd.compiler.outline import outline
from autograd.compiler.symbol import Recorder, Symbol
from autograd.compiler.tape import Tape
from autograd.recording import MODE
from autograd.structure import Structure, flatten
from autograd.value import Value


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
        unoutlined: the tape before it was outlined; None if it is not.
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
        self.unoutlined: Tape | None = None
        self._shorter: Recording | None = None
        self._is_searched = False
        self._gradients: dict[tuple[int, ...], tuple[Tape, dict[Value, int], list[int]]] = {}

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
        if further:
            twin._gradients = {}
        return twin

    def append_gradient(self, variables: Sequence[int]) -> list[int]:
        """Append the derivatives of the only result to the tape, and return their nodes.

        Several things are computed of a function that begin with its gradient. The sweep is done
        for the first of them, and its outcome shared by all copies of the recording.

        Args:
            variables: the nodes with respect to which derivatives are wanted.
        """
        key, recorder = tuple(variables), self.recorder
        if key not in self._gradients:
            (output,) = self.outputs
            gradient = differentiate(recorder, {output: 1.0}, variables)
            # Partials of users' primitives may read Values, too.
            self._gradients[key] = recorder.tape.copy(), dict(recorder.captured), gradient
        else:
            tape, captured, gradient = self._gradients[key]
            recorder.tape, recorder.captured = tape.copy(), dict(captured)
        return list(gradient)

    def outlined(self) -> Recording:
        """The same recording with a shorter tape, if there is one; else this."""
        if not self._is_searched:
            self._shorter = self._outlined()
            self._is_searched = True
        return self._shorter or self

    def _outlined(self) -> Recording | None:
        old = self.recorder
        found = outline(old.tape, self.outputs)
        if found is None:
            return None
        twin = copy.copy(self)
        twin.recorder = Recorder()
        of_node = found.twin.tolist()
        twin.recorder.tape, twin.unoutlined = found.tape, old.tape
        twin.recorder.captured = {value: of_node[node] for value, node in old.captured.items()}
        twin.arguments = [[of_node[node] for node in nodes] for nodes in self.arguments]
        twin.outputs = [of_node[node] for node in self.outputs]
        twin._gradients = {}
        return twin

    def _output(self, leaf: Any) -> int:
        try:
            return self.recorder.node_of(leaf)
        except TypeError as error:
            raise TypeError(f"the result of a compiled function: {error}") from None
