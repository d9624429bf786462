"""The kernel: what the emitters turn into code.

A kernel is a rolled program on *strips*. A strip holds one number for each of a few dozen samples;
every instruction works on whole strips, element by element, so that the emitted code consists of
full-width vector instructions. Numbers that are the same for all samples are single.

Instructions name their operands by address in one of these spaces:

========= ============================================================ ===========
space     what is in it                                                one address
========= ============================================================ ===========
``in``    inputs that differ from sample to sample                     a strip
``par``   inputs that are the same for all samples                     a number
``const`` constants                                                    a number
``tmp``   results that are soon used up                                a strip
``keep``  results that are needed later                                a strip
``out``   results wanted for each sample                               a strip
``sum``   results summed over samples; an instruction that writes here a number
          adds the sum of the strip to what is there
========= ============================================================ ===========
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from autograd.compiler.roll import Loops

READ_ONLY = ("in", "par", "const")
SINGLE = ("par", "const", "sum")


class Shape(NamedTuple):
    """What an instruction does: its operation, and the spaces of its addresses.

    Attributes:
        operation: the name of an elementwise rule (``"add"``, ``"tanh"``, ``"where"`` …), or
            ``"copy"`` (the operand itself) or ``"fma"`` (the product of the first two plus the
            third, rounded once or twice, as is faster).
        spaces: the space it writes to, then those of its operands.
    """

    operation: str
    spaces: tuple[str, ...]

    def listing(self, addresses: Sequence[str]) -> str:
        """A line of a listing, such as ``tmp[0] = fma par[i] in[i] tmp[0]``."""
        to, *sources = [f"{space}[{a}]" for space, a in zip(self.spaces, addresses)]
        return " ".join([to, "=", self.operation, *sources])


@dataclass
class Kernel:
    """A rolled program and the sizes of the spaces it works in.

    Attributes:
        loops: the program; its instructions have a ``Shape`` each. No instruction reads an ``out``
            or ``sum`` address.
        sizes: for each space the number of its addresses.
        constants: the numbers in ``const``.
    """

    loops: Loops
    sizes: dict[str, int]
    constants: list[float] = field(default_factory=list)


def blocks(samples: int, block: int) -> int:
    """How many blocks of ``block`` samples there are: an empty one if there are no samples."""
    return max(1, -(-samples // block))
