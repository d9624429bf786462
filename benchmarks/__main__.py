"""The command line: ``python -m benchmarks``, for one of its four sets."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from benchmarks import machine, markdown
from benchmarks.compiled import command as compiled
from benchmarks.eager.measure import FULL, QUICK, Disagreement, measure
from benchmarks.eager.table import render
from benchmarks.hessian import command as hessian
from benchmarks.peers.peer import NotInstalled
from benchmarks.process import ROOT, Failed, unset
from benchmarks.training import command as training


def main() -> int:
    """Measure, print, and write the table where that was asked for; return the exit code."""
    if sys.argv[1:2] == ["compiled"]:
        return compiled.main(sys.argv[2:])
    if sys.argv[1:2] == ["hessian"]:
        return hessian.main(sys.argv[2:])
    if sys.argv[1:2] == ["training"]:
        return training.main(sys.argv[2:])
    options = _options()
    core = machine.last_core()
    try:
        results = measure(
            QUICK if options.quick else FULL, lambda row: row.start(core, options.hips_python)
        )
    except (NotInstalled, Disagreement, Failed) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    text = render(results, [name for name in os.environ if unset(name)])
    print(text)
    if options.write_readme:
        try:
            markdown.write_between_markers(ROOT / "README.md", "eager", text)
        except (markdown.MarkersMissing, OSError) as error:
            print(f"benchmarks: {error}", file=sys.stderr)
            return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time this project side by side with its peers. Peers come with "
        "`pip install -e '.[bench]'`; those that are missing are reported as such.",
    )
    parser.add_argument(
        "set",
        nargs="?",
        choices=["eager", "compiled", "hessian", "training"],
        default="eager",
        help="the eager engine, compiled functions, a sparse Hessian or trainings (which have a "
        "--help of their own)",
    )
    parser.add_argument("--quick", action="store_true", help="smaller graphs and fewer rounds")
    parser.add_argument(
        "--write-readme",
        action="store_true",
        help="put the tables between the markers in README.md",
    )
    parser.add_argument(
        "--hips-python",
        type=Path,
        metavar="PATH",
        help="an interpreter with HIPS autograd installed, which cannot share an environment with "
        "this project; without this option one is made, once, under build/",
    )
    options = parser.parse_args()
    if options.hips_python is not None and shutil.which(options.hips_python) is None:
        parser.error(f"argument --hips-python: {options.hips_python} is not a program")
    return options


if __name__ == "__main__":
    sys.exit(main())
