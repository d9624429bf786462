"""The quiz: right answers, the mistakes that people make, and files that cannot be run."""

from __future__ import annotations

import re
import sys

import pytest

from demos.ninja import checking
from demos.ninja.__main__ import main
from demos.ninja.questions import QUESTIONS

RIGHT = {question.name: question.formula.split(" = ")[1] for question in QUESTIONS}


def fill_in(path, **answers):
    text = checking.TEMPLATE.read_text(encoding="utf-8")
    for name, formula in answers.items():
        text, count = re.subn(rf"\b{name} = None", f"{name} = {formula}", text)
        assert count == 1
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def ask(tmp_path, capsys, monkeypatch):
    """Run the quiz with some answers filled in; return the exit code and what is said."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    path = tmp_path / "quiz.py"

    def run(*options, **answers):
        if answers:
            fill_in(path, **answers)
        code = main(["--output", str(tmp_path), *options])
        printed, complaints = capsys.readouterr()
        printed = printed.replace(str(tmp_path), "outputs/ninja")
        assert max(map(len, printed.splitlines()), default=0) <= 80
        return code, " ".join((printed + complaints).split())

    return run


def test_the_first_run_gives_the_quiz(ask, tmp_path):
    code, said = ask()
    assert code == 1
    assert "Your quiz is outputs/ninja/quiz.py" in said
    assert (tmp_path / "quiz.py").read_text() == checking.TEMPLATE.read_text()
    assert "dO still None" in said
    assert "Hint for dO" in said
    code, said = ask("--formula")
    assert "Your quiz is" not in said
    assert RIGHT["dO"] in said


def test_all_right(ask):
    code, said = ask(**RIGHT)
    assert code == 0
    assert "All seven are right" in said
    assert "not" not in re.findall(r"\bd\w\d? (\w+)", said)


def test_answers_so_far(ask):
    code, said = ask(dO=RIGHT["dO"], dW2=RIGHT["dW2"])
    assert code == 1
    assert "dO right dW2 right db2 still None" in said
    assert "Hint for db2" in said


@pytest.mark.parametrize(
    ("name", "formula", "words"),
    [
        ("dO", "2 * (O - Y) / len(O)", "off by the constant factor 2"),
        ("dO", "2 * (O - Y)", "a sum is taken for a mean"),
        ("dO", "(O - Y) / O.size", "the 2 of a square's derivative is missing"),
        ("dO", "2 * (Y - O) / O.size", "the sign is wrong"),
        ("dO", "2 * (O - Y) / 10", "off by the constant factor 7/5|factor 1.4"),
        ("dW2", "H.T @ dO", "its transpose is right"),
        ("db2", "dO.mean(axis=0)", "a mean is taken for a sum"),
        ("db2", "dO", r"shape \(5, 2\) for b2, where an array of shape \(2,\) is wanted"),
        ("dZ", "dH", "the derivative of tanh is missing"),
        ("dW1", "0 * W1", "the gradient is forgotten"),
        ("db1", "0 * b1", "the bias is forgotten"),
    ],
)
def test_mistakes_are_diagnosed(ask, name, formula, words):
    answers = {}
    for question in QUESTIONS:
        answers[question.name] = formula if question.name == name else RIGHT[question.name]
    code, said = ask(**answers)
    assert code == 1
    assert f"{name} not right yet" in said
    assert re.search(words, said), said
    assert f"Hint for {name}" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def backward(:\n", "line 1: "),
        ("x = 1\n", "has no function named backward"),
        ("1 / 0\n", "line 1: ZeroDivisionError"),
        ("def backward(*a):\n    return 3\n", "should return a dict with the keys dO, dW2"),
        ("def backward(*a):\n    return a[0] @ a[0]\n", "line 2: ValueError: matmul"),
    ],
)
def test_a_quiz_that_cannot_be_run(ask, tmp_path, text, words):
    (tmp_path / "quiz.py").write_text(text)
    code, said = ask()
    assert code == 1
    assert said.startswith("python -m demos.ninja: ")
    assert words in said


def test_the_picture(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    fill_in(tmp_path / "my.py", dO=RIGHT["dO"], dW2="H", db2="'no number'")
    assert main(["--output", str(tmp_path / "here"), "--quiz", str(tmp_path / "my.py")]) == 1
    assert (tmp_path / "here" / "answers.png").read_bytes().startswith(b"\x89PNG")
