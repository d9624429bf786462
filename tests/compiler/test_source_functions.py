"""Source of functions: the same numbers as the eager engine, in every language."""

from __future__ import annotations

import json
import math
import pickle
import re
import shutil
import subprocess
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, exp, relu, sqrt, tanh, value_and_grad
from benchmarks.compiled import scalars
from tests.compiler.running import LANGUAGES, function_of, leaves
from tests.test_random_graphs import programs, run

RNG = np.random.default_rng(5)


# Each example runs a compiler or another interpreter, so that shrinking would take minutes.
few_examples = settings(
    deadline=None,
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


def check(language, folder, f, *args, argnums=0, source=None):
    """Compare value and gradient with the eager engine's; return the source."""
    text = source or autograd.compile(f, argnums=argnums).source(language, *args)
    value, gradient = value_and_grad(f, argnums)(*args)
    several = gradient if isinstance(argnums, tuple) else (gradient,)
    found = function_of(language, text, folder, 0.0, several)(args)
    expected = [float(value), *leaves(list(several))]
    scale = 1.0 + max(map(abs, expected))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13 * scale)
    return text


def layers(*sizes):
    return [
        (RNG.normal(size=(outputs, inputs)), RNG.normal(size=outputs))
        for inputs, outputs in zip(sizes, sizes[1:])
    ]


def hinge(network, x, y):
    return scalars.hinge(network, x, y, relu)


def asian(market, increments):
    return scalars.asian_call(market, increments, exp, sqrt, relu)


def neuron(w, b, x, y):
    z = b
    for wi, xi in zip(w, x):
        z = z + wi * xi
    return (tanh(z) - y) ** 2


def test_neuron(language, tmp_path):
    args = RNG.normal(size=5), 0.5, RNG.normal(size=5), 1.0
    text = check(language, tmp_path, neuron, *args, argnums=(0, 1))
    # The backward part quotes the lines that it follows.
    assert "z = z + wi * xi" in text
    # The loop of the function, and that of the gradient.
    assert text.count("for ") == 2
    assert all(word in text for word in ("neuron_value_and_grad", "tanh_z", "d_z", "d_w"))


@pytest.mark.parametrize("sizes", [(2, 4, 1), (2, 16, 16, 1), (1, 1), (3, 2, 1)])
def test_perceptron(language, tmp_path, sizes):
    args = layers(*sizes), list(RNG.normal(size=sizes[0])), -1.0
    text = check(language, tmp_path, hinge, *args)
    assert len(text.splitlines()) < 130


def test_the_length_of_the_source_does_not_grow_with_the_sizes(language):
    lengths = set()
    for width in (10, 20):
        f = autograd.compile(hinge)
        args = layers(3, width, width, 1), list(RNG.normal(size=3)), 1.0
        lengths.add(len(f.source(language, *args).splitlines()))
    assert len(lengths) == 1


def test_asian_option(language, tmp_path):
    text = check(language, tmp_path, asian, [100.0, 0.05, 0.2, 1.0, 90.0], RNG.normal(size=252))
    assert text.count("for ") == 2
    # What the function unpacks has the names that it gives; spot is a path there.
    assert "volatility = market[2]" in text
    assert "spot[0] = market[0]" in text


def test_rosenbrock(language, tmp_path):
    text = check(language, tmp_path, scalars.rosenbrock, RNG.normal(size=10))
    assert text.count("for ") == 2


def test_without_source_code_results_are_named_by_their_operations(language, tmp_path):
    names = {"tanh": tanh}
    exec("def f(x):\n    for _ in range(9):\n        x = 2.0 * tanh(x * x)\n    return x", names)
    text = check(language, tmp_path, names["f"], 0.3)
    assert "tanh_value" in text


Point = namedtuple("Point", "x y")


def test_structures(language, tmp_path):
    def f(p, points, one):
        total = p["weights"][1][0] * one[0]
        for point in points:
            total = total + point["x"] * p["b c"] * point["y"][1]
        return total * p["q"].x

    p = {"weights": [np.ones(2), np.array([2.0, 3.0])], "b c": 0.5, "q": Point(2.0, 1.0)}
    points = [{"x": float(k), "y": (1.0, 2.0 - k)} for k in range(6)]
    check(language, tmp_path, f, p, points, np.array([3.0]), argnums=(0, 1, 2))


