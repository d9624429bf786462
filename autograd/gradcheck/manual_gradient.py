"""A gradient written by hand: called, and matched with the arguments it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd.gradcheck.diagnosis import Array, Evidence
from autograd.gradcheck.flat_function import FlatFunction, named_children, shape_of
from autograd.structure import Block, Container


class _Mismatch(NamedTuple):
    """A part of the gradient that does not fit its argument; ``wanted`` is None for a container."""

    path: str
    wanted: tuple[int, ...] | None
    given: Any


class ManualGradient:
    """What a function written by hand returns as the gradient of ``f``.

    Args:
        manual: the function; called twice, each time with copies of the arguments.
        f: the function whose gradient it is.
        several: whether it returns a tuple, one gradient for each varied argument.

    Attributes:
        numbers: the derivatives in the order of ``f.xs``, None where there is none.
    """

    def __init__(self, manual: Callable[..., Any], f: FlatFunction, several: bool) -> None:
        self._name = getattr(manual, "__name__", type(manual).__name__)
        self._f = f
        self._several = several
        self._mismatches: list[_Mismatch] = []
        # Matched at once: a function that reuses its arrays changes what it returned before.
        self.numbers = self._matched_arguments(manual(*f.copies()))
        mismatches, self._mismatches = self._mismatches, []
        self._second = self._matched_arguments(manual(*f.copies()))
        self._mismatches = mismatches

    def _matched_arguments(self, gradient: Any) -> list[float | None]:
        names = [self._f.names[i] for i in self._f.argnums]
        if not self._several:
            gradient = (gradient,)
        elif not isinstance(gradient, (tuple, list)) or len(gradient) != len(names):
            self._mismatches.append(_Mismatch(f"({', '.join(names)})", None, gradient))
            return [None] * len(self._f.xs)
        numbers: list[float | None] = []
        for structure, part, name in zip(self._f.structures, gradient, names, strict=True):
            numbers += self._matched(structure.root, part, name)
        return numbers

    def _matched(self, node: Block | Container, gradient: Any, path: str) -> list[float | None]:
        """Return the numbers of ``gradient`` in the order of the argument's."""
        shape = shape_of(node)
        if shape is not None:
            array = _as_floats(gradient)
            if array is not None and array.shape == shape:
                return [float(x) for x in array.ravel()]
        elif isinstance(node, Container) and (parts := _items(node, gradient)) is not None:
            numbers: list[float | None] = []
            for part, (name, child) in zip(parts, named_children(node, path), strict=True):
                numbers += self._matched(child, part, name)
            return numbers
        self._mismatches.append(_Mismatch(path, shape, gradient))
        return [None] * sum(block.stop - block.start for _, block in node.blocks(path))

    def problems(self, evidence: Evidence, nondet_tol: float) -> tuple[str, ...]:
        """Return what is wrong besides the numbers: shapes, and a second call that differs."""
        found = [self._misshapen(mismatch, evidence) for mismatch in self._mismatches]
        first, second = np.array([self.numbers, self._second], dtype=float)
        with np.errstate(invalid="ignore"):
            change = np.where(second == first, 0.0, second - first)
        changed = np.flatnonzero(np.abs(change) > nondet_tol)
        if len(changed):
            i = changed[0]
            added = np.abs(change - evidence.truth) <= 2.0 * evidence.tolerance
            accumulates = bool((added | ~evidence.usable).all())
            found.append(
                f"{self._name} returned another gradient when it was called again with the same "
                f"arguments ({self._f.paths[i]}: {first[i]:.6g}, then {second[i]:.6g}): "
                + (
                    "it adds to what the first call left behind, and should start from zero"
                    if accumulates
                    else "it depends on something else, such as random numbers or a state"
                )
            )
        return tuple(found)

    def _misshapen(self, mismatch: _Mismatch, evidence: Evidence) -> str:
        path, wanted, given = mismatch
        if given is None:
            return f"{self._name} returned None for {path}"
        array = _as_floats(given)
        if wanted is None or array is None:
            form = "a gradient of the structure of the argument" if wanted is None else "numbers"
            return f"{self._name} returned {_described(given)} for {path}, where {form} is wanted"
        text = (
            f"{self._name} returned {_of_shape(array.shape)} for {path}, where {_of_shape(wanted)} "
            "is wanted"
        )
        leaves = {leaf.path: leaf for leaf in evidence.leaves}
        if array.shape == wanted[::-1] and evidence.equal_truth(array.T, leaves[path]):
            return text + "; its transpose is right"
        for other in evidence.leaves:
            if other.shape == array.shape and evidence.equal_truth(array, other):
                return text + f"; it is the gradient of {other.path}"
        return text


def _as_floats(x: Any) -> Array | None:
    """Return numbers as an array; None for what is missing, ragged, complex or no number."""
    try:
        array = np.asarray(x)
        if array.dtype.kind not in "fiubO" or x is None:
            return None
        return array.astype(float)
    except (TypeError, ValueError):
        return None


def _items(node: Container, gradient: Any) -> list[Any] | None:
    """Return the parts of a gradient that belong to the items of a container, if it has them."""
    if issubclass(node.kind, dict):
        if isinstance(gradient, Mapping) and set(gradient) == set(node.keys):
            return [gradient[key] for key in node.keys]
    elif isinstance(gradient, (list, tuple, np.ndarray)) and len(gradient) == len(node.keys):
        return list(gradient)
    return None


def _of_shape(shape: tuple[int, ...]) -> str:
    return f"an array of shape {shape}" if shape else "one number"


def _described(x: Any) -> str:
    if isinstance(x, np.ndarray):
        return _of_shape(x.shape)
    if isinstance(x, Mapping):
        return f"a {type(x).__name__} with the keys {', '.join(map(repr, x))}"
    if isinstance(x, (list, tuple)):
        return f"a {type(x).__name__} of {len(x)}"
    return f"{x!r}"
