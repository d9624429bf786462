"""All passes from a function, or a tape, to source in some language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from autograd import rules
from autograd.compiler.lower import elementwise
from autograd.compiler.record import Recording
from autograd.compiler.simplify import needed, simplify
from autograd.compiler.source.aliases import with_aliases
from autograd.compiler.source.c import CWriter
from autograd.compiler.source.javascript import JavaScriptWriter
from autograd.compiler.source.layout import elements_of, elements_of_captured
from autograd.compiler.source.origin import NamingRecorder
from autograd.compiler.source.peeled import with_first_iterations
from autograd.compiler.source.python import PythonWriter
from autograd.compiler.source.reverse import FROM_ZERO, doubled, reverse_sweep
from autograd.compiler.source.rolled import split, tree_of
from autograd.compiler.source.samples import over_samples
from autograd.compiler.source.starts import Start, with_starts
from autograd.compiler.source.statements import Output, statements
from autograd.compiler.source.tidy import contracted
from autograd.compiler.source.tree import Element, Tree
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


def tree(tape: Tape, inputs: Sequence[Element], outputs: Sequence[Output]) -> Tree:
    """Return the readable program that computes the outputs of a tape.

    Args:
        tape: what was recorded, by a ``NamingRecorder``.
        inputs: for each input of the tape where it is.
        outputs: the nodes that are wanted.
    """
    nodes = [output.node for output in outputs]
    tape, nodes = simplify(tape, nodes)
    stays = {rule for rule in tape.rules if isinstance(rule, Start)} | {rules.power, FROM_ZERO}
    tape, twin = elementwise(tape, needed(tape, nodes), also=stays)
    tape, nodes = simplify(tape, [twin[node] for node in nodes])
    tape, nodes = simplify(*doubled(tape, nodes))
    wanted = [output._replace(node=node) for output, node in zip(outputs, nodes)]
    program = tree_of(statements(tape, inputs, wanted))
    return contracted(with_first_iterations(split(with_first_iterations(program))))


def source_of_function(
    language: str,
    f: Callable[..., Any],
    structures: Sequence[Structure],
    names: Sequence[str],
    argnums: Sequence[int],
    several: bool,
    samples: Samples | None = None,
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

    Raises:
        ValueError: there is no such language.
        RecordingError, TypeError: the function cannot be recorded.
    """
    writer = writer_of(language)
    recorder = NamingRecorder()
    recording = Recording(f, structures, names, recorder=recorder)
    with_starts(recording, recorder)
    arguments = [
        Argument(name, structure, elements_of(structure, name, "argument"))
        for name, structure in zip(names, structures)
    ]
    labels = [recorder.tape.inputs[node_input] for node_input in _captured_inputs(recorder)]
    captured = elements_of_captured(labels)
    inputs = _in_order_of_inputs(recorder, recording, arguments, captured)
    outputs: list[Output] = []
    gradients: list[tuple[int, list[Element]]] = []
    result = None
    tape = recorder.tape
    if is_number(recording.structure.root):
        variables = [node for i in argnums for node in recording.arguments[i]]
        derivatives = reverse_sweep(
            recorder,
            recording.outputs,
            variables,
            lambda node: id(inputs[tape.operands[node][0]].array),
        )
        for i in argnums:
            elements = elements_of(structures[i], f"d_{names[i]}", "gradient")
            gradients.append((i, elements))
        places = [element for _, elements in gradients for element in elements]
        outputs.append(Output(recording.outputs[0], None, True))
        outputs += [Output(node, to, False) for node, to in zip(derivatives, places, strict=True)]
    else:
        elements = elements_of(recording.structure, "result", "result")
        result = recording.structure, elements
        outputs += [Output(node, to, True) for node, to in zip(recording.outputs, elements)]
    name = getattr(f, "__name__", "f")
    name = name if name.isidentifier() else "f"
    variables_named = [names[i] for i, _ in gradients]
    end = "." if samples is None else ", for one sample."
    function = Function(
        name=f"{name}_value_and_grad" if gradients else name,
        summary=_summary(f"the value of {name}", variables_named, end),
        tree=with_aliases(tree(tape, inputs, outputs), inputs, recorder.names_of_inputs()),
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
    recorder: NamingRecorder,
    recording: Recording,
    arguments: Sequence[Argument],
    captured: Sequence[Element],
) -> list[Element]:
    """For each input of the tape the element where it is found."""
    tape = recorder.tape
    found: dict[int, Element] = {}
    for nodes, argument in zip(recording.arguments, arguments):
        for node, element in zip(nodes, argument.elements, strict=True):
            found[tape.operands[node][0]] = element
    found.update(zip(_captured_inputs(recorder), captured))
    return [found[i] for i in range(len(tape.inputs))]
