"""What an explanation says in words, in a terminal and in a notebook alike."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from autograd import rules
from autograd.explanation.formula import Number
from autograd.explanation.names import SUBSCRIPTS
from autograd.explanation.notation import ATOM, number_in_text
from autograd.explanation.paths import total
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.explanation.explanation import Explanation, Factor, Path, Zero

_MOST_NODES: Final = 14
_MOST_ZEROS: Final = 3
_MOST_DEFINITIONS: Final = 12


def headline(explanation: Explanation) -> str:
    """Return what the gradient is, and the sum of how many paths."""
    text = explanation.notations.text
    result, leaf = (text.node(node, ATOM) for node in (explanation.result, explanation.leaf))
    gradient = f"∂{result}/∂{leaf} = {text.number(explanation.gradient)}"
    if not len(explanation.paths[0]):
        return f"{gradient}: it is the result itself"
    if explanation.count == 1:
        return f"{gradient}, along one path:"
    shown = len(explanation.paths)
    listed = "; the largest" if shown == 1 else f"; the {shown} largest"
    listed = listed if explanation.rest_count else ""
    return f"{gradient}, the sum over {number_of(explanation.count)} paths{listed}:"


def number_of(count: int | Decimal) -> str:
    """Return a number of paths, in full or, where it is rounded anyway, to three digits."""
    if isinstance(count, int):
        return f"{count:,}"
    return f"about {count:.2e}".replace("e+", "e")


def _paths(count: int | Decimal) -> str:
    return "1 path" if count == 1 else f"{number_of(count)} paths"


def percent(share: float) -> str:
    """Return a share in percent."""
    size = abs(100.0 * share)
    digits = f"{size:,.0f}" if 100.0 <= size < 1e6 else number_in_text(size, 3)
    return f"{'−' if share < 0.0 else ''}{digits} %"


def in_percent(path: Path) -> str:
    """Return a path's share in parentheses; nothing if it is all, undefined or zero."""
    only = path.share == 1.0 or math.isnan(path.share) or path.value == 0.0
    return "" if only else f" ({percent(path.share)})"


def steps(path: Path) -> list[str]:
    """Return the names of a path's nodes, each but the first with an arrow before it.

    Where a node has the operand before it several times, as x·x has, the arrow says which one is
    meant. The middle of a long path is left out.
    """
    length = len(path)
    head = length if length < _MOST_NODES else _MOST_NODES // 2
    tail = 0 if length < _MOST_NODES else _MOST_NODES // 2 - 1
    # Factors are counted from the result.
    names = [path.notations.text.node(path.factor(length - 1).operand)]
    names += [_step(path.factor(i)) for i in range(length - 1, length - 1 - head, -1)]
    if tail:
        names.append(f"→ … {length - head - tail:,} more …")
        names += [_step(path.factor(i)) for i in range(tail - 1, -1, -1)]
    return names


def _step(factor: Factor) -> str:
    same = [parent for parent in factor.node.parents if parent is factor.operand]
    which = str(factor.position + 1).translate(SUBSCRIPTS) if len(same) > 1 else ""
    return f"→{which} {factor.notations.text.node(factor.node)}"


def remarks(explanation: Explanation) -> list[str]:
    """Return sentences on the paths that are not listed."""
    text = explanation.notations.text
    found = []
    if explanation.rest_count:
        others = f"{number_of(explanation.rest_count)} paths add up to"
        others = "path adds" if explanation.rest_count == 1 else others
        share = explanation.rest / explanation.gradient if explanation.gradient else 0.0
        of_all = f", {percent(share)}" if share and abs(share) < float("inf") else ""
        found.append(f"The other {others} {text.number(explanation.rest)}{of_all}.")
        if explanation.positive and explanation.negative:
            found.append(
                f"All positive paths add up to {text.number(explanation.positive)}, all negative "
                f"ones to {text.number(explanation.negative)}."
            )
    if explanation.zero_count:
        found.append(f"{_amount(explanation.zero_count, explanation.count)} zero:")
    return found


def _amount(some: int | Decimal, count: int | Decimal) -> str:
    if count == 1:
        return "It is"
    if some == count:
        return "Both paths are" if count == 2 else f"All {number_of(count)} paths are"
    return f"{number_of(some)} of the {number_of(count)} paths {'is' if some == 1 else 'are'}"


def zeros(explanation: Explanation) -> list[str]:
    """Return a line for each of the local derivatives that end the most paths."""
    lines = [_zero(zero, explanation.count) for zero in explanation.zeros[:_MOST_ZEROS]]
    if len(explanation.zeros) > _MOST_ZEROS:
        others = explanation.zeros[_MOST_ZEROS:]
        lines.append(f"… and {_paths(total(zero.count for zero in others))} elsewhere")
    return lines


def _zero(zero: Zero, count: int | Decimal) -> str:
    factor = zero.factor
    text = factor.notations.text
    node, operand = text.node(factor.node, ATOM), text.node(factor.operand, ATOM)
    formula = "" if isinstance(factor.tree, Number) else f"{factor.formula} = "
    ends = "" if count == 1 else f" ends {_paths(zero.count)}"
    return f"∂{node}/∂{operand} = {formula}0{ends}{_reason(factor)}"


def _reason(factor: Factor) -> str:
    text = factor.notations.text
    names = text.names
    node, operand = text.node(factor.node), text.node(factor.operand)
    value = text.number(factor.operand.data)
    if factor.node.rule is rules.relu:
        return f": the relu is off, as {operand} = {value}"
    if names.formula(factor.node) is not None:
        return ""
    definition = names.definition(factor.node)
    assert definition is not None
    return f": {node} = {text.write(definition)}, {operand} = {value}"


def definitions(explanation: Explanation) -> list[str]:
    """Return a line for each of the nodes that are called v₁, v₂ and so on."""
    found = explanation.names.numbered
    lines = [_definition(explanation, node) for node in found[:_MOST_DEFINITIONS]]
    if len(found) > _MOST_DEFINITIONS:
        lines.append(f"… and {len(found) - _MOST_DEFINITIONS} more")
    return lines


def _definition(explanation: Explanation, node: Value) -> str:
    text = explanation.notations.text
    definition = explanation.names.definition(node)
    formula = "" if definition is None else f"{text.write(definition)} = "
    return f"{text.node(node)} = {formula}{text.number(node.data)}"
