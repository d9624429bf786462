"""Jammed loops compute what the loops did."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.compiler.affine import Nest, Node, Operation, Place, Tree, operations
from autograd.compiler.jam import FACTOR, jam
from autograd.compiler.kernel import Kernel, Shape
from autograd.compiler.roll import Instruction, Item, Loop, Loops, roll

Memory = dict[tuple[str, int], int]


def instruction(operation: str, *places: tuple[str, int]) -> Instruction:
    spaces, addresses = zip(*places)
    return Instruction(Shape(operation, spaces), addresses)


def kernel_of(items: list[Item]) -> Kernel:
    sizes = dict.fromkeys(("in", "par", "const", "tmp", "keep", "out", "sum"), 0)
    loops = Loops(items)
    for step in loops.unrolled():
        shape: Any = step.shape
        for space, address in zip(shape.spaces, step.addresses):
            sizes[space] = max(sizes[space], address + 1)
    return Kernel(loops, sizes)


def apply(memory: Memory, name: str, target: tuple[str, int], sources: list[Any]) -> None:
    """What an operation does, on whole numbers; ``in`` at an address is that address."""
    xs = [memory.get(place, place[1] + 1) for place in sources]
    y = xs[0] - 3 * xs[1] if name == "subtract" else xs[0] * xs[1] + xs[2]
    memory[target] = (y + (memory.get(target, 0) if target[0] == "sum" else 0)) % 1_000_003


def execute(kernel: Kernel) -> Memory:
    memory: Memory = {}
    for step in kernel.loops.unrolled():
        shape: Any = step.shape
        target, *sources = zip(shape.spaces, step.addresses)
        apply(memory, shape.operation, target, sources)
    return memory


def execute_nodes(nodes: list[Node], counters: dict[int, int], memory: Memory) -> Memory:
    def at(place: Place) -> tuple[str, int]:
        return place.space, place.base + sum(counters[loop] * step for loop, step in place.steps)

    for node in nodes:
        if isinstance(node, Operation):
            apply(memory, node.name, at(node.target), [at(place) for place in node.operands])
        else:
            for k in range(node.count):
                execute_nodes(node.body, {**counters, node.number: k}, memory)
    return memory


def check(kernel: Kernel) -> Tree:
    """Jam a kernel's loops, and check that all memory that was there before ends up the same."""
    tree = Tree(kernel, unroll=0)
    jam(tree)
    after = execute_nodes(tree.nodes, {}, {})
    own = {("tmp", a) for a in range(kernel.sizes["tmp"], tree.sizes["tmp"])}
    assert {place: x for place, x in after.items() if place not in own} == execute(kernel)
    return tree


def nests(nodes: list[Node]) -> list[Nest]:
    found = [node for node in nodes if isinstance(node, Nest)]
    return found + [inner for nest in found for inner in nests(nest.body)]


def layer(rows: int, columns: int) -> Kernel:
    program = []
    for j in range(rows):
        program.append(instruction("subtract", ("tmp", 0), ("par", j), ("par", j)))
        for i in range(columns):
            weight = ("par", j * columns + i)
            program.append(instruction("fma", ("tmp", 0), weight, ("keep", i), ("tmp", 0)))
        program.append(instruction("subtract", ("keep", columns + j), ("tmp", 0), ("tmp", 0)))
    return kernel_of(roll(program).items)


def test_a_layer_is_jammed() -> None:
    for rows in range(2, 2 * FACTOR + 3):
        kernel = layer(rows, 5)
        tree = check(kernel)
        if rows < max(FACTOR, 3):
            assert tree.sizes == kernel.sizes
            continue
        # Each iteration but the last of those jammed has an accumulator of its own.
        assert tree.sizes["tmp"] == FACTOR
        inner = [nest for nest in nests(tree.nodes) if nest.count == 5]
        assert max(len(nest.body) for nest in inner) == FACTOR
        numbers = [nest.number for nest in nests(tree.nodes)]
        assert len(numbers) == len(set(numbers))
        assert all(tree.counts[nest.number] == nest.count for nest in nests(tree.nodes))


