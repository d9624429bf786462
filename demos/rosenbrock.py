"""A valley of a thousand variables, by SciPy's solvers: ``python -m demos.rosenbrock``.

The chained function of H. H. Rosenbrock (1960), Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)², is written once,
as a plain loop. Compiled, it gives SciPy's solvers what each of them asks for: gradient, products
with the Hessian, or the Hessian itself, which is sparse.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import autograd
from demos.command_line import count, run_as_program
from demos.figures import BLUE, GREEN, INK, ORANGE, new_figure, write_pictures
from demos.lesson import lesson_parser, run_lesson
from demos.tables import heading, paragraph, table

FloatArray = npt.NDArray[np.float64]

#: Where all start, for each variable.
START = 0.8

#: A solver has arrived when no derivative is larger.
REACHED = 1e-6


def rosenbrock(x: Any) -> Any:
    """Return the function's value at x."""
    return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in zip(x[:-1], x[1:]))


class Way(NamedTuple):
    """How a solver went.

    Attributes:
        name: of the solver.
        asks_for: what it uses besides the value.
        slopes: the largest derivative after each iteration.
        seconds: all of it.
    """

    name: str
    asks_for: str
    slopes: list[float]
    seconds: float


def solvers(f: Any) -> dict[str, tuple[str, Callable[..., Any]]]:
    """Return what each asks for, and a function of start and callback."""
    from scipy.optimize import minimize

    common = {"fun": f.value_and_grad, "jac": True}
    options = {"maxiter": 20_000, "gtol": REACHED}
    return {
        "L-BFGS-B": (
            "gradient",
            partial(minimize, **common, method="L-BFGS-B", options={**options, "ftol": 0.0}),
        ),
        "trust-krylov": (
            "gradient, Hessian times vector",
            partial(minimize, **common, hessp=f.hvp, method="trust-krylov", options=options),
        ),
        "Newton": ("gradient, sparse Hessian", partial(newton, f)),
    }


def newton(f: Any, x0: FloatArray, callback: Callable[[FloatArray], None]) -> None:
    """Newton's method as it is in every textbook, x ← x − H⁻¹ g, with steps that are halved."""
    from scipy.sparse.linalg import spsolve

    x = x0
    for _ in range(100):
        value, gradient = f.value_and_grad(x)
        if np.abs(gradient).max() <= REACHED:
            return
        step = spsolve(f.hessian(x, sparse=True), gradient)
        if gradient @ step <= 0.0:  # no valley here: down the slope instead
            step = gradient / np.linalg.norm(gradient)
        size = 1.0
        while size > 1e-10 and f(x - size * step) >= value:
            size /= 2.0
        x = x - size * step
        callback(x)


def solve(f: Any, name: str, asks_for: str, solver: Callable[..., Any], x0: FloatArray) -> Way:
    """Let a solver work, and return how it went."""
    points = [x0]
    start = time.perf_counter()
    solver(x0=x0, callback=lambda x: points.append(np.array(x)))
    seconds = time.perf_counter() - start
    return Way(name, asks_for, [float(np.abs(f.grad(x)).max()) for x in points], seconds)


def run(options: argparse.Namespace) -> None:
    """Compile the function, solve, print and draw."""
    n = options.variables
    x0 = np.full(n, START)
    f = autograd.compile(rosenbrock)
    start = time.perf_counter()
    f.value_and_grad(x0)
    hessian = f.hessian(x0, sparse=True)
    f.hvp(x0, x0)
    f(x0)
    seconds = time.perf_counter() - start
    print(f"{n:,} variables, all of them {START:g} at the start")
    print(heading("The Hessian"))
    print(
        paragraph(
            f"{hessian.nnz:,} of {n * n:,} entries can differ from zero. They are found on the "
            f"recorded tape, and computed in a few sweeps. All was recorded, differentiated and "
            f"compiled in {seconds:.2f} s, the less if the machine code is on disk."
        )
    )
    ways = [solve(f, name, *solver, x0) for name, solver in solvers(f).items()]
    print(heading("The solvers"))
    rows = [
        [
            way.name,
            way.asks_for,
            str(len(way.slopes) - 1),
            f"{way.slopes[-1]:.0e}".replace("-", "−"),
            f"{way.seconds:.2f} s",
        ]
        for way in ways
    ]
    names = ["solver", "asks for", "iterations", "largest ∂", "time"]
    print(table(names, rows, align="llrrr"))
    print(paragraph("The more a solver is told of the curvature, the fewer iterations it takes."))
    write_pictures(
        options.output,
        [
            ("ways.png", "the largest derivative after each iteration", partial(draw, ways=ways)),
            (
                "hessian.png",
                "where the Hessian of the first variables is not zero",
                partial(draw_pattern, hessian=hessian),
            ),
        ],
    )


def draw(path: Path, ways: Sequence[Way]) -> None:
    """Draw how fast the solvers arrive."""
    figure = new_figure(8.0, 3.6)
    axes = figure.subplots()
    for way, color in zip(ways, (ORANGE, BLUE, GREEN), strict=True):
        axes.loglog(range(1, len(way.slopes) + 1), way.slopes, color=color, label=way.name)
    axes.axhline(REACHED, color=INK, linestyle=":", linewidth=1)
    axes.set(xlabel="iteration", ylabel="largest derivative")
    axes.legend()
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=80)


def draw_pattern(path: Path, hessian: Any) -> None:
    """Draw the entries of the first twenty rows and columns."""
    figure = new_figure(3.2, 3.2)
    axes = figure.subplots()
    axes.spy(hessian[:20, :20], color=BLUE, markersize=5)
    axes.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=80)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo, and return the exit code."""
    parser = lesson_parser("rosenbrock")
    parser.add_argument(
        "--variables",
        metavar="N",
        type=count(2, 100_000),
        default=1000,
        help="how many variables (1,000)",
    )
    return run_lesson(parser, run, arguments)


if __name__ == "__main__":
    run_as_program(main)
