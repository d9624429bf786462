from __future__ import annotations

import math
import os
import pickle
import signal
import subprocess
import sys
import types
from itertools import chain
from typing import Any, ClassVar

import numpy as np
import pytest

import autograd
import nn
from autograd import Value

X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
Y = [0.0, 1.0, 1.0, 0.0]


# What ``fit`` below takes where a test says nothing.
DEFAULTS: dict[str, Any] = {}


@pytest.fixture(params=[False, True], ids=["eager", "compiled"], autouse=True)
def compiled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Run each test twice. Compiled, sums are added up in another order."""
    monkeypatch.setitem(DEFAULTS, "compiled", request.param)
    return bool(request.param)


#: For models and losses that count their calls, of which only one is recorded.
eager_only = pytest.mark.parametrize("compiled", [False], ids=["eager"], indirect=True)


def network(seed: int = 1) -> nn.MLP:
    return nn.MLP(2, [4, 1], "tanh", seed=seed)


def numbers(model: nn.Module) -> list[float]:
    return [parameter.data for parameter in model.parameters()]


def fit(model: nn.Module, **options: Any) -> nn.History:
    arguments: dict[str, Any] = {
        "X": X,
        "y": Y,
        "loss": "binary_cross_entropy_with_logits",
        "optimizer": nn.SGD(model.parameters(), lr=0.5, momentum=0.9),
        "epochs": 3,
    }
    return nn.fit(model, **(arguments | DEFAULTS | options))


# The steps
# ---------


def test_a_full_batch_is_gradient_descent_on_the_mean_loss(compiled: bool) -> None:
    model, twin = network(), network()
    history = fit(model, epochs=5)
    optimizer = nn.SGD(twin.parameters(), lr=0.5, momentum=0.9)
    losses = []
    for _ in range(5):
        loss = nn.binary_cross_entropy_with_logits([twin(x) for x in X], Y)
        autograd.zero_grad(twin)
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    assert history.stopped == "epochs"
    close = pytest.approx if compiled else list
    assert history.losses == close(losses)
    assert numbers(model) == close(numbers(twin))


def test_one_sample_at_a_time_in_order(compiled: bool) -> None:
    model, twin = network(), network()
    history = fit(model, epochs=2, batch_size=1, shuffle=False)
    optimizer = nn.SGD(twin.parameters(), lr=0.5, momentum=0.9)
    losses = []
    for _ in range(2):
        for x, y in zip(X, Y, strict=True):
            loss = nn.binary_cross_entropy_with_logits(twin(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.data)
    assert history.losses == pytest.approx([np.mean(losses[:4]), np.mean(losses[4:])], rel=1e-15)
    close = pytest.approx if compiled else list
    assert numbers(model) == close(numbers(twin))


@eager_only
def test_batches_have_every_sample_once_in_each_epoch_shuffled_from_the_seed() -> None:
    def batches(seed: Any, epochs: int, batch_size: int | None) -> list[list[float]]:
        seen: list[list[float]] = []

        def loss(outputs: Any, targets: Any) -> Any:
            seen.append(targets.tolist())
            return nn.mse_loss(outputs, targets)

        neuron = nn.Neuron(1, seed=0)
        optimizer = nn.SGD(neuron.parameters())
        nn.fit(
            neuron, np.arange(10), np.arange(10), loss=loss, optimizer=optimizer,
            epochs=epochs, batch_size=batch_size, seed=seed,
        )  # fmt: skip
        return seen

    seen = batches(5, 2, 4)
    assert [len(batch) for batch in seen] == [4, 4, 2, 4, 4, 2]
    first, second = list(chain(*seen[:3])), list(chain(*seen[3:]))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    assert batches(5, 2, 4) == seen == batches(np.random.Generator(np.random.PCG64(5)), 2, 4)
    assert batches(6, 2, 4) != seen
    assert batches(None, 1, None) == [list(range(10))]
    assert batches(None, 1, 100)[0] != list(range(10))
    rng = np.random.default_rng(5)
    assert batches(rng, 2, 4) != batches(rng, 2, 4)


def test_the_same_seeds_give_the_same_training() -> None:
    def run() -> list[float]:
        model = network(3)
        fit(model, batch_size=2, seed=4, epochs=10)
        return numbers(model)

    assert run() == run()


def test_losses_of_uneven_batches_are_weighted(compiled: bool) -> None:
    neuron = nn.Neuron(1, init="zeros")
    optimizer = nn.SGD(neuron.parameters(), lr=0.0)
    history = nn.fit(
        neuron, [1, 2, 3], [1, 2, 4], loss="mse_loss", optimizer=optimizer, epochs=1,
        batch_size=2, compiled=compiled,
    )  # fmt: skip
    assert history.losses == pytest.approx([(1 + 4 + 16) / 3])


def test_gradients_left_over_do_no_harm() -> None:
    model, twin = network(), network()
    for parameter in model.parameters():
        parameter.grad = 1e6
    fit(model)
    fit(twin)
    assert numbers(model) == numbers(twin)


@pytest.mark.parametrize("column", [False, True])
@pytest.mark.parametrize("returns_list", [False, True])
def test_targets_of_one_output_may_be_a_row_or_a_column(column: bool, returns_list: bool) -> None:
    mlp = network()
    model = nn.Sequential(mlp.layers[0], nn.Tanh(), mlp.layers[1]) if returns_list else mlp
    fit(model, y=np.reshape(Y, (4, 1)) if column else Y)
    twin = network()
    fit(twin)
    assert numbers(model) == numbers(twin)


def test_several_outputs_and_classes() -> None:
    model = nn.MLP(2, [2], seed=0)
    y = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
    history = fit(model, y=y, loss="mse_loss", epochs=1)
    outputs = [[v.data for v in nn.MLP(2, [2], seed=0)(x)] for x in X]
    assert history.losses[0] == pytest.approx(np.mean((np.array(outputs) - y) ** 2))
    history = fit(model, y=[0, 1, 1, 0], loss="cross_entropy", epochs=20)
    assert history.losses[-1] < history.losses[0]


def test_boolean_targets() -> None:
    model, twin = network(), network()
    fit(model, y=np.array(Y) == 1.0)
    fit(twin)
    assert numbers(model) == numbers(twin)


def test_gradients_are_limited_by_max_grad_norm() -> None:
    model = network()
    before = np.array(numbers(model))
    fit(model, optimizer=nn.SGD(model.parameters(), lr=1.0), max_grad_norm=1e-3, epochs=1)
    assert np.linalg.norm(np.array(numbers(model)) - before) == pytest.approx(1e-3, rel=1e-2)


def test_the_schedule_goes_on_after_each_epoch() -> None:
    model = network()
    optimizer = nn.SGD(model.parameters(), lr=0.8)
    rates: list[float] = []
    fit(
        model,
        optimizer=optimizer,
        batch_size=1,
        scheduler=nn.ExponentialLR(optimizer, 0.5),
        callbacks=[lambda epoch, loss: rates.append(optimizer.param_groups[0]["lr"])],
    )
    assert rates == [0.4, 0.2, 0.1]


@eager_only
def test_a_loss_may_have_parameters_of_its_own() -> None:
    # loss = (s w x - t)^2 with x = t = 1, from s = 2 and w = 1; by hand for two steps.
    neuron, scale = nn.Neuron(1, bias=False), Value(2.0)
    neuron.load_state_dict({"weight": [1.0]})
    optimizer = nn.SGD([*neuron.parameters(), scale], lr=0.125)
    history = nn.fit(
        neuron, [1], [1], loss=lambda o, t: np.mean((scale * o - t) ** 2),
        optimizer=optimizer, epochs=2,
    )  # fmt: skip
    w, s, losses = 1.0, 2.0, []
    for _ in range(2):
        error = s * w - 1.0
        losses.append(error**2)
        w, s = w - 0.125 * 2.0 * error * s, s - 0.125 * 2.0 * error * w
    assert history.losses == losses
    assert (neuron.weight[0].data, scale.data) == (w, s)


# The end
# -------


def test_it_stops_at_the_target() -> None:
    history = fit(network(), epochs=500, target_loss=0.05)
    assert history.stopped == "target_loss"
    assert history.losses[-1] <= 0.05 < history.losses[-2]


def test_no_epochs_change_nothing() -> None:
    model = network()
    assert fit(model, epochs=0) == nn.History([], "epochs")
    assert numbers(model) == numbers(network())


def test_callbacks_get_epoch_and_loss_and_can_stop() -> None:
    calls: list[tuple[int, float]] = []

    def callback(epoch: int, loss: float) -> None:
        calls.append((epoch, loss))
        if epoch == 1:
            raise StopIteration

    history = fit(network(), callbacks=[callback])
    assert history.stopped == "callback"
    assert calls == list(enumerate(history.losses))
    assert len(calls) == 2


def test_errors_in_callbacks_are_not_swallowed() -> None:
    def callback(epoch: int, loss: float) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        fit(network(), callbacks=[callback])


def test_ctrl_c_returns_what_was_learned() -> None:
    model = network()

    def callback(epoch: int, loss: float) -> None:
        if epoch == 2:
            signal.raise_signal(signal.SIGINT)

    history = fit(model, epochs=100, callbacks=[callback])
    assert history.stopped == "interrupted"
    assert len(history.losses) == 3
    twin = network()
    fit(twin, epochs=3)
    assert numbers(model) == numbers(twin)


def test_ctrl_c_in_the_middle_of_a_step_takes_the_step_back() -> None:
    class Interrupted(nn.SGD):
        def step(self) -> None:
            if len(self.state[0]) == 1:
                self.state = [{"momentum_buffer": np.zeros(17)}]
                self.parameters()[0].data = 99.0
                raise KeyboardInterrupt
            super().step()

    model = network()
    optimizer = Interrupted(model.parameters(), lr=0.5, momentum=0.9)
    assert fit(model, optimizer=optimizer).stopped == "interrupted"
    twin = network()
    other = nn.SGD(twin.parameters(), lr=0.5, momentum=0.9)
    fit(twin, epochs=1, optimizer=other)
    assert numbers(model) == numbers(twin)
    assert repr(optimizer.state) == repr(other.state)


@eager_only
def test_ctrl_c_during_the_computation_leaves_whole_steps() -> None:
    calls = 0

    def loss(outputs: Any, targets: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 6:
            raise KeyboardInterrupt
        return nn.binary_cross_entropy_with_logits(outputs, targets)

    model, twin = network(), network()
    history = fit(model, loss=loss, batch_size=1, shuffle=False)
    assert history.stopped == "interrupted"
    assert len(history.losses) == 1
    optimizer = nn.SGD(twin.parameters(), lr=0.5, momentum=0.9)
    fit(twin, optimizer=optimizer, epochs=1, batch_size=1, shuffle=False)
    fit(twin, optimizer=optimizer, epochs=1, X=X[:1], y=Y[:1])
    assert numbers(model) == numbers(twin)


# Numbers that are not finite
# ---------------------------


class Sick(nn.Module):
    """A line whose output becomes what is wanted at one of its calls."""

    def __init__(self, call: int, symptom: str) -> None:
        self.w = [Value(0.5), Value(-0.25)]
        self.calls, self.call, self.symptom = 0, call, symptom

    def forward(self, x: Any) -> Any:
        self.calls += 1
        output = autograd.dot(self.w, x)
        if self.calls != self.call:
            return output
        if self.symptom == "nan":
            return output * math.nan
        if self.symptom == "overflow":
            return autograd.exp(output + 1000.0)
        # Finite itself, but with an infinite slope in w[1].
        return output + autograd.sqrt(self.w[1] - self.w[1].data)


def states_after_each_step(model: nn.Module, optimizer: nn.Optimizer) -> list[list[float]]:
    """Let the optimizer record the parameters before each of its steps."""
    states: list[list[float]] = []
    step = optimizer.step

    def recorded() -> None:
        states.append(numbers(model))
        step()

    optimizer.step = recorded  # type: ignore[method-assign]
    return states


@eager_only
@pytest.mark.parametrize(
    ("symptom", "message"),
    [
        ("nan", r"epoch 1, batch 2: the loss is nan; the largest parameter is w\[[01]\] = "),
        ("overflow", r"epoch 1, batch 2: OverflowError: exp\(.*math range error"),
        ("slope", r"epoch 1, batch 2: the gradient of w\[1\] is -?(nan|inf)"),
    ],
)
def test_divergence_stops_with_a_message_and_good_parameters(symptom: str, message: str) -> None:
    model = Sick(7, symptom)
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    states = states_after_each_step(model, optimizer)
    with pytest.raises(nn.TrainingDivergedError, match=message) as caught:
        fit(model, optimizer=optimizer, loss="mse_loss", batch_size=1, shuffle=False)
    # Six steps were made; the numbers before the sixth are the last known to be good.
    assert len(states) == 6
    assert numbers(model) == states[-1]
    history = caught.value.history
    assert history.stopped == "diverged"
    assert len(history.losses) == 1
    assert isinstance(caught.value, ArithmeticError)
    assert (caught.value.__cause__ is not None) == (symptom == "overflow")


def test_a_step_that_makes_a_parameter_infinite_is_taken_back() -> None:
    model = network()
    optimizer = nn.SGD(model.parameters(), lr=1e308, momentum=0.9)
    before = numbers(model)
    X_large = [[1e3 * a, 1e3 * b] for a, b in X]
    with pytest.raises(
        nn.TrainingDivergedError,
        match=r"epoch 0, batch 0: the step makes layers\.0\.\w+\[0.*\] -?inf.*max_grad_norm",
    ):
        fit(model, X=X_large, optimizer=optimizer, loss="mse_loss", y=[1e3, 5e3, 2e3, 1.0])
    assert numbers(model) == before
    assert optimizer.state == [{}]


@eager_only
def test_the_error_can_be_pickled() -> None:
    error = nn.TrainingDivergedError("epoch 3: the loss is nan", nn.History([1.0], "diverged"))
    twin = pickle.loads(pickle.dumps(error))
    assert (str(twin), twin.history) == (str(error), error.history)


# Arguments
# ---------


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"X": [], "y": []}, ValueError, "there are no samples"),
        ({"X": np.zeros((0, 2)), "y": []}, ValueError, r"there are no samples: X .* \(0, 2\)"),
        ({"y": Y[:3]}, ValueError, "X has 4 samples, but y has 3 targets"),
        ({"X": 1.0}, ValueError, "one row for each sample, not a single number"),
        ({"X": [[1.0], [1.0, 2.0]] * 2}, ValueError, "X: rows of different lengths"),
        ({"X": [["a", "b"]] * 4}, TypeError, "X must be real numbers"),
        ({"y": [None, 1, 1, 0]}, TypeError, "y must be real numbers, not None"),
        ({"X": [[0, 0], [0, math.nan], [1, 0], [1, 1]]}, ValueError, r"X\[1, 1\] is nan"),
        ({"y": [0, 1, math.inf, 0]}, ValueError, r"y\[2\] is inf"),
        ({"X": [[1.0]] * 4}, ValueError, "wants 2 numbers"),
        ({"y": [[0.0, 1.0]] * 4}, ValueError, r"same shape, got \(\d,\) and \(\d, 2\)"),
        ({"epochs": -1}, ValueError, "epochs must not be negative, got -1"),
        ({"epochs": 1.5}, TypeError, "epochs is an int, not 1.5"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1, or None .* got 0"),
        ({"batch_size": 2.0}, TypeError, "batch_size is an int, or None"),
        ({"target_loss": "low"}, TypeError, "target_loss is a number"),
        ({"target_loss": math.nan}, ValueError, "target_loss"),
        ({"max_grad_norm": -1.0}, ValueError, "max_grad_norm must be"),
        ({"seed": "s"}, TypeError, "a seed is an int"),
        ({"loss": "mse"}, ValueError, "unknown loss 'mse'; known are mse_loss"),
        ({"loss": None}, TypeError, "a loss is a name or a function"),
        ({"loss": lambda o, t: 1.0}, TypeError, "the loss is 1.0; wanted is a Value that depends"),
        (
            {"loss": lambda o, t: (o - t) ** 2},
            TypeError,
            r"the loss has shape \(.*one number, such",
        ),
        ({"optimizer": "adam"}, TypeError, r"SGD\(model.parameters\(\), lr=0.1\), not 'adam'"),
        ({"optimizer": nn.SGD([Value(1.0)])}, ValueError, "none of the model's parameters"),
    ],
)
def test_bad_arguments_change_nothing(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    model = network()
    with pytest.raises(error, match=message):
        fit(model, **options)
    assert numbers(model) == numbers(network())


@eager_only
def test_a_model_is_a_module_and_a_schedule_the_optimizers() -> None:
    model = network()
    with pytest.raises(TypeError, match="model is a Module"):
        nn.fit(
            lambda x: x, X, Y, loss="mse_loss",  # type: ignore[arg-type]
            optimizer=nn.SGD(model.parameters()), epochs=1,
        )  # fmt: skip
    with pytest.raises(ValueError, match="the scheduler is for another optimizer"):
        fit(model, scheduler=nn.StepLR(nn.SGD(model.parameters()), 1))


# Progress
# --------


class FakeBar:
    made: ClassVar[list[FakeBar]] = []

    def __init__(self, total: int, unit: str) -> None:
        self.total, self.postfix, self.updates, self.closed = total, "", 0, False
        FakeBar.made.append(self)

    def __enter__(self) -> FakeBar:
        return self

    def __exit__(self, *exception: object) -> None:
        self.closed = True

    def set_postfix_str(self, text: str, refresh: bool) -> None:
        self.postfix = text

    def update(self) -> None:
        self.updates += 1


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("progress", [False, True])
def test_a_bar_is_shown_only_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, progress: bool
) -> None:
    tqdm = types.ModuleType("tqdm")
    tqdm.tqdm = FakeBar  # type: ignore[attr-defined]
    tqdm.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "tqdm", tqdm)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    FakeBar.made.clear()
    history = fit(network(), progress=progress)
    if not (terminal and progress):
        assert FakeBar.made == []
        return
    (bar,) = FakeBar.made
    assert (bar.total, bar.updates, bar.closed) == (3, 3, True)
    assert bar.postfix == f"loss {history.losses[-1]:.6g}"


def test_it_is_silent_without_tqdm_and_without_a_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    fit(network())
    assert capfd.readouterr() == ("", "")
    code = (
        "import sys; sys.modules['tqdm'] = None; sys.stderr = None\n"
        "import nn\n"
        "neuron = nn.Neuron(1)\n"
        "nn.fit(neuron, [1], [1], loss='mse_loss', optimizer=nn.SGD(neuron.parameters()), epochs=1)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, env=dict(os.environ))
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")


def test_without_tqdm_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert len(fit(network()).losses) == 3
