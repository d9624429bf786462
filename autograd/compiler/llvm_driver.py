"""The function that a caller sees: it takes the samples strip by strip.

Samples come and go as rows; a strip is gathered from rows, worked on by the functions of a kernel's
stretches, and scattered to rows. Sums are kept as vectors, one element for each residue of the
sample's number, and added up at the end: then a sum costs no more than any other operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from autograd.compiler.llvm_writer import Loop, Module, Writer
from autograd.compiler.strip_code import Layout
from autograd.compiler.transpose import transposed

#: The spaces whose addresses are strips.
STRIPS = ("in", "tmp", "keep", "out")

#: What the functions of stretches are given: where each space begins.
PARAMETERS = (*STRIPS, "par", "sum")

#: What the function ``kernel`` is given.
ARGUMENTS = {
    "in": "ptr noalias",
    "n": "i64",
    **dict.fromkeys(("par", "out", "sum", "scratch"), "ptr noalias"),
}

#: What follows in the struct that ``call`` is given: the blocks of samples to run, and the samples
#: in a block.
BLOCKS = {"first": "i64", "stop": "i64", "block": "i64"}


@dataclass
class Version:
    """A kernel's stretches, compiled for strips of one length.

    Attributes:
        layout: the length of the strips.
        functions: the names of the functions, in order. They take ``PARAMETERS`` and the number of
            samples in the strip.
    """

    layout: Layout
    functions: list[str] = field(default_factory=list)

    def call(self, w: Writer, pointers: Mapping[str, str], valid: str | int) -> None:
        """Write the calls that work on a strip."""
        arguments = ", ".join([f"ptr {pointers[space]}" for space in PARAMETERS])
        for function in self.functions:
            w.line(f"call void @{function}({arguments}, i64 {valid})")


class Scratch:
    """Where spaces lie in scratch memory.

    Attributes:
        offsets: for each of them its first byte.
        size: all bytes.
    """

    def __init__(self, sizes: Mapping[str, int], layout: Layout) -> None:
        self.offsets: dict[str, int] = {}
        self.size = 0
        for space in (*STRIPS, "sum"):
            self.offsets[space] = self.size
            size = sizes[space] * layout.stride(space)
            self.size += size + -size % 64


def write_driver(
    module: Module, sizes: Mapping[str, int], versions: Sequence[Version], scratch: Scratch
) -> None:
    """Add the functions ``kernel`` and ``call`` to a module; the latter's arguments are a struct.

    Args:
        module: where the stretches and, unless vectors are single numbers, the transposes are.
        sizes: for each space the number of its addresses.
        versions: for strips of several vectors, if there is one, and for single vectors.
        scratch: where spaces lie in scratch memory.
    """
    driver = _Driver(module, sizes, versions, scratch)
    if driver.writer.width == 1:
        driver.single_samples()
    else:
        driver.strips()
    parameters = ", ".join([f"{kind} %{name}" for name, kind in ARGUMENTS.items()])
    driver.writer.finish(f"define void @kernel({parameters}) nounwind")
    _write_call(module, sizes)


def _write_call(module: Module, sizes: Mapping[str, int]) -> None:
    """Add ``call``: it runs ``kernel`` on blocks of samples, each with sums of its own."""
    w = Writer(module, 1)
    given = {}
    for k, (name, kind) in enumerate({**ARGUMENTS, **BLOCKS}.items()):
        kind = kind.split()[0]
        given[name] = w.value(f"load {kind}, ptr {w.address('%arguments', 8 * k)}, align 8")
    first, stop, block = [given[name] for name in BLOCKS]
    with w.when(w.value(f"icmp ult i64 {first}, {stop}")), w.loop(first, stop, 1) as loop:
        start = w.integer_value("mul", loop.counter, block)
        part = dict(given)
        part["n"] = w.minimum(w.integer_value("sub", given["n"], start), block)
        for space, row in (("in", start), ("out", start), ("sum", loop.counter)):
            offset = w.integer_value("mul", row, 8 * sizes[space])
            part[space] = w.address(given[space], offset)
        arguments = [f"{kind.split()[0]} {part[name]}" for name, kind in ARGUMENTS.items()]
        w.line(f"call void @kernel({', '.join(arguments)})")
    w.finish("define void @call(ptr %arguments) nounwind")


class _Driver:
    def __init__(
        self,
        module: Module,
        sizes: Mapping[str, int],
        versions: Sequence[Version],
        scratch: Scratch,
    ) -> None:
        self.sizes = sizes
        self.versions = versions
        self.writer = Writer(module, versions[-1].layout.width)
        offsets = scratch.offsets.items()
        self.pointers = {space: self.writer.address("%scratch", at) for space, at in offsets}
        self.pointers["par"] = "%par"

    def single_samples(self) -> None:
        """Take one sample after the other, where it is; sums are added to directly."""
        pointers = {**self.pointers, "sum": "%sum"}
        with self.samples("0", "%n", 1) as loop:
            for space in ("in", "out"):
                pointers[space] = self.row(space, loop.counter)
            self.versions[-1].call(self.writer, pointers, 1)

    def strips(self) -> None:
        """Take full strips of several vectors, then vectors, the last of which may be partial."""
        w, narrow = self.writer, self.versions[-1]
        self.clear_sums()
        done = "0"
        if len(self.versions) > 1:
            wide = self.versions[0]
            lanes = wide.layout.lanes
            done = w.integer_value("and", "%n", -lanes)
            with self.samples("0", done, lanes) as loop:
                self.move_strip("gather", "in", loop.counter, wide.layout)
                wide.call(w, self.pointers, lanes)
                self.move_strip("scatter", "out", loop.counter, wide.layout)
        with self.samples(done, "%n", w.width) as loop:
            left = w.integer_value("sub", "%n", loop.counter)
            valid = w.minimum(left, w.width)
            self.move_vector("gather", "in", loop.counter, valid)
            narrow.call(w, self.pointers, valid)
            self.move_vector("scatter", "out", loop.counter, valid)
        self.add_sums()

    @contextmanager
    def samples(self, start: str, stop: str, step: int) -> Iterator[Loop]:
        """A loop over samples, which may be none."""
        w = self.writer
        some = w.value(f"icmp ult i64 {start}, {stop}")
        with w.when(some), w.loop(start, stop, step) as loop:
            yield loop

    def row(self, space: str, sample: str) -> str:
        """Where a sample's row begins."""
        w = self.writer
        return w.address(f"%{space}", w.integer_value("mul", sample, 8 * self.sizes[space]))

    def move_strip(self, action: str, space: str, first: str, layout: Layout) -> None:
        """Gather or scatter a full strip."""
        w = self.writer
        if not self.sizes[space]:
            return
        with w.loop(0, layout.lanes, w.width) as loop:
            rows = self.row(space, w.integer_value("add", first, loop.counter))
            strips = w.address(self.pointers[space], w.integer_value("shl", loop.counter, 3))
            stride = layout.stride(space)
            w.line(f"call void @{action}_full(ptr {rows}, ptr {strips}, i64 {stride})")

    def move_vector(self, action: str, space: str, first: str, valid: str) -> None:
        """Gather or scatter a strip of one vector, some elements of which may be empty."""
        w = self.writer
        if not self.sizes[space]:
            return
        operands = f"ptr {self.row(space, first)}, ptr {self.pointers[space]}, i64 {8 * w.width}"
        full = w.value(f"icmp eq i64 {valid}, {w.width}")
        with w.when(full):
            w.line(f"call void @{action}_full({operands})")
        with w.when(w.value(f"xor i1 {full}, true")):
            w.line(f"call void @{action}_part({operands}, i64 {valid})")

    def clear_sums(self) -> None:
        w = self.writer
        if self.sizes["sum"]:
            with w.loop(0, self.sizes["sum"], 1) as loop:
                offset = w.integer_value("mul", loop.counter, 8 * w.width)
                w.store(w.constant(0.0), w.address(self.pointers["sum"], offset))

    def add_sums(self) -> None:
        """Add up the elements of each vector of sums, and add that to what the caller has."""
        w, count, sums = self.writer, self.sizes["sum"], self.pointers["sum"]
        full = count - count % w.width
        if full:
            with w.loop(0, full, w.width) as loop:
                first = w.address(sums, w.integer_value("mul", loop.counter, 8 * w.width))
                rows = [w.load(w.address(first, 8 * w.width * k)) for k in range(w.width)]
                target = w.address("%sum", w.integer_value("shl", loop.counter, 3))
                w.store(w.apply("fadd", w.load(target), w.total(transposed(w, rows))), target)
        for k in range(full, count):
            target = w.address("%sum", 8 * k)
            y = w.value(f"load double, ptr {target}, align 8")
            x = w.load(w.address(sums, 8 * w.width * k))
            w.line(f"store double {w.reduced(y, x)}, ptr {target}, align 8")
