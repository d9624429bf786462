"""Which files run: the compiled ones, unless they are stale or pure Python was asked for.

An editable install compiles the core in place, where Python prefers the compiled files to the
source beside them. If that source has changed since, the source runs and a warning says so.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import inspect
import json
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).parent

#: The modules that mypyc compiles, and the record that the build leaves of what it compiled.
CORE = (
    "formulas",
    "number",
    "operand",
    "operation",
    "recording",
    "release",
    "rule",
    "rules",
    "sweep",
    "value",
)
RECORD = PACKAGE / "_compiled.json"


def digests(package: Path) -> dict[str, str]:
    """The SHA-256 digest of the source of each core module in the folder ``package``."""
    return {
        name: hashlib.sha256((package / f"{name}.py").read_bytes()).hexdigest() for name in CORE
    }


def compiled_modules() -> set[str]:
    """The names of all modules of the package for which there is a compiled file."""
    suffixes = tuple(importlib.machinery.EXTENSION_SUFFIXES)
    return {path.name.split(".")[0] for path in PACKAGE.iterdir() if path.name.endswith(suffixes)}


def stale_modules() -> list[str]:
    """The modules whose compiled file is not of today's source; empty if nothing was compiled."""
    compiled = compiled_modules()
    if not compiled:
        return []
    try:
        recorded = dict(json.loads(RECORD.read_text()))
    except (OSError, ValueError, TypeError):
        return sorted(compiled.union(CORE))
    # Also what an earlier version compiled, and this one does not.
    current = digests(PACKAGE)
    return sorted(
        name
        for name in compiled.union(CORE)
        if name not in current or recorded.get(name) != current[name]
    )


class SourceFinder:
    """An import hook that finds the source of the package's modules, never a compiled form."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of the source of one of the package's modules; else None."""
        package, _, name = fullname.rpartition(".")
        source = PACKAGE / f"{name}.py"
        if package != "autograd" or not source.exists():
            return None
        return importlib.util.spec_from_file_location(fullname, source)


def choose() -> None:
    """Make the imports that follow take the source if the compiled core must not run."""
    if os.environ.get("AUTOGRAD_PURE_PYTHON", "0") not in ("", "0"):
        sys.meta_path.insert(0, SourceFinder)
        return
    stale = stale_modules()
    if stale:
        sys.meta_path.insert(0, SourceFinder)
        warnings.warn(
            f"autograd runs as pure Python, several times slower: {', '.join(stale)} changed since "
            "the core was compiled; install the package again to compile it",
            RuntimeWarning,
            stacklevel=3,
        )


def class_docstring(module: str, name: str) -> str:
    """The docstring of a class as it stands in the source: compiled classes have none."""
    source = (PACKAGE / f"{module}.py").read_text(encoding="utf-8")
    _, _, body = source.partition(f"class {name}(")
    return inspect.cleandoc(body.split('"""')[1])
