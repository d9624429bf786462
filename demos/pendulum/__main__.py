"""Entry point of ``python -m demos.pendulum``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from demos.command_line import Parser, checked_output, count, exit_code, real, run_as_program
from demos.figures import write_pictures

PROGRAM = "python -m demos.pendulum"
DEFAULT_OUTPUT = Path("outputs") / "pendulum"

#: Of the integrator; the last one's motion is shown.
TOLERANCES = (1e-4, 1e-6, 1e-8, 1e-10, 1e-12)

#: Of which a quarter are shown.
STATES_PER_SECOND = 100


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks for; ``sys.argv`` if none is given.

    Raises:
        SystemExit: after ``--help`` with code 0; with code 2 and one line on stderr if an option is
            wrong.
    """
    parser = Parser(
        prog=PROGRAM,
        usage="%(prog)s [options]",
        description="Derive the equations of motion of a chain of pendulums from its Lagrangian,\n"
        "by differentiation, integrate them, and animate the motion. Each rod is 1 m\n"
        "long and has 1 kg at its end. Defaults are in parentheses.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    text = "how many pendulums hang from each other (3)"
    parser.add_argument("--pendulums", metavar="N", type=count(1, 30), default=3, help=text)
    text = "from which all are released, 0 to 180 degrees from hanging down (120)"
    parser.add_argument("--angle", metavar="X", type=real(0.0, 180.0), default=120.0, help=text)
    text = "how long they are watched, 1 to 60 (10)"
    parser.add_argument("--seconds", metavar="X", type=real(1.0, 60.0), default=10.0, help=text)
    text = f"folder for the pictures ({DEFAULT_OUTPUT})"
    parser.add_argument("--output", metavar="DIR", type=Path, default=DEFAULT_OUTPUT, help=text)
    given = parser.parse_args(arguments)
    checked_output(parser, given.output)
    return given


def run(given: argparse.Namespace) -> int:
    """Integrate the motion, print what is known about it, and draw the pictures."""
    from demos.pendulum import pictures
    from demos.pendulum.chain import greatest_fall, lagrangian
    from demos.pendulum.mechanics import System
    from demos.pendulum.motion import move, released
    from demos.pendulum.report import show_energy, show_period

    n, angle = given.pendulums, np.radians(given.angle)
    lengths = masses = [1.0] * n
    scale = greatest_fall(lengths, masses)
    print(f"{n} pendulum{'s' if n > 1 else ''} of 1 m and 1 kg, released at {given.angle:g}°")
    began = time.perf_counter()
    system = System(lagrangian(lengths, masses))
    start = released(np.full(n, angle))
    system.derivative(0.0, start)
    system.energies(start[None, :])
    seconds = time.perf_counter() - began
    print(f"The Lagrangian is differentiated twice and compiled in {seconds:.2f} s.")
    if n == 1:
        show_period(system, angle, TOLERANCES[-1])
    times = np.arange(round(given.seconds * STATES_PER_SECOND) + 1) / STATES_PER_SECOND
    motions = [move(system, start, times, tolerance) for tolerance in TOLERANCES]
    show_energy(TOLERANCES, motions, scale)
    draw_energy = partial(pictures.draw_energy, tolerances=TOLERANCES, motions=motions, scale=scale)
    animate = partial(pictures.animate, motion=motions[-1], lengths=lengths)
    write_pictures(
        given.output,
        [
            ("energy.png", "how far the energy is off", draw_energy),
            ("motion.gif", f"{given.seconds:g} s of the motion", animate),
        ],
    )
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo, and return the exit code.

    0 is success; 1 says that something is not installed or a picture cannot be written, 2 (from
    the parser) a wrong option, 130 Ctrl-C.
    """
    given = parse(arguments)
    return exit_code(PROGRAM, partial(run, given))


if __name__ == "__main__":
    run_as_program(main)
