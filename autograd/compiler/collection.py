"""Python's garbage collector, kept from searching tapes while they are written."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """Do without garbage collection.

    Tapes and what the passes make of them are millions of objects without a cycle among them. The
    collector would look at all of them again each time that their number has grown by a quarter.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
