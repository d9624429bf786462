"""The parent's end of a ``worker.py``."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.peers.peer import NotInstalled

ROOT = Path(__file__).resolve().parent.parent

# The checkout comes first on the path, or last, where another library has this one's import name.
_BOOT = """\
import sys
sys.path.insert(int(sys.argv[1]) or len(sys.path), sys.argv[2])
from benchmarks.worker import named, serve
serve(named(sys.argv[3])())
"""
_FIRST, _LAST = "1", "0"


class Failed(Exception):
    """A peer raised an exception; the message tells its type and its own message."""


class Process:
    """A worker that has imported one peer.

    Args:
        peer: ``module:attribute`` of the peer.
        python: the interpreter to run.
        shadows: whether the peer's import name is this project's, so that the peer, not the
            checkout, must be found under that name.
        environment: what to add to the environment.
        core: where to stay, if anywhere.
        worker: ``module:class`` of what carries out the commands.

    Raises:
        NotInstalled: the peer cannot be imported.
    """

    def __init__(
        self,
        peer: str,
        python: Path,
        *,
        shadows: bool = False,
        environment: Mapping[str, str] | None = None,
        core: int | None = None,
        worker: str = "benchmarks.worker:Worker",
    ) -> None:
        inherited = {name: value for name, value in os.environ.items() if not unset(name)}
        if shadows:
            inherited.pop("PYTHONPATH", None)
        self._child = subprocess.Popen(
            [python, "-P", "-c", _BOOT, _LAST if shadows else _FIRST, ROOT, worker],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=inherited | dict(environment or {}),
        )
        try:
            if core is not None:
                self.call("pin", core=core)
            self.version: str = self.call("meet", peer=peer)
        except BaseException:
            self.close()
            raise

    def load(self, workload: object) -> None:
        """Hand over a workload (a dataclass)."""
        kind = type(workload)
        self.call("load", workload=f"{kind.__module__}:{kind.__name__}", fields=vars(workload))

    def call(self, command: str, **arguments: Any) -> Any:
        """Have one of the worker's methods called and return its result.

        Raises:
            NotInstalled: what it needed is not installed.
            Failed: it raised any other exception, or the process ended.
        """
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        try:
            print(json.dumps([command, arguments]), file=self._child.stdin, flush=True)
            line = self._child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Failed(f"the process ended with exit code {self._child.wait()}")
        reply = json.loads(line)
        if "missing" in reply:
            raise NotInstalled(reply["missing"])
        if "failed" in reply:
            raise Failed(reply["failed"])
        return reply["result"]

    def close(self) -> None:
        """End the process."""
        self._child.kill()
        self._child.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def unset(variable: str) -> bool:
    """Return whether workers are to run without this environment variable.

    Settings for OpenBLAS can make NumPy slower than it is by itself.
    """
    return variable.startswith("OPENBLAS_")
