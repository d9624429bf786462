"""Functions of functions: grad, value_and_grad, jacobian, hessian, jvp, vjp, hvp.

Names, argument order and meaning are JAX's. Arguments that are differentiated may be floats, nested
lists, tuples and dicts of floats, and NumPy arrays; derivatives come back in the same structure, as
floats and float arrays. Inside the function the numbers are Values (arrays are object arrays of
Values), so it must use ``autograd``'s functions, or NumPy's on arrays, not those of ``math``.

Where the numbers passed in are Values themselves, or the function uses Values from outside that
require a gradient (a model's parameters, or the variable of an enclosing ``grad``), the derivatives
are Values too and can be differentiated further. That is how transforms nest, to any order. While
a function is recorded by ``compile``, numbers and derivatives are symbols.
"""

from __future__ import annotations

import functools
import operator
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.grad_mode import enable_grad
from autograd.number import number
from autograd.operand import Operand
from autograd.recording import MODE
from autograd.structure import Block, Structure, as_array, flatten
from autograd.sweep import pull_back, topological_order
from autograd.value import Value

# Recording a function
# --------------------


class _Recording:
    """One call of a function on Values made for it, and the graph that came of it.

    Attributes:
        recorder: what writes the tape, inside a function that is being compiled.
        variables: the Values that stand for the leaves of the differentiated arguments.
        structures: one structure for each of those arguments.
        outputs: the leaves of the result.
        output_structure: the structure of the result.
        order: the nodes between variables and outputs, parents before children.
        closed: whether the outputs depend on no other Values than the variables. If so, floats
            are enough for the sweeps.
    """

    def __init__(
        self, f: Callable[..., Any], args: Sequence[Any], kwargs: Any, argnums: Sequence[int]
    ) -> None:
        self.variables: list[Any] = []
        self.structures: list[Structure] = []
        arguments = list(args)
        flat = [flatten(args[i]) for i in argnums]
        self.recorder = _recorder_of(x for leaves, _ in flat for x in leaves) or MODE.recorder()
        for i, (leaves, structure) in zip(argnums, flat, strict=True):
            paths = structure.paths(f"argument {i}")
            variables = [self._variable(x, path) for x, path in zip(leaves, paths, strict=True)]
            arguments[i] = structure.unflatten(variables)
            self.variables += variables
            self.structures.append(structure)
        MODE.converting_thread = 0
        with enable_grad():
            result = f(*arguments, **kwargs)
        leaves, self.output_structure = flatten(result)
        self.outputs = [self._output(x, f) for x in leaves]
        self.order: list[Value] = []
        self.closed = False
        if self.recorder is not None:
            return
        self.order = topological_order(*self.outputs, constants=False, stops=self.variables)
        self.closed = all(variable.rule is None for variable in self.variables) and all(
            node.rule is not None or not node.requires_grad for node in self.order
        )

    def _variable(self, x: Any, path: str) -> Any:
        if self.recorder is None:
            return _variable(x, path)
        from autograd.compiler import nested

        return nested.variable(self.recorder, x)

    def _output(self, x: Any, f: Callable[..., Any]) -> Any:
        if self.recorder is None:
            return x if isinstance(x, Value) else _constant_output(x, f)
        from autograd.compiler import nested

        return nested.output(self.recorder, x)

    def split(self, leaves: list[Any]) -> list[Any]:
        """Return one nest for each differentiated argument from a leaf for each variable."""
        nests = []
        for structure in self.structures:
            nests.append(structure.unflatten(leaves[: structure.size]))
            leaves = leaves[structure.size :]
        return nests

    def result(self) -> Any:
        """Return what the function returned: numbers, or Values if it depends on other Values."""
        outputs = [x.data for x in self.outputs] if self.closed else self.outputs
        return self.output_structure.unflatten(list(outputs))

    def scalar_output(self, what: str) -> Any:
        """Return the result, which must be one number.

        Raises:
            TypeError: it is not; the message says to whom it is of no use: ``what``.
        """
        root = self.output_structure.root
        if not isinstance(root, Block) or root.shape is not None:
            raise TypeError(
                f"{what} wants a function that returns one number, but it returned {root!r}; "
                "sum it up, or use jacobian"
            )
        return self.outputs[0]


