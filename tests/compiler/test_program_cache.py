"""Programs from the cache: the same results without any pass, or built anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, compiler

pytest.importorskip("llvmlite")

from autograd.compiler import cache, execution, program_cache

X = np.linspace(-1.0, 1.0, 12).reshape(6, 2)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AUTOGRAD_CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that the passes were run."""
    log: list[int] = []
    build = execution.build_program

    def count(*args: Any) -> Any:
        log.append(1)
        return build(*args)

    monkeypatch.setattr(execution, "build_program", count)
    return log


def loss(a: Any, x: Any, scale: float = 2.0) -> Any:
    return (autograd.tanh(a[0] * x[0] + autograd.exp(a[1])) - scale * x[1]) ** 2


def compiled(f: Any = loss, **options: Any) -> Any:
    options = {"in_axes": (None, 0), "reduce": "sum", "backend": "llvm", **options}
    return compiler.compile(f, **options)


A = np.array([0.5, 0.25])


def test_no_pass_runs_again_and_the_bits_are_the_same(folder: Path, built: list[int]) -> None:
    first = compiled().value_and_grad(A, X)
    assert len(list(folder.iterdir())) == 3  # prologue, body, program
    again = compiled()
    value, gradient = again.value_and_grad(A, X)
    assert (value, gradient.tolist()) == (first[0], first[1].tolist())
    assert len(built) == 1
    assert "from the cache" in again.report()
    assert "bytes of machine code" in again.report()
    assert "tmp[0] = tanh tmp[0]" in again.report()


@pytest.mark.parametrize(
    "other",
    [
        lambda: compiled(lambda a, x: loss(a, x, 2.0000000000000004)).value_and_grad(A, X),
        lambda: compiled(lambda a, x: loss(a, x, 1.0)).value_and_grad(A, X),
        lambda: compiled(lambda a, x: -loss(a, x)).value_and_grad(A, X),
        lambda: compiled(argnums=1).value_and_grad(A, X),
        lambda: compiled(argnums=(0, 1)).value_and_grad(A, X),
        lambda: compiled(reduce=None).value_and_grad(A, X),
        lambda: compiled(in_axes=None, reduce=None).value_and_grad(A, X[0]),
        lambda: compiled(in_axes=(0, 0)).value_and_grad(X, X),
        lambda: compiled()(A, X),
        lambda: compiled().hessian(A, X),
    ],
)
def test_whatever_differs_is_built(folder: Path, built: list[int], other: Any) -> None:
    compiled().value_and_grad(A, X)
    other()
    assert len(built) == 2


def test_how_results_are_returned_makes_no_difference(folder: Path, built: list[int]) -> None:
    f, g = compiled(), compiled(argnums=(0,), threads=1)
    assert f.grad(A, X).tolist() == g.grad(A, X)[0].tolist()
    assert f.value_and_grad(A, X)[0] / 6 == compiled(reduce="mean").value_and_grad(A, X)[0]
    assert len(built) == 1


def test_outside_values_are_read_anew(folder: Path, built: list[int]) -> None:
    for number in (2.0, 3.0):
        w = Value(number)
        f = compiled(lambda x, w=w: w * x[0] * x[1], in_axes=(0,))
        assert f(X) == pytest.approx(number * (X[:, 0] * X[:, 1]).sum(), rel=1e-14)
    assert len(built) == 1


def test_users_primitives_are_not_kept(folder: Path, built: list[int]) -> None:
    @autograd.primitive(partials=lambda y, x: 3.0, source="linear")
    def thrice_for_the_cache(x: float) -> float:
        return 3.0 * x

    for _ in range(2):
        f = compiled(lambda x: thrice_for_the_cache(x[0]), in_axes=(0,))
        assert f(X) == pytest.approx(3.0 * X[:, 0].sum(), rel=1e-14)
    assert len(built) == 2


def test_check_runs_all_passes(folder: Path, built: list[int]) -> None:
    compiled(check=True).value_and_grad(A, X)
    compiled(check=True).value_and_grad(A, X)
    assert len(built) == 2


def test_a_missing_kernel_is_compiled_again(folder: Path, built: list[int]) -> None:
    expected = compiled().value_and_grad(A, X)
    for path in sorted(folder.iterdir()):
        before = len(built)
        path.unlink()
        value, gradient = compiled().value_and_grad(A, X)
        assert (value, gradient.tolist()) == (expected[0], expected[1].tolist())
        assert len(built) == before + 1
        assert path.exists()


def test_what_an_entry_says(folder: Path) -> None:
    f = compiled()
    f.value_and_grad(A, X)
    tape, keys = autograd.compiler.tape.Tape(), []
    cache_read = cache.read

    def spy(key: bytes) -> bytes | None:
        keys.append(key)
        return cache_read(key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "read", spy)
        compiled().value_and_grad(A, X)
    entry = cache_read(keys[0])
    assert entry is not None
    content = json.loads(entry)
    assert [content[k]["key"] for k in ("body", "prologue")] == [key.hex() for key in keys[1:]]
    assert program_cache._key(tape, ()) != program_cache._key(tape, (1,))
