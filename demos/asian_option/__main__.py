"""Entry point of ``python -m demos.asian_option``."""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from demos.asian_option.option import SYMBOLS, Market
from demos.command_line import Parser, checked_output, count, exit_code, real, run_as_program
from demos.figures import write_pictures

PROGRAM = "python -m demos.asian_option"
DEFAULT_OUTPUT = Path("outputs") / "asian_option"

#: The range of each number that the price depends on.
RANGES = {
    "spot": (0.01, 1e5),
    "strike": (0.01, 1e5),
    "rate": (-1.0, 1.0),
    "volatility": (1e-3, 2.0),
    "time": (1e-3, 30.0),
}


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks for; ``sys.argv`` if none is given.

    Raises:
        SystemExit: after ``--help`` with code 0; with code 2 and one line on stderr if an option is
            wrong.
    """
    parser = Parser(
        prog=PROGRAM,
        usage="%(prog)s [options]",
        description="Price an Asian call by Monte Carlo, with all its sensitivities and their\n"
        "standard errors. Defaults are in parentheses.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    option = parser.add_argument_group("the option")
    for name, default in Market()._asdict().items():
        text = f"{getattr(SYMBOLS, name)} ({default:g})"
        option.add_argument(
            f"--{name}", metavar="X", type=real(*RANGES[name]), default=default, help=text
        )
    text = "on which the price counts (252)"
    option.add_argument("--dates", metavar="N", type=count(1, 2520), default=252, help=text)
    sampling = parser.add_argument_group("the paths")
    text = "how many (100000)"
    sampling.add_argument("--paths", metavar="N", type=count(2), default=100_000, help=text)
    sampling.add_argument(
        "--seed", metavar="N", type=count(0), default=0, help="of the random numbers (0)"
    )
    text = "processes that Dask spreads the paths over; 0 for none (0)"
    sampling.add_argument("--workers", metavar="N", type=count(0, 64), default=0, help=text)
    text = f"folder for the picture ({DEFAULT_OUTPUT})"
    parser.add_argument("--output", metavar="DIR", type=Path, default=DEFAULT_OUTPUT, help=text)
    given = parser.parse_args(arguments)
    if given.workers and importlib.util.find_spec("distributed") is None:
        parser.error('--workers needs Dask: pip install "scalar-autodiff[distributed]"')
    checked_output(parser, given.output)
    return given


def run(given: argparse.Namespace) -> int:
    """Print the tables, and draw the picture."""
    from demos.asian_option.monte_carlo import price
    from demos.asian_option.pictures import draw_sensitivities
    from demos.asian_option.report import show_differences, show_estimates

    market = Market(*(getattr(given, name) for name in Market._fields))
    numbers = ", ".join(f"{s} = {x:g}" for s, x in zip(SYMBOLS, market, strict=True))
    print(f"Asian call on the arithmetic mean of {given.dates:,} prices\n{numbers}")
    start = time.perf_counter()
    found = price(market, given.dates, given.paths, given.seed, given.workers)
    seconds = time.perf_counter() - start
    by = f"{given.workers} workers" if given.workers else "this process"
    print(f"{given.paths:,} paths by {by}, seed {given.seed}: {seconds:.1f} s")
    show_estimates(market, given.dates, found)
    show_differences(market, given.dates, given.paths, given.seed)
    draw = partial(draw_sensitivities, market=market, dates=given.dates, seed=given.seed)
    write_pictures(
        given.output, [("sensitivities.png", "price and sensitivities over the spot", draw)]
    )
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo and return the exit code: 0, 1 if a picture cannot be written, 130 Ctrl-C."""
    given = parse(arguments)
    return exit_code(PROGRAM, partial(run, given))


if __name__ == "__main__":
    run_as_program(main)
