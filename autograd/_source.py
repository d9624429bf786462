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
CORE = ("operand", "recording", "rule", "rules", "sweep", "value")
RECORD = PACKAGE / "_compiled.json"


def digests(package: Path) -> dict[str, str]:
    """The SHA-256 digest of the source of each core module in the folder ``package``."""
    return {
        name: hashlib.sha256((package / f"{name}.py").read_bytes()).hexdigest() for name in CORE
    }


def stale_modules() -> list[str]:
    """The core modules whose source is not what was compiled; empty if nothing was compiled."""
    suffixes = importlib.machinery.EXTENSION_SUFFIXES
    if not any((PACKAGE / f"{name}{suffix}").exists() for name in CORE for suffix in suffixes):
        return []
    try:
        recorded = dict(json.loads(RECORD.read_text()))
    except (OSError, ValueError, TypeError):
        return list(CORE)
    current = digests(PACKAGE)
    return [name for name in CORE if recorded.get(name) != current[name]]


class SourceFinder:
    """An import hook that finds the source of the core modules, never their compiled form."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a core module's source; None for all other modules."""
        package, _, name = fullname.rpartition(".")
        if package != "autograd" or name not in CORE:
            return None
        return importlib.util.spec_from_file_location(fullname, PACKAGE / f"{name}.py")


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
