"""``branches="guard"``: what is an error, what it says, and what is left afterwards."""

from __future__ import annotations

import functools
import math
import random
import signal

import numpy as np
import pytest

from autograd import compiler
from autograd.errors import RecordingError

compile = functools.partial(compiler.compile, backend="numpy", branches="guard")


def traces(f):
    """The recordings of a function called with arguments of one structure."""
    (tree,) = f._trees.values()
    return tree.traces


def test_too_many_recordings_name_the_branch_that_multiplies():
    def f(xs):
        total = 0.0
        if xs[0] > 100.0:
            return total
        for x in xs:
            total = total + (x if x > 0.0 else -x)
        return total

    x = np.array([[1.0 if (k >> i) & 1 else -1.0 for i in range(4)] for k in range(16)])
    g = compile(f, in_axes=0, max_recordings=10)
    line = f.__code__.co_firstlineno + 5
    with pytest.raises(RecordingError) as caught:
        g(x)
    message = str(caught.value)
    assert message.startswith("f has been recorded 10 times")
    assert f"{__file__}:{line}: `total = total + (x if x > 0.0 else -x)`: 10 of" in message
    assert "max_recordings" in message
    # What was recorded is not lost, and more is allowed elsewhere.
    assert g(np.array([trace_point(t) for t in traces(g)])).tolist() == [4.0] * 10
    assert compile(f, in_axes=0, max_recordings=16)(x).tolist() == [4.0] * 16
    one = compile(f, max_recordings=1)
    one(x[0])
    with pytest.raises(RecordingError, match="this call goes yet another way"):
        one(x[1])


def trace_point(trace):
    """A sample that takes a trace of the function above: its signs are the decisions."""
    return [1.0 if decision else -1.0 for decision in trace.path[1:]]


def test_endless_loops_end():
    def still(x):
        y = x
        while y > 0.0:
            y = y * 0.5 + y * 0.5
        return y

    def same(x):
        while x > 0.0:
            pass
        return x

    for f in (still, same):
        g = compile(f, in_axes=0, max_conditions=100)
        line = f.__code__.co_firstlineno
        with pytest.raises(RecordingError) as caught:
            g(np.array([-1.0, 1.0]))
        assert "`while" in str(caught.value)
        assert f"{__file__}:{line + 1 + (f is still)}:" in str(caught.value)
        assert "max_conditions" in str(caught.value)
        assert g(np.array([-1.0])).tolist() == [-1.0]


def test_endless_loops_show_the_numbers_that_are_compared():
    def newton(a):
        x = a
        while not abs(x * x - a) <= 1e-9:
            x = 0.5 * (x + a / x)
        return x

    g = compile(newton, in_axes=0, max_conditions=50)
    with pytest.raises(RecordingError, match=r"was for less_equal\(nan, 1e-09\)") as caught:
        g(np.array([2.0, math.nan]))
    assert caught.value.__notes__ == ["while recording for sample 1"]
    with pytest.raises(RecordingError, match=r"less_equal\([0-9.e+]+, 1e-09\)"):
        g(np.array([2.0, -2.0]))  # where there is no root
    assert g(np.array([1.0])).tolist() == [1.0]


def test_endless_conversions_show_the_number():
    def f(x):
        while int(x) >= 0:
            x = x + 1.0
        return x

    with pytest.raises(RecordingError, match=r"`while int\(x\) >= 0:`.*question was for 22\.5\. A"):
        compile(f, max_conditions=20)(2.5)


def test_recursion_that_ends_is_recorded_and_other_recursion_is_an_error():
    def halvings(x):
        return x * 0.0 if x <= 1.0 else 1.0 + halvings(x / 2.0)

    g = compile(halvings, in_axes=0)
    assert g(np.array([0.5, 3.0, 8.0])).tolist() == [0.0, 2.0, 3.0]

    def forever(x):
        return x if x < 0.0 else forever(x + 1.0)

    g = compile(forever, in_axes=0)
    with pytest.raises(RecursionError) as caught:
        g(np.array([-1.0, 1.0]))
    assert caught.value.__notes__ == ["while recording for sample 1"]
    assert g(np.array([-1.0])).tolist() == [-1.0]


