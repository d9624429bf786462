"""How the results read."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import markdown
from benchmarks.compiled.measure import TOLERANCE, Result
from benchmarks.compiled.rows import BOUND, OURS, PYTORCH, ROWS, Row
from benchmarks.measurement import circumstances


def render(results: Sequence[Result], unset: Sequence[str]) -> str:
    """Return all tables as Markdown, with what was measured and where.

    Args:
        results: the figures.
        unset: the variables that were removed from the environment.
    """
    return "\n\n".join(
        [
            "Value and gradient, in nanoseconds per unit on one core; in parentheses the seconds "
            "before the first evaluation:",
            markdown.table(_header(results), [_line(row, results) for row in ROWS]),
            "\n".join(f"- {note}" for note in _notes(results)),
            "What is aimed at:",
            "\n".join(f"- {line}" for result in results for line in targets(result)),
            circumstances(
                [entry for result in results for entry in result.entries],
                unset,
                what="Units in one evaluation: "
                + ", ".join(f"{result.problem.workload.units:,}" for result in results)
                + ". Double precision throughout.",
                how="Two threads are timed in wall time, on all cores. All values and gradients "
                f"agree to {TOLERANCE:g} (relative, each entry) before any time is taken.",
            ),
        ]
    )


def _header(results: Sequence[Result]) -> list[str]:
    return ["", *(f"{r.problem.title}: per {r.problem.per}" for r in results)]


def _line(row: Row, results: Sequence[Result]) -> list[str]:
    cells = [row.title]
    for result in results:
        entry = next((entry for entry in result.entries if entry.row is row), None)
        best = result.best(row)
        if best is None or entry is None:
            cells.append("–")
        else:
            cells.append(f"{nanoseconds(best)} ({entry.set_up:.2g})")
    return cells


def nanoseconds(t: float) -> str:
    """Three digits, and no exponent."""
    return f"{t:.2f}" if t < 10.0 else f"{t:.1f}" if t < 100.0 else f"{t:,.0f}"


def _notes(results: Sequence[Result]) -> list[str]:
    notes = [
        f"{entry.row.title}, {result.problem.title}: {entry.absent}"
        for result in results
        for entry in result.entries
        if entry.absent
    ]
    return [
        *notes,
        "A dash: not written, or out of proportion. Libraries that record scalars without "
        "recovering loops take minutes to compile the largest network, and so does JAX to compile "
        "the unrolled steps of the Asian call, for which it is given a `scan` here.",
    ]


def targets(result: Result) -> list[str]:
    """Return one line per target: what is aimed at, what was measured, whether that is enough."""
    problem, ours = result.problem, result.best(OURS)
    assert ours is not None
    entry = result.entries[0]
    if problem.most is not None:
        lines = [
            _target(f"ns per {problem.per}", ours, problem.most, nanoseconds(ours)),
        ]
    else:
        pytorch = result.best(PYTORCH)
        lines = [] if pytorch is None else [_target("times PyTorch's time", ours / pytorch, 2.0)]
    bound = result.best(BOUND)
    if bound is not None and problem.most_bound is not None:
        what = f"ns per {problem.per}, bound"
        lines.append(_target(what, bound, problem.most_bound, nanoseconds(bound)))
    lines.append(_target("s of set-up, nothing cached", entry.set_up, problem.set_up))
    if entry.cached is not None:
        lines.append(f"{entry.cached:.2g} s of set-up with the machine code on disk")
    if result.speedup is not None:
        reached = "" if result.speedup >= 1.8 else " (**missed**)"
        lines.append(f"two threads {result.speedup:.2f} times as fast, at least 1.8{reached}")
    return [f"{problem.title}: {'; '.join(lines)}"]


def _target(what: str, measured: float, most: float, shown: str | None = None) -> str:
    missed = "" if measured <= most else " (**missed**)"
    return f"{shown or f'{measured:.2g}'} {what}, at most {most:g}{missed}"
