"""Recording: run a function once on symbols, and keep what it did as a tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler.symbol import Recorder, Symbol
from autograd.structure import Structure, flatten


class Recording:
    """A recorded function.

    Attributes:
        recorder: the tape, and the Values from outside that it reads.
        arguments: for each argument the nodes of its leaves, all of them inputs.
        outputs: the nodes of the result's leaves.
        structure: the structure of the result.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        structures: Sequence[Structure],
        names: Sequence[str],
        keywords: dict[str, Any] | None = None,
    ) -> None:
        """Run ``f`` on symbols.

        Args:
            f: the function.
            structures: one for each of its positional arguments.
            names: what to call the arguments in listings.
            keywords: further arguments, passed as they are.

        Raises:
            RecordingError: ``f`` needs a number that is not known while recording.
            TypeError: ``f`` returns something that is not made of numbers.
        """
        self.recorder = Recorder()
        self.arguments: list[list[int]] = []
        symbols = []
        for structure, name in zip(structures, names, strict=True):
            nodes = [self.recorder.tape.input(path) for path in structure.paths(name)]
            symbols.append(structure.unflatten([Symbol(self.recorder, i) for i in nodes]))
            self.arguments.append(nodes)
        leaves, self.structure = flatten(f(*symbols, **(keywords or {})))
        self.outputs = [self.recorder.node_of(leaf) for leaf in leaves]