def _recorder_of(xs: Iterable[Any]) -> Any:
    """What records the first symbol among some numbers, if there is one."""
    for x in xs:
        if isinstance(x, Operand) and not isinstance(x, Value):
            return x.recorder  # type: ignore[attr-defined]
    return None


def _variable(x: Any, path: str) -> Value:
    """Return a Value to differentiate with respect to: linked to ``x`` if that is one itself."""
    if isinstance(x, Value):
        linked = +x
        return linked if linked.requires_grad else Value(x.data, x.label)
    try:
        return Value(number(x))
    except TypeError as error:
        raise TypeError(f"{path} cannot be differentiated: {error}") from None


def _constant_output(output: Any, f: Callable[..., Any]) -> Value:
    """Return a plain number from ``f`` as a constant: its derivative is zero."""
    name = getattr(f, "__name__", "the function")
    if MODE.converting_thread == threading.get_ident():
        raise TypeError(
            f"{name} returned a plain number after turning a Value into a float, so its derivative "
            "is lost; use the functions of autograd (autograd.sin, not math.sin) and no float()"
        )
    try:
        return Value(number(output), "", False)
    except TypeError as error:
        raise TypeError(f"{name} should return numbers: {error}") from None


# Sweeps over a recording
# -----------------------


def _gradients(recording: _Recording, seeds: dict[Any, Any]) -> list[Any]:
    """Return Σ seed · ∂output/∂variable for each variable, over the outputs that have a seed."""
    if recording.recorder is not None:
        from autograd.compiler import nested

        return list(nested.gradients(recording.recorder, seeds, recording.variables))
    outputs, variables = list(seeds), recording.variables
    order = recording.order
    if len(recording.outputs) > 1:
        order = topological_order(*outputs, constants=False, stops=variables)
    if not recording.closed or any(isinstance(seed, Operand) for seed in seeds.values()):
        return _gradients_as_values(order, seeds, variables)
    for node in (*order, *variables):
        node.grad = 0.0
    for output, seed in seeds.items():
        if output.requires_grad:
            output.grad = seed
    pull_back(order)
    return [variable.grad for variable in variables]


def _gradients_as_values(
    order: Sequence[Value], seeds: dict[Value, Any], variables: Sequence[Value]
) -> list[Any]:
    """As ``_gradients``, with the partials computed again from ``rules.py`` on the nodes."""
    contributions: dict[Value, list[Any]] = {output: [seed] for output, seed in seeds.items()}
    for node in reversed(order):
        if node not in contributions or node.rule is None:
            continue
        adjoint = _total(contributions.pop(node))
        for parent, partial in _partials(node):
            contributions.setdefault(parent, []).append(_product(adjoint, partial))
    return [_as_value(_total(contributions.get(variable, []))) for variable in variables]


def _partials(node: Value) -> list[tuple[Value, Any]]:
    """Return the parents that require a gradient, with their partials as expressions of Values."""
    rule, parents = node.rule, node.parents
    assert rule is not None
    MODE.converting_thread = 0
    if rule.variadic:
        every = zip(parents, rule.all_partials(node, parents), strict=True)
        pairs = [(parent, partial) for parent, partial in every if parent.requires_grad]
    else:
        pairs = [
            (parent, partial(node, *parents))
            for parent, partial in zip(parents, rule.partials, strict=True)
            if parent.requires_grad
        ]
    if MODE.converting_thread == threading.get_ident():
        raise TypeError(
            f"the partials of {rule.name} turn a Value into a float, so that they cannot be "
            "differentiated; write them with the functions of autograd, not those of math"
        )
    return pairs


def _product(adjoint: Any, partial: Any) -> Any:
    """Return adjoint · partial, without a node for a factor of one."""
    if type(partial) is float and partial == 1.0:
        return adjoint
    return partial if type(adjoint) is float and adjoint == 1.0 else adjoint * partial


def _total(terms: list[Any]) -> Any:
    return functools.reduce(operator.add, terms) if terms else 0.0


def _as_value(x: Any) -> Any:
    return x if isinstance(x, Operand) else Value(x, "", False)


