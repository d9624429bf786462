"""Which files run: compiled, pure, or pure because what was compiled is stale."""

from __future__ import annotations

import importlib.machinery
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd import _source

ASK = "import autograd; print(autograd.COMPILED, autograd.value.__file__)"


def run(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k != "AUTOGRAD_PURE_PYTHON"}
    return subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the installed package, with what was compiled beside it."""
    source = Path(autograd.__file__).parent
    shutil.copytree(source, tmp_path / "autograd", ignore=shutil.ignore_patterns("__pycache__"))
    for library in source.parent.glob("autograd__mypyc*"):
        shutil.copy(library, tmp_path)
    return tmp_path


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks as if the core had just been compiled there."""
    folder = tmp_path / "fake"
    folder.mkdir()
    for name in _source.CORE:
        shutil.copy(_source.PACKAGE / f"{name}.py", folder)
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    (folder / f"value{suffix}").write_bytes(b"")
    record = folder / "_compiled.json"
    record.write_text(json.dumps(_source.digests(folder)))
    monkeypatch.setattr(_source, "PACKAGE", folder)
    monkeypatch.setattr(_source, "RECORD", record)
    return folder


def test_compiled_says_what_runs():
    assert (not autograd.value.__file__.endswith(".py")) == autograd.COMPILED


def test_pure_python_on_request(package):
    result = run(ASK, package, AUTOGRAD_PURE_PYTHON="1")
    assert result.stdout.split()[0] == "False"
    assert result.stdout.split()[1].endswith("value.py")
    assert result.stderr == ""


def test_fresh_build_runs_in_silence(package):
    result = run(ASK, package)
    assert result.stdout.split()[0] == str(
        any((package / "autograd" / "value").parent.glob("value.*.so"))
    )
    assert result.stderr == ""


def test_changed_source_is_what_runs(package):
    with (package / "autograd" / "value.py").open("a") as file:
        file.write("\nCHANGED = True\n")
    result = run("import autograd; print(autograd.COMPILED, autograd.value.CHANGED)", package)
    assert result.stdout == "False True\n"
    had_been_compiled = (package / "autograd" / "_compiled.json").exists()
    assert ("RuntimeWarning: autograd runs as pure Python" in result.stderr) == had_been_compiled
    assert ("value changed since the core was compiled" in result.stderr) == had_been_compiled


def test_stale_modules_are_found_by_content(fake):
    assert _source.stale_modules() == []
    os.utime(fake / "sweep.py", (0, 0))
    assert _source.stale_modules() == []
    (fake / "sweep.py").write_text("# changed\n")
    assert _source.stale_modules() == ["sweep"]


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_a_build_without_a_good_record_counts_as_stale(fake, content):
    if content is None:
        (fake / "_compiled.json").unlink()
    else:
        (fake / "_compiled.json").write_text(content)
    assert _source.stale_modules() == sorted(_source.CORE)


def test_what_is_no_longer_compiled_does_not_shadow_its_source(fake):
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    (fake / f"transforms{suffix}").write_bytes(b"")
    assert _source.stale_modules() == ["transforms"]


def test_without_extensions_nothing_is_stale(fake):
    for path in fake.glob("value.*"):
        if path.suffix != ".py":
            path.unlink()
    (fake / "value.py").write_text("# changed\n")
    assert _source.stale_modules() == []


def test_import_is_light():
    loaded = "import sys, autograd; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    modules = set(run(loaded, Path(autograd.__file__).parents[1]).stdout.split())
    assert "autograd" in modules
    heavy = {"graphviz", "matplotlib", "scipy", "torch", "mypy", "mypyc", "mypy_extensions"}
    assert not modules & (heavy | {"sklearn", "tqdm", "pytest", "hypothesis", "nn", "llvmlite"})


def test_packages_of_the_readme_need_no_import_of_their_own():
    names = "autograd.draw.render, autograd.gradcheck.gradcheck, autograd.testing"
    result = run(f"import autograd; {names}", Path(autograd.__file__).parents[1])
    assert result.stderr == ""
