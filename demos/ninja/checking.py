"""Are the answers right? ``autograd.gradcheck`` says so, and often what went wrong."""

from __future__ import annotations

import runpy
import shutil
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from autograd.gradcheck import Report, check_gradient
from demos.ninja.questions import QUESTIONS, Problem, Question, problem

TEMPLATE = Path(__file__).with_name("quiz.py")

#: Two problems: numbers that fit one by chance, such as a fixed n, do not fit both.
PROBLEMS = (problem(5, seed=0), problem(7, seed=1))

Backward = Callable[..., Any]


class QuizError(Exception):
    """The file cannot be run, or its function does not return what is wanted."""


class Verdict(NamedTuple):
    """What there is to say about one answer.

    Attributes:
        question: what was asked.
        state: "right", "wrong", "missing" (it is None), or "later" (an earlier one is not right).
        report: of the check; None where there was none.
        answer: what was given for the first problem.
    """

    question: Question
    state: Literal["right", "wrong", "missing", "later"]
    report: Report | None
    answer: Any


def provide(path: Path) -> bool:
    """Put a fresh quiz there if there is none, and return whether that was so.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(TEMPLATE, path)
    return True


def load(path: Path) -> Backward:
    """Return the learner's function.

    Raises:
        QuizError: the file is no Python, ends in an error, or has no function ``backward``.
        OSError: it cannot be read.
    """
    try:
        names = runpy.run_path(str(path))
    except OSError:
        raise
    except Exception as error:
        raise QuizError(_described(error, path)) from error
    backward = names.get("backward")
    if not callable(backward):
        raise QuizError(f"{path} has no function named backward")
    return backward  # type: ignore[no-any-return]


def check(backward: Backward, path: Path) -> list[Verdict]:
    """Return what there is to say about each answer, in the order of the questions.

    Only the first answer that is not right is examined closely: those after it build on it.

    Raises:
        QuizError: the function fails, or does not return a dict with the seven answers.
    """
    verdicts: list[Verdict] = []
    answers = _answers(backward, PROBLEMS[0], path)
    for question in QUESTIONS:
        answer = answers[question.name]
        if any(verdict.state != "right" for verdict in verdicts):
            verdicts.append(Verdict(question, "later", None, answer))
        elif answer is None:
            verdicts.append(Verdict(question, "missing", None, answer))
        else:
            report = _report(backward, question, path)
            verdicts.append(Verdict(question, "right" if report else "wrong", report, answer))
    return verdicts


def _report(backward: Backward, question: Question, path: Path) -> Report:
    """Return the report on the first problem that the answer does not fit, or on the last."""
    for numbers in PROBLEMS:
        arguments = [getattr(numbers, name) for name in question.arguments]

        def answer(*given: Any, numbers: Problem = numbers) -> Any:
            changed = numbers._replace(**dict(zip(question.arguments, given, strict=True)))
            return _answers(backward, changed, path)[question.name]

        answer.__name__ = question.name
        report = check_gradient(
            answer, question.function, *arguments, argnums=question.argnum, raise_exception=False
        )
        if not report:
            break
    return report


def _answers(backward: Backward, numbers: Problem, path: Path) -> Mapping[str, Any]:
    try:
        answers = backward(*numbers)
    except Exception as error:
        raise QuizError(_described(error, path)) from error
    wanted = [question.name for question in QUESTIONS]
    if not isinstance(answers, Mapping) or not set(wanted) <= set(answers):
        raise QuizError(
            f"backward should return a dict with the keys {', '.join(wanted)}, as the return "
            f"statement of the quiz does; it returned {answers!r:.60}"
        )
    return answers


def _described(error: Exception, path: Path) -> str:
    """Return an error of the learner's file in a line, with the number of the line it is in."""
    if isinstance(error, SyntaxError):
        return f"{path}, line {error.lineno}: {error.msg}"
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    where = f", line {lines[-1]}" if lines else ""
    return f"{path}{where}: {type(error).__name__}: {error}"
