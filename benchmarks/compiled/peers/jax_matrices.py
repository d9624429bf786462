"""JAX on matrices: ``jit(value_and_grad(…))``, float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.compiled.peers.peer import Peer, Task, flat
from benchmarks.compiled.workloads import AsianCall, CrossEntropy, Hinge, Rosenbrock


class Jax(Peer):
    """Whole batches, on the CPU."""

    distribution = "jax"

    def __init__(self) -> None:
        jax.config.update("jax_enable_x64", True)

    def hinge(self, workload: Hinge) -> Task:
        """Matrix products."""

        def loss(layers: Any, x: Any, y: Any) -> Any:
            return jax.nn.relu(1.0 - y * _scores(layers, x)[:, 0]).sum()

        return _task(loss, workload.data)

    def cross_entropy(self, workload: CrossEntropy) -> Task:
        """Matrix products and ``log_softmax``."""

        def loss(layers: Any, x: Any, one_hot: Any) -> Any:
            return -(one_hot * jax.nn.log_softmax(_scores(layers, x))).sum()

        return _task(loss, workload.data)

    def asian_call(self, workload: AsianCall) -> Task:
        """``scan`` over the steps, all paths at once."""

        def payoff(market: Any, increments: Any) -> Any:
            spot, rate, volatility, maturity, strike = market
            dt = maturity / workload.steps
            drift = (rate - 0.5 * volatility**2) * dt
            scale = volatility * jnp.sqrt(dt)

            def step(carry: Any, z: Any) -> Any:
                price, total = carry
                price = price * jnp.exp(drift + scale * z)
                return (price, total + price), None

            paths = increments.shape[1]
            start = (jnp.full(paths, spot), jnp.zeros(paths))
            (_, total), _ = jax.lax.scan(step, start, increments)
            paid = jax.nn.relu(total / workload.steps - strike)
            return (paid * jnp.exp(-rate * maturity)).sum()

        market, increments = workload.data
        return _task(payoff, (market, increments.T.copy()))

    def rosenbrock(self, workload: Rosenbrock) -> Task:
        """One array."""

        def f(x: Any) -> Any:
            return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()

        return _task(f, (workload.data,))


def _scores(layers: Any, x: Any) -> Any:
    for k, (w, b) in enumerate(layers):
        x = x @ w.T + b
        if k < len(layers) - 1:
            x = jax.nn.relu(x)
    return x


def _task(f: Callable[..., Any], data: tuple[Any, ...]) -> Task:
    compiled = jax.jit(jax.value_and_grad(f))
    arguments = jax.tree.map(jnp.asarray, data)
    return Task(lambda: jax.block_until_ready(compiled(*arguments)), flat)


PEER = Jax()
