"""``python -m demos``, and what all lessons have in common."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import demos
from demos import contents
from demos.__main__ import main

#: The lessons whose command line is the common one.
LESSONS = [name for name in contents.lessons() if name != "xor"]


def test_everything_that_runs_is_listed_once_in_a_line(capsys):
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    here = Path(demos.__file__).parent
    runnable = {path.parent.name for path in here.glob("*/__main__.py")} | {
        path.stem
        for path in here.glob("[!_]*.py")
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    listed = [line.split()[0] for line in lines if "  " in line]
    assert sorted(listed) == sorted(runnable)
    assert listed[: len(contents.lessons())] == contents.lessons()
    for name in listed:
        importlib.import_module(f"demos.{name}")


def test_the_list_needs_nothing_installed():
    code = (
        "import sys; sys.modules['matplotlib'] = sys.modules['sklearn'] = None\n"
        "from demos.__main__ import main; main([])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        cwd=Path(demos.__file__).parents[1],
    )
    assert shown.returncode == 0
    assert "python -m demos.worked_example" in shown.stdout


@pytest.mark.parametrize("name", LESSONS)
def test_help_of_lessons_says_what_they_are_about(name, said_at_exit):
    code, printed = said_at_exit(name, "--help")
    assert code == 0
    assert " ".join(contents.summary(name).split()[:4]) in printed


@pytest.mark.parametrize("name", contents.lessons() + contents.demos())
def test_help_and_wrong_options(name, said_at_exit):
    code, printed = said_at_exit(name, "--help")
    assert code == 0
    assert f"outputs/{name}" in printed
    code, complaint = said_at_exit(name, "--nonsense")
    assert code == 2
    assert complaint.startswith(f"python -m demos.{name}: ")


def test_ctrl_c_and_what_is_missing(tmp_path, capsys, monkeypatch):
    worked_example = importlib.import_module("demos.worked_example")
    arguments = ["--output", str(tmp_path)]
    for error, code, words in (
        (KeyboardInterrupt(), 130, "Interrupted"),
        (ImportError("no such thing"), 1, "python -m demos.worked_example: no such thing"),
    ):

        def fail(options, error=error):
            raise error

        monkeypatch.setattr(worked_example, "run", fail)
        assert worked_example.main(arguments) == code
        assert words in "".join(capsys.readouterr())


# The course
# ----------

COURSE = Path(demos.__file__).parents[1] / "docs" / "lessons.md"


def test_the_course_has_every_lesson_in_order():
    commands = re.findall(r"^python -m demos\.(\w+)$", COURSE.read_text(encoding="utf-8"), re.M)
    assert commands == contents.lessons() == list(contents.COURSE)


def test_the_course_shows_all_of_its_pictures_and_they_are_small():
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", COURSE.read_text(encoding="utf-8"))
    pictures = [COURSE.parent / name for name in shown]
    assert sorted(pictures) == sorted((COURSE.parent / "lessons").iterdir())
    for picture in pictures:
        assert picture.stat().st_size < 60_000
