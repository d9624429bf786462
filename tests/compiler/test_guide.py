"""Guides and trees of recordings: what is decided, and what is asked of which samples."""

from __future__ import annotations

import numpy as np

import autograd
from autograd import Value, compiler
from autograd.compiler.guide import Guide
from autograd.compiler.record import Recording
from autograd.structure import flatten
from tests.compiler.test_branches import traces


def test_guides_compute_as_ieee_754_says():
    def f(x):
        y = 1.0 / x
        if autograd.exp(1000.0 * y) > 5.0 and autograd.logsumexp([y, x]) > 0.0:
            return 1.0
        return 0.0 if autograd.log(x) < 0.0 else 2.0

    for x, expected in ((0.0, 1.0), (1.0, 1.0), (-1.0, 2.0), (0.25, 1.0)):
        g = compiler.compile(f, backend="numpy", branches="guard")
        assert g(x) == expected
        assert len(traces(g)) == 1  # the way it proposed was the right one


def test_guides_know_values_from_outside():
    low, high = Value(1.0), Value(2.0)
    g = compiler.compile(
        lambda x: x * low if low < x < high else -x, backend="numpy", branches="guard"
    )
    assert g(1.5) == 1.5
    assert len(traces(g)) == 1


def recorded(f, guide):
    return Recording(f, [flatten(0.0)[1]], ["x"], recorder=guide)


def test_a_whole_number_that_was_refused_is_not_chosen_again():
    def f(x):
        return x * int(x) + int(x)

    first = Guide([2.5])
    recorded(f, first)
    assert (first.path, [guard.whole for guard in first.guards]) == ([2], [2])
    refused = [first.guards[0]._replace(result=False)]
    second = Guide([2.5], refused, first.tape)
    recorded(f, second)
    assert second.path == [3]
    assert [(guard.whole, guard.result) for guard in second.guards] == [(2, False), (3, True)]


def test_what_a_sample_has_left_is_not_asked_again():
    def f(x):
        y = -x if x < 0.0 else x
        return y * 2.0 if y > 1.0 else y

    g = compiler.compile(f, in_axes=0, backend="numpy", branches="guard")
    x = np.array([-2.0, -0.5, 0.5, 2.0])
    assert g(x).tolist() == [4.0, 0.5, 0.5, 4.0]
    (tree,) = g._trees.values()
    negative = next(trace for trace in tree.traces if trace.begin == 1)
    frame = tree.decider(negative).ready(4).frame(x[:, None], np.empty(0))
    frame.run()
    # Of -x > 1 only: that x < 0 is settled on the way here, whatever rounding says.
    assert frame.out[:, 0].tolist() == [0.0, 1.0, 1.0, 1.0]


def test_the_same_condition_is_one_guard():
    def f(xs):
        return sum(x if xs[0] > 1.0 else -x for x in xs) + (0.0 if xs[1] else 1.0)

    g = compiler.compile(f, in_axes=0, backend="numpy", branches="guard")
    assert g(np.array([[1.0, 2.0], [2.0, 0.0]])).tolist() == [-3.0, 3.0]
    assert [len(trace.guards) for trace in traces(g)] == [2, 2]
