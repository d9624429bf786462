"""``check=True``: the recorded operations one by one, looking for the first that is not finite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.compiler.emit_numpy import OPERATIONS
from autograd.compiler.lower import lower
from autograd.compiler.tape import CONSTANT, INPUT, Tape

FloatArray = npt.NDArray[np.float64]


def check_finite(
    tape: Tape,
    batched: Sequence[bool],
    inputs: FloatArray,
    singles: FloatArray,
    samples: npt.NDArray[np.intp] | None = None,
) -> None:
    """Compute every node of a tape for all samples.

    Args:
        tape: what was recorded, before any simplification.
        batched: for each input whether it differs from sample to sample.
        inputs: those that do, shape (N, …).
        singles: those that do not.
        samples: what to call the samples in messages; from 0 up if None.

    Raises:
        FloatingPointError: a node is nan or inf although its operands are not. The message names
            the operation, the numbers it worked on, the sample and the line of source.
    """
    every, _ = lower(tape, range(len(tape)))
    columns = iter(inputs.T)
    numbers = iter(singles)
    values: list[Any] = []
    with np.errstate(all="ignore"):
        for node, (rule, operands) in enumerate(zip(every.rules, every.operands)):
            if rule is INPUT:
                values.append(next(columns) if batched[operands[0]] else next(numbers))
            elif rule is CONSTANT:
                values.append(every.constants[operands[0]])
            else:
                xs = [values[i] for i in operands]
                values.append(OPERATIONS[rule.name](*xs))
                _check_node(every, node, values[-1], xs, samples)


def _check_node(
    tape: Tape, node: int, result: Any, xs: Sequence[Any], samples: npt.NDArray[np.intp] | None
) -> None:
    bad = ~np.isfinite(result)
    for x in xs:
        bad = bad & np.isfinite(x)
    if not np.any(bad):
        return
    sample = int(np.argmax(bad)) if np.ndim(bad) else 0
    shown = [repr(float(x[sample] if np.ndim(x) else x)) for x in xs]
    found = float(result[sample] if np.ndim(result) else result)
    named = sample if samples is None else samples[sample]
    where = f" of sample {named}" if np.ndim(bad) else ""
    raise FloatingPointError(
        f"{tape.places[node]}: {tape.rules[node].name}({', '.join(shown)}){where} is {found}"
    )
