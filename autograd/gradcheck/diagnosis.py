"""What mistake would give just this wrong gradient?

Each finding below names a mistake only if it reproduces the numbers: the true gradient with that
mistake made on purpose equals the gradient under test, entry by entry, within the tolerance. And
there must be enough numbers that this is no coincidence. If two mistakes fit equally well, both are
named; if none fits, none is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from autograd.gradcheck.finite_differences import derivative
from autograd.gradcheck.flat_function import Leaf
from autograd.gradcheck.recorded_graph import RecordedGraph
from autograd.rule import Rule
from autograd.value import Value

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Evidence:
    """A wrong gradient and the true one, as arrays of (results of f) × (numbers in its arguments).

    Attributes:
        tested: the gradient under test.
        truth: from autodiff if it is confirmed, else from finite differences.
        tolerance: how far the two may be apart.
        usable: where both are known; both are zero elsewhere.
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
        seen: Array = np.abs(self.truth) > 30.0 * self.tolerance
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
    if not wrong.any():
        return ()
    everything = [*_mutation(evidence), *_factor(evidence, wrong)]
    if everything:
        return (", or ".join(everything),)
    exchanged = _exchanged(evidence, wrong)
    sentences = [exchanged.sentence] if exchanged.sentence else []
    leaves: dict[str, list[str]] = {}
    for i, leaf in enumerate(evidence.leaves):
        inside = np.zeros_like(wrong)
        inside[:, leaf.columns] = wrong[:, leaf.columns]
        if inside.any() and i not in exchanged.sources:
            found = [
                *_forgotten(evidence, leaf),
                *_transposed(evidence, leaf),
                *_factor(evidence, inside, leaf),
                *_by_unit(evidence, leaf),
            ]
            if found:
                leaves.setdefault(", or ".join(found), []).append(leaf.path)
    sentences += [f"{_listed(paths)}: {mistake}" for mistake, paths in leaves.items()]
    return tuple(sentences)


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(paths[:4]) + (f" and {len(paths) - 4} more" if len(paths) > 4 else "")


def diagnose_graph(graph: RecordedGraph, evidence: Evidence) -> tuple[str, ...]:
    """Return a sentence for each leaf that autodiff lost on the way, and each wrong primitive."""
    lost = [
        leaf.path
        for leaf in evidence.leaves
        if evidence.wrong[:, leaf.columns].any() and not any(graph.uses[leaf.columns])
    ]
    if lost:
        return (
            f"autodiff sees nothing of {_listed(lost)}, though the result changes with it, "
            "as when .data, .item(), detach(), float() or round() takes a number out of the graph",
        )
    return tuple(_wrong_partials(graph))


def _wrong_partials(graph: RecordedGraph) -> Iterator[str]:
    """Compare the partials of primitives in the graph with differences of their values.

    A few operands of the first few nodes of each primitive will do.
    """
    nodes: dict[Rule, list[Value]] = {}
    for node in graph.order:
        if node.rule is not None:
            nodes.setdefault(node.rule, []).append(node)
    for rule, examples in nodes.items():
        for node in examples[:3]:
            sentence = _wrong_partial(rule, node)
            if sentence:
                yield sentence
                break


def _wrong_partial(rule: Rule, node: Value) -> str:
    xs = [parent.data for parent in node.parents]
    for i, partial in enumerate(node.partials[:4]):

        def value(x: float, i: int = i) -> float:
            return rule.value(*xs[:i], x, *xs[i + 1 :])

        if not node.parents[i].requires_grad:
            continue
        estimate = derivative(value, xs[i])
        bar = estimate.error + 1e-6 * abs(estimate.value)
        if estimate.kind == "smooth" and abs(partial - estimate.value) > bar:
            return (
                f"the partial derivative of the primitive {rule.name} with respect to operand {i} "
                f"is wrong: {partial:.6g} at {_shown(xs)}, where finite differences of its value "
                f"give {estimate.value:.6g}"
            )
    return ""


def _shown(xs: Sequence[float]) -> str:
    return f"({', '.join(f'{x:.6g}' for x in xs[:4])}{', …' if len(xs) > 4 else ''})"


