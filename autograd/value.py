"""Value: one number, and the operation that it came from.

A node keeps its parents and, for each of them, the partial derivative of its own value with respect
to the parent's, computed when the node is made. That is all a backward sweep needs (``sweep.py``).

One or two parents, by far the most common case, are kept in the node itself (``_left``, ``_right``
and their partials); only operations on more keep lists of them. Numbers that are not Values become
parents with ``requires_grad=False``, which the sweep passes over. The four arithmetic operators and
``dot`` state their partials here a second time, because they are what most graphs are made of; the
tests compare them with ``rules.py`` bit by bit.
"""

from __future__ import annotations

import numbers
import threading
from collections.abc import Callable
from typing import Any, Final, final

import numpy as np

from autograd import rules
from autograd._mypyc import mypyc_attr
from autograd.operand import Operand
from autograd.recording import MODE, is_recording
from autograd.rule import Rule

_ADD: Final = rules.add
_SUBTRACT: Final = rules.subtract
_MULTIPLY: Final = rules.multiply
_DIVIDE: Final = rules.divide
_WHERE: Final = rules.where

#: The mark of constants made of plain numbers, as long as no sweep has come to them.
_LITERAL: Final = -(2**62)

# An object: a float would be boxed anew at each use in compiled code.
_ZERO: Final[Any] = float(0)


@final
class _Operands:
    """Three or more parents and their partials."""

    __slots__ = ("parents", "partials")

    def __init__(self, parents: list[Value], partials: list[float]) -> None:
        self.parents = parents
        self.partials = partials


class _Release:
    """Nodes that nothing but this list refers to any more."""

    def __init__(self) -> None:
        self.pending: list[Value] = []
        self.running = False


_RELEASE: Final = _Release()