def test_what_the_next_iteration_reads_is_not_jammed() -> None:
    # Each iteration of the outer loop changes, at its end, what the inner loop of the next reads.
    inner = Loop(
        5, [instruction("fma", ("tmp", 0), ("in", 0), ("keep", 0), ("tmp", 0))], (0, 1, 1, 0)
    )
    body: list[Item] = [
        instruction("subtract", ("tmp", 0), ("in", 0), ("in", 1)),
        inner,
        instruction("subtract", ("keep", 2), ("tmp", 0), ("in", 0)),
    ]
    steps = (0, 1, 1, 0, 0, 0, 0, 0, 0, 0)
    tree = check(kernel_of([Loop(8, body, steps)]))
    assert [nest.count for nest in nests(tree.nodes)] == [8, 5]
    # If it is written where none of them reads, all is well.
    body[2] = instruction("subtract", ("keep", 5), ("tmp", 0), ("in", 0))
    tree = check(kernel_of([Loop(8, body, steps)]))
    assert [nest.count for nest in nests(tree.nodes)] == [8 // FACTOR, 5]


def test_places_that_move_differently_are_not_jammed() -> None:
    # The inner loop writes, backwards, what it reads forwards in the next iteration.
    inner = Loop(6, [instruction("subtract", ("keep", 5), ("keep", 0), ("in", 0))], (-1, 1, 1))
    tree = check(kernel_of([Loop(8, [inner], (0, 0, 1))]))
    assert [nest.count for nest in nests(tree.nodes)] == [8, 6]


def outer_and_inner(distance: int) -> list[int]:
    """The counts of the loops after jamming; each iteration reads this far from where it writes."""
    places = [("keep", 20), ("in", 0), ("in", 5), ("keep", 20 - distance)]
    inner = Loop(6, [instruction("fma", *places)], (1, 1, 0, 1))
    tree = check(kernel_of([Loop(8, [inner], (0, 0, 1, 0))]))
    return [nest.count for nest in nests(tree.nodes)]


def test_dependences_between_iterations() -> None:
    # What the same iteration of the inner loop left behind, the next outer one still finds.
    assert outer_and_inner(0) == [8 // FACTOR, 6]
    # What a later one is going to change, the next outer one should find changed.
    for distance in range(1, 6):
        assert outer_and_inner(-distance) == [8, 6]
    # What an earlier one has changed is changed again, by the jammed ones, before it is read.
    for distance in range(1, 6):
        assert outer_and_inner(distance) == [8, 6]
    # Farther than the loop goes there is nothing in the way.
    for distance in (6, 7, -6, -7):
        assert outer_and_inner(distance) == [8 // FACTOR, 6]


@st.composite
def kernels(draw: st.DrawFn) -> Kernel:
    """Nests of depth two, as jamming looks for, whose places may coincide in every way."""
    inner_steps = st.sampled_from((0, 1, 1, 1, 2, -1))
    outer_steps = st.sampled_from((0, 0, 0, 1, 5, -1))

    def leaf() -> Instruction:
        target = draw(st.sampled_from(("tmp", "keep", "keep", "out", "sum")))
        sources = [draw(st.sampled_from(("in", "keep", "keep", "tmp"))) for _ in range(3)]
        places = [(space, draw(st.integers(0, 3)) + 40) for space in (target, *sources)]
        return instruction("fma", *places)

    body: list[Item] = []
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            body.append(leaf())
            continue
        leaves: list[Item] = [leaf() for _ in range(draw(st.integers(1, 2)))]
        steps = tuple([draw(inner_steps) for _ in range(4 * len(leaves))])
        body.append(Loop(draw(st.integers(1, 4)), leaves, steps))
    length = sum(len(item.addresses) for item in body)
    outer = tuple([draw(outer_steps) for _ in range(length)])
    return kernel_of([Loop(draw(st.integers(FACTOR, 2 * FACTOR + 1)), body, outer)])


@settings(max_examples=400, deadline=None)
@given(kernels())
def test_random_nests(kernel: Kernel) -> None:
    check(kernel)


def test_random_nests_are_jammed_now_and_then() -> None:
    jammed = 0
    rng = np.random.default_rng(0)
    for _ in range(100):
        leaves: list[Item] = []
        for _ in range(2):
            spaces = [str(rng.choice(["tmp", "keep", "out"])), "in", "in", "keep"]
            places = [(space, int(rng.integers(40, 60))) for space in spaces]
            leaves.append(instruction("fma", *places))
        inner = Loop(3, leaves, tuple(rng.integers(-1, 2, size=8).tolist()))
        tree = check(kernel_of([Loop(6, [inner], tuple(rng.integers(-1, 2, size=8).tolist()))]))
        jammed += len(list(operations(tree.nodes))) > 2
    assert 5 < jammed < 95
