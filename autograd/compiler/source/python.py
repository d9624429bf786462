"""Python: plain floats and ``math``."""

from __future__ import annotations

import json
import keyword
import math
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from autograd.compiler.source.counters import Count
from autograd.compiler.source.expressions import ATOM, OPERATORS, POWER, PRODUCT
from autograd.compiler.source.names import words
from autograd.compiler.source.tree import Array, End, Number, Operation, Refusal, Role, SampleCall
from autograd.compiler.source.wrapping import WIDTH, is_bracketed, wrapped
from autograd.compiler.source.writer import Writer, nested

_PRELUDE = {
    "sigmoid": """
def sigmoid(x):
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)  # of a negative number only: that cannot overflow
    return e / (1.0 + e)
""",
    "softplus": """
def softplus(x):
    return maximum(x, 0.0) + math.log1p(math.exp(-abs(x)))
""",
    "logsigmoid": """
def logsigmoid(x):
    return -softplus(-x)
""",
    "relu": """
def relu(x):
    return 0.0 if x <= 0.0 else x
""",
    "leaky_relu": """
def leaky_relu(x, negative_slope):
    return x if x > 0.0 else negative_slope * x
""",
    "elu": """
def elu(x, alpha):
    return x if x > 0.0 else alpha * math.expm1(x)
""",
    "selu": """
def selu(x):
    return 1.0507009873554805 * elu(x, 1.6732632423543772)
""",
    "gelu": """
def gelu(x):
    return 0.5 * x * math.erfc(-x * math.sqrt(0.5))
""",
    "silu": """
def silu(x):
    return x * sigmoid(x)
""",
    "maximum": """
def maximum(x, y):
    return x if x >= y or x != x else y  # nan if one of them is
""",
    "minimum": """
def minimum(x, y):
    return x if x <= y or x != x else y  # nan if one of them is
""",
    "clip": """
def clip(x, low, high):
    return min(max(x, low), high)
""",
    "heaviside": """
def heaviside(x, at_zero):
    if x == 0.0:
        return at_zero
    return 1.0 if x > 0.0 else 0.0 if x < 0.0 else x
""",
    "sign": """
def sign(x):
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x * 0.0
""",
    "floor": """
def floor(x):
    return float(math.floor(x)) if math.isfinite(x) else x
""",
    "ceil": """
def ceil(x):
    return float(math.ceil(x)) if math.isfinite(x) else x
""",
    "divide_or_infinity": """
def divide_or_infinity(x, y):
    return x / y if y != 0.0 else x * math.inf  # the slope of a vertical tangent
""",
    "power_or_infinity": """
def power_or_infinity(x, n):
    return math.inf if x == 0.0 and n < 0.0 else math.pow(x, n)
""",
}