# A graph has no cycles. Python's garbage collector, which would search it for some, takes most of
# the time in large graphs; so compiled nodes are kept from it (``acyclic``).
@final
@mypyc_attr(acyclic=True)
class Value(Operand):
    """A number that remembers how it was computed.

    Args:
        data: the number; anything with ``__float__`` (int, NumPy scalar, Fraction, Decimal).
        label: a name for error messages and pictures.
        requires_grad: whether gradients are wanted; False makes a constant.

    Attributes:
        data: the number, a float.
        grad: the derivative of what ``backward`` was last called on with respect to this one;
            for leaves, the sum over all calls since ``zero_grad``.
        label: the name; may be set at any time.
        requires_grad: whether the backward sweep comes here.
        rule: the primitive this node is the result of, or None for a leaf.

    Arithmetic and comparisons are by value; hashing is by identity, so that nodes can be keys of a
    dictionary. Two of those together mean that ``value in some_list`` compares numbers.

    Raises:
        TypeError: ``data`` is not one real number.
    """

    __slots__ = (
        "_dleft",
        "_dright",
        "_left",
        "_mark",
        "_operands",
        "_right",
        "data",
        "grad",
        "label",
        "requires_grad",
        "rule",
    )

    # Makes mypyc check, where ``rule`` is read, that ``__init__`` has come that far.
    __deletable__ = ("rule",)

    data: float
    grad: float
    label: str
    requires_grad: bool
    rule: Rule | None
    _left: Value | None
    _right: Value | None
    _dleft: float
    _dright: float
    _operands: _Operands | None
    _mark: int

    def __init__(self, data: Any, label: str = "", requires_grad: bool = True) -> None:
        if label and not isinstance(label, str):
            raise TypeError(f"a label is a str, not {type(label).__name__}")
        self.data = data if type(data) is float else number(data)
        self.grad = 0.0
        self.label = label
        self.requires_grad = requires_grad
        self.rule = None
        self._left = None
        self._right = None
        self._dleft = 0.0
        self._dright = 0.0
        self._operands = None
        self._mark = 0

    # The graph
    # ---------

    @property
    def op(self) -> str:
        """What this node is the result of, such as ``"*"`` or ``"tanh"``; ``""`` for a leaf."""
        return "" if self.rule is None else self.rule.symbol

    @property
    def parents(self) -> tuple[Value, ...]:
        """The operands this node was computed from, in their order; none for a leaf."""
        if self._left is not None:
            return (self._left,) if self._right is None else (self._left, self._right)
        return () if self._operands is None else tuple(self._operands.parents)

    @property
    def partials(self) -> tuple[float, ...]:
        """The partial derivative of this node with respect to each of its parents."""
        if self._left is not None:
            return (self._dleft,) if self._right is None else (self._dleft, self._dright)
        return () if self._operands is None else tuple(self._operands.partials)

    def backward(self, seed: Any = 1.0) -> None:
        """Set ``grad`` of every node this one depends on to ``seed`` times the derivative.

        Gradients of leaves are added to what is there; those of all other nodes are overwritten.

        Raises:
            RuntimeError: this node does not require a gradient.
            TypeError: ``seed`` is not one real number.
        """
        from autograd.sweep import backward

        backward(self, number(seed))

    def zero_grad(self) -> None:
        """Set ``grad`` of this node to zero."""
        self.grad = 0.0

    def detach(self) -> Value:
        """Return a constant with the same number and label, cut off from the graph."""
        return Value(self.data, self.label, False)

    def item(self) -> float:
        """Return the number as a float."""
        return self.data

    def _apply(self, rule: Rule, operands: tuple[Any, ...]) -> Any:
        if len(operands) == 1 and not rule.variadic:
            return _unary(rule, self)
        parents: list[Value] = []
        for operand in operands:
            if isinstance(operand, Value):
                parents.append(operand)
            elif isinstance(operand, Operand):
                return operand._apply(rule, operands)
            else:
                constant = Value(number(operand), "", False)
                constant._mark = _LITERAL
                parents.append(constant)
        return _record(rule, parents)

    def _link(self, rule: Rule | None, parents: list[Value], partials: list[float]) -> None:
        """Make this node the result of ``rule``."""
        self.rule = rule
        if len(parents) > 2:
            self._operands = _Operands(parents, partials)
        elif parents:
            self._left, self._dleft = parents[0], partials[0]
            if len(parents) == 2:
                self._right, self._dright = parents[1], partials[1]

    def __del__(self) -> None:
        """Hand the parents on to be let go one at a time: no recursion, however long the chain.

        In compiled code only; ``autograd/__init__.py`` removes it where Python's own deallocation
        does as much.
        """
        try:
            if self.rule is None:
                return
        except AttributeError:  # what was passed to __init__ was refused
            return
        pending = _RELEASE.pending
        left = self._left
        if left is not None:
            # A leaf has no parents, so it can be let go at once.
            if left.rule is not None:
                pending.append(left)
                self._left = None
            right = self._right
            if right is not None and right.rule is not None:
                pending.append(right)
                self._right = None
            left = None
            right = None
        elif self._operands is not None:
            pending.extend(self._operands.parents)
            self._operands = None
        if not _RELEASE.running:
            _RELEASE.running = True
            try:
                while pending:
                    pending.pop()
            finally:
                _RELEASE.running = False

    # Arithmetic
    # ----------
    # The operators are declared to return Any because mypyc takes no NotImplemented for a Value.

    def __add__(self, other: Any) -> Any:
        right = other if isinstance(other, Value) else _constant(other)
        if right is None:
            return NotImplemented
        return _binary(_ADD, self.data + right.data, self, 1.0, right, 1.0)

    def __radd__(self, other: Any) -> Any:
        left = _constant(other)
        if left is None:
            return NotImplemented
        return _binary(_ADD, left.data + self.data, left, 1.0, self, 1.0)

    def __sub__(self, other: Any) -> Any:
        right = other if isinstance(other, Value) else _constant(other)
        if right is None:
            return NotImplemented
        return _binary(_SUBTRACT, self.data - right.data, self, 1.0, right, -1.0)

    def __rsub__(self, other: Any) -> Any:
        left = _constant(other)
        if left is None:
            return NotImplemented
        return _binary(_SUBTRACT, left.data - self.data, left, 1.0, self, -1.0)

    def __mul__(self, other: Any) -> Any:
        right = other if isinstance(other, Value) else _constant(other)
        if right is None:
            return NotImplemented
        return _binary(_MULTIPLY, self.data * right.data, self, right.data, right, self.data)

    def __rmul__(self, other: Any) -> Any:
        left = _constant(other)
        if left is None:
            return NotImplemented
        return _binary(_MULTIPLY, left.data * self.data, left, self.data, self, left.data)

    def __truediv__(self, other: Any) -> Any:
        right = other if isinstance(other, Value) else _constant(other)
        if right is None:
            return NotImplemented
        return _quotient(self, right)

    def __rtruediv__(self, other: Any) -> Any:
        left = _constant(other)
        if left is None:
            return NotImplemented
        return _quotient(left, self)

    def __pow__(self, other: Any) -> Any:
        right = other if isinstance(other, Value) else _constant(other)
        if right is None:
            return NotImplemented
        return _record(rules.power, [self, right])

    def __rpow__(self, other: Any) -> Any:
        left = _constant(other)
        if left is None:
            return NotImplemented
        return _record(rules.power, [left, self])

    def __neg__(self) -> Any:
        return _unary(rules.negative, self)

    def __floordiv__(self, other: Any) -> Any:
        right = other if isinstance(other, Value) else _constant(other)
        if right is None:
            return NotImplemented
        return _record(rules.floor_divide, [self, right])

    def __rfloordiv__(self, other: Any) -> Any:
        left = _constant(other)
        if left is None:
            return NotImplemented
        return _record(rules.floor_divide, [left, self])

    def __mod__(self, other: Any) -> Any:
        right = other if isinstance(other, Value) else _constant(other)
        if right is None:
            return NotImplemented
        return _record(rules.remainder, [self, right])

    def __rmod__(self, other: Any) -> Any:
        left = _constant(other)
        if left is None:
            return NotImplemented
        return _record(rules.remainder, [left, self])

    # Comparisons, by value
    # ---------------------

    def __eq__(self, other: object) -> Any:
        if MODE.paused != 0:
            recorder = MODE.recorder()
            if recorder is not None:
                return recorder.symbol(self) == other
        right = _comparable(other)
        return NotImplemented if right is None else self.data == right

    def __lt__(self, other: Any) -> Any:
        if MODE.paused != 0:
            recorder = MODE.recorder()
            if recorder is not None:
                return recorder.symbol(self) < other
        right = _comparable(other)
        return NotImplemented if right is None else self.data < right

    def __le__(self, other: Any) -> Any:
        if MODE.paused != 0:
            recorder = MODE.recorder()
            if recorder is not None:
                return recorder.symbol(self) <= other
        right = _comparable(other)
        return NotImplemented if right is None else self.data <= right

    def __gt__(self, other: Any) -> Any:
        if MODE.paused != 0:
            recorder = MODE.recorder()
            if recorder is not None:
                return recorder.symbol(self) > other
        right = _comparable(other)
        return NotImplemented if right is None else self.data > right

    def __ge__(self, other: Any) -> Any:
        if MODE.paused != 0:
            recorder = MODE.recorder()
            if recorder is not None:
                return recorder.symbol(self) >= other
        right = _comparable(other)
        return NotImplemented if right is None else self.data >= right

    def __hash__(self) -> int:
        return id(self)

    # Conversions
    # -----------

    def __float__(self) -> float:
        if MODE.paused != 0:
            recorder = MODE.recorder()
            if recorder is not None:
                return float(recorder.symbol(self))
        MODE.converting_thread = threading.get_ident()
        return self.data

    def __int__(self) -> int:
        if MODE.paused != 0:
            recorder = MODE.recorder()
            if recorder is not None:
                return int(recorder.symbol(self))
        return int(self.data)

    def __bool__(self) -> bool:
        if MODE.paused != 0:
            recorder = MODE.recorder()
            if recorder is not None:
                return bool(recorder.symbol(self))
        return self.data != 0.0

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        op = "" if self.rule is None else f", op={self.rule.symbol!r}"
        constant = "" if self.requires_grad else ", requires_grad=False"
        return f"Value(data={self.data!r}, grad={self.grad!r}{label}{op}{constant})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from autograd.draw import mimebundle

        return mimebundle(self)

    # Copies: see copying.py
    # ----------------------

    def __copy__(self) -> Value:
        from autograd.copying import copy

        return copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        from autograd.copying import deepcopy

        return deepcopy(self, memo)

    def __reduce_ex__(self, protocol: Any) -> tuple[Callable[..., Value], tuple[Any, ...]]:
        from autograd.copying import reduce

        return reduce(self)


