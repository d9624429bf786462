"""Source of functions with branches: the recorded ways, and nothing for others."""

from __future__ import annotations

import functools
import math
import re
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

import autograd
from autograd import Value, exp, value_and_grad
from autograd.errors import RecordingError
from tests.compiler.running import LANGUAGES, NODE, function_of, leaves
from tests.compiler.test_random_branches import batches, programs, run, stays_small


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


def guarded(f, **options):
    return autograd.compile(f, branches="guard", backend="numpy", **options)


def check(language, folder, f, samples, *shared):
    """Compare value and gradient with the eager engine's, sample by sample; return the source."""
    every = tuple(range(1 + len(shared)))
    options = {"argnums": every, "in_axes": (0, *[None] * len(shared))}
    text = guarded(f, **options, max_recordings=1000).source(language, samples, *shared)
    call = function_of(language, text, folder, 0.0, (samples[0], *shared))
    for sample in samples:
        args = sample, *shared
        value, gradient = value_and_grad(f, every)(*args)
        expected = [float(value), *leaves(list(gradient))]
        scale = 1.0 + max(map(abs, expected))
        np.testing.assert_allclose(call(args), expected, rtol=1e-12, atol=1e-12 * scale)
    return text


def check_program(language, folder, program, batch):
    shared, samples = map(np.array, batch)
    assume(all(stays_small(program, [*shared, *x]) for x in samples))
    check(language, folder, lambda x, shared: run(program, shared, x), samples, shared)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(program=programs, batch=batches(6))
def test_random_programs_in_python(program, batch):
    check_program("python", None, program, batch)


