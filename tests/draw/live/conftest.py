from __future__ import annotations

import pytest

from tests.live_pages import browser, shared_tab, visit

__all__ = ["browser", "shared_tab", "visit"]

pytest.importorskip("graphviz")
