"""Pickles of compiled functions: here, and at the other end."""

from __future__ import annotations

import copy
import functools
import importlib.util
import pickle
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import RecordingError, Value, compiler, value_and_grad
from autograd.compiler import pickling
from autograd.compiler.replay import unpack
from autograd.sweep import topological_order
from tests.test_random_graphs import programs, run

ROOT = Path(__file__).parents[2]
Pair = namedtuple("Pair", "x y")

needs_llvm = pytest.mark.skipif(
    importlib.util.find_spec("llvmlite") is None, reason="machine code needs llvmlite"
)


@pytest.fixture(params=["numpy", pytest.param("llvm", marks=needs_llvm)])
def compile(request):
    return functools.partial(compiler.compile, backend=request.param)


def by_pickle(x):
    return pickle.loads(pickle.dumps(x))


def loss(w, x, y):
    """The squared error."""
    return (autograd.tanh(autograd.dot(w, x)) - y) ** 2


@compiler.compile(in_axes=0, backend="numpy")
def decorated(x):
    return x * x


OUTSIDE = Value(2.0, "OUTSIDE")


def reads_outside(x):
    return OUTSIDE * x[0]


RNG = np.random.default_rng(7)
W, X, Y = RNG.standard_normal(3), RNG.standard_normal((10, 3)), RNG.standard_normal(10)


def assert_same(a, b):
    np.testing.assert_equal(a, b)  # to the last bit


# Functions that are found by name
# --------------------------------


def test_a_function_of_a_module_travels_by_name(compile):
    f = compile(loss, in_axes=(None, 0, 0), reduce="mean")
    twin = by_pickle(f)
    assert_same(twin.value_and_grad(W, X, Y), f.value_and_grad(W, X, Y))
    assert (twin.__name__, twin.__doc__) == ("loss", "The squared error.")
    # Arguments of other shapes are recorded where they come.
    assert_same(by_pickle(f)(W[:2], X[:, :2], Y), f(W[:2], X[:, :2], Y))


def test_a_decorated_function_travels_by_name():
    assert by_pickle(decorated)(np.arange(3.0)).tolist() == [0.0, 1.0, 4.0]


def test_errors_at_the_other_end_name_the_arguments():
    f = by_pickle(compiler.compile(loss, in_axes=(None, 0, 0)))
    with pytest.raises(ValueError, match="y has 9 samples along axis 0"):
        f(W, X, Y[:9])


def test_methods_pickle_with_the_function():
    gradient = by_pickle(decorated.grad)
    assert gradient(np.arange(3.0)).tolist() == [0.0, 2.0, 4.0]


# Functions that are not
# ----------------------


def test_a_closure_travels_as_it_was_recorded(compile):
    factor = 3.0
    f = compile(lambda v: factor * autograd.sum(v * v))
    expected = f.value_and_grad(np.arange(4.0))
    pickled = pickle.dumps(f)
    factor = 100.0  # a constant: it stays what it was when it was recorded
    assert_same(pickle.loads(pickled).value_and_grad(np.arange(4.0)), expected)
    assert pickle.loads(pickled).differentiating((0,)).grad(np.arange(4.0))[0].tolist() == [
        0.0,
        6.0,
        12.0,
        18.0,
    ]


def test_the_tape_at_the_other_end_is_the_same(compile):
    # Not from the cache: then nothing is differentiated, and the tapes are shorter.
    f = compile(
        lambda a, x: autograd.where(x > a, x / 3.0, -0.0) + autograd.dot([x, a], [a, 0.1]),
        cache=False,
    )
    f.value_and_grad(1.0, 2.0)
    twin = by_pickle(f)
    twin.value_and_grad(1.0, 2.0)
    (one,), (two,) = (
        [str(e.recording.recorder.tape) for e in each._executables.values()] for each in (f, twin)
    )
    assert one == two
    places = [[*e.recording.recorder.tape.places] for e in (*f._executables.values(),)]
    assert places == [[*e.recording.recorder.tape.places] for e in twin._executables.values()]


def test_another_shape_is_an_error_that_says_what_to_do():
    f = compiler.compile(lambda v: autograd.sum(v), backend="numpy")
    f(np.ones(3))
    f([1.0, 2.0])
    twin = by_pickle(f)
    assert twin(np.ones(3)) == 3.0
    assert twin([1.0, 2.0]) == 3.0
    with pytest.raises(RecordingError) as caught:
        twin(np.ones(4))
    assert str(caught.value) == (
        "<lambda> came as a pickle with (array(3,)) and ([*, *]) recorded, and is called with "
        "(array(4,)). To record it for them, the function itself is wanted: "
        f"{__name__}.test_another_shape_is_an_error_that_says_what_to_do"
        ".<locals>.<lambda> cannot be imported by that name. Call it once with such arguments "
        "before it is pickled, or define it at the top level of a module that can be imported at "
        "both ends"
    )
    assert isinstance(by_pickle(caught.value), RecordingError)


