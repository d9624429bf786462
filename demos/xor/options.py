"""The command line of ``python -m demos.xor``."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import nn
from demos.command_line import Parser, checked_output, count
from demos.xor.experiments import EXPERIMENTS
from demos.xor.network import ENGINE_FORMS, OPTIMIZERS, WITH_MOMENTUM, Setup
from nn import manual

#: Finite differences with an error bar take some thirty losses for each parameter.
MOST_PARAMETERS = 500

DEFAULT_OUTPUT = Path("outputs") / "xor"


@dataclass(frozen=True)
class Options:
    """What was asked for.

    Attributes:
        setup: how to train.
        output: the folder for the pictures; it exists and can be written to.
        experiment: a name in `EXPERIMENTS`, to be run instead of the lesson; or None.
    """

    setup: Setup
    output: Path
    experiment: str | None


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Return what the command line asks for; ``sys.argv`` if none is given.

    Raises:
        SystemExit: after ``--help`` with code 0; with code 2 and one line on stderr if an option is
            wrong.
    """
    parser = _build_parser()
    given = vars(parser.parse_args(arguments))
    experiment = given.pop("experiment", None)
    if experiment is not None:
        if given:
            parser.error(
                f"--experiment {experiment} is run as published: it takes no --{next(iter(given))}"
            )
        return Options(Setup(), DEFAULT_OUTPUT, experiment)
    output = given.pop("output", DEFAULT_OUTPUT)
    if "architecture" in given:
        given["sizes"] = given.pop("architecture")
    setup = Setup(**given)
    if setup.momentum is not None and setup.optimizer not in WITH_MOMENTUM:
        parser.error(f"--momentum is for {' and '.join(WITH_MOMENTUM)}, not {setup.optimizer}")
    return Options(setup, checked_output(parser, output), None)


def _build_parser() -> Parser:
    default = Setup()
    parser = Parser(
        prog="python -m demos.xor",
        usage="%(prog)s [options]",
        description="Train a network on XOR, compare all its gradients three ways, and see what\n"
        "its hidden units have learned to detect. Defaults are in parentheses.",
        epilog="\n".join(
            [
                "experiments:",
                *(f"  {name:<21} {e.summary}" for name, e in EXPERIMENTS.items()),
                "",
                "Ctrl-C ends the training and shows what was learned until then.",
            ]
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )

    def add(
        group: argparse._ArgumentGroup, option: str, metavar: str, text: str, type: Any
    ) -> None:
        group.add_argument(option, metavar=metavar, help=text, type=type)

    def choose(
        group: argparse._ArgumentGroup, option: str, names: Iterable[str], text: str
    ) -> None:
        choices = list(names)
        listed = f"{text}: {', '.join(choices)}"
        group.add_argument(option, metavar="NAME", choices=choices, help=listed)

    network = parser.add_argument_group("the network")
    layers = f"units of each layer ({default.architecture})"
    add(network, "--architecture", "2-…-1", layers, _sizes)
    of_hidden = f"of the hidden units ({default.activation})"
    choose(network, "--activation", manual.ACTIVATIONS, of_hidden)
    of_weights = "of the weights (as in PyTorch)"
    choose(network, "--init", nn.init.INITIALIZERS, of_weights)
    add(network, "--seed", "N", f"of the start ({default.seed})", count(0))

    training = parser.add_argument_group("the training")
    choose(training, "--loss", ENGINE_FORMS, f"mean over the points ({default.loss})")
    choose(
        training, "--optimizer", OPTIMIZERS, f"how a gradient becomes a step ({default.optimizer})"
    )
    rates = ", ".join(f"{name} {options['lr']:g}" for name, (_, options) in OPTIMIZERS.items())
    add(training, "--lr", "RATE", f"learning rate ({rates})", _rate)
    momentum = f"of {' and '.join(WITH_MOMENTUM)} (sgd 0.9, rmsprop 0)"
    add(training, "--momentum", "SHARE", momentum, _share)
    add(training, "--epochs", "N", f"steps, each on all four points ({default.epochs})", count(1))
    training.add_argument(
        "--compiled", action="store_true", help="the same training by autograd.compile"
    )

    results = parser.add_argument_group("what comes out")
    add(results, "--output", "DIR", f"folder for the pictures ({DEFAULT_OUTPUT})", Path)
    choose(results, "--experiment", EXPERIMENTS, "reproduce a published result instead")
    return parser


def _sizes(text: str) -> tuple[int, ...]:
    """Return ``(2, 4, 1)`` for ``2-4-1``."""
    try:
        sizes = tuple(int(size) for size in text.split("-"))
    except ValueError:
        sizes = ()
    if len(sizes) < 2 or sizes[0] != 2 or sizes[-1] != 1 or min(sizes) < 1:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a network for XOR, with 2 inputs and 1 output, such as 2-4-1"
        )
    parameters = sum((below + 1) * units for below, units in pairwise(sizes))
    if parameters > MOST_PARAMETERS:
        raise argparse.ArgumentTypeError(
            f"{text!r} has {parameters:,} parameters; no more than {MOST_PARAMETERS:,} are taken"
        )
    return sizes


def _rate(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0.0 < number <= 1000.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0, up to 1000")
    return number


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0.0 <= number < 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to just under 1")
    return number
