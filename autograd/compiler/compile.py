"""``compile``: a plain Python function, recorded once, then run at machine speed over batches."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.compiler.batch import Arguments
from autograd.compiler.bound import Bound
from autograd.compiler.branches import TraceTree
from autograd.compiler.derivatives import Derivatives
from autograd.compiler.execution import Executable
from autograd.compiler.frame import Memory
from autograd.compiler.guarded import AnyExecutable, GuardedExecutable, executable
from autograd.compiler.node import node_of
from autograd.compiler.options import Backend, Branches, Options, Reduce
from autograd.compiler.point import Points, form
from autograd.structure import Structure, flatten
from autograd.transforms import checked_argnums
from autograd.value import Value

FloatArray = npt.NDArray[np.float64]


def compile(
    f: Callable[..., Any] | None = None,
    *,
    argnums: int | Sequence[int] = 0,
    in_axes: Any = None,
    reduce: Reduce = None,
    backend: Backend = "auto",
    threads: int | None = None,
    check: bool = False,
    cache: bool = True,
    branches: Branches = "error",
    max_recordings: int = 64,
    max_conditions: int = 10_000,
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
        check: look at every operation's result, and raise where a nan or inf is first produced
            from finite numbers; much slower.
        cache: keep machine code on disk, in the user's cache directory, for the next process.
        branches: what a branch on a recorded number is: ``"error"``, or with ``"guard"`` something
            that is recorded as one sample does it, together with its condition; samples that do
            otherwise get recordings of their own. See docs/branches.md.
        max_recordings: how many recordings there may be for each structure of the arguments.
        max_conditions: how many branches a recording may have; a loop that never ends has more.

    Returns:
        A ``Compiled`` function; without ``f``, a decorator.

    Raises:
        ValueError: ``reduce``, ``backend`` or ``branches`` is none of the above, or a number is
            not positive.
        TypeError: ``f`` is no function.
        ImportError: ``backend`` is ``"llvm"`` and llvmlite is not installed.
        FloatingPointError: (when called) ``check`` is set and a result is nan or inf; the message
            names the operation, its operands, the sample and the line of source.
    """
    options = Options(
        argnums,
        in_axes,
        reduce,
        backend,
        threads,
        check,
        cache,
        branches,
        max_recordings,
        max_conditions,
    )
    return functools.partial(Compiled, options=options) if f is None else Compiled(f, options)


