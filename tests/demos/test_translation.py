"""One function in three languages."""

from __future__ import annotations

import re
import shutil

import pytest

from demos import translation
from demos.translation import SUFFIXES


@pytest.mark.parametrize("inputs", ["1", "4", "50"])
def test_all_languages_agree(tmp_path, capsys, inputs):
    assert translation.main(["--inputs", inputs, "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.replace(str(tmp_path), "").splitlines())) <= 80
    off = dict(re.findall(r"^(\w+) +\d+ +differs .* by (\S+)$", printed, re.MULTILINE))
    runnable = {"python": True, "c": shutil.which("cc"), "javascript": shutil.which("node")}
    assert set(off) == {language for language, there in runnable.items() if there}
    assert all(float(by.replace("−", "-")) < 1e-14 for by in off.values())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"loss.{suffix}" for suffix in SUFFIXES.values()
    )


@pytest.mark.parametrize("language", SUFFIXES)
def test_what_is_shown_is_what_is_written(tmp_path, capsys, language):
    assert translation.main(["--show", language, "--output", str(tmp_path)]) == 0
    written = (tmp_path / f"loss.{SUFFIXES[language]}").read_text(encoding="utf-8")
    assert written.rstrip() in capsys.readouterr().out


def test_without_compilers(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(translation.shutil, "which", lambda name: None)
    assert translation.main(["--output", str(tmp_path)]) == 0
    assert capsys.readouterr().out.count("nothing to run it with here") == 2


def test_a_wrong_number_would_be_seen(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(translation.RUNNERS, "c", lambda path, args: [0.0] * 6)
    assert translation.main(["--output", str(tmp_path)]) == 0
    off = re.search(r"^c +\d+ +differs .* by (\S+)$", capsys.readouterr().out, re.MULTILINE)
    assert float(off[1].replace("−", "-")) > 0.01
