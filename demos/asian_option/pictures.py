"""The picture: price and sensitivities over the spot."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from demos.asian_option.monte_carlo import curves
from demos.asian_option.option import FloatArray, Market, geometric_price, with_gradient
from demos.asian_option.report import rows_named
from demos.figures import new_figure

#: As many paths for each spot; few, so that the standard errors can be seen.
PATHS = 2000
SPOTS = 41

_PLAIN, _CONTROLLED, _GEOMETRIC = "#5ea9dd", "#1b2733", "#d9730d"


def draw_sensitivities(path: Path, market: Market, dates: int, seed: int) -> None:
    """Draw price and sensitivities over the spot, with bands of two standard errors."""
    ends = np.log(sorted([market.spot, market.strike]))
    width = min(2.0 * market.volatility * market.time**0.5, 2.0)
    spots = np.exp(np.linspace(ends[0] - width, ends[1] + width, SPOTS))
    markets = [market._replace(spot=float(spot)) for spot in spots]
    found = curves(markets, dates, PATHS, seed)
    plain, plain_errors, controlled, _ = (np.array(each) for each in zip(*found, strict=True))
    known = np.array([with_gradient(geometric_price, each, dates) for each in markets])
    figure = new_figure(11, 6.2)
    for column, (axes, name) in enumerate(
        zip(figure.subplots(2, 3).flat, rows_named(), strict=True)
    ):
        low, high = _band(plain[:, column], plain_errors[:, column])
        axes.fill_between(
            spots, low, high, color=_PLAIN, alpha=0.5, linewidth=0, label="plain ± 2 s.e."
        )
        axes.plot(spots, controlled[:, column], color=_CONTROLLED, label="controlled")
        axes.plot(spots, known[:, column], "--", color=_GEOMETRIC, label="geometric, closed form")
        axes.axvline(market.strike, color="#707c89", linestyle=":", linewidth=1)
        axes.set(title=name, xlabel="spot S")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.suptitle(
        f"Asian call, K = {market.strike:g}, r = {market.rate:g}, σ = {market.volatility:g}, "
        f"T = {market.time:g}, {dates} dates: {PATHS:,} paths for each S"
    )
    figure.savefig(path, dpi=120)


def _band(center: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
    return center - 2.0 * error, center + 2.0 * error