class Compiled(Derivatives):
    """A compiled function: call it for its value, or ask for one of its derivatives."""

    def __init__(self, f: Callable[..., Any], options: Options) -> None:
        if not callable(f):
            raise TypeError(f"compile wants a function, not {f!r} of type {type(f).__name__}")
        super().__init__()
        functools.update_wrapper(self, f)
        self._f = f
        self._options = options
        self._executables: dict[Any, AnyExecutable] = {}
        self._variants: dict[tuple[int, ...], Compiled] = {}
        self._values, self._gradients = Points(), Points()

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """The function's value: for each sample, or reduced over them.

        Raises:
            TypeError: an argument is not made of real numbers, or the function cannot be recorded.
            ValueError: ``in_axes`` does not fit the arguments, or they differ in their samples.
        """
        if len(args) == 1 and not keywords:
            point = self._values.take(form(args[0]))
            if point is not None:
                try:
                    return point.at(args[0])
                finally:
                    point.home.append(point)
        args = self._positional(args, keywords)
        arguments = self._arguments(args)
        if arguments.has_operands:
            return node_of(self, self._f, args)
        return self._run(arguments, args, False)[0]

    def value_and_grad(self, *args: Any, **keywords: Any) -> tuple[Any, Any]:
        """The value and its derivatives with respect to the arguments ``argnums``.

        The function must return one number. Derivatives have the structure of the arguments; those
        of arguments that run over samples come for each sample.

        Raises:
            TypeError, ValueError: as a call; also if the result is not one number.
        """
        if len(args) == 1 and not keywords:
            point = self._gradients.take(form(args[0]))
            if point is not None:
                try:
                    return point.at(args[0])  # type: ignore[no-any-return]
                finally:
                    point.home.append(point)
        args = self._positional(args, keywords)
        arguments = self._arguments(args)
        if arguments.has_operands:
            raise TypeError(
                "value_and_grad of a compiled function wants numbers, not Values; call the "
                "function itself inside what you differentiate"
            )
        return self._run(arguments, args, True)

    def grad(self, *args: Any, **keywords: Any) -> Any:
        """The derivatives alone; see ``value_and_grad``."""
        return self.value_and_grad(*args, **keywords)[1]

    def bind(self, *args: Any, **keywords: Any) -> Bound:
        """Tie value and gradient to arrays: what is in them at the time of each call counts.

        Nothing is allocated per call. Arrays of float64 among the arguments are read anew each
        time; all other arguments are constants.

        Raises:
            TypeError, ValueError: as ``value_and_grad``; also with ``check``.
        """
        args = self._positional(args, keywords)
        arguments = self._arguments(args)
        if arguments.has_operands:
            raise TypeError("bind wants numbers and arrays, not Values")
        executable = self._executable(arguments, args, True)
        if self._options.check:
            raise ValueError("a function compiled with check=True cannot be bound")
        return Bound(executable, arguments)

    def __repr__(self) -> str:
        return f"<compiled function {getattr(self._f, '__qualname__', repr(self._f))}>"

    @property
    def runs_over_samples(self) -> bool:
        """Whether ``in_axes`` gives some argument an axis of samples."""
        axes, _ = flatten(self._options.in_axes)
        return any(axis is not None for axis in axes)

    def gives_one_number(self, *args: Any) -> bool:
        """Whether the value at these arguments, numbers all of them, is a single number."""
        return self._executable(self._arguments(args), args, False).gives_one_number

    def differentiating(self, argnums: tuple[int, ...]) -> Compiled:
        """The same function, with derivatives with respect to other arguments."""
        if argnums not in self._variants:
            options = dataclasses.replace(self._options, argnums=argnums)
            self._variants[argnums] = Compiled(self._f, options)
        return self._variants[argnums]

    @property
    def captured(self) -> list[Value]:
        """The leaf Values from outside that the recordings so far read anew at each call."""
        found = (value for each in self._all_executables() for value in each.captured)
        return list(dict.fromkeys(found))

    def report(self) -> str:
        """What the passes did, for each recording so far."""
        return "\n\n".join(each.report() for each in self._all_executables())

    def source(self, language: str, *args: Any) -> str:
        """Readable source of the value and, if that is one number, of its gradient.

        It needs nothing but the language, has the loops that were recovered, and the names of the
        function's arguments and variables. It works on one sample; if the results are reduced,
        a second function runs over the samples. Values from outside are parameters after the
        arguments; other numbers from outside are constants. With branches on data it has the ways
        through the function that were recorded.

        Args:
            language: ``"c"`` (C99), ``"python"`` (floats and ``math``) or ``"javascript"``.
            *args: arguments like those that the source will be called with: their structure and
                shapes count, and with branches on data their numbers, whose ways are recorded; if
                there are none, those of the latest recording.

        Raises:
            ValueError: there is no such language, or the arguments do not fit ``in_axes``.
            TypeError: there are no arguments, and the function has not been called yet.
            RecordingError: the function cannot be recorded.
        """
        from autograd.compiler.source import Samples, source_of_function

        structures: Sequence[Structure] = []
        tree = None
        if args:
            arguments = self._arguments(args)
            structures = [structure for structure, _ in arguments.structures()]
            tree = self._ways(arguments, args)
        elif self._executables:
            latest = self._executables[next(reversed(self._executables))]
            structures = latest.recording.structures
            tree = latest.tree if isinstance(latest, GuardedExecutable) else None
        elif inspect.signature(self._f).parameters:
            raise TypeError(
                "the function has not been called yet, so the shapes of its arguments are not "
                f"known: give some, as in source({language!r}, *args)"
            )
        options, count = self._options, len(structures)
        axes = options.in_axes
        each = axes if isinstance(axes, (tuple, list)) else [axes] * count
        samples = Samples([flatten(x)[0] for x in each], options.reduce)
        return source_of_function(
            language,
            self._f,
            structures,
            [self._name_of(i) for i in range(count)],
            checked_argnums(options.argnums, structures) if count else [],
            isinstance(options.argnums, (tuple, list)),
            samples if self.runs_over_samples else None,
            tree,
        )

    def _ways(self, arguments: Arguments, args: Sequence[Any]) -> TraceTree | None:
        """The recordings of a function with branches, those of some arguments among them."""
        executable = (
            self._executable(arguments, args, False) if self._options.branches == "guard" else None
        )
        if not isinstance(executable, GuardedExecutable):
            return None
        executable.tree.assign(*arguments.numbers())
        return executable.tree

    def __reduce__(self) -> tuple[Callable[..., Compiled], tuple[Any, ...]]:
        from autograd.compiler import pickling

        return pickling.reduce(self)

    def __copy__(self) -> Compiled:
        return self

    def __deepcopy__(self, memo: object) -> Compiled:
        return self  # as functions are

    def _positional(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments in order, those given by name too.

        Raises:
            TypeError: there is no argument of that name, it is given twice, or has no position.
        """
        if not keywords:
            return args
        bound = inspect.signature(self._f).bind(*args, **keywords)
        if bound.kwargs:
            names = ", ".join(bound.kwargs)
            raise TypeError(f"arguments that can only be given by name are not compiled: {names}")
        return bound.args

    def _all_executables(self) -> list[AnyExecutable]:
        return [*self._executables.values(), *self._derived.values()]

    def _name_of(self, position: int) -> str:
        return _name(self._f, position)

    def _arguments(self, args: Sequence[Any]) -> Arguments:
        return Arguments(args, self._options.in_axes, self._name_of)

    def _executable(
        self, arguments: Arguments, args: Sequence[Any], with_grad: bool
    ) -> AnyExecutable:
        key = (arguments.key, with_grad)
        if key not in self._executables:
            chosen = tuple(checked_argnums(self._options.argnums, args)) if with_grad else None
            what = Executable, chosen
            self._executables[key] = executable(
                self._f,
                arguments,
                len(args),
                what,
                self._options,
                self._trees,
                self._recordings,
            )
        return self._executables[key]

    def _run(self, arguments: Arguments, args: Sequence[Any], with_grad: bool) -> tuple[Any, Any]:
        """The value and the derivatives."""
        executable = self._executable(arguments, args, with_grad)
        frame = executable.frame_of(arguments)
        frame.run()
        if self._options.check:
            executable.check(frame)
        elif executable.one_sample and len(args) == 1 and form(args[0]) is not None:
            points, fetch = (self._gradients, _both) if with_grad else (self._values, _value)
            points.add(form(args[0]), executable, arguments, fetch)
        value, gradients = frame.executable.results(frame, copy=frame.is_reusable)
        results = value(), gradients()
        executable.keep(frame)
        return results


def _value(frame: Memory) -> Callable[[], Any]:
    """What fetches the value that a frame holds at the time."""
    return frame.executable.results(frame, copy=True)[0]


def _both(frame: Memory) -> Callable[[], tuple[Any, Any]]:
    """What fetches the value and the derivatives."""
    value, gradients = frame.executable.results(frame, copy=True)
    return lambda: (value(), gradients())


def _name(f: Callable[..., Any], position: int) -> str:
    """What an argument is called in the function's signature, where it has one."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return named[position] if position < len(named) else f"args[{position}]"
