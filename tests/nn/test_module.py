from __future__ import annotations

import copy
import io
import os
import pickle
import tempfile
import zipfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value
from autograd.gradcheck import gradcheck
from nn import module as module_source


class Affine(nn.Module):
    """The way a newcomer writes it: plain attributes, no registration, no super().__init__()."""

    def __init__(self, n: int) -> None:
        self.w = [Value(0.1 * i) for i in range(n)]
        self.b = Value(0.5)

    def forward(self, x: Any) -> Any:
        self.last = autograd.dot(self.w, x, self.b)
        return self.last


def names(module: nn.Module) -> list[str]:
    return [name for name, _ in module.named_parameters()]


def test_names_are_state_dict_keys_and_an_index() -> None:
    model = nn.MLP(2, [2, 1])
    assert names(model) == [
        "layers.0.weight[0, 0]",
        "layers.0.weight[0, 1]",
        "layers.0.weight[1, 0]",
        "layers.0.weight[1, 1]",
        "layers.0.bias[0]",
        "layers.0.bias[1]",
        "layers.1.weight[0, 0]",
        "layers.1.weight[0, 1]",
        "layers.1.bias[0]",
    ]
    assert model.parameters()[3] is model.layers[0].weight[1, 1]
    assert model.num_parameters() == 9


def test_lists_of_values_and_single_values_are_parameters() -> None:
    model = Affine(3)
    assert names(model) == ["w[0]", "w[1]", "w[2]", "b"]
    state = model.state_dict()
    assert state["w"].tolist() == [0.0, 0.1, 0.2]
    assert state["b"].shape == ()


def test_nested_and_ragged_lists_and_dictionaries_are_searched() -> None:
    class Container(nn.Module):
        def __init__(self) -> None:
            self.matrix = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
            self.ragged = [[Value(5.0)], [Value(6.0), Value(7.0)]]
            self.parts = {"a": Affine(1), "b": (Affine(1), "not a module", 3)}
            self.settings = {"lr": 0.1}
            self.array = np.zeros(3)

    assert names(Container()) == [
        *["matrix[0, 0]", "matrix[0, 1]", "matrix[1, 0]", "matrix[1, 1]"],
        *["ragged.0[0]", "ragged.1[0]", "ragged.1[1]"],
        *["parts.a.w[0]", "parts.a.b", "parts.b.0.w[0]", "parts.b.0.b"],
    ]
    assert Container().state_dict()["matrix"].tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_computed_values_kept_as_attributes_are_no_parameters() -> None:
    model = Affine(2)
    model([1.0, 2.0])
    assert model.last.op == "dot"
    assert names(model) == ["w[0]", "w[1]", "b"]


def test_shared_modules_and_parameters_count_once() -> None:
    part = Affine(2)
    model = nn.Sequential(part, part)
    assert model.num_parameters() == 3
    assert list(model.state_dict()) == ["0.w", "0.b"]

    class Tied(nn.Module):
        def __init__(self) -> None:
            self.a = nn.Linear(2, 1, bias=False)
            self.w = self.a.weight

    assert names(Tied()) == ["a.weight[0, 0]", "a.weight[0, 1]"]
    assert len(Tied().parameters()) == 2


def test_a_module_that_knows_its_parent_is_no_endless_loop() -> None:
    model = nn.Sequential(Affine(1))
    model[0].parent = model  # type: ignore[attr-defined]
    assert names(model) == ["0.w[0]", "0.b"]


def test_an_array_in_which_a_number_replaced_a_value_is_refused() -> None:
    layer = nn.Linear(2, 2)
    layer.weight[1, 0] = 3.0
    with pytest.raises(TypeError, match=r"weight\[1, 0\] is 3.0.*weight\[1, 0\].data = "):
        layer.parameters()


def test_parameters_are_labeled_with_their_full_names() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            self.body = nn.Sequential(nn.Linear(1, 1), nn.Residual(nn.Linear(1, 1)))
            self.own = Value(1.0, label="γ")

    model = Model()
    for name, parameter in model.named_parameters():
        assert parameter.label == ("γ" if name == "own" else name)
    assert model.body[1].module.bias[0].label == "body.1.module.bias[0]"  # type: ignore[attr-defined]


def test_labels_are_renewed_on_request() -> None:
    model = nn.Sequential(nn.Linear(1, 1))
    model._modules.append(nn.Linear(1, 1))
    assert model.parameters()[2].label == "weight[0, 0]"
    model.label_parameters()
    assert model.parameters()[2].label == "1.weight[0, 0]"


