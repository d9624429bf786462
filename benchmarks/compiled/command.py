"""The command line: ``python -m benchmarks compiled``."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import command
from benchmarks.compiled.measure import measure
from benchmarks.compiled.plot import draw
from benchmarks.compiled.rows import problems
from benchmarks.compiled.table import render
from benchmarks.process import ROOT

#: Where in the project the picture is.
PICTURE = "docs/compiled.svg"


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the table where that was asked for; return the exit code."""
    parser = command.parser(
        "compiled",
        "Time compiled functions side by side with the peers. Peers come with "
        "`pip install -e '.[bench,jit]'`; those that are missing are reported as such.",
        quick="fewer samples and rounds",
    )
    parser.add_argument(
        "--only",
        type=int,
        action="append",
        choices=range(1, len(problems(quick=True)) + 1),
        help="the number of a problem, in the order of the table; may be repeated",
    )
    options = parser.parse_args(arguments)

    def report(unset: Sequence[str]) -> str:
        results = [
            measure(problem, rounds=2 if options.quick else 6)
            for number, problem in enumerate(problems(options.quick), start=1)
            if not options.only or number in options.only
        ]
        text = render(results, unset)
        if options.write_readme:
            draw(results, ROOT / PICTURE)
            text = f"![Times as bars: the same figures as in the table]({PICTURE})\n\n{text}"
        return text

    return command.run("compiled", options.write_readme, report)
