"""nn needs nothing but what autograd offers to everybody, and is light to import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
import autograd.draw
import nn

SOURCES = sorted(Path(nn.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_only_public_names_of_autograd_are_used(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    for node in nodes:
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "autograd":
            assert node.module in ("autograd", "autograd.draw")
            if node.module == "autograd.draw":
                assert {alias.name for alias in node.names} <= set(autograd.draw.__all__)
                continue
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            assert not any(alias.name.startswith("autograd.") for alias in node.names)
        elif isinstance(node, ast.Attribute):
            # Methods and attributes of Values too: none that begins with an underscore.
            if isinstance(node.value, ast.Name) and node.value.id == "autograd":
                names = [node.attr]
            private = node.attr.startswith("_") and not node.attr.startswith("__")
            of_self = isinstance(node.value, ast.Name) and node.value.id == "self"
            assert not private or of_self or node.attr in own
        assert set(names) <= set(autograd.__all__)


def test_every_public_name_exists_and_is_documented() -> None:
    for name in nn.__all__:
        found = getattr(nn, name)
        assert isinstance(found, dict) or found.__doc__, name


def test_importing_nn_loads_nothing_heavy() -> None:
    code = "import sys, nn; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    heavy = {"matplotlib", "tqdm", "torch", "graphviz", "sklearn", "scipy", "llvmlite"}
    assert not loaded & heavy
