"""Code that moves samples between rows, as users have them, and strips, as kernels work on them.

Both directions transpose blocks of as many rows as a vector is wide. Full blocks go through
registers in tiles that are as wide as they are high; the last, partial one number by number.
"""

from __future__ import annotations

from autograd.compiler.llvm_writer import Module, Writer

_HEADER = "define internal void @{}(ptr noalias %rows, ptr noalias %strips, i64 %stride{}) nounwind"


def write_transposes(module: Module, inputs: int, outputs: int) -> None:
    """Add the functions that fill the strips of inputs and empty those of outputs.

    ``gather_full`` and ``gather_part`` take the first row, the first strip at the element where it
    goes, the bytes from strip to strip, and (``gather_part``) how many rows there are; the rest of
    the block is filled with the last of them. ``scatter_full`` and ``scatter_part`` take the same
    and go the other way.
    """
    if inputs:
        _gather_full(module, inputs)
        _gather_part(module, inputs)
    if outputs:
        _scatter_full(module, outputs)
        _scatter_part(module, outputs)


def _gather_full(module: Module, count: int) -> None:
    w = Writer(module, module.width)
    rows = [w.address("%rows", 8 * count * k) for k in range(w.width)]
    if count == 1:
        w.store(w.load("%rows"), "%strips")
    elif count < w.width:
        strip = "%strips"
        for column in range(count):
            x = "poison"
            for k, row in enumerate(rows):
                y = w.value(f"load double, ptr {w.address(row, 8 * column)}, align 8")
                x = w.value(f"insertelement {w.vector} {x}, double {y}, i64 {k}")
            w.store(x, strip)
            strip = w.address(strip, "%stride")
    else:
        with w.loop(0, count, w.width) as loop:
            first = _first_column(w, loop.counter, count)
            offset = w.integer_value("shl", first, 3)
            block = transposed(w, [w.load(w.address(row, offset)) for row in rows])
            strip = w.address("%strips", w.integer_value("mul", first, "%stride"))
            for x in block:
                w.store(x, strip)
                strip = w.address(strip, "%stride")
    w.finish(_HEADER.format("gather_full", ""))


def _scatter_full(module: Module, count: int) -> None:
    w = Writer(module, module.width)
    rows = [w.address("%rows", 8 * count * k) for k in range(w.width)]
    if count == 1:
        w.store(w.load("%strips"), "%rows")
    elif count < w.width:
        strip = "%strips"
        for column in range(count):
            x = w.load(strip)
            for k, row in enumerate(rows):
                y = w.value(f"extractelement {w.vector} {x}, i64 {k}")
                w.line(f"store double {y}, ptr {w.address(row, 8 * column)}, align 8")
            strip = w.address(strip, "%stride")
    else:
        with w.loop(0, count, w.width) as loop:
            first = _first_column(w, loop.counter, count)
            offset = w.integer_value("shl", first, 3)
            strip = w.address("%strips", w.integer_value("mul", first, "%stride"))
            block = []
            for _ in rows:
                block.append(w.load(strip))
                strip = w.address(strip, "%stride")
            for row, x in zip(rows, transposed(w, block)):
                w.store(x, w.address(row, offset))
    w.finish(_HEADER.format("scatter_full", ""))


def _first_column(w: Writer, counter: str, count: int) -> str:
    """The first column of a tile; the last tile ends with the last column, over the one before."""
    return w.minimum(counter, count - w.width)


def transposed(w: Writer, rows: list[str]) -> list[str]:
    """Transpose a square: blocks of 1, 2, 4 … elements change places."""
    distance = 1
    while distance < w.width:
        for k in range(w.width):
            if not k & distance:
                a, b = rows[k], rows[k + distance]
                upper = [j + w.width - distance if j & distance else j for j in range(w.width)]
                lower = [j + w.width if j & distance else j + distance for j in range(w.width)]
                rows[k], rows[k + distance] = w.shuffle(a, b, upper), w.shuffle(a, b, lower)
        distance *= 2
    return rows


def _gather_part(module: Module, count: int) -> None:
    w = Writer(module, module.width)
    last = w.integer_value("sub", "%valid", 1)
    with w.loop(0, w.width, 1) as loop:
        row = w.minimum(loop.counter, last)
        _copy_row(w, row, loop.counter, count, to_strips=True)
    w.finish(_HEADER.format("gather_part", ", i64 %valid"))


def _scatter_part(module: Module, count: int) -> None:
    w = Writer(module, module.width)
    with w.loop(0, "%valid", 1) as loop:
        _copy_row(w, loop.counter, loop.counter, count, to_strips=False)
    w.finish(_HEADER.format("scatter_part", ", i64 %valid"))


def _copy_row(w: Writer, row: str, element: str, count: int, to_strips: bool) -> None:
    numbers = w.address("%rows", w.integer_value("mul", row, 8 * count))
    strips = w.address("%strips", w.integer_value("shl", element, 3))
    with w.loop(0, count, 1) as loop:
        number = w.address(numbers, w.integer_value("shl", loop.counter, 3))
        place = w.address(strips, w.integer_value("mul", loop.counter, "%stride"))
        source, target = (number, place) if to_strips else (place, number)
        x = w.value(f"load double, ptr {source}, align 8")
        w.line(f"store double {x}, ptr {target}, align 8")
