"""Entry point of ``python -m demos.family_tree``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial

import nn
from demos.command_line import count, real, run_as_program
from demos.descent_1986 import say_if_slow
from demos.family_tree import network, pictures, report
from demos.family_tree.facts import facts
from demos.figures import write_pictures
from demos.lesson import lesson_parser, run_lesson


def run(options: argparse.Namespace) -> None:
    """Train networks, print what they have learned, and draw one."""
    setup = network.Setup(options.sweeps, options.spread, options.rate_factor, options.decay)
    known = facts()
    report.show_facts(known)
    say_if_slow()
    compiled = nn.compile_loss(network.FamilyTree(), network.error)
    seeds = range(options.seed, options.seed + options.starts)
    trainings = [network.train(compiled, known, seed, setup) for seed in seeds]
    report.show_trainings(trainings, setup)
    report.show_held_out(trainings[0])
    report.show_units(trainings[0])
    write_pictures(
        options.output,
        [
            (
                "person-units.png",
                "the six units that stand for a person",
                partial(pictures.draw_person_units, training=trainings[0]),
            ),
            (
                "errors.png",
                "the error of all networks",
                partial(pictures.draw_errors, trainings=trainings),
            ),
        ],
        pages=[
            (
                "network.html",
                "one network, to ask",
                partial(pictures.write_page, training=trainings[0]),
            ),
        ],
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lesson, and return the exit code."""
    default = network.Setup()
    parser = lesson_parser("family_tree")
    parser.add_argument(
        "--seed", metavar="N", type=count(0), default=0, help="of the first network (0)"
    )
    parser.add_argument("--starts", metavar="N", type=count(1), default=10, help="networks (10)")
    parser.add_argument(
        "--sweeps",
        metavar="N",
        type=count(1),
        default=default.sweeps,
        help=f"for each network ({default.sweeps})",
    )
    parser.add_argument(
        "--spread",
        metavar="S",
        type=real(0.0, 10.0),
        default=default.spread,
        help=f"weights start from U(-S, S) ({default.spread:g})",
    )
    parser.add_argument(
        "--rate-factor",
        metavar="R",
        type=real(0.0, 100.0),
        default=default.rate_factor,
        help=f"times the learning rates of the paper ({default.rate_factor:g})",
    )
    parser.add_argument(
        "--decay",
        metavar="D",
        type=real(0.0, 1.0),
        default=default.decay,
        help=f"weights lose this share after each change ({default.decay:g})",
    )
    return run_lesson(parser, run, arguments)


if __name__ == "__main__":
    run_as_program(main)
