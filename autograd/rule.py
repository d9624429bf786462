"""What a rule is, and the table of all rules; the rules themselves are in ``rules.py``."""

from __future__ import annotations

import contextlib
import importlib
import math
from collections.abc import Callable
from typing import Any, Final


class Interval:
    """A range; ``closed`` names the ends that belong to it: ``""``, ``"["``, ``"]"``, ``"[]"``."""

    def __init__(self, low: float, high: float, closed: str = "") -> None:
        self.low = low
        self.high = high
        self.closed = closed

    def __contains__(self, x: float) -> bool:
        above = self.low <= x if "[" in self.closed else self.low < x
        below = x <= self.high if "]" in self.closed else x < self.high
        return above and below

    def __repr__(self) -> str:
        left, right = ("[" if "[" in self.closed else "("), ("]" if "]" in self.closed else ")")
        return f"{left}{self.low:g}, {self.high:g}{right}"


REAL: Final = Interval(-math.inf, math.inf)
POSITIVE: Final = Interval(0.0, math.inf)
NON_NEGATIVE: Final = Interval(0.0, math.inf, "[")
UNIT: Final = Interval(-1.0, 1.0, "[]")
OPEN_UNIT: Final = Interval(-1.0, 1.0)


class Rule:
    """One primitive.

    Attributes:
        name: its name in the table, and the name users call it by.
        symbol: what pictures show, and what ``Value.op`` gives; the name unless it has a sign.
        value: computes the result from floats.
        partials: one function for each operand, ``(y, *operands) -> partial``; for a primitive of
            any number of operands, a single function that returns all partials as a list.
        variadic: whether it takes any number of operands.
        domain: where each operand may lie (one entry for all of a variadic primitive's).
        source: where the derivative is from.
        kink: zero where the derivative jumps and the partial is a convention; None if nowhere.
        rebuild: what pickle calls, and with what, where it cannot find the rule by its name.
    """

    def __init__(
        self,
        name: str,
        symbol: str,
        value: Callable[..., float],
        partials: tuple[Callable[..., Any], ...],
        variadic: bool,
        domain: tuple[Interval, ...],
        source: str,
        kink: Callable[..., float] | None,
        rebuild: tuple[Callable[..., Rule], tuple[Any, ...]] | None = None,
    ) -> None:
        self.name = name
        self.symbol = symbol
        self.value = value
        self.partials = partials
        self.variadic = variadic
        self.domain = domain
        self.source = source
        self.kink = kink
        self.rebuild = rebuild

    def __call__(self, *operands: Any) -> Any:
        """Apply the primitive: to floats directly, else as the first other operand does it."""
        for operand in operands:
            if not isinstance(operand, (float, int)):
                apply = getattr(operand, "_apply", None)
                if apply is not None:
                    return apply(self, operands)
        return self.value(*operands)

    def all_partials(self, y: Any, operands: tuple[Any, ...]) -> list[Any]:
        """The partial derivative with respect to each operand, in their order."""
        if self.variadic:
            return list(self.partials[0](y, *operands))
        return [partial(y, *operands) for partial in self.partials]

    def __repr__(self) -> str:
        return f"<rule {self.name}>"

    def __reduce__(self) -> tuple[Callable[..., Rule], tuple[Any, ...]]:
        if self.rebuild is not None:
            return self.rebuild
        return by_name, (self.name, getattr(self.value, "__module__", None))

    def __copy__(self) -> Rule:
        return self

    def __deepcopy__(self, memo: object) -> Rule:
        return self


TABLE: Final[dict[str, Rule]] = {}


def by_name(name: str, module: str | None = None) -> Rule:
    """The rule called ``name``.

    Args:
        name: a key of the table.
        module: what to import if there is no such rule yet: it may declare one.

    Raises:
        LookupError: no such primitive; a user's own must be declared before a pickle that contains
            it can be loaded.
    """
    if name not in TABLE and module is not None:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    if name not in TABLE:
        raise LookupError(
            f"no primitive is called {name!r}; if it is your own, import the module that declares "
            "it with autograd.primitive before loading this pickle"
        )
    return TABLE[name]


def rule(
    name: str,
    source: str,
    value: Callable[..., float],
    *partials: Callable[..., Any],
    domain: Interval | tuple[Interval, ...] = REAL,
    symbol: str | None = None,
    kink: Callable[..., float] | None = None,
    variadic: bool = False,
) -> Rule:
    """Enter a primitive into the table; one domain stands for all operands."""
    domains = domain if isinstance(domain, tuple) else (domain,) * len(partials)
    TABLE[name] = Rule(name, symbol or name, value, partials, variadic, domains, source, kink)
    return TABLE[name]
