"""The lesson: train compiled, see what was learned, and how long it would have taken eager."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

import autograd
import nn
from demos.digits import pictures
from demos.digits.problem import CLASSES, Digits, Setup, build_model, confusion, load, read, train
from demos.figures import Picture, write_pictures
from demos.tables import heading, table


@dataclass
class Training:
    """A compiled training.

    Attributes:
        model: what was trained.
        history: as ``nn.fit`` gives it.
        accuracies: on held-out images, after each epoch.
        seconds: after how many of them, from the start, each epoch was done, not counting those
            that went into reading the held-out images.
    """

    model: nn.MLP
    history: nn.History
    accuracies: list[float]
    seconds: list[float]

    @property
    def epoch(self) -> float:
        """The seconds of one epoch, the first of which compiles as well."""
        rest = len(self.seconds) - 1
        return (self.seconds[-1] - self.seconds[0]) / rest if rest else self.seconds[0]

    @property
    def compilation(self) -> float:
        """The seconds that recording and compiling took."""
        return max(0.0, self.seconds[0] - self.epoch)


def run(setup: Setup, folder: Path) -> nn.History:
    """Run the lesson: everything is printed, and the pictures are written into the folder.

    Ctrl-C during the training ends it, and the rest shows what was learned until then.

    Raises:
        ImportError: scikit-learn is not installed.
        OSError: a picture cannot be written.
        nn.TrainingDivergedError: the learning rate was too much.
    """
    to_learn, held_out = load(setup.seed)
    print(
        f"{len(to_learn.labels):,} images of 8 × 8 to learn from, {len(held_out.labels)} held out"
    )
    training = train_compiled(setup, to_learn, held_out)
    if training.history.stopped == "interrupted":
        done = len(training.history.losses)
        print(f"\nInterrupted. This is what was learned in {done} of {setup.epochs} epochs.")
    if training.seconds:
        show_times(setup, training, to_learn)
    show_mistakes(training.model, held_out)
    show_pictures(training, held_out, folder)
    return training.history


def train_compiled(setup: Setup, to_learn: Digits, held_out: Digits) -> Training:
    """Train a network with its loss compiled, and tell how it went."""
    model = build_model(setup)
    print(heading("Training"))
    print(f"MLP(64, [32, 10]): {model.num_parameters():,} parameters, each a Value of its own")
    accuracies: list[float] = []
    seconds: list[float] = []
    began = time.perf_counter()

    def look(*_: object) -> None:
        nonlocal began
        now = time.perf_counter()
        accuracy = float(np.mean(read(model, held_out.images) == held_out.labels))
        seconds.append(now - began)
        accuracies.append(accuracy)
        began += time.perf_counter() - now

    history = train(setup, model, to_learn, compiled=True, callbacks=(look,))
    done = len(history.losses)
    if len(accuracies) < done:  # Ctrl-C came while the last epoch was looked at
        look()
    shown = sorted({*range(0, done, max(1, setup.epochs // 6)), done - 1} - {-1})
    rows = [
        [f"{i + 1}", f"{history.losses[i]:.4f}", f"{accuracies[i]:.1%}", f"{seconds[i]:.2f} s"]
        for i in shown
    ]
    print(table(["epoch", "loss", "held-out images read", "after"], rows, align="rrrr"))
    return Training(model, history, accuracies, seconds)


def show_times(setup: Setup, training: Training, to_learn: Digits) -> None:
    """Train one epoch on Values too, and say how long all of them would take."""
    print(heading("Time"))
    steps = -(-len(to_learn.labels) // setup.batch_size)
    epochs = len(training.history.losses)
    print(
        f"compiled: {training.seconds[-1]:.2f} s for {epochs} epochs of {steps} steps; of these "
        f"{training.compilation:.2f} s to\nrecord and compile, then {1e3 * training.epoch:.1f} ms "
        "an epoch"
    )
    began = time.perf_counter()
    eager = train(setup, build_model(setup), to_learn, compiled=False, epochs=1)
    if not eager.losses:
        return
    epoch = time.perf_counter() - began
    core = "compiled by mypyc" if autograd.COMPILED else "pure Python"
    whole = epoch * epochs
    print(
        f"eager:    {epoch:.2f} s for one epoch ({core}), so about {whole:,.0f} s for "
        f"{epochs}:\n{whole / training.seconds[-1]:,.0f} times as long, and "
        f"{epoch / training.epoch:,.0f} times once it is compiled"
    )
    difference = abs(eager.losses[0] - training.history.losses[0])
    print(f"The losses of the first epoch differ by {difference:.0e}.")


def show_mistakes(model: nn.MLP, held_out: Digits) -> None:
    """Print how many of the held-out images are read right, and what is taken for what."""
    found = read(model, held_out.images)
    counts = confusion(held_out.labels, found)
    right = int(np.trace(counts))
    print(heading("Images that it has not seen"))
    print(f"{right} of {len(held_out.labels)} read right: {right / len(held_out.labels):.1%}")
    rows = [[f"{digit}", *(f"{n}" if n else "·" for n in row)] for digit, row in enumerate(counts)]
    print(table(["read as", *map(str, range(CLASSES))], rows, align="l" + "r" * CLASSES))


def show_pictures(training: Training, held_out: Digits, folder: Path) -> None:
    """Write the pictures and print where they are.

    Raises:
        OSError: one cannot be written.
    """
    model, found = training.model, read(training.model, held_out.images)
    to_draw: list[Picture] = [
        (
            "training.png",
            "loss and accuracy",
            partial(
                pictures.draw_training,
                losses=training.history.losses,
                accuracies=training.accuracies,
            ),
        ),
        (
            "confusion-matrix.png",
            "what was taken for what",
            partial(pictures.draw_confusion, counts=confusion(held_out.labels, found)),
        ),
        (
            "hidden-units.png",
            "what each hidden unit looks for",
            partial(pictures.draw_hidden_units, model=model),
        ),
        (
            "mistakes.png",
            "the images that were read wrong",
            partial(pictures.draw_mistakes, digits=held_out, found=found),
        ),
    ]
    write_pictures(folder, to_draw)
