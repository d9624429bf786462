"""C99."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from autograd.compiler.source.counters import Count
from autograd.compiler.source.expressions import ATOM, OPERATORS, PRODUCT
from autograd.compiler.source.names import words
from autograd.compiler.source.tree import (
    Array,
    Element,
    End,
    Number,
    Operation,
    Refusal,
    SampleCall,
    all_elements,
)
from autograd.compiler.source.writer import Writer, nested
from autograd.structure import Block, Container

_PRELUDE = {
    "square": """
static double square(double x)
{
    return x * x;
}
""",
    "sigmoid": """
static double sigmoid(double x)
{
    const double e = exp(-fabs(x)); /* of a negative number only: that cannot overflow */
    return (x >= 0.0 ? 1.0 : e) / (1.0 + e);
}
""",
    "softplus": """
static double softplus(double x)
{
    return maximum(x, 0.0) + log1p(exp(-fabs(x)));
}
""",
    "logsigmoid": """
static double logsigmoid(double x)
{
    return -softplus(-x);
}
""",
    "relu": """
static double relu(double x)
{
    return x <= 0.0 ? 0.0 : x;
}
""",
    "leaky_relu": """
static double leaky_relu(double x, double negative_slope)
{
    return x > 0.0 ? x : negative_slope * x;
}
""",
    "elu": """
static double elu(double x, double alpha)
{
    return x > 0.0 ? x : alpha * expm1(x);
}
""",
    "selu": """
static double selu(double x)
{
    return 1.0507009873554805 * elu(x, 1.6732632423543772);
}
""",
    "gelu": """
static double gelu(double x)
{
    return 0.5 * x * erfc(-x * sqrt(0.5));
}
""",
    "silu": """
static double silu(double x)
{
    return x * sigmoid(x);
}
""",
    "maximum": """
static double maximum(double x, double y)
{
    return x >= y || isnan(x) ? x : y; /* nan if one of them is */
}
""",
    "minimum": """
static double minimum(double x, double y)
{
    return x <= y || isnan(x) ? x : y; /* nan if one of them is */
}
""",
    "clip": """
static double clip(double x, double low, double high)
{
    return minimum(maximum(x, low), high);
}
""",
    "heaviside": """
static double heaviside(double x, double at_zero)
{
    return x == 0.0 ? at_zero : x > 0.0 ? 1.0 : x < 0.0 ? 0.0 : x;
}
""",
    "sign": """
static double sign(double x)
{
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x * 0.0;
}
""",
    "remainder": """
/* x - y floor(x / y), which has the sign of y. */
static double remainder_of_floor(double x, double y)
{
    const double r = fmod(x, y);
    return r == 0.0 ? copysign(0.0, y) : (r < 0.0) != (y < 0.0) ? r + y : r;
}
""",
    "floor_divide": """