def number(x: Any) -> float:
    """Return ``x`` as a float.

    Raises:
        TypeError: ``x`` is a string, None, complex, an array of other than one element, or
            anything else that is not one real number.
    """
    if type(x) is float:
        return x
    if isinstance(x, numbers.Complex) and not isinstance(x, numbers.Real):
        raise TypeError(f"one real number is wanted, not the complex {x!r}")
    if getattr(x, "ndim", None):
        if x.size != 1:
            raise TypeError(
                f"one real number is wanted, not an array of shape {x.shape}; "
                "make an array of Values with np.vectorize(Value, otypes=[object])(array)"
            )
        return number(x.item())
    if not _has_float(x):
        raise TypeError(f"one real number is wanted, not {x!r} of type {type(x).__name__}")
    return float(x)


def _has_float(x: Any) -> bool:
    # NumPy's text and time scalars have the method too, but are no numbers.
    return hasattr(x, "__float__") and not isinstance(
        x, (str, bytes, np.datetime64, np.timedelta64)
    )


def _constant(x: Any) -> Value | None:
    """Return a plain number as a Value that needs no gradient, None if it is not a plain number."""
    if isinstance(x, float) or isinstance(x, int):  # noqa: SIM101 - mypyc is faster at two
        constant = Value(float(x), "", False)
    # Arrays are left to NumPy, which applies the operator to their elements.
    elif isinstance(x, Operand) or getattr(x, "ndim", None) or not _has_float(x):
        return None
    else:
        constant = Value(number(x), "", False)
    constant._mark = _LITERAL
    return constant


