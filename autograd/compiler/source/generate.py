"""All passes from a function, or a tape, to source in some language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from autograd import rules
from autograd.compiler.branches import TraceTree
from autograd.compiler.lower import elementwise
from autograd.compiler.simplify import needed, simplify
from autograd.compiler.source import ways
from autograd.compiler.source.aliases import with_aliases
from autograd.compiler.source.c import CWriter
from autograd.compiler.source.dimensions import with_dimensions
from autograd.compiler.source.javascript import JavaScriptWriter
from autograd.compiler.source.layout import elements_of, elements_of_captured
from autograd.compiler.source.origin import NamingRecorder
from autograd.compiler.source.peeled import with_first_iterations
from autograd.compiler.source.python import PythonWriter
from autograd.compiler.source.reverse import FROM_ZERO, doubled, reverse_sweep
from autograd.compiler.source.rolled import program_of, split
from autograd.compiler.source.samples import over_samples
from autograd.compiler.source.starts import is_start
from autograd.compiler.source.statements import statements
from autograd.compiler.source.stretches import Output, Way
from autograd.compiler.source.tidy import contracted, readable
from autograd.compiler.source.tree import Element, Program
from autograd.compiler.source.ways import Recorded, on_one_tape
from autograd.compiler.source.writer import Argument, Function, Writer, is_number
from autograd.compiler.tape import Tape
from autograd.structure import Block, Structure

WRITERS: dict[str, type[Writer]] = {
    "c": CWriter,
    "python": PythonWriter,
    "javascript": JavaScriptWriter,
}


LANGUAGES = tuple(WRITERS)


class Samples(NamedTuple):
    """How a function runs over samples.

    Attributes:
        axes: for each argument the axes of its arrays and numbers.
        reduce: what is done with the samples' results.
    """

    axes: Sequence[Sequence[int | None]]
    reduce: Literal["sum", "mean"] | None


def writer_of(language: str) -> type[Writer]:
    """What writes a language.

    Raises:
        ValueError: nothing does.
    """
    if language not in WRITERS:
        known = ", ".join(map(repr, LANGUAGES))
        raise ValueError(f"language should be one of {known}, not {language!r}")
    return WRITERS[language]


def program(tape: Tape, inputs: Sequence[Element], way: Way) -> Program:
    """Return the readable program that computes what is wanted of a tape.

    Args:
        tape: what was recorded, by a ``NamingRecorder``.
        inputs: for each input of the tape where it is.
        way: what is wanted, perhaps along several ways.
    """
    tape, way = on_one_tape(tape, way, _simple)
    found = with_first_iterations(program_of(statements(tape, inputs, way)))
    return readable(contracted(with_dimensions(with_first_iterations(split(found)))))


def _simple(tape: Tape, nodes: Sequence[int]) -> tuple[Tape, list[int]]:
    """A simplified tape of elementwise operations."""
    tape, nodes = simplify(tape, nodes)
    stays = {rule for rule in tape.rules if is_start(rule)} | {rules.power, FROM_ZERO}
    tape, twin = elementwise(tape, needed(tape, nodes), also=stays)
    tape, nodes = simplify(tape, [twin[node] for node in nodes])
    return simplify(*doubled(tape, nodes))


def source_of_function(
    language: str,
    f: Callable[..., Any],
    structures: Sequence[Structure],
    names: Sequence[str],
    argnums: Sequence[int],
    several: bool,
    samples: Samples | None = None,
    tree: TraceTree | None = None,
) -> str:
    """Return source of a function's value and, if that is one number, of its gradient.

    Args:
        language: ``"c"``, ``"python"`` or ``"javascript"``.
        f: the function.
        structures: of its arguments.
        names: of its arguments.
        argnums: the positions of those that are differentiated.
        several: whether the gradient is a tuple, also of one.
        samples: which arguments run over samples, if any do.
        tree: the ways through the function that were recorded, if it may have branches.

    Raises:
        ValueError: there is no such language.
        RecordingError, TypeError: the function cannot be recorded.
    """
    writer = writer_of(language)
    if tree is None:
        recorded = ways.recorded(f, structures, names)
    else:
        recorded = ways.recorded_again(f, tree, structures, names)
    recorder = recorded.recorder
    arguments = [
        Argument(name, structure, elements_of(structure, name, "argument"))
        for name, structure in zip(names, structures)
    ]
    labels = [recorder.tape.inputs[node_input] for node_input in _captured_inputs(recorder)]
    captured = elements_of_captured(labels)
    inputs = _in_order_of_inputs(recorded, arguments, captured)
    gradients: list[tuple[int, list[Element]]] = []
    result = None
    if is_number(recorded.structure.root):
        for i in argnums:
            elements = elements_of(structures[i], f"d_{names[i]}", "gradient")
            gradients.append((i, elements))
        _want_gradients(recorded, argnums, gradients, inputs)
    else:
        elements = elements_of(recorded.structure, "result", "result")
        result = recorded.structure, elements
        for way, nodes in recorded.results.items():
            way.outputs += [Output(node, to, True) for node, to in zip(nodes, elements)]
    name = getattr(f, "__name__", "f")
    name = name if name.isidentifier() else "f"
    variables_named = [names[i] for i, _ in gradients]
    end = "." if samples is None else ", for one sample."
    function = Function(
        name=f"{name}_value_and_grad" if gradients else name,
        summary=_summary(f"the value of {name}", variables_named, end),
        program=with_aliases(
            program(recorder.tape, inputs, recorded.way), inputs, recorder.names_of_inputs()
        ),
        arguments=arguments,
        captured=[(e, value.data) for e, value in zip(captured, recorder.captured)],
        gradients=gradients,
        several=several,
        result=result,
    )
    if samples is not None and samples.reduce is not None and _can_loop(function, samples):
        summary = _summary(f"the {samples.reduce} of {name} over samples", variables_named)
        batched = [any(axis is not None for axis in axes) for axes in samples.axes]
        function.also = over_samples(function, summary, samples.reduce, batched)
    return writer(function).source()


def _want_gradients(
    recorded: Recorded,
    argnums: Sequence[int],
    gradients: Sequence[tuple[int, list[Element]]],
    inputs: Sequence[Element],
) -> None:
    """Append the derivatives along each way, and say that they are wanted."""
    recorder = recorded.recorder
    tape = recorder.tape
    variables = [node for i in argnums for node in recorded.arguments[i]]
    places = [element for _, elements in gradients for element in elements]
    for way, nodes in recorded.results.items():
        derivatives = reverse_sweep(
            recorder, nodes, variables, lambda node: id(inputs[tape.operands[node][0]].array)
        )
        way.outputs.append(Output(nodes[0], None, True))
        way.outputs += [Output(n, to, False) for n, to in zip(derivatives, places, strict=True)]


def _can_loop(function: Function, samples: Samples) -> bool:
    """Whether what is differentiated is the same for all samples, and all else single arrays."""
    for i, (argument, axes) in enumerate(zip(function.arguments, samples.axes)):
        differs = any(axis is not None for axis in axes)
        differentiated = i in [position for position, _ in function.gradients]
        if differs and (differentiated or not isinstance(argument.structure.root, Block)):
            return False
    return bool(function.gradients)


def _summary(what: str, variables: Sequence[str], end: str = ".") -> str:
    """A sentence on a function that gives ``what`` and perhaps derivatives."""
    if variables:
        joined = [", ".join(variables[:-1]), variables[-1]] if len(variables) > 1 else variables
        what += f" and its derivatives with respect to {' and '.join(joined)}"
    return what[0].upper() + what[1:] + end


def _captured_inputs(recorder: NamingRecorder) -> list[int]:
    return [recorder.tape.operands[node][0] for node in recorder.captured.values()]


def _in_order_of_inputs(
    recorded: Recorded,
    arguments: Sequence[Argument],
    captured: Sequence[Element],
) -> list[Element]:
    """For each input of the tape the element where it is found."""
    tape = recorded.recorder.tape
    found: dict[int, Element] = {}
    for nodes, argument in zip(recorded.arguments, arguments):
        for node, element in zip(nodes, argument.elements, strict=True):
            found[tape.operands[node][0]] = element
    found.update(zip(_captured_inputs(recorded.recorder), captured))
    return [found[i] for i in range(len(tape.inputs))]
