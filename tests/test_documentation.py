"""The README's examples, the docstrings' examples, and that there is a docstring for every name."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn

README = Path(__file__).parents[1] / "README.md"
#: Pages whose examples are sessions (``>>>``); that on the passes has a test of its own.
PAGES = sorted(set(README.parent.glob("docs/*.md")) - {README.parent / "docs" / "compiler.md"})
MODULES = ["autograd", "nn"] + [
    module.name
    for package in (autograd, nn)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
]


def test_readme_examples_print_what_they_say(capsys):
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, object] = {
        "my_loss": lambda params: float(np.sum(params**2)),
        "my_gradient": lambda params: 2.0 * params,
        "params": np.ones(3),
    }
    checked = 0
    for line_block in blocks[:2]:
        exec(line_block, names)
        printed = capsys.readouterr().out.split()
        stated = re.findall(r"^print\(.*?\) +# (.*)$", line_block, re.MULTILINE)
        assert [float(x) for line in stated for x in line.split()] == pytest.approx(
            [float(x) for x in printed], rel=1e-14
        )
        for expression, result in re.findall(r"^(grad\(.*\)) +# (array.*)$", line_block, re.M):
            assert repr(eval(expression, names)) == result
            checked += 1
        checked += len(stated)
    assert checked == 3
    for line_block in blocks[2:]:
        exec(line_block, names)
    assert names["value"] == pytest.approx(np.log(2.0))


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert result.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_in_pages(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page.name, str(page), 0)
    assert test.examples
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
    assert result.failed == 0


@pytest.mark.parametrize("package", [autograd, nn], ids=lambda p: p.__name__)
def test_every_public_name_is_documented(package):
    for name in package.__all__:
        thing = getattr(package, name)
        if callable(thing) or inspect.ismodule(thing):
            assert (inspect.getdoc(thing) or "").strip(), name


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    tests = [t for name in MODULES for t in finder.find(importlib.import_module(name))]
    assert sum(len(t.examples) for t in tests) > 10
