"""The lesson: train on XOR, check every gradient three ways, and see what was learned."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import autograd
import nn
from demos.figures import Picture, write_pictures
from demos.tables import decimal, heading, paragraph, table
from demos.xor import pages, pictures
from demos.xor.explanation import explain
from demos.xor.gradients import compare_gradients
from demos.xor.network import (
    ENGINE_FORMS,
    Setup,
    batch_loss,
    build_model,
    build_optimizer,
    layer_arrays,
    outputs,
)
from demos.xor.problem import POINTS, X, Y, all_right

#: Of a larger network, how many gradients are printed.
MOST_ROWS = 40

#: Which of the four points the picture of the graph shows.
DRAWN_SAMPLE = 2


def run(setup: Setup, folder: Path) -> nn.History:
    """Run the lesson: everything is printed, and the pictures are written into the folder.

    Ctrl-C during the training ends it, and the rest shows what was learned until then.

    Raises:
        OSError: a picture cannot be written.
    """
    model = build_model(setup)
    print(f"XOR, by a {setup.architecture} network of {setup.activation} units")
    history = train(setup, model)
    show_predictions(model)
    show_gradients(setup, model)
    print(heading("What the hidden units have learned to detect"))
    print(explain(*layer_arrays(model), setup.activation))
    show_pictures(setup, model, history, folder)
    return history


def train(setup: Setup, model: nn.MLP) -> nn.History:
    """Train the model, with a line for every tenth of the way."""
    optimizer = build_optimizer(setup, model)
    print(heading("Training"))
    options = optimizer.param_groups[0]
    rates = ", ".join(f"{name} {options[name]:g}" for name in ("lr", "momentum") if name in options)
    print(f"{setup.loss}, {setup.optimizer} with {rates}")
    print(f"start: {setup.init or 'uniform, as in PyTorch'}, seed {setup.seed}")
    print(f"\n{'epochs':>8}  {'loss':>10}" + "".join(f"  {f'ŷ({p})':>6}" for p in POINTS))

    def show(epochs: int) -> None:
        with autograd.no_grad():
            loss = float(batch_loss(setup, model))
        y = "".join(f"  {y:6.4f}" for y in outputs(model)[:, 0])
        print(f"{epochs:8}  {decimal(loss, 6):>10}{y}", flush=True)

    first = 0.0  # seconds, in which all is compiled

    def callback(epoch: int, loss: float) -> None:
        nonlocal first
        first = first or time.perf_counter() - began
        if (epoch + 1) * 10 // setup.epochs > epoch * 10 // setup.epochs:
            show(epoch + 1)

    show(0)
    began = time.perf_counter()
    try:
        history = nn.fit(
            model,
            X,
            Y,
            loss=ENGINE_FORMS[setup.loss].loss,
            optimizer=optimizer,
            epochs=setup.epochs,
            callbacks=[callback],
            progress=False,
            compiled=setup.compiled,
        )
    except nn.TrainingDivergedError as error:
        history = error.history
        print(paragraph(f"Stopped: {error}."))
    seconds = time.perf_counter() - began
    core = "compiled core" if autograd.COMPILED else "pure Python"
    how = f"compiled: {first:.1f} s for that" if setup.compiled else core
    done = len(history.losses)
    if history.stopped == "interrupted":
        print()  # the terminal shows ^C
        show(done)
        print(f"Interrupted. This is what was learned in {done} of {setup.epochs} epochs.")
    print(f"{done} epochs in {seconds:.1f} s ({how})")
    return history


def show_predictions(model: nn.MLP) -> None:
    """Print ŷ of the four points, and whether XOR is solved."""
    y = outputs(model)
    print(heading("Predictions"))
    rows = [
        [point, f"{target:.0f}", f"{guess:.6f}", "right" if (guess > 0.5) == target else "wrong"]
        for point, target, guess in zip(POINTS, Y[:, 0], y[:, 0], strict=True)
    ]
    print(table(["x1x2", "target", "ŷ", ""], rows, align="lrrl"))
    if all_right(y):
        print("Solved: every ŷ is on its target's side of ½.")
        return
    print("Not solved. Either it takes more --epochs, or this is a local minimum; then try")
    print("another --seed, or more hidden units.")


def show_gradients(setup: Setup, model: nn.MLP) -> None:
    """Print the gradient of every parameter three ways, and the largest disagreements.

    After a training gradients are small; so they are compared once more where it began.
    """
    print(heading("Gradients of the mean loss, three ways"))
    here = compare_gradients(setup, model)
    shown = list(here)
    if len(shown) > MOST_ROWS:
        shown = sorted(shown, key=lambda item: item[1].absolute_error)[-MOST_ROWS:]
        print(f"of {len(here.names)} parameters the {MOST_ROWS} that are furthest apart:")
    rows = []
    for name, entry in shown:
        numbers = (entry.autodiff, entry.manual, entry.estimate.value)
        bar = "kink" if entry.verdict == "kink" else f"{entry.estimate.error:.0e}"
        rows.append([name, *(f"{number:.7e}" for number in numbers), bar])
    print(table(["∂loss/∂", "autodiff", "by hand", "differences", "±"], rows, align="lrrrr"))
    at_start = compare_gradients(setup, build_model(setup))
    rows = [
        [where, *(f"{size:.1e}" for size in (c.to_manual, c.to_differences))]
        for where, c in (("after the training", here), ("before it", at_start))
    ]
    headers = ["largest disagreement", "autodiff and by hand", "autodiff and differences"]
    print(f"\n{table(headers, rows, align='lrr')}")
    if here.kinks or at_start.kinks:
        print(
            paragraph(
                f"At a kink there is no derivative; autodiff and hand take the same slope, one "
                f"between those of both sides. Kinks after the training: {here.kinks}, before: "
                f"{at_start.kinks}."
            )
        )
    if here.passed and at_start.passed:
        print("All agree, within the error bars of the differences.")
    else:
        print("They do NOT all agree: see what autograd.gradcheck says.")


def show_pictures(setup: Setup, model: nn.MLP, history: nn.History, folder: Path) -> None:
    """Write the pictures and live pages, and print where they are.

    Raises:
        OSError: one cannot be written.
    """
    weights, biases = layer_arrays(model)
    point = ", ".join(POINTS[DRAWN_SAMPLE])
    to_draw: list[Picture] = [
        (
            "graph.svg",
            f"the computation graph of the loss at ({point})",
            partial(pictures.draw_graph, setup=setup, model=model, sample=DRAWN_SAMPLE),
        ),
        ("loss.png", "the loss", partial(pictures.draw_loss, losses=history.losses, setup=setup)),
        (
            "decision-boundary.png",
            "ŷ over the plane of the inputs",
            partial(
                pictures.draw_decision_boundary,
                weights=weights,
                biases=biases,
                activation=setup.activation,
            ),
        ),
    ]
    to_play: list[Picture] = [
        (
            "network.html",
            f"the trained network at ({point})",
            partial(pages.write_trained, setup=setup, model=model, sample=DRAWN_SAMPLE),
        ),
    ]
    if max(setup.sizes) <= pages.MOST_UNITS:
        training = "the training, to be done by you"
        to_play.append(("training.html", training, partial(pages.write_training, setup=setup)))
    write_pictures(folder, to_draw, to_play)