def test_keys_that_no_name_can_be_made_of(language, tmp_path):
    keys = ["*/", '"""', "a\nb", "", "/* ??/", "class", "x", "x "]
    check(language, tmp_path, lambda p: sum(p[k] * p["x"] for k in keys), dict.fromkeys(keys, 1.5))


def test_a_function_of_several_results(language, tmp_path):
    def f(x, y):
        return {"sums": [x[0] + y, x[1] + y, x[2] + y], "product": x[0] * x[1], "y": y, "c": 2.0}

    args = np.array([1.0, 2.0, 3.0]), 4.0
    text = autograd.compile(f).source(language, *args)
    result = {"sums": [0.0] * 3, "product": 0.0, "y": 0.0, "c": 0.0}
    assert function_of(language, text, tmp_path, result, None)(args) == [5, 6, 7, 2, 4, 2]


def test_values_from_outside_are_parameters(language, tmp_path):
    w = [Value(2.0, "weight[0]"), Value(3.0, "weight[1]")]
    scale, unnamed = Value(0.5, "the scale!"), Value(7.0)

    def f(x):
        return (w[0] * x[0] + w[1] * x[1]) * scale + unnamed

    x = np.array([1.5, -1.0])
    text = autograd.compile(f).source(language, x)
    found = function_of(language, text, tmp_path, 0.0, (x,))([x, [5.0, 6.0], 2.0, 1.0])
    assert found == [2.0 * (7.5 - 6.0) + 1.0, 10.0, 12.0]
    assert "the_scale" in text


def test_constants_from_outside(language, tmp_path):
    table = RNG.normal(size=(6, 3))

    def f(x):
        total = 0.0
        for row in table:
            total = total + (row[0] * x[0] - row[1] * x[1] + 2.0) ** 2 * row[2]
        return total

    text = check(language, tmp_path, f, np.array([0.3, -0.4]))
    assert "table" in text
    assert len(text.splitlines()) < 45


RESERVED = """
def f(i, range_, math, double, y0, j0, let, arguments, NaN, σ, Δx, naïve, exp, total, relu, d_i):
    total = i * range_ + math * double + y0 * j0 + let * arguments + NaN * σ
    return relu(total) + Δx * naïve + autograd.exp(exp) * d_i
"""


def test_names_that_a_language_cannot_have(language, tmp_path):
    names = {"autograd": autograd, "relu": relu}
    exec(RESERVED.replace("return relu", "return autograd.relu"), names)
    args = list(RNG.uniform(0.5, 2.0, 16))
    text = check(language, tmp_path, names["f"], *args, argnums=tuple(range(16)))
    assert ("sigma" in text) == (language == "c")


def test_no_argument_and_nothing_to_compute(language, tmp_path):
    text = autograd.compile(lambda: 2.0).source(language)
    assert function_of(language, text, tmp_path, 0.0, None)([])[0] == 2.0
    text = autograd.compile(lambda x, y: 3.0 * y).source(language, np.ones(0), 2.0)
    call = function_of(language, text, tmp_path, 0.0, (np.ones(0),))
    assert call([np.ones(0), 2.0]) == [6.0]
    check(language, tmp_path, lambda x, y: x, 1.5, 2.0, argnums=(0, 1))
    check(language, tmp_path, lambda x, y: x[0] * x[0], np.ones(1), 2.0, argnums=(0, 1))


def test_one_sample(language, tmp_path):
    f = autograd.compile(neuron, argnums=(0, 2), in_axes=(None, None, 0, 0), reduce="mean")
    X, Y = RNG.normal(size=(7, 5)), RNG.normal(size=7)
    w = RNG.normal(size=5)
    with pytest.raises(TypeError, match="has not been called yet"):
        f.source(language)
    f(w, 0.5, X, Y)
    text = f.source(language)
    assert "for one sample" in text
    args = w, 0.5, X[0], Y[0]
    check(language, tmp_path, neuron, *args, argnums=(0, 2), source=text)


@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_over_samples(language, tmp_path, reduce):
    scale = Value(2.0, "scale")

    def σ(network, samples, x, y):
        return hinge(network, x, y) * scale + samples * x[0]

    f = autograd.compile(σ, argnums=(0, 1), in_axes=(None, None, 0, 0), reduce=reduce)
    args = layers(3, 4, 1), 0.5, RNG.normal(size=(7, 3)), RNG.normal(size=7)
    text = f.source(language, *args)
    assert "for one sample" in text
    assert f"{reduce}_" in text
    value, gradient = f.value_and_grad(*args)
    call = function_of(language, text, tmp_path, 0.0, gradient)
    np.testing.assert_allclose(
        call([*args, 2.0]), [value, *leaves(list(gradient))], rtol=1e-12, atol=1e-13
    )


