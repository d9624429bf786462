"""The LLVM backend: kernels as machine code.

The code works on strips of samples. A kernel is cut into stretches of bounded size, each of which
becomes a function that works on a whole strip. There are two versions of them: one for strips of
several vectors, whose loops keep as many vectors in flight as the registers hold, and one for
single vectors, some elements of which may be empty, for the samples that are left over. For calls
with very few samples there is code that takes them one by one.
"""

from __future__ import annotations

from autograd.compiler.affine import Tree
from autograd.compiler.jam import jam
from autograd.compiler.kernel import Kernel
from autograd.compiler.llvm_driver import PARAMETERS, STRIPS, Scratch, Version, write_driver
from autograd.compiler.llvm_writer import Module, Writer, constant_array
from autograd.compiler.machine_code import LlvmKernel, binding, target_machine
from autograd.compiler.registers import Part, cut
from autograd.compiler.strip_code import Layout, Stretch
from autograd.compiler.transpose import write_transposes
from autograd.compiler.vector_math import vector_library

#: Loops that have at most this many operations when unrolled are unrolled.
UNROLL = 8

#: Vectors in a strip, unless the caller says how long it should be.
UNITS = 4


def compile_kernel(kernel: Kernel, lanes: int | None = None, quick: bool = False) -> LlvmKernel:
    """Compile a kernel for this machine.

    Code that is made quickly computes the same, to the last bit: nothing that LLVM does to make
    code faster changes how numbers are rounded.

    Args:
        kernel: what to compile.
        lanes: samples in a strip: 1, for calls with very few samples, or a power of two times
            ``host_width()``; what is good for many samples if None.
        quick: whether to take a fraction of the time, for code that may be slower.

    Raises:
        ImportError: llvmlite is not installed; the message says how to install it.
        ValueError: ``lanes`` is none of these, or the kernel reaches outside its spaces.
    """
    llvm = binding()
    width = host_width()
    if lanes is None:
        # How samples are added up depends on the strips; what is computed for each does not.
        lanes = width if quick and not kernel.sizes["sum"] else width * UNITS
    units, rest = divmod(lanes, width)
    if lanes != 1 and (rest or units < 1 or units & (units - 1)):
        raise ValueError(
            f"lanes should be 1 or {width} times a power of two on this machine, not {lanes}"
        )
    module = Module(width, vector_library(llvm))
    scratch_size = _write(module, kernel, lanes)
    text = str(module)
    code = target_machine(llvm, opt=0 if quick else 2).emit_object(llvm.parse_assembly(text))
    return LlvmKernel(code, kernel.sizes, lanes, scratch_size, text)


def host_width() -> int:
    """How many doubles the vectors of this machine's processor hold."""
    features = binding().get_host_cpu_features()
    if features.get("avx512f"):
        return 8
    return 4 if features.get("avx") else 2


def _write(module: Module, kernel: Kernel, lanes: int) -> int:
    """Add a kernel's functions to a module; return the bytes of scratch memory it needs."""
    module.functions.append(constant_array("constants", kernel.constants))
    tree = Tree(kernel, UNROLL)
    jam(tree)
    width = 1 if lanes == 1 else module.width
    versions = []
    if lanes > width:
        versions.append(_version(module, kernel, tree, Layout(lanes, width), "wide"))
    versions.append(_version(module, kernel, tree, Layout(width, width), "narrow"))
    if width > 1:
        write_transposes(module, tree.sizes["in"], tree.sizes["out"])
    scratch = Scratch(tree.sizes, Layout(lanes, width))
    write_driver(module, tree.sizes, versions, scratch)
    return scratch.size


def _version(module: Module, kernel: Kernel, tree: Tree, layout: Layout, name: str) -> Version:
    """Add the functions of all stretches for strips of one length."""
    version = Version(layout)
    for part in cut(tree, layout.lanes // layout.width, layout.width):
        function = f"{name}_{len(version.functions)}"
        version.functions.append(function)
        _write_stretch(Writer(module, layout.width), kernel, tree, layout, part, function)
    return version


def _write_stretch(
    w: Writer, kernel: Kernel, tree: Tree, layout: Layout, part: Part, name: str
) -> None:
    """Add the function of one stretch: a loop over the chunks of a strip, or one chunk only."""
    pointers = {space: f"%{space}" for space in PARAMETERS}
    pointers["const"] = "@constants"
    # Only strips of one vector may be partial.
    valid = w.first_elements("%valid") if 1 < layout.width == layout.lanes else None

    def write_chunk() -> None:
        stretch = Stretch(w, tree, kernel.constants, layout, part.units, pointers, valid)
        stretch.run(part.nodes, part.dead)

    chunk = part.units * layout.width
    if chunk == layout.lanes:
        write_chunk()
    else:
        with w.loop(0, 8 * layout.lanes, 8 * chunk) as loop:
            pointers.update({space: w.address(f"%{space}", loop.counter) for space in STRIPS})
            write_chunk()
    parameters = ", ".join([f"ptr noalias %{space}" for space in PARAMETERS])
    w.finish(f"define internal void @{name}({parameters}, i64 %valid) nounwind")
