"""What mistake would give just this wrong gradient?

Each finding below names a mistake only if it reproduces the numbers: the true gradient with that
mistake made on purpose equals the gradient under test, entry by entry, within the tolerance. And
there must be enough numbers that this is no coincidence. If two mistakes fit equally well, both are
named; if none fits, none is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.finite_differences import derivative
from autograd.flat_function import Leaf
from autograd.recorded_graph import RecordedGraph
from autograd.rule import Rule

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Evidence:
    """A wrong gradient and the true one, as arrays of (results of f) × (numbers in its arguments).

    Attributes:
        tested: the gradient under test.
        truth: from autodiff if it is confirmed, else from finite differences.
        tolerance: how far the two may be apart.
        usable: where there is a true gradient; not at kinks.
        leaves: which columns belong together.
        paths: of the columns.
        lengths: the lengths of f's arguments, with their names, to recognize means and sums by.
        by_hand: whether it was a person who derived the gradient under test.
        graph: of f, if it can be recorded.
    """

    tested: Array
    truth: Array
    tolerance: Array
    usable: Array
    leaves: Sequence[Leaf]
    paths: Sequence[str]
    lengths: dict[int, str]
    by_hand: bool
    graph: RecordedGraph | None

    @property
    def wrong(self) -> Array:
        """Where the two disagree."""
        apart: Array = self.usable & (np.abs(self.tested - self.truth) > self.tolerance)
        return apart

    @property
    def clear(self) -> Array:
        """Where the true gradient is so far from zero that a ratio to it means something."""
        seen: Array = np.isfinite(self.truth) & (np.abs(self.truth) > 30.0 * self.tolerance)
        return seen

    def equal_truth(self, array: Array, leaf: Leaf) -> bool:
        """Whether ``array`` is the true gradient of ``leaf``, which is not zero."""
        apart = np.abs(array.ravel() - self.truth[0, leaf.columns])
        clear = self.clear[0, leaf.columns]
        return bool((apart <= self.tolerance[0, leaf.columns]).all() and clear.any())

    def fits(
        self, candidate: Array, where: Array | slice = slice(None), scale: float = 1.0
    ) -> bool:
        """Whether the gradient under test equals ``candidate``; its columns, if they are some."""
        tolerance = self.tolerance[:, where] * (1.0 + abs(scale))
        apart = np.abs(self.tested[:, where] - candidate) > tolerance
        return not bool((apart & self.usable[:, where]).any())


def diagnose(evidence: Evidence) -> tuple[str, ...]:
    """Return a sentence for each mistake that explains entries in which the gradient is wrong."""
    wrong = evidence.wrong
    if not wrong.any() or not np.isfinite(evidence.tested[wrong]).all():
        return ()
    everything = [*_mutation(evidence), *_factor(evidence, wrong, slice(None))]
    if everything:
        return (", or ".join(everything),)
    shifted = _shifted(evidence, wrong)
    if shifted:
        return (shifted,)
    sentences = []
    for leaf in evidence.leaves:
        inside = np.zeros_like(wrong)
        inside[:, leaf.columns] = wrong[:, leaf.columns]
        if inside.any():
            found = [
                *_forgotten(evidence, leaf),
                *_transposed(evidence, leaf),
                *_factor(evidence, inside, leaf.columns),
                *_by_unit(evidence, leaf),
            ]
            if found:
                sentences.append(", or ".join(found))
    return tuple(sentences)


def diagnose_graph(graph: RecordedGraph, evidence: Evidence) -> tuple[str, ...]:
    """Return a sentence for each leaf that autodiff lost on the way, and each wrong primitive."""
    lost = [
        leaf.path
        for leaf in evidence.leaves
        if evidence.wrong[:, leaf.columns].any() and not any(graph.uses[leaf.columns])
    ]
    if lost:
        return (
            f"autodiff sees nothing of {', '.join(lost[:4])}, though the result changes with it, "
            "as when .data, .item(), detach(), float() or round() takes a number out of the graph",
        )
    return tuple(_wrong_partials(graph))


def _wrong_partials(graph: RecordedGraph) -> Iterator[str]:
    """Compare the partials of the primitives in the graph with differences of their values."""
    seen: set[str] = set()
    for node in graph.order:
        rule = node.rule
        if rule is None or rule.name in seen:
            continue
        xs = [parent.data for parent in node.parents]
        for i, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True)):
            if not parent.requires_grad:
                continue

            def value(x: float, rule: Rule = rule, xs: list[float] = xs, i: int = i) -> float:
                return rule.value(*xs[:i], x, *xs[i + 1 :])

            estimate = derivative(value, xs[i])
            if abs(partial - estimate.value) > 1e-6 * abs(estimate.value) + estimate.error:
                seen.add(rule.name)
                yield (
                    f"the partial derivative of the primitive {rule.name} with respect to operand "
                    f"{i} is wrong: {partial:.6g} at {_shown(xs)}, where finite differences of its "
                    f"value give {estimate.value:.6g}"
                )
                break


def _shown(xs: Sequence[float]) -> str:
    return f"({', '.join(f'{x:.6g}' for x in xs[:4])}{', …' if len(xs) > 4 else ''})"


def _mutation(evidence: Evidence) -> Iterator[str]:
    """Find a mistake with an activation's derivative that gives exactly this gradient."""
    if evidence.graph is None or not evidence.by_hand:
        return
    for mistake, gradient in evidence.graph.mistaken_gradients():
        candidate = np.array([gradient])
        if (
            evidence.fits(candidate)
            and (
                np.abs(candidate - evidence.truth)[evidence.wrong]
                > evidence.tolerance[evidence.wrong]
            ).all()
        ):
            yield mistake