def test_a_matrix_product_of_numpy(language, tmp_path):
    text = check(
        language,
        tmp_path,
        lambda W, x: autograd.sum(autograd.tanh(W @ x) * x),
        RNG.normal(size=(5, 5)),
        RNG.normal(size=5),
        argnums=(0, 1),
    )
    assert len(text.splitlines()) < 60


def test_branches_and_their_conditions(language, tmp_path):
    def f(x, y):
        inside = (x > 0.0) & (y < 2.0) | (x == -1.0)
        outside = 1.0 - (x < y)
        return autograd.where(inside, x * y, -x) + outside * 3.0 * x + (x != y) * y

    points = np.array([(1.0, 1.0), (-1.0, 5.0), (1.0, 3.0), (3.0, 1.0), (-2.0, -3.0)])
    each = lambda points: sum(f(x, y) for x, y in points)  # noqa: E731
    check(language, tmp_path, each, points)


def check_program(language, folder, program, seed):
    numbers = np.random.default_rng(seed).uniform(-2, 2, 3)
    check(language, folder, lambda xs: run(program, autograd, xs), numbers)


def check_loop(language, folder, program, times, seed):
    def f(xs):
        total = 0.0
        history = list(xs)
        for _ in range(times):
            x = tanh(run(program, autograd, history[-3:]))
            history.append(x)
            total = total + x * xs[0]
        return total

    check(language, folder, f, np.random.default_rng(seed).uniform(-2, 2, 3))


@settings(deadline=None, max_examples=30)
@given(program=programs, times=st.integers(2, 6), seed=st.integers(0, 99))
def test_random_programs_in_python(program, times, seed):
    check_program("python", None, program, seed)
    check_loop("python", None, program, times, seed)


@few_examples
@given(program=programs, times=st.integers(2, 6), seed=st.integers(0, 99))
@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_random_programs_in_other_languages(language, tmp_path, program, times, seed):
    check_program(language, tmp_path, program, seed)
    check_loop(language, tmp_path, program, times, seed)


def branching(x):
    return x if x > 0.0 else -x


def test_branches_on_data_are_an_error():
    with pytest.raises(autograd.errors.RecordingError, match=r"where.*branches=\"guard\""):
        autograd.compile(branching).source("c", 2.0)


def test_a_function_that_came_as_a_pickle(language, tmp_path):
    args = RNG.normal(size=5), 0.5, RNG.normal(size=5), 1.0
    f = autograd.compile(neuron, argnums=(0, 1))
    f.value_and_grad(*args)
    text = pickle.loads(pickle.dumps(f)).source(language, *args)
    check(language, tmp_path, neuron, *args, argnums=(0, 1), source=text)
    # What variables were called does not travel.
    assert text.count("for ") == 2
    assert "d_z" not in text


def test_unknown_language():
    with pytest.raises(ValueError, match="'c', 'python', 'javascript', not 'fortran'"):
        autograd.compile(lambda x: x).source("fortran", 1.0)


def test_a_primitive_that_needs_numbers_is_an_error(language):
    @autograd.primitive(partials=lambda y, x: autograd.cos(x))
    def my_sine(x):
        return math.sin(x)

    with pytest.raises(autograd.errors.RecordingError, match="autograd.exp, not math.exp"):
        autograd.compile(lambda x: my_sine(x)).source(language, 1.0)


def test_a_primitive_made_of_others(language, tmp_path):
    @autograd.primitive(partials=lambda y, x: 3.0 * x**2)
    def my_cube(x):
        return x * x * x

    check(language, tmp_path, lambda x: my_cube(x) + x, 1.5)


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_in_a_browser(tmp_path):
    args = [0.5, -1.0, 2.0], 0.1, [1.0, 0.5, 3.0], 0.8
    text = autograd.compile(neuron, argnums=(0, 1)).source("javascript", *args)
    page = tmp_path / "page.html"
    page.write_text(
        f"<!doctype html><meta charset='utf-8'><body><script>\n{text}</script><script>"
        f"document.body.innerText = JSON.stringify(neuron_value_and_grad(...{json.dumps(args)}));"
        "</script></body>",
        encoding="utf-8",
    )
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    value, gradient = json.loads(re.findall(r"<body>(.*?)</body>", shown, re.DOTALL)[0])
    expected, expected_gradient = value_and_grad(neuron, (0, 1))(*args)
    assert value == pytest.approx(float(expected), rel=1e-14)
    assert leaves(gradient) == pytest.approx(leaves(list(expected_gradient)), rel=1e-14)


