"""Further derivatives of compiled functions: jacobian, hessian, jvp, vjp and hvp.

They mean what those of ``autograd.transforms`` mean, applied to the compiled function, with respect
to the arguments that ``argnums`` names. ``derivation`` says what is recorded for each of them.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler.batch import Arguments
from autograd.compiler.branches import TraceTree
from autograd.compiler.derivation import Derivation, Hessian, Hvp, Jacobian, Jvp, Vjp
from autograd.compiler.derived import DerivedExecutable, of_all_recordings, results_of
from autograd.compiler.guarded import AnyExecutable, GuardedExecutable, executable
from autograd.compiler.options import Options
from autograd.compiler.point import Points, form
from autograd.compiler.record import Recording
from autograd.compiler.sparse import SparseHessian, SparseJacobian, scipy_sparse
from autograd.transforms import checked_argnums


class Derivatives:
    """The methods of a compiled function that give further derivatives."""

    _f: Callable[..., Any]
    _options: Options

    def __init__(self) -> None:
        self._derived: dict[Any, AnyExecutable] = {}
        self._trees: dict[Any, TraceTree] = {}
        self._recordings: dict[Any, Recording] = {}
        self._points = Points()

    def _name_of(self, position: int) -> str:
        """What an argument is called."""
        raise NotImplementedError

    def _positional(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments in order, those given by name too."""
        raise NotImplementedError

    def jacobian(self, *args: Any, sparse: bool = False, **keywords: Any) -> Any:
        """All derivatives of all of the function's results.

        An array result of shape S and an argument of shape T give an array of shape S + T, in the
        structure of the result and, for each number or array in it, the structure of the argument;
        see ``autograd.jacobian``. Where there are fewer variables than results the sweep goes
        forward, else backward.

        Over samples there is such an array for each of them, along the first axis; if samples are
        reduced, derivatives with respect to what all of them share are reduced too.

        Args:
            *args: the function's arguments; they may be given by name, too.
            sparse: give one ``scipy.sparse.csr_array``, with a row for each number of the result
                and a column for each number of the differentiated arguments, in their order. Its
                pattern is that of the recorded operations, and the same at all points. Where there
                is one for each sample it is a list of them.
            **keywords: see ``args``.

        Raises:
            TypeError: an argument is not made of real numbers, or the function cannot be recorded.
            ValueError: ``in_axes`` does not fit the arguments, or they differ in their samples; or
                a sparse matrix would be reduced over the samples in some columns only.
            ImportError: a sparse matrix is asked for and SciPy is not installed.
        """
        args = self._positional(args, keywords)
        return self._derive(SparseJacobian if sparse else Jacobian, args)

    def hessian(self, *args: Any, sparse: bool = False, **keywords: Any) -> Any:
        """All second derivatives of a function that returns one number.

        For an argument of shape T that is an array of shape T + T, symmetric to the last bit; for
        several ``argnums`` a tuple of tuples, as ``autograd.hessian`` gives. Samples are treated
        as by ``jacobian``.

        Args:
            *args: the function's arguments; they may be given by name, too.
            sparse: give one ``scipy.sparse.csc_array``, with a row and a column for each number of
                the differentiated arguments, in their order; or a list with one for each sample.
            **keywords: see ``args``.

        Raises:
            TypeError, ValueError, ImportError: as ``jacobian``; also if the result is not one
                number.
        """
        args = self._positional(args, keywords)
        return self._derive(SparseHessian if sparse else Hessian, args)

    def hvp(self, primals: Any, tangents: Any, *args: Any) -> Any:
        """The Hessian times a vector, at about the cost of a few gradients.

        Args:
            primals: all arguments, as a tuple; or the first of them, if that is no tuple.
            tangents: the vector, in the structure that ``grad`` returns: like the argument that is
                differentiated, or a tuple for several ``argnums``.
            *args: the other arguments, after a first one that is no tuple. So solvers call it.

        Returns:
            The product, in the structure that ``grad`` returns.

        Raises:
            TypeError, ValueError: as ``hessian``; also if the tangents are not like the arguments.
        """
        primals = (*primals, *args) if type(primals) is tuple else (primals, *args)
        return self._derive(Hvp, primals, self._tangents(tangents, primals))

    def jvp(self, primals: Any, tangents: Any, *args: Any) -> tuple[Any, Any]:
        """The value, and its derivative in the direction ``tangents``; arguments as of ``hvp``.

        Returns:
            Both in the structure of the function's result.

        Raises:
            TypeError, ValueError: as ``jacobian``; also if the tangents are not like the arguments.
        """
        primals = (*primals, *args) if type(primals) is tuple else (primals, *args)
        value, derivative = self._derive(Jvp, primals, self._tangents(tangents, primals))
        return value, derivative

    def vjp(self, *args: Any, **keywords: Any) -> tuple[Any, Callable[[Any], Any]]:
        """The value and its pullback.

        The pullback takes a cotangent of the structure of the value (ValueError if it is not) and
        returns Σ cotangent · ∂value/∂argument in the structure that ``grad`` returns. The sum is
        over all samples for what they share, whether they are reduced or not.

        Raises:
            TypeError, ValueError: as ``jacobian``.
        """
        args = self._positional(args, keywords)
        value = self(*args)  # type: ignore[operator]
        return value, lambda cotangent: self._derive(Vjp, args, (cotangent,))

    def _check_sparse(self, arguments: Arguments, args: Sequence[Any]) -> None:
        """Refuse what makes no sparse matrix, neither one for all samples nor one for each.

        Raises:
            ImportError: SciPy is not installed.
            ValueError: some of the derivatives would be reduced over the samples, others not.
        """
        scipy_sparse()
        if self._options.reduce is None:
            return
        structures = arguments.structures()
        chosen = checked_argnums(self._options.argnums, args)
        if len({axis is None for i in chosen for axis in structures[i][1]}) > 1:
            raise ValueError(
                "with respect to what samples share there is one matrix for all of them, with "
                "respect to their own arguments one for each; differentiate with respect to either "
                "(argnums), or compile without reduce, which gives one for each sample"
            )

    def _tangents(self, tangents: Any, primals: Sequence[Any]) -> tuple[Any, ...]:
        """One tangent for each differentiated argument."""
        chosen = checked_argnums(self._options.argnums, primals)
        if not isinstance(self._options.argnums, (tuple, list)):
            return (tangents,)
        if not isinstance(tangents, (tuple, list)):
            raise TypeError(f"a tuple of {len(chosen)} tangents is wanted, not {tangents!r}")
        if len(tangents) != len(chosen):
            raise ValueError(f"{len(tangents)} tangents for {len(chosen)} arguments")
        return tuple(tangents)

    def _derive(
        self, kind: type[Derivation], args: Sequence[Any], further: Sequence[Any] = ()
    ) -> Any:
        """Compute what ``kind`` derives.

        Args:
            kind: what is wanted.
            args: the function's arguments.
            further: the tangents or the cotangent.
        """
        every = [*args, *further]
        key = (kind, *map(form, every))
        point = self._points.take(key)
        if point is not None:
            try:
                return point(every)
            finally:
                point.home.append(point)
        arguments = self._all_arguments(kind, args, further)
        if kind in (SparseJacobian, SparseHessian):
            self._check_sparse(arguments, args)
        executable = self._derived_executable(kind, arguments, args)
        if isinstance(executable, GuardedExecutable) and kind in (SparseJacobian, SparseHessian):
            return of_all_recordings(executable, arguments)
        frame = executable.frame_of(arguments)
        frame.run()
        if self._options.check:
            executable.check(frame)
        elif executable.one_sample and None not in key:
            self._points.add(key, executable, arguments, functools.partial(results_of, copy=True))
        result = results_of(frame, copy=frame.is_reusable)()
        executable.keep(frame)
        return result

    def _all_arguments(
        self, kind: type[Derivation], args: Sequence[Any], further: Sequence[Any]
    ) -> Arguments:
        """The arguments, followed by tangents or a cotangent.

        Raises:
            TypeError: there are Values among them, or they are not made of real numbers.
            ValueError: ``in_axes`` does not fit them, or they differ in their samples.
        """
        options = self._options
        arguments = Arguments(args, options.in_axes, self._name_of)
        if further:
            spread = isinstance(options.in_axes, (tuple, list))
            axes = list(options.in_axes) if spread else [options.in_axes] * len(args)
            if kind is Vjp:
                axes.append(0 if arguments.samples is not None and options.reduce is None else None)
                names = ["the cotangent"]
            else:
                chosen = checked_argnums(options.argnums, args)
                axes += [axes[i] for i in chosen]
                names = [f"the tangent of {self._name_of(i)}" for i in chosen]
            names = [self._name_of(i) for i in range(len(args))] + names
            arguments = Arguments([*args, *further], axes, names.__getitem__)
        if arguments.has_operands:
            raise TypeError(
                "derivatives of a compiled function want numbers, not Values; call the function "
                "itself inside what you differentiate"
            )
        return arguments

    def _derived_executable(
        self, kind: type[Derivation], arguments: Arguments, args: Sequence[Any]
    ) -> AnyExecutable:
        key = (arguments.key, kind)
        if key not in self._derived:
            options = self._options
            if kind is Vjp and options.reduce is None:
                options = dataclasses.replace(options, reduce="sum")
            several = isinstance(options.argnums, (tuple, list))
            chosen = tuple(checked_argnums(options.argnums, args))
            what = DerivedExecutable, kind(chosen, several, len(args))
            self._derived[key] = executable(
                self._f, arguments, len(args), what, options, self._trees, self._recordings
            )
        return self._derived[key]
