"""One function and its gradient in Python, C and JavaScript: ``python -m demos.translation``.

``source`` writes what was recorded, differentiated and rolled back into loops as code that needs
nothing but the language. Where there is a C compiler or Node, the code is run here, and its numbers
are compared.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd
from autograd import dot, tanh
from demos.command_line import count, run_as_program
from demos.lesson import lesson_parser, run_lesson
from demos.tables import heading, paragraph, table

FloatArray = npt.NDArray[np.float64]

SUFFIXES = {"python": "py", "c": "c", "javascript": "js"}


def loss(w: Any, b: Any, x: Any, t: Any) -> Any:
    """Return the squared error of one tanh neuron."""
    z = dot(w, x, b)
    y = tanh(z)
    error = y - t
    return error * error


def run(options: argparse.Namespace) -> None:
    """Write the three files, print one of them, and compare what they compute."""
    rng = np.random.default_rng(0)
    n = options.inputs
    args = rng.normal(size=n), 0.25, rng.normal(size=n), 0.5
    compiled = autograd.compile(loss, argnums=(0, 1))
    value, (by_w, by_b) = compiled.value_and_grad(*args)
    expected = np.array([value, *by_w, by_b])
    sources = {language: compiled.source(language, *args) for language in SUFFIXES}
    options.output.mkdir(parents=True, exist_ok=True)
    print(heading(f"A neuron with {n} inputs, and its gradient, in {options.show}"))
    print(sources[options.show].rstrip())
    print(heading("The same numbers?"))
    rows = []
    for language, text in sources.items():
        path = options.output / f"loss.{SUFFIXES[language]}"
        path.write_text(text, encoding="utf-8")
        found = RUNNERS[language](path, args)
        said = "not run: there is nothing to run it with here"
        if found is not None:
            worst = np.max(np.abs(found - expected) / (1.0 + np.abs(expected)))
            said = f"differs from the compiled function by {worst:.0e}".replace("-", "−")
        rows.append([language, str(len(text.splitlines())), said])
    print(table(["language", "lines", ""], rows, align="lrl"))
    print(
        paragraph(
            "Each name is one of the function's own, d_z is the derivative of the loss with "
            "respect to z, and the loops are those of the recorded operations: there are as many "
            "lines for a thousand inputs."
        )
    )
    print(heading("Files"))
    for language, suffix in SUFFIXES.items():
        print(f"{options.output / f'loss.{suffix}'}: the source in {language}")


def run_python(path: Path, args: Any) -> FloatArray | None:
    """Return value and gradient as the Python source computes them."""
    names: dict[str, Any] = {}
    exec(path.read_text(encoding="utf-8"), names)
    w, b, x, t = args
    value, (by_w, by_b) = names["loss_value_and_grad"](w.tolist(), b, x.tolist(), t)
    return np.array([value, *by_w, by_b])


def run_c(path: Path, args: Any) -> FloatArray | None:
    """Return the same as the C source computes it; None where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    w, b, x, t = args
    n = len(w)
    main = f"""
#include <stdio.h>
#include "{path.resolve()}"
static const double w[] = {{{", ".join(map(repr, w.tolist()))}}};
static const double x[] = {{{", ".join(map(repr, x.tolist()))}}};
int main(void) {{
    double d_w[{n}], d_b;
    printf("%.17g", loss_value_and_grad(w, {b!r}, x, {t!r}, d_w, &d_b));
    for (int i = 0; i < {n}; i++) printf(" %.17g", d_w[i]);
    printf(" %.17g", d_b);
    return 0;
}}
"""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "main"
        program.with_suffix(".c").write_text(main, encoding="utf-8")
        command = [compiler, "-std=c99", "-O2", "-Wall", "-Werror", "main.c", "-o", "main", "-lm"]
        subprocess.run(command, cwd=folder, check=True, timeout=60)
        return np.array(output([str(program)]).split(), dtype=float)


def run_javascript(path: Path, args: Any) -> FloatArray | None:
    """Return the same as the JavaScript source computes it; None where there is no Node."""
    node = shutil.which("node")
    if node is None:
        return None
    w, b, x, t = args
    numbers = json.dumps([w.tolist(), b, x.tolist(), t])
    call = f"const [value, [byW, byB]] = loss_value_and_grad(...{numbers});"
    text = path.read_text(encoding="utf-8")
    shown = "console.log(JSON.stringify([value, ...byW, byB]));"
    return np.array(json.loads(output([node, "-e", f"{text}\n{call}\n{shown}"])))


def output(command: list[str]) -> str:
    """Return what a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


RUNNERS: dict[str, Callable[[Path, Any], FloatArray | None]] = {
    "python": run_python,
    "c": run_c,
    "javascript": run_javascript,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo, and return the exit code."""
    parser = lesson_parser("translation")
    parser.add_argument(
        "--show", choices=SUFFIXES, default="python", help="the language to print (python)"
    )
    parser.add_argument(
        "--inputs", metavar="N", type=count(1, 10_000), default=4, help="of the neuron (4)"
    )
    return run_lesson(parser, run, arguments)


if __name__ == "__main__":
    run_as_program(main)
