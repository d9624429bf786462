"""What a gradient check found: entry by entry, and in words."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from autograd.gradcheck.ridders import Estimate

WIDTH = 80
_ROWS = 10
_NUMBER = 13

Verdict = Literal["agrees", "disagrees", "kink", "unconfirmed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One partial derivative, in up to three columns.

    Attributes:
        path: which one, such as ``params[1][0, 3]``.
        manual: from the gradient written by hand; None if there is none to check.
        autodiff: from automatic differentiation; None if that was not possible.
        estimate: from finite differences, with error bar and one-sided slopes at a kink.
        tolerance: how far two columns may be apart, the error bar included.
        verdict: ``"agrees"``; ``"disagrees"``; ``"kink"``, if there is no derivative, but the
            gradient is between the slopes on both sides or autodiff and manual agree on it; or
            ``"unconfirmed"``, if finite differences settled on nothing.
    """

    path: str
    manual: float | None
    autodiff: float | None
    estimate: Estimate
    tolerance: float
    verdict: Verdict

    @property
    def checked(self) -> float:
        """The number that is being checked: the manual one if there is one."""
        number = self.autodiff if self.manual is None else self.manual
        return math.nan if number is None else number

    @property
    def absolute_error(self) -> float:
        """How far the number checked is from finite differences: from both slopes at a kink.

        Where finite differences settled on nothing: from autodiff; nan if there is none.
        """
        estimate = self.estimate
        if estimate.left is not None and estimate.right is not None:
            low, high = sorted((estimate.left, estimate.right))
            return max(low - self.checked, self.checked - high, 0.0)
        reference = estimate.value if math.isfinite(estimate.error) else self.autodiff
        if reference is None:
            return math.nan
        return 0.0 if reference == self.checked else abs(self.checked - reference)

    @property
    def relative_error(self) -> float:
        """The same divided by the larger of the two numbers compared."""
        error = self.absolute_error
        reference = (
            abs(self.checked) if math.isinf(self.estimate.error) else abs(self.estimate.value)
        )
        largest = max(abs(self.checked), reference)
        return 0.0 if error == 0.0 else error / largest if largest else math.nan


def judge(
    path: str,
    manual: float | None,
    autodiff: float | None,
    estimate: Estimate,
    atol: float,
    rtol: float,
) -> Entry:
    """Compare the columns of one entry.

    Two numbers agree if they are no further apart than ``atol``, plus ``rtol`` times the
    reference, plus the error bar of finite differences.
    """
    columns = [column for column in (manual, autodiff) if column is not None]
    bar = estimate.error if math.isfinite(estimate.error) else 0.0
    largest = max((abs(x) for x in (*columns, estimate.value) if math.isfinite(x)), default=0.0)
    tolerance = atol + rtol * largest + bar

    def agree(a: float, b: float) -> bool:
        return a == b or abs(a - b) <= tolerance

    in_unison = all(agree(a, columns[0]) for a in columns)
    verdict: Verdict
    if not columns:
        verdict = "unconfirmed"
    elif estimate.left is not None and estimate.right is not None:
        low, high = sorted((estimate.left, estimate.right))
        between = low - tolerance <= columns[0] <= high + tolerance
        verdict = "kink" if between or (in_unison and len(columns) > 1) else "disagrees"
    elif not in_unison or any(math.isnan(column) for column in columns):
        verdict = "disagrees"
    elif math.isinf(estimate.error):
        verdict = "unconfirmed"
    else:
        verdict = "agrees" if all(agree(a, estimate.value) for a in columns) else "disagrees"
    return Entry(path, manual, autodiff, estimate, tolerance, verdict)


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a gradient check; true if it passed, and readable as text of 80 columns.

    Attributes:
        title: what was checked.
        entries: all partial derivatives.
        problems: what makes the check fail whatever the numbers are, such as a function that gives
            another result each time.
        diagnosis: what mistakes would give just these numbers; empty if none is known.
        notes: what else to know, such as why there is no autodiff column.
    """

    title: str
    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()
    diagnosis: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing disagrees, and finite differences could confirm anything at all."""
        if self.problems or self.having("disagrees"):
            return False
        return not self.entries or len(self.having("unconfirmed")) < len(self.entries)

    def having(self, verdict: Verdict) -> list[Entry]:
        """Return the entries with this verdict, the worst first."""
        entries = [entry for entry in self.entries if entry.verdict == verdict]
        return sorted(entries, key=_badness, reverse=True)

    @property
    def worst(self) -> Entry | None:
        """The entry that is furthest off in terms of its tolerance, None if there are none."""
        return max(self.entries, key=_badness, default=None)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterable[str]:
        wrong = self.having("disagrees")
        yield _wrapped(
            f"{self.title} {'passed' if self.passed else 'failed'}: {self._summary(wrong)}"
        )
        for problem in self.problems:
            yield _wrapped(problem, "  ")
        if wrong:
            yield ""
            yield from _table(wrong)
        for sentence in self.diagnosis:
            yield _wrapped(f"Diagnosis: {sentence}", "  ")
        for verdict, words in (
            ("kink", "at a kink, where any slope between those of both sides will do"),
            ("unconfirmed", "not confirmed, because finite differences settle on nothing"),
        ):
            entries = self.having(verdict)  # type: ignore[arg-type]
            if entries:
                yield _wrapped(f"{len(entries)} {words}: {_listed(entries)}", "  ")
        for note in self.notes:
            yield _wrapped(note, "  ")

    def _summary(self, wrong: list[Entry]) -> str:
        count = f"{len(self.entries)} {'entry' if len(self.entries) == 1 else 'entries'}"
        if wrong:
            return f"{len(wrong)} of {count} disagree{'s' if len(wrong) == 1 else ''}"
        if self.problems:
            return f"{len(self.problems)} problem{'s' * (len(self.problems) > 1)}"
        if not self.passed:
            return f"{count}, none confirmed"
        compared = [entry for entry in self.entries if entry.verdict == "agrees"]
        if not compared:
            return count
        entry = max(compared, key=lambda entry: entry.absolute_error)
        return f"{count}, largest difference {entry.absolute_error:.1e} ({entry.path})"