def test_nothing_recorded_is_an_error_that_says_what_to_do():
    with pytest.raises(pickle.PicklingError, match=r"<lambda>.*, or call it once with"):
        pickle.dumps(compiler.compile(lambda x: x))
    renamed = compiler.compile(lambda x: x)
    renamed._f.__qualname__ = "loss"
    with pytest.raises(pickle.PicklingError, match=r"test_pickling\.loss is not it"):
        pickle.dumps(renamed)


def test_a_pickle_of_a_pickle_knows_what_was_recorded_at_both_ends(compile):
    f = compile(loss)
    f(W, X[0], 1.0)
    twin = by_pickle(f)
    twin(W[:2], X[0, :2], 1.0)
    twin._f.__module__ = "elsewhere"
    again = by_pickle(twin)
    assert len(again.recordings.stored) == 2
    assert_same(again.grad(W, X[0], 1.0), f.grad(W, X[0], 1.0))
    assert_same(again.grad(W[:2], X[0, :2], 1.0), f.grad(W[:2], X[0, :2], 1.0))


def test_structures(compile):
    def f(p, scale):
        return {"a": p["w"][0] * scale, "b": [p["q"].x + p["q"].y, 3.0], "c": p["w"] * 2.0}

    compiled = compile(f, in_axes=({"w": None, "q": Pair(0, None)}, 0))
    arguments = {"w": np.ones(2), "q": Pair(np.arange(4.0), 5)}, np.arange(4.0)
    expected = compiled(*arguments)
    twin = by_pickle(compiled)
    assert_same(twin(*arguments), expected)
    with pytest.raises(RecordingError, match="called with"):  # a list is not a named tuple
        twin({"w": np.ones(2), "q": [np.arange(4.0), 5]}, np.arange(4.0))