def _comparable(x: Any) -> float | None:
    if isinstance(x, Value):
        return x.data
    if isinstance(x, (float, int)):
        return float(x)
    if isinstance(x, Operand):  # of another kind, which knows what comparing means to it
        return None
    return None if getattr(x, "ndim", None) or not _has_float(x) else number(x)


def _binary(rule: Rule, data: float, left: Value, dleft: float, right: Value, dright: float) -> Any:
    """Return the node with these two parents; a constant if no gradient will be wanted."""
    if MODE.paused != 0:
        symbol = _on_tape(rule, [left, right])
        if symbol is not None:
            return symbol
    node = Value(_ZERO)
    node.data = data
    if (left.requires_grad or right.requires_grad) and (MODE.paused == 0 or is_recording()):
        node.rule = rule
        node._left = left
        node._right = right
        node._dleft = dleft
        node._dright = dright
    else:
        node.requires_grad = False
    return node


def _on_tape(rule: Rule, operands: list[Value]) -> Any:
    """The symbol of an operation in a function that is being compiled; None elsewhere."""
    recorder = MODE.recorder()
    if recorder is None:
        return None
    return recorder.apply(rule, tuple([x.data if x._mark == _LITERAL else x for x in operands]))


def _quotient(left: Value, right: Value) -> Any:
    if MODE.paused != 0:
        symbol = _on_tape(_DIVIDE, [left, right])
        if symbol is not None:
            return symbol
    if right.data == 0.0:
        error = ZeroDivisionError("division by zero")
        raise located(error, _DIVIDE, [left, right]) from None
    quotient = left.data / right.data
    return _binary(_DIVIDE, quotient, left, 1.0 / right.data, right, -quotient / right.data)


def _unary(rule: Rule, x: Value) -> Any:
    """Return the node of a rule of one operand."""
    if MODE.paused != 0:
        symbol = _on_tape(rule, [x])
        if symbol is not None:
            return symbol
    try:
        node = Value(rule.value(x.data))
        if x.requires_grad and (MODE.paused == 0 or is_recording()):
            node._dleft = float(rule.partials[0](node.data, x.data))
            node._left = x
            node.rule = rule
        else:
            node.requires_grad = False
    except (ArithmeticError, ValueError) as error:
        raise located(error, rule, [x]) from None
    return node


def _record(rule: Rule, parents: list[Value]) -> Any:
    """Return the node of a rule of any number of operands."""
    if MODE.paused != 0:
        symbol = _on_tape(rule, parents)
        if symbol is not None:
            return symbol
    xs = [parent.data for parent in parents]
    try:
        node = Value(rule.value(xs[0], xs[1]) if len(xs) == 2 else rule.value(*xs))
        wanted = False
        for parent in parents:
            wanted = wanted or parent.requires_grad
        if not wanted or not (MODE.paused == 0 or is_recording()):
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
    node._link(rule, parents, partials)
    return node


def _partials(rule: Rule, y: float, parents: list[Value], xs: list[float]) -> list[float]:
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
    parents: list[Value] = []
    for operand in (*ws, *xs) if bias is None else (*ws, *xs, bias):
        if not isinstance(operand, Value):
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
    node = Value(total)
    node.requires_grad = wanted and (MODE.paused == 0 or is_recording())
    if node.requires_grad:
        node._link(rules.dot, parents, left)
    return node


def located(error: Exception, rule: Rule, operands: list[Value]) -> Exception:
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
