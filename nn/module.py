"""Module: what has parameters, can be called, saved, loaded and shown."""

from __future__ import annotations

import itertools
import os
import secrets
from abc import ABCMeta
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from autograd import Value
from nn.archive import read_npz, write_npz
from nn.arrays import FloatArray, ValueArray, as_floats, as_objects
from nn.parameters import data_of, set_data
from nn.substitution import copied, is_parameter, standing_in

_M = TypeVar("_M")
_T = TypeVar("_T", bound=np.generic)


class IncompatibleKeys(NamedTuple):
    """What ``load_state_dict(…, strict=False)`` passed over.

    Attributes:
        missing_keys: parameters of the module for which the dictionary has no entry.
        unexpected_keys: entries of the dictionary that are no parameters of the module.
    """

    missing_keys: list[str]
    unexpected_keys: list[str]


class _LabelsParameters(ABCMeta):
    """Labels a module's parameters once its construction, in whatever subclass, is complete."""

    def __call__(cls: type[_M], *args: Any, **kwargs: Any) -> _M:
        module = super().__call__(*args, **kwargs)  # type: ignore[misc]
        module.label_parameters()
        return module  # type: ignore[no-any-return]


def _forward_is_missing(self: Module, *args: Any, **kwargs: Any) -> Any:
    raise NotImplementedError(f"{type(self).__name__} does not define forward")


