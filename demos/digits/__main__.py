"""Entry point of ``python -m demos.digits``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import nn
from demos.command_line import (
    INTERRUPTED,
    Parser,
    checked_output,
    count,
    exit_code,
    real,
    run_as_program,
)
from demos.digits import lesson
from demos.digits.problem import Setup

PROGRAM = "python -m demos.digits"
DEFAULT_OUTPUT = Path("outputs") / "digits"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lesson, and return the exit code.

    0 is success, 1 says that something is not installed, the training diverged or a picture could
    not be written, 2 (from the parser) a wrong option, 130 Ctrl-C.
    """
    setup, output = _options(arguments)
    return exit_code(PROGRAM, lambda: _run(setup, output))


def _run(setup: Setup, output: Path) -> int:
    try:
        history = lesson.run(setup, output)
    except (ImportError, nn.TrainingDivergedError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    return INTERRUPTED if history.stopped == "interrupted" else 0


def _options(arguments: Sequence[str] | None) -> tuple[Setup, Path]:
    default = Setup()
    parser = Parser(
        prog=PROGRAM,
        description="Train a network of scalar neurons on handwritten digits, compiled, and look "
        "at what it has learned. Defaults are in parentheses.",
        epilog="Ctrl-C ends the training and shows what was learned until then.",
        allow_abbrev=False,
    )

    def add(option: str, metavar: str, kind: object, initial: object, text: str) -> None:
        shown = f"{text} ({initial})"
        parser.add_argument(option, metavar=metavar, type=kind, default=initial, help=shown)  # type: ignore[arg-type]

    add("--epochs", "N", count(1), default.epochs, "times through the images")
    add("--batch-size", "N", count(1), default.batch_size, "images in one step")
    add("--lr", "RATE", real(0.0, 10.0), default.lr, "learning rate at first; it falls to zero")
    add("--seed", "N", count(0), default.seed, "of the start, the order, and what is held out")
    add("--output", "DIR", Path, DEFAULT_OUTPUT, "folder for the pictures")
    given = vars(parser.parse_args(arguments))
    output = checked_output(parser, given.pop("output"))
    return Setup(**given), output


if __name__ == "__main__":
    run_as_program(main)
