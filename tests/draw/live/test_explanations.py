"""The page explains gradients as `autograd.explain` does: the same paths, words and numbers."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import Value, explain
from autograd.draw import page
from autograd.explanation import Explanation
from autograd.explanation.wording import headline, in_percent, remarks, steps, zeros
from autograd.sweep import topological_order

Visit = Callable[..., Any]

OPERATIONS: list[Callable[[Value, Value], Value]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (2.5 + b * b),
    lambda a, b: -1.5 * a,
    lambda a, b: a**3,
    lambda a, b: autograd.tanh(a),
    lambda a, b: autograd.sigmoid(b),
    lambda a, b: autograd.relu(a),
    lambda a, b: autograd.maximum(a, b),
    lambda a, b: autograd.exp(-b * b),
    lambda a, b: autograd.mean([a, b, a]),
    lambda a, b: autograd.dot([a, b], [b, a]),
]

READ = """(label) => {
    for (const node of document.querySelectorAll(".node")) {
        if (node.getAttribute("aria-label").startsWith(label + ",")) {
            node.dispatchEvent(new MouseEvent("click"));
        }
    }
    const details = document.getElementById("details-body");
    const texts = (root, kind) => [...root.querySelectorAll(kind)].map((e) => e.textContent);
    return {
        headline: texts(details, "h3")[0],
        paths: [...details.querySelectorAll(".paths > li")].map((path) => ({
            steps: texts(path, ".path")[0],
            terms: texts(path, ".formula"),
            total: texts(path, ".total")[0],
        })),
        remarks: texts(details, ".remarks"),
        zeros: texts(details, ".zeros li"),
    };
}"""


def random_graph(seed: int) -> tuple[Value, list[Value]]:
    """Return a result and leaves; every node has a label, so that all names are given."""
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(-1.5, 1.5), name) for name in "abc"]
    nodes = list(leaves)
    for number in range(rng.randrange(6, 14)):
        a, b = rng.choices(nodes[-5:], k=2)
        nodes.append(rng.choice(OPERATIONS)(a, b))
        nodes[-1].label = f"h{number}"
    result = nodes[-1] * nodes[-2] + 0.5 * nodes[-3]
    result.label = "y"
    for number, node in enumerate(topological_order(result)):
        if node.parents and not node.label:
            node.label = f"g{number}"
    return result, [leaf for leaf in leaves if leaf in set(topological_order(result))]


def said(explanation: Explanation) -> dict[str, Any]:
    """Return what an explanation says, in the order in which the page does."""
    paths = []
    for path in explanation.paths:
        share = in_percent(path)
        total = f"= {path.notations.text.number(path.value)}{share}"
        alone = len(path.terms) == 1 and path.terms[0].is_number
        terms = [] if alone else [term.formula for term in path.terms]
        paths.append({"steps": " ".join(steps(path)), "terms": terms, "total": total})
    return {
        "headline": headline(explanation),
        "paths": paths,
        "remarks": [" ".join(found)] if (found := remarks(explanation)) else [],
        "zeros": zeros(explanation),
    }


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found["headline"] == expected["headline"]
    assert found["remarks"] == expected["remarks"]
    assert sorted(found["zeros"]) == sorted(expected["zeros"])
    sizes = [[size_of(path) for path in side["paths"]] for side in (found, expected)]
    assert sizes[0] == sizes[1]
    # Paths of the same size may come in any order; if not all are listed, any of the smallest.
    left_out = any("The other" in sentence for sentence in expected["remarks"])
    for size, group in itertools.groupby(expected["paths"], key=size_of):
        wanted = sorted(map(repr, group))
        shown = sorted(repr(path) for path in found["paths"] if size_of(path) == size)
        assert shown == wanted or (left_out and size == sizes[1][-1])


def size_of(path: dict[str, Any]) -> str:
    total: str = path["total"]
    return total.replace("−", "")


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_are_explained_alike(visit: Visit, seed: int) -> None:
    result, leaves = random_graph(seed)
    tab = visit(page(result))
    for leaf in leaves:
        assert_same(tab.evaluate(READ, leaf.label), said(explain(result, leaf)))


def test_a_choice_is_that_of_the_numbers_of_now(visit: Visit) -> None:
    def leaky(at: float) -> tuple[Value, Value]:
        x, slope = Value(at, "x"), Value(0.25, "s", requires_grad=False)
        y = 3.0 * autograd.leaky_relu(x, slope)
        y.parents[1].label = "h"
        y.label = "y"
        return y, x

    tab = visit(page(leaky(2.0)[0]))
    for at, terms in [(-1.5, ["3", "s"]), (0.5, [])]:
        tab.get_by_label("x, exactly").fill(str(at))
        found, expected = tab.evaluate(READ, "x"), said(explain(*leaky(at)))
        assert found["paths"][0]["terms"] == terms
        assert_same(found, expected)


def test_paths_that_are_zero_leave_nothing_of_rounding(visit: Visit) -> None:
    x = Value(1.0, "x")
    terms = [0.1 * x, 0.2 * x, 0.3 * x, *[autograd.relu(x * -number) for number in (2.0, 3.0, 4.0)]]
    y = autograd.sum(terms)
    for number, node in enumerate(topological_order(y)):
        node.label = node.label or (f"h{number}" if node.parents else "")
    y.label = "y"
    found = visit(page(y)).evaluate(READ, "x")
    assert_same(found, said(explain(y, x)))
    assert found["remarks"] == ["The other path adds 0. 3 of the 6 paths are zero:"]
    assert len(found["zeros"]) == 3


def test_the_middle_of_a_long_path_is_left_out_alike(visit: Visit) -> None:
    x = Value(0.8, "x")
    y = x
    for number in range(40):
        y = autograd.sin(y) if number % 3 else 1.25 * y
        y.label = f"h{number}"
    found = visit(page(y)).evaluate(READ, "x")
    assert_same(found, said(explain(y, x)))
    assert "more …" in found["paths"][0]["steps"]
    assert any("factors" in term for term in found["paths"][0]["terms"])


def test_more_paths_than_anyone_could_list_are_summed_alike(visit: Visit) -> None:
    x = Value(1.5, "x")
    y = x
    for number in range(30):
        y = autograd.tanh(y) * 0.75 + y * -0.25
        y.label = f"h{number}"
    found, expected = visit(page(y)).evaluate(READ, "x"), said(explain(y, x))
    assert found["headline"].startswith("∂h29/∂x = ")
    assert "1,073,741,824 paths; the 5 largest:" in found["headline"]
    assert [found[key] for key in ("headline", "remarks")] == [
        expected[key] for key in ("headline", "remarks")
    ]
    assert [size_of(path) for path in found["paths"]] == [size_of(p) for p in expected["paths"]]


def test_numbers_of_paths_beyond_all_digits(visit: Visit) -> None:
    x = Value(1.5, "x")
    y = x
    for _ in range(120):
        y = autograd.mean([y, y])
    y.label = "y"
    found, expected = visit(page(y)).evaluate(READ, "x"), said(explain(y, x))
    assert "about 1.33e36 paths" in found["headline"]
    assert found["headline"] == expected["headline"]
    assert found["remarks"] == expected["remarks"]
