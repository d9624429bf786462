from __future__ import annotations

from typing import Any

import pytest

from autograd import Value, where
from autograd.compiler.source import source_of_graph
from autograd.sweep import topological_order


def test_partials_are_those_of_the_nodes() -> None:
    x, y = Value(1.5, "x"), Value(-0.7, "y")
    c = Value(2.0, "c", requires_grad=False)
    z = (x * y).tanh() / (c + x * x) - where(x > 1.0, y**2, c) * (c * 3.0)
    order = topological_order(z)
    names: dict[str, Any] = {}
    exec(source_of_graph("python", z, partials=True), names)
    leaves = [node.data for node in order if not node.parents]
    expected = [
        partial if node.requires_grad and parent.requires_grad else 0.0
        for node in order
        for parent, partial in zip(node.parents, node.partials)
    ]
    assert names["recompute"](leaves)["partials"] == pytest.approx(expected, rel=1e-14)
    assert any(expected)
