"""The lesson itself: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

import nn
from demos.xor import lesson
from demos.xor.__main__ import main
from demos.xor.experiments import EXPERIMENTS
from demos.xor.gradients import Comparison, compare_gradients
from demos.xor.network import (
    ENGINE_FORMS,
    OPTIMIZERS,
    Setup,
    batch_loss,
    build_model,
    build_optimizer,
    layer_arrays,
    outputs,
)
from demos.xor.problem import X, Y, all_right
from nn import manual

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a directory of its own the current one, and return where pictures go by default."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "outputs" / "xor"


@pytest.fixture
def no_plots(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without Matplotlib, in a directory of one's own: for tests of what is printed."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)


# What is printed
# ---------------


def test_the_lesson_from_end_to_end(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    printed, complaints = capsys.readouterr()
    assert complaints == ""
    lines = printed.splitlines()
    assert max(map(len, lines)) <= 80

    epochs = [int(line.split()[0]) for line in lines if re.match(r" +\d+ +\d\.\d{6} ", line)]
    assert epochs == list(range(0, 1001, 100))
    assert [line.split()[-1] for line in lines if re.match(r"[01]{2}  ", line)] == ["right"] * 4
    assert "Solved" in printed

    gradients = [line for line in lines if line.startswith("layers.")]
    assert len(gradients) == 9
    for line in gradients:
        autodiff, by_hand, differences, bar = map(float, line.split()[-4:])
        assert autodiff == by_hand != 0.0
        assert abs(autodiff - differences) <= 1e-7 * abs(autodiff) + bar
    assert "All agree" in printed

    assert re.search(r"^h1 .* x1 AND x2$", printed, re.MULTILINE)
    assert re.search(r"^h2 .* x1 OR x2$", printed, re.MULTILINE)
    assert "so this is how it works" in " ".join(printed.split())


def test_pictures_are_where_the_lesson_says(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("graphviz")
    assert main(["--epochs", "30", "--output", "here"]) == 0
    printed = capsys.readouterr().out
    named = re.findall(r"^(here/\S+):", printed, re.MULTILINE)
    pictures, pages = named[:3], named[3:]
    assert [Path(name).name for name in pictures] == [
        "graph.svg",
        "loss.png",
        "decision-boundary.png",
    ]
    assert [Path(name).name for name in pages] == ["network.html", "training.html"]
    assert not folder.exists()
    graph, *plots = (Path(name).read_bytes() for name in pictures)
    assert graph.lstrip().startswith(b"<?xml")
    for text in (b"layers.0", b"layers.1", b"x1", b"x2", b"h1", b"h2", b"loss", b"grad"):
        assert text in graph
    assert graph.count(b">loss<") == 2  # the node, and the frame around what computes it
    assert all(plot.startswith(b"\x89PNG") for plot in plots)
    assert all(Path(name).read_bytes().startswith(b"<!DOCTYPE html>") for name in pages)


def test_without_what_draws_the_pictures(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("matplotlib", "matplotlib.figure", "graphviz"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["--epochs", "2"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for name, remedy in (
        ("graph.svg", "draw"),
        ("loss.png", "demos"),
        ("boundary.png", "demos"),
        ("network.html", "draw"),
    ):
        assert re.search(
            rf'{name} skipped: [^:]*: pip install "scalar-autodiff\[{remedy}\]"', printed
        )
    assert list(folder.iterdir()) == []


def test_a_start_that_does_not_solve_it(no_plots: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "7", "--epochs", "300"]) == 0
    printed = capsys.readouterr().out
    assert "Not solved" in printed
    assert "wrong" in printed


def test_a_network_without_hidden_units(no_plots: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--architecture", "2-1", "--epochs", "100"]) == 0
    printed = capsys.readouterr().out
    assert "Not solved" in printed
    assert "no hidden layer" in printed


def test_of_a_large_network_the_gradients_furthest_apart_are_shown(
    no_plots: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_manual_gradients(monkeypatch, unit=17)
    assert main(["--architecture", "2-20-1", "--epochs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "of 81 parameters the 40 that are furthest apart" in printed
    assert "network.html" in printed
    assert "training.html" not in printed  # four such networks are no picture
    rows = re.findall(r"^layers\.\S+(?: \d+\])?", printed, re.MULTILINE)
    assert len(rows) == 40
    assert rows[-1] == "layers.0.weight[17, 0]"


def test_a_training_that_diverges(no_plots: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--activation", "identity", "--architecture", "2-8-8-1", "--lr", "1000"]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "Stopped: epoch 6" in printed
    assert "All agree" in printed  # the rest is shown all the same


def test_a_picture_that_cannot_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    (folder / "loss.png").mkdir(parents=True)
    assert main(["--epochs", "2"]) == 1
    (complaint,) = capsys.readouterr().err.splitlines()
    assert "loss.png" in complaint


# Ctrl-C
# ------


def test_ctrl_c_shows_what_was_learned(
    no_plots: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = nn.fit

    def interrupted(*args: object, **kwargs: object) -> nn.History:
        def press(epoch: int, loss: float) -> None:
            if epoch == 250:
                raise KeyboardInterrupt

        callbacks = [*kwargs.pop("callbacks"), press]  # type: ignore[misc]
        return real(*args, callbacks=callbacks, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(nn, "fit", interrupted)
    assert main([]) == 130
    printed = capsys.readouterr().out
    assert "learned in 251 of 1000 epochs" in printed
    assert "All agree" in printed
    assert "Solved" in printed


def test_ctrl_c_outside_the_training(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def press() -> None:
        raise KeyboardInterrupt

    experiment = EXPERIMENTS["one-neuron"]._replace(run=press)
    monkeypatch.setitem(EXPERIMENTS, "one-neuron", experiment)
    assert main(["--experiment", "one-neuron"]) == 130
    assert capsys.readouterr() == ("\nInterrupted.\n", "")


def start_process(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "MPLBACKEND")}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "demos.xor", "--output", str(folder), *arguments],
        cwd=ROOT,
        env=environment | {"PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def test_as_a_process_without_a_display(folder: Path) -> None:
    began = time.monotonic()
    printed, complaints = start_process(folder).communicate(timeout=60)
    assert complaints == ""
    assert "All agree" in printed
    assert time.monotonic() - began < 20


def test_a_real_interrupt(folder: Path) -> None:
    with start_process(folder, "--epochs", "100000000") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("       0"):
                break
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        printed, complaints = process.communicate(timeout=60)
    assert process.returncode == 130
    assert complaints == ""
    assert "of 100000000 epochs" in printed
    assert "All agree" in printed


def test_a_reader_that_has_enough(folder: Path) -> None:
    with start_process(folder, "--epochs", "200") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


# Gradients
# ---------


@pytest.mark.parametrize("loss", ENGINE_FORMS)
@pytest.mark.parametrize("activation", manual.ACTIVATIONS)
def test_gradients_three_ways(activation: str, loss: str) -> None:
    setup = Setup((2, 3, 2, 1), activation=activation, loss=loss, seed=3)
    model = build_model(setup)
    comparison = compare_gradients(setup, model)
    batch_loss(setup, model).backward()
    assert comparison.passed
    assert comparison.names == [name for name, _ in model.named_parameters()]
    assert comparison.to_manual <= 1e-16
    assert comparison.to_differences <= 1e-11
    assert comparison.kinks == 0
    for parameter, entry in zip(model.parameters(), comparison.entries, strict=True):
        # The network as it is trained, not only as it is written out for the comparison.
        assert entry.autodiff == pytest.approx(parameter.grad, rel=1e-12, abs=1e-17)


def break_manual_gradients(monkeypatch: pytest.MonkeyPatch, unit: int) -> None:
    real = manual.gradients

    def wrong(*args: object, **kwargs: object) -> manual.Gradients:
        found = real(*args, **kwargs)  # type: ignore[arg-type]
        found.weights[0][unit, 0] *= 1.001
        return found

    monkeypatch.setattr(manual, "gradients", wrong)


def test_gradients_are_compared_after_the_training_and_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    def spy(setup: Setup, model: nn.MLP) -> Comparison:
        seen.append(model.state_dict())
        return compare_gradients(setup, model)

    monkeypatch.setattr(lesson, "compare_gradients", spy)
    model = build_model(Setup())
    start = model.state_dict()
    lesson.train(Setup(epochs=3), model)
    lesson.show_gradients(Setup(), model)
    for found, expected in zip(seen, (model.state_dict(), start), strict=True):
        for name, array in expected.items():
            np.testing.assert_array_equal(found[name], array)


def test_a_wrong_gradient_is_noticed(
    no_plots: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_manual_gradients(monkeypatch, unit=1)
    assert not compare_gradients(Setup(), build_model(Setup())).passed
    main(["--epochs", "2"])
    assert "do NOT all agree" in capsys.readouterr().out


def test_kinks_are_counted_and_no_disagreement() -> None:
    """With zero biases the point (0, 0) is on the kink of every hidden unit."""
    setup = Setup((2, 3, 1), activation="relu", init="kaiming_normal", seed=0)
    comparison = compare_gradients(setup, build_model(setup))
    assert comparison.passed
    assert comparison.kinks == 3
    assert comparison.to_differences <= 1e-11


# Options
# -------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_solves_it(optimizer: str) -> None:
    setup = Setup((2, 4, 1), activation="tanh", optimizer=optimizer, seed=1)
    model = build_model(setup)
    lesson.train(setup, model)
    assert all_right(outputs(model))


def test_compiled_it_is_the_same_training(
    no_plots: None, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = []
    for options in ([], ["--compiled"]):
        assert main(["--epochs", "200", *options]) == 0
        lines.append(capsys.readouterr().out.split("Gradients of the mean loss")[0].splitlines())
    (epochs,) = (line for line in lines[1] if " epochs in " in line)
    assert re.fullmatch(r"200 epochs in [\d.]+ s \(compiled: [\d.]+ s for that\)", epochs)
    assert [a == b for a, b in zip(*lines, strict=True)].count(False) == 1


def test_options_reach_the_training() -> None:
    setup = Setup(lr=0.25, momentum=0.5, init="xavier_normal", seed=4)
    model = build_model(setup)
    group = build_optimizer(setup, model).param_groups[0]
    assert (group["lr"], group["momentum"]) == (0.25, 0.5)
    again = nn.MLP(2, [2, 1], activation="sigmoid", init="xavier_normal", seed=4)
    assert [p.data for p in model.parameters()] == [p.data for p in again.parameters()]


@pytest.mark.parametrize("loss", ENGINE_FORMS)
def test_outputs_are_probabilities_whatever_the_loss(loss: str) -> None:
    model = build_model(Setup(loss=loss))
    passed = manual.forward(
        *layer_arrays(model), X, activation="sigmoid", output_activation="sigmoid"
    )
    np.testing.assert_allclose(outputs(model), passed.output, rtol=1e-14)
    expected = manual.loss_value(passed.output, Y, loss=loss)
    assert batch_loss(Setup(loss=loss), model).item() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--architecture 2-4", "2 inputs and 1 output"),
        ("--architecture 3-4-1", "2 inputs and 1 output"),
        ("--architecture 2-0-1", "2 inputs and 1 output"),
        ("--architecture 2-x-1", "2 inputs and 1 output"),
        ("--architecture 1", "2 inputs and 1 output"),
        ("--architecture 2-999-1", "3,997 parameters"),
        ("--activation softsign", "softsign"),
        ("--loss hinge", "hinge"),
        ("--optimizer lbfgs", "lbfgs"),
        ("--init he", "he"),
        ("--seed -1", "--seed"),
        ("--seed 1.5", "1.5"),
        ("--epochs 0", "from 1 up"),
        ("--epochs many", "many"),
        ("--lr 0", "above 0"),
        ("--lr nan", "nan"),
        ("--lr 1e4", "up to 1000"),
        ("--momentum 1", "under 1"),
        ("--momentum 0.9 --optimizer adam", "sgd and rmsprop"),
        ("--experiment nothing", "nothing"),
        ("--experiment one-neuron --architecture 2-4-1", "takes no --architecture"),
        ("--experiment one-neuron --output here", "takes no --output"),
        ("--nonsense", "--nonsense"),
        ("--epoch 5", "--epoch"),
        ("--output taken", "--output taken: pictures cannot be written there"),
        ("--output taken/below", "--output taken/below: pictures cannot be written there"),
    ],
)
def test_a_wrong_option_gets_one_line_and_exit_code_2(
    arguments: str, words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("taken").write_text("a file, not a folder")
    with pytest.raises(SystemExit) as stop:
        main(arguments.split())
    assert stop.value.code == 2
    printed, complaints = capsys.readouterr()
    assert printed == ""
    (line,) = complaints.splitlines()
    assert line.startswith("python -m demos.xor: ")
    assert words in line


def test_a_folder_that_takes_no_files(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "--output outputs/xor: pictures cannot be written there: Permission denied"
    )


def test_help_lists_everything(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    words = printed.replace(",", " ").split()
    for names in (manual.ACTIVATIONS, ENGINE_FORMS, OPTIMIZERS, nn.init.INITIALIZERS, EXPERIMENTS):
        assert set(names) <= set(words)
