"""Runs generated source, in each of its languages."""

from __future__ import annotations

import ctypes
import json
import math
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.compiler.source.layout import elements_of
from autograd.structure import flatten

COMPILER = shutil.which("cc")
NODE = shutil.which("node")
FLAGS = ["-std=c99", "-O2", "-Wall", "-Wextra", "-pedantic", "-Werror"]

needs_c = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler (cc)")
needs_node = pytest.mark.skipif(NODE is None, reason="there is no Node.js (node)")
LANGUAGES = [
    "python",
    pytest.param("c", marks=needs_c),
    pytest.param("javascript", marks=needs_node),
]

#: Arguments, and the nest that the results are put in: the leaves of the value, then, if there is a
#: gradient, those of the gradient.
Call = Callable[[Sequence[Any]], list[float]]


def leaves(tree: Any) -> list[float]:
    return [float(x) for x in flatten(tree)[0]]


def function_of(language: str, source: str, folder: Path, result: Any, gradient: Any) -> Call:
    """What runs the function that a source ends with.

    Args:
        language: of the source.
        source: the source.
        folder: for files.
        result: a nest like the value.
        gradient: a tuple of nests like the derivatives, or None if the source gives none.
    """
    if language == "python":
        return _of_python(source, gradient is not None)
    if language == "javascript":
        return _of_javascript(source, result, gradient)
    return _of_c(source, folder, result, gradient)


def _of_python(source: str, has_gradient: bool) -> Call:
    names: dict[str, Any] = {}
    exec(source, names)
    function = list(names.values())[-1]
    return lambda args: leaves(function(*args))


def _of_javascript(source: str, result: Any, gradient: Any) -> Call:
    name = re.findall(r"^function ([^\s(]+)\(", source, re.MULTILINE)[-1]

    def call(args: Sequence[Any]) -> list[float]:
        script = (
            f"{source}\nconst special = {{ inf: Infinity, '-inf': -Infinity, nan: NaN }};\n"
            "const read = (key, x) => (typeof x === 'string' ? special[x] : x);\n"
            f"const args = JSON.parse({json.dumps(json.dumps(_plain(list(args))))}, read);\n"
            "const write = (key, x) => (typeof x === 'number' && !Number.isFinite(x) ? String(x)"
            f" : x);\nconsole.log(JSON.stringify({name}(...args), write));"
        )
        done = subprocess.run([str(NODE), "-"], input=script, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return leaves(_numbers(json.loads(done.stdout)))

    return call


def _plain(tree: Any) -> Any:
    """A nest that JSON can hold."""
    if isinstance(tree, dict):
        return {key: _plain(x) for key, x in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_plain(x) for x in tree]
    if isinstance(tree, np.ndarray):
        return _plain(tree.tolist())
    return float(tree) if math.isfinite(tree) else repr(float(tree))


def _numbers(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _numbers(x) for key, x in tree.items()}
    if isinstance(tree, list):
        return [_numbers(x) for x in tree]
    return float(tree)


def _of_c(source: str, folder: Path, result: Any, gradient: Any) -> Call:
    library = folder / f"lib{len(list(folder.iterdir()))}.so"
    path = library.with_suffix(".c")
    assert re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL).isascii()
    path.write_text(source, encoding="utf-8")
    command = [str(COMPILER), *FLAGS, "-shared", "-fPIC", str(path), "-o", str(library), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + source
    kind, name, declared = re.findall(r"^(double|void) (\w+)\((.*?)\)\n\{", source, re.M | re.S)[-1]
    function = getattr(ctypes.CDLL(str(library)), name)
    function.restype = ctypes.c_double if kind == "double" else None
    by_value = [re.fullmatch(r"\s*double \w+\s*", p) is not None for p in declared.split(",")]

    def call(args: Sequence[Any]) -> list[float]:
        inputs = [array for arg in args for array in _arrays(arg)]
        nests = [] if kind == "double" else [result]
        outputs = [array for nest in [*nests, *(gradient or ())] for array in _arrays(nest)]
        everything = inputs + outputs
        given: list[Any] = []
        if declared.startswith("int samples"):
            # As the last array does in these tests.
            given.append(next(len(arg) for arg in reversed(args) if np.ndim(arg)))
        wanted = 0 if declared == "void" else len(by_value)
        assert len(everything) + len(given) == wanted, declared
        for array, plain in zip(everything, by_value[len(given) :]):
            pointer = array.ctypes.data_as(ctypes.c_void_p)
            given.append(ctypes.c_double(array.item()) if plain else pointer)
        value = function(*given)
        found = [value] if kind == "double" else []
        start = 0
        for nest in [*nests, *(gradient or ())]:
            elements = elements_of(flatten(nest)[1], "", "result")
            arrays = list(dict.fromkeys([element.array for element in elements]))
            for element in elements:
                index = tuple([i.base for i in element.index])
                k = start + arrays.index(element.array)
                found.append(float(outputs[k].reshape(element.array.shape)[index]))
            start += len(arrays)
        return found

    return call


def _arrays(nest: Any) -> list[np.ndarray[Any, Any]]:
    """The arrays that hold a nest in C, each flat."""
    numbers, structure = flatten(nest)
    groups: dict[Any, list[float]] = {}
    for element, x in zip(elements_of(structure, "", "argument"), numbers):
        groups.setdefault(element.array, []).append(float(x))
    return [np.array(group) for group in groups.values()]