class Module(metaclass=_LabelsParameters):
    """The base class of everything with parameters.

    A subclass sets attributes in ``__init__`` and defines ``forward``. Nothing has to be
    registered, and ``super().__init__()`` need not be called: every attribute that is a Module, a
    leaf Value, or an object array, list, tuple or dictionary of such, belongs to the module. (A
    Value that was computed, such as an output kept for inspection, is not a parameter.)

    >>> class Parabola(Module):
    ...     def __init__(self):
    ...         self.c = [Value(1.0), Value(0.0), Value(-1.0)]
    ...
    ...     def forward(self, x):
    ...         return self.c[0] + self.c[1] * x + self.c[2] * x * x
    >>> Parabola()(2.0).item()
    -3.0
    >>> [name for name, _ in Parabola().named_parameters()]
    ['c[0]', 'c[1]', 'c[2]']

    Parameters are labeled with their names, which error messages and pictures show. A name is the
    key of ``state_dict``, as in PyTorch, followed by the index: ``layers.0.weight[2, 1]`` is the
    weight in layer 0 of neuron 2 for its input 1.
    """

    forward: Callable[..., Any] = _forward_is_missing

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return ``self.forward(...)``."""
        return self.forward(*args, **kwargs)

    # What is inside
    # --------------

    def members(self) -> Iterable[tuple[str, object]]:
        """The names and values in which parameters and modules are looked for: all attributes."""
        return list(vars(self).items())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that this one directly consists of, with their names."""
        for name, found in self._contents():
            if isinstance(found, Module):
                yield name, found

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Every parameter once, with its name, such as ``layers.0.weight[2, 1]``."""
        seen: set[Value] = set()
        for key, array in self._parameter_arrays(set()):
            for index, parameter in np.ndenumerate(array):
                if parameter not in seen:
                    seen.add(parameter)
                    yield (f"{key}[{', '.join(map(str, index))}]" if index else key), parameter

    def parameters(self) -> list[Value]:
        """Every parameter once, in the order of ``named_parameters``."""
        arrays = (array for _, array in self._parameter_arrays(set()))
        return list(
            dict.fromkeys(itertools.chain.from_iterable(a.ravel().tolist() for a in arrays))
        )

    def num_parameters(self) -> int:
        """How many parameters there are."""
        return len(self.parameters())

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def label_parameters(self) -> None:
        """Label every parameter with its name; a label of your own stays.

        This is done after construction; call it again after replacing a part of the module.
        """
        for name, parameter in self.named_parameters():
            # The label from its own module's construction is the end of the full name.
            if not parameter.label or name.endswith(f".{parameter.label}"):
                parameter.label = name

    def _contents(self) -> Iterator[tuple[str, Module | ValueArray]]:
        for name, member in self.members():
            yield from _search(name, member)

    def _parameter_arrays(self, seen: set[int]) -> Iterator[tuple[str, ValueArray]]:
        """The parameters as arrays with their keys; ``seen`` are ids of modules already done."""
        seen.add(id(self))
        for name, found in self._contents():
            if not isinstance(found, Module):
                yield name, found
            elif id(found) not in seen:
                for key, array in found._parameter_arrays(seen):
                    yield f"{name}.{key}", array

    # State
    # -----

    def state_dict(self) -> dict[str, FloatArray]:
        """The numbers of all parameters, as new float arrays under PyTorch's names.

        A Linear has ``weight`` of shape (out_features, in_features) and ``bias`` of shape
        (out_features,); what is inside another module has that one's name in front, as in
        ``layers.0.weight``.
        """
        return {
            key: data_of(array.ravel().tolist()).reshape(array.shape)
            for key, array in self._parameter_arrays(set())
        }

    def load_state_dict(
        self, state_dict: Mapping[str, npt.ArrayLike], strict: bool = True
    ) -> IncompatibleKeys:
        """Set the parameters to given numbers; either all of them or, on an error, none.

        Args:
            state_dict: what ``state_dict`` of a module built alike returned: a mapping from names
                to arrays, nested lists or PyTorch tensors.
            strict: whether missing and unexpected names are errors.

        Returns:
            The names that were missing and those that were unexpected.

        Raises:
            ValueError: names or shapes are not the module's; the message lists all of them.
            TypeError: an entry is not made of real numbers.
        """
        matched, passed_over = self._match(state_dict, as_floats, strict)
        for array, numbers in matched:
            set_data(array.ravel().tolist(), numbers.ravel())
        return passed_over

    def _match(
        self,
        state: Mapping[str, Any],
        convert: Callable[[Any, str], npt.NDArray[_T]],
        strict: bool,
    ) -> tuple[list[tuple[ValueArray, npt.NDArray[_T]]], IncompatibleKeys]:
        """Pair each array of parameters with what a state has for it, converted to an array."""
        own = dict(self._parameter_arrays(set()))
        missing = [key for key in own if key not in state]
        unexpected = [key for key in state if key not in own]
        wanted = {key: array for key, array in own.items() if key in state}
        given = {key: convert(state[key], key) for key in wanted}
        complaints = [
            f"{key} has shape {given[key].shape}, wanted is {array.shape}"
            for key, array in wanted.items()
            if given[key].shape != array.shape
        ]
        if strict:
            complaints += [f"{key} is missing" for key in missing]
            complaints += [f"{key} is not a parameter of this module" for key in unexpected]
        if complaints:
            listed = "".join(f"\n  {complaint}" for complaint in complaints)
            raise ValueError(f"this state does not fit {type(self).__name__}:{listed}")
        pairs = [(array, given[key]) for key, array in wanted.items()]
        return pairs, IncompatibleKeys(missing, unexpected)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write ``state_dict`` to an ``.npz`` file, which ``numpy.load`` can read as well.

        An existing file is replaced at once when the new one is complete: at no time, not even
        after a crash, is there a half-written file at ``path``.
        """
        target = os.path.realpath(path)
        draft = f"{target}.{secrets.token_hex(4)}.tmp"
        try:
            with open(draft, "xb") as file:
                write_npz(file, self.state_dict())
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, target)
        except BaseException:
            if os.path.exists(draft):
                os.remove(draft)
            raise

    def load(self, path: str | os.PathLike[str], strict: bool = True) -> IncompatibleKeys:
        """Set the parameters to what ``save`` wrote; either all of them or, on an error, none.

        Args:
            path: an ``.npz`` file. It is read as numbers only: no code in it is run.
            strict: as for ``load_state_dict``, which also says what is returned.

        Raises:
            OSError: the file cannot be opened.
            ValueError: it is damaged, no ``.npz`` file of numbers, or of another module.
        """
        with open(path, "rb") as file:
            state = read_npz(file, os.fspath(path))
        try:
            return self.load_state_dict(state, strict)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{os.fspath(path)!r}: {error}") from None

    # Showing
    # -------

    def extra_repr(self) -> str:
        """What ``repr`` shows between the parentheses besides the module's children."""
        return ""

    def __repr__(self) -> str:
        lines = [line for line in self.extra_repr().splitlines() if line]
        children = []
        for name, child in self.named_children():
            first, *rest = repr(child).splitlines()
            children += [f"({name}): {first}", *rest]
        if not children and len(lines) <= 1:
            return f"{type(self).__name__}({''.join(lines)})"
        inside = "\n".join(f"  {line}" for line in lines + children)
        return f"{type(self).__name__}(\n{inside}\n)"


