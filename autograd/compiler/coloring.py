"""Colorings: which columns of a sparse matrix one sweep can compute together.

A sweep gives the sum of the columns that it is started for. If no row has entries in two of them,
each entry can be read off (Curtis, Powell & Reid, "On the estimation of sparse Jacobian matrices",
IMA Journal of Applied Mathematics 13, 1974). Of a symmetric matrix an entry can also be read in the
other triangle, so that fewer sweeps do: it is enough that neighbors in the graph of the matrix
differ in color, and that every path of four vertices has three colors, a star coloring (Coleman &
Moré, "Estimation of sparse Hessian matrices and graph coloring problems", Mathematical Programming
28, 1984; Gebremedhin, Manne & Pothen, "What color is your Jacobian?", SIAM Review 47, 2005).

Both are found greedily: each column in turn gets the first color that is not forbidden. For band
matrices that is the best that can be done.
"""

from __future__ import annotations

from collections.abc import Iterable

from autograd.compiler.sparsity import Pattern


def column_coloring(pattern: Pattern, columns: int) -> list[int]:
    """Color the columns so that no row has two of the same color.

    Args:
        pattern: for each row its columns.
        columns: how many there are.
    """
    rows_of = transposed(pattern, columns)
    taken: list[set[int]] = [set() for _ in pattern]
    colors = []
    for rows in rows_of:
        color = _first_free(set().union(*[taken[row] for row in rows]))
        colors.append(color)
        for row in rows:
            taken[row].add(color)
    return colors


def transposed(pattern: Pattern, columns: int) -> Pattern:
    """For each column its rows, ascending."""
    rows_of: Pattern = [[] for _ in range(columns)]
    for row, members in enumerate(pattern):
        for column in members:
            rows_of[column].append(row)
    return rows_of


class StarColoring:
    """A star coloring of the graph of a symmetric matrix.

    For each vertex it is kept up to date how many neighbors have each color, and which colors would
    make a path of four vertices with two colors that begins with an edge to this vertex; so a color
    is found without looking at more than the neighbors.

    Attributes:
        colors: of the columns.
    """

    def __init__(self, pattern: Pattern) -> None:
        """Color the columns.

        Args:
            pattern: for each row its columns; symmetric.
        """
        self._neighbors = [
            [other for other in members if other != vertex]
            for vertex, members in enumerate(pattern)
        ]
        self.colors: list[int] = [-1] * len(pattern)
        # For each vertex and color the neighbors that have it.
        self._colored: list[dict[int, list[int]]] = [{} for _ in pattern]
        self._ends: list[set[int]] = [set() for _ in pattern]
        for vertex in range(len(pattern)):
            self._color(vertex)

    def readable(self, i: int, j: int) -> tuple[int, int]:
        """The row and the color of the sweep in which the entry (i, j) stands alone.

        If it can be read in both triangles, it is read in the lower one.
        """
        row, column = max(i, j), min(i, j)
        if row != column and len(self._colored[row][self.colors[column]]) > 1:
            row, column = column, row
        return row, self.colors[column]

    def _color(self, vertex: int) -> None:
        by_color = self._colored[vertex]
        forbidden = set(by_color)
        for same in by_color.values():
            for neighbor in same:
                # The vertex would be inside the path, or at its end.
                inside = len(same) > 1
                forbidden.update(self._colored[neighbor] if inside else self._ends[neighbor])
        color = self.colors[vertex] = _first_free(forbidden)
        for same in by_color.values():
            if len(same) > 1:
                for neighbor in same:
                    self._ends[neighbor].add(color)
        for neighbor in self._neighbors[vertex]:
            same = self._colored[neighbor].setdefault(color, [])
            same.append(vertex)
            if len(same) > 1 and self.colors[neighbor] >= 0:
                for each in same if len(same) == 2 else [vertex]:
                    self._ends[each].add(self.colors[neighbor])


def _first_free(forbidden: Iterable[int]) -> int:
    """The smallest color that is not forbidden."""
    taken = set(forbidden)
    color = 0
    while color in taken:
        color += 1
    return color
