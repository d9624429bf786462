"""The tables: prices and sensitivities, and the derivatives against finite differences."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from demos.asian_option.monte_carlo import CHUNK, Estimates, compiled, normals, samples
from demos.asian_option.option import (
    SYMBOLS,
    FloatArray,
    Market,
    arithmetic_call,
    geometric_price,
    with_gradient,
)
from demos.tables import heading, paragraph, table

#: What practitioners call the derivatives. Theta is the derivative by the date of today.
GREEKS = Market("delta", "dual delta", "rho", "vega", "−theta")  # type: ignore[arg-type]

#: Steps of the finite differences, relative to the number that is changed.
STEP = 1e-6


def rows_named() -> list[str]:
    """The names of the price and of its five partial derivatives."""
    return ["price", *(f"∂/∂{s}  {name}" for s, name in zip(SYMBOLS, GREEKS, strict=True))]


def show_estimates(market: Market, dates: int, found: Estimates) -> None:
    """Print price and sensitivities, with and without control variate."""
    print(heading("Price and sensitivities"))
    known = with_gradient(geometric_price, market, dates)
    headers = ["", "plain", "±", "controlled", "±", "geometric"]
    rows = [
        [name, *(f"{x:.5f}" for x in numbers)]
        for name, *numbers in zip(rows_named(), *found, known, strict=True)
    ]
    print(table(headers, rows, align="lrrrrr"))
    text = (
        "± is one standard error. The last column is the same option on the geometric mean, known "
        "in closed form; it is the control variate."
    )
    plain, controlled = found.plain_errors[0], found.controlled_errors[0]
    if controlled > 0.0:
        text += f" For the price it is worth {(plain / controlled) ** 2:,.0f} times the paths."
    print(f"\n{paragraph(text)}")


def show_differences(market: Market, dates: int, paths: int, seed: int) -> None:
    """Print the derivatives along the first paths next to finite differences on the same paths."""
    paths = min(paths, CHUNK)
    z = normals(np.random.SeedSequence(seed).spawn(1)[0], paths, dates)
    f = compiled(arithmetic_call)
    derivatives = samples(f, market, z).mean(axis=0)[1:]
    differences = central_differences(f, market, z)
    print(heading(f"Against finite differences, on the first {paths:,} paths"))
    rows = [
        [name, f"{exact:.9f}", f"{difference:.9f}", f"{abs(exact - difference):.0e}"]
        for name, exact, difference in zip(rows_named()[1:], derivatives, differences, strict=True)
    ]
    print(table(["", "compiled", "differences", "apart"], rows, align="lrrr"))
    alone = _seconds(lambda: f(np.array(market), z))
    everything = _seconds(lambda: f.value_and_grad(np.array(market), z))
    text = (
        f"Price and all derivatives take {everything / alone:.1f} times as long as the price "
        f"alone ({1e9 * everything / z.size:.1f} and {1e9 * alone / z.size:.1f} ns per step of "
        "a path); differences take ten prices more."
    )
    print(f"\n{paragraph(text)}")


def central_differences(f: Callable[..., FloatArray], market: Market, z: FloatArray) -> FloatArray:
    """The derivatives of the mean over some paths, by changing one number after the other."""
    found = []
    for name, x in market._asdict().items():
        h = STEP * max(abs(x), 1e-3)
        up, down = (market._replace(**{name: x + step}) for step in (h, -h))
        found.append((f(np.array(up), z) - f(np.array(down), z)).mean() / (2.0 * h))
    return np.array(found)


def _seconds(call: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)
