"""Variables for parts of arguments: what the user's source calls them when it works on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd.compiler.source.tree import (
    Array,
    Assignment,
    Element,
    Program,
    Statement,
    all_elements,
    with_elements,
)


def with_aliases(program: Program, inputs: Sequence[Element], names: Mapping[int, str]) -> Program:
    """Return the program with variables for some inputs, which are assigned first.

    Only what no loop runs over gets one, under a name that nothing else has.

    Args:
        program: the program.
        inputs: where each input is.
        names: what inputs are called, by their numbers.
    """
    used: set[Element] = set()
    looped: set[Array] = set()
    taken: set[str] = set()
    for element in all_elements(program):
        used.add(element)
        if any(index.steps for index in element.index):
            looped.add(element.array)
        if element.array.role == "local":
            taken.add(element.array.name)
    variables: dict[Element, Element] = {}
    for number, name in names.items():
        element = inputs[number]
        is_part = bool(element.array.path)
        if is_part and element in used and element.array not in looped and name not in taken:
            variables[element] = Element(Array(name, "local"))
    first: list[Statement] = [Assignment(to, element) for element, to in variables.items()]
    return first + with_elements(program, lambda element: variables.get(element, element))