def _tangents(recording: _Recording, seeds: list[Any]) -> list[Any]:
    """Return Σ ∂output/∂variable · seed for each output, by a sweep forward."""
    if recording.recorder is not None:
        from autograd.compiler import nested

        variables, outputs = recording.variables, recording.outputs
        return list(nested.tangents(recording.recorder, outputs, variables, seeds))
    as_values = not recording.closed or any(isinstance(seed, Operand) for seed in seeds)
    tangents: dict[Value, Any] = dict(zip(recording.variables, seeds, strict=True))
    for node in recording.order:
        if as_values and node.rule is not None:
            pairs = _partials(node)
        else:
            pairs = list(zip(node.parents, node.partials, strict=True))
        terms = [_product(tangents[x], partial) for x, partial in pairs if x in tangents]
        if terms:
            tangents[node] = _total(terms)
    totals = [tangents.get(output, 0.0) for output in recording.outputs]
    return [_as_value(x) for x in totals] if as_values else totals


# The transforms
# --------------


def checked_argnums(argnums: Any, args: Sequence[Any]) -> list[int]:
    """Return the positions that ``argnums`` chooses, none of them negative.

    Raises:
        TypeError: ``argnums`` is not an int or a tuple or list of ints.
        ValueError: there are not so many arguments, or one is chosen twice.
    """
    chosen = argnums if isinstance(argnums, (tuple, list)) else (argnums,)
    for i in chosen:
        if not isinstance(i, int) or isinstance(i, bool):
            raise TypeError(f"argnums should be an int or a tuple of ints, not {argnums!r}")
        if not -len(args) <= i < len(args):
            raise ValueError(
                f"argnums={argnums!r} wants at least {i + 1 if i >= 0 else -i} positional "
                f"arguments, but {len(args)} were given"
            )
    positions = [i % len(args) for i in chosen]
    for i in positions:
        if positions.count(i) > 1:
            raise ValueError(f"argnums={argnums!r} names argument {i} twice; once is enough")
    return positions


def _unpacked(nests: list[Any], argnums: Any) -> Any:
    return tuple(nests) if isinstance(argnums, (tuple, list)) else nests[0]


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0
) -> Callable[..., tuple[Any, Any]]:
    """Return a function that gives ``f``'s value and its gradient.

    Args:
        f: a function that returns one number.
        argnums: which positional argument to differentiate, or a tuple of several.

    Returns:
        A function of the same arguments that returns ``(value, gradient)``; the gradient has the
        structure of the argument, or is a tuple of such for several.

    Raises:
        TypeError: (when called) ``f`` returns something else than one number, or a number that was
            computed outside ``autograd``; a differentiated argument is not made of real numbers.
        ValueError: (when called) there are not as many arguments as ``argnums`` asks for.
    """

    @functools.wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        recording = _Recording(f, args, kwargs, checked_argnums(argnums, args))
        output = recording.scalar_output("grad")
        gradients = _gradients(recording, {output: 1.0})
        return recording.result(), _unpacked(recording.split(gradients), argnums)

    return value_and_gradient


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return a function that gives the gradient of ``f``; see ``value_and_grad``.

    >>> grad(lambda x: x * x)(3.0)
    6.0
    """
    value_and_gradient = value_and_grad(f, argnums)

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return value_and_gradient(*args, **kwargs)[1]

    return gradient


def elementwise_grad(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """Return a function that gives the derivative of ``f`` at each element of an argument.

    ``f`` is called with one number at a time, so ``elementwise_grad(tanh)(np.linspace(-3, 3))``
    is what a plot of a derivative needs. Lists, tuples and dicts work too; the result has the
    structure of the argument.
    """
    derivative = grad(f, argnum)

    @functools.wraps(f)
    def derivatives(*args: Any, **kwargs: Any) -> Any:
        (i,) = checked_argnums(argnum, args)
        leaves, structure = flatten(args[i])
        results = [derivative(*args[:i], x, *args[i + 1 :], **kwargs) for x in leaves]
        return structure.unflatten(results)

    return derivatives


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return a function that gives all derivatives of all of ``f``'s results.

    ``f`` runs once; then there is one backward sweep for each of its m results.

    Returns:
        A function that returns, in the structure of ``f``'s result, for each number or array in it
        the structure of the argument. An array result of shape s and an array argument of shape t
        give an array of shape s + t; JAX's ``jacrev`` does the same. For several ``argnums``, each
        number or array of the result has a tuple.

    Raises:
        TypeError, ValueError: as ``value_and_grad``.
    """

    @functools.wraps(f)
    def derivatives(*args: Any, **kwargs: Any) -> Any:
        recording = _Recording(f, args, kwargs, checked_argnums(argnums, args))
        rows = [_gradients(recording, {output: 1.0}) for output in recording.outputs]

        def of_result(result: Block) -> Any:
            nests, offset = [], 0
            for structure in recording.structures:
                nests.append(structure.build(functools.partial(_minor, rows, result, offset)))
                offset += structure.size
            return _unpacked(nests, argnums)

        return recording.output_structure.build(of_result)

    return derivatives


