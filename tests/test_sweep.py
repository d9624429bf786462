"""The backward sweep: accumulation, shared nodes, graphs of every size and shape, threads."""

from __future__ import annotations

import gc
import math
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.sweep import topological_order


def test_every_use_of_a_shared_node_counts():
    x = Value(3.0)
    square = x * x
    y = square * square + square
    y.backward()
    assert x.grad == 4 * 27.0 + 2 * 3.0
    assert square.grad == 2 * 9.0 + 1.0
    assert y.grad == 1.0


def test_leaves_accumulate_and_inner_nodes_do_not():
    x, w = Value(0.1), Value(0.7)
    inner = x * w
    y = inner.tanh() * x + inner / 3
    y.backward()
    once = (x.grad, w.grad, inner.grad)
    y.backward()
    # Exactly double, to the last bit: each sweep's sum is complete before it is added.
    assert (x.grad, w.grad) == (2 * once[0], 2 * once[1])
    assert inner.grad == once[2]
    (3.0 * inner).backward()
    assert inner.grad == 3.0
    assert x.grad == 2 * once[0] + 3.0 * w.data


def test_backward_from_an_inner_node_and_from_a_leaf():
    x = Value(2.0)
    inner = x * x
    outer = inner * 5
    outer.backward()
    x.zero_grad()
    inner.backward()
    assert (inner.grad, x.grad) == (1.0, 4.0)
    x.backward()
    assert x.grad == 5.0


def test_order_has_each_node_once_and_parents_first():
    x, y = Value(1.0), Value(2.0)
    a = x * y
    b = a + x
    c = (a * b) + 3
    order = topological_order(c)
    position = {node: i for i, node in enumerate(order)}
    assert len(position) == len(order) == 7
    assert order[-1] is c
    for node in order:
        assert all(position[parent] < position[node] for parent in node.parents)
    assert all(node.requires_grad for node in topological_order(c, constants=False))
    assert topological_order(c, stops=[a]) == [n for n in order if n is not a and n is not y]
    assert set(topological_order(a, b)) == {x, y, a, b}


def test_a_chain_of_a_million_nodes():
    depth = sys.getrecursionlimit()
    x = Value(1.0)
    y = x
    for _ in range(1_000_000):
        y = y + x
    y.backward()
    assert x.grad == 1_000_001.0
    assert sys.getrecursionlimit() == depth
    del y
    gc.collect()


def test_a_fan_in_of_a_million_leaves():
    leaves = [Value(1.0) for _ in range(1_000_000)]
    total = autograd.sum(leaves)
    assert total.data == 1e6
    total.backward(0.5)
    assert all(leaf.grad == 0.5 for leaf in leaves)


def test_a_ladder_has_exponentially_many_paths_but_few_nodes():
    x = Value(1.0)
    row = [x] * 100
    for _ in range(100):
        row = [0.5 * (a + b) for a, b in zip(row, [*row[1:], row[0]], strict=True)]
    autograd.mean(row).backward()
    assert x.grad == pytest.approx(1.0, rel=1e-12)


@pytest.mark.skipif(autograd.COMPILED, reason="a compiled sweep cannot be interrupted half-way")
def test_an_interrupted_sweep_leaves_the_leaves_as_they_were(monkeypatch):
    x = Value(2.0)
    y = x * x
    y.backward()

    class Interrupting(list):
        def __reversed__(self):
            raise KeyboardInterrupt

    from autograd import sweep

    ordered = sweep.topological_order
    monkeypatch.setattr(sweep, "topological_order", lambda *a, **k: Interrupting(ordered(*a, **k)))
    with pytest.raises(KeyboardInterrupt):
        y.backward()
    assert x.grad == 4.0


def test_threads_with_graphs_of_their_own_do_not_disturb_each_other():
    results: dict[int, list[float]] = {}
    barrier = threading.Barrier(8)

    def work(k: int) -> None:
        barrier.wait()
        found = []
        for i in range(30):
            x = Value(k + i / 100)
            y = x
            for _ in range(50):
                y = (y * 1.01).tanh() + x
            if k % 2:
                with autograd.no_grad():
                    assert not (x * y).requires_grad
            assert (x * y).requires_grad
            y.backward()
            found.append(x.grad)
        results[k] = found

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    together = dict(results)
    barrier = threading.Barrier(1)
    for k in range(8):
        work(k)
        assert results[k] == together[k]


def test_no_grad_in_one_thread_does_not_reach_another():
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with autograd.no_grad():
            inside.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(10)
    try:
        assert autograd.is_grad_enabled()
        x = Value(2.0)
        (x * x).backward()
        assert x.grad == 4.0
    finally:
        done.set()
        thread.join()


def test_gradients_that_overflow_are_infinite_not_errors():
    x = Value(0.0)
    x.sqrt().backward()
    assert x.grad == math.inf


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 2)), max_size=40))
def test_sweep_agrees_with_sums_over_all_edges(program):
    """The adjoints solve the linear system that the edges and their partials state."""
    x = Value(0.5)
    nodes = [x, Value(-1.25)]
    for i, j, op in program:
        a, b = nodes[i % len(nodes)], nodes[j % len(nodes)]
        nodes.append(a + b if op == 0 else (a * b * 0.25 if op == 1 else (a - b).tanh()))
    root = nodes[-1]
    root.backward()
    order = topological_order(root)
    adjoint = dict.fromkeys(order, 0.0)
    adjoint[root] = 1.0
    for node in order[::-1]:
        for parent, partial in zip(node.parents, node.partials, strict=True):
            adjoint[parent] += adjoint[node] * partial
    for node in order:
        if node.requires_grad:
            assert node.grad == pytest.approx(adjoint[node], rel=1e-12, abs=1e-12)
