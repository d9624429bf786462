"""Lowering: sums, dot products and users' primitives become operations of one to three operands.

Until here a dot product is one node, whose derivative is best stated as one. From here on there are
only elementwise operations, as the emitters want them. Products that are only added to something
become ``fma``, and whole-number powers products.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Collection, Sequence
from typing import Any

from autograd import rules
from autograd.compiler.element import elements
from autograd.compiler.simplify import needed
from autograd.compiler.symbol import Recorder, Symbol
from autograd.compiler.tape import CONSTANT, INPUT, Tape
from autograd.primitive import BUILT_IN
from autograd.rule import TABLE, Rule

#: x y + z, rounded once or twice. Only here: what users write are the product and the sum.
FMA = Rule("fma", "fma", lambda x, y, z: x * y + z, (), False, (), "lowering", None)

#: The largest whole-number exponent that becomes products; each costs half an ulp.
_LARGEST_POWER = 8


def lower(tape: Tape, outputs: Sequence[int], exact: Sequence[int] = ()) -> tuple[Tape, list[int]]:
    """Return a tape of elementwise operations with the same outputs, and their nodes there.

    What was outlined counts as such.

    Args:
        tape: the operations.
        outputs: the nodes that are wanted.
        exact: those of them that must come out the same to the last bit whatever else is on the
            tape: nothing that they depend on is fused, for whether a product is depends on how
            often it is used.
    """
    twin: Sequence[int]
    wanted = needed(tape, outputs)
    stays = _STAYS.union(elements(tape.rules))
    superfluous = any(not w and rule is not INPUT for w, rule in zip(wanted, tape.rules))
    if stays.issuperset(tape.rules) and not superfluous:
        lowered, twin = tape, range(len(tape))
    else:
        lowered, twin = elementwise(tape, wanted, stays)
    kept = needed(lowered, [twin[node] for node in exact]) if exact else [False] * len(lowered)
    return _with_fma(lowered, [twin[node] for node in outputs], kept)


def elementwise(
    tape: Tape, wanted: Sequence[bool], also: Collection[Rule] = ()
) -> tuple[Tape, list[int]]:
    """A tape of elementwise operations, and for each node that is wanted the one in its place.

    Args:
        tape: the operations.
        wanted: for each node whether it is.
        also: rules that stay as they are.
    """
    recorder = Recorder()
    lowered = recorder.tape
    twin: list[int] = []
    for node, (rule, operands) in enumerate(zip(tape.rules, tape.operands)):
        if rule is INPUT:
            twin.append(lowered.input(tape.inputs[operands[0]]))
        elif not wanted[node]:
            twin.append(-1)
        elif rule is CONSTANT:
            twin.append(lowered.constant(tape.constants[operands[0]]))
        elif rule in _STAYS or rule in also:
            new = tuple(map(twin.__getitem__, operands))
            twin.append(lowered.append(rule, new, tape.places[node]))
        else:
            recorder.place = tape.places[node]
            result = _lowered(rule, [Symbol(recorder, twin[i]) for i in operands])
            twin.append(recorder.node_of(result))
    return lowered, twin


def _lowered(rule: Rule, xs: list[Symbol]) -> Any:
    """Apply a rule that is not itself elementwise by operations that are."""
    if rule.name not in BUILT_IN:
        return rule.value(*xs)
    return _power(*xs) if rule is rules.power else _VARIADIC[rule](xs)


def _power(x: Symbol, n: Symbol) -> Any:
    exponent = x.recorder.tape.constant_value(n.node)
    if exponent is None or not exponent.is_integer() or not 1 <= abs(exponent) <= _LARGEST_POWER:
        return rules.power(x, n)
    product = _integer_power(x, int(abs(exponent)))
    return product if exponent > 0 else 1.0 / product


def _integer_power(x: Any, n: int) -> Any:
    """Return xⁿ by repeated squaring."""
    if n == 1:
        return x
    half = _integer_power(x, n // 2)
    return half * half * x if n % 2 else half * half


def _fold(rule: Rule) -> Callable[[list[Any]], Any]:
    return lambda xs: functools.reduce(rule, xs)


def _dot(xs: list[Any]) -> Any:
    n = len(xs) // 2
    pairs = list(zip(xs[:n], xs[n : 2 * n]))
    # Starting from the bias, all terms are alike, which makes one loop of them.
    total = xs[-1] if len(xs) % 2 else rules.multiply(*pairs.pop(0))
    for w, x in pairs:
        total = FMA(w, x, total)
    return total


def _mean(xs: list[Any]) -> Any:
    return _SUM(xs) * (1.0 / len(xs))


def _variance(xs: list[Any]) -> Any:
    center = _mean(xs)
    deviations = [x - center for x in xs]
    total = deviations[0] * deviations[0]
    for d in deviations[1:]:
        total = FMA(d, d, total)
    return total * (1.0 / len(xs))


def _norm(xs: list[Any]) -> Any:
    return rules.absolute(xs[0]) if len(xs) == 1 else functools.reduce(rules.hypot, xs)


def _logsumexp(xs: list[Any]) -> Any:
    largest = functools.reduce(rules.maximum, xs)
    # An infinite shift would give inf - inf.
    shift = rules.where(rules.equal(rules.absolute(largest), math.inf), 0.0, largest)
    return shift + rules.log(_SUM([rules.exp(x - shift) for x in xs]))


_SUM = _fold(rules.add)
_VARIADIC: dict[Rule, Callable[[list[Any]], Any]] = {
    rules.sum_: _SUM,
    rules.mean: _mean,
    rules.prod: _fold(rules.multiply),
    rules.dot: _dot,
    rules.norm: _norm,
    rules.logsumexp: _logsumexp,
    rules.variance: _variance,
}


#: What is not touched.
_STAYS = {FMA, INPUT, CONSTANT} | {
    TABLE[name] for name in BUILT_IN if not TABLE[name].variadic and name != rules.power.name
}


def _with_fma(tape: Tape, outputs: Sequence[int], kept: Sequence[bool]) -> tuple[Tape, list[int]]:
    """Fuse each product that has one use, as a term of a sum that is not kept, into that sum."""
    absorbed = _absorbed(tape, outputs, kept)
    if not absorbed:
        return tape, list(outputs)
    products = set(absorbed.values())
    fused, twin = tape.part([node for node in range(len(tape)) if node not in products])
    for node, product in absorbed.items():
        x, y = tape.operands[node]
        factors = tape.operands[product]
        new = (*factors, x if y == product else y)
        fused.rules[twin[node]] = FMA
        fused.operands[twin[node]] = tuple([twin[i] for i in new])
    if tape.is_simplified:
        fused.mark_simplified()
    return fused, [twin[node] for node in outputs]


def _absorbed(tape: Tape, outputs: Sequence[int], kept: Sequence[bool]) -> dict[int, int]:
    """For each sum that becomes an ``fma`` the product that goes into it."""
    uses = [0] * len(tape)
    for rule, operands in zip(tape.rules, tape.operands):
        if rule is not INPUT and rule is not CONSTANT:
            for operand in operands:
                uses[operand] += 1
    for node in outputs:
        uses[node] += 1
    absorbed: dict[int, int] = {}
    for node, rule in enumerate(tape.rules):
        if rule is rules.add and not kept[node]:
            for term in reversed(tape.operands[node]):
                if uses[term] == 1 and tape.rules[term] is rules.multiply:
                    absorbed[node] = term
                    break
    return absorbed
