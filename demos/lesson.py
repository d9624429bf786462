"""How a lesson is run: its command line, and its exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import nn
from demos.command_line import Parser, checked_output, exit_code
from demos.contents import summary


def lesson_parser(name: str) -> Parser:
    """Return a lesson's parser, to which it adds the options of its own."""
    output = Path("outputs") / name
    parser = Parser(
        prog=f"python -m demos.{name}",
        description=f"{summary(name)}. Defaults are in parentheses.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        default=output,
        help=f"folder for the pictures and pages ({output})",
    )
    return parser


def run_lesson(
    parser: Parser,
    run: Callable[[argparse.Namespace], None],
    arguments: Sequence[str] | None,
) -> int:
    """Run a lesson with the options that are asked for, and return the exit code.

    0 is success, 1 says that something is not installed, a training diverged or a picture could not
    be written, 2 (from the parser) a wrong option, 130 Ctrl-C.

    Args:
        parser: of its command line.
        run: the lesson, a function of the options; it raises KeyboardInterrupt when ``nn.fit`` says
            that it was interrupted.
        arguments: the command line; None takes that of the process.
    """
    options = parser.parse_args(arguments)
    options.output = checked_output(parser, options.output)

    def lesson() -> int:
        try:
            run(options)
        except (ImportError, nn.TrainingDivergedError) as error:
            print(f"{parser.prog}: {error}", file=sys.stderr)
            return 1
        return 0

    return exit_code(parser.prog, lesson)
