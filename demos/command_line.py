"""What the command lines of all demos have in common."""

from __future__ import annotations

import argparse
import io
import math
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

INTERRUPTED = 130  # 128 + SIGINT, as shells count


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        """Write the complaint to stderr, and end the process with code 2."""
        sys.stderr.write(f"{self.prog}: {message}\n")
        sys.exit(2)


def count(least: int, most: float = math.inf) -> Callable[[str], int]:
    """The type of an option that is a whole number, from ``least`` up (and to ``most``)."""

    def whole(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            upper = "up" if most == math.inf else f"to {most:,}"
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} {upper}")
        return number

    return whole


def real(low: float, high: float) -> Callable[[str], float]:
    """The type of an option that is a number from ``low`` to ``high``."""

    def number(text: str) -> float:
        try:
            x = float(text)
        except ValueError:
            x = math.nan
        if not low <= x <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low:g} to {high:g}")
        return x

    return number


def make_writable(folder: Path) -> None:
    """Make sure that files can be written into a folder, and make the folder if need be.

    Raises:
        OSError: they cannot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def checked_output(parser: Parser, folder: Path) -> Path:
    """Return a folder that pictures can be written into; one for which they cannot is an error."""
    try:
        make_writable(folder)
    except OSError as error:
        reason = error.strerror or error
        parser.error(f"--output {folder}: pictures cannot be written there: {reason}")
    return folder


def exit_code(program: str, run: Callable[[], int]) -> int:
    """Run a demo and return its exit code: its own, or what the errors below come to.

    130 stands for Ctrl-C, 1 for a file that cannot be written or a package that is not installed.

    Args:
        program: what stands before complaints, such as ``python -m demos.xor``.
        run: the demo.
    """
    try:
        return run()
    except KeyboardInterrupt:
        print("\nInterrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever reads the output, such as head, has enough; what is left to flush goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        remedy = 'pip install "scalar-autodiff[demos]"'
        print(f"{program}: {error}; the demos need: {remedy}", file=sys.stderr)
        return 1


def run_as_program(main: Callable[[], int]) -> NoReturn:
    """Run a demo's ``main`` and end the process with its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without ŷ shows ? in its place
    sys.exit(main())
