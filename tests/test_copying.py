"""copy, deepcopy and pickle of leaves and of graphs of any length."""

from __future__ import annotations

import copy
import pickle

import pytest

import autograd
from autograd import Value
from autograd.sweep import topological_order


def small_graph() -> tuple[Value, Value]:
    x = Value(2.0, label="x")
    c = Value(3.0, requires_grad=False)
    y = autograd.sum([x * c, x.tanh(), autograd.dot([x, c], [x, 1.0], 0.5), autograd.maximum(x, c)])
    y.label = "y"
    y.backward()
    return x, y


def assert_same_graph(a: Value, b: Value) -> None:
    for left, right in zip(topological_order(a), topological_order(b), strict=True):
        assert left is not right
        for name in ("data", "grad", "label", "op", "partials", "requires_grad"):
            assert getattr(left, name) == getattr(right, name)


def chain(length: int) -> tuple[Value, Value]:
    x = Value(1.0, "x")
    y = x
    for _ in range(length):
        y = y * 1.0
    return x, y


def by_pickle(v):
    return pickle.loads(pickle.dumps(v))


@pytest.mark.parametrize("twin_of", [copy.copy, copy.deepcopy, by_pickle])
def test_leaf(twin_of):
    x = Value(2.5, label="x", requires_grad=False)
    x.grad = 4.0
    twin = twin_of(x)
    assert (twin.data, twin.grad, twin.label, twin.requires_grad) == (2.5, 4.0, "x", False)
    twin.data = 1.0
    assert x.data == 2.5


def test_a_graph_is_recorded_anew_on_symbols_in_place_of_its_leaves():
    def function(x):
        three = Value(3.0)
        return autograd.sum([x * three, x.tanh(), autograd.dot([x, three], [x, 1.0], 0.5), 1.0 / x])

    x = Value(2.0)
    y = function(x)
    f = autograd.compile(lambda symbol: copy.deepcopy(y, {id(x): symbol}))
    for point in (2.0, 0.75):
        assert f.value_and_grad(point) == pytest.approx(autograd.value_and_grad(function)(point))
    assert y.parents[1].parents == (x,)


def test_copy_shares_the_parents():
    x, y = small_graph()
    twin = copy.copy(y)
    assert twin is not y
    assert twin.parents == y.parents
    assert all(a is b for a, b in zip(twin.parents, y.parents, strict=True))
    x.zero_grad()
    twin.backward()
    assert x.grad != 0.0


@pytest.mark.parametrize("twin_of", [copy.deepcopy, by_pickle])
def test_graph_is_copied_whole(twin_of):
    x, y = small_graph()
    x2, y2 = twin_of((x, y))
    assert_same_graph(y, y2)
    leaf = next(node for node in topological_order(y2) if node.label == "x")
    assert leaf is x2
    before = x.grad
    y2.backward()
    assert x2.grad == 2 * before
    assert x.grad == before


@pytest.mark.parametrize("twin_of", [copy.deepcopy, by_pickle])
def test_sharing_is_kept_in_every_order(twin_of):
    x, y = small_graph()
    z = y * x
    for nest in ([y, z, x], [z, x, y], [x, y, z]):
        twins = dict(zip(map(id, nest), twin_of(nest), strict=True))
        x2, y2, z2 = twins[id(x)], twins[id(y)], twins[id(z)]
        assert z2.parents[0] is y2
        assert z2.parents[1] is x2


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_long_chains_pickle(protocol):
    x, y = chain(20_000 if protocol == pickle.HIGHEST_PROTOCOL else 5_000)
    x2, y2 = pickle.loads(pickle.dumps((x, y), protocol))
    y2.backward()
    assert x2.grad == 1.0
    y3 = pickle.loads(pickle._dumps(y, protocol))  # type: ignore[attr-defined]
    assert len(topological_order(y3)) == len(topological_order(y))


def test_long_chains_deepcopy():
    x, y = chain(20_000)
    x2, y2 = copy.deepcopy((x, y))
    y2.backward()
    assert (x.grad, x2.grad) == (0.0, 1.0)


def test_a_failed_pickle_leaves_nothing_behind():
    x, y = chain(5_000)

    class Full:
        def write(self, data: bytes) -> None:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        pickle.Pickler(Full()).dump(y)  # type: ignore[arg-type]
    assert len(topological_order(by_pickle(y))) == len(topological_order(y))


def test_unknown_primitive_says_what_to_do():
    pickled = pickle.dumps(Value(1.0).tanh(), protocol=0)
    with pytest.raises(LookupError, match=r"no primitive is called 'tanx'.*autograd\.primitive"):
        pickle.loads(pickled.replace(b"tanh", b"tanx"))