@pytest.mark.parametrize("language", LANGUAGES[1:])
@settings(
    deadline=None,
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(program=programs, batch=batches(3))
def test_random_programs_in_other_languages(language, tmp_path, program, batch):
    check_program(language, tmp_path, program, batch)


def drag(speed, area):
    reynolds = 100.0 * speed * area
    if reynolds < 1.0:
        coefficient = 24.0 / reynolds
    elif reynolds < 1000.0:
        coefficient = 24.0 / reynolds * (1.0 + 0.15 * reynolds**0.687)
    else:
        coefficient = 0.44
    return 0.5 * coefficient * area * speed * speed


def test_pieces_of_physics(language, tmp_path):
    text = check(language, tmp_path, drag, np.array([0.001, 0.1, 50.0]), 1.0)
    # What all pieces have in common is there once.
    assert len(re.findall(r"^    (?:const (?:double )?)?reynolds = ", text, re.M)) == 1
    assert text.count("Backward") == 3
    assert "never recorded" not in text


def root(a):
    x = 0.5 * (1.0 + a)
    while abs(x * x - a) > 1e-12 * a:
        x = 0.5 * (x + a / x)
    return x


def test_iterations_until_convergence(language, tmp_path):
    text = check(language, tmp_path, root, np.array([1.0, 2.0, 100.0, 1e-6]))
    assert text.count("for ") > 2


def put(normals, spot, sigma):
    price = spot
    discount = 1.0
    for z in normals:
        price = price * exp(sigma * 0.3 * z)
        discount *= 0.99
        if price < 87.0:
            break
    return discount * max(100.0 - price, 0.0)


def test_an_exercise_rule(language, tmp_path):
    normals = np.random.default_rng(0).standard_normal((60, 8))
    check(language, tmp_path, put, normals, 100.0, 0.2)


def test_reduced_over_samples(language, tmp_path):
    normals = np.random.default_rng(0).standard_normal((60, 8))
    options = {"argnums": (1, 2), "in_axes": (0, None, None), "reduce": "mean"}
    f = guarded(put, **options)
    args = normals, 100.0, 0.2
    value, gradient = f.value_and_grad(*args)
    call = function_of(language, f.source(language), tmp_path, 0.0, gradient)
    np.testing.assert_allclose(call(args), [value, *leaves(list(gradient))], rtol=1e-11)


def test_what_a_loop_decides_many_times_is_a_loop(language, tmp_path):
    def walk(steps, speed):
        place = speed
        for step in steps:
            if place > 1e3:
                return 1e3 + 0.0 * place
            place = place + speed * step
        return place

    samples = np.random.default_rng(0).uniform(0.5, 1.5, (2, 200))
    text = check(language, tmp_path, walk, samples, 0.5)
    assert len(text.splitlines()) < 45
    assert text.count("never recorded: ") == (language != "c")


def clipped(x, y):
    if x > 1.0:
        return y
    return {"a": [x * y] * 3, "b": x}["a"][0]


def test_ways_that_were_not_recorded(language, tmp_path):
    f = guarded(clipped, argnums=(0, 1))
    assert f(0.5, 2.0) == 1.0
    text = f.source(language)
    call = function_of(language, text, tmp_path, 0.0, (0.0, 0.0))
    assert call([0.5, 2.0]) == [1.0, 2.0, 0.5]
    if language == "python":
        with pytest.raises(ValueError, match=r"never recorded: if x > 1\.0:"):
            call([2.0, 2.0])
    elif language == "c":
        assert all(map(math.isnan, call([2.0, 2.0])))
    else:
        with pytest.raises(AssertionError, match=r"RangeError: never recorded: if x > 1\.0:"):
            call([2.0, 2.0])
    # Numbers that are given are recorded, too.
    text = f.source(language, 2.0, 2.0)
    call = function_of(language, text, tmp_path, 0.0, (0.0, 0.0))
    assert call([2.0, 2.0]) == [2.0, 0.0, 1.0]
    assert call([0.5, 2.0]) == [1.0, 2.0, 0.5]


def test_several_results(language, tmp_path):
    def f(x):
        low, high = sorted(x)
        return {"sum": low + high, "pair": [low, high], "nothing": 0.0}

    samples = np.array([[1.0, 2.0], [2.0, 1.0]])
    compiled = guarded(f, in_axes=0)
    nest = {"sum": 0.0, "pair": [0.0, 0.0], "nothing": 0.0}
    call = function_of(language, compiled.source(language, samples), tmp_path, nest, None)
    for sample in samples:
        assert call([sample]) == [3.0, 1.0, 2.0, 0.0]
    call = function_of(language, guarded(f).source(language, samples[0]), tmp_path, nest, None)
    assert call([samples[0]]) == [3.0, 1.0, 2.0, 0.0]
    if language == "c":
        assert all(map(math.isnan, call([samples[1]])))


def test_values_from_outside(language, tmp_path):
    limit, slope = Value(1.0, "limit"), Value(3.0, "slope")

    def f(x):
        return x if x < limit else limit + slope * (x - limit)

    text = guarded(f, in_axes=0).source(language, np.array([0.5, 2.0]))
    call = function_of(language, text, tmp_path, 0.0, (0.0,))
    assert call([0.5, 1.0, 3.0]) == [0.5, 1.0]
    assert call([2.0, 1.5, 3.0]) == [3.0, 3.0]


def test_whole_numbers(language, tmp_path):
    def f(x, table):
        return table[int(x)] * x

    check(language, tmp_path, f, np.array([0.5, 2.5, -1.2]), np.array([1.0, 2.0, 4.0]))


def test_a_function_that_does_not_do_the_same_again():
    calls = []

    def f(x):
        calls.append(x)
        return x if x > len(calls) else -x

    compiled = guarded(f)
    compiled(2.0)
    with pytest.raises(RecordingError, match="something else when it is recorded again"):
        compiled.source("c")


def test_no_way_was_recorded_yet():
    with pytest.raises(TypeError, match="has not been called yet"):
        guarded(drag).source("c")


def test_nothing_to_decide(language, tmp_path):
    text = guarded(functools.partial(pow, 2.0)).source(language, 3.0)
    call = function_of(language, text, tmp_path, 0.0, (0.0,))
    np.testing.assert_allclose(call([3.0]), [8.0, 8.0 * math.log(2.0)], rtol=1e-14)


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no C++ compiler (g++)")
@pytest.mark.parametrize("f", [drag, root], ids=["drag", "root"])
def test_the_c_is_also_cpp(f, tmp_path):
    given = [0.001, 0.1, 50.0]
    args = (given, 1.0) if f is drag else (given,)
    text = guarded(f, in_axes=(0, None)[: len(args)]).source("c", *map(np.array, args))
    path = tmp_path / "source.cpp"
    path.write_text(text, encoding="utf-8")
    command = ["g++", "-std=c++17", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror", "-c"]
    done = subprocess.run([*command, str(path), "-o", str(path.with_suffix(".o"))])
    assert done.returncode == 0


@pytest.mark.skipif(NODE is None, reason="there is no Node.js (node)")
def test_strict_javascript(tmp_path):
    text = guarded(drag, argnums=(0, 1), in_axes=(0, None)).source(
        "javascript", np.array([0.001, 0.1, 50.0]), 1.0
    )
    for suffix, head, shown in (
        ("cjs", '"use strict";\n', "console.log(drag_value_and_grad(0.1, 1)[0]);"),
        ("mjs", "", "console.log(drag_value_and_grad(0.1, 1)[0]);"),
    ):
        path = tmp_path / f"source.{suffix}"
        path.write_text(head + text + shown, encoding="utf-8")
        done = subprocess.run([str(NODE), str(path)], capture_output=True, text=True)
        assert float(done.stdout) == pytest.approx(drag(0.1, 1.0), rel=1e-14), done.stderr