class PythonWriter(Writer):
    """Writes Python."""

    reserved = frozenset(keyword.kwlist) | {
        "math",
        "range",
        "reversed",
        "abs",
        "float",
        "min",
        "max",
        "len",
    }
    ascii_only = False
    native: ClassVar[Mapping[str, str]] = {
        "absolute": "abs",
        "power": "math.pow",
        "arcsin": "math.asin",
        "arccos": "math.acos",
        "arctan": "math.atan",
        "arctan2": "math.atan2",
        "arcsinh": "math.asinh",
        "arccosh": "math.acosh",
        "arctanh": "math.atanh",
    } | {
        name: f"math.{name}"
        for name in words(
            "sqrt cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan sinh cosh tanh hypot erf "
            "erfc"
        )
    }
    prelude: ClassVar[Mapping[str, str]] = _PRELUDE
    words = (" or ", " and ", "not ")
    end = ""
    own_numbers: ClassVar[Sequence[Role]] = ("gradient", "result")
    zeroed: ClassVar[Sequence[Role]] = ("gradient", "result")

    operators: ClassVar[Mapping[str, tuple[str, int]]] = OPERATORS | {
        "floor_divide": (" // ", PRODUCT),
        "remainder": (" % ", PRODUCT),
    }

    def source(self) -> str:
        """The whole source."""
        lines = self.definition()
        if self.function.also is not None:
            lines += ["", "", *type(self)(self.function.also, self.name).definition()]
        prelude = [self.prelude[used].strip() for used in self.used]
        uses_math = any("math." in line for line in [*lines, *prelude])
        parts = [*(["import math"] if uses_math else []), *prelude, "\n".join(lines)]
        return "\n\n\n".join(parts) + "\n"

    def definition(self) -> list[str]:
        """The lines of the function."""
        parameters = self.name_parameters()
        self.name_results()
        self.name_local_arrays()
        lines = [f"def {self.name}({', '.join(parameters)}):"]
        lines += [f"    {line}".rstrip() for line in self.docstring()]
        return lines + self.body()

    def sample_header(self, call: SampleCall, counter: str) -> list[str]:
        """The lines that start a loop over samples, and call the function for one of them."""
        samples, value = self.identifiers[call.samples], self.identifiers[call.value]
        first = next(p for p, a in zip(self.parameters, self.function.arguments) if a.each)
        gradient = self.inner_gradients(call, "()")
        return [
            f"{samples} = len({first})",
            f"for {counter} in range({samples}):",
            f"    {value}, {gradient} = {self.called}({self.sample_arguments(counter)})",
        ]

    def docstring(self) -> list[str]:
        """The lines of the docstring."""
        lines = self.summary()
        lines[0] = f'"""{lines[0]}'
        if self.notes():
            lines += ["", "Args:", *[f"    {note}" for note in self.notes()]]
        if self.function.refuses:
            lines += [
                "",
                "Raises:",
                "    ValueError: this way through the function was never recorded.",
            ]
        return [*lines, '"""']

    def part(self, array: Array, key: object, in_dict: bool) -> str:
        """How to come to a part of a nest."""
        return f"[{quoted(key)}]"

    def number(self, x: float) -> str:
        """A constant, not negative."""
        return repr(x) if math.isfinite(x) else f"math.{x}"

    def choice(self, condition: str, x: str, y: str) -> str:
        """One of two expressions."""
        return f"{x} if {condition} else {y}"

    def loop_header(self, count: Count) -> str:
        """The line that starts a loop."""
        high = count.low + count.iterations
        numbers = f"range({count.low}, {high})" if count.low else f"range({high})"
        return f"for {count.name} in {f'reversed({numbers})' if count.downward else numbers}:"

    def comment(self, text: str) -> str:
        """A comment in a line of its own."""
        return f"# {text}"

    def if_header(self, condition: str) -> str:
        """The line that starts what is done if a condition holds."""
        return f"if {condition}:"

    def block_end(self, indent: str) -> list[str]:
        """What ends a block."""
        return []

    def return_lines(self, end: End, indent: str) -> list[str]:
        """What returns the results."""
        return self.wrapped(f"return {self.returned(end, '()')}", indent)

    def refusal(self, statement: Refusal) -> str:
        """What ends a way through the function that was never recorded."""
        return f"raise ValueError({quoted(f'never recorded: {statement.where}')})"

    def declaration(self, array: Array) -> str:
        """The line that declares a variable that gets its value later."""
        return f"{self.identifiers[array]} = {self.filled(array.shape)}" if array.shape else ""

    def declared_assignment(self, text: str, constant: bool) -> str:
        """An assignment that declares its target."""
        return text

    def power(self, operation: Operation) -> tuple[str, int] | None:
        """A power by a constant."""
        base, exponent = operation.operands
        if operation.name != "power" or not isinstance(exponent, Number):
            return None
        if exponent.value.is_integer():
            return f"{self.expression(base, ATOM)} ** {int(exponent.value)}", POWER
        return None

    def wrapped(self, text: str, indent: str) -> list[str]:
        """A statement on as many lines as it needs: within brackets, if these are several."""
        if len(indent) + len(text) <= WIDTH:
            return [indent + text]
        parts = re.fullmatch(r"(return |if |raise |.+? [-+*/]?= )(.*?)(:?)", text)
        assert parts is not None, text
        start, value, end = parts.groups()
        return wrapped(text if is_bracketed(value) else f"{start}({value}){end}", indent)

    def table(self, array: Array, values: Sequence[str]) -> str:
        """The statement that declares a table of constants."""
        return f"{self.identifiers[array]} = {nested(values, array.shape, '[]')}"

    def repeated(self, text: str, count: int) -> str:
        """An array of equal items."""
        return f"[0.0] * {count}" if text == "0.0" else f"[{text} for _ in range({count})]"

    def dictionary(self, keys: Sequence[object], texts: Sequence[str]) -> str:
        """A dict of items."""
        return "{" + ", ".join(f"{quoted(key)}: {text}" for key, text in zip(keys, texts)) + "}"


def quoted(key: object) -> str:
    """A dict's key, a position, or text; what cannot be printed is escaped."""
    if not isinstance(key, str):
        return repr(key)
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in json.dumps(key, ensure_ascii=False)
    )
