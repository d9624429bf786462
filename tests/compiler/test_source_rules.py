"""Source of every primitive, and of graphs: values and partials."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.source import source_of_graph
from autograd.primitive import BUILT_IN, sample
from autograd.rule import TABLE
from tests.compiler.running import LANGUAGES, function_of

RULES = [TABLE[name] for name in sorted(BUILT_IN)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_the_domain(language, tmp_path):
    rng = np.random.default_rng(1)
    points, leaves, nodes = [], [], []
    for rule in RULES:
        domain = rule.domain * 5 if rule.variadic else rule.domain
        xs = [Value(sample(rng, interval)) for interval in domain]
        points += [x.data for x in xs]
        leaves += xs
        nodes.append(rule(*xs))
    order = autograd.sweep.topological_order(*nodes)
    text = source_of_graph(language, *nodes)
    call = function_of(language, text, tmp_path, two_arrays(len(order)), None)
    found = call([np.array([x.data for x in order if x.rule is None])])
    autograd.sum(nodes).backward()
    np.testing.assert_allclose(found[: len(order)], [x.data for x in order], rtol=1e-14)
    np.testing.assert_allclose(found[len(order) :], [x.grad for x in order], rtol=1e-13, atol=1e-15)


def two_arrays(count):
    return {"values": np.zeros(count), "gradients": np.zeros(count)}