def test_zero_grad() -> None:
    for zero in (nn.Module.zero_grad, autograd.zero_grad):
        model = nn.MLP(2, [2, 1], "tanh", seed=0)
        model([1.0, 2.0]).backward()
        assert any(parameter.grad for parameter in model.parameters())
        zero(model)
        assert [parameter.grad for parameter in model.parameters()] == [0.0] * 9


def test_a_module_without_forward_says_so() -> None:
    class Nothing(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match="Nothing does not define forward"):
        Nothing()(1.0)


def test_a_module_can_be_an_abstract_class() -> None:
    class Shape(nn.Module, ABC):
        @abstractmethod
        def area(self) -> float: ...

    with pytest.raises(TypeError, match="abstract"):
        Shape()  # type: ignore[abstract]


def test_repr_is_a_tree() -> None:
    model = nn.Sequential(nn.MLP(2, [3, 1], "leaky_relu"), nn.Residual(nn.Linear(1, 1, bias=False)))
    assert repr(model) == (
        "Sequential(\n"
        "  (0): MLP(\n"
        "    (layers.0): Linear(in_features=2, out_features=3, bias=True)\n"
        "    (layers.1): Linear(in_features=3, out_features=1, bias=True)\n"
        "    (activation): LeakyReLU(negative_slope=0.01)\n"
        "    (output_activation): Identity()\n"
        "  )\n"
        "  (1): Residual(\n"
        "    (module): Linear(in_features=1, out_features=1, bias=False)\n"
        "  )\n"
        ")"
    )


def test_copies_and_pickles_are_independent_and_equal() -> None:
    model = nn.MLP(2, [3, 1], "tanh", "sigmoid", seed=0)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin([0.3, -0.7]).data == model([0.3, -0.7]).data
        assert not set(twin.parameters()) & set(model.parameters())
        assert [p.label for p in twin.parameters()] == [p.label for p in model.parameters()]


# State
# -----


def states_are_equal(a: nn.Module, b: nn.Module) -> bool:
    x, y = a.state_dict(), b.state_dict()
    return list(x) == list(y) and all(np.array_equal(x[key], y[key]) for key in x)


def test_state_dict_is_a_snapshot_in_pytorchs_layout() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    state = model.state_dict()
    assert {key: array.shape for key, array in state.items()} == {
        "layers.0.weight": (3, 2),
        "layers.0.bias": (3,),
        "layers.1.weight": (1, 3),
        "layers.1.bias": (1,),
    }
    assert state["layers.0.weight"][2, 1] == model.layers[0].weight[2, 1].data
    state["layers.0.weight"][2, 1] = 7.0
    assert model.layers[0].weight[2, 1].data != 7.0


def test_load_state_dict_keeps_the_values_themselves() -> None:
    model, other = nn.MLP(2, [3, 1], seed=0), nn.MLP(2, [3, 1], seed=1)
    before = model.parameters()
    assert model.load_state_dict(other.state_dict()) == ([], [])
    assert states_are_equal(model, other)
    assert all(a is b for a, b in zip(before, model.parameters(), strict=True))


