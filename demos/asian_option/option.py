"""An Asian call: what it pays on one path, and what it is worth where that is known.

The price follows a geometric Brownian motion. The option pays what the mean of the price over
``n`` equally spaced dates, the last of them the end, exceeds the strike by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import autograd
from autograd import erfc, exp, log, maximum, sqrt

FloatArray = npt.NDArray[np.float64]


class Market(NamedTuple):
    """What the price of the option depends on.

    Attributes:
        spot: the price today.
        strike: what the mean price is compared with.
        rate: interest, per year, compounded continuously.
        volatility: of the logarithm of the price, for one year.
        time: years from today to the end.
    """

    spot: float = 100.0
    strike: float = 100.0
    rate: float = 0.05
    volatility: float = 0.2
    time: float = 1.0


SYMBOLS = Market("S", "K", "r", "σ", "T")  # type: ignore[arg-type]


def log_prices(market: Sequence[Any], normals: Sequence[Any]) -> list[Any]:
    """The logarithm of the price on each date, from a standard normal number for each step."""
    spot, _, rate, volatility, time = market
    step = time / len(normals)
    drift = (rate - 0.5 * volatility**2) * step
    spread = volatility * sqrt(step)
    logs = []
    current = log(spot)
    for z in normals:
        # The drift is added to what is small. Added to the logarithm, whose last bit is coarser, it
        # would be rounded the same way on every date, and such errors do not cancel.
        current = current + (drift + spread * z)
        logs.append(current)
    return logs


def arithmetic_call(market: Sequence[Any], normals: Sequence[Any]) -> Any:
    """What the option pays on one path, discounted to today."""
    _, strike, rate, _, time = market
    mean = autograd.mean([exp(x) for x in log_prices(market, normals)])
    return exp(-rate * time) * maximum(mean - strike, 0.0)


def geometric_call(market: Sequence[Any], normals: Sequence[Any]) -> Any:
    """The same with the geometric mean, which is nearly as large, and log-normal."""
    _, strike, rate, _, time = market
    mean = exp(autograd.mean(log_prices(market, normals)))
    return exp(-rate * time) * maximum(mean - strike, 0.0)


def geometric_price(market: Sequence[Any], dates: int) -> Any:
    """The expectation of ``geometric_call``.

    Kemna & Vorst 1990, "A pricing method for options based on average asset values", Journal of
    Banking & Finance 14, here for a mean over ``dates`` dates: its logarithm is normal.
    """
    spot, strike, rate, volatility, time = market
    mu = log(spot) + (rate - 0.5 * volatility**2) * time * (dates + 1) / (2 * dates)
    s = volatility * sqrt(time * (dates + 1) * (2 * dates + 1) / 6.0) / dates
    d = (mu - log(strike)) / s
    forward = exp(mu + 0.5 * s**2)
    return exp(-rate * time) * (forward * _normal_cdf(d + s) - strike * _normal_cdf(d))


def _normal_cdf(x: Any) -> Any:
    return 0.5 * erfc(-x / math.sqrt(2.0))


def with_gradient(price: Callable[..., Any], market: Market, *args: Any) -> FloatArray:
    """A function of the market and its five partial derivatives, in one array."""
    value, gradient = autograd.value_and_grad(price)(np.array(market), *args)
    return np.array([value, *gradient])
