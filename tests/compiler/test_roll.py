"""Loops recovered from straight-line programs."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import compile
from autograd.compiler.roll import Instruction, Loop, roll

# A nest of loops to be unrolled: instructions with an affine address for each level around them.
addresses = st.tuples(st.integers(0, 50), st.integers(-3, 3), st.integers(-40, 40))
leaves = st.tuples(st.sampled_from("abc"), st.lists(addresses, min_size=1, max_size=3))
bodies = st.lists(leaves, min_size=1, max_size=4)
nests = st.lists(
    st.tuples(st.integers(1, 9), bodies, st.integers(1, 7), bodies), min_size=1, max_size=3
)


def unroll(nest):
    program = []
    for outer, first, inner, second in nest:
        for i in range(outer):
            for name, terms in first:
                program.append(Instruction(name, tuple(a + c * i for a, _, c in terms)))
            for j in range(inner):
                for name, terms in second:
                    program.append(Instruction(name, tuple(a + b * j + c * i for a, b, c in terms)))
    return program


def same(left, right):
    return [(x.shape, x.addresses) for x in left] == [(x.shape, x.addresses) for x in right]


@given(nests)
def test_unrolling_gives_the_program_back(nest):
    program = unroll(nest)
    loops = roll(program)
    assert same(loops.unrolled(), program)
    assert len(loops) <= len(program)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3)), max_size=60))
def test_irregular_programs_too(instructions):
    program = [Instruction(name, (address,)) for name, address in instructions]
    assert same(roll(program).unrolled(), program)


def test_a_nest_is_found_whole():
    program = unroll([(50, [("a", [(0, 0, 1)])], 30, [("b", [(7, 1, 30)]), ("c", [(0, 0, 1)])])])
    (outer,) = roll(program).items
    assert isinstance(outer, Loop)
    assert outer.count == 50
    first, inner = outer.body
    assert isinstance(inner, Loop)
    assert (first.shape, inner.count) == ("a", 30)
    assert len(roll(program)) == 5
    assert str(roll(program)) == "\n".join(
        [
            "50 times, i:",
            "    a i",
            "    30 times, j:",
            "        b 7+30i+j",
            "        c i",
        ]
    )


def test_two_repetitions_are_not_a_loop():
    program = [Instruction("a", (0,)), Instruction("a", (1,)), Instruction("b", (0,))]
    assert roll(program).items == program


def test_the_size_does_not_grow_with_the_iterations():
    sizes = set()
    for n in (50, 500, 5000):
        program = unroll([(n, [("a", [(0, 0, 2), (1, 0, 3)])], 1, [("b", [(5, 0, 1)])])])
        sizes.add(len(roll(program)))
    assert sizes == {3}


def test_long_bodies_too():
    body = [(f"operation {k % 7} {k % 11}", [(k * k % 997, 0, 400)]) for k in range(400)]
    (loop,) = roll(unroll([(5, body, 0, [])])).items
    assert isinstance(loop, Loop)
    assert (loop.count, len(loop.body)) == (5, 400)


def test_fitting_an_integrator_takes_as_many_instructions_however_many_its_steps():
    def misfit(p, seen):
        a, b, c, d, *s = p
        h = 0.02

        def slope(x, y):
            return a * x - b * x * y, d * x * y - c * y

        def moved(k, h):
            return [u + h * v for u, v in zip(s, k)]

        total = 0.0
        for x, y in seen:
            for _ in range(4):  # steps of Runge and Kutta's
                k1 = slope(*s)
                k2 = slope(*moved(k1, h / 2))
                k3 = slope(*moved(k2, h / 2))
                k4 = slope(*moved(k3, h))
                s = moved([q + 2 * r + 2 * t + u for q, r, t, u in zip(k1, k2, k3, k4)], h / 6)
            total += (s[0] - x) ** 2 + (s[1] - y) ** 2
        return total

    p = np.array([1.1, 0.4, 0.4, 0.1, 2.0, 1.0])
    sizes = []
    for samples in (20, 40):
        seen = np.random.default_rng(0).uniform(1.0, 3.0, (samples, 2))
        f = compile(misfit, backend="numpy", cache=False)
        expected = autograd.grad(misfit)(p, seen)
        np.testing.assert_allclose(f.grad(p, seen), expected, rtol=1e-12)
        sizes.append(int(re.search(r"(\d+) instructions in loops", f.report()).group(1)))
    assert sizes[0] == sizes[1]


def test_empty():
    assert roll([]).items == []
    assert str(roll([])) == ""
