"""What the page computes is what Python computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import Value
from autograd.draw import page
from autograd.primitive import BUILT_IN
from autograd.rule import TABLE
from tests.explanation.formula_reading import points

Visit = Callable[..., Any]

SET = """(numbers) => {
    for (const [label, x] of Object.entries(numbers)) {
        const input = document.querySelector(`[aria-label="${label}, exactly"]`);
        input.value = String(x);
        input.dispatchEvent(new Event("input"));
    }
}"""

READ = """(labels) => {
    Element.prototype.scrollIntoView = () => {};  // a layout for each node would take its time
    return labels.map((label) => {
        const nodes = [...document.querySelectorAll(".node")];
        const found = nodes.find((node) => node.getAttribute("aria-label").startsWith(label + ","));
        found.dispatchEvent(new MouseEvent("click"));
        const shown = document.querySelectorAll("#details-body .full span");
        return [...shown].map((e) => Number(e.textContent.replace("−", "-")));
    });
}"""


def every_rule(shift: int) -> tuple[Value, dict[str, Value]]:
    """Return a graph with every primitive in it, each with leaves of its own, and its nodes."""
    nodes: dict[str, Value] = {}
    terms = []
    for name in BUILT_IN:
        rule = TABLE[name]
        inside = points(name)
        point = inside[shift % len(inside)]
        if name == "where":  # the side not taken is not followed
            point = [1.0, *point[1:]]
        for i, x in enumerate(point[: 3 if rule.variadic else None]):
            nodes[f"{name} {i}"] = Value(x, f"{name} {i}")
        operands = [leaf for label, leaf in nodes.items() if label.startswith(f"{name} ")]
        nodes[name] = rule(*operands)
        nodes[name].label = name
        terms.append(nodes[name] * nodes[name])
    result = autograd.sum(terms)
    result.label = "result"
    return result, nodes | {"result": result}


def test_every_primitive_computes_as_in_python(visit: Visit) -> None:
    tab = visit(page(every_rule(0)[0]))
    result, nodes = every_rule(2)
    result.backward()
    leaves = {label: node.data for label, node in nodes.items() if not node.parents}
    tab.evaluate(SET, leaves)
    found = tab.evaluate(READ, list(nodes))
    for (label, node), numbers in zip(nodes.items(), found, strict=True):
        assert numbers[0] == pytest.approx(node.data, rel=1e-12, abs=1e-15), label
        expected = [] if label == "where 2" else [node.grad]  # that side was not taken
        assert numbers[1:] == pytest.approx(expected, rel=1e-12, abs=1e-13), label