@given(program=programs, seed=st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_random_programs_give_the_same_bits(program, seed):
    rng = np.random.default_rng(seed)
    shared, samples = rng.uniform(-2, 2, 2), rng.uniform(-2, 2, (5, 2))
    f = compiler.compile(
        lambda a, x: run(program, autograd, [*a, *x]),
        argnums=(0, 1),
        in_axes=(None, 0),
        backend="numpy",
    )
    expected = f.value_and_grad(shared, samples)
    assert_same(by_pickle(f).value_and_grad(shared, samples), expected)


def test_numbers_that_are_hard_to_write_survive(compile):
    f = compile(lambda x: [x * -0.0, x + 5e-324, x + np.inf, x + 0.1, x * np.nan])
    expected = f(1.0)
    assert_same(by_pickle(f)(1.0), expected)
    assert np.signbit(by_pickle(f)(1.0)[0])


def test_check_names_the_line_that_was_recorded(compile):
    f = compile(lambda x: autograd.log(x), check=True)
    f(1.0)
    line = f._f.__code__.co_firstlineno
    with pytest.raises(FloatingPointError) as caught:
        by_pickle(f)(0.0)
    assert str(caught.value).startswith(f"{__file__}:{line}: log(0.0)")


def test_among_values_and_inside_other_recordings(compile):
    f = compile(lambda x, y: autograd.where(x > y, x * x * y, y))
    f(2.0, 1.0)
    twin = by_pickle(f)
    x = Value(3.0)
    (2.0 * twin(x, 2.0)).backward()
    assert x.grad == 24.0
    assert autograd.hessian(lambda v: twin(v[0], v[1]))(np.array([3.0, 2.0])).tolist() == [
        [4.0, 6.0],
        [6.0, 0.0],
    ]
    assert compile(lambda v: twin(v, 2.0) + 1.0).value_and_grad(3.0) == (19.0, 12.0)


def test_recorded_for_a_further_derivative_it_is_recorded_for_all(compile):
    f = compile(lambda v, s: s * autograd.prod(v))
    expected = f.hvp((X[0], 2.0), X[1])
    twin = by_pickle(f)
    assert_same(twin.hvp((X[0], 2.0), X[1]), expected)
    assert_same(twin.hessian(X[0], 2.0), f.hessian(X[0], 2.0))
    assert_same(twin.value_and_grad(X[0], 2.0), f.value_and_grad(X[0], 2.0))
    assert_same(by_pickle(f)(X[0], 2.0), f(X[0], 2.0))


def test_what_a_hessian_makes_of_the_tape_does_not_travel(compile):
    f, g = (compile(lambda v: autograd.sum([x * 1.0 - 0.0 + v[0] for x in v])) for _ in range(2))
    f.hessian(X[0])
    g(X[0])
    sent = [pickle.loads(pickle.dumps(each)).recordings.stored[0] for each in (f, g)]
    one, two = (unpack(each.tapes) for each in sent)
    assert one._replace(places=[], structure=0) == two._replace(places=[], structure=0)
    assert_same(by_pickle(f)(X[0]), f(X[0]))


def test_arguments_can_be_given_by_name_or_left_out(compile):
    def f(x, y=2.0, *, z=3.0):
        return x * y + z

    f = compile(f)
    f(1.0, 1.0)
    f(1.0)
    twin = by_pickle(f)
    assert twin(y=4.0, x=5.0) == 23.0
    assert twin(x=5.0) == 13.0
    with pytest.raises(TypeError, match="'x'"):
        twin(y=1.0)


def test_source_can_be_had_of_what_came_as_a_pickle():
    scale = Value(2.0, "scale")

    def f(x):
        total = 0.0
        for each in x:
            total = total + autograd.exp(scale * each)
        return total

    f = compiler.compile(f, backend="numpy")
    value, gradient = f.value_and_grad(X[0])
    names = {}
    exec(by_pickle(f).source("python", X[0]), names)
    found, derivatives = names["f_value_and_grad"](X[0].tolist(), 2.0)
    assert found == pytest.approx(value, rel=1e-14)
    assert derivatives == pytest.approx(gradient.tolist(), rel=1e-14)


def test_compiled_losses_pickle_with_their_models():
    model = nn.MLP(3, [4, 1])
    loss = nn.compile_loss(model, "mse_loss", backend="numpy")
    w = np.array([p.data for p in model.parameters()])
    expected = loss.value_and_grad(w, X, Y)
    twin = by_pickle(loss)
    assert_same(twin.value_and_grad(w, X, Y), expected)
    assert [p.data for p in twin.model.parameters()] == w.tolist()


def test_graphs_with_compiled_functions_in_them(compile):
    def tanh(v, s):  # not to be taken for the primitive
        return s * v[0] ** 3 + 2.0 * v[1]

    f = compile(tanh)
    x = Value(3.0, "x")
    y = f([x, 1.0], 2.0) * 5.0
    for twin in (by_pickle(y), copy.deepcopy(y)):
        (leaf,) = [v for v in topological_order(twin) if v.label == "x"]
        twin.backward()
        assert (twin.data, leaf.grad) == (280.0, 270.0)
        assert twin.parents[0].op == "tanh"
    # Its own derivatives are known there as well.
    rule = by_pickle(y.parents[0]).rule
    assert autograd.grad(autograd.grad(lambda v: rule(v)))(3.0) == 36.0


# Values from outside
# -------------------


def test_values_travel_with_the_numbers_that_they_have(compile):
    w = Value(2.0, "w")
    f = compile(lambda x: w * x, in_axes=0)
    f(np.ones(2))
    w.data = 5.0
    twin = by_pickle(f)
    w.data = 7.0
    assert twin(np.ones(2)).tolist() == [5.0, 5.0]
    assert f(np.ones(2)).tolist() == [7.0, 7.0]


def test_a_value_in_the_same_pickle_stays_the_one_that_is_read(compile):
    w, b = Value(2.0, "w"), Value(1.0)
    f = compile(lambda x: x * w + b, in_axes=0)
    g = compile(lambda x: b - x)
    f(np.ones(2))
    g(1.0)
    pickled = pickle.dumps((w, b, f, g))
    w1, b1, f1, g1 = pickle.loads(pickled)
    w2, b2, f2, _ = pickle.loads(pickled)
    w1.data, b1.data, w2.data = 10.0, 20.0, -1.0
    assert f1(np.ones(2)).tolist() == [30.0, 30.0]
    assert g1(1.0) == 19.0
    assert f2(np.ones(2)).tolist() == [0.0, 0.0]
    assert f(np.ones(2)).tolist() == [3.0, 3.0]
    w2.data, b2.data = 3.0, 4.0
    assert by_pickle(f2)(np.ones(2)).tolist() == [7.0, 7.0]
    assert_same(f1.jacobian(np.ones(2)), [10.0, 10.0])
    assert_same(f2.jacobian(np.ones(2)), [3.0, 3.0])
    # The machine code is the same object.
    for one, two in zip(f1._all_executables(), f2._all_executables(), strict=True):
        assert one.program is two.program


def test_a_function_found_by_name_may_not_read_values_of_the_other_end():
    f = compiler.compile(reads_outside, backend="numpy")
    with pytest.raises(RecordingError, match=r"did not travel with it: .*OUTSIDE.*call it once"):
        by_pickle(f)(np.ones(2))
    f(np.ones(2))
    assert by_pickle(f)(np.ones(2)) == 2.0
    with pytest.raises(RecordingError, match="did not travel with it"):
        by_pickle(f)(np.ones(3))


# The same object
# ---------------


def test_equal_pickles_give_the_same_object():
    f = compiler.compile(loss, in_axes=(None, 0, 0), backend="numpy")
    f(W, X, Y)
    assert by_pickle(f) is by_pickle(f)
    assert by_pickle(by_pickle(f)) is by_pickle(f)
    other = compiler.compile(loss, in_axes=(None, 0, 0), backend="numpy", reduce="sum")
    other(W, X, Y)
    assert by_pickle(other) is not by_pickle(f)
    assert len(by_pickle(f)(W, X, Y)) == 10


def test_copies_are_the_function_itself(compile):
    w = Value(2.0)
    f = compile(lambda x: w * x)
    assert copy.copy(f) is f
    w2, g = copy.deepcopy((w, f))
    assert w2 is not w
    assert g is f


def test_what_bind_returns_is_tied_to_this_process(compile):
    bound = compile(lambda v: (v * v).sum()).bind(np.ones(2))
    for of in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="pickle the compiled function, and bind it"):
            of(bound)


