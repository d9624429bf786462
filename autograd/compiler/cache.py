"""What was compiled, kept on disk, so that it need not be compiled again.

An entry's name is a digest of all that its content depends on: what is compiled, to the last bit of
its constants; this package, LLVM and the processor. An entry is used only if it is the user's own
and every bit of it is as it was written; anything else is compiled anew and replaced. The cache can
save time, and nothing else: where it cannot be read or written, all is compiled as if it were not
there.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from autograd import formulas, rules
from autograd.compiler.machine_code import binding
from autograd.compiler.vector_math import vector_library
from autograd.version import __version__

#: The bytes that all entries together may take; beyond that, those not used for longest go.
LIMIT = 256 * 2**20

#: What the names of entries end in.
SUFFIX = ".autograd-kernel"

# An entry is a SHA-256 of all that follows, its key, and its content. The key makes an entry under
# another's name worthless.
_DIGEST_SIZE = hashlib.sha256().digest_size


def read(key: bytes) -> bytes | None:
    """The content of an entry; None if there is no sound one.

    Raises:
        RuntimeError: the user has no home directory.
    """
    path = _path(key)
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not _is_private(status) or status.st_size > LIMIT:
                return None
            entry = file.read()
    except OSError:
        return None
    digest, rest = entry[:_DIGEST_SIZE], entry[_DIGEST_SIZE:]
    if hashlib.sha256(rest).digest() != digest or rest[: len(key)] != key:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return rest[len(key) :]


def write(key: bytes, content: bytes) -> None:
    """Make an entry, if that is possible.

    Raises:
        RuntimeError: the user has no home directory.
    """
    path = _path(key)
    with contextlib.suppress(OSError):
        _write(path, hashlib.sha256(key + content).digest() + key + content)
        _trim(path.parent)


def _path(key: bytes) -> Path:
    return directory() / (key.hex() + SUFFIX)


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


@functools.cache
def environment() -> bytes:
    """The digest of what is the same for all that a process compiles.

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
    return digest([_SOURCE, *(fact.encode() for fact in facts)])


def digest(parts: Iterable[bytes]) -> bytes:
    """SHA-256 of the parts, each after its length, so that it matters where they are divided."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(len(part).to_bytes(8, "little"))
        sha.update(part)
    return sha.digest()


def _source() -> bytes | None:
    """The digest of what writes machine code, or None if it cannot be read."""
    rules_of_core = [Path(str(module.__file__)) for module in (rules, formulas)]
    paths = [*sorted(Path(__file__).parent.glob("*.py")), *rules_of_core]
    try:
        return digest(path.read_bytes() for path in paths)
    except OSError:
        return None


#: Taken now: what an editor saves later is not what this process runs.
_SOURCE = _source()


# Entries
# -------


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
