"""What the writers of all languages have in common: names, statements, loops."""

from __future__ import annotations

import abc
import contextlib
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from autograd.compiler.source.counters import Count, count_of
from autograd.compiler.source.declarations import Declarations, declarations
from autograd.compiler.source.expressions import CHOICE, ExpressionWriter
from autograd.compiler.source.names import Names
from autograd.compiler.source.tidy import without_zeroing
from autograd.compiler.source.tree import (
    Array,
    Assignment,
    Element,
    End,
    If,
    Loop,
    Operation,
    Program,
    Refusal,
    Role,
    SampleCall,
    Statement,
    all_elements,
    assignments,
    flat,
    read_by,
)
from autograd.compiler.source.wrapping import WIDTH, wrapped
from autograd.structure import Block, Container, Structure

FORWARD = "Forward: the value, from the arguments to the result."
BACKWARD = "Backward: d_v is the derivative of the value with respect to v."


@dataclass
class Argument:
    """One argument of the function.

    Attributes:
        name: what the user calls it.
        structure: its nest.
        elements: an element for each of its leaves.
        each: whether there is one for each sample.
    """

    name: str
    structure: Structure
    elements: list[Element]
    each: bool = False


@dataclass
class Function:
    """What is written: a function that gives value and gradient.

    Attributes:
        name: what it should be called.
        summary: one sentence on what it does.
        program: what it does.
        arguments: its arguments.
        captured: the Values that it takes from outside, with the numbers they had.
        gradients: for each argument that is differentiated, its position and the derivatives.
        several: whether the gradient is a tuple of these.
        result: where the results belong, if that is not a single number and its derivatives.
        also: a function that calls this one.
    """

    name: str
    summary: str
    program: Program
    arguments: list[Argument]
    captured: list[tuple[Element, float]]
    gradients: list[tuple[int, list[Element]]]
    several: bool
    result: tuple[Structure, list[Element]] | None
    also: Function | None = None

    @property
    def call(self) -> SampleCall | None:
        """The call in the loop over samples, if it is such a function."""
        loops = [statement for statement in self.program if isinstance(statement, Loop)]
        return next((loop.call for loop in loops if loop.call is not None), None)

    @property
    def refuses(self) -> bool:
        """Whether there are ways through it that were not recorded."""
        return any(isinstance(statement, Refusal) for statement, _ in flat(self.program))

    @property
    def two_parts(self) -> bool:
        """Whether there are a forward and a backward part."""
        ends = [statement for statement, _ in flat(self.program) if isinstance(statement, End)]
        has_backward = bool(self.gradients) or any(end.body for end in ends)
        return has_backward and self.call is None


