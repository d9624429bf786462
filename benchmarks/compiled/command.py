"""The command line: ``python -m benchmarks compiled``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from benchmarks import markdown
from benchmarks.compiled.measure import Disagreement, measure
from benchmarks.compiled.plot import draw
from benchmarks.compiled.rows import problems
from benchmarks.compiled.table import render
from benchmarks.peers.peer import NotInstalled
from benchmarks.process import ROOT, Failed, unset

#: Where in the project the picture is.
PICTURE = "docs/compiled.svg"


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the table where that was asked for; return the exit code."""
    options = _options(arguments)
    try:
        results = [
            measure(problem, rounds=2 if options.quick else 6)
            for number, problem in enumerate(problems(options.quick), start=1)
            if not options.only or number in options.only
        ]
        text = render(results, [name for name in os.environ if unset(name)])
        print(text)
        if options.write_readme:
            draw(results, ROOT / PICTURE)
            text = f"![Times as bars: the same figures as in the table]({PICTURE})\n\n{text}"
            markdown.write_between_markers(ROOT / "README.md", "compiled", text)
    except (NotInstalled, Disagreement, Failed, markdown.MarkersMissing, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks compiled",
        description="Time compiled functions side by side with the peers. Peers come with "
        "`pip install -e '.[bench,jit]'`; those that are missing are reported as such.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer samples and rounds")
    parser.add_argument(
        "--only",
        type=int,
        action="append",
        choices=range(1, len(problems(quick=True)) + 1),
        help="the number of a problem, in the order of the table; may be repeated",
    )
    parser.add_argument(
        "--write-readme", action="store_true", help="put table and picture into the README"
    )
    return parser.parse_args(arguments)
