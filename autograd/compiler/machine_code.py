"""Machine code that can be run: loaded into the process, and called on NumPy arrays."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.compiler.kernel import blocks

FloatArray = npt.NDArray[np.float64]


class _Arguments(ctypes.Structure):
    """What the function ``call`` takes, so that ctypes has to convert but one pointer."""

    _fields_ = (
        ("inputs", ctypes.c_void_p),
        ("samples", ctypes.c_int64),
        ("par", ctypes.c_void_p),
        ("out", ctypes.c_void_p),
        ("sums", ctypes.c_void_p),
        ("scratch", ctypes.c_void_p),
        ("first", ctypes.c_int64),
        ("stop", ctypes.c_int64),
        ("block", ctypes.c_int64),
    )


class _Pointer(ctypes.c_void_p):
    """A pointer that keeps alive what is used through it."""

    used: tuple[object, ...]


_PROTOTYPE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)

#: Scratch memory begins where a cache line does.
_ALIGNMENT = 64

SPACES = ("in", "par", "out", "sum")


def binding() -> Any:
    """llvmlite's binding of LLVM, ready to compile for this machine.

    Raises:
        ImportError: llvmlite is not installed; the message says how to install it.
    """
    try:
        import llvmlite.binding as llvm
    except ImportError as error:
        raise ImportError(
            "compiling to machine code needs llvmlite; install it with "
            '`pip install "scalar-autodiff[jit]"`, or use backend="numpy"'
        ) from error
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@functools.cache
def target_machine(llvm: Any, opt: int = 2) -> Any:
    """LLVM's description of this machine's processor, and how much it is to do for fast code."""
    target = llvm.Target.from_default_triple()
    features = llvm.get_host_cpu_features()
    # Some processors are slower for a while after wide vectors; code that is nothing but vectors
    # gains more than it loses.
    features["prefer-256-bit"] = False
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features.flatten(), opt=opt, jit=True
    )


class LlvmKernel:
    """A kernel as machine code.

    Attributes:
        sizes: for each space the number of its addresses.
        lanes: samples in a strip.
        address: the function ``void kernel(const double *in, int64_t n, const double *par, double
            *out, double *sum, double *scratch)``: it writes ``out`` and adds to ``sum``; any number
            of threads may run it at the same time, each with its own ``scratch``.
        scratch_size: the bytes that ``scratch`` must have.
        key: what the cache knows it by; empty if it is not there.
    """

    def __init__(
        self,
        code: bytes,
        sizes: Mapping[str, int],
        lanes: int,
        scratch_size: int,
        assembly: str = "",
    ) -> None:
        """Load machine code.

        Args:
            code: an object file, from LLVM or from ``object_code`` of the same kernel, made for
                this machine's processor.
            sizes: the kernel's.
            lanes: as it was compiled with.
            scratch_size: likewise.
            assembly: what it was compiled from.
        """
        self.sizes = dict(sizes)
        self.lanes = lanes
        self.scratch_size = scratch_size
        self.key = b""
        self._code = code
        self._assembly = assembly
        self._engine = _load(code)
        self.address: int = self._engine.get_function_address("kernel")
        self._call = _PROTOTYPE(self._engine.get_function_address("call"))

    def object_code(self) -> bytes:
        """The machine code as an object file."""
        return self._code

    @property
    def code_size(self) -> int:
        """The bytes of machine code, without what else is in an object file."""
        sections = binding().ObjectFileRef.from_data(self._code).sections()
        return sum(section.size() for section in sections if section.is_text())

    def ir(self) -> str:
        """What it was compiled from, in LLVM's assembly language; empty if that is not known."""
        return self._assembly

    def run(self, inputs: FloatArray, par: FloatArray, out: FloatArray, sums: FloatArray) -> None:
        """Run the kernel, without the interpreter's lock.

        Args:
            inputs: shape (N, sizes["in"]).
            par: shape (sizes["par"],).
            out: shape (N, sizes["out"]); written.
            sums: shape (sizes["sum"],); added to.

        Raises:
            TypeError: an array is not of float64, in the machine's byte order.
            ValueError: an array has the wrong shape, is not C-contiguous or aligned, or is to be
                written but read-only.
        """
        _check("sum", sums, (self.sizes["sum"],))
        self.bind(inputs, par, out, sums[None, :], max(len(inputs), 1)).run()

    def bind(
        self, inputs: FloatArray, par: FloatArray, out: FloatArray, sums: FloatArray, block: int
    ) -> BoundKernel:
        """Check the arrays as ``run`` does, and tie the kernel to them.

        Args:
            inputs: shape (N, sizes["in"]).
            par: shape (sizes["par"],).
            out: shape (N, sizes["out"]); written.
            sums: shape (blocks, sizes["sum"]), a row for each block of samples; added to.
            block: the samples in a block; there is one block at least.

        Raises:
            TypeError, ValueError: as ``run``.
        """
        samples = len(inputs)
        shapes = {
            "in": (samples, self.sizes["in"]),
            "par": (self.sizes["par"],),
            "out": (samples, self.sizes["out"]),
            "sum": (blocks(samples, block), self.sizes["sum"]),
        }
        arrays = dict(zip(SPACES, (inputs, par, out, sums), strict=True))
        for space, array in arrays.items():
            _check(space, array, shapes[space])
        return BoundKernel(self, self._call, inputs, par, out, sums, block)


