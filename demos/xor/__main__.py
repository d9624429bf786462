"""Entry point of ``python -m demos.xor``."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from demos.xor import lesson
from demos.xor.experiments import EXPERIMENTS
from demos.xor.options import parse

INTERRUPTED = 130  # 128 + SIGINT, as shells count


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lesson or an experiment, and return the exit code.

    0 is success, whether XOR was solved or not; 1 says that the training diverged or a picture
    could not be written, 2 (from `parse`) a wrong option, 130 Ctrl-C.
    """
    options = parse(arguments)
    try:
        if options.experiment is not None:
            EXPERIMENTS[options.experiment].run()
            return 0
        history = lesson.run(options.setup, options.output)
    except KeyboardInterrupt:
        print("\nInterrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever reads the output, such as head, has enough; what is left to flush goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"python -m demos.xor: {error}", file=sys.stderr)
        return 1
    return {"interrupted": INTERRUPTED, "diverged": 1}.get(history.stopped, 0)


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without ŷ shows ? in its place
    sys.exit(main())
