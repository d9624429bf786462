"""The options of ``compile``, checked."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from autograd.compiler.emit_numpy import NumpyKernel
from autograd.compiler.kernel import Kernel
from autograd.compiler.machine_code import binding
from autograd.compiler.program import Program
from autograd.compiler.tape import Tape

Reduce = Literal["sum", "mean"] | None
Backend = Literal["auto", "llvm", "numpy"]
Branches = Literal["error", "guard"]


@dataclass(frozen=True)
class Options:
    """The arguments of ``compile``, see there; and how machine code is made.

    Attributes:
        quick: whether to make machine code in a fraction of the time, that may be slower, but
            computes the same to the last bit.
    """

    argnums: int | Sequence[int]
    in_axes: Any
    reduce: Reduce
    backend: Backend
    threads: int | None
    check: bool
    cache: bool
    branches: Branches = "error"
    max_recordings: int = 64
    max_conditions: int = 10_000
    quick: bool = False

    def __post_init__(self) -> None:
        if self.reduce not in (None, "sum", "mean"):
            raise ValueError(f"reduce should be None, 'sum' or 'mean', not {self.reduce!r}")
        if self.backend not in ("auto", "llvm", "numpy"):
            raise ValueError(f"backend should be 'auto', 'llvm' or 'numpy', not {self.backend!r}")
        if self.branches not in ("error", "guard"):
            raise ValueError(f"branches should be 'error' or 'guard', not {self.branches!r}")
        for name in ("threads", "max_recordings", "max_conditions"):
            number = getattr(self, name)
            or_none = " or None" if name == "threads" else ""
            if number is None and or_none:
                continue
            if not isinstance(number, int) or number < 1:
                raise ValueError(f"{name} should be a positive int{or_none}, not {number!r}")
        if self.backend == "llvm":
            binding()

    def program(self, tape: Tape, request: Any, build: Callable[[], Program]) -> Program:
        """Build a program, or take it from the cache; see ``cached_program``."""
        if self.check or not self.cache or not self.machine_code:
            return build()
        from autograd.compiler.program_cache import cached_program

        return cached_program(tape, (request, self.quick), build)

    def emit(self, kernel: Kernel, one_sample: bool) -> Any:
        """What runs a kernel: machine code, or NumPy."""
        if not self.machine_code:
            return NumpyKernel(kernel)
        lanes = 1 if one_sample else None
        if self.cache:
            from autograd.compiler.kernel_cache import cached_kernel

            return cached_kernel(kernel, lanes, self.quick)
        from autograd.compiler.emit_llvm import compile_kernel

        return compile_kernel(kernel, lanes, self.quick)

    @property
    def machine_code(self) -> bool:
        """Whether kernels are machine code, not interpreted by NumPy."""
        if self.backend == "auto":
            return importlib.util.find_spec("llvmlite") is not None
        return self.backend == "llvm"

    def workers(self) -> int:
        """How many threads there may be."""
        if self.threads is not None:
            return self.threads
        usable = getattr(os, "sched_getaffinity", None)
        return len(usable(0)) if usable else os.cpu_count() or 1
