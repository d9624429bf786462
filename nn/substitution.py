"""Calling modules with other numbers in place of their parameters."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

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


@contextlib.contextmanager
def substituted(modules: Sequence[Module], replacements: Mapping[Value, Any]) -> Iterator[None]:
    """Put other numbers in place of parameters, in the modules themselves, and back at the end.

    So whoever holds on to one of the modules or their parts, such as a loss with a penalty on the
    weights, sees the replacements too. What the modules set on themselves meanwhile is forgotten.
    """
    seen: set[int] = set()
    every = [part for module in modules for part in _parts(module, seen)]
    # A deep copy takes for each of the old parameters the new one, wherever it is; parameters that
    # are not to be replaced must stay who they are.
    memo: dict[int, Any] = {id(own): own for part in every for own in part.parameters()}
    memo |= {id(old): new for old, new in replacements.items()}
    copies = [vars(copy.deepcopy(part, memo)) for part in every]
    originals = [vars(part) for part in every]
    with standing_in(replacements.values()):
        try:
            for part, attributes in zip(every, copies, strict=True):
                part.__dict__ = attributes
            yield
        finally:
            for part, attributes in zip(every, originals, strict=True):
                part.__dict__ = attributes


def _parts(module: Module, seen: set[int]) -> Iterator[Module]:
    """A module and all modules in it, each once."""
    if id(module) not in seen:
        seen.add(id(module))
        yield module
        for _, child in module.named_children():
            yield from _parts(child, seen)
