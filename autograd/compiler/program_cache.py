"""Programs from the cache: what was recorded before needs no passes, which take longest.

An entry says what the passes found, and by what keys the cache knows the kernels' machine code. It
is known by the tape as it was recorded, and by what was asked of it.
"""

from __future__ import annotations

import dataclasses
import json
import marshal
import time
from array import array
from collections.abc import Callable
from itertools import chain
from typing import Any

from autograd.compiler import cache
from autograd.compiler.kernel_cache import stored_kernel
from autograd.compiler.program import Program, Report
from autograd.compiler.tape import CONSTANT, INPUT, Tape
from autograd.primitive import BUILT_IN


def cached_program(tape: Tape, request: Any, build: Callable[[], Program]) -> Program:
    """Return a program: from the cache if it is there, else built, and put there.

    Args:
        tape: what was recorded, before ``build`` appends to it.
        request: all else that the program depends on, of Python's plain types.
        build: makes the program.
    """
    start = time.perf_counter()
    try:
        key = _key(tape, request)
        found = None if key is None else _stored(cache.read(key))
    except (OSError, RuntimeError):  # no source to tell versions apart, or no home directory
        return build()
    if found is not None:
        found.report.seconds = {"from the cache": time.perf_counter() - start}
        return found
    program = build()
    if key is not None:
        cache.write(key, _entry(program))
    return program


def _key(tape: Tape, request: Any) -> bytes | None:
    """The digest of all that a program depends on; None if there is a user's primitive in it.

    What such a primitive computes is the user's code, which may change.
    """
    kinds = {rule: number for number, rule in enumerate(dict.fromkeys(tape.rules))}
    names = [rule.name for rule in kinds]
    if not BUILT_IN.issuperset({*names} - {INPUT.name, CONSTANT.name}):
        return None
    return cache.digest(
        [
            b"program",
            cache.environment(),
            marshal.dumps(request, 2),  # later versions mark what is shared
            "\n".join(names).encode(),
            array("q", map(kinds.__getitem__, tape.rules)).tobytes(),
            array("q", map(len, tape.operands)).tobytes(),
            array("q", chain.from_iterable(tape.operands)).tobytes(),
            array("d", tape.constants).tobytes(),
            len(tape.inputs).to_bytes(8, "little"),
        ]
    )


def _entry(program: Program) -> bytes:
    content = {
        "report": dataclasses.asdict(program.report),
        "prologue": _described(program.prologue),
        "prologue_outputs": program.prologue_outputs,
        "body": _described(program.body),
    }
    return json.dumps(content).encode()


def _described(kernel: Any) -> dict[str, Any] | None:
    return None if kernel is None else {"key": kernel.key.hex(), "sizes": kernel.sizes}


def _stored(entry: bytes | None) -> Program | None:
    """The program that an entry describes; None if there is none, or a kernel is missing."""
    if entry is None:
        return None
    content = json.loads(entry)
    body = _kernel(content["body"])
    prologue = _kernel(content["prologue"])
    if body is None or (prologue is None and content["prologue"] is not None):
        return None
    return Program(Report(**content["report"]), prologue, content["prologue_outputs"], body)


def _kernel(described: dict[str, Any] | None) -> Any:
    if described is None:
        return None
    return stored_kernel(bytes.fromhex(described["key"]), described["sizes"])