static double floor_divide(double x, double y)
{
    const double r = fmod(x, y);
    const double q = (x - r) / y - ((r < 0.0) != (y < 0.0) && r != 0.0 ? 1.0 : 0.0);
    if (y == 0.0)
        return x / y;
    return q == 0.0 ? copysign(0.0, x / y) : floor(q + 0.5); /* q is whole but for rounding */
}
""",
}

_MATH = words(
    "acos asin atan atan2 cos sin tan acosh asinh atanh cosh sinh tanh exp exp2 expm1 frexp ilogb "
    "ldexp log log10 log1p log2 logb modf scalbn scalbln cbrt fabs hypot pow sqrt erf erfc lgamma "
    "tgamma ceil floor nearbyint rint lrint llrint round lround llround trunc fmod remainder "
    "remquo copysign nan nextafter nexttoward fdim fmax fmin fma fpclassify isfinite isinf isnan "
    "isnormal signbit isgreater isgreaterequal isless islessequal islessgreater isunordered "
    "float_t double_t INFINITY NAN HUGE_VAL MATH_ERRNO MATH_ERREXCEPT j0 j1 jn y0 y1 yn gamma"
)

_WORDS = words(
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while alignas alignof asm bool constexpr false nullptr "
    "static_assert thread_local true typeof typeof_unqual and and_eq bitand bitor catch class "
    "compl concept const_cast consteval constinit decltype delete dynamic_cast explicit export "
    "friend mutable namespace new noexcept not not_eq operator or or_eq private protected public "
    "reinterpret_cast requires static_cast template this throw try typeid typename using virtual "
    "wchar_t xor xor_eq main errno linux unix NULL remainder_of_floor"
)


class CWriter(Writer):
    """Writes C99."""

    reserved = _MATH | _WORDS
    ascii_only = True
    native: ClassVar[Mapping[str, str]] = {
        "absolute": "fabs",
        "power": "pow",
        "power_or_infinity": "pow",
        "arcsin": "asin",
        "arccos": "acos",
        "arctan": "atan",
        "arctan2": "atan2",
        "arcsinh": "asinh",
        "arccosh": "acosh",
        "arctanh": "atanh",
    } | {
        name: name
        for name in words(
            "sqrt cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan sinh cosh tanh hypot erf "
            "erfc floor ceil"
        )
    }
    prelude: ClassVar[Mapping[str, str]] = _PRELUDE
    operators: ClassVar[Mapping[str, tuple[str, int]]] = OPERATORS | {
        "divide_or_infinity": (" / ", PRODUCT),
    }

    def source(self) -> str:
        """The whole source."""
        lines = self.definition()
        if self.function.also is not None:
            lines += ["", *type(self)(self.function.also, self.name).definition()]
        return "\n".join(["#include <math.h>", "", *self.prelude_lines(), *lines]) + "\n"

    def definition(self) -> list[str]:
        """The lines of the function."""
        f = self.function
        inputs = [element for argument in f.arguments for element in argument.elements]
        inputs += [element for element, _ in f.captured]
        outputs = [element for _, elements in f.gradients for element in elements]
        if f.result is not None:
            outputs += f.result[1]
        self.parameters = self.declared_parameters(inputs, "const ")
        self.parameters += self.declared_parameters(outputs, "")
        self.refusing = self.names.new(f"{self.name}_refused") if f.refuses else ""
        self.name_local_arrays()
        kind = "void" if f.result is not None else "double"
        if f.call is not None:
            self.parameters.insert(0, f"int {self.identifiers[f.call.samples]}")
        lines = self.wrapped(f"{kind} {self.name}({', '.join(self.parameters) or 'void'})", "")
        lines.append("{")
        if f.call is None:
            lines += self.unused(inputs)
        lines = [*self.description(), *lines, *self.body(), "}"]
        return [*self.unrecorded(kind, outputs), *lines] if f.refuses else lines

    def unrecorded(self, kind: str, outputs: Sequence[Element]) -> list[str]:
        """A function that says nan, for ways through the function that were not recorded."""
        arrays = list(dict.fromkeys([element.array for element in outputs]))
        parameters = [f"double *{self.identifiers[array]}" for array in arrays]
        head = f"static {kind} {self.refusing}({', '.join(parameters) or 'void'})"
        i = self.names.counter(0)
        lines = ["/* What a way gives that was never recorded. */", *self.wrapped(head, ""), "{"]
        for array in arrays:
            if array.shape:
                lines.append(f"    for (int {i} = 0; {i} < {math.prod(array.shape)}; {i}++)")
                lines.append(f"        {self.identifiers[array]}[{i}] = NAN;")
            else:
                lines.append(f"    *{self.identifiers[array]} = NAN;")
        return [*lines, *(["    return NAN;"] if kind == "double" else []), "}", ""]

    def nests(self, gradient: bool) -> list[tuple[str, Block | Container]]:
        """Zeros are written where they are computed."""
        return []

    def sample_header(self, call: SampleCall, counter: str) -> list[str]:
        """The lines that start a loop over samples, and call the function for one of them."""
        f = self.function
        samples = self.identifiers[call.samples]
        lines = [f"for (int {counter} = 0; {counter} < {samples}; {counter}++) {{"]
        given: list[str] = []
        for argument in f.arguments:
            for array in dict.fromkeys([element.array for element in argument.elements]):
                name = self.identifiers[array]
                given.append(f"{name}[{counter}]" if argument.each else name)
        given += dict.fromkeys([self.identifiers[element.array] for element, _ in f.captured])
        for _, elements in call.gradients:
            for array in dict.fromkeys([element.array for element in elements]):
                labels = [key.label for key in array.path if key is not None]
                name = self.identifiers[array] = self.names.new("_".join([array.name, *labels]))
                lines.append(f"    double {name}{_dimensions(array)};")
                given.append(name if array.shape else f"&{name}")
        text = f"const double {self.identifiers[call.value]} = {self.called}({', '.join(given)});"
        return [*lines, *self.wrapped(text, "    ")]

    def declared_parameters(self, elements: Sequence[Element], qualifier: str) -> list[str]:
        """Name the arrays of some elements, and return how they are declared."""
        found: list[str] = []
        for element in elements:
            array = element.array
            if array in self.identifiers:
                continue
            labels = [key.label for key in array.path if key is not None]
            name = self.identifiers[array] = self.names.new("_".join([array.name, *labels]))
            if array.shape:
                found.append(f"{qualifier}double {name}{_dimensions(array)}")
            else:
                found.append(f"double {name}" if qualifier else f"double *{name}")
        return found

    def description(self) -> list[str]:
        """The comment before the function."""
        lines = [*self.summary(), *[f"    {note}" for note in self.notes()]]
        if self.function.refuses:
            lines.append("Along ways through the function that were not recorded all is NAN.")
        lines = [_without_ends(line) for line in lines]
        return [f"/* {lines[0]}", *[f" * {line}" for line in lines[1:]], " */"]

    def label(self, array: Array) -> str:
        """Its name, and what it is in Python where that is something else."""
        name = self.identifiers[array]
        if not any(array.path):
            return name
        keys = ["[]" if key is None else f"[{key.key!r}]" for key in array.path]
        return f"{name}, {array.name}{''.join(keys)}"

    def unused(self, inputs: Sequence[Element]) -> list[str]:
        """Statements that use what the function does not need."""
        used = {element.array for element in all_elements(self.program)}
        idle = dict.fromkeys([e.array for e in inputs if e.array not in used])
        return [f"    (void){self.identifiers[array]};" for array in idle]

    def element(self, e: Element) -> str:
        """A variable, or an element of an array."""
        text = super().element(e)
        outside = e.array.role in ("gradient", "result")
        return f"*{text}" if outside and not e.array.shape else text

    def part(self, array: Array, key: object, in_dict: bool) -> str:
        """Parts of nests have names of their own."""
        return ""

    def number(self, x: float) -> str:
        """A constant, not negative."""
        if math.isfinite(x):
            return repr(x)
        return "NAN" if math.isnan(x) else "INFINITY"

    def choice(self, condition: str, x: str, y: str) -> str:
        """One of two expressions."""
        return f"{condition} ? {x} : {y}"

    def loop_header(self, count: Count) -> str:
        """The line that starts a loop."""
        i, high = count.name, count.low + count.iterations
        if count.downward:
            return f"for (int {i} = {high - 1}; {i} >= {count.low}; {i}--) {{"
        return f"for (int {i} = {count.low}; {i} < {high}; {i}++) {{"

    def declaration(self, array: Array) -> str:
        """The line that declares a variable that gets its value later."""
        depth = len(array.shape)
        start = f" = {'{' * depth}0.0{'}' * depth}" if array.zeroed else ""
        return f"double {self.identifiers[array]}{_dimensions(array)}{start};"

    def declared_assignment(self, text: str, constant: bool) -> str:
        """An assignment that declares its target."""
        return f"const double {text}" if constant else f"double {text}"

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """A call."""
        text = super().call(name, arguments)
        # The name of C's own is taken, for something else.
        return text.replace("remainder", "remainder_of_floor", 1) if name == "remainder" else text

    def power(self, operation: Operation) -> tuple[str, int] | None:
        """A power by a constant."""
        base, exponent = operation.operands
        if exponent != Number(2.0):
            return None
        if isinstance(base, Element):
            return self.bare(Operation("multiply", (base, base)))
        return self.call("square", [self.expression(base)]), ATOM

    def comment(self, text: str) -> str:
        """A comment in a line of its own."""
        return f"/* {_without_ends(text)} */"

    def if_header(self, condition: str) -> str:
        """The line that starts what is done if a condition holds."""
        return f"if ({condition}) {{"

    def return_lines(self, end: End, indent: str) -> list[str]:
        """What returns the results."""
        if self.function.result is not None:
            return [f"{indent}return;"] if len(indent) > 4 else []
        return self.wrapped(f"return {self.expression(end.results[0])};", indent)

    def refusal(self, statement: Refusal) -> str:
        """What ends a way through the function that was never recorded."""
        returns = "return " if self.function.result is None else ""
        arrays = {e.array: None for _, elements in self.function.gradients for e in elements}
        if self.function.result is not None:
            arrays = {e.array: None for e in self.function.result[1]}
        given = [_first_of(self.identifiers[array], array) for array in arrays]
        return f"{returns}{self.refusing}({', '.join(given)})"

    def refusal_lines(self, statement: Refusal, indent: str) -> list[str]:
        """The same as lines."""
        lines = super().refusal_lines(statement, indent)
        return lines if self.function.result is None else [*lines, f"{indent}return;"]

    def table(self, array: Array, values: Sequence[str]) -> str:
        """The statement that declares a table of constants."""
        name = f"{self.identifiers[array]}{_dimensions(array)}"
        return f"static const double {name} = {nested(values, array.shape, '{}')}"

    def repeated(self, text: str, count: int) -> str:
        """Arrays that are zero are declared so."""
        return "{0.0}"

    def dictionary(self, keys: Sequence[object], texts: Sequence[str]) -> str:
        """There are no dicts."""
        raise NotImplementedError


def _dimensions(array: Array) -> str:
    return "".join(f"[{size}]" if size else "[]" for size in array.shape)


def _first_of(name: str, array: Array) -> str:
    """A pointer to the first number of an array."""
    return f"&{name}{'[0]' * len(array.shape)}" if len(array.shape) > 1 else name


def _without_ends(text: str) -> str:
    """Text for a comment, which would end it, or begin another, in a dict's key or the like."""
    return text.replace("*/", "* /").replace("/*", "/ *")
