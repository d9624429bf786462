from __future__ import annotations

import pytest

from tests.live_pages import browser, visit

__all__ = ["browser", "visit"]

pytest.importorskip("graphviz")
