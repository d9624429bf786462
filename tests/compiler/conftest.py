"""What tests of the compiler share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(scope="module")
def scratch_memory_full_of_nan() -> Iterator[None]:
    """Let scratch memory begin as nan: what is read before it is written shows."""
    from autograd.compiler import machine_code

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine_code, "_memory", lambda size: np.full(size, 255, dtype=np.uint8))
        yield
