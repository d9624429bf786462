"""Graphviz pictures of the graph behind a `Value`, and pages to play with.

`dot` describes the picture, `render` writes it to a file, `svg` returns it as text, and
`mimebundle` is what a notebook shows. `page` makes an HTML page in which the graph is live, `curve`
one that shows a function of one number. The packages they need come with ``pip install
"scalar-autodiff[draw]"`` and are imported when a picture is asked for, never before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.draw.digraph import dot
from autograd.draw.rendering import mimebundle, render, svg

if TYPE_CHECKING:
    from autograd.draw.live.page import Page, curve, page

__all__ = ["Page", "curve", "dot", "mimebundle", "page", "render", "svg"]


def __getattr__(name: str) -> Any:
    # Pages have explanations in them, and explanations use what is known here of graphs.
    if name in ("Page", "curve", "page"):
        from autograd.draw.live.page import Page, curve, page

        return {"Page": Page, "curve": curve, "page": page}[name]
    raise AttributeError(f"module 'autograd.draw' has no attribute {name!r}")
