"""Operations: a rule applied to Values gives the next node, with its parents and partials.

``Value`` and this module need each other: its operators are operations, and operations make Values.
"""

from __future__ import annotations

from typing import Any, Final

from autograd import rules, value
from autograd.number import has_float, is_array, number
from autograd.operand import Operand
from autograd.recording import MODE, is_recording
from autograd.rule import Rule

_DIVIDE: Final = rules.divide
_WHERE: Final = rules.where

#: The mark of constants made of plain numbers, as long as no sweep has come to them.
_LITERAL: Final = -(2**62)

# An object: a float would be boxed anew at each use in compiled code.
_ZERO: Final[Any] = float(0)


def constant(x: Any) -> value.Value | None:
    """Return a plain number as a Value that needs no gradient; None if it is not a plain number."""
    if isinstance(x, float) or isinstance(x, int):  # noqa: SIM101 - mypyc is faster at two
        node = value.Value(float(x), "", False)
    # Arrays are left to NumPy, which applies the operator to their elements.
    elif isinstance(x, Operand) or is_array(x) or not has_float(x):
        return None
    else:
        node = value.Value(number(x), "", False)
    node._mark = _LITERAL
    return node


# Making nodes
# ------------


def apply(rule: Rule, operands: tuple[Any, ...]) -> Any:
    """Return the node of a rule of any number of operands, numbers or Values."""
    parents: list[value.Value] = []
    for operand in operands:
        if isinstance(operand, value.Value):
            parents.append(operand)
        elif isinstance(operand, Operand):  # of another kind, which knows what to do with Values
            return operand._apply(rule, operands)
        else:
            literal = value.Value(number(operand), "", False)
            literal._mark = _LITERAL
            parents.append(literal)
    return record(rule, parents)


def binary(
    rule: Rule, data: float, left: value.Value, dleft: float, right: value.Value, dright: float
) -> Any:
    """Return the node of a rule of two operands whose result and partials are known."""
    wanted = left.requires_grad or right.requires_grad
    if MODE.paused != 0:
        symbol = _on_tape(rule, [left, right])
        if symbol is not None:
            return symbol
        wanted = wanted and is_recording()
    node = value.Value(_ZERO)
    node.data = data
    if wanted:
        node.rule = rule
        node._left = left
        node._right = right
        node._dleft = dleft
        node._dright = dright
    else:
        node.requires_grad = False
    return node


def quotient(left: value.Value, right: value.Value) -> Any:
    """Return the node of a division."""
    if MODE.paused != 0:
        symbol = _on_tape(_DIVIDE, [left, right])
        if symbol is not None:
            return symbol
    if right.data == 0.0:
        error = ZeroDivisionError("division by zero")
        raise located(error, _DIVIDE, [left, right]) from None
    data = left.data / right.data
    return binary(_DIVIDE, data, left, 1.0 / right.data, right, -data / right.data)


def unary(rule: Rule, x: value.Value) -> Any:
    """Return the node of a rule of one operand."""
    wanted = x.requires_grad
    if MODE.paused != 0:
        symbol = _on_tape(rule, [x])
        if symbol is not None:
            return symbol
        wanted = wanted and is_recording()
    try:
        node = value.Value(rule.value(x.data))
        if wanted:
            node._dleft = float(rule.partials[0](node.data, x.data))
            node._left = x
            node.rule = rule
        else:
            node.requires_grad = False
    except (ArithmeticError, ValueError) as error:
        raise located(error, rule, [x]) from None
    return node


def record(rule: Rule, parents: list[value.Value]) -> Any:
    """Return the node of a rule of any number of operands."""
    wanted = False
    for parent in parents:
        wanted = wanted or parent.requires_grad
    if MODE.paused != 0:
        symbol = _on_tape(rule, parents)
        if symbol is not None:
            return symbol
        wanted = wanted and is_recording()
    xs = [parent.data for parent in parents]
    try:
        node = value.Value(rule.value(xs[0], xs[1]) if len(xs) == 2 else rule.value(*xs))
        if not wanted:
            node.requires_grad = False
            return node
        partials = _partials(rule, node.data, parents, xs)
    except (ArithmeticError, ValueError) as error:
        raise located(error, rule, parents) from None
    if rule is _WHERE:
        # What is behind the branch not taken has no influence. Following it would pass on zeros,
        # and zero times an infinite slope is not a number.
        other = 2 if xs[0] else 1
        parents[other] = parents[other].detach()
    link(node, rule, parents, partials)
    return node


