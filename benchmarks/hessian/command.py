"""The command line: ``python -m benchmarks hessian``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from benchmarks import markdown
from benchmarks.compiled.measure import Disagreement, measure
from benchmarks.compiled.rows import CASADI, CASADI_BOUND, OURS, Problem
from benchmarks.compiled.workloads import Rosenbrock, RosenbrockHessian
from benchmarks.hessian.table import render
from benchmarks.peers.peer import NotInstalled
from benchmarks.process import ROOT, Failed, unset

ROWS = (OURS, CASADI, CASADI_BOUND)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the table where that was asked for; return the exit code."""
    options = _options(arguments)
    try:
        gradient, hessian = [
            measure(problem, rounds=2 if options.quick else 6)
            for problem in problems(1_000 if options.quick else 10_000)
        ]
        text = render(gradient, hessian, [name for name in os.environ if unset(name)])
        print(text)
        if options.write_readme:
            markdown.write_between_markers(ROOT / "README.md", "hessian", text)
    except (NotInstalled, Disagreement, Failed, markdown.MarkersMissing, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    return 0


def problems(dimensions: int) -> tuple[Problem, Problem]:
    """The gradient alone, and with the Hessian."""
    return (
        Problem("gradient", Rosenbrock(dimensions), "call", ROWS, None, 1.0, calls=100),
        Problem(
            "gradient and Hessian",
            RosenbrockHessian(dimensions),
            "call",
            ROWS,
            None,
            1.0,
            calls=100,
        ),
    )


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks hessian",
        description="Time gradient and sparse Hessian of the chained Rosenbrock function side by "
        "side with CasADi, which comes with `pip install -e '.[bench,jit,sparse]'`.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer variables and rounds")
    parser.add_argument(
        "--write-readme", action="store_true", help="put the table between the markers in README.md"
    )
    return parser.parse_args(arguments)
