"""Code for a stretch of a kernel: operations and loops on strips, held in registers where possible.

A stretch works on a strip in chunks of a few vectors (its units) at a time. That is always allowed,
because every operation is elementwise. What the stretch reads or writes at a place that stands
still in a loop is carried through that loop in registers, unless something else in the loop may
touch the same memory. Stores wait until they are needed: most temporary results are overwritten or
used up before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograd.compiler.affine import Nest, Node, Operation, Place, Tree, places
from autograd.compiler.kernel import READ_ONLY, SINGLE
from autograd.compiler.llvm_writer import Loop, Writer
from autograd.compiler.registers import Uses
from autograd.compiler.vector_math import OPERATIONS


@dataclass
class Layout:
    """How strips lie in memory.

    Attributes:
        lanes: samples in a strip.
        width: samples in a vector.
    """

    lanes: int
    width: int

    def stride(self, space: str) -> int:
        """The bytes from one address of a space to the next."""
        if space in ("par", "const"):
            return 8
        return 8 * (self.width if space == "sum" else self.lanes)


class Stretch:
    """Writes the code of a stretch for one chunk.

    Attributes:
        pointers: for each space, and the loops in which places of it move, the pointer to the
            address that is zero but for these moves.
        held: for each unit the places that are in registers, each with its value.
        dirty: for each unit those of them that memory does not have yet.
        single: the same for places that are one number for all samples.
        sums: the sums in registers: vectors that are still to be added to what is in memory.
    """

    def __init__(
        self,
        writer: Writer,
        tree: Tree,
        constants: Sequence[float],
        layout: Layout,
        units: int,
        pointers: dict[str, str],
        valid: str | None,
    ) -> None:
        """Begin a stretch.

        Args:
            writer: where to write.
            tree: the kernel that the stretch is a part of.
            constants: its constants.
            layout: how strips lie in memory.
            units: vectors in a chunk.
            pointers: for each space where the chunk begins.
            valid: which elements of the (only) vector are samples; None if all are.
        """
        self.writer = writer
        self.tree = tree
        self.constants = constants
        self.layout = layout
        self.units = units
        self.pointers: dict[tuple[str, tuple[tuple[int, int], ...]], str] = {
            (space, ()): pointer for space, pointer in pointers.items()
        }
        self.valid = valid
        self.held: list[dict[Place, str]] = [{} for _ in range(units)]
        self.dirty: list[set[Place]] = [set() for _ in range(units)]
        self.single: dict[Place, str] = {}
        self.sums: dict[Place, list[str]] = {}

    def run(self, nodes: Sequence[Node], dead: set[Place]) -> None:
        """Write the code of the nodes; places in ``dead`` are not needed afterwards."""
        self.body(nodes)
        for unit in range(self.units):
            self.dirty[unit] -= dead
            self.store_all(unit, list(self.dirty[unit]))
        for place in list(self.sums):
            self.store_sum(place)

    def body(self, nodes: Sequence[Node]) -> None:
        """Write nodes; between loops each unit goes ahead on its own, so that little is live."""
        straight: list[Operation] = []
        for node in nodes:
            if isinstance(node, Operation):
                straight.append(node)
                continue
            self.operations(straight)
            straight = []
            self.nest(node)
        self.operations(straight)

    # Operations
    # ----------

    def operations(self, straight: Sequence[Operation]) -> None:
        """Write operations that follow each other."""
        for unit in range(self.units):
            for operation in straight:
                operands = [self.read(place, unit) for place in operation.operands]
                if operation.target.space == "sum":
                    self.accumulate(operation, operands, unit)
                else:
                    result = OPERATIONS[operation.name](self.writer, *operands)
                    self.write(operation.target, result, unit)

    def read(self, place: Place, unit: int) -> str:
        """The value at a place, loaded if it is not in a register."""
        if place.space == "const" and not place.steps:
            return self.writer.constant(self.constants[place.base])
        registers = self.single if place.space in SINGLE else self.held[unit]
        if place not in registers:
            if place.space not in READ_ONLY:
                self.settle(place, unit)
            registers[place] = self.load(place, unit)
        return registers[place]

    def write(self, place: Place, x: str, unit: int) -> None:
        """Put a value in a register that stands for a place."""
        for other in self.settle(place, unit):
            del self.held[unit][other]
        self.held[unit][place] = x
        self.dirty[unit].add(place)

    def settle(self, place: Place, unit: int) -> list[Place]:
        """Store what may be at the same address as ``place``; return all that may be."""
        overlapping = [other for other in self.held[unit] if self.clash(place, other)]
        self.store_all(unit, [other for other in overlapping if other in self.dirty[unit]])
        return overlapping

    def clash(self, p: Place, q: Place) -> bool:
        """Whether different places may coincide."""
        return p.steps != q.steps and p.space == q.space and self.tree.overlap(p, q)

    def store_all(self, unit: int, chosen: Sequence[Place]) -> None:
        """Bring memory up to date, in order of addresses."""
        for place in sorted(chosen):
            self.writer.store(self.held[unit][place], self.pointer(place, unit))
            self.dirty[unit].discard(place)

    def load(self, place: Place, unit: int) -> str:
        """Load a vector, or a number into all elements of one."""
        pointer = self.pointer(place, unit)
        if place.space not in SINGLE:
            return self.writer.load(pointer)
        return self.writer.broadcast(self.writer.value(f"load double, ptr {pointer}, align 8"))

    def pointer(self, place: Place, unit: int) -> str:
        """The address of a place in memory, for one unit."""
        offset = place.base * self.layout.stride(place.space)
        if place.space not in SINGLE:
            offset += unit * self.layout.width * 8
        return self.writer.address(self.pointers[place.space, place.steps], offset)

    # Sums over samples
    # -----------------

    def accumulate(self, operation: Operation, operands: Sequence[str], unit: int) -> None:
        """Add the result of an operation to a sum."""
        place = operation.target
        if place not in self.sums:
            for other in [other for other in self.sums if self.clash(place, other)]:
                self.store_sum(other)
            # Not from what is in memory: a large sum should have few small terms added to it.
            self.sums[place] = []
        parts = self.sums[place]
        if not parts:
            term = OPERATIONS[operation.name](self.writer, *operands)
            parts.append(self.masked(term, self.writer.constant(-0.0)))
            return
        k = unit % len(parts)
        if operation.name == "multiply":
            x, y = operands
            total = self.writer.fma(x, y, parts[k])
        else:
            term = OPERATIONS[operation.name](self.writer, *operands)
            total = self.writer.apply("fadd", parts[k], term)
        parts[k] = self.masked(total, parts[k])

    def masked(self, x: str, otherwise: str) -> str:
        """A vector, and something else where there are no samples."""
        return x if self.valid is None else self.writer.select(self.valid, x, otherwise)

    def store_sum(self, place: Place) -> None:
        """Add up the parts of a sum, and bring memory up to date."""
        total = self.writer.total(self.sums.pop(place))
        pointer = self.pointer(place, 0)
        self.writer.store(self.writer.apply("fadd", self.writer.load(pointer), total), pointer)

    # Loops
    # -----

    def nest(self, nest: Nest) -> None:
        """Write a loop."""
        uses = Uses(nest, self.tree)
        self.leave_to_memory(uses)
        carried = self.prepare(uses)
        loop = Loop(self.writer)
        loop.begin()
        counter = loop.carry("i64", "0")
        outer_pointers = dict(self.pointers)
        moves = self.carry_pointers(nest, loop)
        names = [
            (unit, place, loop.carry(self.writer.vector, self.held[unit][place]))
            for place in carried
            for unit in range(self.units)
        ]
        for unit, place, name in names:
            self.held[unit][place] = name
        outer_sums, self.sums = self.sums, {}
        zero = self.writer.constant(-0.0)
        for place in uses.sums:
            self.sums[place] = [loop.carry(self.writer.vector, zero) for _ in range(self.units)]
        sum_names = [(place, list(self.sums[place])) for place in uses.sums]
        known = [set(held) for held in self.held]

        self.body(nest.body)

        for unit in range(self.units):
            passing = [p for p in self.held[unit] if p not in known[unit] | uses.fixed]
            self.store_all(unit, [p for p in passing if p in self.dirty[unit]])
            for place in passing:
                del self.held[unit][place]
        for place in [place for place in self.sums if place not in uses.sums]:
            self.store_sum(place)
        for unit, place, name in names:
            loop.update(name, self.held[unit][place])
        for place, parts in sum_names:
            for name, part in zip(parts, self.sums[place]):
                loop.update(name, part)
        for name, step in moves:
            loop.update(name, self.writer.address(name, step))
        following = self.writer.integer_value("add nuw nsw", counter, 1)
        loop.update(counter, following)
        loop.end(self.writer.value(f"icmp ult i64 {following}, {nest.count}"))
        self.pointers = outer_pointers
        inner_sums, self.sums = self.sums, outer_sums
        self.add_sums(inner_sums)

    def leave_to_memory(self, uses: Uses) -> None:
        """Before a loop: give up registers for what the loop may touch in memory."""
        for unit in range(self.units):
            for place, written in uses.moving.items():
                overlapping = self.settle(place, unit)
                if place in self.dirty[unit]:
                    self.store_all(unit, [place])
                for other in [*overlapping, place] if written else ():
                    self.held[unit].pop(other, None)
        for place in uses.moving_sums:
            for other in [s for s in self.sums if s == place or self.clash(place, s)]:
                self.store_sum(other)

    def prepare(self, uses: Uses) -> list[Place]:
        """Before a loop: load what it reads at fixed places; return those that it changes."""
        for place in uses.hoisted:
            self.read(place, 0)
        for unit in range(self.units):
            for place in uses.read_first:
                self.read(place, unit)
            for place in uses.written_first:
                self.held[unit].pop(place, None)
                self.dirty[unit].discard(place)
        return [place for place in uses.read_first if place in uses.changed]

    def carry_pointers(self, nest: Nest, loop: Loop) -> list[tuple[str, int]]:
        """Carry a pointer for each way in which places move in a loop; return their steps."""
        moves: dict[tuple[str, tuple[tuple[int, int], ...]], int] = {}
        for place, _ in places(nest.body):
            steps = tuple([step for step in place.steps if step[0] <= nest.number])
            if steps and steps[-1][0] == nest.number:
                moves[place.space, steps] = steps[-1][1] * self.layout.stride(place.space)
        names = []
        for (space, steps), step in moves.items():
            name = loop.carry("ptr", self.pointers[space, steps[:-1]])
            self.pointers[space, steps] = name
            names.append((name, step))
        return names

    def add_sums(self, inner: dict[Place, list[str]]) -> None:
        """After a loop: add the sums that it carried to those outside."""
        for place, entry in inner.items():
            for other in [other for other in self.sums if self.clash(place, other)]:
                self.store_sum(other)
            if place not in self.sums:
                self.sums[place] = entry
                continue
            parts = self.sums[place]
            for k, part in enumerate(entry):
                k %= len(parts)
                parts[k] = self.writer.apply("fadd", parts[k], part)
