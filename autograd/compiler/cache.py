"""Machine code kept on disk, so that what was compiled once need not be compiled again.

An entry's name is a digest of all that its machine code depends on: the kernel, to the last bit of
its constants; this package, LLVM and the processor. An entry is used only if it is the user's own
and every bit of it is as it was written; anything else is compiled anew and replaced. The cache can
save time, and nothing else: where it cannot be read or written, kernels are compiled as if it were
not there.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import stat
import struct
import sys
import tempfile
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograd import rules
from autograd.compiler.emit_llvm import compile_kernel
from autograd.compiler.kernel import Kernel
from autograd.compiler.machine_code import LlvmKernel, binding
from autograd.compiler.roll import Item, Loop
from autograd.compiler.vector_math import vector_library
from autograd.version import __version__

#: The bytes that all entries together may take; beyond that, those not used for longest go.
LIMIT = 256 * 2**20

#: What the names of entries end in.
SUFFIX = ".autograd-kernel"

# An entry is a SHA-256 of all that follows; its key; lanes, bytes of scratch memory and of code,
# eight bytes each; and the code. The key makes an entry under another's name worthless.
_HEADER = struct.Struct("<32s3q")
_DIGEST_SIZE = hashlib.sha256().digest_size

#: Stands where an instruction has the number of its shape.
_LOOP = -1


def cached_kernel(kernel: Kernel, lanes: int | None = None) -> LlvmKernel:
    """Return a kernel's machine code: from the cache if it is there, else compiled and put there.

    Args:
        kernel: what to compile.
        lanes: as for ``compile_kernel``.

    Raises:
        ImportError, ValueError: what ``compile_kernel`` raises; never because of the cache.
    """
    try:
        key = _key(kernel, lanes)
        path = directory() / (key.hex() + SUFFIX)
    except (OSError, RuntimeError):  # no source to tell versions apart, or no home directory
        return compile_kernel(kernel, lanes)
    entry = _read(path, key)
    if entry is not None:
        compiled_lanes, scratch_size, code = entry
        return LlvmKernel(code, kernel.sizes, compiled_lanes, scratch_size)
    compiled = compile_kernel(kernel, lanes)
    code = compiled.object_code()
    payload = _HEADER.pack(key, compiled.lanes, compiled.scratch_size, len(code)) + code
    with contextlib.suppress(OSError):
        _write(path, hashlib.sha256(payload).digest() + payload)
        _trim(path.parent)
    return compiled


def directory() -> Path:
    """The directory of the cache; it need not exist.

    That is ``AUTOGRAD_CACHE_DIR`` if this environment variable is set, else ``scalar-autodiff``
    where the system wants caches to be.

    Raises:
        RuntimeError: the user has no home directory.
    """
    chosen = os.environ.get("AUTOGRAD_CACHE_DIR")
    if chosen:
        return Path(chosen).absolute()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        caches = Path(local) if local else Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        caches = Path.home() / "Library" / "Caches"
    else:
        # The XDG Base Directory Specification has relative paths ignored.
        caches = Path(os.environ.get("XDG_CACHE_HOME", ""))
        if not caches.is_absolute():
            caches = Path.home() / ".cache"
    return caches / "scalar-autodiff"


# Keys
# ----


def _key(kernel: Kernel, lanes: int | None) -> bytes:
    """The digest of all that a kernel's machine code depends on."""
    shapes: dict[object, int] = {}
    words: list[int] = []
    _describe(kernel.loops.items, shapes, words)
    return _digest(
        [
            _environment(),
            repr(lanes).encode(),
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


@functools.cache
def _environment() -> bytes:
    """The digest of what is the same for all kernels of a process.

    The vector functions that machine code calls are loaded into the process on the way; an entry
    from the cache needs them as well.

    Raises:
        ImportError: llvmlite is not installed.
        OSError: the source of this package cannot be read.
    """
    llvm = binding()
    import llvmlite

    if _SOURCE is None:
        raise OSError("the source of the compiler cannot be read")
    facts = [
        __version__,
        llvmlite.__version__,
        repr(llvm.llvm_version_info),
        llvm.get_process_triple(),
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
        *sorted(vector_library(llvm)),
    ]
    return _digest([_SOURCE, *(fact.encode() for fact in facts)])


def _digest(parts: Iterable[bytes]) -> bytes:
    """SHA-256 of the parts, each after its length, so that it matters where they are divided."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()


def _source() -> bytes | None:
    """The digest of what writes machine code, or None if it cannot be read."""
    paths = [*sorted(Path(__file__).parent.glob("*.py")), Path(rules.__file__)]
    try:
        return _digest(path.read_bytes() for path in paths)
    except OSError:
        return None


#: Taken now: what an editor saves later is not what this process runs.
_SOURCE = _source()


# Entries
# -------


def _read(path: Path, key: bytes) -> tuple[int, int, bytes] | None:
    """Return lanes, bytes of scratch memory and code; None if there is no sound entry."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not _is_private(status) or status.st_size > LIMIT:
                return None
            entry = file.read()
    except OSError:
        return None
    digest, payload = entry[:_DIGEST_SIZE], entry[_DIGEST_SIZE:]
    if hashlib.sha256(payload).digest() != digest or len(payload) < _HEADER.size:
        return None
    found, lanes, scratch_size, size = _HEADER.unpack_from(payload)
    code = payload[_HEADER.size :]
    if found != key or size != len(code):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return lanes, scratch_size, code


def _is_private(status: os.stat_result) -> bool:
    """Whether nobody but the user can have written a file: machine code can do anything."""
    if not stat.S_ISREG(status.st_mode):
        return False
    if sys.platform == "win32":  # where the directory is private
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _write(path: Path, entry: bytes) -> None:
    """Write an entry so that others see all of it or nothing.

    Raises:
        OSError: there is no space, or writing is not allowed.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The suffix is that of entries, so that what a killed process leaves behind is trimmed as well.
    descriptor, temporary = tempfile.mkstemp(SUFFIX, "new-", path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(entry)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(temporary)
        raise


def _trim(folder: Path) -> None:
    """Remove what has not been used for longest until the rest is within ``LIMIT``.

    Raises:
        OSError: the directory cannot be read.
    """
    entries: list[tuple[float, int, str]] = []
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name.endswith(SUFFIX):
                with contextlib.suppress(OSError):  # another process may have removed it
                    status = entry.stat(follow_symlinks=False)
                    entries.append((status.st_mtime, status.st_size, entry.path))
    excess = sum(size for _, size, _ in entries) - LIMIT
    for _, size, path in sorted(entries):
        if excess <= 0:
            break
        with contextlib.suppress(OSError):
            os.remove(path)
        excess -= size
