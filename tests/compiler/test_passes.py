"""Recording, differentiation, simplification, lowering, storage: each against the eager engine."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, rules, value_and_grad
from autograd.compiler.differentiate import differentiate
from autograd.compiler.emit_numpy import NumpyKernel
from autograd.compiler.lower import FMA, lower
from autograd.compiler.record import Recording
from autograd.compiler.simplify import simplify
from autograd.compiler.storage import store
from autograd.compiler.tape import Tape
from autograd.errors import RecordingError
from autograd.primitive import BUILT_IN, sample
from autograd.rule import TABLE
from autograd.structure import flatten

RULES = [TABLE[name] for name in sorted(BUILT_IN)]


def record(f, *args):
    structures = [flatten(arg)[1] for arg in args]
    return Recording(f, structures, [f"x{i}" for i in range(len(args))])


def gradient_tape(f, point):
    """The tape of ``f`` and its gradient at points like ``point``, and the nodes of both."""
    recording = record(f, point)
    seeds = {recording.outputs[0]: 1.0}
    gradient = differentiate(recording.recorder, seeds, recording.arguments[0])
    return recording.recorder.tape, [*recording.outputs, *gradient]


def results(tape, nodes, numbers):
    values = tape.evaluate(numbers)
    return [values[node] for node in nodes]


def network(xs):
    hidden = [autograd.tanh(autograd.dot(xs[i : i + 2], [0.5, -1.5], xs[0])) for i in range(3)]
    return autograd.logsumexp(hidden) * xs[3] ** 2 + autograd.norm(hidden)


POINT = [0.3, -0.7, 1.1, 0.9]


def test_what_must_be_exact_is_not_fused():
    recording = record(lambda x, y, z: [x * y + z, x * x + y], 1.0, 2.0, 3.0)
    tape, exact = recording.recorder.tape, recording.outputs[:1]
    fused, _ = lower(tape, recording.outputs)
    partly, outputs = lower(tape, recording.outputs, exact)
    assert fused.rules.count(FMA) == 2
    assert [partly.rules[node] for node in outputs] == [rules.add, FMA]


@pytest.mark.parametrize("passes", [[], [simplify], [lower], [simplify, lower, simplify]])
def test_each_pass_keeps_value_and_gradient(passes):
    tape, nodes = gradient_tape(network, POINT)
    for one in passes:
        tape, nodes = one(tape, nodes)
    value, gradient = value_and_grad(network)(POINT)
    assert results(tape, nodes, POINT) == pytest.approx([value, *gradient], rel=1e-13)


def test_differentiating_twice():
    recording = record(network, POINT)
    variables = recording.arguments[0]
    recorder = recording.recorder
    gradient = differentiate(recorder, {recording.outputs[0]: 1.0}, variables)
    rows = [differentiate(recorder, {node: 1.0}, variables) for node in gradient]
    found = [results(recorder.tape, row, POINT) for row in rows]
    np.testing.assert_allclose(found, autograd.hessian(network)(POINT), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_records_lowers_and_runs_on_the_numpy_backend(rule):
    rng = np.random.default_rng(1)
    domain = rule.domain * 4 if rule.variadic else rule.domain
    points = [[sample(rng, interval) for interval in domain] for _ in range(20)]
    tape, nodes = gradient_tape(lambda xs: rule(*xs), points[0])
    tape, nodes = simplify(*lower(*simplify(tape, nodes)))
    assert all(not rule.variadic for rule in tape.rules)
    inputs = [("in", i) for i in range(len(domain))]
    kernel = store(tape, inputs, [(node, ("out", k)) for k, node in enumerate(nodes)])
    out = np.empty((len(points), len(nodes)))
    NumpyKernel(kernel).run(np.array(points), np.empty(0), out, np.empty(0))
    for row, point in zip(out, points, strict=True):
        value, gradient = value_and_grad(lambda xs: rule(*xs))(point)
        np.testing.assert_allclose(row, [value, *gradient], rtol=1e-12, atol=1e-13)


def test_a_users_primitive_is_lowered_to_what_it_is_made_of():
    @autograd.primitive(partials=lambda y, x: 3.0 * x * x)
    def cubed(x):
        return x * x * x

    tape, nodes = gradient_tape(lambda xs: cubed(xs[0]), [2.0])
    assert "cubed" in str(tape)
    lowered, nodes = lower(tape, nodes)
    assert "cubed" not in str(lowered)
    assert results(lowered, nodes, [2.0]) == [8.0, 12.0]

    @autograd.primitive(partials=lambda y, x: autograd.cos(x))
    def by_math(x):
        return math.sin(x)

    with pytest.raises(RecordingError, match=r"autograd\.exp, not math\.exp"):
        lower(*gradient_tape(lambda xs: by_math(xs[0]), [2.0]))


def lines(f, *args):
    recording = record(f, *args)
    tape, nodes = simplify(recording.recorder.tape, recording.outputs)
    return str(tape).splitlines(), nodes


def test_constants_are_folded_and_equal_work_is_done_once():
    listing, nodes = lines(lambda x: (x * 1.0 + 2.0 * 3.0) * (6.0 + x / 1), 0.0)
    assert listing == [
        "%0 = input x0",
        "%1 = 6.0",
        "%2 = add %0 %1",
        "%3 = multiply %2 %2",
    ]
    assert nodes == [3]
    assert lines(lambda x: autograd.where(x * 0 + 3 > 1.0, x, -x), 0.0)[1] != []
    assert lines(lambda x: -(1.0 * -x), 0.0) == (["%0 = input x0"], [0])


def test_nothing_is_simplified_that_would_change_a_bit():
    # −0 + 0 is 0, x − x is nan for infinity, 0·x is nan for infinity.
    for f in (lambda x: x + 0.0, lambda x: x - x, lambda x: x * 0.0, lambda x: x / x):
        assert len(lines(f, 0.0)[0]) > 1
    tape = Tape()
    assert tape.constant(0.0) != tape.constant(-0.0)
    assert tape.constant(math.nan) == tape.constant(math.nan)


def test_failing_constants_are_left_to_run_time():
    listing, _ = lines(lambda x: x + autograd.log(0.0 * x + 1.0), 0.0)
    assert any("log" in line for line in listing)


@given(x=st.floats(allow_nan=False), n=st.integers(-8, 8))
def test_whole_powers_become_products(x, n):
    tape, nodes = lower(*record_power(n))
    assert n in (0, 1) or "power" not in str(tape)
    try:
        expected = math.pow(x, n)
    except (OverflowError, ValueError):
        return
    try:
        (found,) = results(tape, nodes, [x])
    except ZeroDivisionError:
        assert abs(expected) > 1e300 or x == 0.0
        return
    assert found == pytest.approx(expected, rel=1e-14, abs=1e-300) or abs(expected) < 1e-290


def record_power(n):
    recording = record(lambda x: x**n, 0.0)
    return simplify(recording.recorder.tape, recording.outputs)


def test_products_that_are_only_added_are_fused():
    recording = record(lambda x, y: x * y + (x * x + y), 0.0, 0.0)
    tape, _ = lower(recording.recorder.tape, recording.outputs)
    assert tape.rules.count(FMA) == 2
    shared = record(lambda x, y: [x * y + x, x * y], 0.0, 0.0)
    tape, nodes = simplify(shared.recorder.tape, shared.outputs)
    assert FMA not in lower(tape, nodes)[0].rules


def test_values_from_outside_are_inputs_read_anew():
    w = Value(3.0, "w")
    recording = record(lambda x: w * x + w, 0.0)
    assert list(recording.recorder.captured) == [w]
    assert recording.recorder.tape.inputs == ["x0", "w"]
    inner = w * 2
    with pytest.raises(RecordingError, match="was computed outside the recorded function"):
        record(lambda x: x * inner, 0.0)


def remedies():
    def branch(x):
        return x if x > 0 else -x

    def loop(x):
        while x:
            x = x - 1
        return x

    return [
        (branch, r"a branch on a recorded number .*autograd\.where"),
        (loop, r"a branch .*autograd\.maximum"),
        (lambda x: float(x), r"to float .*autograd\.exp, not math\.exp"),
        (lambda x: math.exp(x), r"to float .*autograd\.exp, not math\.exp"),
        (lambda x: int(x), r"to int .*autograd\.floor"),
        (lambda x: [1.0, 2.0][x], "as an index or a count"),
        (lambda x: range(x), "as an index or a count"),
        (lambda x: max(x, 0.0), r"a branch .*autograd\.maximum"),
        (lambda x: round(x), r"rounding .*autograd\.floor"),
        (lambda x: x and 1.0, r"& and \| instead of"),
    ]


@pytest.mark.parametrize(("f", "remedy"), remedies())
def test_what_cannot_be_recorded_names_the_line_and_the_remedy(f, remedy):
    with pytest.raises(RecordingError, match=remedy) as caught:
        record(f, 0.0)
    file, line = str(caught.value).split(": ")[0].rsplit(":", 1)
    assert file == __file__
    start = f.__code__.co_firstlineno
    assert start <= int(line) <= start + 3


def test_a_symbol_that_escapes_is_refused_later():
    kept = []
    record(lambda x: kept.append(x) or x, 0.0)
    with pytest.raises(RecordingError, match="must not keep its arguments"):
        record(lambda x: x + kept[0], 0.0)


def test_storage_uses_few_places():
    tape, nodes = gradient_tape(lambda xs: autograd.sum([x * x for x in xs]), [0.0] * 50)
    tape, nodes = simplify(*lower(*simplify(tape, nodes)))
    inputs = [("in", i) for i in range(50)]
    kernel = store(tape, inputs, [(node, ("out", k)) for k, node in enumerate(nodes)])
    assert kernel.sizes["tmp"] + kernel.sizes["keep"] < 4
    assert len(kernel.loops) < 12


def test_constants_keep_their_bits():
    recording = record(lambda x: [x * -0.0, x * 5e-324], 0.0)
    constants = recording.recorder.tape.constants
    assert struct.pack("d", constants[0]) == struct.pack("d", -0.0)
    assert constants[1] == 5e-324
