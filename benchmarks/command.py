"""What the command lines of all sets have in common."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from benchmarks import markdown
from benchmarks.measurement import Disagreement
from benchmarks.peers.peer import NotInstalled
from benchmarks.process import ROOT, Failed, unset


def parser(name: str, description: str, quick: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every set has.

    Args:
        name: the set's, as on the command line; empty for the first.
        description: what it measures.
        quick: what ``--quick`` does.
    """
    result = argparse.ArgumentParser(
        prog=f"python -m benchmarks {name}".strip(), description=description
    )
    result.add_argument("--quick", action="store_true", help=quick)
    result.add_argument(
        "--write-readme",
        action="store_true",
        help="put what was measured between the markers in README.md",
    )
    return result


def run(section: str, write_readme: bool, report: Callable[[Sequence[str]], str]) -> int:
    """Measure, print, and write the tables where that was asked for; return the exit code.

    Args:
        section: the name of the markers in the README.
        write_readme: whether to write between them.
        report: measures, and returns what there is to say; it is given the names of the variables
            that are removed from the environment.
    """
    try:
        text = report([name for name in os.environ if unset(name)])
        print(text)
        if write_readme:
            markdown.write_between_markers(ROOT / "README.md", section, text)
    except (NotInstalled, Disagreement, Failed, markdown.MarkersMissing, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    return 0
