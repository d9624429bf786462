"""Nested lists, tuples, dicts and arrays of numbers as one flat list, and back.

Everything that is not a list, tuple, dict or NumPy array of one or more dimensions is a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


class Block:
    """One leaf, or one array, of a structure: the leaves from ``start`` up to ``stop``.

    Attributes:
        shape: the array's shape, or None for a single leaf.
    """

    def __init__(self, start: int, shape: tuple[int, ...] | None) -> None:
        self.start = start
        self.shape = shape
        self.stop = start + (1 if shape is None else int(np.prod(shape)))

    def build(self, make: Callable[[Block], Any]) -> Any:
        """Return what ``make`` makes of this block."""
        return make(self)

    def blocks(self, path: str) -> Iterator[tuple[str, Block]]:
        """Yield this block and its path."""
        yield path, self

    def matches(self, other: Any) -> bool:
        """Whether ``other`` is a block of the same shape."""
        return isinstance(other, Block) and self.shape == other.shape

    def __repr__(self) -> str:
        return "*" if self.shape is None else f"array{self.shape}"


class Container:
    """A list, tuple, named tuple or dict of structures."""

    def __init__(
        self, kind: type, keys: tuple[Any, ...], children: list[Block | Container]
    ) -> None:
        self.kind = kind
        self.keys = keys
        self.children = children

    def build(self, make: Callable[[Block], Any]) -> Any:
        """Return a container of the same kind of what ``make`` makes of each block in it."""
        items = [child.build(make) for child in self.children]
        if issubclass(self.kind, dict):
            return dict(zip(self.keys, items, strict=True))
        if hasattr(self.kind, "_fields"):
            return self.kind(*items)
        return tuple(items) if issubclass(self.kind, tuple) else items

    def blocks(self, path: str) -> Iterator[tuple[str, Block]]:
        """Yield all blocks in order, each with its path."""
        for key, child in zip(self.keys, self.children, strict=True):
            named = hasattr(self.kind, "_fields")
            yield from child.blocks(f"{path}.{key}" if named else f"{path}[{key!r}]")

    def matches(self, other: Any) -> bool:
        """Whether ``other`` is a container of the same kind, keys and contents."""
        return (
            isinstance(other, Container)
            and self.keys == other.keys
            and issubclass(self.kind, dict) == issubclass(other.kind, dict)
            and all(a.matches(b) for a, b in zip(self.children, other.children, strict=True))
        )

    def __repr__(self) -> str:
        if issubclass(self.kind, dict):
            items = zip(self.keys, self.children, strict=True)
            return "{" + ", ".join(f"{key!r}: {child}" for key, child in items) + "}"
        inside = ", ".join(map(repr, self.children))
        return f"({inside})" if issubclass(self.kind, tuple) else f"[{inside}]"


class Structure:
    """The shape of a nest, without its leaves.

    Attributes:
        size: the number of leaves.
    """

    def __init__(self, root: Block | Container, size: int) -> None:
        self.root = root
        self.size = size

    def build(self, make: Callable[[Block], Any]) -> Any:
        """Return a nest of this structure with ``make(block)`` for each array and each leaf."""
        return self.root.build(make)

    def unflatten(self, leaves: list[Any]) -> Any:
        """Return the nest with these leaves; arrays are float if their leaves are plain numbers.

        Raises:
            ValueError: the number of leaves is not ``size``.
        """
        if len(leaves) != self.size:
            raise ValueError(f"{self} has {self.size} leaves, not {len(leaves)}")

        def make(block: Block) -> Any:
            if block.shape is None:
                return leaves[block.start]
            return as_array(leaves[block.start : block.stop], block.shape)

        return self.build(make)

    def paths(self, name: str = "") -> list[str]:
        """Return each leaf's path, such as ``params[1][0, 3]``, in the order of the leaves."""
        paths = []
        for path, block in self.root.blocks(name):
            if block.shape is None:
                paths.append(path)
            else:
                for index in np.ndindex(block.shape):
                    paths.append(f"{path}[{', '.join(map(str, index))}]")
        return paths

    def leaves_of(self, tree: Any, what: str) -> list[Any]:
        """Return the leaves of ``tree``, which must have this structure.

        Raises:
            ValueError: it has another structure; the message calls it ``what``.
        """
        leaves, structure = flatten(tree)
        if not self.root.matches(structure.root):
            raise ValueError(f"{what} should have the structure {self}, not {structure}")
        return leaves

    def __repr__(self) -> str:
        return repr(self.root)


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """Return the leaves of a nest in order, and its structure.

    Elements of arrays become Python numbers; those of object arrays stay what they are.
    """
    leaves: list[Any] = []
    root = _flatten(tree, leaves)
    return leaves, Structure(root, len(leaves))


def _flatten(tree: Any, leaves: list[Any]) -> Block | Container:
    if isinstance(tree, np.ndarray) and tree.ndim:
        block = Block(len(leaves), tree.shape)
        leaves.extend(tree.ravel().tolist())
        return block
    if isinstance(tree, dict):
        return Container(dict, tuple(tree), [_flatten(x, leaves) for x in tree.values()])
    if isinstance(tree, (list, tuple)):
        keys = getattr(tree, "_fields", range(len(tree)))
        return Container(type(tree), tuple(keys), [_flatten(x, leaves) for x in tree])
    leaves.append(tree.item() if isinstance(tree, np.ndarray) else tree)
    return Block(len(leaves) - 1, None)


def as_array(items: list[Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return an array of ``items``: of floats if all are plain numbers, else of objects.

    A type of items may have a class of arrays of its own, its attribute ``array_class``.
    """
    others = [x for x in items if not isinstance(x, (float, int))]
    if not others:
        return np.array(items, dtype=float).reshape(shape)
    array = np.empty(len(items), dtype=object)
    array[:] = items
    kind: type[np.ndarray[Any, Any]] = getattr(type(others[0]), "array_class", np.ndarray)
    return array.reshape(shape).view(kind)