def _badness(entry: Entry) -> float:
    error = entry.absolute_error
    if entry.manual is not None and entry.autodiff is not None:
        error = max(error, abs(entry.manual - entry.autodiff))
    if math.isnan(error):
        return math.inf
    return error / entry.tolerance if entry.tolerance else (math.inf if error else 0.0)


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def _listed(entries: list[Entry]) -> str:
    words = []
    for entry in entries[:3]:
        estimate = entry.estimate
        slopes = (
            ""
            if estimate.left is None
            else f" (slopes {estimate.left:.6g} and {estimate.right:.6g})"
        )
        jump = " (f jumps there)" if estimate.kind == "jump" else ""
        words.append(f"{entry.path}{slopes}{jump}")
    more = f" and {len(entries) - 3} more" if len(entries) > 3 else ""
    return ", ".join(words) + more


def _table(entries: list[Entry]) -> Iterable[str]:
    """Yield a row for each of the worst entries; a path that is too long has a line of its own."""
    shown = entries[:_ROWS]
    heads = [
        head
        for head, present in (
            ("manual", any(entry.manual is not None for entry in shown)),
            ("autodiff", any(entry.autodiff is not None for entry in shown)),
        )
        if present
    ]
    space = WIDTH - 2 - _NUMBER * (len(heads) + 1) - 8 - 2 * 8
    width = min(space, max(5, *(len(entry.path) for entry in shown)))
    numbers = "".join(f"{head:>{_NUMBER}}" for head in [*heads, "differences"])
    yield f"  {'entry':<{width}}{numbers}{'±':>8}{'abs':>8}{'rel':>8}"
    for entry in shown:
        path = entry.path
        if len(path) > width:
            yield f"  {path}"
            path = ""
        columns = [getattr(entry, head) for head in heads]
        numbers = "".join(
            f"{'-' if x is None else format(x, '.6g'):>{_NUMBER}}"
            for x in [*columns, entry.estimate.value]
        )
        errors = f"{entry.absolute_error:>8.1e}{entry.relative_error:>8.1e}"
        yield f"  {path:<{width}}{numbers}{entry.estimate.error:>8.0e}{errors}"
        if entry.estimate.left is not None:
            estimate = entry.estimate
            yield f"    a kink: slope {estimate.left:.6g} below, {estimate.right:.6g} above"
    if len(entries) > len(shown):
        yield f"  … and {len(entries) - len(shown)} more"
    yield ""