def _mutation(evidence: Evidence) -> Iterator[str]:
    """Find a mistake with an activation's derivative that gives exactly this gradient."""
    if evidence.graph is None or not evidence.by_hand:
        return
    for mistake, gradient in evidence.graph.mistaken_gradients():
        if evidence.fits(np.array([gradient])):
            yield mistake


def _factor(evidence: Evidence, wrong: Array, leaf: Leaf | None = None) -> Iterator[str]:
    """Find one factor by which all wrong entries are off; of a leaf, also those that look right."""
    if not evidence.clear[wrong].all():
        return
    true = evidence.truth[wrong]
    ratio = float(np.median(evidence.tested[wrong] / true))
    uncertainty = float((evidence.tolerance[wrong] / np.abs(true)).min())
    off = np.abs(evidence.tested[wrong] - ratio * true)
    if (off > evidence.tolerance[wrong] * (1.0 + abs(ratio))).any():
        return
    if leaf and not evidence.fits(ratio * evidence.truth[:, leaf.columns], leaf.columns, ratio):
        return
    # A ratio of a single number says something only if it is one that mistakes give.
    alone = np.ptp(np.abs(true)) <= 1e-6 * np.abs(true).max()
    telling = uncertainty < 1e-3 and _close(abs(ratio), (0.5, 1.0, 2.0), uncertainty)
    if ratio == 0.0 or (alone and not telling):
        return
    where = "" if leaf else f" {_where(evidence, wrong)}"
    hint = _hint(evidence, ratio, uncertainty, wrong) if evidence.by_hand else ""
    yield f"off by the constant factor {_named(ratio, uncertainty)}{where}{hint}"


def _close(x: float, numbers: Sequence[float], uncertainty: float) -> bool:
    return any(abs(x - number) <= number * 4.0 * uncertainty for number in numbers)


def _whole(x: float, uncertainty: float) -> int | None:
    """Return the whole number from 1 to 1000 that ``x`` is within its uncertainty, if it is one."""
    n = round(x)
    return n if 1 <= n <= 1000 and _close(x, (n,), min(uncertainty, 0.01 / n)) else None


def _named(ratio: float, uncertainty: float) -> str:
    sign = "-" if ratio < 0 else ""
    size = abs(ratio)
    if (n := _whole(size, uncertainty)) is not None:
        return f"{sign}{n}"
    if (n := _whole(1.0 / size, uncertainty)) is not None:
        return f"{sign}1/{n}"
    return f"{ratio:.6g}"


def _hint(evidence: Evidence, ratio: float, uncertainty: float, wrong: Array) -> str:
    """Return what typically gives this factor."""
    if ratio < 0.0:
        return ": the sign is wrong" if _close(-ratio, (1.0,), uncertainty) else ""
    many, few = _whole(ratio, uncertainty), _whole(1.0 / ratio, uncertainty)
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
    return f"in {_listed(names)}"


def _forgotten(evidence: Evidence, leaf: Leaf) -> Iterator[str]:
    """Find a leaf whose gradient is zero altogether, though the true one is not."""
    zero = evidence.usable & (evidence.tested == 0.0)
    if not zero[:, leaf.columns].all() or not evidence.clear[:, leaf.columns].any():
        return
    if _is_bias(evidence, leaf):
        yield "the bias is forgotten; its gradient is zero, the true one is not"
    else:
        yield "the gradient is forgotten; it is zero, the true one is not"


def _is_bias(evidence: Evidence, leaf: Leaf) -> bool:
    """Whether a leaf is only ever added; without a graph, whether its name or place says so."""
    if evidence.graph is not None:
        return all(evidence.graph.added[leaf.columns])
    if re.search(r"(?:^|\W)(?:b|bias)_?\d*\W*$", leaf.path):
        return True
    before = [other for other in evidence.leaves if other.columns.stop == leaf.columns.start]
    return len(leaf.shape) == 1 and any(
        len(other.shape) == 2 and leaf.shape[0] in other.shape for other in before
    )


