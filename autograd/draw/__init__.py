"""Graphviz pictures of the graph behind a `Value`, and pages to play with.

`dot` describes the picture, `render` writes it to a file, `svg` returns it as text, and
`mimebundle` is what a notebook shows. `page` makes an HTML page in which the graph is live, `curve`
one that shows a function of one number. The packages they need come with ``pip install
"scalar-autodiff[draw]"`` and are imported when a picture is asked for, never before.
"""

from __future__ import annotations

from autograd.draw.digraph import dot
from autograd.draw.live import Page, curve, page
from autograd.draw.rendering import mimebundle, render, svg

__all__ = ["Page", "curve", "dot", "mimebundle", "page", "render", "svg"]