def functional_call(
    module: Module, state_dict: Mapping[str, Any], *args: Any, **kwargs: Any
) -> Any:
    """Call a module with other parameters, as a pure function of them.

    The module itself is not touched. So its output can be differentiated by its parameters with
    ``autograd``'s transforms, and be checked:

    >>> from autograd import grad
    >>> from nn import Neuron
    >>> neuron = Neuron(2)
    >>> grad(lambda state: functional_call(neuron, state, [3.0, 4.0]))(neuron.state_dict())
    {'weight': array([3., 4.]), 'bias': 1.0}

    Args:
        module: the module.
        state_dict: numbers, Values or arrays of them for all or some of the parameters, under
            their keys in ``module.state_dict()``; the others are the module's own.
        args: what to call the module with.
        kwargs: likewise.

    Raises:
        ValueError: a name or a shape is not the module's.
    """
    pairs, passed_over = module._match(state_dict, as_objects, strict=False)
    if passed_over.unexpected_keys:
        raise ValueError(
            f"{passed_over.unexpected_keys[0]!r} is not a parameter of {type(module).__name__}"
        )
    replacements: dict[Value, Any] = {}
    for array, given in pairs:
        for old, new in zip(array.ravel().tolist(), given.ravel().tolist(), strict=True):
            replacements[old] = Value(new, "", False) if isinstance(new, (float, int)) else new
    with standing_in(replacements.values()):
        return copied(module, replacements)(*args, **kwargs)


def _search(name: str, member: object) -> Iterator[tuple[str, Module | ValueArray]]:
    """Find the modules and parameters in an attribute, with their names."""
    if isinstance(member, Module):
        yield name, member
    elif (array := _parameter_array(member, name)) is not None:
        yield name, array
    elif isinstance(member, (list, tuple)):
        for i, item in enumerate(member):
            yield from _search(f"{name}.{i}", item)
    elif isinstance(member, dict):
        for key, item in member.items():
            yield from _search(f"{name}.{key}", item)


def _parameter_array(member: object, name: str) -> ValueArray | None:
    """Return an attribute as an array if it is one parameter, an array or nested lists of them."""
    if is_parameter(member):
        return np.array(member, dtype=object)
    if isinstance(member, np.ndarray):
        return _checked(member, name) if member.dtype == object else None
    if not isinstance(member, (list, tuple)):
        return None
    rows: list[ValueArray] = []
    for i, item in enumerate(member):
        row = _parameter_array(item, f"{name}[{i}]")
        if row is None or (rows and row.shape != rows[0].shape):
            return None
        rows.append(row)
    return np.stack(rows) if rows else None


def _checked(array: ValueArray, name: str) -> ValueArray | None:
    """Return an object array if all its elements are leaf Values, and None if none of them is."""
    others = [(index, item) for index, item in np.ndenumerate(array) if not is_parameter(item)]
    if not others:
        return array
    if len(others) == array.size:
        return None
    index, item = others[0]
    place = f"{name}[{', '.join(map(str, index))}]"
    raise TypeError(
        f"{place} is {item!r}, but the array has parameters in other places; a parameter is set "
        f"to a number by {place}.data = …"
    )
