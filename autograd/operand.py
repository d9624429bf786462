"""The operators and methods of everything that a rule can be applied to.

A subclass says in ``_apply`` what applying a rule means to it: ``Value`` computes and records. The
methods have the names that NumPy looks for in the elements of object arrays, so that ``np.exp`` of
an array of Values works.
"""

from __future__ import annotations

from typing import Any, Self

from autograd import rules
from autograd._mypyc import mypyc_attr
from autograd.rule import Rule


@mypyc_attr(allow_interpreted_subclasses=True, acyclic=True)
class Operand:
    """A number on which rules act through ``_apply``."""

    __slots__ = ()

    def _apply(self, rule: Rule, operands: tuple[Any, ...]) -> Self:
        """Return the result of a rule: of these operands, of which this is one."""
        raise TypeError(f"{type(self).__name__} does not say how to apply {rule}")

    # Operators of two operands are declared to return Any because mypyc takes no NotImplemented for
    # an Operand.
    def _operate(self, rule: Rule, operands: tuple[Any, Any]) -> Any:
        """Apply a rule for an operator, or return NotImplemented to leave it to the other side."""
        return self._apply(rule, operands)

    def __add__(self, other: Any) -> Any:
        return self._operate(rules.add, (self, other))

    def __radd__(self, other: Any) -> Any:
        return self._operate(rules.add, (other, self))

    def __sub__(self, other: Any) -> Any:
        return self._operate(rules.subtract, (self, other))

    def __rsub__(self, other: Any) -> Any:
        return self._operate(rules.subtract, (other, self))

    def __mul__(self, other: Any) -> Any:
        return self._operate(rules.multiply, (self, other))

    def __rmul__(self, other: Any) -> Any:
        return self._operate(rules.multiply, (other, self))

    def __truediv__(self, other: Any) -> Any:
        return self._operate(rules.divide, (self, other))

    def __rtruediv__(self, other: Any) -> Any:
        return self._operate(rules.divide, (other, self))

    def __pow__(self, other: Any) -> Any:
        return self._operate(rules.power, (self, other))

    def __rpow__(self, other: Any) -> Any:
        return self._operate(rules.power, (other, self))

    def __floordiv__(self, other: Any) -> Any:
        return self._operate(rules.floor_divide, (self, other))

    def __rfloordiv__(self, other: Any) -> Any:
        return self._operate(rules.floor_divide, (other, self))

    def __mod__(self, other: Any) -> Any:
        return self._operate(rules.remainder, (self, other))

    def __rmod__(self, other: Any) -> Any:
        return self._operate(rules.remainder, (other, self))

    def __neg__(self) -> Self:
        return self._apply(rules.negative, (self,))

    def __pos__(self) -> Self:
        return self._apply(rules.positive, (self,))

    def __abs__(self) -> Self:
        return self._apply(rules.absolute, (self,))

    def __floor__(self) -> Self:
        return self._apply(rules.floor, (self,))

    def __ceil__(self) -> Self:
        return self._apply(rules.ceil, (self,))

    def exp(self) -> Self:
        """See ``autograd.exp``."""
        return self._apply(rules.exp, (self,))

    def exp2(self) -> Self:
        """See ``autograd.exp2``."""
        return self._apply(rules.exp2, (self,))

    def expm1(self) -> Self:
        """See ``autograd.expm1``."""
        return self._apply(rules.expm1, (self,))

    def log(self) -> Self:
        """See ``autograd.log``."""
        return self._apply(rules.log, (self,))

    def log2(self) -> Self:
        """See ``autograd.log2``."""
        return self._apply(rules.log2, (self,))

    def log10(self) -> Self:
        """See ``autograd.log10``."""
        return self._apply(rules.log10, (self,))

    def log1p(self) -> Self:
        """See ``autograd.log1p``."""
        return self._apply(rules.log1p, (self,))

    def sqrt(self) -> Self:
        """See ``autograd.sqrt``."""
        return self._apply(rules.sqrt, (self,))

    def cbrt(self) -> Self:
        """See ``autograd.cbrt``."""
        return self._apply(rules.cbrt, (self,))

    def reciprocal(self) -> Self:
        """See ``autograd.reciprocal``."""
        return self._apply(rules.reciprocal, (self,))

    def square(self) -> Self:
        """See ``autograd.square``."""
        return self._apply(rules.square, (self,))

    def sin(self) -> Self:
        """See ``autograd.sin``."""
        return self._apply(rules.sin, (self,))

    def cos(self) -> Self:
        """See ``autograd.cos``."""
        return self._apply(rules.cos, (self,))

    def tan(self) -> Self:
        """See ``autograd.tan``."""
        return self._apply(rules.tan, (self,))

    def arcsin(self) -> Self:
        """See ``autograd.arcsin``."""
        return self._apply(rules.arcsin, (self,))

    def arccos(self) -> Self:
        """See ``autograd.arccos``."""
        return self._apply(rules.arccos, (self,))

    def arctan(self) -> Self:
        """See ``autograd.arctan``."""
        return self._apply(rules.arctan, (self,))

    def sinh(self) -> Self:
        """See ``autograd.sinh``."""
        return self._apply(rules.sinh, (self,))

    def cosh(self) -> Self:
        """See ``autograd.cosh``."""
        return self._apply(rules.cosh, (self,))

    def tanh(self) -> Self:
        """See ``autograd.tanh``."""
        return self._apply(rules.tanh, (self,))

    def arcsinh(self) -> Self:
        """See ``autograd.arcsinh``."""
        return self._apply(rules.arcsinh, (self,))

    def arccosh(self) -> Self:
        """See ``autograd.arccosh``."""
        return self._apply(rules.arccosh, (self,))

    def arctanh(self) -> Self:
        """See ``autograd.arctanh``."""
        return self._apply(rules.arctanh, (self,))

    def erf(self) -> Self:
        """See ``autograd.erf``."""
        return self._apply(rules.erf, (self,))

    def erfc(self) -> Self:
        """See ``autograd.erfc``."""
        return self._apply(rules.erfc, (self,))

    def sigmoid(self) -> Self:
        """See ``autograd.sigmoid``."""
        return self._apply(rules.sigmoid, (self,))

    def logsigmoid(self) -> Self:
        """See ``autograd.logsigmoid``."""
        return self._apply(rules.logsigmoid, (self,))

    def softplus(self) -> Self:
        """See ``autograd.softplus``."""
        return self._apply(rules.softplus, (self,))

    def relu(self) -> Self:
        """See ``autograd.relu``."""
        return self._apply(rules.relu, (self,))

    def selu(self) -> Self:
        """See ``autograd.selu``."""
        return self._apply(rules.selu, (self,))

    def gelu(self) -> Self:
        """See ``autograd.gelu``."""
        return self._apply(rules.gelu, (self,))

    def silu(self) -> Self:
        """See ``autograd.silu``."""
        return self._apply(rules.silu, (self,))

    def sign(self) -> Self:
        """See ``autograd.sign``."""
        return self._apply(rules.sign, (self,))

    def floor(self) -> Self:
        """See ``autograd.floor``."""
        return self._apply(rules.floor, (self,))

    def ceil(self) -> Self:
        """See ``autograd.ceil``."""
        return self._apply(rules.ceil, (self,))

    def absolute(self) -> Self:
        """See ``autograd.absolute``."""
        return self._apply(rules.absolute, (self,))

    def leaky_relu(self, negative_slope: Any = 0.01) -> Self:
        """See ``autograd.leaky_relu``."""
        return self._apply(rules.leaky_relu, (self, negative_slope))

    def elu(self, alpha: Any = 1.0) -> Self:
        """See ``autograd.elu``."""
        return self._apply(rules.elu, (self, alpha))

    def arctan2(self, x: Any) -> Self:
        """See ``autograd.arctan2``."""
        return self._apply(rules.arctan2, (self, x))

    def hypot(self, other: Any) -> Self:
        """See ``autograd.hypot``."""
        return self._apply(rules.hypot, (self, other))

    def conjugate(self) -> Self:
        """This number: it is real (``np.var`` of an object array asks for it)."""
        return self
