"""How the results read."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import markdown
from benchmarks.compiled.measure import TOLERANCE, Result
from benchmarks.compiled.rows import CASADI, CASADI_BOUND, OURS, Row
from benchmarks.measurement import circumstances


def render(gradient: Result, hessian: Result, unset: Sequence[str]) -> str:
    """Return the table as Markdown, with what was measured and where.

    Args:
        gradient: the figures of the gradient alone.
        hessian: those of the gradient with the Hessian.
        unset: the variables that were removed from the environment.
    """
    n = hessian.problem.workload.dimensions  # type: ignore[union-attr]
    absent = [f"{e.row.title}: {e.absent}" for e in hessian.entries if e.absent]
    parts = [
        f"Gradient and sparse Hessian of the chained Rosenbrock function of {n:,} variables, "
        f"{3 * n - 2:,} entries, in microseconds per call on one core:",
        markdown.table(
            ["", "gradient", "gradient and Hessian", "seconds before the first of both"],
            [_line(row, gradient, hessian) for row in hessian.problem.rows],
        ),
        "\n".join(f"- {line}" for line in absent),
        "What is aimed at:",
        "\n".join(f"- {line}" for line in targets(gradient, hessian)),
        circumstances(
            hessian.entries,
            unset,
            how=f"Gradients and Hessians agree to {TOLERANCE:g} (relative, each entry) before any "
            "time is taken.",
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def _line(row: Row, gradient: Result, hessian: Result) -> list[str]:
    times = [gradient.best(row), hessian.best(row)]
    set_up = next((entry.set_up for entry in hessian.entries if entry.row is row), None)
    shown = ["–" if t is None else f"{t / 1e3:,.1f}" for t in times]
    return [row.title, *shown, "–" if None in times else f"{set_up:.2f}"]


def targets(gradient: Result, hessian: Result) -> list[str]:
    """Return one line per target: what is aimed at, what was measured, whether that is enough."""
    alone, both = gradient.best(OURS), hessian.best(OURS)
    assert alone is not None
    assert both is not None
    ours = hessian.entries[0]
    lines = [_most("gradient with Hessian, times the gradient alone", both / alone, 3.0)]
    casadi, bound = hessian.best(CASADI), hessian.best(CASADI_BOUND)
    if casadi is not None:
        lines.append(_least("times as fast as CasADi, both called plainly", casadi / both, 10.0))
    if bound is not None:
        lines.append(f"times as fast as CasADi bound to arrays: {bound / both:.1f}")
    lines.append(_most("seconds of set-up, nothing cached", ours.set_up, 1.0))
    if ours.cached is not None:
        lines.append(_most("seconds of set-up, machine code on disk", ours.cached, 1.0))
    return lines


def _most(what: str, measured: float, most: float) -> str:
    missed = "" if measured <= most else " (**missed**)"
    return f"{what}: at most {most:g}; measured {measured:.2f}{missed}"


def _least(what: str, measured: float, least: float) -> str:
    missed = "" if measured >= least else " (**missed**)"
    return f"{what}: at least {least:g}; measured {measured:.1f}{missed}"
