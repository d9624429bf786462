"""Outlining: the same numbers as without, and no more to compute."""

from __future__ import annotations

import functools
import importlib.util
import pickle
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import compiler, rules
from autograd.compiler import outline, repetition
from autograd.compiler.element import Element, elements
from autograd.compiler.families import families
from autograd.compiler.lower import lower
from autograd.compiler.simplify import simplify
from autograd.compiler.sparsity import hessian_pattern, jacobian_pattern
from autograd.compiler.storage import store
from autograd.compiler.tape import Tape
from tests.compiler.test_passes import record

N = 13  # variables
TIMES = 11  # iterations of a loop

close = functools.partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-10)

BACKENDS = ["numpy"] + (["llvm"] if importlib.util.find_spec("llvmlite") else [])


@pytest.fixture(autouse=True, scope="module")
def _short_tapes_are_outlined() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outline, "FEWEST_NODES", 0)
        patch.setattr(repetition, "FEWEST_OPERATIONS", 0)
        patch.setattr(repetition, "FEWEST_ITERATIONS", 4)
        yield


# A program is a list of loops. In each iteration some expressions are evaluated, of three variables
# that move along, of one that does not, of data, and of what is carried along.
LEAVES = [("x", 0), ("x", 1), ("x", 2), ("first",), ("data",), ("state",), ("number",)]
UNARY = {
    "sin": autograd.sin,
    "tanh": autograd.tanh,
    "exp": lambda x: autograd.exp(0.5 * autograd.tanh(x)),
    "square": lambda x: x**2,
    "cube": lambda x: x * x * x,
    "root": lambda x: autograd.sqrt(1.0 + x * x),
    "relu": autograd.relu,
}
BINARY = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / (2.0 + autograd.cos(y)),
    "maximum": autograd.maximum,
    "where": lambda x, y: autograd.where(x < y, x * y, y),
}
expressions = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: (
        st.tuples(st.sampled_from(sorted(UNARY)), inner)
        | st.tuples(st.sampled_from(sorted(BINARY)), inner, inner)
    ),
    max_leaves=6,
)
statements = st.tuples(st.sampled_from(["sum", "state", "kept"]), expressions)
loops = st.lists(statements, min_size=1, max_size=3)
programs = st.lists(loops, min_size=1, max_size=2)

DATA = np.random.default_rng(5).normal(size=TIMES)


def evaluate(expression: Any, leaves: dict[Any, Any]) -> Any:
    if expression in leaves:
        return leaves[expression]
    name, *parts = expression
    xs = [evaluate(part, leaves) for part in parts]
    return (UNARY | BINARY)[name](*xs)