def test_interrupts_leave_everything_usable():
    interrupt = True

    def f(x):
        if x > 0.0:
            if interrupt:
                signal.raise_signal(signal.SIGINT)
            return x * x
        return -x

    g = compile(f, in_axes=0)
    assert g(np.array([-1.0])).tolist() == [1.0]
    with pytest.raises(KeyboardInterrupt):
        g(np.array([-1.0, 3.0]))
    assert g(np.array([-1.0])).tolist() == [1.0]
    interrupt = False
    assert g(np.array([-1.0, 3.0])).tolist() == [1.0, 9.0]


def test_functions_that_change_are_noticed():
    generator = random.Random(0)

    def noisy(x):
        y = x * generator.random()
        return y if y > 0.0 else -y

    with pytest.raises(RecordingError, match="something else when it is recorded again"):
        compile(noisy, in_axes=0)(np.array([1.0, -1.0]))
    calls = []

    def forgetful(x):
        calls.append(x)
        return x if len(calls) > 1 or x > 0.0 else -x

    with pytest.raises(RecordingError, match="something else when it is recorded again"):
        compile(forgetful, in_axes=0)(np.array([1.0, -1.0]))

    calls.clear()

    def changing(x):
        calls.append(x)
        if len(calls) == 1:
            return x if x > 1.0 else -x
        return x * int(x)

    with pytest.raises(RecordingError, match="something else when it is recorded again"):
        compile(changing, in_axes=0)(np.arange(9.0))


def test_functions_that_decide_in_another_order_are_noticed():
    calls = []

    def swapping(x):
        calls.append(x)
        positive, large = x > 0.0, x > 1.0
        first, second = (positive, large) if len(calls) % 2 else (large, positive)
        if first:
            return x
        return -x if second else x * 0.0

    with pytest.raises(RecordingError, match="something else when it is recorded again"):
        compile(swapping, in_axes=0)(np.array([-1.0, 0.5, 2.0]))


def test_structures_that_differ_are_errors():
    f = compile(lambda x: [x, x] if x > 0.0 else x, in_axes=0)
    with pytest.raises(
        TypeError, match=r"returns \* along one way through it and \[\*, \*\] along"
    ):
        f(np.array([1.0, -1.0]))
    with pytest.raises(TypeError, match="returns one number"):
        compile(lambda x: [x, x] if x > 0.0 else x, in_axes=0).grad(np.array([1.0]))


def test_errors_of_the_function_name_the_sample():
    def f(x):
        if x < 0.0:
            raise ValueError("negative")
        return x

    g = compile(f, in_axes=0)
    with pytest.raises(ValueError, match="negative") as caught:
        g(np.array([1.0, 2.0, -1.0]))
    assert caught.value.__notes__ == ["while recording for sample 2"]
    assert g(np.array([1.0, 2.0])).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: math.exp(x), "a conversion of a recorded number to float"),
        (lambda x: x * float(x), "a conversion of a recorded number to float"),
        (lambda x: [1.0, 2.0][x], "a recorded number as an index"),
        (lambda x: round(x) * 1.0, "rounding a recorded number"),
    ],
)
def test_what_still_cannot_be_recorded(f, message):
    with pytest.raises(RecordingError, match=message):
        compile(f, in_axes=0)(np.ones(2))


def test_options():
    with pytest.raises(ValueError, match="branches should be 'error' or 'guard', not 'yes'"):
        compiler.compile(abs, branches="yes")
    with pytest.raises(ValueError, match="max_recordings should be a positive int, not 0"):
        compiler.compile(abs, branches="guard", max_recordings=0)
    with pytest.raises(ValueError, match=r"max_conditions should be a positive int, not 2\.5"):
        compiler.compile(abs, branches="guard", max_conditions=2.5)
    with pytest.raises(RecordingError, match="a branch on a recorded number"):
        compiler.compile(lambda x: x if x > 0.0 else -x, in_axes=0)(np.ones(2))


def test_whole_numbers_of_nan_and_infinity_are_errors_as_in_python():
    f = compile(lambda x: x * int(x), in_axes=0)
    with pytest.raises(ValueError, match="cannot convert float NaN to integer") as caught:
        f(np.array([1.0, 2.0, math.nan]))
    assert caught.value.__notes__ == ["while recording for sample 2"]
    with pytest.raises(OverflowError):
        f(np.array([math.inf, 1.0]))
    assert f(np.array([1.0, -2.5])).tolist() == [1.0, 5.0]
