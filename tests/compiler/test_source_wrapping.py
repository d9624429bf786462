"""Long statements on several lines."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.source.wrapping import WIDTH, is_bracketed, wrapped

names = st.sampled_from(["x", "subtotal[i]", "d_weighted_sum_1", "network[0][1][j]", "f(y, z)"])
expressions = st.recursive(
    names,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "<", "=="]), inner).map(" ".join),
        inner.map(lambda x: f"({x})"),
        st.lists(inner, min_size=1, max_size=4).map(lambda xs: f"g({', '.join(xs)})"),
    ),
    max_leaves=30,
)


@given(expression=expressions, operator=st.sampled_from(["=", "+=", "*="]))
def test_what_is_said_stays_the_same(expression, operator):
    text = f"total {operator} ({expression})"
    lines = wrapped(text, "    ")
    assert " ".join(line.strip() for line in lines).replace("( ", "(") == text
    assert all(len(line) <= WIDTH or " " not in line.strip() for line in lines)
    joined = "\n".join(line[4:] for line in lines)
    assert ast.dump(ast.parse(joined)) == ast.dump(ast.parse(text))


def test_it_breaks_at_the_loosest_operator():
    text = f"x = ({' * '.join(['factor'] * 7)} + {' * '.join(['other'] * 9)})"
    _, second = wrapped(text, "")
    assert second.startswith("    + other")


def test_brackets():
    assert is_bracketed("f(x, [1, 2])")
    assert is_bracketed("[1, (2)]")
    assert not is_bracketed("f(x) + g(y)")
    assert not is_bracketed("x")
