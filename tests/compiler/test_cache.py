"""The cache of machine code: what it gives back is what was put in, or nothing."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import math
import os
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.compiler.kernel import Kernel, Shape
from autograd.compiler.roll import Instruction, Loop, Loops

pytest.importorskip("llvmlite")

from autograd.compiler import cache, kernel_cache
from autograd.compiler.emit_llvm import compile_kernel, host_width
from autograd.compiler.kernel_cache import cached_kernel

SIZES = {"in": 6, "par": 0, "const": 1, "tmp": 1, "keep": 0, "out": 3, "sum": 0}


def example(
    constant: float = 0.5,
    operation: str = "sin",
    count: int = 3,
    step: tuple[int, ...] = (0, 1, 0, 1, 0),
    address: int = 0,
    nested: bool = False,
    **sizes: int,
) -> Kernel:
    """sin(x[i] + 0.5) for three of six numbers."""
    body = [
        Instruction(Shape("add", ("tmp", "in", "const")), (0, address, 0)),
        Instruction(Shape(operation, ("out", "tmp")), (0, 0)),
    ]
    loop = Loop(count, [Loop(1, body, (0,) * 5)] if nested else body, step)
    return Kernel(Loops([loop]), {**SIZES, **sizes}, [constant])


def results(kernel: Any) -> np.ndarray:
    inputs = np.linspace(-1.0, 1.0, 6 * 11).reshape(11, 6)
    out = np.empty((11, 3))
    kernel.run(inputs, np.empty(0), out, np.empty(0))
    return out


def expected() -> np.ndarray:
    inputs = np.linspace(-1.0, 1.0, 6 * 11).reshape(11, 6)
    return np.array([[math.sin(x + 0.5) for x in row[:3]] for row in inputs])


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("AUTOGRAD_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def compilations(monkeypatch) -> list[Kernel]:
    """The kernels that were compiled; compiling one again costs nothing."""
    compiled: list[Kernel] = []
    known: dict[Any, Any] = {}

    def compile_once(kernel, lanes=None, quick=False):
        compiled.append(kernel)
        key = kernel_cache._key(kernel, lanes, quick)
        if key not in known:
            known[key] = compile_kernel(kernel, lanes, quick)
        return known[key]

    monkeypatch.setattr(kernel_cache, "compile_kernel", compile_once)
    return compiled


def entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


# What is kept
# ------------


@pytest.mark.parametrize("lanes", [None, 1, host_width()])
def test_a_kernel_is_compiled_once(folder, compilations, lanes):
    fresh = cached_kernel(example(), lanes)
    again = cached_kernel(example(), lanes)
    assert len(compilations) == 1
    assert (again.lanes, again.scratch_size) == (fresh.lanes, fresh.scratch_size)
    assert again.sizes == fresh.sizes
    assert again.object_code() == fresh.object_code()
    np.testing.assert_array_equal(results(again), results(fresh))
    np.testing.assert_allclose(results(again), expected(), rtol=1e-15, atol=1e-16)


def test_a_new_process_finds_the_entry_and_the_vector_functions_it_calls(folder):
    cached_kernel(example())
    (entry,) = entries(folder)
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "import test_cache as t\n"
        "t.kernel_cache.compile_kernel = None\n"
        "print(repr(t.results(t.cached_kernel(t.example())).tolist()))"
    )
    here = Path(__file__).parent
    found = subprocess.run(
        [sys.executable, "-c", code, str(here), str(here.parents[1])],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "5"},
        timeout=120,
    )
    assert found.stderr == ""
    assert found.stdout.strip() == repr(results(compile_kernel(example())).tolist())
    assert entries(folder) == [entry]


OTHERS = {
    "constant, by one bit": example(math.nextafter(0.5, 1.0)),
    "operation": example(operation="cos"),
    "count": example(count=4),
    "step": example(step=(0, 1, 0, 2, 0)),
    "address": example(address=1),
    "nesting": example(nested=True),
    "sizes": example(keep=1),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_whatever_differs_has_another_entry(other):
    assert kernel_cache._key(other, None) != kernel_cache._key(example(), None)


def test_constants_count_to_the_bit():
    payload = struct.unpack("d", struct.pack("Q", 0x7FF8000000000001))[0]
    keys = {kernel_cache._key(example(x), None) for x in (0.0, -0.0, math.nan, payload)}
    assert len(keys) == 4


def test_an_unrolled_loop_and_lanes_count():
    kernel = example()
    unrolled = Kernel(Loops(list(kernel.loops.unrolled())), kernel.sizes, kernel.constants)
    keys = {
        kernel_cache._key(kernel, None),
        kernel_cache._key(unrolled, None),
        kernel_cache._key(kernel, 1),
    }
    assert len(keys) == 3


def test_it_counts_where_a_loop_ends():
    one = Instruction(Shape("copy", ("out", "in")), (0, 0))
    long = Kernel(Loops([Loop(3, [one] * 4, (0,) * 8)]), SIZES)
    short = Kernel(Loops([Loop(3, [one], (0, 0)), *[one] * 5]), SIZES)
    assert kernel_cache._key(long, None) != kernel_cache._key(short, None)


@pytest.mark.parametrize("name", ["__version__", "vector_library", "cpu", "features", "source"])
def test_versions_and_processor_count(monkeypatch, name):
    before = cache.environment()
    llvm = cache.binding()
    if name == "__version__":
        monkeypatch.setattr(cache, name, "0.0.0")
    elif name == "vector_library":
        monkeypatch.setattr(cache, name, lambda llvm: frozenset(["_ZGVbN2v_nothing"]))
    elif name == "cpu":
        monkeypatch.setattr(llvm, "get_host_cpu_name", lambda: "another")
    elif name == "features":
        other = llvm.get_host_cpu_features()
        other["avx512-imaginary"] = True
        monkeypatch.setattr(llvm, "get_host_cpu_features", lambda: other)
    else:
        monkeypatch.setattr(cache, "_SOURCE", b"another")
    cache.environment.cache_clear()
    try:
        assert cache.environment() != before
    finally:
        monkeypatch.undo()
        cache.environment.cache_clear()
    assert cache.environment() == before


@pytest.mark.parametrize("changed", ["strip_code.py", "machine_code.py", "rules.py"])
def test_every_file_that_writes_machine_code_counts(monkeypatch, changed):
    read = Path.read_bytes
    monkeypatch.setattr(cache.rules, "__file__", str(Path(cache.__file__).parents[1] / "rules.py"))
    before = cache._source()
    monkeypatch.setattr(Path, "read_bytes", lambda p: read(p) + b" " * (p.name == changed))
    assert cache._source() != before


# What is not trusted
# -------------------


def rebuilt(folder: Path, compilations: list[Kernel]) -> bool:
    """Whether the kernel is compiled anew, and what is right takes the place of what was not."""
    before = len(compilations)
    kernel = cached_kernel(example())
    assert kernel.object_code() == kernel_cache.compile_kernel(example()).object_code()
    cached_kernel(example())
    return len(compilations) == before + 2


def test_an_entry_with_any_byte_changed_is_rebuilt(folder, compilations):
    cached_kernel(example())
    (entry,) = entries(folder)
    sound = entry.read_bytes()
    places = {*range(100), *range(0, len(sound), 97), len(sound) - 1}
    for place in sorted(places):
        damaged = bytearray(sound)
        damaged[place] ^= 1 << place % 8
        entry.write_bytes(damaged)
        assert rebuilt(folder, compilations), place
        assert entry.read_bytes() == sound


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 87, 88, 89, 1000, -1])
def test_a_truncated_entry_is_rebuilt(folder, compilations, size):
    cached_kernel(example())
    (entry,) = entries(folder)
    entry.write_bytes(entry.read_bytes()[:size])
    assert rebuilt(folder, compilations)


def test_an_entry_with_something_after_it_is_rebuilt(folder, compilations):
    cached_kernel(example())
    (entry,) = entries(folder)
    entry.write_bytes(entry.read_bytes() + b"\0")
    assert rebuilt(folder, compilations)


def test_an_entry_under_the_name_of_another_is_rebuilt(folder, compilations):
    cached_kernel(example())
    (entry,) = entries(folder)
    cached_kernel(example(operation="cos"))
    (other,) = set(entries(folder)) - {entry}
    other.replace(entry)
    assert rebuilt(folder, compilations)


def test_a_sound_checksum_on_too_little_is_rebuilt(folder, compilations):
    cached_kernel(example())
    (entry,) = entries(folder)
    payload = kernel_cache._key(example(), None) + bytes(15)
    entry.write_bytes(hashlib.sha256(payload).digest() + payload)
    assert rebuilt(folder, compilations)


def test_a_sound_checksum_on_nothing_is_rebuilt(folder, compilations):
    cached_kernel(example())
    (entry,) = entries(folder)
    entry.write_bytes(hashlib.sha256(b"").digest())
    assert rebuilt(folder, compilations)


posix = pytest.mark.skipif(os.name != "posix", reason="files have an owner and a mode")


@posix
def test_entries_of_other_users_are_not_loaded(folder, compilations, monkeypatch):
    cached_kernel(example())
    monkeypatch.setattr(os, "geteuid", lambda: entries(folder)[0].stat().st_uid + 1)
    cached_kernel(example())
    assert len(compilations) == 2


@posix
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_entries_that_others_can_write_are_not_loaded(folder, compilations, mode):
    cached_kernel(example())
    (entry,) = entries(folder)
    entry.chmod(mode)
    assert rebuilt(folder, compilations)


@posix
def test_nobody_else_can_read_or_write_the_cache(folder):
    before = os.umask(0)
    try:
        cached_kernel(example())
    finally:
        os.umask(before)
    (entry,) = entries(folder)
    assert entry.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


# Where it cannot be kept
# -----------------------


def test_a_directory_that_cannot_be_made_costs_only_time(tmp_path, compilations, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("AUTOGRAD_CACHE_DIR", str(tmp_path / "file" / "cache"))
    np.testing.assert_array_equal(
        results(cached_kernel(example())), results(cached_kernel(example()))
    )
    assert len(compilations) == 2


def test_a_directory_in_the_place_of_an_entry_costs_only_time(folder, compilations):
    cached_kernel(example())
    (entry,) = entries(folder)
    entry.unlink()
    entry.mkdir()
    cached_kernel(example())
    assert len(compilations) == 2
    assert entries(folder) == [entry]


def test_a_read_only_directory_costs_only_time(folder, compilations, monkeypatch):
    def refuse(*_: Any) -> None:
        raise PermissionError(errno.EACCES, "read-only")

    monkeypatch.setattr(cache.tempfile, "mkstemp", refuse)
    cached_kernel(example())
    cached_kernel(example())
    assert len(compilations) == 2
    assert entries(folder) == []


@posix
def test_a_full_disk_costs_only_time_and_leaves_nothing_behind(folder, compilations):
    import resource

    cache.environment()
    kernel = example()
    kernel_cache.compile_kernel(kernel)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        cached_kernel(kernel)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert entries(folder) == []
    cached_kernel(kernel)
    assert len(entries(folder)) == 1


def test_no_home_directory_costs_only_time(compilations, monkeypatch):
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("AUTOGRAD_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    cached_kernel(example())
    cached_kernel(example())
    assert len(compilations) == 2


def test_without_readable_source_nothing_is_kept(folder, compilations, monkeypatch):
    def refuse(_: Path) -> bytes:
        raise FileNotFoundError

    cached_kernel(example())
    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr(cache, "_SOURCE", cache._source())
    monkeypatch.setattr(kernel_cache, "compile_kernel", compile_kernel)
    cache.environment.cache_clear()
    try:
        assert cached_kernel(example()).ir()
    finally:
        monkeypatch.undo()
        cache.environment.cache_clear()


def test_errors_of_the_compiler_are_not_hidden(folder):
    with pytest.raises(ValueError, match="lanes"):
        cached_kernel(example(), lanes=7)
    with pytest.raises(ValueError, match="reaches addresses"):
        cached_kernel(example(address=4))
    assert entries(folder) == []


# Several at a time, and too many
# -------------------------------


def test_concurrent_writers_and_readers_are_harmless(folder, compilations):
    sound = cached_kernel(example()).object_code()
    (entry,) = entries(folder)

    def use(turn: int) -> bool:
        if turn % 3 == 0:
            with contextlib.suppress(OSError):
                entry.unlink()
        return cached_kernel(example()).object_code() == sound

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(200)))
    cached_kernel(example())
    assert entries(folder) == [entry]


def test_what_a_killed_writer_leaves_behind_counts_as_an_entry(folder, monkeypatch):
    monkeypatch.setattr(os, "replace", lambda *_: None)
    cached_kernel(example())
    (leftover,) = entries(folder)
    assert leftover.name.endswith(cache.SUFFIX)


def test_what_has_not_been_used_for_longest_goes_first(folder, compilations, monkeypatch):
    constants = [1.0, 2.0, 3.0]
    names = []
    for age, constant in zip((300, 200, 100), constants):
        cached_kernel(example(constant))
        (new,) = [path for path in entries(folder) if path.name not in names]
        names.append(new.name)
        past = new.stat().st_mtime - age
        os.utime(new, (past, past))
    cached_kernel(example(1.0))  # the oldest is used again
    foreign = folder / "notes.txt"
    foreign.write_text("not an entry")
    os.utime(foreign, (0, 0))
    leftover = folder / f"new-killed{cache.SUFFIX}"
    leftover.write_bytes(b"0")
    os.utime(leftover, (0, 0))
    size = (folder / names[0]).stat().st_size
    monkeypatch.setattr(cache, "LIMIT", 3 * size + size // 2)
    cached_kernel(example(4.0))
    left = {path.name for path in entries(folder)}
    assert names[0] in left
    assert names[1] not in left
    assert names[2] in left
    assert {foreign.name} < left
    assert leftover.name not in left
    assert len(left) == 4


# Where it is
# -----------


@pytest.mark.parametrize(
    ("platform", "variables", "where"),
    [
        ("linux", {}, "/home/me/.cache/scalar-autodiff"),
        ("linux", {"XDG_CACHE_HOME": "/var/caches"}, "/var/caches/scalar-autodiff"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/home/me/.cache/scalar-autodiff"),
        ("darwin", {"XDG_CACHE_HOME": "/x"}, "/home/me/Library/Caches/scalar-autodiff"),
        ("win32", {}, "/home/me/AppData/Local/scalar-autodiff"),
        ("win32", {"LOCALAPPDATA": "/users/me/local"}, "/users/me/local/scalar-autodiff"),
        ("linux", {"AUTOGRAD_CACHE_DIR": "/mine"}, "/mine"),
        ("linux", {"AUTOGRAD_CACHE_DIR": ""}, "/home/me/.cache/scalar-autodiff"),
    ],
)
def test_the_directory_is_where_the_system_wants_it(monkeypatch, platform, variables, where):
    for name in ("AUTOGRAD_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, content in variables.items():
        monkeypatch.setenv(name, content)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    monkeypatch.setattr(sys, "platform", platform)
    found = cache.directory()
    monkeypatch.undo()
    assert found == Path(where).absolute()
