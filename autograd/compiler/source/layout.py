"""Nests of numbers as a few regular arrays, so that loops can run over them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from autograd.compiler.source.tree import Affine, Array, Element, Key, Role
from autograd.structure import Block, Container, Structure

Path = tuple[Key | None, ...]
Indices = tuple[int, ...]


def elements_of(structure: Structure, name: str, role: Role) -> list[Element]:
    """Return an element for each leaf of a nest, of as few arrays as can hold them.

    Lists whose items have the same structure are a dimension of the arrays within.
    """
    leaves = list(_leaves(structure.root))
    sizes: dict[Path, Indices] = {}
    for path, index in leaves:
        largest = sizes.get(path, index)
        sizes[path] = tuple([max(a, b) for a, b in zip(largest, index)])
    arrays = {
        path: Array(name, role, tuple([i + 1 for i in largest]), path)
        for path, largest in sizes.items()
    }
    return [_element(arrays[path], index) for path, index in leaves]


def elements_of_captured(labels: Sequence[str]) -> list[Element]:
    """Return an element for each Value from outside; those labelled as an array are one.

    Parameters of modules are labelled ``weight[2, 0]``.
    """
    elements: list[Element | None] = [None] * len(labels)
    groups: dict[str, dict[Indices, int]] = {}
    for i, label in enumerate(labels):
        match = re.fullmatch(r"(.*[^\]])\[(\d+(?:, \d+)*)\]", label)
        if match:
            index = tuple(map(int, match[2].split(", ")))
            groups.setdefault(match[1], {}).setdefault(index, i)
    for name, group in groups.items():
        shape = _shape_of_box(list(group))
        if shape is not None:
            array = Array(name, "captured", shape, (None,) * len(shape))
            for index, i in group.items():
                elements[i] = _element(array, index)
    return [
        Element(Array(label, "captured")) if element is None else element
        for label, element in zip(labels, elements)
    ]


def _shape_of_box(indices: Sequence[Indices]) -> Indices | None:
    """The shape of the array that has exactly these indices, or None."""
    if len({len(index) for index in indices}) != 1:
        return None
    shape = tuple([max(axis) + 1 for axis in zip(*indices)])
    return shape if len(set(indices)) == int(np.prod(shape)) else None


def _element(array: Array, index: Indices) -> Element:
    return Element(array, tuple([Affine(i) for i in index]))


def _leaves(node: Block | Container) -> list[tuple[Path, Indices]]:
    if isinstance(node, Block):
        if node.shape is None:
            return [((), ())]
        return [((None,) * len(node.shape), index) for index in np.ndindex(node.shape)]
    in_dict = issubclass(node.kind, dict)
    is_list = not in_dict and not hasattr(node.kind, "_fields")
    regular = is_list and all(child.matches(node.children[0]) for child in node.children)
    found: list[tuple[Path, Indices]] = []
    for i, (key, child) in enumerate(zip(node.keys, node.children, strict=True)):
        for path, index in _leaves(child):
            if regular:
                found.append(((None, *path), (i, *index)))
            else:
                part = Key(key if in_dict else i, str(key), in_dict)
                found.append(((part, *path), index))
    return found
