"""``compile``: a plain Python function, recorded once, then run at machine speed over batches."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from autograd.compiler.batch import Arguments
from autograd.compiler.differentiate import differentiate
from autograd.compiler.emit_numpy import NumpyKernel
from autograd.compiler.kernel import Kernel
from autograd.compiler.machine_code import binding
from autograd.compiler.program import Program, Report
from autograd.compiler.record import Recording
from autograd.compiler.storage import Address
from autograd.structure import Block, Structure
from autograd.transforms import checked_argnums

FloatArray = npt.NDArray[np.float64]
Reduce = Literal["sum", "mean"] | None
Backend = Literal["auto", "llvm", "numpy"]

#: Samples whose sums are accumulated one after the other; the blocks' sums are added pairwise.
_BLOCK = 8192


def compile(
    f: Callable[..., Any] | None = None,
    *,
    argnums: int | Sequence[int] = 0,
    in_axes: Any = None,
    reduce: Reduce = None,
    backend: Backend = "auto",
    threads: int | None = None,
) -> Any:
    """Compile a function of numbers, and its gradient, to run over batches.

    >>> import numpy as np
    >>> from autograd import dot
    >>> from autograd.compiler import compile
    >>> def loss(w, x, y):
    ...     return (dot(w, x) - y) ** 2
    >>> f = compile(loss, in_axes=(None, 0, 0), reduce="mean")
    >>> value, gradient = f.value_and_grad(np.zeros(2), np.ones((5, 2)), np.ones(5))
    >>> value, gradient
    (1.0, array([-2., -2.]))

    The function is run once for each structure and shape of its arguments, on symbols: it may use
    loops, lists and functions of its own, but what is not known before the numbers are (branches on
    them, conversions to float) is an error that says what to write instead. Leaf Values that it
    takes from elsewhere are read anew at each call; other numbers and arrays from elsewhere are
    constants.

    Args:
        f: the function. Its arguments may be numbers, nested lists, tuples and dicts of numbers,
            and arrays of any number of dimensions; its result any structure of numbers.
        argnums: which arguments ``grad`` and ``value_and_grad`` differentiate.
        in_axes: for each argument the axis that runs over the samples, or None if it is the same
            for all of them; None alone means that there are no samples.
        reduce: whether values and gradients are summed (``"sum"``) or averaged (``"mean"``) over
            the samples; with None they come for each sample, along the first axis.
        backend: ``"llvm"`` makes machine code and needs llvmlite (extra ``jit``), ``"numpy"`` does
            not; ``"auto"`` takes the first if it is there.
        threads: over how many threads the samples are spread; None for one on each core that this
            process may use. The results do not depend on it, to the last bit.

    Returns:
        A ``Compiled`` function; without ``f``, a decorator.

    Raises:
        ValueError: ``reduce`` or ``backend`` is none of the above, or ``threads`` is not positive.
        ImportError: ``backend`` is ``"llvm"`` and llvmlite is not installed.
    """
    options = _Options(argnums, in_axes, reduce, backend, threads)
    return functools.partial(Compiled, options=options) if f is None else Compiled(f, options)


@dataclass(frozen=True)
class _Options:
    """The arguments of ``compile``."""

    argnums: int | Sequence[int]
    in_axes: Any
    reduce: Reduce
    backend: Backend
    threads: int | None

    def __post_init__(self) -> None:
        if self.reduce not in (None, "sum", "mean"):
            raise ValueError(f"reduce should be None, 'sum' or 'mean', not {self.reduce!r}")
        if self.backend not in ("auto", "llvm", "numpy"):
            raise ValueError(f"backend should be 'auto', 'llvm' or 'numpy', not {self.backend!r}")
        if self.threads is not None and (not isinstance(self.threads, int) or self.threads < 1):
            raise ValueError(f"threads should be a positive int or None, not {self.threads!r}")
        if self.backend == "llvm":
            binding()

    def emit(self, kernel: Kernel, one_sample: bool) -> Any:
        """What runs a kernel: machine code, or NumPy."""
        machine_code = self.backend == "llvm" or (
            self.backend == "auto" and importlib.util.find_spec("llvmlite") is not None
        )
        if machine_code:
            from autograd.compiler.emit_llvm import compile_kernel

            return compile_kernel(kernel, lanes=1 if one_sample else None)
        return NumpyKernel(kernel)

    def workers(self) -> int:
        """How many threads there may be."""
        if self.threads is not None:
            return self.threads
        usable = getattr(os, "sched_getaffinity", None)
        return len(usable(0)) if usable else os.cpu_count() or 1


class Compiled:
    """A compiled function: call it for its value, or use ``grad`` and ``value_and_grad``."""

    def __init__(self, f: Callable[..., Any], options: _Options) -> None:
        functools.update_wrapper(self, f)
        self._f = f
        self._options = options
        self._programs: dict[Any, _Program] = {}

    def __call__(self, *args: Any) -> Any:
        """The function's value: for each sample, or reduced over them.

        Raises:
            TypeError: an argument is not made of real numbers, or the function cannot be recorded.
            ValueError: ``in_axes`` does not fit the arguments, or they differ in their samples.
        """
        arguments = self._arguments(args)
        if arguments.has_operands:
            return self._f(*args)
        return self._program(arguments, None).value(arguments)

    def value_and_grad(self, *args: Any) -> tuple[Any, Any]:
        """The value and its derivatives with respect to the arguments ``argnums``.

        The function must return one number. Derivatives have the structure of the arguments; those
        of arguments that run over samples come for each sample.

        Raises:
            TypeError, ValueError: as a call; also if the result is not one number.
        """
        arguments = self._arguments(args)
        if arguments.has_operands:
            raise TypeError(
                "value_and_grad of a compiled function wants numbers, not Values; call the "
                "function itself inside what you differentiate"
            )
        chosen = checked_argnums(self._options.argnums, args)
        value, gradients = self._program(arguments, chosen).value_and_grad(arguments)
        several = isinstance(self._options.argnums, (tuple, list))
        return value, tuple(gradients) if several else gradients[0]

    def grad(self, *args: Any) -> Any:
        """The derivatives alone; see ``value_and_grad``."""
        return self.value_and_grad(*args)[1]

    def report(self) -> str:
        """What the passes did, for each recording so far."""
        return "\n\n".join(str(program.report) for program in self._programs.values())

    def _arguments(self, args: Sequence[Any]) -> Arguments:
        return Arguments(args, self._options.in_axes, _names(self._f, len(args)))

    def _program(self, arguments: Arguments, argnums: list[int] | None) -> _Program:
        key = (arguments.key, None if argnums is None else tuple(argnums))
        if key not in self._programs:
            self._programs[key] = _Program(self._f, arguments, argnums, self._options)
        return self._programs[key]


def _names(f: Callable[..., Any], count: int) -> list[str]:
    """Names for the arguments, from the function's signature where it has one."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [named[i] if i < len(named) else f"args[{i}]" for i in range(count)]


