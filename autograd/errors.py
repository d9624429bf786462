"""The exceptions that users meet, beyond Python's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd.gradcheck.report import Report


class GradcheckError(AssertionError):
    """A gradient disagrees with its witness; the message is the report of the comparison.

    Attributes:
        report: the same entry by entry, if the error is from a check in ``autograd.gradcheck``.
    """

    def __init__(self, message: str, report: Report | None = None) -> None:
        super().__init__(message)
        self.report = report


class GraphTooLargeError(ValueError):
    """A graph has too many nodes to be drawn; the message says how to cut it down."""


class RendererNotFoundError(RuntimeError):
    """Nothing installed draws in the format asked for; the message names the remedies."""


class RenderingError(RuntimeError):
    """Graphviz could not draw a picture; the message is its own."""


class RecordingError(TypeError):
    """A function does something that cannot be recorded; the message names line and remedy."""
