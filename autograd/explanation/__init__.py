"""Gradients explained, path by path.

`explain` returns an `Explanation`: the derivative as the sum over all paths of products of local
derivatives, as data, as text, as HTML and in LaTeX. ``autograd.explain`` is the same function; the
package is loaded when it is first asked for.

In reading order: ``paths.py`` counts the paths and finds the largest, ``formula.py`` turns rules
into formulas, ``names.py`` and ``notation.py`` write these down, ``explanation.py`` puts it
together, and ``wording.py``, ``text.py``, ``html.py`` and ``latex.py`` show it.
"""

from __future__ import annotations

from autograd.explanation.explanation import Explanation, Factor, Path, Term, Zero, explain

__all__ = ["Explanation", "Factor", "Path", "Term", "Zero", "explain"]
