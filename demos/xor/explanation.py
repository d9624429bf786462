"""Hidden units in a table and in words."""

from __future__ import annotations

from collections.abc import Sequence

from demos.tables import decimal, paragraph, table
from demos.xor.hidden_units import HiddenUnit, hidden_layers, reading_suffices
from demos.xor.problem import POINTS, FloatArray


def explain(weights: Sequence[FloatArray], biases: Sequence[FloatArray], activation: str) -> str:
    """Return what every hidden unit detects and how the output puts it together, as text."""
    layers = hidden_layers(weights, biases, activation)
    if not layers:
        return "There is no hidden layer: one straight line is all this network can draw."
    texts = [unit_table(units) for units in layers]
    texts.append(output_sentences(layers[-1], weights[-1], biases[-1]))
    return "\n\n".join(texts)


def unit_table(units: Sequence[HiddenUnit]) -> str:
    """Return a layer's weights, responses to the four points, and readings."""
    inputs = len(units[0].weights)
    # The weights of the first layer are about x1 and x2; those above would only fill the line.
    weighted = inputs == 2
    headers = ["unit", *(["w(x1)", "w(x2)"] if weighted else []), "bias", *POINTS, "detects"]
    rows = [
        [
            unit.name,
            *(decimal(w, 3) for w in (unit.weights if weighted else [])),
            decimal(unit.bias, 3),
            *(decimal(response, 2) for response in unit.responses),
            unit.detects,
        ]
        for unit in units
    ]
    return table(headers, rows, align=f"l{'r' * (len(headers) - 2)}l")


def output_sentences(
    units: Sequence[HiddenUnit], output_weights: FloatArray, output_bias: FloatArray
) -> str:
    """Return the output unit's formula, and whether the units' readings explain what it does."""
    weights = output_weights[0]
    terms = [f"{signed(w)} {unit.name}" for w, unit in zip(weights, units, strict=True)]
    total = " ".join([*terms, signed(output_bias[0])]).removeprefix("+ ")
    formula = f"ŷ = sigmoid({total.replace('− ', '−', 1) if total.startswith('−') else total})"
    informed = [
        (w, unit)
        for w, unit in zip(weights, units, strict=True)
        if w and not unit.detects.startswith("nothing")
    ]
    sentences = [
        f"{direction} {listed([f'{unit.name} ({unit.detects})' for unit in chosen])}"
        for direction, chosen in (
            ("pushed up by", [unit for w, unit in informed if w > 0]),
            ("held down by", [unit for w, unit in informed if w < 0]),
        )
        if chosen
    ]
    text = f"The output is {' and '.join(sentences)}." if sentences else "No unit tells it a thing."
    text += " With each unit replaced by a mere switch, on or off as it reads above, the output "
    if reading_suffices(units, output_weights, output_bias):
        text += "is on the same side of ½ as before at all four points: so this is how it works."
    else:
        text += (
            "is on another side of ½ at some point: so this alone does not explain how it works."
        )
    return f"{paragraph(formula, '     ')}\n\n{paragraph(text)}"


def signed(number: float) -> str:
    """Return a number with its sign set apart, as in ``− 3.70``."""
    return f"{'−' if number < 0 else '+'} {decimal(abs(number), 2)}"


def listed(items: Sequence[str]) -> str:
    """Return items as an English list."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else items[0]
