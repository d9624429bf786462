"""What there is to run, and in which order the lessons follow one another."""

from __future__ import annotations

import ast
from pathlib import Path

#: The course, in order. What is not in it are demos: applications that stand for themselves.
COURSE = (
    "worked_example",
    "walkthrough",
    "recursion",
    "xor",
    "perceptron",
    "activations",
    "losses",
    "vanishing",
    "momentum",
    "symmetry",
    "family_tree",
    "ninja",
)


def summary(name: str) -> str:
    """Return what a lesson or demo is about: the first line of its docstring, up to its command."""
    return _titles()[name]


def demos() -> list[str]:
    """Return the names of what can be run and is not in the course, in alphabetical order."""
    return sorted(set(_titles()) - set(COURSE))


def lessons() -> list[str]:
    """Return the names of the lessons, in the order of the course."""
    titles = _titles()
    return [name for name in COURSE if name in titles]


def _titles() -> dict[str, str]:
    """Return the titles of all modules whose first line says how to run them.

    The files are read and not imported: what they need may not be installed.
    """
    here = Path(__file__).parent
    titles = {}
    for path in [*here.glob("*.py"), *here.glob("*/__init__.py")]:
        name = path.parent.name if path.stem == "__init__" else path.stem
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        title, command, _ = docstring.partition(f": ``python -m demos.{name}``")
        if command:
            titles[name] = title
    return titles
