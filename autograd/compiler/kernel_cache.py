"""The machine code of kernels, from the cache."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Mapping, Sequence

from autograd.compiler import cache
from autograd.compiler.emit_llvm import compile_kernel
from autograd.compiler.kernel import Kernel
from autograd.compiler.machine_code import LlvmKernel
from autograd.compiler.roll import Item, Loop

# Lanes and bytes of scratch memory; machine code follows.
_HEADER = struct.Struct("<2q")

#: Stands where an instruction has the number of its shape.
_LOOP = -1


def cached_kernel(kernel: Kernel, lanes: int | None = None, quick: bool = False) -> LlvmKernel:
    """Return a kernel's machine code: from the cache if it is there, else compiled and put there.

    Args:
        kernel: what to compile.
        lanes: as for ``compile_kernel``.
        quick: likewise.

    Raises:
        ImportError, ValueError: what ``compile_kernel`` raises; never because of the cache.
    """
    try:
        key = _key(kernel, lanes, quick)
        found = stored_kernel(key, kernel.sizes)
    except (OSError, RuntimeError):  # no source to tell versions apart, or no home directory
        return compile_kernel(kernel, lanes, quick)
    if found is not None:
        return found
    compiled = compile_kernel(kernel, lanes, quick)
    compiled.key = key
    cache.write(key, _HEADER.pack(compiled.lanes, compiled.scratch_size) + compiled.object_code())
    return compiled


def stored_kernel(key: bytes, sizes: Mapping[str, int]) -> LlvmKernel | None:
    """Return a kernel's machine code if it is in the cache.

    Raises:
        RuntimeError: the user has no home directory.
    """
    entry = cache.read(key)
    if entry is None or len(entry) < _HEADER.size:
        return None
    lanes, scratch_size = _HEADER.unpack_from(entry)
    found = LlvmKernel(entry[_HEADER.size :], sizes, lanes, scratch_size)
    found.key = key
    return found


def _key(kernel: Kernel, lanes: int | None, quick: bool = False) -> bytes:
    """The digest of all that a kernel's machine code depends on."""
    shapes: dict[object, int] = {}
    words: list[int] = []
    _describe(kernel.loops.items, shapes, words)
    return cache.digest(
        [
            cache.environment(),
            repr((lanes, quick)).encode(),
            repr(sorted(kernel.sizes.items())).encode(),
            "\n".join([str(shape) for shape in shapes]).encode(),
            array("q", words).tobytes(),
            array("d", kernel.constants).tobytes(),
        ]
    )


def _describe(items: Sequence[Item], shapes: dict[object, int], words: list[int]) -> None:
    """Append what defines the items, so that different items never give the same words.

    Args:
        items: instructions and loops.
        shapes: the numbers of the instructions' shapes; new ones are added.
        words: what is appended to.
    """
    for item in items:
        if isinstance(item, Loop):
            words += (_LOOP, item.count, len(item.body), *item.step)
            _describe(item.body, shapes, words)
        else:
            words.append(shapes.setdefault(item.shape, len(shapes)))
            words += item.addresses
