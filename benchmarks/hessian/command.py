"""The command line: ``python -m benchmarks hessian``."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import command
from benchmarks.compiled.measure import measure
from benchmarks.compiled.rows import CASADI, CASADI_BOUND, OURS, Problem
from benchmarks.compiled.workloads import Rosenbrock, RosenbrockHessian
from benchmarks.hessian.table import render

ROWS = (OURS, CASADI, CASADI_BOUND)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the table where that was asked for; return the exit code."""
    options = command.parser(
        "hessian",
        "Time gradient and sparse Hessian of the chained Rosenbrock function side by side with "
        "CasADi, which comes with `pip install -e '.[bench,jit,sparse]'`.",
        quick="fewer variables and rounds",
    ).parse_args(arguments)

    def report(unset: Sequence[str]) -> str:
        gradient, hessian = [
            measure(problem, rounds=2 if options.quick else 6)
            for problem in problems(1_000 if options.quick else 10_000)
        ]
        return render(gradient, hessian, unset)

    return command.run("hessian", options.write_readme, report)


def problems(dimensions: int) -> list[Problem]:
    """The gradient alone, and with the Hessian."""
    workloads = {
        "gradient": Rosenbrock(dimensions),
        "gradient and Hessian": RosenbrockHessian(dimensions),
    }
    return [
        Problem(title, workload, "call", ROWS, None, 1.0, calls=100)
        for title, workload in workloads.items()
    ]
