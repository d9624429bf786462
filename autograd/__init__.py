"""Reverse-mode automatic differentiation whose unit is one number.

>>> from autograd import Value
>>> x = Value(3.0, label="x")
>>> y = x * x + 2.0 * x
>>> y.backward()
>>> x.grad
8.0
"""

from autograd import _source

_source.choose()

from autograd import value as _value  # noqa: E402
from autograd.errors import GradcheckError, GraphTooLargeError, RendererNotFoundError  # noqa: E402
from autograd.functions import (  # noqa: E402
    abs,
    absolute,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cbrt,
    ceil,
    clip,
    cos,
    cosh,
    dot,
    elu,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    floor,
    gelu,
    heaviside,
    hypot,
    leaky_relu,
    log,
    log1p,
    log2,
    log10,
    log_softmax,
    logsigmoid,
    logsumexp,
    maximum,
    mean,
    minimum,
    norm,
    prod,
    reciprocal,
    relu,
    selu,
    sigmoid,
    sign,
    silu,
    sin,
    sinh,
    softmax,
    softplus,
    sqrt,
    square,
    sum,
    tan,
    tanh,
    variance,
    where,
)
from autograd.grad_mode import is_grad_enabled, no_grad  # noqa: E402
from autograd.value import Value  # noqa: E402
from autograd.version import __version__  # noqa: E402

#: Whether the core runs as machine code; if not, the same source runs as pure Python.
COMPILED: bool = not str(_value.__file__).endswith(".py")
