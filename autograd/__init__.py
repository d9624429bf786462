"""Reverse-mode automatic differentiation whose unit is one number.

>>> from autograd import Value
>>> x = Value(3.0, label="x")
>>> y = x * x + 2.0 * x
>>> y.backward()
>>> x.grad
8.0
"""

import importlib
from typing import TYPE_CHECKING, Any

from autograd import _source

_source.choose()

from autograd import functions
from autograd import value as _value
from autograd.errors import (
    GradcheckError,
    GraphTooLargeError,
    RecordingError,
    RendererNotFoundError,
    RenderingError,
)
from autograd.functions import *
from autograd.grad_mode import enable_grad, is_grad_enabled, no_grad, zero_grad
from autograd.primitive import primitive
from autograd.transforms import (
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from autograd.value import Value
from autograd.version import __version__

if TYPE_CHECKING:
    from autograd import draw as draw
    from autograd import gradcheck as gradcheck
    from autograd import testing as testing
    from autograd.explanation import explain

#: Whether the core runs as machine code; if not, the same source runs as pure Python.
COMPILED: bool = not str(_value.__file__).endswith(".py")
if COMPILED and not Value.__doc__:
    Value.__doc__ = _source.class_docstring("value", "Value")
if not COMPILED:
    del Value.__del__


def __getattr__(name: str) -> Any:
    # The compiler, the explanations, the pictures and the checks are wings of their own, loaded
    # when first asked for.
    if name == "compile":
        from autograd.compiler import compile

        return compile
    if name == "explain":
        from autograd.explanation import explain

        return explain
    if name in ("draw", "gradcheck", "testing"):
        return importlib.import_module(f"autograd.{name}")
    raise AttributeError(f"module 'autograd' has no attribute {name!r}")


__all__ = [
    "COMPILED",
    "GradcheckError",
    "GraphTooLargeError",
    "RecordingError",
    "RendererNotFoundError",
    "RenderingError",
    "Value",
    "__version__",
    "compile",
    "elementwise_grad",
    "enable_grad",
    "explain",
    "grad",
    "hessian",
    "hvp",
    "is_grad_enabled",
    "jacobian",
    "jvp",
    "no_grad",
    "primitive",
    "value_and_grad",
    "vjp",
    "zero_grad",
]
__all__ += functions.__all__
