"""LLVM IR as text, written line by line.

LLVM reads its assembly language faster than objects for each instruction could be built in Python,
and the text is what a person wants to look at. https://llvm.org/docs/LangRef.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


def literal(x: float) -> str:
    """A double, exactly, as LLVM writes it."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"


class Module:
    """A module in the making.

    Attributes:
        width: doubles in a full-width vector of the processor.
        vector_library: the names of the vector functions that can be called.
        declarations: what is defined elsewhere, each with its line.
        functions: what has been written so far.
    """

    def __init__(self, width: int, vector_library: frozenset[str]) -> None:
        self.width = width
        self.vector_library = vector_library
        self.declarations: dict[str, str] = {}
        self.functions: list[str] = []

    def declare(self, name: str, result: str, operands: Sequence[str], attributes: str) -> None:
        """Declare a function that is defined elsewhere."""
        line = f"declare {result} @{name}({', '.join(operands)}) {attributes}"
        self.declarations[name] = line.rstrip()

    def __str__(self) -> str:
        return "\n\n".join([*self.declarations.values(), *self.functions]) + "\n"


def constant_array(name: str, numbers: Sequence[float]) -> str:
    """The definition of a global array of doubles."""
    elements = ", ".join([f"double {literal(x)}" for x in numbers])
    return f"@{name} = internal constant [{len(numbers)} x double] [{elements}], align 64"


class Writer:
    """The body of a function, appended instruction by instruction.

    Values are named by strings such as ``%v12``; numbers are written as their literals.

    Attributes:
        module: where the function belongs.
        width: the length of the vectors that it works on; 1 means that they are single doubles.
        vector: their type.
        block: the label of the block being written.
    """

    def __init__(self, module: Module, width: int) -> None:
        self.module = module
        self.width = width
        self.vector = self.vector_of("double")
        self.block = "entry"
        self._lines = ["entry:"]
        self._count = 0

    def vector_of(self, element: str) -> str:
        """The type of a vector of elements other than doubles."""
        return element if self.width == 1 else f"<{self.width} x {element}>"

    def finish(self, header: str) -> None:
        """End the function with a return, and add it to the module."""
        self.line("ret void")
        body = "\n".join(self._lines)
        self.module.functions.append(f"{header} {{\n{body}\n}}")

    def line(self, text: str) -> None:
        """Append an instruction without a result."""
        self._lines.append("  " + text)

    def name(self) -> str:
        """A name that is not yet taken."""
        self._count += 1
        return f"v{self._count}"

    def value(self, text: str) -> str:
        """Append an instruction, and return the name of its result."""
        name = "%" + self.name()
        self._lines.append(f"  {name} = {text}")
        return name

    def label(self, name: str) -> None:
        """Begin a block."""
        self._lines.append(f"{name}:")
        self.block = name

    # Arithmetic on vectors
    # ---------------------

    def constant(self, x: float) -> str:
        """The vector whose elements are all x."""
        return literal(x) if self.width == 1 else f"splat (double {literal(x)})"

    def integer(self, n: int) -> str:
        """The vector of 64-bit integers that are all n."""
        return str(n) if self.width == 1 else f"splat (i64 {n})"

    def apply(self, operation: str, *operands: str) -> str:
        """Apply an instruction such as ``fadd`` to vectors of doubles."""
        return self.value(f"{operation} {self.vector} {', '.join(operands)}")

    def on_integers(self, operation: str, *operands: str) -> str:
        """Apply an instruction such as ``shl`` to vectors of 64-bit integers."""
        return self.value(f"{operation} {self.vector_of('i64')} {', '.join(operands)}")

    def bits(self, x: str) -> str:
        """Doubles as the integers with the same bits."""
        return self.value(f"bitcast {self.vector} {x} to {self.vector_of('i64')}")

    def doubles(self, x: str) -> str:
        """Integers as the doubles with the same bits."""
        return self.value(f"bitcast {self.vector_of('i64')} {x} to {self.vector}")

    def compare(self, condition: str, x: str, y: str) -> str:
        """Compare doubles; conditions begin with ``o`` (false for nan) or ``u`` (true for nan)."""
        return self.apply(f"fcmp {condition}", x, y)

    def select(self, condition: str, x: str, y: str) -> str:
        """Choose x where the condition holds, else y."""
        truth = self.vector_of("i1")
        return self.value(f"select {truth} {condition}, {self.vector} {x}, {self.vector} {y}")

    def intrinsic(self, name: str, *operands: str) -> str:
        """Call ``llvm.name``."""
        suffix = "f64" if self.width == 1 else f"v{self.width}f64"
        return self.call(f"llvm.{name}.{suffix}", operands)

    def call(self, name: str, operands: Sequence[str]) -> str:
        """Call a function of vectors without side effects."""
        if name not in self.module.declarations:
            attributes = "" if name.startswith("llvm.") else "nounwind willreturn memory(none)"
            self.module.declare(name, self.vector, [self.vector] * len(operands), attributes)
        typed = ", ".join([f"{self.vector} {x}" for x in operands])
        return self.value(f"call {self.vector} @{name}({typed})")

    def fma(self, x: str, y: str, z: str) -> str:
        """Return x y + z, rounded once if the processor can."""
        return self.intrinsic("fmuladd", x, y, z)

    def total(self, xs: Sequence[str]) -> str:
        """The sum of vectors, added pairwise; their number is a power of two."""
        while len(xs) > 1:
            xs = [self.apply("fadd", x, y) for x, y in zip(xs[::2], xs[1::2])]
        return xs[0]

    def reduced(self, start: str, x: str) -> str:
        """The sum of the elements of a vector, added pairwise, and a single double."""
        half = self.width // 2
        while half:
            upper = [half + k % half for k in range(self.width)]
            x = self.apply("fadd", x, self.shuffle(x, x, upper))
            half //= 2
        total = self.value(f"extractelement {self.vector} {x}, i64 0")
        return self.value(f"fadd double {start}, {total}")

    def for_each(self, function: str, operands: Sequence[str]) -> str:
        """Call a function of single doubles for each element of vectors."""
        if function not in self.module.declarations:
            attributes = "nounwind willreturn memory(none)"
            self.module.declare(function, "double", ["double"] * len(operands), attributes)
        result = "poison"
        for k in range(self.width):
            elements = operands
            if self.width > 1:
                elements = [
                    self.value(f"extractelement {self.vector} {x}, i64 {k}") for x in operands
                ]
            arguments = ", ".join([f"double {x}" for x in elements])
            y = self.value(f"call double @{function}({arguments})")
            if self.width == 1:
                return y
            result = self.value(f"insertelement {self.vector} {result}, double {y}, i64 {k}")
        return result

    # Memory and control
    # ------------------

    def address(self, pointer: str, offset: str | int) -> str:
        """A pointer moved by a number of bytes."""
        if offset == 0:
            return pointer
        return self.value(f"getelementptr i8, ptr {pointer}, i64 {offset}")

    def load(self, pointer: str) -> str:
        """Load a vector."""
        return self.value(f"load {self.vector}, ptr {pointer}, align 8")

    def store(self, x: str, pointer: str) -> None:
        """Store a vector."""
        self.line(f"store {self.vector} {x}, ptr {pointer}, align 8")

    def broadcast(self, x: str) -> str:
        """The vector whose elements are all the double x."""
        if self.width == 1:
            return x
        return self._spread("double", x)

    def first_elements(self, count: str) -> str:
        """Which elements of a vector are the first ``count``."""
        integers = self.vector_of("i64")
        numbers = ", ".join([f"i64 {k}" for k in range(self.width)])
        return self.value(f"icmp ult {integers} <{numbers}>, {self._spread('i64', count)}")

    def _spread(self, kind: str, x: str) -> str:
        vector = self.vector_of(kind)
        first = self.value(f"insertelement {vector} poison, {kind} {x}, i64 0")
        zeros = f"<{self.width} x i32> zeroinitializer"
        return self.value(f"shufflevector {vector} {first}, {vector} poison, {zeros}")

    def shuffle(self, x: str, y: str, picks: Sequence[int]) -> str:
        """Pick elements from the concatenation of two vectors."""
        mask = ", ".join([f"i32 {k}" for k in picks])
        operands = f"{self.vector} {x}, {self.vector} {y}"
        return self.value(f"shufflevector {operands}, <{len(picks)} x i32> <{mask}>")

    def integer_value(self, operation: str, x: str | int, y: str | int) -> str:
        """Apply an instruction such as ``add`` to single 64-bit integers."""
        return self.value(f"{operation} i64 {x}, {y}")

    def minimum(self, x: str | int, y: str | int) -> str:
        """The smaller of two single 64-bit integers, without sign."""
        self.module.declare("llvm.umin.i64", "i64", ["i64", "i64"], "")
        return self.value(f"call i64 @llvm.umin.i64(i64 {x}, i64 {y})")

    @contextmanager
    def loop(self, start: str | int, stop: str | int, step: str | int) -> Iterator[Loop]:
        """Write a loop whose body is run at least once, for start, start + step … below stop."""
        loop = Loop(self)
        loop.begin()
        counter = loop.carry("i64", str(start))
        yield loop.at(counter)
        following = self.integer_value("add nuw nsw", counter, step)
        loop.update(counter, following)
        loop.end(self.value(f"icmp ult i64 {following}, {stop}"))

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """Write what is run only if a single condition holds."""
        then, after = self.name(), self.name()
        self.line(f"br i1 {condition}, label %{then}, label %{after}")
        self.label(then)
        yield
        self.line(f"br label %{after}")
        self.label(after)


