"""The chain of pendulums: its equations against textbooks', and what the demo prints and draws."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from demos.pendulum import motion as motion_module
from demos.pendulum.__main__ import main
from demos.pendulum.chain import GRAVITY, greatest_fall, lagrangian, positions
from demos.pendulum.mechanics import FloatArray, System
from demos.pendulum.motion import exact_period, measured_period, move, released

SHORT = ["--seconds", "1"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a directory of its own the current one, and return where pictures go by default."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "outputs" / "pendulum"


def chain(n: int) -> System:
    return System(lagrangian([1.0] * n, [1.0] * n))


# The equations of motion
# -----------------------


def test_one_pendulum() -> None:
    system = System(lagrangian([0.7], [3.0]))
    for angle, velocity in ((0.3, 1.0), (-2.5, 4.0), (np.pi / 2.0, 0.0)):
        found = system.derivative(0.0, np.array([angle, velocity]))
        np.testing.assert_allclose(found, [velocity, -GRAVITY / 0.7 * np.sin(angle)], rtol=1e-14)


def double_pendulum(
    state: FloatArray, l1: float, l2: float, m1: float, m2: float
) -> tuple[float, float]:
    """The accelerations as textbooks have them, solved for by hand."""
    a, b, u, v = state
    g, d = GRAVITY, a - b
    below = 2 * m1 + m2 - m2 * np.cos(2 * d)
    first = -g * (2 * m1 + m2) * np.sin(a) - m2 * g * np.sin(a - 2 * b)
    first -= 2 * np.sin(d) * m2 * (v * v * l2 + u * u * l1 * np.cos(d))
    second = u * u * l1 * (m1 + m2) + g * (m1 + m2) * np.cos(a) + v * v * l2 * m2 * np.cos(d)
    return first / (l1 * below), 2 * np.sin(d) * second / (l2 * below)


def test_two_pendulums() -> None:
    sizes = (0.8, 1.7, 2.0, 0.6)
    system = System(lagrangian(sizes[:2], sizes[2:]))
    for state in np.random.default_rng(1).uniform(-4.0, 4.0, (20, 4)):
        found = system.derivative(0.0, state)
        np.testing.assert_array_equal(found[:2], state[2:])
        np.testing.assert_allclose(found[2:], double_pendulum(state, *sizes), rtol=1e-11)


@pytest.mark.parametrize("n", [2, 3, 6])
def test_small_swings_have_the_frequencies_of_laguerre(n: int) -> None:
    # For n equal masses and rods, ω² l/g are the zeros of the Laguerre polynomial of degree n, as
    # Daniel Bernoulli found (1733).
    system, h = chain(n), 1e-6
    columns = [system.derivative(0.0, released(h * row))[n:] / h for row in np.eye(n)]
    squares = np.sort(-np.linalg.eigvals(np.array(columns).T).real) / GRAVITY
    zeros = np.polynomial.laguerre.lagroots([0.0] * n + [1.0])
    np.testing.assert_allclose(squares, zeros, rtol=1e-8)


def test_any_other_lagrangian() -> None:
    # A planet, in polar coordinates.
    system = System(lambda q, v: 0.5 * (v[0] ** 2 + (q[0] * v[1]) ** 2) + 1.0 / q[0])
    r, radial, angular = 1.3, 0.2, 0.9
    found = system.derivative(0.0, np.array([r, 0.5, radial, angular]))
    expected = [radial, angular, r * angular**2 - r**-2, -2.0 * radial * angular / r]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_the_energy_is_kinetic_plus_potential() -> None:
    lengths, masses, h = [0.5, 1.0, 2.0], [1.0, 3.0, 0.2], 1e-6
    states = np.random.default_rng(2).uniform(-3.0, 3.0, (5, 6))
    angles, velocities = states[:, :3], states[:, 3:]
    later, earlier = (positions(angles + step * velocities, lengths) for step in (h, -h))
    speeds = ((later - earlier) / (2.0 * h))[:, 1:]
    kinetic = 0.5 * (speeds**2).sum(axis=2) @ masses
    potential = GRAVITY * positions(angles, lengths)[:, 1:, 1] @ masses
    energies = System(lagrangian(lengths, masses)).energies(states)
    np.testing.assert_allclose(energies, kinetic + potential, rtol=1e-8)


def test_positions_and_the_greatest_fall() -> None:
    lengths, masses = [1.0, 2.0], [3.0, 4.0]
    joints = positions(np.array([0.0, np.pi / 2.0]), lengths)
    np.testing.assert_allclose(joints, [[0, 0], [0, -1], [2, -1]], atol=1e-15)
    upright, hanging = (positions(np.full(2, angle), lengths)[1:, 1] for angle in (np.pi, 0.0))
    assert greatest_fall(lengths, masses) == pytest.approx(GRAVITY * (upright - hanging) @ masses)


# The motion
# ----------


@pytest.mark.parametrize("degrees", [1.0, 90.0, 179.0])
def test_the_period_is_that_of_the_elliptic_integral(degrees: float) -> None:
    angle = np.radians(degrees)
    system = System(lagrangian([0.4], [2.0]))
    assert measured_period(system, angle, 0.4, 1e-12) == pytest.approx(
        exact_period(angle, 0.4), rel=1e-9
    )


def test_the_energy_is_conserved_as_the_tolerance_says() -> None:
    system, times = chain(3), np.linspace(0.0, 3.0, 200)
    start = released(np.full(3, 2.0))
    scale = greatest_fall([1.0] * 3, [1.0] * 3)
    for tolerance in (1e-5, 1e-8, 1e-11):
        found = move(system, start, times, tolerance)
        assert np.abs(found.energy_errors).max() / scale < 10.0 * tolerance
        assert found.states.shape == (200, 6)
        np.testing.assert_array_equal(found.states[0], start)


def test_a_motion_that_cannot_be_integrated() -> None:
    # Without inertia there are no accelerations.
    system = System(lambda q, v: -(q[0] ** 2) + 0.0 * v[0])
    with pytest.raises(np.linalg.LinAlgError):
        move(system, np.array([1.0, 0.0]), np.linspace(0.0, 1.0, 5), 1e-6)


# The demo
# --------


@pytest.mark.parametrize("n", [1, 2])
def test_from_end_to_end(n: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = pytest.importorskip("PIL.Image")
    assert main([*SHORT, "--pendulums", str(n)]) == 0
    printed, complaints = capsys.readouterr()
    assert complaints == ""
    lines = printed.splitlines()
    assert max(map(len, lines)) <= 80
    rows = [line.split() for line in lines if line.strip().startswith("1e-")]
    assert [row[0] for row in rows] == ["1e-04", "1e-06", "1e-08", "1e-10", "1e-12"]
    assert all(float(row[-1]) < 10.0 * float(row[0]) for row in rows)
    assert any("K(sin(θ/2))" in line for line in lines) == (n == 1)
    assert (folder / "energy.png").read_bytes().startswith(b"\x89PNG")
    with image.open(folder / "motion.gif") as picture:
        assert (picture.n_frames, picture.info["duration"]) == (26, 40)
        first = np.asarray(picture.convert("RGB"))
        picture.seek(25)
        assert (first != np.asarray(picture.convert("RGB"))).any()


@pytest.mark.parametrize("options", [["--angle", "0"], ["--angle", "180"], ["--pendulums", "12"]])
def test_extremes(options: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SHORT, *options]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--pendulums", "0"], "'0' is not a whole number from 1 to 30"),
        (["--pendulums", "many"], "'many' is not a whole number from 1 to 30"),
        (["--angle", "200"], "'200' is not a number from 0 to 180"),
        (["--seconds", "nan"], "'nan' is not a number from 1 to 60"),
    ],
)
def test_a_wrong_option(
    options: list[str], complaint: str, said_at_exit: Callable[..., tuple[int, str]]
) -> None:
    said = f"python -m demos.pendulum: argument {options[0]}: {complaint}\n"
    assert said_at_exit("pendulum", *options) == (2, said)


def test_without_matplotlib(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main([*SHORT, "--pendulums", "1"]) == 0
    printed = capsys.readouterr().out
    assert "energy.png skipped: it is drawn by Matplotlib" in printed
    assert "motion.gif skipped: it is drawn by Matplotlib" in printed


def test_without_scipy(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "demos.pendulum.motion")
    monkeypatch.delitem(sys.modules, "demos.pendulum.pictures", raising=False)
    monkeypatch.delitem(sys.modules, "demos.pendulum.report", raising=False)
    monkeypatch.setitem(sys.modules, "scipy.integrate", None)
    assert main(SHORT) == 1
    assert capsys.readouterr().err.endswith('need: pip install "scalar-autodiff[demos]"\n')


def test_ctrl_c(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(motion_module, "solve_ivp", interrupted)
    assert main(SHORT) == 130
    assert capsys.readouterr().out.endswith("Interrupted.\n")
