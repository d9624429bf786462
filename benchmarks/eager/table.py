"""How the results read."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import markdown
from benchmarks.eager.measure import TOLERANCE, Entry, Results
from benchmarks.eager.rows import BUILDS, COMPILED, MICROGRAD, PURE, XAD, XAD_NEW_TAPE, Row
from benchmarks.measurement import circumstances

SHORT = {COMPILED: "compiled", PURE: "pure Python"}


def render(results: Results, unset: Sequence[str]) -> str:
    """Return all tables as Markdown, with what was measured and where.

    Args:
        results: the figures.
        unset: the variables that were removed from the environment.
    """
    return "\n\n".join(
        [
            "Value and gradient of the hinge loss with L2 of MLP(2, [16, 16, 1]) on 100 points, "
            f"all of it additions, multiplications and ReLUs of scalars: {results.nodes:,} nodes, "
            "recorded, swept and given back in each evaluation. The rows with `nn.MLP` compute "
            "the same with one node per neuron.",
            _comparison(results),
            "Larger graphs, and some that are as deep, as wide or as full of paths as can be:",
            _shapes(results),
            "What is aimed at:",
            "\n".join(f"- {line}" for line in targets(results)),
            circumstances(
                (),
                unset,
                how=f"All gradients agree with this project's to {TOLERANCE:g} (relative, each "
                "entry) before any time is taken. Memory is how far the resident set of a fresh "
                "process grows, at most, in one evaluation, per node of the graph of scalar "
                "operations; for a recorded graph, until the backward sweep begins.",
            ),
        ]
    )


def _comparison(results: Results) -> str:
    ours = _best(results, COMPILED)
    rows = []
    for entry in results.entries:
        if not entry.seconds:
            rows.append([entry.row.title, entry.version or "–", entry.absent, "", ""])
            continue
        best = min(entry.seconds)
        rows.append(
            [
                entry.row.title,
                entry.version,
                f"{best * 1e3:.1f} ms",
                f"{best / ours:.2f}" if ours else "–",
                f"{entry.growth:,.0f}" if entry.growth is not None else "–",
            ]
        )
    header = ["", "version", "time", "compiled = 1", "peak bytes per node"]
    return markdown.table(header, rows)


def _shapes(results: Results) -> str:
    builds = [row for row in BUILDS if _best(results, row)]
    header = [
        "",
        "nodes",
        *(f"{SHORT[row]}{unit}" for row in builds for unit in ("", ", per node")),
    ]
    rows = []
    for shape in [*results.sizes, *results.stress]:
        cells = [shape.title, f"{shape.nodes:,}"]
        for row in builds:
            seconds = shape.best[row]
            cells += [f"{seconds:.3f} s", f"{seconds / shape.nodes * 1e9:.0f} ns"]
        rows.append(cells)
    return markdown.table(header, rows)


def targets(results: Results) -> list[str]:
    """Return one line per target: what is aimed at, what was measured, whether that is enough."""
    compiled, pure = _best(results, COMPILED), _best(results, PURE)
    micrograd = _best(results, MICROGRAD)
    xad = min(filter(None, (_best(results, row) for row in (XAD, XAD_NEW_TAPE))), default=None)
    lines = [
        _target("compiled, times as fast as micrograd", _ratio(micrograd, compiled), least=25.0),
        _target("compiled, times as fast as XAD at its best", _ratio(xad, compiled), least=3.0),
        _target("pure Python, times as fast as micrograd", _ratio(micrograd, pure), least=6.0),
    ]
    for row in BUILDS:
        per_node = [shape.best[row] / shape.nodes for shape in results.sizes if row in shape.best]
        flat = _ratio(max(per_node, default=None), min(per_node, default=None))
        sizes = f"{results.sizes[0].nodes:,} to {results.sizes[-1].nodes:,} nodes"
        memory = results.graph_bytes.get(row)
        lines += [
            _target(f"{SHORT[row]}, bytes per node of a recorded graph", memory, most=200.0),
            _target(f"{SHORT[row]}, dearest by cheapest node, {sizes}", flat, most=1.5),
        ]
    return lines


def _target(
    what: str, measured: float | None, *, least: float | None = None, most: float | None = None
) -> str:
    bound = f"at least {least:g}" if least is not None else f"at most {most:g}"
    if measured is None:
        return f"{what}: {bound}; not measured"
    reached = measured >= least if least is not None else most is not None and measured <= most
    return f"{what}: {bound}; measured {measured:.3g}{'' if reached else ' (**missed**)'}"


def _best(results: Results, row: Row) -> float | None:
    entry: Entry = next(entry for entry in results.entries if entry.row is row)
    return min(entry.seconds, default=None)


def _ratio(numerator: float | None, denominator: float | None) -> float | None:
    return numerator / denominator if numerator and denominator else None