def test_load_state_dict_accepts_nested_lists_and_integers() -> None:
    layer = nn.Linear(2, 1)
    layer.load_state_dict({"weight": [[1, 2]], "bias": [3]})
    assert layer([10.0, 100.0])[0].data == 213.0


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"bias": None}, ValueError, "bias is missing"),
        ({"scale": [1.0]}, ValueError, "scale is not a parameter of this module"),
        ({"bias": [1.0]}, ValueError, r"bias has shape \(1,\), wanted is \(2,\)"),
        (
            {"weight": np.zeros((3, 2))},
            ValueError,
            r"weight has shape \(3, 2\), wanted is \(2, 3\)",
        ),
        ({"weight": [[1.0], [2.0, 3.0]]}, ValueError, "weight: rows of different lengths"),
        ({"bias": ["a", "b"]}, TypeError, "bias must be real numbers"),
        ({"bias": [1j, 2j]}, TypeError, "bias must be real numbers"),
        ({"bias": [None, 1.0]}, TypeError, "bias must be real numbers"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    layer = nn.Linear(3, 2, seed=0)
    before = layer.state_dict()
    state = {"weight": np.ones((2, 3)), "bias": np.ones(2)} | change
    state = {key: array for key, array in state.items() if array is not None}
    with pytest.raises(error, match=message):
        layer.load_state_dict(state)
    assert all(np.array_equal(before[key], array) for key, array in layer.state_dict().items())


def test_all_that_does_not_fit_is_listed() -> None:
    with pytest.raises(ValueError, match=r"(?s)weight has shape.*bias is missing.*x is not"):
        nn.Linear(1, 2).load_state_dict({"weight": [1.0], "x": [2.0]})


def test_load_state_dict_that_is_not_strict_returns_what_it_passed_over() -> None:
    layer = nn.Linear(1, 1, seed=0)
    bias = layer.bias[0].data  # type: ignore[index]
    keys = layer.load_state_dict({"weight": [[2.0]], "x": [2.0]}, strict=False)
    assert keys.missing_keys == ["bias"]
    assert keys.unexpected_keys == ["x"]
    assert layer.weight[0, 0].data == 2.0
    assert layer.bias[0].data == bias  # type: ignore[index]
    with pytest.raises(ValueError, match="shape"):
        layer.load_state_dict({"weight": [2.0]}, strict=False)


def test_a_pytorch_state_dict_loads_directly() -> None:
    torch = pytest.importorskip("torch")
    twin = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2))
    twin = twin.double()
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    model.load_state_dict(twin.state_dict())
    wanted = twin(torch.tensor([0.3, -0.7], dtype=torch.float64)).tolist()
    assert [v.data for v in model([0.3, -0.7])] == pytest.approx(wanted, rel=1e-14)


# functional_call
# ---------------


def squared_errors(model: nn.Module, state: Any) -> Any:
    X, y = [[0.3, -0.7], [1.2, 0.4]], [0.5, -0.5]
    return nn.mse_loss([nn.functional_call(model, state, x) for x in X], y)


def test_functional_call_is_the_call_with_other_parameters() -> None:
    model, other = nn.MLP(2, [3, 1], "tanh", seed=0), nn.MLP(2, [3, 1], "tanh", seed=1)
    before = model.state_dict()
    x = [0.3, -0.7]
    assert nn.functional_call(model, other.state_dict(), x).data == other(x).data
    assert not nn.functional_call(model, other.state_dict(), x).requires_grad
    assert all(np.array_equal(before[key], array) for key, array in model.state_dict().items())
    part = {key: array for key, array in other.state_dict().items() if key == "layers.1.bias"}
    shift = other.layers[1].bias[0].data - model.layers[1].bias[0].data  # type: ignore[index]
    assert nn.functional_call(model, part, x).data == pytest.approx(model(x).data + shift)


def test_functional_call_finds_parameters_wherever_they_are_kept() -> None:
    model = nn.Sequential(Affine(2))
    output = nn.functional_call(model, {"0.w": [10.0, Value(100.0)], "0.b": 1000.0}, [1.0, 2.0])
    assert output.data == 1210.0
    assert output.requires_grad


def test_gradients_through_functional_call_are_those_of_backward() -> None:
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    gradients = autograd.grad(lambda state: squared_errors(model, state))(model.state_dict())
    X, y = [[0.3, -0.7], [1.2, 0.4]], [0.5, -0.5]
    nn.mse_loss([model(x) for x in X], y).backward()
    for key, array in gradients.items():
        layer = model.layers[int(key.split(".")[1])]
        wanted = [parameter.grad for parameter in getattr(layer, key.split(".")[2]).flat]
        assert array.ravel().tolist() == pytest.approx(wanted, rel=1e-14)


def test_a_models_gradient_can_be_checked() -> None:
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    assert gradcheck(lambda state: squared_errors(model, state), model.state_dict())


def test_functional_call_of_what_does_not_fit() -> None:
    model = nn.Linear(2, 1)
    with pytest.raises(ValueError, match="'weights' is not a parameter of Linear"):
        nn.functional_call(model, {"weights": [[1.0, 2.0]]}, [1.0, 2.0])
    with pytest.raises(ValueError, match=r"weight has shape \(2,\), wanted is \(1, 2\)"):
        nn.functional_call(model, {"weight": [1.0, 2.0]}, [1.0, 2.0])
    with pytest.raises(TypeError, match="one real number is wanted, not 'a'"):
        nn.functional_call(model, {"weight": [["a", 1.0]]}, [1.0, 2.0])


# Files
# -----


@given(st.lists(st.floats(allow_nan=False), min_size=4, max_size=4))
@settings(max_examples=30, deadline=None)
def test_saving_and_loading_is_exact(numbers: list[float]) -> None:
    model, other = nn.Linear(3, 1), nn.Linear(3, 1)
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.npz")
        other.load(Path(folder) / "model.npz")
    assert states_are_equal(model, other)


