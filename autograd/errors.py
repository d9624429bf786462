"""The exceptions that users meet, beyond Python's own."""

from __future__ import annotations


class GradcheckError(AssertionError):
    """A gradient disagrees with its witness; the message is the report of the comparison."""


class GraphTooLargeError(ValueError):
    """A graph has too many nodes to be drawn; the message says how to cut it down."""


class RendererNotFoundError(RuntimeError):
    """Nothing installed draws in the format asked for; the message names the remedies."""


class RenderingError(RuntimeError):
    """Graphviz could not draw a picture; the message is its own."""