def test_names_and_keys_that_could_break_out_of_where_they_stand(language, tmp_path):
    labels = [
        "*/ evil()",
        "a\nevil()",
        "a\u2028evil()",
        '"""',
        "\\",
        "total",
        "total",
        "σ",
        "for",
        "",
    ]
    values = [Value(1.0 + k, label) for k, label in enumerate(labels)]
    keys = ["\u2028evil()", "\x85", "\0", "\\", "??/", "é", "__proto__", "constructor"]

    def f(len, d_len, p):
        total = len[0] * d_len
        for value in values:
            total = total + value * len[1]
        return total + autograd.sum([p[key] * len[0] for key in keys])

    args = np.array([1.5, -2.0]), 3.0, {key: 0.5 + k for k, key in enumerate(keys)}
    text = autograd.compile(f, argnums=(0, 1, 2)).source(language, *args)
    expected_value, expected = value_and_grad(f, (0, 1, 2))(*args)
    call = function_of(language, text, tmp_path, 0.0, args)
    found = call([*args, *[value.data for value in values]])
    np.testing.assert_allclose(found, [float(expected_value), *leaves(list(expected))])


def test_lines_that_could_end_a_comment(language, tmp_path):
    def f(p, x):
        y = p["*/ /*   ??/"] * x  # */ evil();   evil() """
        return y * y

    args = {"*/ /*   ??/": 2.0}, 3.0
    text = check(language, tmp_path, f, *args, argnums=(0, 1))
    assert "evil" in text


def test_a_recurrence_is_one_loop_there_and_one_back(language, tmp_path):
    def f(length, start):
        theta, omega = start, 0.0
        for _ in range(50):
            omega = omega - 0.1 / length * autograd.sin(theta)
            theta = theta + 0.1 * omega
        return theta * theta + omega

    text = check(language, tmp_path, f, 0.7, 1.2, argnums=(0, 1))
    assert len(re.findall(r"^ *for ", text, re.M)) == 2
    assert "omega = 0" in text
    assert "0] = start" in text


def test_names_from_callers_and_two_dimensions(language, tmp_path):
    def layer(W, x):
        return [tanh(autograd.dot(row, x)) for row in W]

    def f(W, V, X):
        total = 0.0
        for x in X:
            hidden = layer(W, x)
            top = layer(V, hidden)
            total = total + autograd.sum(top)
        return total

    args = RNG.normal(size=(4, 3)), RNG.normal(size=(5, 4)), RNG.normal(size=(6, 3))
    text = check(language, tmp_path, f, *args, argnums=(0, 1))
    assert "hidden[i][j]" in text
    assert "tanh_value" not in text


def test_an_argument_called_as_what_the_source_uses(language, tmp_path):
    def f(len, samples, total, value, square, math, i):
        return (len[0] * total + square * math[0]) ** 2 * samples + value * i + len[1]

    axes = (0, None, None, None, None, 0, None)
    f = autograd.compile(f, argnums=(1, 2, 6), in_axes=axes, reduce="sum")
    args = RNG.normal(size=(4, 2)), 0.5, 2.0, 3.0, 1.5, RNG.normal(size=(4, 2)), 1.25
    value, gradient = f.value_and_grad(*args)
    call = function_of(language, f.source(language, *args), tmp_path, 0.0, gradient)
    np.testing.assert_allclose(call(args), [value, *leaves(list(gradient))], rtol=1e-12)


def test_constants_that_no_literal_says(language, tmp_path):
    constants = [-0.0, 5e-324, 1e308, -math.inf, math.inf, 0.1, -1e-17]

    def f(x):
        return [autograd.maximum(c, x * 0.0) for c in constants] + [x * math.nan]

    text = autograd.compile(f).source(language, 2.0)
    call = function_of(language, text, tmp_path, [0.0] * 8, None)
    expected = [float(y) for y in f(2.0)]
    np.testing.assert_array_equal(call([2.0]), expected)
