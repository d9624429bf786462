"""Entry point of ``python -m demos.xor``."""

from __future__ import annotations

from collections.abc import Sequence

from demos.command_line import INTERRUPTED, exit_code, run_as_program
from demos.xor import lesson
from demos.xor.experiments import EXPERIMENTS
from demos.xor.options import parse


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lesson or an experiment, and return the exit code.

    0 is success, whether XOR was solved or not; 1 says that the training diverged or a picture
    could not be written, 2 (from `parse`) a wrong option, 130 Ctrl-C.
    """
    options = parse(arguments)

    def run() -> int:
        if options.experiment is not None:
            EXPERIMENTS[options.experiment].run()
            return 0
        history = lesson.run(options.setup, options.output)
        return {"interrupted": INTERRUPTED, "diverged": 1}.get(history.stopped, 0)

    return exit_code("python -m demos.xor", run)


if __name__ == "__main__":
    run_as_program(main)