def _partials(rule: Rule, y: float, parents: list[value.Value], xs: list[float]) -> list[float]:
    """Evaluate the partials for those parents that require a gradient."""
    if rule.variadic:
        return [float(partial) for partial in rule.partials[0](y, *xs)]
    partials: list[float] = []
    for i, parent in enumerate(parents):
        if not parent.requires_grad:
            partials.append(0.0)
        elif len(xs) == 2:
            partials.append(float(rule.partials[i](y, xs[0], xs[1])))
        else:
            partials.append(float(rule.partials[i](y, *xs)))
    return partials


def dot(ws: list[Any], xs: list[Any], bias: Any) -> Any:
    """Apply ``rules.dot``, in one loop if all operands are Values: what networks are made of."""
    parents: list[value.Value] = []
    for operand in (*ws, *xs) if bias is None else (*ws, *xs, bias):
        if not isinstance(operand, value.Value):
            return rules.dot(*ws, *xs) if bias is None else rules.dot(*ws, *xs, bias)
        parents.append(operand)
    if MODE.paused != 0:
        symbol = _on_tape(rules.dot, parents)
        if symbol is not None:
            return symbol
    n = len(ws)
    total = 0.0
    left: list[float] = []
    right: list[float] = []
    wanted = False
    for i in range(n):
        w, x = parents[i], parents[n + i]
        total += w.data * x.data
        left.append(x.data)
        right.append(w.data)
        wanted = wanted or w.requires_grad or x.requires_grad
    left.extend(right)
    if bias is not None:
        total += parents[2 * n].data
        left.append(1.0)
        wanted = wanted or parents[2 * n].requires_grad
    node = value.Value(total)
    node.requires_grad = wanted and (MODE.paused == 0 or is_recording())
    if node.requires_grad:
        link(node, rules.dot, parents, left)
    return node


def link(
    node: value.Value, rule: Rule | None, parents: list[value.Value], partials: list[float]
) -> None:
    """Make ``node`` the result of ``rule``."""
    node.rule = rule
    if len(parents) > 2:
        node._operands = value.Operands(parents, partials)
    elif parents:
        node._left, node._dleft = parents[0], partials[0]
        if len(parents) == 2:
            node._right, node._dright = parents[1], partials[1]


def located(error: Exception, rule: Rule, operands: list[value.Value]) -> Exception:
    """Return an error of the same type that names the operation, its operands and their labels."""
    shown = [
        f"{operand.label}={operand.data!r}" if operand.label else repr(operand.data)
        for operand in operands[:4]
    ]
    dots = ", …" if len(operands) > 4 else ""
    where = f"{rule.name}({', '.join(shown)}{dots})"
    if type(error) in (ValueError, ZeroDivisionError, OverflowError):
        return type(error)(f"{where}: {error}")
    error.add_note(f"in {where}")
    return error


# In a function that is being compiled
# ------------------------------------


def _on_tape(rule: Rule, operands: list[value.Value]) -> Any:
    """Return the symbol of an operation in a function that is being compiled; None elsewhere."""
    recorder = MODE.recorder()
    if recorder is None:
        return None
    return recorder.apply(rule, tuple([x.data if x._mark == _LITERAL else x for x in operands]))


def number_of(x: value.Value) -> Any:
    """Return the number, or its symbol in a function that is being compiled."""
    if MODE.paused != 0:
        recorder = MODE.recorder()
        if recorder is not None:
            return recorder.symbol(x)
    return x.data


def comparands(x: value.Value, other: Any) -> tuple[Any, Any]:
    """Return the two things to compare; None for the second if it cannot be compared with."""
    if MODE.paused != 0:
        recorder = MODE.recorder()
        if recorder is not None:
            return recorder.symbol(x), other
    if isinstance(other, value.Value):
        return x.data, other.data
    if isinstance(other, (float, int)):
        return x.data, float(other)
    # Operands of another kind know what comparing means to them, and arrays do it by element.
    if isinstance(other, Operand) or is_array(other) or not has_float(other):
        return x.data, None
    return x.data, number(other)
