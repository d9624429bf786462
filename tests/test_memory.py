"""Nodes are let go when nothing refers to them, without recursion, whatever holds them."""

from __future__ import annotations

import gc
import threading
import tracemalloc

import pytest

import autograd
from autograd import Value


def graph(n: int) -> Value:
    x = Value(1.0)
    y = x
    for i in range(n):
        y = y * 0.5 + x if i % 3 else autograd.sum([y, x, x])
    return y


def test_memory_is_given_back():
    graph(1000)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(20):
            graph(1000).backward()
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert after - before < 20_000


def test_deep_nests_of_containers_around_values():
    for depth in (10, 49, 50, 51, 60, 200, 5000):
        nest: object = graph(100)
        for _ in range(depth):
            nest = [nest, Value(2.0)]
        del nest
    gc.collect()
    assert graph(10).data > 0.0


def test_a_graph_in_which_long_chains_meet():
    chains = [graph(50_000) for _ in range(4)]
    total = autograd.sum(chains) + autograd.dot(chains, chains)
    chains.clear()
    total.backward()
    middle = total.parents[0]
    del total
    gc.collect()
    assert middle.data > 0.0


def test_refused_values_leave_nothing_behind():
    for _ in range(100):
        with pytest.raises(TypeError):
            Value("no number")
        with pytest.raises(TypeError):
            Value()  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            Value(1.0, 2.0)  # type: ignore[arg-type]


def test_parents_live_as_long_as_someone_holds_them():
    y = graph(100)
    held = y.parents[0].parents
    del y
    gc.collect()
    for node in held:
        node.backward()
    assert all(node.grad != 0.0 for node in held)


def test_letting_go_in_several_threads():
    def work() -> None:
        for _ in range(30):
            graph(2000)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_cycles_through_other_objects_are_collected():
    class Holder:
        pass

    holder = Holder()
    holder.self = holder  # type: ignore[attr-defined]
    holder.node = graph(100)  # type: ignore[attr-defined]
    del holder
    assert gc.collect() > 0
