"""The command line: ``python -m benchmarks training``."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import command
from benchmarks.training.measure import measure
from benchmarks.training.rows import problems
from benchmarks.training.table import render


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the table where that was asked for; return the exit code."""
    options = command.parser(
        "training",
        "Time whole trainings side by side with the peers. Peers come with "
        "`pip install -e '.[bench,jit,demos]'`; those that are missing are reported as such.",
        quick="fewer epochs and rounds",
    ).parse_args(arguments)

    def report(unset: Sequence[str]) -> str:
        rounds = 2 if options.quick else 8
        return render([measure(problem, rounds) for problem in problems(options.quick)], unset)

    return command.run("training", options.write_readme, report)
