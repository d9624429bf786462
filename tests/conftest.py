"""What all tests share."""

from __future__ import annotations

import pytest

from autograd.rule import TABLE
from tests.live_pages import browser, shared_tab, visit

__all__ = ["browser", "shared_tab", "visit"]


@pytest.fixture(autouse=True, scope="session")
def cache_of_its_own(tmp_path_factory):
    """Keep machine code that tests compile out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRAD_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def primitives_of_its_own():
    """Forget the primitives that a test declared: others walk through all there are."""
    before = dict(TABLE)
    yield
    if before != TABLE:
        TABLE.clear()
        TABLE.update(before)
