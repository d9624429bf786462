"""The live page: a graph to play with, as one HTML file.

``content``, ``formula`` and ``views`` say what the page shows, ``layout`` where; ``document`` puts
it together with the page's program, the JavaScript files beside this one.
"""

from autograd.draw.live.page import Page, curve, page

__all__ = ["Page", "curve", "page"]
