"""How trainings from many starts ended, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from demos.xor.experiments.many_starts import Outcome, Recipe, Start, difference_to_engine
from demos.xor.tables import paragraph, table


def report(outcomes: Sequence[Outcome], patience: int) -> str:
    """Return one line on those that solved XOR and one on each way of not solving it.

    Args:
        outcomes: with ``solved_later`` known for those that did not.
        patience: after how many more steps.
    """
    times = [outcome.solved_at for outcome in outcomes if outcome.solved_at is not None]
    text = f"{len(times)} of {len(outcomes)} starts solve XOR"
    if times:
        text += f", after {min(times)} to {max(times)} steps (median {median(times):.0f})"
    lines = [f"{text}."]
    groups: dict[tuple[bool, str], list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.solved_at is None:
            y = " ".join(f"{y_i + 0.0:.1f}" for y_i in outcome.outputs)
            groups.setdefault((bool(outcome.solved_later), y), []).append(outcome)
    for (solved_later, y), group in sorted(groups.items()):
        losses = [outcome.loss for outcome in group]
        verdict = (
            f"only slow: {patience} more steps solve it"
            if solved_later
            else f"a local minimum: {patience} more steps do not solve it"
        )
        seeds = ", ".join(str(outcome.seed) for outcome in group)
        lines.append(
            f"{len(group)} with ŷ = {y}, loss {sum(losses) / len(losses):.3f}: {verdict} "
            f"(seed{'s' if len(group) > 1 else ''} {seeds})"
        )
    return "\n".join(paragraph(line, indent="   ") for line in lines)


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