def _transposed(evidence: Evidence, leaf: Leaf) -> Iterator[str]:
    """Find the transpose of the true gradient, put into the shape of the leaf."""
    if len(leaf.shape) != 2 or evidence.wrong[:, leaf.columns].sum() < 2:
        return
    matrices = evidence.truth[:, leaf.columns].reshape(-1, *leaf.shape)
    candidate = matrices.swapaxes(1, 2).reshape(len(matrices), -1)
    if evidence.fits(candidate, leaf.columns):
        reshaped = "" if leaf.shape[0] == leaf.shape[1] else f", then reshaped to {leaf.shape}"
        yield f"the gradient is transposed{reshaped}"


class _Exchange(NamedTuple):
    """Which leaves have the gradient of which others, by index, and that in words."""

    sources: dict[int, int]
    sentence: str


def _exchanged(evidence: Evidence, wrong: Array) -> _Exchange:
    """Find leaves whose gradients are those of other leaves of the same shape."""
    sources: dict[int, int] = {}
    for i, leaf in enumerate(evidence.leaves):
        if wrong[:, leaf.columns].any():
            matches = [j for j in range(len(evidence.leaves)) if _has_gradient_of(evidence, i, j)]
            if len(matches) == 1:
                sources[i] = matches[0]
    numbers = [evidence.truth[:, evidence.leaves[j].columns].ravel() for j in sources.values()]
    if not sources or len(np.unique(np.concatenate(numbers))) < 2:
        return _Exchange({}, "")
    pairs = [
        f"{evidence.leaves[i].path} has the gradient of {evidence.leaves[j].path}"
        for i, j in sources.items()
    ]
    sentence = ", ".join(pairs[:3]) + (" and so on" if len(pairs) > 3 else "")
    if all(sources.get(j) == i for i, j in sources.items()):
        return _Exchange(sources, f"swapped: {sentence}")
    if {_steps(evidence.leaves, i, j) for i, j in sources.items()} in ({1}, {-1}):
        sentence += ", as when gradients are shifted by one layer"
    return _Exchange(sources, sentence)


def _has_gradient_of(evidence: Evidence, i: int, j: int) -> bool:
    mine, other = evidence.leaves[i], evidence.leaves[j]
    return (
        i != j
        and mine.shape == other.shape
        and bool(evidence.clear[:, other.columns].any())
        and evidence.fits(evidence.truth[:, other.columns], mine.columns)
    )


def _steps(leaves: Sequence[Leaf], i: int, j: int) -> int:
    """Return how many leaves of this shape later the j-th comes than the i-th."""
    alike = [k for k, leaf in enumerate(leaves) if leaf.shape == leaves[i].shape]
    return alike.index(j) - alike.index(i)


def _by_unit(evidence: Evidence, leaf: Leaf) -> Iterator[str]:
    """Find factors that are constant along each row, or each column, and differ between them."""
    if len(leaf.shape) != 2 or len(evidence.tested) != 1:
        return
    for axis, name in ((0, "row"), (1, "column")):
        tested, truth, tolerance, clear = (
            np.moveaxis(array[0, leaf.columns].reshape(leaf.shape), axis, 0)
            for array in (evidence.tested, evidence.truth, evidence.tolerance, evidence.clear)
        )
        ratios = np.array(
            [
                np.median(a[seen] / b[seen]) if seen.any() else 1.0
                for a, b, seen in zip(tested, truth, clear, strict=True)
            ]
        )
        scaled = ratios[:, None] * truth
        known = ratios[clear.sum(axis=1) > 1]
        apart = np.abs(tested - scaled) > tolerance * (1.0 + np.abs(ratios[:, None]))
        if len(known) < 2 or apart.any() or np.ptp(known) <= 1e-3 * np.abs(known).max():
            continue
        sentence = (
            f"each {name} is off by a factor of its own, from {known.min():.4g} to "
            f"{known.max():.4g}"
        )
        for other in evidence.leaves:
            if _scaled_alike(evidence, other, ratios):
                sentence += (
                    f", and by the same factors {other.path}, as when the derivative of the "
                    "activation is missing or wrong"
                )
                break
        yield sentence


def _scaled_alike(evidence: Evidence, leaf: Leaf, ratios: Array) -> bool:
    """Whether a vector is off by these very factors."""
    return (
        leaf.shape == ratios.shape
        and bool(evidence.wrong[:, leaf.columns].any())
        and evidence.fits(ratios * evidence.truth[:, leaf.columns], leaf.columns)
    )