class Writer(ExpressionWriter):
    """Writes one function.

    Attributes:
        reserved: words that cannot be names.
        ascii_only: whether names have ASCII letters only.
        end: what ends a statement.
        own_numbers: roles of single numbers that are variables, not parameters.
        zeroed: roles of arrays that are zeros before the function writes to them.
    """

    reserved: ClassVar[frozenset[str]]
    ascii_only: ClassVar[bool]
    end: ClassVar[str] = ";"
    own_numbers: ClassVar[Sequence[Role]] = ()
    zeroed: ClassVar[Sequence[Role]] = ()

    def __init__(self, function: Function, called: str = "") -> None:
        """Prepare to write ``function``, which may call another named ``called``."""
        super().__init__()
        self.called = called
        self.function = function
        self.names = Names(self.reserved | set(self.prelude), self.ascii_only)
        self.program = without_zeroing(function.program, self.zeroed)
        self.declared: Declarations = declarations(self.program, self.own_numbers)
        self.tables: list[Array] = []
        self.gradients: list[str] = []
        self.result = ""
        self.name = self.names.new(function.name)
        if called:
            self.names.new(called)
        self.parameters: list[str] = []
        self.backward_parts = 0
        self.line = ""

    # What differs from language to language
    # --------------------------------------

    @abc.abstractmethod
    def source(self) -> str:
        """The whole source."""

    @abc.abstractmethod
    def loop_header(self, count: Count) -> str:
        """The line that starts a loop."""

    @abc.abstractmethod
    def sample_header(self, call: SampleCall, counter: str) -> list[str]:
        """The lines that start a loop over samples, and call the function for one of them."""

    @abc.abstractmethod
    def declaration(self, array: Array) -> str:
        """The line that declares a variable that gets its value later."""

    @abc.abstractmethod
    def declared_assignment(self, text: str, constant: bool) -> str:
        """An assignment that declares its target."""

    @abc.abstractmethod
    def comment(self, text: str) -> str:
        """A comment in a line of its own."""

    @abc.abstractmethod
    def if_header(self, condition: str) -> str:
        """The line that starts what is done if a condition holds."""

    @abc.abstractmethod
    def refusal(self, statement: Refusal) -> str:
        """What ends a way through the function that was never recorded."""

    @abc.abstractmethod
    def table(self, array: Array, values: Sequence[str]) -> str:
        """The statement that declares a table of constants."""

    # Zeros
    # -----

    @abc.abstractmethod
    def repeated(self, text: str, count: int) -> str:
        """An array of equal items."""

    @abc.abstractmethod
    def dictionary(self, keys: Sequence[object], texts: Sequence[str]) -> str:
        """A dict of items."""

    def zeros(self, node: Block | Container) -> str:
        """A nest of zeros."""
        if isinstance(node, Block):
            return self.filled(node.shape or ())
        texts = [self.zeros(child) for child in node.children]
        return self.dictionary(node.keys, texts) if issubclass(node.kind, dict) else self.row(texts)

    def filled(self, shape: Sequence[int]) -> str:
        """An array of zeros."""
        text = self.number(0.0)
        for size in reversed(shape):
            text = self.row([text] * size)
        return text

    def row(self, texts: Sequence[str]) -> str:
        """An array of items."""
        if len(texts) > 2 and len(set(texts)) == 1:
            return self.repeated(texts[0], len(texts))
        return f"[{', '.join(texts)}]"

    def zero_lines(self, gradient: bool, indent: str) -> list[str]:
        """The lines that make the gradient, or the results, zero."""
        lines: list[str] = []
        for identifier, root in self.nests(gradient):
            text = self.declared_assignment(f"{identifier} = {self.zeros(root)}", True)
            lines += self.wrapped(text + self.end, indent)
        return lines

    # Names
    # -----

    def name_parameters(self) -> list[str]:
        """Give names to the arguments and to the Values from outside; return them."""
        parameters = self.parameters
        for argument in self.function.arguments:
            parameters.append(self.names.new(argument.name))
            for element in argument.elements:
                self.identifiers[element.array] = parameters[-1]
        for element, _ in self.function.captured:
            if element.array not in self.identifiers:
                parameters.append(self.names.new(element.array.name))
                self.identifiers[element.array] = parameters[-1]
        return parameters

    def name_results(self) -> None:
        """Give names to what is returned, where that is not a single number."""
        f = self.function
        for position, elements in f.gradients:
            self.gradients.append(self.names.new(f"d_{f.arguments[position].name}"))
            self.identifiers.update({e.array: self.gradients[-1] for e in elements})
        if f.result is not None:
            self.result = self.names.new("result")
            self.identifiers.update({e.array: self.result for e in f.result[1]})

    def nests(self, gradient: bool) -> list[tuple[str, Block | Container]]:
        """The names and structures of results, but for single numbers."""
        f = self.function
        found: list[tuple[str, Block | Container]] = []
        if gradient:
            for (position, _), identifier in zip(f.gradients, self.gradients):
                found.append((identifier, f.arguments[position].structure.root))
        elif f.result is not None:
            found.append((self.result, f.result[0].root))
        return [(identifier, root) for identifier, root in found if not is_number(root)]

    def returned(self, end: End, brackets: str) -> str:
        """The value and, if there is one, the gradient."""
        f = self.function
        value = self.result if f.result is not None else self.expression(end.results[0])
        if not f.gradients:
            return value
        gradient = ", ".join(self.gradients)
        if f.several:
            comma = "," if brackets == "()" and len(self.gradients) == 1 else ""
            gradient = f"{brackets[0]}{gradient}{comma}{brackets[1]}"
        pair = f"{value}, {gradient}"
        return pair if brackets == "()" else f"[{pair}]"

    def name_local_arrays(self) -> None:
        """Give a name to whatever has none yet, in the order in which it occurs."""
        call = self.function.call
        if call is not None:
            self.identifiers[call.samples] = self.names.new(call.samples.name)
        # What a call for one sample gives is named there.
        later = [e.array for _, elements in call.gradients for e in elements] if call else []
        for element in all_elements(self.program):
            if element.array.role == "table" and element.array not in self.identifiers:
                self.identifiers[element.array] = self.names.new(element.array.name)
                self.tables.append(element.array)
        self._name_in(self.program, later)

    def _name_in(self, statements: Sequence[Statement], later: Sequence[Array]) -> None:
        """Name what some statements use; what only some ways use may be called alike."""
        for statement in statements:
            branch = isinstance(statement, (If, End))
            found = read_by(statement) if branch else all_elements([statement])
            with self.names.scope() if branch else contextlib.nullcontext():
                if isinstance(statement, (If, End)):
                    self._name_in(statement.body, later)
                for element in found:
                    array = element.array
                    if array not in self.identifiers and array not in later:
                        self.identifiers[array] = self.names.new(array.name)

    def notes(self) -> list[str]:
        """What the arguments are, one line for each array in them."""
        lines = []
        for argument in self.function.arguments:
            for array in dict.fromkeys([element.array for element in argument.elements]):
                what = _times(array.shape[1:] if argument.each else array.shape)
                what += " for each sample" if argument.each else ""
                lines.append(f"{self.label(array)}: {what}")
        for element, value in self.function.captured:
            array = element.array
            what = f"{_times(array.shape)}, Values from outside"
            if not array.shape:
                what = f"a Value from outside, {value!r} when this was written"
            lines.append(f"{self.label(array)}: {what}")
        return list(dict.fromkeys(lines))

    def summary(self) -> list[str]:
        """What the function does, in lines that leave room for the signs of a comment."""
        return textwrap.wrap(self.function.summary, WIDTH - 8, break_long_words=False)

    def label(self, array: Array) -> str:
        """How the source comes to an array; ``[]`` is for an index that is followed by a key."""
        keys = [self.part(array, key.key, key.in_dict) if key else "[]" for key in array.path]
        while keys and keys[-1] == "[]":
            keys.pop()
        return self.identifiers[array] + "".join(keys)

    def inner_gradients(self, call: SampleCall, brackets: str) -> str:
        """Names for the derivatives of one sample, as the function for one sample returns them."""
        names = []
        for _, elements in call.gradients:
            names.append(self.names.new(elements[0].array.name if elements else "nothing"))
            self.identifiers.update({element.array: names[-1] for element in elements})
        joined = ", ".join(names)
        if not self.function.several:
            return joined
        comma = "," if brackets == "()" and len(names) == 1 else ""
        return f"{brackets[0]}{joined}{comma}{brackets[1]}"

    def sample_arguments(self, counter: str) -> str:
        """The arguments for one sample."""
        each = [argument.each for argument in self.function.arguments]
        each += [False] * (len(self.parameters) - len(each))
        return ", ".join(f"{p}[{counter}]" if one else p for p, one in zip(self.parameters, each))

    def prelude_lines(self) -> list[str]:
        """The functions that the source has to define."""
        return [line for used in self.used for line in (self.prelude[used].strip(), "")]

    # Statements
    # ----------

    def body(self) -> list[str]:
        """The lines of the function, but for what begins and ends it."""
        lines: list[str] = []
        for table in self.tables:
            values = [self.constant(x) for x in table.values]
            lines += self.wrapped(self.table(table, values) + self.end, "    ")
        if self.function.two_parts:
            lines.append("    " + self.comment(FORWARD))
        lines += self.zero_lines(False, "    ")
        if not self.function.two_parts:
            lines += self.zero_lines(True, "    ")
        return lines + self.block(self.program, 1)

    def block(self, statements: Sequence[Statement], depth: int, loops: int = 0) -> list[str]:
        """The lines of a block."""
        indent = "    " * depth
        lines: list[str] = []
        for statement in statements:
            for array in self.declared.before.get(id(statement), ()):
                if declaration := self.declaration(array):
                    lines.append(indent + declaration)
            lines += self.quoted_line(statement, indent)
            if isinstance(statement, Assignment):
                lines += self.wrapped(self.assignment(statement), indent)
            elif isinstance(statement, Refusal):
                lines += self.refusal_lines(statement, indent)
            elif isinstance(statement, End):
                lines += self.ending(statement, depth, is_first=not lines)
            else:
                lines += self.block_start(statement, indent, loops)
                lines += self.block(statement.body, depth + 1, loops + isinstance(statement, Loop))
                lines += self.block_end(indent)
        return lines

    def quoted_line(self, statement: Statement, indent: str) -> list[str]:
        """A comment with the line of the user's source that follows backward, if it is another."""
        found = {inner.line for inner, _ in assignments([statement])} - {""}
        if isinstance(statement, Loop) and len(found) > 1:
            self.line = ""
        elif isinstance(statement, (Assignment, Loop)) and found != {self.line} and found:
            (self.line,) = found
            return [indent + self.comment(self.line)]
        return []

    def refusal_lines(self, statement: Refusal, indent: str) -> list[str]:
        """The lines that end a way through the function that was never recorded."""
        return self.wrapped(self.refusal(statement) + self.end, indent)

    def block_start(self, statement: Loop | If, indent: str, loops: int) -> list[str]:
        """What starts a loop, or what is done if something holds."""
        if isinstance(statement, If):
            text = self.if_header(self.condition(statement.condition, CHOICE))
            return self.wrapped(text, indent)
        name = self.names.counter(loops)
        if statement.call is not None:
            return [indent + line for line in self.sample_header(statement.call, name)]
        private = [
            inner.target.array
            for inner, _ in assignments(statement.body)
            if id(inner) in self.declared.at_assignment
        ]
        count = self.counts[statement.number] = count_of(statement, name, private)
        return [indent + self.loop_header(count)]

    def ending(self, end: End, depth: int, is_first: bool) -> list[str]:
        """The lines of the backward part, and of what is returned."""
        indent = "    " * depth
        lines: list[str] = []
        if self.function.two_parts:
            text = BACKWARD if self.backward_parts == 0 else "Backward."
            self.backward_parts += 1
            blank = [] if is_first else [""]
            self.line = ""
            lines = [*blank, indent + self.comment(text), *self.zero_lines(True, indent)]
        lines += self.block(end.body, depth)
        return lines + self.return_lines(end, indent)

    @abc.abstractmethod
    def return_lines(self, end: End, indent: str) -> list[str]:
        """What returns the results."""

    def block_end(self, indent: str) -> list[str]:
        """What ends a block."""
        return [f"{indent}}}"]

    def assignment(self, statement: Assignment) -> str:
        """A statement."""
        target, value = self.element(statement.target), statement.value
        constant = self.declared.at_assignment.get(id(statement))
        if constant is not None:
            text = f"{target} = {self.expression(value)}"
            return self.declared_assignment(text, constant) + self.end
        if isinstance(value, Operation) and value.name in self.operators:
            x, y = value.operands
            if x == statement.target:
                sign = self.operators[value.name][0].strip()
                return f"{target} {sign}= {self.expression(y)}{self.end}"
        return f"{target} = {self.expression(value)}{self.end}"

    def wrapped(self, text: str, indent: str) -> list[str]:
        """A statement on as many lines as it needs."""
        return wrapped(text, indent)


def _times(shape: Sequence[int]) -> str:
    if not shape:
        return "a number"
    return " x ".join(map(str, shape)) + (" number" if math.prod(shape) == 1 else " numbers")


def is_number(root: Block | Container) -> bool:
    """Whether a nest is a single number."""
    return isinstance(root, Block) and root.shape is None


def nested(texts: Sequence[str], shape: Sequence[int], brackets: str) -> str:
    """A display of an array."""
    if len(shape) == 1:
        return brackets[0] + ", ".join(texts) + brackets[1]
    size = len(texts) // shape[0]
    rows = [nested(texts[k : k + size], shape[1:], brackets) for k in range(0, len(texts), size)]
    return brackets[0] + ", ".join(rows) + brackets[1]