def _minor(rows: list[list[Any]], result: Block, offset: int, argument: Block) -> Any:
    """Return the rows of one block of the result, in the columns of one block of the argument."""
    columns = slice(offset + argument.start, offset + argument.stop)
    entries = [x for row in rows[result.start : result.stop] for x in row[columns]]
    if result.shape is None and argument.shape is None:
        return entries[0]
    return as_array(entries, (result.shape or ()) + (argument.shape or ()))


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return a function that gives the second derivatives of ``f``: the jacobian of its gradient.

    For an array of shape t the result has shape t + t. Raises what ``value_and_grad`` raises.
    """
    return jacobian(grad(f, argnums), argnums)


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return ``f(*primals)`` and its derivative in the direction ``tangents``.

    Args:
        f: a function of any result.
        primals: its arguments; a tuple or list.
        tangents: as many, of the same structures.

    Raises:
        TypeError: ``primals`` or ``tangents`` is not a tuple or list.
        ValueError: the structures of primals and tangents differ.
    """
    recording = _recording_of_all(f, primals)
    seeds = _seeds(recording, primals, tangents)
    directional = _tangents(recording, seeds)
    return recording.result(), recording.output_structure.unflatten(directional)


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return ``f(*primals)`` and its pullback.

    The pullback takes a cotangent of the structure of the result (ValueError if it is not) and
    returns a tuple with, for each primal, Σ cotangent · ∂result/∂primal. It can be called again.
    """
    recording = _recording_of_all(f, primals)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        cotangents = recording.output_structure.leaves_of(cotangent, "the cotangent")
        seeds: dict[Any, Any] = {}
        for output, x in zip(recording.outputs, cotangents, strict=True):
            seed = x if isinstance(x, Operand) else number(x)
            seeds[output] = seeds[output] + seed if output in seeds else seed
        return tuple(recording.split(_gradients(recording, seeds)))

    return recording.result(), pullback


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    """Return the product of the Hessian of ``f`` at ``primals`` with the vector ``tangents``.

    Forward over reverse: about the cost of a few gradients, whatever the number of variables
    (Pearlmutter 1994, "Fast exact multiplication by the Hessian").

    Returns:
        A tuple with one entry for each primal, in its structure.

    Raises:
        TypeError, ValueError: as ``grad`` and ``jvp``.
    """
    gradient = grad(f, tuple(range(len(primals))))
    product: tuple[Any, ...] = jvp(gradient, primals, tangents)[1]
    return product


def _recording_of_all(f: Callable[..., Any], primals: Sequence[Any]) -> _Recording:
    _check_sequence(primals, "primals")
    return _Recording(f, primals, {}, range(len(primals)))


def _check_sequence(xs: Any, what: str) -> None:
    if not isinstance(xs, (tuple, list)):
        raise TypeError(f"{what} should be a tuple with one entry for each argument, not {xs!r}")


def _seeds(recording: _Recording, primals: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
    _check_sequence(tangents, "tangents")
    if len(tangents) != len(primals):
        raise ValueError(f"{len(tangents)} tangents for {len(primals)} primals")
    seeds: list[Any] = []
    for i, (structure, tangent) in enumerate(zip(recording.structures, tangents, strict=True)):
        seeds += structure.leaves_of(tangent, f"tangent {i}")
    return [x if isinstance(x, Operand) else number(x) for x in seeds]
