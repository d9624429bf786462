"""What the user's source calls a number: found in the syntax tree, by the place of the expression.

Python knows for each instruction the range of source that it was compiled from (PEP 657). So the
operation that is being recorded can be found in the syntax tree of its file, and with it the
variable that its result is assigned to. A name found so is only a name: what is computed never
depends on it.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import NamedTuple

from autograd.compiler.symbol import is_own

_COMPREHENSIONS = ("<listcomp>", "<genexpr>", "<setcomp>")

#: First line, last line, first column, last column.
Range = tuple[int | None, int | None, int | None, int | None]


class LocalName(NamedTuple):
    """A name for a result.

    Attributes:
        name: the variable, or the function that returns the result.
        assigned: whether it is a variable.
    """

    name: str
    assigned: bool


class LocalNames:
    """The names in all files that were looked at, each read once."""

    def __init__(self) -> None:
        self._files: dict[str, dict[Range, LocalName]] = {}
        self._codes: dict[int, tuple[CodeType, list[Range]]] = {}

    def of_result(self, frame: FrameType) -> tuple[LocalName | None, FrameType]:
        """The name for what a frame computes now, and the frame that has this name.

        What a function only returns is called what its caller calls it.
        """
        name = self.of_instruction(frame)
        outer = frame
        while name is not None and not name.assigned:
            outer = function_frame(outer)
            if outer.f_back is None or is_own(outer.f_back.f_code.co_filename):
                break
            outer = outer.f_back
            above = self.of_instruction(outer)
            if above is None:
                break
            name, frame = above, outer
        return name, frame

    def of_instruction(self, frame: FrameType) -> LocalName | None:
        """The name for the result of what a frame executes now, if its source tells one."""
        code = frame.f_code
        if id(code) not in self._codes:
            # The code is kept so that its id stays its own.
            self._codes[id(code)] = code, list(code.co_positions())
        if code.co_filename not in self._files:
            lines = linecache.getlines(code.co_filename, frame.f_globals)
            self._files[code.co_filename] = _names_in("".join(lines))
        _, ranges = self._codes[id(code)]
        return self._files[code.co_filename].get(ranges[frame.f_lasti // 2])


def function_frame(frame: FrameType) -> FrameType:
    """The frame of the function that a comprehension is in; any other frame itself."""
    while frame.f_code.co_name in _COMPREHENSIONS and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _names_in(source: str) -> dict[Range, LocalName]:
    """For the expressions of a file whose results have a name: their ranges and the names."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return {}
    found: dict[Range, LocalName] = {}
    for node, function in _walk(tree):
        for expression, name in _named(node, function):
            if hasattr(expression, "lineno"):
                found.setdefault(_range(expression), name)
    return found


def _walk(tree: ast.AST) -> Iterator[tuple[ast.AST, str | None]]:
    """Yield every node, with the name of the innermost function around it."""
    stack: list[tuple[ast.AST, str | None]] = [(tree, None)]
    while stack:
        current, function = stack.pop()
        yield current, function
        if isinstance(current, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = current.name
        elif isinstance(current, ast.Lambda):
            function = None
        stack += [(child, function) for child in ast.iter_child_nodes(current)]


def _named(node: ast.AST, function: str | None) -> Iterator[tuple[ast.AST, LocalName]]:
    """Yield the expressions to which a statement gives a name."""
    if isinstance(node, ast.Assign):
        yield from _assigned(node.targets[0], node.value)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
        yield from _assigned(node.target, node.value)
    elif isinstance(node, ast.AugAssign):
        # Here it is the statement whose range the instruction has.
        for _, name in _assigned(node.target, node.value):
            yield node, name
    elif isinstance(node, ast.Return) and node.value is not None and function is not None:
        for part in _parts(node.value):
            yield part, LocalName(function, False)
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "append"
        and len(node.args) == 1
    ):
        yield from _assigned(node.func.value, node.args[0])


def _assigned(target: ast.AST, value: ast.AST) -> Iterator[tuple[ast.AST, LocalName]]:
    sequence = (ast.Tuple, ast.List)
    if isinstance(target, sequence):
        if isinstance(value, sequence) and len(target.elts) == len(value.elts):
            for inner, element in zip(target.elts, value.elts):
                yield from _assigned(inner, element)
        return
    if isinstance(target, ast.Subscript):
        yield from _assigned(target.value, value)
        return
    name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", None)
    if isinstance(name, str) and name.strip("_"):
        for part in _parts(value):
            yield part, LocalName(name, True)


def _parts(value: ast.AST) -> Iterator[ast.AST]:
    """An expression itself, or the elements of a display, a comprehension or a conversion."""
    if isinstance(value, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
        yield from _parts(value.elt)
    elif isinstance(value, (ast.List, ast.Tuple)):
        for element in value.elts:
            yield from _parts(element)
    elif isinstance(value, ast.IfExp):
        yield from _parts(value.body)
        yield from _parts(value.orelse)
    else:
        if isinstance(value, ast.Call) and len(value.args) == 1:
            called = getattr(value.func, "id", getattr(value.func, "attr", None))
            if called in ("list", "tuple", "array", "asarray"):
                yield from _parts(value.args[0])
        yield value


def _range(node: ast.AST) -> Range:
    lines = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    return *lines, getattr(node, "col_offset", None), getattr(node, "end_col_offset", None)
