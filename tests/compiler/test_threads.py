"""Blocks of samples over threads: each once, and nobody at work afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from autograd import compiler
from autograd.compiler import frame
from autograd.compiler.threads import run_blocks


class Recorder:
    """Stands for a kernel: notes which blocks it ran."""

    def __init__(self, log: list[int], seconds: float = 0.0) -> None:
        self.log = log
        self.seconds = seconds
        self.fails = False
        self.threads: set[int] = set()

    def run_blocks(self, first: int, stop: int) -> None:
        self.threads.add(threading.get_ident())
        for block in range(first, stop):
            time.sleep(self.seconds)
            if self.fails:
                raise KeyboardInterrupt
            self.log.append(block)


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
@pytest.mark.parametrize("blocks", [1, 2, 7, 64, 65])
def test_each_block_is_run_once(workers: int, blocks: int) -> None:
    log: list[int] = []
    kernels = [Recorder(log) for _ in range(workers)]
    run_blocks(kernels, blocks)
    assert sorted(log) == list(range(blocks))
    assert all(len(kernel.threads) <= 1 for kernel in kernels)


@pytest.mark.parametrize("workers", [1, 2])
def test_blocks_are_loaded_before_they_are_run(workers: int) -> None:
    log: list[int] = []
    kernels = [Recorder(log) for _ in range(workers)]

    def load(first: int, stop: int) -> None:
        assert not set(range(first, stop)) & {*loaded, *log}
        loaded.update(range(first, stop))

    loaded: set[int] = set()
    run_blocks(kernels, 23, load)
    assert sorted(log) == sorted(loaded) == list(range(23))


def test_several_threads_take_part() -> None:
    log: list[int] = []
    kernels = [Recorder(log, seconds=0.002) for _ in range(2)]
    run_blocks(kernels, 16)
    assert sorted(log) == list(range(16))
    assert len(kernels[0].threads | kernels[1].threads) == 2


@pytest.mark.parametrize("failing", [0, 1])
def test_after_a_failure_nobody_is_at_work(failing: int) -> None:
    log: list[int] = []
    kernels = [Recorder(log, 0.001), Recorder(log, 0.001)]
    kernels[failing].fails = True
    with pytest.raises(KeyboardInterrupt):
        run_blocks(kernels, 64)
    known = len(log)
    time.sleep(0.02)
    assert len(log) == known
    run_blocks([Recorder(log), Recorder(log)], 3)  # and the threads can be used again
    assert len(log) == known + 3


FORK = """
import os, sys
import numpy as np
from autograd import compiler

f = compiler.compile(lambda v: v * v, in_axes=0, reduce="sum", threads=2)
x = np.ones(3_000_000)
assert f(x) == 3_000_000.0
child = os.fork()
if child == 0:
    os._exit(0 if f(x) == 3_000_000.0 else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_in_a_forked_process() -> None:
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run([sys.executable, "-c", FORK], env=environment, timeout=120, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("samples", "sums"), [(0, 0), (1, 1), (10**6, 337), (10**6, 40_000), (10, 10**8)]
)
def test_sizes_of_blocks(samples: int, sums: int) -> None:
    size = frame._block(samples, sums)
    assert size & (size - 1) == 0
    assert size >= frame._BLOCK
    blocks = compiler.kernel.blocks(samples, size)
    assert blocks == 1 or blocks * sums <= frame._MOST_SUMS


@pytest.mark.parametrize("count", range(1, 20))
def test_rows_are_added_up(count: int) -> None:
    rows = np.random.default_rng(count).integers(-9, 9, (count, 3)).astype(float)
    expected = rows.sum(axis=0)
    frame.add_up(rows)
    assert rows[0].tolist() == expected.tolist()
