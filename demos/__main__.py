"""Entry point of ``python -m demos``: the list of what can be run."""

from __future__ import annotations

from collections.abc import Sequence

from demos.command_line import Parser, exit_code, run_as_program
from demos.contents import demos, lessons, summary
from demos.tables import heading

PROGRAM = "python -m demos"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each lesson and each demo, and return the exit code."""
    parser = Parser(
        prog=PROGRAM,
        description="List the lessons, in the order of the course, and the demos.",
        allow_abbrev=False,
    )
    parser.parse_args(arguments)
    return exit_code(PROGRAM, _show)


def _show() -> int:
    groups = {"Lessons": lessons(), "Demos": demos()}
    width = max(len(name) for names in groups.values() for name in names)
    for title, names in groups.items():
        print(heading(title))
        for name in names:
            print(f"{name.ljust(width)}  {summary(name)}")
    print(f"\nRun one by its name, as in: {PROGRAM}.{lessons()[0]}")
    print("Each takes --help and saves pictures, lessons also live pages, below outputs/.")
    return 0


if __name__ == "__main__":
    run_as_program(main)
