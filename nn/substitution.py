"""Modules with other numbers in place of their parameters."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Value

if TYPE_CHECKING:
    from nn.module import Module

_stand_ins: ContextVar[frozenset[int]] = ContextVar("stand_ins", default=frozenset())


def is_parameter(x: object) -> bool:
    """Whether something is a parameter of the module it is in: a leaf, or what stands in for one.

    A Value that was computed, such as an output kept for inspection, is none.
    """
    return (isinstance(x, Value) and not x.parents) or id(x) in _stand_ins.get()


@contextlib.contextmanager
def standing_in(replacements: Iterable[object]) -> Iterator[None]:
    """Let what replaces parameters count as parameters, whatever it is.

    Without this, ``parameters()`` of a module inside a recording would pass over all of them, and a
    penalty on the weights would be a penalty on nothing.
    """
    token = _stand_ins.set(_stand_ins.get() | {id(replacement) for replacement in replacements})
    try:
        yield
    finally:
        _stand_ins.reset(token)


def copied(
    module: Module, replacements: Mapping[Value, Any], copies: dict[int, Module] | None = None
) -> Module:
    """Copy a module with others in place of some of its parameters.

    What can have parameters in it is copied: modules, lists, tuples, dictionaries and arrays of
    objects. The rest is shared.

    Args:
        module: the module.
        replacements: for each parameter what takes its place; the others stay.
        copies: those made before, by the ids of the modules.
    """
    copies = {} if copies is None else copies
    if id(module) not in copies:
        twin = copies[id(module)] = copy.copy(module)
        for name, member in list(vars(module).items()):
            vars(twin)[name] = _copied_member(member, replacements, copies)
    return copies[id(module)]


def _copied_member(
    member: Any, replacements: Mapping[Value, Any], copies: dict[int, Module]
) -> Any:
    from nn.module import Module  # which imports this file

    def again(inner: Any) -> Any:
        return _copied_member(inner, replacements, copies)

    if isinstance(member, Value):
        return replacements.get(member, member)
    if isinstance(member, Module):
        return copied(member, replacements, copies)
    if isinstance(member, np.ndarray) and member.dtype == object:
        array = np.empty_like(member)
        for index, inner in np.ndenumerate(member):
            array[index] = again(inner)
        return array
    if isinstance(member, dict):
        dictionary = copy.copy(member)
        dictionary.update((key, again(inner)) for key, inner in member.items())
        return dictionary
    if isinstance(member, list):
        items = copy.copy(member)
        items[:] = map(again, member)
        return items
    if isinstance(member, tuple):
        named = hasattr(member, "_fields")
        return type(member)(*map(again, member)) if named else type(member)(map(again, member))
    return member


@contextlib.contextmanager
def substituted(modules: Sequence[Module], replacements: Mapping[Value, Any]) -> Iterator[None]:
    """Put other numbers in place of parameters, in the modules themselves, and back at the end.

    So whoever holds on to one of the modules or their parts, such as a loss with a penalty on the
    weights, sees the replacements too. What the modules set on themselves meanwhile is forgotten.
    """
    parts: dict[int, Module] = {}
    for module in modules:
        _collect(module, parts)
    copies: dict[int, Module] = {}
    attributes = [vars(copied(part, replacements, copies)) for part in parts.values()]
    originals = [vars(part) for part in parts.values()]
    with standing_in(replacements.values()):
        try:
            for part, own in zip(parts.values(), attributes, strict=True):
                part.__dict__ = own
            yield
        finally:
            for part, own in zip(parts.values(), originals, strict=True):
                part.__dict__ = own


def _collect(module: Module, parts: dict[int, Module]) -> None:
    """Add a module and all modules in it, each once, by their ids."""
    if id(module) not in parts:
        parts[id(module)] = module
        for _, child in module.named_children():
            _collect(child, parts)
