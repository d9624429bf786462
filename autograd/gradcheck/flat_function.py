"""A function of any arguments as one of a flat list of numbers, which is what checks work on."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.number import number
from autograd.structure import Block, Container, Structure, flatten
from autograd.value import Value


class Leaf(NamedTuple):
    """One array, one number, or one list of numbers or of equally long lists of numbers.

    Attributes:
        path: where it is in the arguments.
        shape: of the array or list; ``()`` for a number.
        columns: where its numbers are in the flat list.
    """

    path: str
    shape: tuple[int, ...]
    columns: slice


class FlatFunction:
    """``f`` as a function of the leaves of some of its arguments, the others held fixed.

    Args:
        f: any function of numbers and nests of numbers that returns such.
        args: its arguments. They stay as they are, even if ``f`` changes what it is given: each
            call gets copies.
        argnums: which arguments to vary; None for those with floats in them or, if there are none,
            those made of other numbers.

    Attributes:
        __name__: the name of ``f``.
        names: of all arguments.
        argnums: which of them are varied.
        structures: of those.
        xs: the numbers in those, as floats.
        paths: of those numbers, such as ``params[1][0, 3]``.
        leaves: which of those numbers belong together.

    Raises:
        TypeError: a leaf of an argument that ``argnums`` names is not a number.
        ValueError: there is nothing to vary, or ``argnums`` names no argument.
    """

    def __init__(
        self, f: Callable[..., Any], args: Sequence[Any], argnums: int | Sequence[int] | None
    ) -> None:
        self.f = f
        self.args = tuple(args)
        self.__name__ = getattr(f, "__name__", getattr(f, "name", type(f).__name__))
        self.argnums = _varied(self.args, argnums)
        self.names = _argument_names(f, len(self.args))
        self.structures: list[Structure] = []
        self.xs: list[float] = []
        self.paths: list[str] = []
        self.leaves: list[Leaf] = []
        for i in self.argnums:
            numbers, structure = flatten(self.args[i])
            paths = structure.paths(self.names[i])
            self.structures.append(structure)
            self.leaves += _leaves(structure.root, self.names[i], len(self.xs))
            self.xs += [_float(x, path) for x, path in zip(numbers, paths, strict=True)]
            self.paths += paths

    def __call__(self, leaves: Sequence[Any]) -> list[Any]:
        """Return the leaves of what ``f`` returns when its varied arguments have these leaves."""
        return flatten(self.f(*self.arguments(leaves)))[0]

    def floats(self, leaves: Sequence[float]) -> list[float]:
        """Return the same as floats.

        Raises:
            TypeError: ``f`` returns something else than numbers.
        """
        results = self(leaves)
        try:
            return [number(y) for y in results]
        except TypeError as error:
            raise TypeError(f"{self.__name__} should return numbers: {error}") from None

    def result_paths(self) -> list[str]:
        """Return the paths of the numbers that ``f`` returns; an empty one if it is but one."""
        structure = flatten(self.f(*self.arguments(self.xs)))[1]
        if isinstance(structure.root, Block) and structure.root.shape is None:
            return [""]
        return structure.paths(self.__name__ if self.__name__.isidentifier() else "f")

    def arguments(self, leaves: Sequence[Any]) -> list[Any]:
        """Return arguments for ``f``, the varied ones with these leaves."""
        arguments = self.copies()
        for i, nest in zip(self.argnums, self.nests(leaves), strict=True):
            arguments[i] = nest
        return arguments

    def copies(self) -> list[Any]:
        """Return the arguments as they were given, but in containers and arrays of their own."""
        return [_copied(argument) for argument in self.args]

    def nests(self, leaves: Sequence[Any]) -> list[Any]:
        """Return one nest for each varied argument."""
        nests, start = [], 0
        for structure in self.structures:
            nests.append(_nest(structure, list(leaves[start : start + structure.size])))
            start += structure.size
        return nests


def _varied(args: Sequence[Any], argnums: int | Sequence[int] | None) -> list[int]:
    if argnums is None:
        floating = [i for i, arg in enumerate(args) if _holds(arg, (float, np.floating, Value))]
        chosen = floating or [i for i, arg in enumerate(args) if _holds(arg, (int, np.integer))]
    else:
        wanted = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        if any(not -len(args) <= i < len(args) for i in wanted):
            raise ValueError(f"argnums={argnums!r} names no argument; {len(args)} were given")
        chosen = [i % len(args) for i in wanted]
    if not chosen:
        raise ValueError(
            "there is nothing to differentiate with respect to: pass the arguments at which to "
            "check the function; floats, arrays of floats, or lists, tuples and dicts of those"
        )
    return chosen


def _holds(argument: Any, kinds: tuple[type, ...]) -> bool:
    """Whether there is a leaf of one of these types in a nest; an array counts even if empty."""
    if isinstance(argument, np.ndarray) and argument.dtype != object:
        return issubclass(argument.dtype.type, kinds)
    if isinstance(argument, (list, tuple, dict, np.ndarray)):
        items = argument.values() if isinstance(argument, dict) else argument
        return any(_holds(item, kinds) for item in items)
    return isinstance(argument, kinds) and not isinstance(argument, bool)


def _argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """Return the names of the positional parameters, ``args[i]`` for those without."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "args")
    return names[:count] + [f"{rest}[{i}]" for i in range(count - len(names))]


