"""The loop over samples: a function that adds up, or averages, what another gives for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from autograd.compiler.source.layout import elements_of
from autograd.compiler.source.tree import (
    Affine,
    Array,
    Assignment,
    Element,
    End,
    Expression,
    Loop,
    Number,
    Operation,
    Program,
    SampleCall,
    Statement,
)
from autograd.compiler.source.writer import Argument, Function
from autograd.structure import Block


def over_samples(
    f: Function, summary: str, reduce: Literal["sum", "mean"], batched: Sequence[bool]
) -> Function:
    """Return the function over samples.

    Args:
        f: the function of one sample; what it differentiates does not differ between samples.
        summary: one sentence on what the new function does.
        reduce: what is done with the samples' results.
        batched: for each argument whether it is an array with one entry for each sample; else it
            is the same for all.
    """
    arguments = [
        Argument(a.name, a.structure, _for_each_sample(a), True) if differs else a
        for a, differs in zip(f.arguments, batched)
    ]
    samples = Element(Array("samples", "argument"))
    total, one = Element(Array("total", "local")), Element(Array("value", "argument"))
    gradients = [
        (i, elements_of(f.arguments[i].structure, f"d_{f.arguments[i].name}", "gradient"))
        for i, _ in f.gradients
    ]
    inner = [
        (i, elements_of(f.arguments[i].structure, f"d_{f.arguments[i].name}_k", "argument"))
        for i, _ in f.gradients
    ]
    pairs = {total.array: one.array}
    for (_, sums), (_, terms) in zip(gradients, inner):
        pairs.update({a.array: b.array for a, b in zip(sums, terms)})
    numbers = iter(range(1, 1 + 3 * sum(len(array.shape) for array in pairs)))

    def each(value: Callable[[Element, Element], Expression]) -> list[Statement]:
        """An assignment to every sum, of what is made of it and the term."""
        statements: list[Statement] = []
        for sum_array, term_array in pairs.items():
            loops = [Loop(next(numbers), size) for size in sum_array.shape]
            index = tuple([Affine(0, ((loop.number, 1),)) for loop in loops])
            target = Element(sum_array, index)
            statement: Statement = Assignment(target, value(target, Element(term_array, index)))
            for loop in reversed(loops):
                loop.body.append(statement)
                statement = loop
            statements.append(statement)
        return statements

    call = SampleCall(samples.array, one.array, inner)
    body = each(lambda sums, term: Operation("add", (sums, term)))
    program: Program = [*each(lambda sums, term: Number(0.0)), Loop(0, 2, body, call)]
    if reduce == "mean":
        program += each(lambda sums, term: Operation("divide", (sums, samples)))
    program.append(End([], [total]))
    name = f"{reduce}_{f.name}"
    return Function(name, summary, program, arguments, f.captured, gradients, f.several, None)


def _for_each_sample(argument: Argument) -> list[Element]:
    """The argument as an array with one more dimension, of unknown size."""
    root = argument.structure.root
    assert isinstance(root, Block)
    shape = (0, *(root.shape or ()))
    array = Array(argument.name, "argument", shape, (None,) * len(shape))
    return [Element(array, (Affine(0),) * len(shape))]
