"""Build: compile the core with mypyc where a C compiler is present, else install pure Python."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

from setuptools import setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent


def source_module() -> Any:
    """``autograd/_source.py``, loaded without importing the package."""
    spec = importlib.util.spec_from_file_location("_source", ROOT / "autograd" / "_source.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


source = source_module()


class BuildCore(build_ext):
    """Build the extensions all together or not at all, and record what they were made from."""

    def run(self) -> None:
        """Compile; on any failure of the compiler go on without extensions."""
        if self.inplace:
            self.remove_earlier()
        try:
            super().run()
        except Exception as error:
            self.warn(f"the core is not compiled, pure Python is installed instead: {error}")
            self.remove_outputs()
            self.extensions = []
            return
        folder = ROOT if self.inplace else Path(self.build_lib)
        record = folder / "autograd" / source.RECORD.name
        record.write_text(json.dumps(source.digests(ROOT / "autograd"), indent=2) + "\n")

    def remove_earlier(self) -> None:
        """Remove what earlier builds compiled in place, which may be other modules than now."""
        for folder, name in ((ROOT / "autograd", "*"), (ROOT, "autograd__mypyc*")):
            for suffix in EXTENSION_SUFFIXES:
                for path in folder.glob(name + suffix):
                    path.unlink()

    def remove_outputs(self) -> None:
        """Remove what a failed build may have left, so that no half of a core is installed."""
        for extension in self.extensions:
            Path(self.get_ext_fullpath(extension.name)).unlink(missing_ok=True)


def extensions() -> list[Any]:
    """The mypyc extensions; none if pure Python or only the package's metadata was asked for."""
    if {"egg_info", "dist_info"} & set(sys.argv):
        return []
    if os.environ.get("AUTOGRAD_PURE_PYTHON", "0") not in ("", "0"):
        return []
    from mypyc.build import mypycify

    # What the core imports when it is called, such as the pictures, is none of the compiler's.
    options = ["--config-file=", "--follow-imports=silent", "--ignore-missing-imports"]
    sources = [f"autograd/{name}.py" for name in source.CORE]
    modules = list(mypycify([*options, *sources], group_name="autograd"))
    header = str(ROOT / "autograd" / "_trashcan.h")
    for module in modules:
        module.extra_compile_args += ["/FI" if sys.platform == "win32" else "-include", header]
    return modules


setup(ext_modules=extensions(), cmdclass={"build_ext": BuildCore})
