"""The command line: ``python -m benchmarks``, without the name of another set."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmarks import command, machine
from benchmarks.eager.measure import FULL, QUICK, measure
from benchmarks.eager.table import render


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the tables where that was asked for; return the exit code."""
    parser = command.parser(
        "",
        "Time this project's eager engine side by side with its peers. Peers come with "
        "`pip install -e '.[bench]'`; those that are missing are reported as such.",
        quick="smaller graphs and fewer rounds",
    )
    parser.add_argument(
        "set",
        nargs="?",
        choices=["eager", "compiled", "hessian", "training"],
        default="eager",
        help="the eager engine, compiled functions, a sparse Hessian or trainings (which have a "
        "--help of their own)",
    )
    parser.add_argument(
        "--hips-python",
        type=Path,
        metavar="PATH",
        help="an interpreter with HIPS autograd installed, which cannot share an environment with "
        "this project; without this option one is made, once, under build/",
    )
    options = parser.parse_args(arguments)
    if options.hips_python is not None and shutil.which(options.hips_python) is None:
        parser.error(f"argument --hips-python: {options.hips_python} is not a program")
    core = machine.last_core()

    def report(unset: Sequence[str]) -> str:
        effort = QUICK if options.quick else FULL
        return render(measure(effort, lambda row: row.start(core, options.hips_python)), unset)

    return command.run("eager", options.write_readme, report)