class _Program:
    """One recording, for one structure of the arguments, and the kernels that came of it.

    Attributes:
        report: what the passes did.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        arguments: Arguments,
        argnums: list[int] | None,
        options: _Options,
    ) -> None:
        start = time.perf_counter()
        names = _names(f, len(arguments.structures))
        recording = Recording(f, arguments.structures, names)
        self.options = options
        self.reduce = options.reduce if arguments.samples is not None else None
        self.output_structure = recording.structure
        self.captured = list(recording.recorder.captured)
        self.argnums = argnums or []
        gradients: list[int] = []
        if argnums is not None:
            root = recording.structure.root
            if not isinstance(root, Block) or root.shape is not None:
                raise TypeError(
                    "value_and_grad wants a function that returns one number, but it returned "
                    f"{root!r}"
                )
            variables = [node for i in argnums for node in recording.arguments[i]]
            gradients = differentiate(recording.recorder, {recording.outputs[0]: 1.0}, variables)
        batched = arguments.batched() + [False] * len(self.captured)
        if arguments.samples is None:
            batched = [True] * len(batched)
        self.all_batched = arguments.samples is None
        recorded = time.perf_counter() - start
        self.destinations = self._destinations(arguments, len(recording.outputs))
        nodes = [*recording.outputs, *gradients]
        self.program = Program(
            recording.recorder.tape,
            list(zip(nodes, self.destinations, strict=True)),
            batched,
            options.emit,
            one_sample=self.all_batched,
        )
        self.report: Report = self.program.report
        self.report.seconds = {"record": recorded, **self.report.seconds}

    def _destinations(self, arguments: Arguments, outputs: int) -> list[Address]:
        """Where the leaves of the value, then those of the gradients, are written."""
        per_sample = [self.reduce is None] * outputs
        for i in self.argnums:
            blocks = arguments.structures[i].root.blocks("")
            for (_, block), axis in zip(blocks, arguments.axes[i], strict=True):
                kept = self.reduce is None or axis is not None
                per_sample += [kept] * (block.stop - block.start)
        counts = {"out": 0, "sum": 0}
        destinations: list[Address] = []
        for kept in per_sample:
            space = "out" if kept else "sum"
            destinations.append((space, counts[space]))
            counts[space] += 1
        self.counts = counts
        return destinations

    def run(self, arguments: Arguments) -> list[FloatArray]:
        """Return the numbers of each leaf: shape (N,), or () for those that are reduced."""
        inputs, singles = arguments.numbers()
        if self.captured:
            singles = np.concatenate([singles, [value.data for value in self.captured]])
        if self.all_batched:
            inputs, singles = singles[None, :], np.empty(0)
        samples = len(inputs)
        out = np.empty((samples, self.counts["out"]))
        blocks = range(0, samples, _BLOCK)
        sums = np.zeros((max(len(blocks), 1), self.counts["sum"]))
        run = self.program.prepared(singles)

        def run_block(row: int) -> None:
            part = slice(blocks[row], blocks[row] + _BLOCK)
            run(inputs[part], out[part], sums[row])

        workers = min(self.options.workers(), len(blocks))
        if workers > 1:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(run_block, range(len(blocks))))
        else:
            for row in range(len(blocks)):
                run_block(row)
        totals = np.ascontiguousarray(sums.T).sum(axis=1)
        if self.reduce == "mean":
            with np.errstate(invalid="ignore"):  # the mean of nothing is nan
                totals /= samples
            out /= samples
        return [out[:, k] if space == "out" else totals[k] for space, k in self.destinations]

    def value(self, arguments: Arguments) -> Any:
        """The value in the structure that the function returns."""
        return self._assembled(self.output_structure, self.run(arguments), None)

    def value_and_grad(self, arguments: Arguments) -> tuple[Any, list[Any]]:
        """The value, and for each chosen argument the derivatives in its structure."""
        leaves = self.run(arguments)
        gradients, start = [], 1
        for i in self.argnums:
            structure = arguments.structures[i]
            part = leaves[start : start + structure.size]
            gradients.append(self._assembled(structure, part, arguments.axes[i]))
            start += structure.size
        return self._assembled(self.output_structure, leaves[:1], None), gradients

    def _assembled(
        self, structure: Structure, leaves: list[FloatArray], axes: list[int | None] | None
    ) -> Any:
        remaining = iter(axes or [])

        def make(block: Block) -> Any:
            axis = next(remaining, None)
            stacked = np.array(leaves[block.start : block.stop])
            if self.all_batched:
                stacked = stacked[:, 0]
            if block.shape is None:
                single = stacked[0]
                return single if np.ndim(single) else float(single)
            per_sample = stacked.ndim == 2
            array = stacked.T.reshape(-1, *block.shape) if per_sample else stacked
            if per_sample:
                return np.moveaxis(array, 0, axis or 0)
            return array.reshape(block.shape)

        return structure.build(make)