def _float(x: Any, path: str) -> float:
    try:
        return number(x)
    except TypeError as error:
        raise TypeError(f"{path} cannot be differentiated: {error}") from None


def _copied(tree: Any) -> Any:
    """Return new containers and arrays around the same leaves."""
    if isinstance(tree, np.ndarray):
        return tree.copy()
    if isinstance(tree, dict):
        return {key: _copied(item) for key, item in tree.items()}
    if isinstance(tree, (list, tuple)):
        items = [_copied(item) for item in tree]
        if hasattr(tree, "_fields"):
            return type(tree)(*items)
        return items if isinstance(tree, list) else tuple(items)
    return tree


def _leaves(node: Block | Container, path: str, start: int) -> Iterator[Leaf]:
    """Yield the leaves of a structure whose first number is the one with index ``start``."""
    shape = shape_of(node)
    if shape is None and isinstance(node, Container):
        for name, child in named_children(node, path):
            yield from _leaves(child, name, start)
    elif shape is not None:
        size = math.prod(shape)
        first = start + next((block.start for _, block in node.blocks(path)), 0)
        yield Leaf(path, shape, slice(first, first + size))


def named_children(node: Container, path: str) -> Iterator[tuple[str, Block | Container]]:
    """Yield the items of a container with their paths."""
    for key, child in zip(node.keys, node.children, strict=True):
        yield (f"{path}.{key}" if hasattr(node.kind, "_fields") else f"{path}[{key!r}]"), child


def shape_of(node: Block | Container) -> tuple[int, ...] | None:
    """Return the shape of an array, a number, or lists that make a vector or a matrix."""
    if isinstance(node, Block):
        return node.shape or ()
    shapes = {shape_of(child) for child in node.children}
    arrays = any(isinstance(child, Block) and child.shape for child in node.children)
    if issubclass(node.kind, dict) or hasattr(node.kind, "_fields") or arrays or len(shapes) != 1:
        return None
    (shape,) = shapes
    return None if shape is None or len(shape) > 1 else (len(node.children), *shape)


def _nest(structure: Structure, leaves: list[Any]) -> Any:
    if not any(isinstance(x, complex) for x in leaves):
        return structure.unflatten(leaves)

    def make(block: Block) -> Any:
        if block.shape is None:
            return leaves[block.start]
        return np.array(leaves[block.start : block.stop], complex).reshape(block.shape)

    return structure.build(make)