def _factor(evidence: Evidence, wrong: Array, columns: slice) -> Iterator[str]:
    """Find one factor by which all wrong entries are off; of a leaf also those that look right."""
    if not evidence.clear[wrong].all():
        return
    true = evidence.truth[wrong]
    ratio = float(np.median(evidence.tested[wrong] / true))
    spread = (evidence.tolerance[wrong] / np.abs(true)).min()
    off = np.abs(evidence.tested[wrong] - ratio * true)
    if (off > evidence.tolerance[wrong] * (1.0 + abs(ratio))).any():
        return
    if columns != slice(None) and not evidence.fits(
        ratio * evidence.truth[:, columns], columns, ratio
    ):
        return
    # A ratio of a single number says something only if it is one that mistakes give.
    alone = len(np.unique(np.abs(np.round(true / np.abs(true).max(), 6)))) == 1
    if ratio == 0.0 or (alone and not _close(abs(ratio), (0.5, 1.0, 2.0), spread)):
        return
    hint = _hint(evidence, ratio, spread, wrong) if evidence.by_hand else ""
    yield f"off by the constant factor {_named(ratio, spread)} {_where(evidence, wrong)}{hint}"


def _close(x: float, numbers: Sequence[float], spread: float) -> bool:
    return any(abs(x - number) <= number * 4.0 * spread for number in numbers)


def _whole(x: float, spread: float) -> int | None:
    """Return the whole number from 1 to 1000 that ``x`` is within its uncertainty, if it is one."""
    n = round(x)
    return n if 1 <= n <= 1000 and _close(x, (n,), min(spread, 0.01 / n)) else None


def _named(ratio: float, spread: float) -> str:
    sign = "-" if ratio < 0 else ""
    size = abs(ratio)
    if (n := _whole(size, spread)) is not None:
        return f"{sign}{n}"
    if (n := _whole(1.0 / size, spread)) is not None:
        return f"{sign}1/{n}"
    return f"{ratio:.6g}"


def _hint(evidence: Evidence, ratio: float, spread: float, wrong: Array) -> str:
    """Return what typically gives this factor."""
    if ratio < 0.0:
        return ": the sign is wrong" if _close(-ratio, (1.0,), spread) else ""
    many, few = _whole(ratio, spread), _whole(1.0 / ratio, spread)
    hints = []
    if many == 2:
        hints.append(_twice(evidence, wrong))
    if few == 2:
        hints.append("the 2 of a square's derivative is missing")
    for n, words in ((many, "a sum is taken for a mean"), (few, "a mean is taken for a sum")):
        if n in evidence.lengths:
            hints.append(f"{words} ({n} is the length of {evidence.lengths[n]})")
        elif n is not None and n != 2:
            hints.append(words)
    return ", as when " + ", or ".join(hints) if hints else ""


def _twice(evidence: Evidence, wrong: Array) -> str:
    right = evidence.clear & ~wrong
    if not right.any():
        return "it is accumulated twice, or the ½ of a squared error is forgotten"
    if evidence.graph is not None:
        uses = np.array([evidence.graph.uses])
        if (uses[wrong] > 1).all() and (uses[right] == 1).all():
            return "it is accumulated twice: f uses exactly these more than once"
    return "it is accumulated twice there; the other entries are right"


def _where(evidence: Evidence, wrong: Array) -> str:
    """Name the wrong entries: by leaf, if all that is not zero in a leaf is wrong."""
    columns = np.asarray(wrong.any(axis=0))
    if (wrong | ~evidence.clear).all():
        return "everywhere"
    names = []
    for leaf in evidence.leaves:
        inside = columns[leaf.columns]
        if not inside.any():
            continue
        if (wrong | ~evidence.clear)[:, leaf.columns].all():
            names.append(leaf.path)
        else:
            names += [evidence.paths[leaf.columns.start + i] for i in np.flatnonzero(inside)]
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return "in " + ", ".join(names[:4]) + more