def run(program: Sequence[Any], x: Any) -> list[Any]:
    total: Any = 0.0
    state = x[3]
    kept = [x[1]]
    for loop in program:
        for i in range(TIMES):
            for to, expression in loop:
                leaves = {("x", k): x[i + k] for k in range(3)}
                leaves |= {("first",): x[0], ("data",): DATA[i], ("number",): 1.5}
                result = evaluate(expression, leaves | {("state",): state})
                if to == "sum":
                    total = total + result
                elif to == "state":
                    state = autograd.tanh(result)
                else:
                    kept.append(autograd.sin(result))
    return [total, state, kept[-1] * kept[len(kept) // 2], kept[2 % len(kept)]]


def single(program: Sequence[Any], x: Any) -> Any:
    total, state, both, third = run(program, x)
    return total + state * both + third


def check(program: Sequence[Any], backend: str, seed: int = 0) -> None:
    f = functools.partial(single, program)
    rng = np.random.default_rng(seed)
    x, v = rng.uniform(-1.0, 1.0, (2, N))
    compiled = compiler.compile(f, backend=backend, cache=False)
    value, gradient = autograd.value_and_grad(f)(x)
    found, found_gradient = compiled.value_and_grad(x)
    close(found, value)
    close(found_gradient, gradient)
    hessian = autograd.hessian(f)(x)
    close(compiled.hessian(x), hessian)
    close(compiled.hvp(x, v), hessian @ v)
    close(compiled.hessian(x, sparse=True).toarray(), hessian)


def check_several(program: Sequence[Any], backend: str, seed: int = 0) -> None:
    f = functools.partial(run, program)
    rng = np.random.default_rng(seed)
    x, v = rng.uniform(-1.0, 1.0, (2, N))
    w = rng.normal(size=4).tolist()
    compiled = compiler.compile(f, backend=backend, cache=False)
    values, jacobian = f(x), np.array(autograd.jacobian(f)(x))
    close(compiled(x), values)
    close(compiled.jacobian(x), jacobian)
    close(compiled.jacobian(x, sparse=True).toarray(), jacobian)
    close(compiled.jvp(x, v)[1], jacobian @ v)
    close(compiled.vjp(x)[1](w), w @ jacobian)


@given(programs, st.integers(0, 9))
@settings(deadline=None, max_examples=60)
def test_one_number(program: Sequence[Any], seed: int) -> None:
    pytest.importorskip("scipy.sparse")
    check(program, "numpy", seed)


@given(programs, st.integers(0, 9))
@settings(deadline=None, max_examples=40)
def test_several_numbers(program: Sequence[Any], seed: int) -> None:
    pytest.importorskip("scipy.sparse")
    check_several(program, "numpy", seed)


# Functions whose loops are outlined
# ----------------------------------


def rosenbrock(x):
    return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in zip(x[:-1], x[1:]))


def neighbors(x):
    return sum((autograd.exp(b) - autograd.exp(a)) ** 2 + a * b for a, b in zip(x[:-1], x[1:]))


def fit(x):
    total = 0.0
    for i in range(40):
        noise = autograd.log(x[2]) + 0.5 * ((x[0] + x[1] * 0.1 * i - (i * 7 % 5)) / x[2]) ** 2
        total = total + noise
    return total


def recurrence(x):
    position, speed = x[0], x[1]
    for _ in range(40):
        speed = speed - 0.1 * (autograd.sin(position) * x[2] + 0.2 * speed * speed)
        position = position + 0.1 * speed
    return position * position


def grid(x):
    side = 6
    return sum(
        autograd.exp(x[i * side + j] - x[i * side + j + 1])
        + (x[i * side + j] - x[(i + 1) * side + j]) ** 2
        for i in range(side - 1)
        for j in range(side - 1)
    )


def two_sums(x):
    first = sum(autograd.sin(a * b) / (1.0 + a * a) for a, b in zip(x[:-1], x[1:]))
    return first + sum((a - c) ** 3 * b for a, b, c in zip(x[:-2], x[1:-1], x[2:]))


CASES = [(rosenbrock, 36), (neighbors, 36), (fit, 3), (recurrence, 3), (grid, 36), (two_sums, 36)]


def outlined(f, size):
    recording = record(f, [0.5] * size)
    return recording, recording.outlined()


@pytest.mark.parametrize(("f", "size"), CASES)
def test_loops_are_outlined(f, size):
    recording, shorter = outlined(f, size)
    tape = shorter.recorder.tape
    assert elements(tape.rules)
    long, short = [
        sum(map(each.is_computed, range(len(each)))) for each in (recording.recorder.tape, tape)
    ]
    assert short <= 0.5 * long
    point = np.linspace(0.1, 0.9, size).tolist()
    values = [each.recorder.tape.evaluate(point)[each.outputs[0]] for each in (recording, shorter)]
    close(*values)


@pytest.mark.parametrize(("f", "size"), CASES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_derivatives(f, size, backend):
    point = np.linspace(0.3, 0.9, size)
    compiled = compiler.compile(f, backend=backend, cache=False)
    value, gradient = compiled.value_and_grad(point)
    expected, expected_gradient = autograd.value_and_grad(f)(point)
    close(value, expected)
    close(gradient, expected_gradient)
    close(compiled.hessian(point), autograd.hessian(f)(point))
    close(compiled.hvp(point, gradient), autograd.hessian(f)(point) @ gradient)


@pytest.mark.parametrize(("f", "size"), CASES)
def test_patterns_are_the_same(f, size):
    recording, shorter = outlined(f, size)
    for pattern, of in ((hessian_pattern, lambda nodes: nodes[0]), (jacobian_pattern, list)):
        plain, found = [
            pattern(each.recorder.tape, each.arguments[0], of(each.outputs))
            for each in (recording, shorter)
        ]
        assert found == plain


def executed(recording, with_gradient):
    """How often each operation is executed."""
    nodes = list(recording.outputs)
    if with_gradient:
        nodes += recording.append_gradient(recording.arguments[0])
    tape, nodes = simplify(recording.recorder.tape, nodes)
    tape, nodes = simplify(*lower(tape, nodes))
    inputs = [("in", i) for i in range(len(tape.inputs))]
    kernel = store(tape, inputs, [(node, ("out", k)) for k, node in enumerate(nodes)])
    return Counter(instruction.shape.operation for instruction in kernel.loops.unrolled())


@pytest.mark.parametrize("with_gradient", [False, True])
@pytest.mark.parametrize(("f", "size"), CASES)
def test_nothing_is_computed_more_often(f, size, with_gradient):
    recording, shorter = outlined(f, size)
    plain, found = executed(recording, with_gradient), executed(shorter, with_gradient)
    for operation in ("exp", "log", "sin", "cos", "power"):
        assert found[operation] <= plain[operation]


def test_gradients_of_both_tapes():
    recording = record(rosenbrock, [0.5] * 36)
    point = np.linspace(0.1, 0.9, 36).tolist()
    for each in (recording, recording.outlined()):
        for _ in range(2):
            twin = each.copied()
            gradient = twin.append_gradient(twin.arguments[0])
            numbers = twin.recorder.tape.evaluate(point)
            close([numbers[node] for node in gradient], autograd.grad(rosenbrock)(point))


def test_results_that_are_wanted_twice_take_one_place():
    recording = record(lambda x: [autograd.exp(a * b) * a for a, b in zip(x, x[1:])], [0.5] * 36)
    shorter = recording.outlined()
    assert shorter is not recording
    nodes = shorter.outputs
    inputs = [("in", i) for i in range(36)]
    outputs = [(node, ("out", 2 * k + i)) for k, node in enumerate(nodes) for i in range(2)]
    sizes = store(shorter.recorder.tape, inputs, outputs).sizes
    assert sizes["tmp"] < 10
    assert sizes["keep"] == 0


def test_short_tapes_and_batches_stay_as_they_are(monkeypatch):
    recording = record(rosenbrock, [0.5] * 36)
    assert recording.outlined() is not recording
    over_samples = compiler.compile(rosenbrock, in_axes=0, backend="numpy", cache=False)
    checked = compiler.compile(rosenbrock, check=True, backend="numpy")
    single = compiler.compile(rosenbrock, backend="numpy", cache=False)
    over_samples(np.full((2, 36), 0.5))
    checked([0.5] * 36)
    single([0.5] * 36)
    of = [next(iter(each._executables.values())).recording for each in (over_samples, checked)]
    assert [each.unoutlined for each in of] == [None, None]
    assert next(iter(single._executables.values())).recording.unoutlined is not None
    monkeypatch.setattr(outline, "FEWEST_NODES", len(recording.recorder.tape) + 1)
    short = record(rosenbrock, [0.5] * 36)
    assert short.outlined() is short


def test_check_names_the_line():
    def f(x):
        total = 0.0
        for i in range(20):
            total = total + autograd.sqrt(x[i] * x[i] - 0.5) * x[0] * 2.0
        return total

    compiled = compiler.compile(f, check=True, backend="numpy")
    with pytest.raises(FloatingPointError, match=r"test_outline\.py:\d+: sqrt\(-0\.25\)"):
        compiled([0.5] * 20)


def test_what_reads_values_from_outside_reads_them_anew(monkeypatch):
    factor = autograd.Value(2.0, label="factor")

    # What the derivative is depends on a Value, too.
    @autograd.primitive(partials=lambda y, x: factor * x * 2.0)
    def scaled_square(x):
        return 2.0 * x * x

    def f(x):
        total = 0.0
        for a, b in zip(x[:-1], x[1:]):
            total = total + autograd.exp(scaled_square(a) * b - factor) * (a + b) ** 2
        return total

    x = np.linspace(-0.5, 0.5, 20)
    compiled, plain = [compiler.compile(f, backend="numpy", cache=False) for _ in range(2)]
    for number in (2.0, 2.5):
        factor.data = number
        found = compiled(x), compiled.grad(x), compiled.hessian(x)
        with monkeypatch.context() as patch:
            patch.setattr(outline, "FEWEST_NODES", 10**9)
            expected = plain(x), plain.grad(x), plain.hessian(x)
        for one, other in zip(found, expected, strict=True):
            close(one, other)
    recordings = [next(iter(each._executables.values())).recording for each in (compiled, plain)]
    assert [each.unoutlined is None for each in recordings] == [False, True]


def test_outlined_functions_travel_and_are_kept_on_disk(tmp_path, monkeypatch):
    pytest.importorskip("llvmlite")
    monkeypatch.setenv("AUTOGRAD_CACHE_DIR", str(tmp_path))
    x = np.linspace(0.1, 0.9, 36)
    first = compiler.compile(rosenbrock)
    there = pickle.loads(pickle.dumps(first))
    again = compiler.compile(rosenbrock)
    for compiled in (first, there, again):
        close(compiled.grad(x), autograd.grad(rosenbrock)(x))
        close(compiled.hessian(x), autograd.hessian(rosenbrock)(x))
    assert "from the cache" in again.report()


# Elements
# --------


def element_of(f, size):
    recording = record(f, [0.5] * size)
    tape, (output,) = simplify(recording.recorder.tape, recording.outputs)
    return Element(tape, output, range(size))


def test_partials_are_numbers_operands_or_elements():
    element = element_of(lambda x: 3.0 * x[0] + x[1] * x[2] + autograd.sin(x[3]) ** 2, 4)
    assert element.derivative(0) == 3.0
    assert element.derivative(1).position == 2
    last = element.derivative(3)
    assert last.positions == (3,)
    assert last.index == (3,)
    assert last.origin is element
    close(last(0.4), np.sin(0.8))
    close(last.derivative(0)(0.4), 2.0 * np.cos(0.8))


def test_derivatives_find_their_operands():
    element = element_of(lambda x: x[0] * x[1] * autograd.sin(x[1]) * x[2], 3)
    product = element_of(lambda x: x[0] * x[1] * x[2], 3).derivative(1)
    assert product.positions == (0, 2)
    assert [partial(0.0, 5.0, 7.0) for partial in product.rule.partials] == [7.0, 5.0]
    by_first = element.derivative(0)
    assert by_first.positions == (1, 2)
    close(by_first(0.5, 3.0), 0.5 * np.sin(0.5) * 3.0)
    close(by_first.derivative(0)(0.5, 3.0), 3.0 * (np.sin(0.5) + 0.5 * np.cos(0.5)))


def test_mixed_partials_are_one():
    element = element_of(lambda x: autograd.exp(x[0] * x[1]) * x[0], 2)
    one, other = element.derivative(0).derivative(1), element.derivative(1).derivative(0)
    assert one is other
    expected = np.exp(0.3) * (2.0 * 0.5 + 0.5**2 * 0.6)
    close(one(0.5, 0.6), expected)


def test_families_wait_for_no_operand():
    element = element_of(lambda x: autograd.exp(x[0] * x[0]) * x[0] + x[0] * x[1] ** 3, 2)
    inner = element.derivative(0).derivative(0)
    assert inner.positions == (0,)
    tape = Tape()
    a = tape.input("a")
    early = tape.append(inner.rule, (a,))
    late = tape.append(element.rule, (a, tape.append(rules.sin, (a,))))
    together = tape.append(element.derivative(0).rule, tape.operands[late])
    found = families(tape, [True] * len(tape))
    assert {first: family.nodes for first, family in found.items()} == {
        early: [early],
        late: [late, together],
    }


# Repetitions
# -----------


def test_iterations_begin_where_the_function_has_them():
    recording = record(recurrence, [0.5] * 3)
    (run,) = repetition.Operations(recording.recorder.tape).runs()
    assert run.period == 9
    assert run.iterations >= 38
    tape = recording.recorder.tape
    nodes = repetition.Operations(tape).nodes[run.start :][: run.period]
    assert tape.rules[nodes[0]].name == "sin"


def test_nests_are_found_again():
    pytest.importorskip("scipy.sparse")

    def instructions(side):
        def energy(u):
            total = 0.0
            for i in range(side - 1):
                for j in range(side - 1):
                    dx, dy = u[i + 1, j] - u[i, j], u[i, j + 1] - u[i, j]
                    total = total + 0.5 * (dx * dx + dy * dy) + autograd.exp(-u[i, j])
            return total

        compiled = compiler.compile(energy, backend="numpy", cache=False)
        compiled.hessian(np.zeros((side, side)), sparse=True)
        (executable,) = compiled._derived.values()
        assert executable.recording.unoutlined is not None
        return executable.program.report.instructions

    assert instructions(20) <= instructions(14)