def test_numpy_reads_the_file(tmp_path: Path) -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    model.save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as archive:
        assert archive["layers.0.weight"].tolist() == model.state_dict()["layers.0.weight"].tolist()
    np.savez(tmp_path / "numpy.npz", **model.state_dict())  # type: ignore[arg-type]
    other = nn.MLP(2, [3, 1], seed=1)
    other.load(tmp_path / "numpy.npz")
    assert states_are_equal(model, other)


def test_any_name_of_a_parameter_can_be_saved(tmp_path: Path) -> None:
    class Odd(nn.Module):
        def __init__(self, number: float) -> None:
            self.file = Value(number)
            self.parts = {"a/b": Value(number), "..": Value(number), "ü": Value(number)}

    Odd(1.5).save(tmp_path / "odd.npz")
    loaded = Odd(0.0)
    loaded.load(tmp_path / "odd.npz")
    assert [parameter.data for parameter in loaded.parameters()] == [1.5] * 4


def test_a_failure_while_saving_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.npz"
    model = nn.Linear(1, 1, seed=0)
    model.save(path)
    old = path.read_bytes()

    def write_half(file: io.BufferedWriter, arrays: object) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(module_source, "write_npz", write_half)
    with pytest.raises(KeyboardInterrupt):
        model.save(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["model.npz"]


def test_saving_through_a_symbolic_link_replaces_what_it_points_to(tmp_path: Path) -> None:
    real, link = tmp_path / "real.npz", tmp_path / "link.npz"
    real.write_bytes(b"old")
    link.symlink_to(real)
    nn.Linear(1, 1).save(link)
    assert link.is_symlink()
    assert zipfile.is_zipfile(real)


def test_a_damaged_file_is_noticed_whichever_byte_it_is(tmp_path: Path) -> None:
    saved, model = nn.Linear(2, 1, seed=0), nn.Linear(2, 1, seed=1)
    path = tmp_path / "model.npz"
    saved.save(path)
    intact = path.read_bytes()
    noticed = 0
    for position in range(len(intact)):
        damaged = bytearray(intact)
        damaged[position] ^= 0x5A
        path.write_bytes(damaged)
        before = model.state_dict()
        message = ""
        try:
            model.load(path)
        except ValueError as error:
            message = str(error)
        if message:
            noticed += 1
            assert "model.npz" in message
            assert np.array_equal(model.state_dict()["weight"], before["weight"])
        else:  # a byte without meaning, such as one of a time stamp
            assert states_are_equal(model, saved)
            model = nn.Linear(2, 1, seed=1)
    assert noticed > len(intact) // 2


def test_an_array_that_pretends_to_be_of_another_type_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    model = nn.Linear(50, 50)
    model.save(path)
    path.write_bytes(path.read_bytes().replace(b"'<f8'", b"'<f4'", 1))
    with pytest.raises(ValueError, match="damaged"):
        model.load(path)


def test_a_truncated_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    nn.Linear(2, 1).save(path)
    intact = path.read_bytes()
    for length in range(0, len(intact), 7):
        path.write_bytes(intact[:length])
        with pytest.raises(ValueError, match="damaged"):
            nn.Linear(2, 1).load(path)


def test_a_foreign_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "foreign"
    model = nn.Linear(1, 1)
    path.write_text("weights: [1, 2]\n")
    with pytest.raises(ValueError, match=r"foreign' is damaged or no \.npz file"):
        model.load(path)
    with open(path, "wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ValueError, match="damaged or no"):
        model.load(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", "Dear model")
    with pytest.raises(ValueError, match="damaged or no"):
        model.load(path)
    with open(path, "wb") as file:
        np.savez(file, weight=np.array([[print]]), bias=np.zeros(1))
    with pytest.raises(ValueError, match="damaged or no"):
        model.load(path)


def test_another_modules_file_is_refused_by_name(tmp_path: Path) -> None:
    nn.Linear(2, 2).save(tmp_path / "other.npz")
    with pytest.raises(ValueError, match=r"(?s)other.npz.*does not fit Linear.*wanted is \(1, 2\)"):
        nn.Linear(2, 1).load(tmp_path / "other.npz")


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        nn.Linear(1, 1).load(tmp_path / "none.npz")
    with pytest.raises(FileNotFoundError):
        nn.Linear(1, 1).save(tmp_path / "no folder" / "model.npz")
