"""A user's own primitive: one declaration, then it is used like any that is built in."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.errors import GradcheckError
from autograd.functions import broadcast
from autograd.rule import TABLE, Interval, Rule

BUILT_IN = frozenset(TABLE)


def primitive(
    *,
    partials: Callable[..., Any] | Sequence[Callable[..., Any]],
    domain: tuple[float, float] | Sequence[tuple[float, float]] = (-math.inf, math.inf),
    name: str | None = None,
    source: str = "declared by the user",
    check: bool = False,
) -> Callable[[Callable[..., float]], Callable[..., Any]]:
    """Declare a primitive: decorate the function that computes its value from floats.

    >>> @primitive(partials=lambda y, x: 3.0 * x**2)
    ... def cube(x):
    ...     return x * x * x

    The result works on numbers, Values, sequences and arrays; it can be differentiated to any
    order, drawn and pickled (a process that loads the pickle must have made the declaration).

    Args:
        partials: for each operand a function ``(y, *operands)`` of the result and the operands
            that returns the partial derivative. Written with operators and ``autograd``'s
            functions, not those of ``math``, so that it can be differentiated itself. A function
            of any number of operands (``*xs``) has one that returns a list of all partials.
        domain: the open interval in which the operands may lie, or one for each operand; used by
            ``check``.
        name: its name in graphs and messages; the function's own by default.
        source: where the derivative is from.
        check: compare the partials, and the partials of those, with finite differences at points
            of the domain, and refuse the declaration if they disagree.

    Raises:
        TypeError: the number of partials or domains is not that of the operands.
        ValueError: ``name`` is that of a primitive which is built in.
        GradcheckError: the check failed; nothing is declared.
    """

    def declare(value: Callable[..., float]) -> Callable[..., Any]:
        rule = _rule(value, partials, domain, name or value.__name__, source)

        @functools.wraps(value)
        def function(*operands: Any) -> Any:
            return broadcast(rule, *operands)

        function.__name__ = function.__qualname__ = rule.name
        if check:
            _check(rule, function)
        TABLE[rule.name] = rule
        return function

    return declare


def _rule(value: Callable[..., float], partials: Any, domain: Any, name: str, source: str) -> Rule:
    if name in BUILT_IN:
        raise ValueError(f"there is a primitive {name!r} already; give yours another name")
    parameters = inspect.signature(value).parameters.values()
    variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    functions = (partials,) if callable(partials) else tuple(partials)
    if not variadic and len(functions) != len(parameters):
        raise TypeError(
            f"{name} has {len(parameters)} operands but {len(functions)} partials; one for each "
            "operand is wanted"
        )
    count = len(functions)
    intervals = (domain,) * count if np.ndim(domain) == 1 else tuple(domain)
    if len(intervals) != count:
        raise TypeError(f"{name} has {count} operands but {len(intervals)} domains")
    bounds = tuple(Interval(low, high) for low, high in intervals)
    return Rule(name, name, value, functions, variadic, bounds, source, None)


def _check(rule: Rule, function: Callable[..., Any]) -> None:
    from autograd.gradcheck import gradcheck, gradgradcheck

    rng = np.random.default_rng(0)
    domain = rule.domain * 3 if rule.variadic else rule.domain
    for _ in range(5):
        point = [sample(rng, interval) for interval in domain]
        for test, order in ((gradcheck, "first"), (gradgradcheck, "second")):
            report = test(function, *point, raise_exception=False)
            if not report:
                raise GradcheckError(
                    f"the primitive {rule.name!r} is refused: its {order} derivatives at {point} "
                    f"disagree with finite differences\n{report}"
                )


def sample(rng: np.random.Generator, interval: Interval) -> float:
    """Draw a point from the inside of an interval, within a few units of its finite ends."""
    low = interval.low if math.isfinite(interval.low) else min(interval.high, 0.0) - 3.0
    high = interval.high if math.isfinite(interval.high) else max(low, 0.0) + 3.0
    return float(low + (high - low) * rng.uniform(0.1, 0.9))
