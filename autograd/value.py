"""Value: one number, and the operation that it came from.

A node keeps its parents and, for each of them, the partial derivative of its own value with respect
to the parent's, computed when the node is made. That is all a backward sweep needs: it goes through
the graph from the result to the leaves, and to each parent's gradient adds the node's own times the
partial (``sweep.py``). The four arithmetic operators below show it: each makes a node of a number,
two parents and two partials. The derivatives of all other operations stand in ``rules.py``, and
``operation.py`` makes nodes of them.

Numbers that are not Values become parents with ``requires_grad=False``; the sweep passes them over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, final

from autograd import operation, rules
from autograd._mypyc import mypyc_attr
from autograd.number import number
from autograd.operand import Operand
from autograd.recording import MODE
from autograd.release import release
from autograd.rule import Rule

# Most graphs are made of these, so their partials are stated here a second time; the tests compare
# them with ``rules.py`` bit by bit.
_ADD: Final = rules.add
_SUBTRACT: Final = rules.subtract
_MULTIPLY: Final = rules.multiply


@final
class Operands:
    """Three or more parents and their partials."""

    __slots__ = ("parents", "partials")

    def __init__(self, parents: list[Value], partials: list[float]) -> None:
        self.parents = parents
        self.partials = partials


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

    def __init__(self, data: Any, label: str = "", requires_grad: bool = True) -> None:
        if label and not isinstance(label, str):
            raise TypeError(f"a label is a str, not {type(label).__name__}")
        self.data: float = data if type(data) is float else number(data)
        self.grad: float = 0.0
        self.label: str = label
        self.requires_grad: bool = requires_grad
        self.rule: Rule | None = None
        # One or two parents, by far the most common case, are kept in the node itself.
        self._left: Value | None = None
        self._right: Value | None = None
        self._dleft: float = 0.0
        self._dright: float = 0.0
        self._operands: Operands | None = None
        # What the traversals of ``sweep.py`` write on nodes that they have seen.
        self._mark: int = 0

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

    # Arithmetic
    # ----------
    # The operators are declared to return Any because mypyc takes no NotImplemented for a Value.

    def __add__(self, other: Any) -> Any:
        right = other if isinstance(other, Value) else operation.constant(other)
        if right is None:
            return NotImplemented
        return operation.binary(_ADD, self.data + right.data, self, 1.0, right, 1.0)

    def __sub__(self, other: Any) -> Any:
        right = other if isinstance(other, Value) else operation.constant(other)
        if right is None:
            return NotImplemented
        return operation.binary(_SUBTRACT, self.data - right.data, self, 1.0, right, -1.0)

    def __mul__(self, other: Any) -> Any:
        right = other if isinstance(other, Value) else operation.constant(other)
        if right is None:
            return NotImplemented
        product = self.data * right.data
        return operation.binary(_MULTIPLY, product, self, right.data, right, self.data)

    def __truediv__(self, other: Any) -> Any:
        right = other if isinstance(other, Value) else operation.constant(other)
        return NotImplemented if right is None else operation.quotient(self, right)

    # With a plain number on the left.

    def __radd__(self, other: Any) -> Any:
        left = operation.constant(other)
        return NotImplemented if left is None else left + self

    def __rsub__(self, other: Any) -> Any:
        left = operation.constant(other)
        return NotImplemented if left is None else left - self

    def __rmul__(self, other: Any) -> Any:
        left = operation.constant(other)
        return NotImplemented if left is None else left * self

    def __rtruediv__(self, other: Any) -> Any:
        left = operation.constant(other)
        return NotImplemented if left is None else operation.quotient(left, self)

    # All other operators, and methods such as ``tanh``, are in ``Operand``; they come here.

    def _operate(self, rule: Rule, operands: tuple[Any, Any]) -> Any:
        left, right = operands
        x = left if isinstance(left, Value) else operation.constant(left)
        y = right if isinstance(right, Value) else operation.constant(right)
        return NotImplemented if x is None or y is None else operation.record(rule, [x, y])

    def _apply(self, rule: Rule, operands: tuple[Any, ...]) -> Any:
        if len(operands) == 1 and not rule.variadic:
            return operation.unary(rule, self)
        return operation.apply(rule, operands)

    # Comparisons, by value
    # ---------------------

    def __eq__(self, other: object) -> Any:
        x, y = operation.comparands(self, other)
        return NotImplemented if y is None else x == y

    def __lt__(self, other: Any) -> Any:
        x, y = operation.comparands(self, other)
        return NotImplemented if y is None else x < y

    def __le__(self, other: Any) -> Any:
        x, y = operation.comparands(self, other)
        return NotImplemented if y is None else x <= y

    def __gt__(self, other: Any) -> Any:
        x, y = operation.comparands(self, other)
        return NotImplemented if y is None else x > y

    def __ge__(self, other: Any) -> Any:
        x, y = operation.comparands(self, other)
        return NotImplemented if y is None else x >= y

    def __hash__(self) -> int:
        return id(self)

    # Conversions and display
    # -----------------------

    def __float__(self) -> float:
        MODE.converting_thread = threading.get_ident()
        return float(operation.number_of(self))

    def __int__(self) -> int:
        return int(operation.number_of(self))

    def __bool__(self) -> bool:
        return bool(operation.number_of(self))

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

    # Copies, and the end
    # -------------------

    def __copy__(self) -> Value:
        from autograd.copying import copy

        return copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        from autograd.copying import deepcopy

        return deepcopy(self, memo)

    def __reduce_ex__(self, protocol: Any) -> tuple[Callable[..., Value], tuple[Any, ...]]:
        from autograd.copying import reduce

        return reduce(self)

    def __del__(self) -> None:
        """Let go of the parents without recursion, however long the chain (``release.py``).

        In compiled code only; ``autograd/__init__.py`` removes it where Python's own deallocation
        does as much.
        """
        try:
            if self.rule is None:
                return
        except AttributeError:  # what was passed to __init__ was refused
            return
        release(self)
