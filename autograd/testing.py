"""Gradient checks for test suites, in one line.

Under pytest (or any other runner: a failure is an AssertionError)::

    from autograd.testing import assert_gradients_match

    def test_loss_gradient():
        assert_gradients_match(loss, params, X, y, manual=loss_gradient)

    def test_activation():
        assert_gradients_match(my_activation, 0.3, order=2, points=5)

There is nothing to install or to register: no plugin, no fixture. What pytest shows of a failure is
the report: the worst entries, and the mistake that would give them if one is recognized. For more
control, ``autograd.gradcheck`` has the checks themselves.

To check gradients that some other code computes (a model whose parameters live in objects, another
framework), pass as ``manual`` a function that takes the parameters as arrays, puts them where they
belong, and returns the gradients it reads off afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.gradcheck import check_gradient, gradcheck, gradgradcheck
from autograd.gradcheck.flat_function import FlatFunction

__all__ = ["assert_gradients_match"]


def assert_gradients_match(
    f: Callable[..., Any],
    *args: Any,
    manual: Callable[..., Any] | None = None,
    order: int = 1,
    points: int = 1,
    seed: int = 0,
    argnums: int | Sequence[int] | None = None,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float = 1e-6,
    nondet_tol: float = 0.0,
) -> None:
    """Assert that the gradients of ``f`` agree with finite differences, and with those by hand.

    Args:
        f: the function: for ``autograd``, or, with ``manual``, any.
        args: where.
        manual: the gradient written by hand, if that is what is to be checked; of the first
            argument unless ``argnums`` says otherwise.
        order: 2 to check second derivatives of ``autograd`` too.
        points: at how many points to check: ``args``, and others near it.
        seed: for the choice of those.
        argnums: as in ``gradcheck``.
        eps: as in ``gradcheck``.
        atol: as in ``gradcheck``.
        rtol: as in ``gradcheck``.
        nondet_tol: as in ``gradcheck``.

    Raises:
        GradcheckError: they do not agree. It is an AssertionError, and its text is the report.
        ValueError: ``order`` is neither 1 nor 2, or ``points`` is less than 1.
        TypeError, ValueError: as ``gradcheck`` and ``check_gradient``.
    """
    __tracebackhide__ = True
    if order not in (1, 2):
        raise ValueError(f"order should be 1 or 2, not {order!r}")
    if points < 1:
        raise ValueError(f"points should be 1 or more, not {points!r}")
    chosen = 0 if manual is not None and argnums is None else argnums
    tolerances: dict[str, Any] = {"atol": atol, "rtol": rtol, "nondet_tol": nondet_tol}
    for point in _points(FlatFunction(f, args, chosen), points, seed):
        if manual is not None:
            check_gradient(manual, f, *point, argnums=chosen or 0, eps=eps, **tolerances)
        else:
            gradcheck(f, *point, argnums=chosen, eps=eps, **tolerances)
        if order == 2:
            gradgradcheck(f, *point, argnums=chosen, eps=eps, **tolerances)


def _points(f: FlatFunction, count: int, seed: int) -> list[list[Any]]:
    """Return the arguments, and others that differ by a tenth of their size, or of 1, at most."""
    rng = np.random.default_rng(seed)
    points = [f.copies()]
    for _ in range(count - 1):
        away = rng.uniform(-0.1, 0.1, len(f.xs))
        points.append(
            f.arguments(
                [x + u * max(1.0, abs(x)) for x, u in zip(f.xs, away.tolist(), strict=True)]
            )
        )
    return points
