"""Is this gradient right? Autodiff, a gradient written by hand, and finite differences compared.

>>> from autograd.gradcheck import check_gradient, gradcheck
>>> import numpy as np
>>> def loss(w):
...     return np.sum(np.tanh(w) ** 2)
>>> print(gradcheck(loss, np.array([0.5, -1.0])))
gradcheck of loss passed: 2 entries, largest difference ... (w[...])
>>> def by_hand(w):
...     return 2 * np.tanh(w)
>>> print(check_gradient(by_hand, loss, np.array([0.5, -1.0]), raise_exception=False))
check of by_hand for loss failed: 2 of 2 entries disagree
...
  Diagnosis: the derivative of tanh is missing

All checks raise ``GradcheckError``, an AssertionError, if they fail: in a test suite one line is a
test. The message is the report, which is also what they return if they pass, and in any case with
``raise_exception=False``.
"""

from autograd.gradcheck.check import check_gradient, gradcheck, gradgradcheck
from autograd.gradcheck.finite_differences import derivative, numerical_grad
from autograd.gradcheck.report import Entry, Report

__all__ = [
    "Entry",
    "Report",
    "check_gradient",
    "derivative",
    "gradcheck",
    "gradgradcheck",
    "numerical_grad",
]
