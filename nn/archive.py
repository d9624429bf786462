"""Reading and writing ``.npz`` files: zip archives of NumPy arrays."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from nn.arrays import FloatArray


def write_npz(file: BinaryIO, arrays: Mapping[str, FloatArray]) -> None:
    """Write named arrays; unlike with ``numpy.savez``, any name is possible, ``file`` too."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def read_npz(file: BinaryIO, name: str) -> dict[str, Any]:
    """Read named arrays; ``name`` is the file's, for the error message.

    Raises:
        ValueError: the file is damaged or not an ``.npz`` file.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return {
                entry.removesuffix(".npy"): _read_array(archive, entry)
                for entry in archive.namelist()
            }
    # A damaged archive can fail in any of its layers: zip, deflate, header, array.
    except Exception as error:
        raise ValueError(
            f"{name!r} is damaged or no .npz file: {type(error).__name__}: {error}"
        ) from error


def _read_array(archive: zipfile.ZipFile, entry: str) -> Any:
    with archive.open(entry) as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
        if file.read(1):  # reading to the end is what verifies the checksum
            raise ValueError(f"{entry} goes on after its array")
    return array
