"""The checks: autodiff against differences, the same to second order, and a manual gradient."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.errors import GradcheckError
from autograd.gradcheck.diagnosis import Evidence, diagnose, diagnose_graph
from autograd.gradcheck.finite_differences import Estimate, estimated_jacobian
from autograd.gradcheck.flat_function import FlatFunction
from autograd.gradcheck.manual_gradient import ManualGradient
from autograd.gradcheck.recorded_graph import RecordedGraph
from autograd.gradcheck.report import Entry, Report, judge
from autograd.number import number
from autograd.recording import MODE
from autograd.transforms import grad, jacobian
from autograd.value import Value


def gradcheck(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] | None = None,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float = 1e-6,
    nondet_tol: float = 0.0,
    raise_exception: bool = True,
) -> Report:
    """Compare the derivatives that ``autograd`` gives of ``f`` with finite differences.

    An entry fails if the two differ by more than ``atol`` plus ``rtol`` times the larger, plus the
    error bar of finite differences. At a kink any slope between those of both sides passes.

    Args:
        f: a function of floats, arrays and nests of those, written for Values. If it returns
            several numbers, the derivatives of each are checked.
        args: where to check it. They are not changed, and arrays of any float type are computed
            with in double precision.
        argnums: the arguments to differentiate; all that contain floats by default or, if none
            does, all that contain other numbers.
        eps: a step for plain central differences, as in PyTorch; by default Ridders' method
            (``ridders.py``) finds its own, at about 40 calls of ``f`` for each number in ``args``.
        atol: 1e-9 times the largest derivative by default, so that units do not matter.
        rtol: relative tolerance.
        nondet_tol: how far two calls with the same arguments may differ.
        raise_exception: whether to raise if the check fails, or to return a false report.

    Returns:
        The report, which is true if the check passed.

    Raises:
        GradcheckError: the check failed.
        TypeError: an argument contains something that is not a number, or ``f`` returns such, or a
            number that it computed outside ``autograd``.
        ValueError: there is nothing to differentiate with respect to.
    """
    __tracebackhide__ = True
    flat = FlatFunction(f, args, argnums)
    results = flat.result_paths()
    labels = [
        [f"∂{result}/∂{path}" if result else path for path in flat.paths] for result in results
    ]
    report = _autodiff_report(
        f"gradcheck of {flat.__name__}", flat, labels, eps, atol, rtol, nondet_tol
    )
    return _finished(report, raise_exception)


def gradgradcheck(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] | None = None,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float = 1e-6,
    nondet_tol: float = 0.0,
    raise_exception: bool = True,
) -> Report:
    """Compare second derivatives with finite differences of first ones, both from ``autograd``.

    That the first ones are right is for ``gradcheck`` to say. If ``f`` returns several numbers, a
    sum of them with fixed arbitrary weights is checked. Arguments, result and errors are those of
    ``gradcheck``.
    """
    __tracebackhide__ = True
    flat = FlatFunction(f, args, argnums)
    weights = np.random.default_rng(0).uniform(0.5, 1.5, len(flat.floats(flat.xs))).tolist()

    def combined(xs: list[Any]) -> Any:
        results = flat(xs)
        if len(results) == 1:
            return results[0]
        return sum(w * y for w, y in zip(weights, results, strict=True))

    def gradient(xs: list[Any]) -> Any:
        return grad(combined)(xs)

    labels = [[f"∂²/∂{first}∂{second}" for second in flat.paths] for first in flat.paths]
    title = f"gradgradcheck of {flat.__name__}"
    first_order = FlatFunction(gradient, (flat.xs,), 0)
    report = _autodiff_report(title, first_order, labels, eps, atol, rtol, nondet_tol)
    return _finished(report, raise_exception)


def check_gradient(
    manual: Callable[..., Any],
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] = 0,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float = 1e-6,
    nondet_tol: float = 0.0,
    raise_exception: bool = True,
) -> Report:
    """Compare a gradient written by hand with autodiff and with finite differences.

    Args:
        manual: any function of ``args`` that returns the gradient: floats, arrays and nests of the
            same structure as the argument, or a tuple of such if ``argnums`` names several. Lists
            for arrays and arrays for lists are accepted.
        f: the function whose gradient that is; it returns one number. If it does not accept Values,
            because it uses ``math`` or NumPy's float arrays, there is no autodiff column, and the
            report says so.
        args: the arguments of both; each call gets copies.
        argnums: the argument to differentiate, or several.
        eps: as in ``gradcheck``.
        atol: as in ``gradcheck``.
        rtol: as in ``gradcheck``; for gradients computed in single precision, 1e-3 is appropriate.
        nondet_tol: as in ``gradcheck``; also for two calls of ``manual``.
        raise_exception: as in ``gradcheck``.

    Returns:
        The report, which is true if all columns agree.

    Raises:
        GradcheckError: the check failed.
        TypeError: ``f`` does not return one number, or an argument to differentiate contains
            something else than numbers.
        ValueError: ``argnums`` names no argument.
    """
    __tracebackhide__ = True
    flat = FlatFunction(f, args, argnums)
    title = f"check of {getattr(manual, '__name__', type(manual).__name__)} for {flat.__name__}"
    problems = _instability(flat, nondet_tol)
    if problems:
        return _finished(Report(title, (), problems), raise_exception)
    rows = _estimates(flat, eps)
    if len(rows) != 1:
        raise TypeError(
            f"check_gradient wants a function that returns one number, but {flat.__name__} "
            f"returned {len(rows)}; check a sum of them, or one at a time"
        )
    gradient = ManualGradient(manual, flat, several=not isinstance(argnums, int))
    autodiff, graph, notes = _autodiff_column(flat, rows[0], atol, rtol)
    entries = _entries(flat.paths, gradient.numbers, autodiff, rows[0], atol, rtol)
    evidence = _evidence([entries], flat, graph, by_hand=True)
    report = Report(
        title,
        tuple(entry for entry in entries if entry.manual is not None),
        gradient.problems(evidence, nondet_tol),
        diagnose(evidence),
        notes,
    )
    return _finished(report, raise_exception)


def _finished(report: Report, raise_exception: bool) -> Report:
    __tracebackhide__ = True
    if raise_exception and not report:
        raise GradcheckError(str(report), report)
    return report


def _autodiff_report(
    title: str,
    flat: FlatFunction,
    labels: Sequence[Sequence[str]],
    eps: float | None,
    atol: float | None,
    rtol: float,
    nondet_tol: float,
) -> Report:
    problems = _instability(flat, nondet_tol)
    if problems:
        return Report(title, (), problems)
    gradients = jacobian(flat)(flat.xs)
    rows = [
        _entries(paths, None, [number(x) for x in gradient], estimates, atol, rtol)
        for paths, gradient, estimates in zip(labels, gradients, _estimates(flat, eps), strict=True)
    ]
    report = Report(title, tuple(entry for row in rows for entry in row))
    if not report.having("disagrees"):
        return report
    graph, _ = _recorded(flat)
    evidence = _evidence(rows, flat, graph, by_hand=False)
    diagnosis = (graph and diagnose_graph(graph, evidence)) or diagnose(evidence)
    return Report(title, report.entries, (), tuple(diagnosis))


def _instability(flat: FlatFunction, nondet_tol: float) -> tuple[str, ...]:
    """Return what makes it pointless to compare values of ``f``, if anything does."""
    first, second = flat.floats(flat.xs), flat.floats(flat.xs)
    name = flat.__name__
    if len(first) != len(second):
        return (f"{name} returned {len(first)} numbers, then {len(second)} for the same arguments",)
    for a, b in zip(first, second, strict=True):
        if not np.isfinite(a):
            return (f"{name} is {a} at this point, so it has no derivative there",)
        if not abs(a - b) <= nondet_tol:
            return (
                f"{name} returned {a!r}, then {b!r} for the same arguments: it depends on "
                "something else, such as random numbers (make the generator, from a fixed seed, "
                "inside it) or a state that it changes",
            )
    return ()


def _estimates(flat: FlatFunction, eps: float | None) -> list[list[Estimate]]:
    if eps is None:
        return estimated_jacobian(flat)
    return estimated_jacobian(flat, method="central", step=eps)


def _entries(
    paths: Sequence[str],
    manual: Sequence[float | None] | None,
    autodiff: Sequence[float] | None,
    estimates: Sequence[Estimate],
    atol: float | None,
    rtol: float,
) -> list[Entry]:
    if atol is None:
        atol = 1e-9 * max((abs(e.value) for e in estimates if np.isfinite(e.value)), default=0.0)
    absent = [None] * len(paths)
    return [
        judge(*columns, atol, rtol)
        for columns in zip(paths, manual or absent, autodiff or absent, estimates, strict=True)
    ]


def _recorded(flat: FlatFunction) -> tuple[RecordedGraph | None, str]:
    """Return the graph of ``f``, or why there is none."""
    variables = [Value(x, path) for x, path in zip(flat.xs, flat.paths, strict=True)]
    try:
        results = flat(variables)
    except Exception as error:
        reason = str(error).partition("\n")[0]
        return None, f"it does not accept Values ({type(error).__name__}: {reason})"
    results = [y for y in results if isinstance(y, Value) and y.requires_grad]
    if not results:
        return None, "it returns plain numbers when its arguments are Values"
    return RecordedGraph(results, variables), ""


def _autodiff_column(
    flat: FlatFunction, estimates: Sequence[Estimate], atol: float | None, rtol: float
) -> tuple[list[float] | None, RecordedGraph | None, tuple[str, ...]]:
    """Return the gradient from autodiff and its graph, or a note that says why there is none."""
    MODE.converting_thread = 0
    graph, reason = _recorded(flat)
    converted = MODE.converting_thread == threading.get_ident()
    if graph is not None:
        column = [number(x) for x in jacobian(flat)(flat.xs)[0]]
        entries = _entries(flat.paths, None, column, estimates, atol, rtol)
        if not converted or not any(entry.verdict == "disagrees" for entry in entries):
            return column, graph, ()
        reason = "it turns Values into floats on the way (float(), math, or arrays of floats)"
    return None, None, (f"There is no autodiff column for {flat.__name__}: {reason}.",)


def _evidence(
    rows: Sequence[Sequence[Entry]],
    flat: FlatFunction,
    graph: RecordedGraph | None,
    by_hand: bool,
) -> Evidence:
    checked, truth, tolerance = (
        np.array([[part(entry) for entry in row] for row in rows]).reshape(len(rows), -1)
        for part in (lambda entry: entry.checked, _truth, lambda entry: entry.tolerance)
    )
    usable = np.isfinite(checked) & np.isfinite(truth)
    checked, truth = np.where(usable, checked, 0.0), np.where(np.isfinite(truth), truth, 0.0)
    lengths: dict[int, str] = {}
    for i, arg in enumerate(flat.args):
        if i not in flat.argnums and isinstance(arg, (list, tuple, np.ndarray)) and np.shape(arg):
            lengths.setdefault(len(arg), flat.names[i])
    return Evidence(
        checked, truth, tolerance, usable, flat.leaves, flat.paths, lengths, by_hand, graph
    )


def _truth(entry: Entry) -> float:
    """Return autodiff's number where it is not what is checked and nothing contradicts it."""
    estimate = entry.estimate
    settled = estimate.left is None and np.isfinite(estimate.error)
    if entry.manual is not None and entry.autodiff is not None:
        apart = abs(entry.autodiff - estimate.value)
        if not settled or apart <= entry.tolerance:
            return entry.autodiff
    return estimate.value if settled else np.nan