class BoundKernel:
    """A kernel tied to arrays, with scratch memory of its own: for one thread at a time.

    It uses the arrays' memory as it is when it runs. They must not be resized.

    Attributes:
        run: runs all blocks, or after ``run_blocks`` the same as that did last.
    """

    def __init__(
        self,
        kernel: LlvmKernel,
        call: Any,
        inputs: FloatArray,
        par: FloatArray,
        out: FloatArray,
        sums: FloatArray,
        block: int,
    ) -> None:
        scratch = _memory(kernel.scratch_size + _ALIGNMENT)
        start = scratch.ctypes.data
        self._arguments = _Arguments(
            inputs.ctypes.data,
            len(inputs),
            par.ctypes.data,
            out.ctypes.data,
            sums.ctypes.data,
            start + -start % _ALIGNMENT,
            0,
            len(sums),
            block,
        )
        pointer = _Pointer(ctypes.addressof(self._arguments))
        pointer.used = (kernel, self._arguments, inputs, par, out, sums, scratch)
        self.run: Callable[[], None] = functools.partial(call, pointer)

    def run_blocks(self, first: int, stop: int) -> None:
        """Run the blocks from ``first`` to before ``stop``."""
        self._arguments.first = first
        self._arguments.stop = stop
        self.run()


def _load(code: bytes) -> Any:
    """Load an object file into the process."""
    llvm = binding()
    # The code is there: what compiles need not know the processor, nor be asked to do its best.
    machine = llvm.Target.from_default_triple().create_target_machine(opt=0, jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def _memory(size: int) -> npt.NDArray[np.uint8]:
    return np.empty(size, dtype=np.uint8)


def _check(space: str, array: FloatArray, shape: tuple[int, ...]) -> None:
    if not isinstance(array, np.ndarray) or array.dtype != np.float64:
        given = getattr(array, "dtype", type(array).__name__)
        raise TypeError(f"the array for {space!r} should be of float64, not {given}")
    if array.shape != shape:
        raise ValueError(f"the array for {space!r} should have shape {shape}, not {array.shape}")
    if not (array.flags.c_contiguous and array.flags.aligned):
        raise ValueError(
            f"the array for {space!r} should be C-contiguous and aligned; "
            "np.ascontiguousarray(x) makes it so"
        )
    if space in ("out", "sum") and not array.flags.writeable:
        raise ValueError(f"the array for {space!r} is written to, but it is read-only")