def _forgotten(evidence: Evidence, leaf: Leaf) -> Iterator[str]:
    """Find a leaf whose gradient is zero altogether, though the true one is not."""
    if evidence.tested[:, leaf.columns].any() or not evidence.clear[:, leaf.columns].any():
        return
    if _is_bias(evidence, leaf):
        yield f"the bias {leaf.path} is forgotten: its gradient is zero, the true one is not"
    else:
        yield f"the gradient of {leaf.path} is forgotten: it is zero, the true one is not"


def _is_bias(evidence: Evidence, leaf: Leaf) -> bool:
    """Whether a leaf is only ever added; without a graph, whether its neighbor is its matrix."""
    if evidence.graph is not None:
        return all(evidence.graph.added[leaf.columns])
    if len(leaf.shape) != 1:
        return False
    before = [other for other in evidence.leaves if other.columns.stop == leaf.columns.start]
    return any(len(other.shape) == 2 and leaf.shape[0] in other.shape for other in before)


def _transposed(evidence: Evidence, leaf: Leaf) -> Iterator[str]:
    """Find the transpose of the true gradient, put into the shape of the leaf."""
    if len(leaf.shape) != 2 or evidence.wrong[:, leaf.columns].sum() < 2:
        return
    matrices = evidence.truth[:, leaf.columns].reshape(-1, *leaf.shape)
    candidate = matrices.swapaxes(1, 2).reshape(len(matrices), -1)
    if evidence.fits(candidate, leaf.columns):
        reshaped = "" if leaf.shape[0] == leaf.shape[1] else f", then reshaped to {leaf.shape}"
        yield f"the gradient of {leaf.path} is transposed{reshaped}"


def _shifted(evidence: Evidence, wrong: Array) -> str:
    """Find leaves whose gradients are those of other leaves of the same shape."""
    sources: dict[int, int] = {}
    for i, leaf in enumerate(evidence.leaves):
        if not wrong[:, leaf.columns].any():
            continue
        matches = [
            j
            for j, other in enumerate(evidence.leaves)
            if j != i
            and other.shape == leaf.shape
            and len(np.unique(evidence.truth[:, other.columns][evidence.clear[:, other.columns]]))
            > 1
            and evidence.fits(evidence.truth[:, other.columns], leaf.columns)
        ]
        if len(matches) == 1:
            sources[i] = matches[0]
    if not sources:
        return ""
    held = [
        f"{evidence.leaves[i].path} has the gradient of {evidence.leaves[j].path}"
        for i, j in sources.items()
    ]
    words = ", ".join(held[:3]) + (" and so on" if len(held) > 3 else "")
    steps = {_steps(evidence.leaves, i, j) for i, j in sources.items()}
    if all(sources.get(j) == i for i, j in sources.items()):
        return f"swapped: {words}"
    return f"shifted by one layer: {words}" if steps in ({1}, {-1}) else words


def _steps(leaves: Sequence[Leaf], i: int, j: int) -> int:
    """Return how many leaves of this shape later the j-th comes than the i-th."""
    alike = [k for k, leaf in enumerate(leaves) if leaf.shape == leaves[i].shape]
    return alike.index(j) - alike.index(i)


def _by_unit(evidence: Evidence, leaf: Leaf) -> Iterator[str]:
    """Find factors that are constant along each row, or each column, and differ between them."""
    if len(leaf.shape) != 2 or len(evidence.tested) != 1:
        return
    tested, truth, tolerance, clear = (
        array[0, leaf.columns].reshape(leaf.shape)
        for array in (evidence.tested, evidence.truth, evidence.tolerance, evidence.clear)
    )
    for axis, name in ((1, "row"), (0, "column")):
        units = np.where(clear, tested / np.where(clear, truth, 1.0), np.nan)
        known = clear.sum(axis=axis) > 1
        if known.sum() < 2:
            continue
        ratios = np.array(
            [
                np.nanmedian(unit) if seen.any() else 1.0
                for unit, seen in zip(
                    units if axis else units.T, clear if axis else clear.T, strict=True
                )
            ]
        )
        scaled = truth * (ratios[:, None] if axis else ratios[None, :])
        if (np.abs(tested - scaled) > tolerance * (1.0 + np.abs(ratios).max())).any():
            continue
        low, high = ratios[known].min(), ratios[known].max()
        if high - low <= 1e-3 * max(abs(low), abs(high)):
            continue
        kind = ""
        if low >= 1.0:
            kind = ", as when an activation's derivative is missing"
        elif low > 0.0 and high <= 1.0:
            kind = ", as when an activation's derivative is applied twice"
        yield (
            f"each {name} of {leaf.path} is off by a factor of its own, from {low:.4g} to "
            f"{high:.4g}{kind}"
        )
