"""The operators and methods of everything that a rule can be applied to.

A subclass says in ``_apply`` what applying a rule means to it: ``Value`` computes and records. The
methods have the names that NumPy looks for in the elements of object arrays, so that ``np.exp`` of
an array of Values works.
"""

from __future__ import annotations

from typing import Any, Self

from autograd import rules
from autograd._mypyc import mypyc_attr
from autograd.rules import Rule


@mypyc_attr(allow_interpreted_subclasses=True)
class Operand:
    """A number on which rules act through ``_apply``."""

    __slots__ = ()

    def _apply(self, rule: Rule, operands: tuple[Any, ...]) -> Self:
        """Apply ``rule`` to ``operands``, one of which is this one."""
        raise TypeError(f"{type(self).__name__} does not say how to apply {rule}")

    def __add__(self, other: Any) -> Self:
        return self._apply(rules.add, (self, other))

    def __radd__(self, other: Any) -> Self:
        return self._apply(rules.add, (other, self))

    def __sub__(self, other: Any) -> Self:
        return self._apply(rules.subtract, (self, other))

    def __rsub__(self, other: Any) -> Self:
        return self._apply(rules.subtract, (other, self))

    def __mul__(self, other: Any) -> Self:
        return self._apply(rules.multiply, (self, other))

    def __rmul__(self, other: Any) -> Self:
        return self._apply(rules.multiply, (other, self))

    def __truediv__(self, other: Any) -> Self:
        return self._apply(rules.divide, (self, other))

    def __rtruediv__(self, other: Any) -> Self:
        return self._apply(rules.divide, (other, self))

    def __pow__(self, other: Any) -> Self:
        return self._apply(rules.power, (self, other))

    def __rpow__(self, other: Any) -> Self:
        return self._apply(rules.power, (other, self))

    def __floordiv__(self, other: Any) -> Self:
        return self._apply(rules.floor_divide, (self, other))

    def __rfloordiv__(self, other: Any) -> Self:
        return self._apply(rules.floor_divide, (other, self))

    def __mod__(self, other: Any) -> Self:
        return self._apply(rules.remainder, (self, other))

    def __rmod__(self, other: Any) -> Self:
        return self._apply(rules.remainder, (other, self))

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
        """e to the power of this number."""
        return self._apply(rules.exp, (self,))

    def exp2(self) -> Self:
        """2 to the power of this number."""
        return self._apply(rules.exp2, (self,))

    def expm1(self) -> Self:
        """eˣ − 1, accurate near zero."""
        return self._apply(rules.expm1, (self,))

    def log(self) -> Self:
        """The natural logarithm."""
        return self._apply(rules.log, (self,))

    def log2(self) -> Self:
        """The logarithm to base 2."""
        return self._apply(rules.log2, (self,))

    def log10(self) -> Self:
        """The logarithm to base 10."""
        return self._apply(rules.log10, (self,))

    def log1p(self) -> Self:
        """log(1 + x), accurate near zero."""
        return self._apply(rules.log1p, (self,))

    def sqrt(self) -> Self:
        """The square root; its slope at 0 is infinite."""
        return self._apply(rules.sqrt, (self,))

    def cbrt(self) -> Self:
        """The cube root; its slope at 0 is infinite."""
        return self._apply(rules.cbrt, (self,))

    def reciprocal(self) -> Self:
        """1 / x."""
        return self._apply(rules.reciprocal, (self,))

    def square(self) -> Self:
        """x²."""
        return self._apply(rules.square, (self,))

    def sin(self) -> Self:
        """The sine (radians)."""
        return self._apply(rules.sin, (self,))

    def cos(self) -> Self:
        """The cosine (radians)."""
        return self._apply(rules.cos, (self,))

    def tan(self) -> Self:
        """The tangent (radians)."""
        return self._apply(rules.tan, (self,))

    def arcsin(self) -> Self:
        """The inverse sine, in radians."""
        return self._apply(rules.arcsin, (self,))

    def arccos(self) -> Self:
        """The inverse cosine, in radians."""
        return self._apply(rules.arccos, (self,))

    def arctan(self) -> Self:
        """The inverse tangent, in radians."""
        return self._apply(rules.arctan, (self,))

    def sinh(self) -> Self:
        """The hyperbolic sine."""
        return self._apply(rules.sinh, (self,))

    def cosh(self) -> Self:
        """The hyperbolic cosine."""
        return self._apply(rules.cosh, (self,))

    def tanh(self) -> Self:
        """The hyperbolic tangent."""
        return self._apply(rules.tanh, (self,))

    def arcsinh(self) -> Self:
        """The inverse hyperbolic sine."""
        return self._apply(rules.arcsinh, (self,))

    def arccosh(self) -> Self:
        """The inverse hyperbolic cosine."""
        return self._apply(rules.arccosh, (self,))

    def arctanh(self) -> Self:
        """The inverse hyperbolic tangent."""
        return self._apply(rules.arctanh, (self,))

    def erf(self) -> Self:
        """The error function."""
        return self._apply(rules.erf, (self,))

    def erfc(self) -> Self:
        """The complementary error function 1 − erf(x)."""
        return self._apply(rules.erfc, (self,))

    def sigmoid(self) -> Self:
        """The logistic function 1 / (1 + e⁻ˣ)."""
        return self._apply(rules.sigmoid, (self,))

    def logsigmoid(self) -> Self:
        """log sigmoid(x), without overflow."""
        return self._apply(rules.logsigmoid, (self,))

    def softplus(self) -> Self:
        """log(1 + eˣ), without overflow."""
        return self._apply(rules.softplus, (self,))

    def relu(self) -> Self:
        """max(x, 0), with slope 0 at 0."""
        return self._apply(rules.relu, (self,))

    def selu(self) -> Self:
        """The self-normalizing ELU."""
        return self._apply(rules.selu, (self,))

    def gelu(self) -> Self:
        """x Φ(x), with Φ the normal distribution function."""
        return self._apply(rules.gelu, (self,))

    def silu(self) -> Self:
        """x sigmoid(x)."""
        return self._apply(rules.silu, (self,))

    def sign(self) -> Self:
        """−1, 0 or 1; its slope is 0."""
        return self._apply(rules.sign, (self,))

    def floor(self) -> Self:
        """The largest whole number that is not larger; its slope is 0."""
        return self._apply(rules.floor, (self,))

    def ceil(self) -> Self:
        """The smallest whole number that is not smaller; its slope is 0."""
        return self._apply(rules.ceil, (self,))

    def absolute(self) -> Self:
        """The absolute value, with slope 0 at 0."""
        return self._apply(rules.absolute, (self,))

    def leaky_relu(self, negative_slope: Any = 0.01) -> Self:
        """This number, times ``negative_slope`` where it is not positive."""
        return self._apply(rules.leaky_relu, (self, negative_slope))

    def elu(self, alpha: Any = 1.0) -> Self:
        """This number where positive, else alpha (eˣ − 1)."""
        return self._apply(rules.elu, (self, alpha))

    def arctan2(self, x: Any) -> Self:
        """The angle of the point (x, this number), in radians."""
        return self._apply(rules.arctan2, (self, x))

    def hypot(self, other: Any) -> Self:
        """The length of the vector (this number, other)."""
        return self._apply(rules.hypot, (self, other))

    def conjugate(self) -> Self:
        """This number: it is real (``np.var`` of an object array asks for it)."""
        return self
