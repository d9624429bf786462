"""The exceptions that users meet, beyond Python's own."""

from __future__ import annotations


class GradcheckError(AssertionError):
    """A gradient disagrees with its witness; the message is the report of the comparison."""


class GraphTooLargeError(ValueError):
    """A graph has too many nodes to be drawn; the message says how to cut it down."""


class RendererNotFoundError(RuntimeError):
    """Neither the system's ``dot`` nor the wheel that brings Graphviz along is installed."""