class Loop:
    """A loop in the making: what it carries from one iteration to the next.

    Attributes:
        counter: the counter, in loops that have been given one.
    """

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.counter = ""
        self._head = writer.name()
        self._before = ""
        self._carried: dict[str, tuple[int, str, str]] = {}
        self._updates: dict[str, str] = {}

    def at(self, counter: str) -> Loop:
        """Name the counter."""
        self.counter = counter
        return self

    def begin(self) -> None:
        """Write the head."""
        writer = self.writer
        self._before = writer.block
        writer.line(f"br label %{self._head}")
        writer.label(self._head)

    def carry(self, kind: str, start: str) -> str:
        """Carry a value of type ``kind``; return its name inside. Before anything of the body."""
        name = "%" + self.writer.name()
        self.writer._lines.append("")
        self._carried[name] = (len(self.writer._lines) - 1, kind, start)
        return name

    def update(self, name: str, x: str) -> None:
        """Say what a carried value is in the next iteration."""
        self._updates[name] = x

    def end(self, again: str) -> None:
        """Write the branch back, taken if ``again`` holds."""
        writer, after = self.writer, self.writer.name()
        for name, (line, kind, start) in self._carried.items():
            incoming = f"[ {start}, %{self._before} ], [ {self._updates[name]}, %{writer.block} ]"
            writer._lines[line] = f"  {name} = phi {kind} {incoming}"
        writer.line(f"br i1 {again}, label %{self._head}, label %{after}")
        writer.label(after)
