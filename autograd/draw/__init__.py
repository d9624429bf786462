"""Graphviz pictures of the graph behind a `Value`.

`dot` describes the picture, `render` writes it to a file, `svg` returns it as text, and
`mimebundle` is what a notebook shows. The packages they need come with ``pip install
"scalar-autodiff[draw]"`` and are imported when a picture is asked for, never before.
"""

from __future__ import annotations

from autograd.draw.digraph import dot
from autograd.draw.rendering import mimebundle, render, svg

__all__ = ["dot", "mimebundle", "render", "svg"]
