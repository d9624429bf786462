"""How trainings from many starts ended, in a sentence and tables."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, median

from demos.tables import table
from demos.xor.experiments.many_starts import Outcome, Recipe, Start, difference_to_engine
from demos.xor.problem import POINTS


def report(outcomes: Sequence[Outcome], patience: int) -> str:
    """Return how many starts solve XOR, and a table of those that do not.

    Args:
        outcomes: with ``solved_later`` known for those that do not.
        patience: after how many more steps.
    """
    times = [outcome.solved_at for outcome in outcomes if outcome.solved_at is not None]
    text = f"{len(times)} of {len(outcomes)} starts solve XOR"
    if times:
        text += f", after {min(times)} to {max(times)} steps (median {median(times):.0f})"
    parts = [f"{text}."]
    for solved_later, verdict in (
        (False, f"a local minimum, where {patience} more steps do not solve it"),
        (True, f"only slow, {patience} more steps solve it"),
    ):
        group = [outcome for outcome in outcomes if outcome.solved_later is solved_later]
        if group:
            parts.append(f"\n{len(group)} of {len(outcomes)}: {verdict}.\n{_endings(group)}")
    return "\n".join(parts)


def _endings(outcomes: Sequence[Outcome]) -> str:
    """Return a table with a row for each way to end, judged by the outputs."""
    groups: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(tuple(f"{y:z.1f}" for y in outcome.outputs), []).append(outcome)
    rows = [
        [
            *outputs,
            f"{mean(outcome.loss for outcome in group):.3f}",
            f"{len(group)}",
            ", ".join(str(outcome.seed) for outcome in group),
        ]
        for outputs, group in sorted(groups.items())
    ]
    return table([*(f"ŷ({p})" for p in POINTS), "loss", "starts", "seeds"], rows, align="rrrrrrl")


def engine_report(start: Start, recipe: Recipe, outcomes: Sequence[Outcome]) -> str:
    """Train two of the starts with the engine, too, and return a table of the differences.

    The two are the first start that solved XOR, and the first that is in a local minimum.
    """
    solved = [outcome for outcome in outcomes if outcome.solved_at is not None]
    stuck = [outcome for outcome in outcomes if outcome.solved_later is False]
    rows = []
    for ending, outcome in (*(("solved", o) for o in solved[:1]), *(("not", o) for o in stuck[:1])):
        largest = difference_to_engine(start, outcome.seed, recipe)
        rows.append([f"{outcome.seed}", ending, f"{largest:.1e}"])
    headers = ["seed", "XOR", "largest difference of any parameter after any step"]
    return table(headers, rows, align="lll")
