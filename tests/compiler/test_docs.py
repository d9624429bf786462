"""The page on the compiler: every listing is what the passes print today.

``python tests/compiler/test_docs.py`` writes them into the page anew.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "compiler.md"
BLOCK = re.compile(r"^```(pycon|llvm)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def output(example: doctest.Example, names: dict[str, Any]) -> str:
    """What an interactive session shows after one statement."""
    shown = io.StringIO()
    # Errors name the line: the line of the block.
    source = "\n" * example.lineno + example.source
    with contextlib.redirect_stdout(shown):
        try:
            exec(compile(source, "example.py", "single"), names)
        except Exception as error:
            print(textwrap.fill(f"{type(error).__name__}: {error}", 96))
    return shown.getvalue()


def session(block: str, names: dict[str, Any]) -> str:
    """A block of statements, each with what it shows; ``names`` is what they see and define."""
    lines = []
    for example in doctest.DocTestParser().get_examples(block + "\n"):
        prompts = [">>> ", *["... "] * example.source.count("\n")]
        statement = example.source.splitlines()
        lines += [prompt + line for prompt, line in zip(prompts, statement)]
        lines += output(example, names).splitlines()
    return "\n".join(lines) + "\n"


def innermost_loop(names: dict[str, Any]) -> str:
    """The loop that the LLVM backend writes for the loop of ``loss``, on any machine."""
    pytest.importorskip("llvmlite")
    from autograd.compiler import emit_llvm
    from autograd.compiler.llvm_writer import Module

    module = Module(4, frozenset(["_ZGVdN4v_tanh"]))
    emit_llvm._write(module, names["program"].kernel, 8)
    loops = re.findall(r"^(v\d+):\n((?:  .*\n)+?)  br i1 (.*)$", str(module), re.MULTILINE)
    label, body, branch = next(loop for loop in loops if "phi <4 x double>" in loop[1])
    return f"{label}:\n{body}  br i1 {branch}\n"


def regenerated(page: str) -> str:
    """The page with all listings as they are today."""
    names: dict[str, Any] = {}

    def renew(match: re.Match[str]) -> str:
        language, block = match.groups()
        new = innermost_loop(names) if language == "llvm" else session(block, names)
        return f"```{language}\n{new}```"

    return BLOCK.sub(renew, page)


def without_times(page: str) -> str:
    return re.sub(r"[\d,]+ bytes", "… bytes", re.sub(r"\d+\.\d+ ms", "… ms", page))


def test_the_page_shows_what_the_passes_print(monkeypatch, tmp_path):
    pytest.importorskip("llvmlite")
    monkeypatch.setenv("AUTOGRAD_CACHE_DIR", str(tmp_path))  # reports are of what is compiled
    page = PAGE.read_text(encoding="utf-8")
    assert without_times(regenerated(page)).splitlines() == without_times(page).splitlines()


def test_a_wrong_listing_would_be_noticed():
    page = "```pycon\n>>> for x in (1, 2):\n...     print(x)\n1\n3\n>>> 1 / 0\n```\n"
    assert regenerated(page) == (
        "```pycon\n>>> for x in (1, 2):\n...     print(x)\n1\n2\n"
        ">>> 1 / 0\nZeroDivisionError: division by zero\n```\n"
    )


def test_every_file_that_the_page_links_to_is_there():
    links = re.findall(r"\]\((?!http)([^)]+)\)", PAGE.read_text(encoding="utf-8"))
    assert links
    assert all((PAGE.parent / link.partition("#")[0]).exists() for link in links)


if __name__ == "__main__":
    os.environ["AUTOGRAD_CACHE_DIR"] = tempfile.mkdtemp()
    PAGE.write_text(regenerated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