# Versions and what is missing
# ----------------------------


def test_a_pickle_of_another_version_is_refused(monkeypatch):
    monkeypatch.setattr(pickling, "__version__", "0.0.9")
    pickled = pickle.dumps(decorated)
    monkeypatch.undo()
    with pytest.raises(pickle.UnpicklingError, match=r"by scalar-autodiff 0\.0\.9, and this is"):
        pickle.loads(pickled)


def test_without_llvmlite_at_the_other_end(monkeypatch):
    pytest.importorskip("llvmlite")
    f = compiler.compile(loss, backend="llvm")
    f(W, X[0], 1.0)
    pickled = pickle.dumps(f)
    pickling._shared.cache_clear()
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    with pytest.raises(ImportError, match=r"scalar-autodiff\[jit\]"):
        pickle.loads(pickled)


# The other end
# -------------

MODULE = """
import numpy as np
import autograd

@autograd.primitive(partials=lambda y, x: 3.0 * x**2)
def cube(x):
    return x * x * x

def cubes(x):
    return autograd.sum([cube(each) for each in x])

def make(k):
    return autograd.compile(lambda x: k * cubes(x))
"""

RECEIVER = """
import pickle, sys
import numpy as np
if {without_llvm}:
    sys.modules["llvmlite"] = None
f = pickle.load(sys.stdin.buffer)
assert "mine" not in sys.modules
pickle.dump(f.value_and_grad(np.array([1.0, 2.0])), sys.stdout.buffer)
"""


def received(pickled, folder, without_llvm=False):
    """What a process does that can import what is in the folder, but has not."""
    return subprocess.run(
        [sys.executable, "-c", RECEIVER.format(without_llvm=without_llvm)],
        input=pickled,
        capture_output=True,
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{ROOT}", "AUTOGRAD_CACHE_DIR": str(folder / "cache")},
        check=False,
    )


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A module of the user's, with a primitive of its own."""
    (tmp_path / "mine.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("mine")
    del sys.modules["mine"]
    from autograd.rule import TABLE

    TABLE.pop("cube", None)


@pytest.mark.parametrize("without_llvm", [False, True])
def test_another_process_finds_the_primitives_of_the_user(mine, tmp_path, without_llvm):
    f = mine.make(2.0)
    f(np.array([1.0, 2.0]))
    done = received(pickle.dumps(f), tmp_path, without_llvm)
    assert done.stderr == b""
    value, gradient = pickle.loads(done.stdout)
    expected = value_and_grad(lambda x: 2.0 * mine.cubes(x))(np.array([1.0, 2.0]))
    assert (value, gradient.tolist()) == (expected[0], expected[1].tolist())


def test_another_process_without_the_primitive_says_what_is_missing(mine, tmp_path):
    f = mine.make(2.0)
    f(np.array([1.0, 2.0]))
    (tmp_path / "mine.py").unlink()
    done = received(pickle.dumps(f), tmp_path)
    assert b"LookupError: no primitive is called 'cube'; if it is your own, import" in done.stderr


@needs_llvm
def test_machine_code_does_not_travel_but_is_found_on_disk(mine, tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_CACHE_DIR", str(tmp_path / "cache"))
    f = mine.make(2.0)
    f.value_and_grad(np.array([1.0, 2.0]))
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}
    assert kept
    pickled = pickle.dumps(f)
    (code,) = (e.program.body.object_code() for e in f._executables.values())
    assert code not in pickled
    assert len(pickled) < 4000
    assert received(pickled, tmp_path).stderr == b""
    assert set(kept) == set((tmp_path / "cache").iterdir())
