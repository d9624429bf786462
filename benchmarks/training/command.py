"""The command line: ``python -m benchmarks training``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from benchmarks import markdown
from benchmarks.compiled.measure import Disagreement
from benchmarks.peers.peer import NotInstalled
from benchmarks.process import ROOT, Failed, unset
from benchmarks.training.measure import measure
from benchmarks.training.rows import problems
from benchmarks.training.table import render


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the table where that was asked for; return the exit code."""
    options = _options(arguments)
    try:
        rounds = 2 if options.quick else 8
        results = [measure(problem, rounds) for problem in problems(options.quick)]
        text = render(results, [name for name in os.environ if unset(name)])
        print(text)
        if options.write_readme:
            markdown.write_between_markers(ROOT / "README.md", "training", text)
    except (NotInstalled, Disagreement, Failed, markdown.MarkersMissing, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks training",
        description="Time whole trainings side by side with the peers. Peers come with "
        "`pip install -e '.[bench,jit,demos]'`; those that are missing are reported as such.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer epochs and rounds")
    parser.add_argument(
        "--write-readme", action="store_true", help="put the table between the markers in README.md"
    )
    return parser.parse_args(arguments)
