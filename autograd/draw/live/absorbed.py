"""Plain numbers that need no box of their own: they are shown with the operation that uses them."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.draw.extent import is_plain_number
from autograd.draw.live.templates import PRECISION
from autograd.explanation.notation import SUPERSCRIPTS, number_in_text
from autograd.rule import Rule
from autograd.rules import add, divide, multiply, power, subtract
from autograd.value import Value

_INFIX: dict[Rule | None, str] = {
    add: "+",
    subtract: "−",
    multiply: "×",
    divide: "÷",
    power: "^",
}


def absorbed(order: Sequence[Value]) -> set[Value]:
    """Return the plain numbers that are but one side of arithmetic operations.

    Args:
        order: the nodes of a graph, the last of which is its result and always drawn.
    """
    found = {node for node in order[:-1] if is_plain_number(node)}
    for node in order:
        if node.rule not in _INFIX or _both_plain(node):
            found.difference_update(node.parents)
    return found


def operation(node: Value, sign: str) -> str:
    """Return the sign of an operation, with the number on one side: ``× 2``, ``4 −``, ``( )²``."""
    infix = _INFIX.get(node.rule)
    if infix is None or _both_plain(node):
        return infix or sign
    exponent = node.parents[1].data
    if node.rule is power and is_plain_number(node.parents[1]) and exponent in range(-9, 10):
        return f"( ){str(int(exponent)).translate(SUPERSCRIPTS)}"
    left, right = (_text(parent) if is_plain_number(parent) else "" for parent in node.parents)
    space = "" if infix == "^" and right else " "
    return f"{left}{space}{infix}{space}{right}".strip()


def _both_plain(node: Value) -> bool:
    return all(map(is_plain_number, node.parents))


def _text(node: Value) -> str:
    text = number_in_text(node.data, PRECISION)
    return f"({text})" if text.startswith("−") else text
