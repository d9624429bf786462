"""C by hand: what a person would write for the processor, a strip of 64 samples at a time."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.compiled.peers.peer import Peer, Task, flat
from benchmarks.compiled.workloads import AsianCall, FloatArray, Hinge
from benchmarks.peers.peer import NotInstalled

SOURCES = Path(__file__).resolve().parent.parent
FLAGS = ("-O3", "-march=native", "-ffast-math")
STRIP = 64


class CStrips(Peer):
    """Compiled when it is asked for, by the system's C compiler."""

    def version(self) -> str:
        """Return the compiler's name and version.

        Raises:
            NotInstalled: there is no C compiler.
        """
        if shutil.which("cc") is None:
            raise NotInstalled("no C compiler called cc")
        said = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True)
        return said.stdout.partition("\n")[0]

    def hinge(self, workload: Hinge) -> Task:
        """See hinge.c."""
        layers, x, y = workload.data
        _, parameters = flat((0.0, layers))
        width = workload.sizes[1]
        function = _compiled("hinge", {"WIDTH": width})
        return _task(function, workload.samples, [x, y], parameters)

    def asian_call(self, workload: AsianCall) -> Task:
        """See asian_call.c."""
        market, increments = workload.data
        function = _compiled("asian_call", {"STEPS": workload.steps})
        return _task(function, workload.paths, [increments], np.array(market))


def _compiled(name: str, definitions: dict[str, int]) -> Any:
    """Compile and load a function that returns a double."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / f"{name}.so"
        macros = [f"-D{macro}={value}" for macro, value in definitions.items()]
        source = SOURCES / f"{name}.c"
        compiled = library.with_suffix(".o")
        subprocess.run(
            ["cc", *FLAGS, *macros, "-fPIC", "-c", str(source), "-o", str(compiled)], check=True
        )
        # Linked without -ffast-math: with it, loading the library would make the whole process
        # treat subnormal numbers as zero.
        subprocess.run(["cc", "-shared", str(compiled), "-o", str(library), "-lm"], check=True)
        function = ctypes.CDLL(str(library))[name]
    function.restype = ctypes.c_double
    return function


def _task(function: Any, samples: int, data: list[FloatArray], parameters: FloatArray) -> Task:
    if samples < STRIP:
        raise ValueError(f"there should be at least {STRIP} samples, not {samples}")
    arguments = [array.ctypes.data_as(ctypes.c_void_p) for array in [*data, parameters]]

    def evaluate() -> Any:
        gradient = np.zeros_like(parameters)
        value = function(
            ctypes.c_long(samples), *arguments, gradient.ctypes.data_as(ctypes.c_void_p)
        )
        return value, gradient

    def numbers(result: Any, _: Any = (data, parameters)) -> tuple[float, FloatArray]:
        return flat(result)

    return Task(evaluate, numbers)


PEER = CStrips()
