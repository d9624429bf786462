"""Nests of lists, tuples, dicts and arrays, flattened and rebuilt."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from autograd.structure import flatten

Point = namedtuple("Point", "x y")

nests = st.recursive(
    st.floats(-10, 10) | st.just(np.zeros((2, 0))) | st.just(np.arange(6.0).reshape(2, 3)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.tuples(inner, inner).map(lambda p: Point(*p))
    ),
    max_leaves=8,
)


def same(a, b) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b) and a.shape == b.shape
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@given(nests)
def test_round_trip(nest):
    leaves, structure = flatten(nest)
    assert structure.size == len(leaves) == len(structure.paths())
    assert all(type(x) is float for x in leaves)
    assert same(structure.unflatten(leaves), nest)
    assert structure.leaves_of(nest, "it") == leaves


def test_paths_can_be_evaluated():
    tree = {"w": [np.ones((2, 2)), (3.0, Point(1.0, 2.0))], "b": 5.0}
    leaves, structure = flatten(tree)
    paths = structure.paths("tree")
    assert "tree['w'][0][1, 0]" in paths
    assert "tree['w'][1][1].y" in paths
    assert [float(eval(path, {"tree": tree})) for path in paths] == leaves
    assert flatten(3.0)[1].paths("x") == ["x"]


def test_arrays_of_values_stay_objects():
    v = Value(1.0)
    leaves, structure = flatten(np.array([v, v]))
    assert leaves[0] is v
    assert structure.unflatten([v, 2.0]).dtype == object
    assert structure.unflatten([1, 2.0]).dtype == float


def test_another_structure_is_refused():
    structure = flatten({"a": [1.0, 2.0], "b": np.zeros(3)})[1]
    for other in (
        {"a": [1.0], "b": np.zeros(3)},
        {"a": (1.0, 2.0), "c": np.zeros(3)},
        {"a": [1.0, 2.0], "b": np.zeros(2)},
        {"a": [1.0, 2.0], "b": [0.0, 0.0, 0.0]},
        [1.0],
        1.0,
    ):
        with pytest.raises(ValueError, match="tangent should have the structure"):
            structure.leaves_of(other, "tangent")
    with pytest.raises(ValueError, match="has 5 leaves, not 4"):
        structure.unflatten([0.0] * 4)
