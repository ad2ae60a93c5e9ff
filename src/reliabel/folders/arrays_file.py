"""Several arrays in one .npz file: no pickle, and the same bytes for the same arrays."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write the arrays under their names.  Raises ValueError for arrays of objects."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # its date is fixed
            with archive.open(entry, "w", force_zip64=True) as part:
                np.lib.format.write_array(part, array, allow_pickle=False)


def read_arrays(file: BinaryIO) -> Arrays:
    """The arrays of a .npz file.  Raises ValueError for a damaged file and arrays of objects."""
    try:
        with zipfile.ZipFile(file) as archive:
            return {name.removesuffix(".npy"): _read(archive, name) for name in archive.namelist()}
    except zipfile.BadZipFile as damaged:
        raise ValueError(f"it is no whole file of arrays ({damaged})") from damaged


def _read(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    with archive.open(name) as part:
        array: NDArray[Any] = np.lib.format.read_array(part, allow_pickle=False)
        return array
