"""``mypyc_attr`` for the compiler, without needing ``mypy_extensions`` where the package runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr as mypyc_attr
else:

    def mypyc_attr(**_):
        """Return the class unchanged: only the compiler reads the attributes."""
        return lambda cls: cls
