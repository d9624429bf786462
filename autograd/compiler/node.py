"""A compiled function called with Values: one node of the graph, whatever is inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.operand import Operand
from autograd.recording import MODE
from autograd.rule import REAL, Rule
from autograd.structure import Structure, flatten
from autograd.transforms import grad
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.compiler.compile import Compiled


def node_of(compiled: Compiled, f: Callable[..., Any], args: Sequence[Any]) -> Any:
    """Return the value of a compiled function at arguments with Values or symbols among them.

    Symbols are of an enclosing recording, of which the function becomes a part. With Values the
    result is a node whose partials are the compiled gradient; their own derivatives are those of
    the plain function.

    Raises:
        TypeError: the function runs over samples, and is called with symbols or not reduced.
    """
    call, operands = _call(compiled, args)
    if MODE.recorder() is not None or any(not isinstance(x, Value) for x in operands):
        if not compiled.runs_over_samples:
            return f(*args)
        raise TypeError(
            f"{call.name} runs over samples, so that it cannot be a part of another recorded "
            "function; call the function that it was compiled from"
        )
    if not compiled.gives_one_number(*call.with_operands([x.data for x in operands])):
        if not compiled.runs_over_samples:
            return f(*args)
        raise TypeError(
            f"{call.name} gives one result for each sample, or several; with Values it can be "
            'called if it gives one number: compile it with reduce="sum" or reduce="mean"'
        )
    return _rule(call)(*operands)


def _rule(call: _Call) -> Rule:
    value, partials = call.value, (call.partials,)
    rebuild = _rule, (call,)
    return Rule(call.name, call.name, value, partials, True, (REAL,), "compiled", None, rebuild)


def _call(compiled: Compiled, args: Sequence[Any]) -> tuple[_Call, list[Any]]:
    """The call with these arguments, and the Values and symbols among them."""
    every: list[Any] = []
    structures, argnums = [], []
    for i, arg in enumerate(args):
        leaves, structure = flatten(arg)
        if any(isinstance(x, Operand) for x in leaves):
            argnums.append(i)
        every += leaves
        structures.append(structure)
    places = [k for k, x in enumerate(every) if isinstance(x, Operand)]
    numbers = [0.0 if isinstance(x, Operand) else x for x in every]
    return _Call(compiled, numbers, structures, argnums, places), [every[k] for k in places]


class _Call(NamedTuple):
    """A call of which only the operands vary.

    Attributes:
        compiled: the function.
        leaves: the leaves of all arguments; zeros stand for the operands.
        structures: those of the arguments.
        argnums: which arguments have operands in them.
        places: where among the leaves the operands are.
    """

    compiled: Compiled
    leaves: list[Any]
    structures: list[Structure]
    argnums: list[int]
    places: list[int]

    @property
    def name(self) -> str:
        """What to call the function."""
        return getattr(self.compiled, "__name__", "compiled")

    def with_operands(self, xs: Sequence[Any]) -> list[Any]:
        """The arguments with these numbers or Values in the places of the operands."""
        leaves = list(self.leaves)
        for place, x in zip(self.places, xs, strict=True):
            leaves[place] = x
        args, start = [], 0
        for structure in self.structures:
            args.append(structure.unflatten(leaves[start : start + structure.size]))
            start += structure.size
        return args

    def value(self, *xs: float) -> float:
        """The function's value."""
        return float(self.compiled(*self.with_operands(xs)))

    def partials(self, y: Any, *xs: Any) -> list[Any]:
        """Its derivatives: compiled at numbers, the plain function's at Values."""
        args = self.with_operands(xs)
        if not any(isinstance(x, Operand) for x in xs):
            gradients = self.compiled.differentiating(tuple(self.argnums)).grad(*args)
        elif self.compiled.runs_over_samples:
            raise TypeError(
                f"{self.name} runs over samples: the derivatives of its derivatives are not known"
            )
        else:
            gradients = grad(self.compiled._f, tuple(self.argnums))(*args)
        found = dict(zip(self.argnums, gradients, strict=True))
        every: list[Any] = []
        for i, structure in enumerate(self.structures):
            every += flatten(found[i])[0] if i in found else [0.0] * structure.size
        return [every[place] for place in self.places]
