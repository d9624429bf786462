"""The command line: ``python -m benchmarks``, for one of its four sets."""

from __future__ import annotations

import sys

from benchmarks.compiled import command as compiled
from benchmarks.eager import command as eager
from benchmarks.hessian import command as hessian
from benchmarks.training import command as training

SETS = {"compiled": compiled, "hessian": hessian, "training": training}


def main() -> int:
    """Run the set that is named first; the eager engine's if none of the others is."""
    name, *rest = sys.argv[1:] or [""]
    return SETS[name].main(rest) if name in SETS else eager.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
