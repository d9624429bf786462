"""Sparse Jacobians and Hessians: the entries that are not zero by structure, from few sweeps.

Rows are the numbers of the function's result, or of the differentiated arguments, in their order;
columns are the numbers of the differentiated arguments. A sweep that computes several columns at
once still knows, at each node of the tape, which of them matter there; what would be a sum of zeros
is never recorded, and what no entry needs is left out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.compiler.coloring import StarColoring, column_coloring, transposed
from autograd.compiler.derivation import Derivation, gradient_of
from autograd.compiler.differentiate import pull_back
from autograd.compiler.execution import Slot, check_one_number
from autograd.compiler.partials import Derivatives
from autograd.compiler.push_forward import push_forward
from autograd.compiler.record import Recording
from autograd.compiler.results import Argument, Reserve, Results
from autograd.compiler.sparsity import Pattern, hessian_pattern, jacobian_pattern


def scipy_sparse() -> Any:
    """SciPy's sparse matrices.

    Raises:
        ImportError: SciPy is not installed; the message says how to install it.
    """
    try:
        import scipy.sparse
    except ImportError as error:
        raise ImportError(
            "sparse=True gives SciPy's sparse matrices, and SciPy is not installed; install it "
            'with `pip install "scalar-autodiff[sparse]"`'
        ) from error
    return scipy.sparse


class SparseJacobian(Derivation):
    """The Jacobian as a ``scipy.sparse.csr_array``."""

    def of(self, recording: Recording, arguments: Sequence[Argument], reserve: Reserve) -> Results:
        """See ``Derivation``."""
        recorder, outputs = recording.recorder, recording.outputs
        variables = self.variables(recording)
        pattern = jacobian_pattern(recorder.tape, variables, outputs)

        def entries() -> list[int | None]:
            columns, rows = _colorings(pattern, len(variables))
            seeds: dict[int, Derivatives] = {}
            if columns is not None:
                seeds = {node: {color: 1.0} for node, color in zip(variables, columns, strict=True)}
                found = push_forward(recorder, seeds, outputs)
                return [found[i].get(columns[j]) for i, row in enumerate(pattern) for j in row]
            for output, color in zip(outputs, rows, strict=True):
                seeds.setdefault(output, {})[color] = 1.0
            found = pull_back(recorder, seeds, variables)
            return [found[j].get(rows[i]) for i, row in enumerate(pattern) for j in row]

        data = reserve((sum(map(len, pattern)),), _is_shared(self, arguments), 0)
        return _results(recording, "csr_array", entries, pattern, len(variables), data)


class SparseHessian(Derivation):
    """The Hessian as a ``scipy.sparse.csc_array``, the form that solvers of linear systems want.

    It is symmetric to the last bit.
    """

    def of(self, recording: Recording, arguments: Sequence[Argument], reserve: Reserve) -> Results:
        """See ``Derivation``.

        Raises:
            TypeError: the function does not return one number.
        """
        check_one_number(recording.structure, "hessian")
        recorder, (output,) = recording.recorder, recording.outputs
        pattern = hessian_pattern(recorder.tape, self.variables(recording), output)

        def entries() -> list[int | None]:
            gradient, variables = gradient_of(self, recording), self.variables(recording)
            coloring = StarColoring(pattern)
            seeds: dict[int, Derivatives] = {
                node: {color: 1.0} for node, color in zip(variables, coloring.colors, strict=True)
            }
            readable = [coloring.readable(i, j) for i, row in enumerate(pattern) for j in row]
            wanted = [0] * len(variables)
            for row, color in readable:
                wanted[row] |= 1 << color
            found = push_forward(recorder, seeds, gradient, wanted)
            return [found[row].get(color) for row, color in readable]

        data = reserve((sum(map(len, pattern)),), _is_shared(self, arguments), 0)
        return _results(recording, "csc_array", entries, pattern, len(pattern), data)


def _is_shared(derivation: Derivation, arguments: Sequence[Argument]) -> bool:
    """Whether all that is differentiated is the same for all samples."""
    chosen = derivation.differentiated(arguments).arguments
    return all(axis is None for _, axes in chosen for axis in axes)


def _colorings(pattern: Pattern, columns: int) -> tuple[list[int] | None, list[int]]:
    """Colors of the columns, or of the rows if that takes fewer; None and none for the others."""
    by_column = transposed(pattern, columns)
    most_in_row = max(map(len, pattern), default=0)
    most_in_column = max(map(len, by_column), default=0)
    # No coloring has fewer colors than these.
    if most_in_row <= most_in_column:
        of_columns = column_coloring(pattern, columns)
        if _count(of_columns) <= most_in_column:
            return of_columns, []
        of_rows = column_coloring(by_column, len(pattern))
    else:
        of_rows = column_coloring(by_column, len(pattern))
        if _count(of_rows) < most_in_row:
            return None, of_rows
        of_columns = column_coloring(pattern, columns)
    return (of_columns, []) if _count(of_columns) <= _count(of_rows) else (None, of_rows)


def _count(colors: Sequence[int]) -> int:
    return max(colors, default=-1) + 1


def _results(
    recording: Recording,
    kind: str,
    entries: Callable[[], list[int | None]],
    pattern: Pattern,
    columns: int,
    data: Slot,
) -> Results:
    """A matrix of a pattern, or one for each sample.

    Args:
        recording: the function.
        kind: the class of matrices, one of SciPy's.
        entries: the entries' nodes; None is zero after all.
        pattern: where they are.
        columns: how many there are.
        data: where the entries go.
    """
    sparse = scipy_sparse()
    ends = np.cumsum([0, *map(len, pattern)])
    indices = np.array([j for row in pattern for j in row], dtype=np.int32)
    matrix = getattr(sparse, kind)(
        (np.zeros(len(indices)), indices, ends.astype(np.int32)), shape=(len(pattern), columns)
    )
    matrix.has_canonical_format = True

    def matrix_of(entries: Any) -> Any:
        # What makes a matrix of its arrays looks at every entry, which takes longer than many a
        # kernel. The copies are for those who change a result in place.
        result = copy.copy(matrix)
        result.data = entries
        result.indices, result.indptr = matrix.indices.copy(), matrix.indptr.copy()
        return result

    def build(found: Sequence[Any]) -> Any:
        (entries,) = found
        return matrix_of(entries) if entries.ndim == 1 else [matrix_of(row) for row in entries]

    def nodes() -> list[int]:
        found = entries()
        zero = recording.recorder.node_of(0.0)
        return [zero if node is None else node for node in found]

    return Results(nodes, [data], build)
