"""What tests of compiled losses and trainings share."""

from __future__ import annotations

from typing import Any

import pytest

from autograd.compiler import record


@pytest.fixture
def recordings(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """A list that grows by one with each recording."""
    made: list[object] = []
    plain = record.Recording.__init__

    def counted(self: Any, *args: Any, **keywords: Any) -> None:
        made.append(self)
        plain(self, *args, **keywords)

    monkeypatch.setattr(record.Recording, "__init__", counted)
    return made
