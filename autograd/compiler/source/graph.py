"""Source that computes every node of a graph of Values again, from other numbers in the leaves."""

from __future__ import annotations

from autograd.compiler.source.generate import program, writer_of
from autograd.compiler.source.layout import elements_of
from autograd.compiler.source.local_names import LocalName
from autograd.compiler.source.origin import NamingRecorder, Origin
from autograd.compiler.source.reverse import reverse_sweep
from autograd.compiler.source.stretches import Output, Way
from autograd.compiler.source.writer import Argument, Function
from autograd.compiler.symbol import Symbol
from autograd.structure import Block, Container, Structure
from autograd.sweep import topological_order
from autograd.value import Value


def source_of_graph(
    language: str, *outputs: Value, name: str = "recompute", partials: bool = False
) -> str:
    """Return source of a function that computes all nodes of a graph, and all their gradients.

    The function takes the numbers of the leaves, constants among them, and returns a dict (in
    JavaScript an object, in C two arrays) of ``values`` and ``gradients``, one of each for every
    node. The order of the nodes, and of the leaves among them, is that of
    ``autograd.sweep.topological_order(*outputs)``. Gradients are of the sum of the outputs, which
    is the output itself if there is one; those of what requires none are zero.

    >>> from autograd import Value
    >>> from autograd.compiler.source import source_of_graph
    >>> w, x = Value(3.0, "w"), Value(2.0, "x")
    >>> print(source_of_graph("javascript", w * x))
    // All nodes of a graph, and the derivatives of its output with respect to each.
    ...
    function recompute(leaves) {
    ...

    Args:
        language: ``"c"``, ``"python"`` or ``"javascript"``.
        *outputs: the last nodes of the graph.
        name: of the function.
        partials: whether to return ``partials``, too: for every operand of every node, in order,
            the partial derivative of the node; zero where the operand requires no gradient.

    Raises:
        ValueError: there is no such language.
        TypeError: there are no outputs.
        RecordingError: a primitive of the user's own has to know numbers to compute its value.
    """
    writer = writer_of(language)
    if not outputs:
        raise TypeError("source_of_graph wants at least one Value")
    order = topological_order(*outputs)
    recorder = NamingRecorder()
    tape = recorder.tape
    nodes: dict[Value, int] = {}
    for number, value in enumerate(order):
        if value.rule is None:
            nodes[value] = tape.input(value.label or f"leaf_{number}")
            continue
        origin = Origin(value.label, 0)
        origin.rule = value.rule
        origin.local = LocalName(value.label, True) if value.label else None
        origin.site = number
        operands = tuple([nodes[parent] for parent in value.parents])
        nodes[value] = tape.append(value.rule, operands, origin)
    variables = [nodes[value] for value in order if value.requires_grad]
    last = [nodes[output] for output in outputs]
    derivatives = reverse_sweep(recorder, last, variables, lambda node: node)
    gradients = dict.fromkeys(nodes.values(), tape.constant(0.0))
    gradients.update(zip(variables, derivatives, strict=True))
    flat = Structure(Block(0, (len(tape.inputs),)), len(tape.inputs))
    leaves = Argument("leaves", flat, elements_of(flat, "leaves", "argument"))
    wanted_by_name = {"values": list(gradients), "gradients": list(gradients.values())}
    if partials:
        wanted_by_name["partials"] = [
            node for value in order for node in _partials(recorder, value, nodes)
        ]
    blocks: list[Block | Container] = []
    size = 0
    for several in wanted_by_name.values():
        blocks.append(Block(size, (len(several),)))
        size += len(several)
    structure = Structure(Container(dict, tuple(wanted_by_name), blocks), size)
    places = elements_of(structure, "result", "result")
    every = [node for several in wanted_by_name.values() for node in several]
    wanted = [
        Output(node, to, number < len(order))
        for number, (node, to) in enumerate(zip(every, places, strict=True))
    ]
    found = program(tape, leaves.elements, Way([], wanted))
    result = structure, places
    summary = "All nodes of a graph, and the derivatives of its output with respect to each."
    return writer(Function(name, summary, found, [leaves], [], [], False, result)).source()


def _partials(recorder: NamingRecorder, value: Value, nodes: dict[Value, int]) -> list[int]:
    """Append the partials of one node to the tape, and return their nodes."""
    if value.rule is None:
        return []
    recorder.place = recorder.tape.places[nodes[value]]
    operands = tuple([Symbol(recorder, nodes[parent]) for parent in value.parents])
    found = value.rule.all_partials(Symbol(recorder, nodes[value]), operands)
    recorder.place = None
    return [
        recorder.node_of(partial if value.requires_grad and parent.requires_grad else 0.0)
        for parent, partial in zip(value.parents, found, strict=True)
    ]
