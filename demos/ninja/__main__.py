"""Entry point of ``python -m demos.ninja``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

import autograd
from demos.command_line import checked_output, exit_code, run_as_program
from demos.figures import new_figure, signed_colors, write_pictures
from demos.lesson import lesson_parser
from demos.ninja.checking import PROBLEMS, QuizError, Verdict, check, load, provide
from demos.ninja.pages import write_page
from demos.tables import heading, paragraph

#: What the exit code says when some answers are not right.
NOT_YET = 1


def run(path: Path, folder: Path, formula: bool) -> int:
    """Check the quiz, say what is right and what is not, and return the exit code."""
    if provide(path):
        print(
            paragraph(
                f"Your quiz is {path}. Read it, fill in the first answer or more, and run this "
                "again."
            )
        )
    verdicts = check(load(path), path)
    print(heading("Your answers"))
    for verdict in verdicts:
        words = {
            "right": "right",
            "wrong": "not right yet",
            "missing": "still None",
            "later": "not looked at before those above are right",
        }
        print(f"{verdict.question.name.ljust(3)}  {words[verdict.state]}")
    first = next((verdict for verdict in verdicts if verdict.state != "right"), None)
    if first is None:
        print(
            paragraph(
                "All seven are right, on two sets of numbers, by automatic differentiation and by "
                "finite differences. This is backpropagation, and you have written it. For more "
                "layers, see nn/manual/delta_recursion.py: it is the same two steps over and over."
            )
        )
    else:
        show_help(first, formula)
    draw = partial(draw_answers, verdicts=verdicts)
    write_pictures(
        folder,
        [("answers.png", "your answers and the engine's", draw)],
        pages=[("network.html", "the network of the quiz, for n = 1", write_page)],
    )
    return 0 if first is None else NOT_YET


def show_help(verdict: Verdict, formula: bool) -> None:
    """Print what the check found, and the hint."""
    question = verdict.question
    if verdict.report is not None:
        print(heading(f"What is wrong with {question.name}"))
        print(verdict.report)
    print(heading(f"Hint for {question.name}"))
    print(paragraph(question.hint))
    print(question.formula if formula else "With --formula you get the answer.")


def draw_answers(path: Path, verdicts: Sequence[Verdict]) -> None:
    """Draw each answer on the first problem above what the engine finds."""
    figure = new_figure(9.6, 3.6)
    panels = figure.subplots(2, len(verdicts))
    for (mine, engine), verdict in zip(panels.T, verdicts, strict=True):
        question = verdict.question
        arguments = [getattr(PROBLEMS[0], name) for name in question.arguments]
        true = np.array(autograd.grad(question.function, question.argnum)(*arguments))
        limit = float(np.abs(true).max())
        given = _drawable(verdict.answer, true.shape)
        for axes, numbers in ((mine, given), (engine, true)):
            if numbers is None:
                axes.annotate("?", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center")
            else:
                axes.imshow(np.atleast_2d(numbers), cmap=signed_colors(), vmin=-limit, vmax=limit)
            axes.set(xticks=[], yticks=[])
        mine.set_title(f"{question.name}\n{verdict.state}", fontsize=10)
    panels[0, 0].set_ylabel("yours")
    panels[1, 0].set_ylabel("the engine's")
    figure.savefig(path, dpi=100)


def _drawable(answer: object, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return an answer as an array; None if it is not one of the right shape."""
    try:
        array = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return None
    return array if array.shape == shape else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the quiz, and return the exit code.

    0 says that all answers are right, 1 that some are not, or that the quiz cannot be run or a file
    not be written, 2 (from the parser) a wrong option, 130 Ctrl-C.
    """
    parser = lesson_parser("ninja")
    parser.add_argument(
        "--quiz",
        metavar="FILE",
        type=Path,
        help="the file to check (quiz.py in the folder for the pictures)",
    )
    parser.add_argument("--formula", action="store_true", help="show the next answer")
    options = parser.parse_args(arguments)
    folder = checked_output(parser, options.output)

    def quiz() -> int:
        try:
            return run(options.quiz or folder / "quiz.py", folder, options.formula)
        except QuizError as error:
            print(f"{parser.prog}: {error}", file=sys.stderr)
            return 1

    return exit_code(parser.prog, quiz)


if __name__ == "__main__":
    run_as_program(main)
