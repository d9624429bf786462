"""JavaScript, for Node and for browsers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from autograd.compiler.source.counters import Count
from autograd.compiler.source.expressions import ATOM, OPERATORS, POWER, PRODUCT
from autograd.compiler.source.names import words
from autograd.compiler.source.special_functions import ERF, ERFC
from autograd.compiler.source.tree import Array, End, Number, Operation, Refusal, Role, SampleCall
from autograd.compiler.source.writer import Writer, nested

_PRELUDE = {
    "erf": ERF,
    "erfc": ERFC,
    "exp2": """
function exp2(x) {
    return 2 ** x;
}
""",
    "power": """
// As in C, 1 to any power is 1, and so is -1 to an infinite one.
function power(x, n) {
    return x === 1 || (x === -1 && Math.abs(n) === Infinity) ? 1 : x ** n;
}
""",
    "sigmoid": """
function sigmoid(x) {
    const e = Math.exp(-Math.abs(x)); // of a negative number only: that cannot overflow
    return (x >= 0 ? 1 : e) / (1 + e);
}
""",
    "softplus": """
function softplus(x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
""",
    "logsigmoid": """
function logsigmoid(x) {
    return -softplus(-x);
}
""",
    "relu": """
function relu(x) {
    return x <= 0 ? 0 : x;
}
""",
    "leaky_relu": """
function leaky_relu(x, negative_slope) {
    return x > 0 ? x : negative_slope * x;
}
""",
    "elu": """
function elu(x, alpha) {
    return x > 0 ? x : alpha * Math.expm1(x);
}
""",
    "selu": """
function selu(x) {
    return 1.0507009873554805 * elu(x, 1.6732632423543772);
}
""",
    "gelu": """
function gelu(x) {
    return 0.5 * x * erfc(-x * Math.sqrt(0.5));
}
""",
    "silu": """
function silu(x) {
    return x * sigmoid(x);
}
""",
    "clip": """
function clip(x, low, high) {
    return Math.min(Math.max(x, low), high);
}
""",
    "heaviside": """
function heaviside(x, at_zero) {
    return x === 0 ? at_zero : x > 0 ? 1 : x < 0 ? 0 : x;
}
""",
    "remainder": """
// x - y floor(x / y), which has the sign of y.
function remainder(x, y) {
    const r = x % y;
    return r === 0 ? (1 / y < 0 ? -0 : 0) : r < 0 !== y < 0 ? r + y : r;
}
""",
    "floor_divide": """
function floor_divide(x, y) {
    if (y === 0) {
        return x / y;
    }
    const r = x % y;
    const q = (x - r) / y - (r !== 0 && r < 0 !== y < 0 ? 1 : 0);
    return Math.floor(q + 0.5); // q is whole but for rounding
}
""",
}

_WORDS = words(
    "arguments await break case catch class const continue debugger default delete do else enum "
    "eval export extends false finally for function if implements import in instanceof interface "
    "let new null package private protected public return static super switch this throw true "
    "try typeof undefined var void while with yield async of NaN Infinity Math Array Number "
    "Float64Array Object module exports require globalThis"
)


class JavaScriptWriter(Writer):
    """Writes JavaScript."""

    reserved = _WORDS
    ascii_only = False
    native: ClassVar[Mapping[str, str]] = {
        "absolute": "Math.abs",
        "maximum": "Math.max",
        "minimum": "Math.min",
        "arcsin": "Math.asin",
        "arccos": "Math.acos",
        "arctan": "Math.atan",
        "arctan2": "Math.atan2",
        "arcsinh": "Math.asinh",
        "arccosh": "Math.acosh",
        "arctanh": "Math.atanh",
    } | {
        name: f"Math.{name}"
        for name in words(
            "sqrt cbrt exp expm1 log log2 log10 log1p sin cos tan sinh cosh tanh hypot sign floor "
            "ceil"
        )
    }
    prelude: ClassVar[Mapping[str, str]] = _PRELUDE
    operators: ClassVar[Mapping[str, tuple[str, int]]] = OPERATORS | {
        "divide_or_infinity": (" / ", PRODUCT),
    }
    equality = ("===", "!==")
    own_numbers: ClassVar[Sequence[Role]] = ("gradient", "result")
    zeroed: ClassVar[Sequence[Role]] = ("gradient", "result")

    def source(self) -> str:
        """The whole source."""
        lines, names = self.definition(), [self.name]
        if self.function.also is not None:
            other = type(self)(self.function.also, self.name)
            lines += other.definition()
            names.append(other.name)
        lines += [
            'if (typeof module !== "undefined") {',
            f"    module.exports = {{ {', '.join(names)} }};",
            "}",
        ]
        return "\n".join([*self.prelude_lines(), *lines]) + "\n"

    def definition(self) -> list[str]:
        """The lines of the function."""
        parameters = self.name_parameters()
        self.name_results()
        self.name_local_arrays()
        lines = [
            *self.description(),
            f"function {self.name}({', '.join(parameters)}) {{",
            *self.body(),
        ]
        return [*lines, "}", ""]

    def sample_header(self, call: SampleCall, counter: str) -> list[str]:
        """The lines that start a loop over samples, and call the function for one of them."""
        samples, value = self.identifiers[call.samples], self.identifiers[call.value]
        first = next(p for p, a in zip(self.parameters, self.function.arguments) if a.each)
        pair = f"[{value}, {self.inner_gradients(call, '[]')}]"
        return [
            f"const {samples} = {first}.length;",
            f"for (let {counter} = 0; {counter} < {samples}; {counter}++) {{",
            f"    const {pair} = {self.called}({self.sample_arguments(counter)});",
        ]

    def description(self) -> list[str]:
        """The comment before the function."""
        lines = [*self.summary(), *[f"    {note}" for note in self.notes()]]
        if self.function.refuses:
            lines.append(
                "Throws a RangeError along ways through the function that were not recorded."
            )
        return [f"// {line}" for line in lines]

    def part(self, array: Array, key: object, in_dict: bool) -> str:
        """How to come to a part of a nest."""
        name = _property(key)
        return f".{name}" if name == key else f"[{name}]"

    def number(self, x: float) -> str:
        """A constant, not negative."""
        if math.isfinite(x):
            return repr(x).removesuffix(".0")
        return "NaN" if math.isnan(x) else "Infinity"

    def choice(self, condition: str, x: str, y: str) -> str:
        """One of two expressions."""
        return f"{condition} ? {x} : {y}"

    def loop_header(self, count: Count) -> str:
        """The line that starts a loop."""
        i, high = count.name, count.low + count.iterations
        if count.downward:
            return f"for (let {i} = {high - 1}; {i} >= {count.low}; {i}--) {{"
        return f"for (let {i} = {count.low}; {i} < {high}; {i}++) {{"

    def declaration(self, array: Array) -> str:
        """The line that declares a variable that gets its value later."""
        if not array.shape:
            return f"let {self.identifiers[array]};"
        *outer, size = array.shape
        text = f"new Float64Array({size})"
        for count in reversed(outer):
            text = f"Array.from({{ length: {count} }}, () => {text})"
        return f"const {self.identifiers[array]} = {text};"

    def declared_assignment(self, text: str, constant: bool) -> str:
        """An assignment that declares its target."""
        return f"const {text}" if constant else f"let {text}"

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """A call."""
        return super().call("power" if name == "power_or_infinity" else name, arguments)

    def power(self, operation: Operation) -> tuple[str, int] | None:
        """A power by a constant."""
        base, exponent = operation.operands
        if isinstance(exponent, Number) and math.isfinite(exponent.value):
            return f"{self.expression(base, ATOM)} ** {self.constant(exponent.value)}", POWER
        return None

    def sign(self, operand: str, strength: int) -> str:
        """The negative of an expression; JavaScript has no -x ** 2."""
        return f"-({operand})" if strength == POWER else super().sign(operand, strength)

    def comment(self, text: str) -> str:
        """A comment in a line of its own."""
        return f"// {text}"

    def if_header(self, condition: str) -> str:
        """The line that starts what is done if a condition holds."""
        return f"if ({condition}) {{"

    def return_lines(self, end: End, indent: str) -> list[str]:
        """What returns the results."""
        return self.wrapped(f"return {self.returned(end, '[]')};", indent)

    def refusal(self, statement: Refusal) -> str:
        """What ends a way through the function that was never recorded."""
        return f"throw new RangeError({_quoted(f'never recorded: {statement.where}')})"

    def table(self, array: Array, values: Sequence[str]) -> str:
        """The statement that declares a table of constants."""
        return f"const {self.identifiers[array]} = {nested(values, array.shape, '[]')}"

    def repeated(self, text: str, count: int) -> str:
        """An array of equal items."""
        if text == "0":
            return f"new Array({count}).fill(0)"
        # An object after an arrow would be taken for a block.
        made = f"({text})" if text.startswith("{") else text
        return f"Array.from({{ length: {count} }}, () => {made})"

    def dictionary(self, keys: Sequence[object], texts: Sequence[str]) -> str:
        """A dict of items."""
        # That alone would not be a key, but what the object inherits from.
        names = ['["__proto__"]' if key == "__proto__" else _property(key) for key in keys]
        return "{ " + ", ".join(f"{name}: {text}" for name, text in zip(names, texts)) + " }"


def _property(key: object) -> str:
    """What stands for a dict's key in an object, or for a position."""
    if isinstance(key, str) and key.isidentifier() and key.isascii():
        return key
    return json.dumps(key) if isinstance(key, int) else _quoted(str(key))


def _quoted(text: str) -> str:
    """Text; what cannot be printed, or would end a line, is escaped."""
    return re.sub(r"[^\x20-\x7e]", _escaped, json.dumps(text, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    letter = match[0]
    return letter if letter.isprintable() else json.dumps(letter)[1:-1]
