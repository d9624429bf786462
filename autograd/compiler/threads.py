"""Blocks of samples, spread over threads.

Machine code runs without the interpreter's lock. The threads are kept: starting them takes longer
than many a batch.
"""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

#: Portions of the work for each thread, so that one that is held up leaves some to the others.
_PORTIONS = 8

#: The most blocks in a portion: Ctrl-C is heard between portions.
_LARGEST_PORTION = 64


def run_blocks(
    kernels: Sequence[Any], blocks: int, load: Callable[[int, int], None] | None = None
) -> None:
    """Run blocks 0 to ``blocks``, each once, by one thread for each of the kernels.

    Args:
        kernels: the same kernel, tied to the same arrays each time; what ``bind`` gives.
        blocks: how many blocks there are.
        load: called with the first block and that after the last before these are run.
    """
    size = min(_LARGEST_PORTION, max(1, blocks // (_PORTIONS * len(kernels))))
    portions = deque((k, min(k + size, blocks)) for k in range(0, blocks, size))
    if len(kernels) == 1:
        _work(kernels[0], portions, load)
        return
    pool = _pool(len(kernels) - 1)
    others: list[Future[None]] = []
    try:
        others += [pool.submit(_work, kernel, portions, load) for kernel in kernels[1:]]
        _work(kernels[0], portions, load)
    finally:
        # Also after Ctrl-C: nobody may write to the arrays once this function has ended.
        portions.clear()
        wait(others)
    for other in others:
        other.result()


def _work(
    kernel: Any, portions: deque[tuple[int, int]], load: Callable[[int, int], None] | None
) -> None:
    while True:
        try:
            first, stop = portions.popleft()
        except IndexError:
            return
        if load is not None:
            load(first, stop)
        kernel.run_blocks(first, stop)


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="autograd")


if hasattr(os, "register_at_fork"):
    # A child process has none of its parent's threads.
    os.register_at_fork(after_in_child=_pool.cache_clear)
