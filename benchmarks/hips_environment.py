"""A virtual environment for HIPS autograd, which cannot share one with this project."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.peers.peer import NotInstalled
from benchmarks.process import ROOT

FOLDER = ROOT / "build" / "benchmarks" / "hips-autograd"


def python() -> Path:
    """Return the interpreter of the environment, which is made if it is not there yet.

    Raises:
        NotInstalled: it could not be made; the message says why.
    """
    interpreter = FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if _has_hips_autograd(interpreter):
        return interpreter
    print(f"making a virtual environment with HIPS autograd in {FOLDER}", file=sys.stderr)
    try:
        venv.create(FOLDER, clear=True, with_pip=True)
        subprocess.run(
            [str(interpreter), "-m", "pip", "install", "--quiet", "autograd>=1.6"],
            check=True,
            capture_output=True,
            text=True,
        )
    except subprocess.CalledProcessError as error:
        reason = str(error.stderr or error).strip().splitlines()[-1]
        raise NotInstalled(f"no environment could be made: {reason}") from None
    return interpreter


def _has_hips_autograd(interpreter: Path) -> bool:
    if not interpreter.exists():
        return False
    check = [str(interpreter), "-P", "-c", "import autograd.numpy"]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0
