"""Matrices of numbers from files (.npy, .npz, Parquet, CSV), and probabilities aligned to the
classes.

.npy and Parquet files are not loaded; they are read in blocks where they are used.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Labels, MultiLabel
from reliabel.formats.files import SAYS, form_of, head_of

Names = tuple[str, ...] | None


def read(path: Path, what: str) -> tuple[Any, Names]:
    """The matrix in a file, and its column names if the file has them (.npz with ``names``,
    Parquet, CSV).

    what: "probs" or "features", for messages.
    """
    form = form_of(path)
    if form == "npy":
        return _floats(_npy(path), path.name), None
    if form == "npz":
        return _npz(path, what)
    if form == "parquet":
        from reliabel.ops.sources import ParquetMatrix

        matrix = ParquetMatrix(path)
        return matrix, None if matrix.listed else matrix.columns
    if form in ("csv", "tsv"):
        from reliabel.formats import delimited

        table = delimited.read(path)
        wrong = [name for name, kind in table.kinds.items() if kind not in ("integer", "decimal")]
        if wrong:
            raise ValueError(
                f"{path.name}: column {wrong[0]!r} does not hold numbers; keep one number column a "
                f"{'class' if what == 'probs' else 'feature'}"
            )
        return np.column_stack([column.astype(float) for column in table.columns.values()]), tuple(
            table.columns
        )
    raise ValueError(f"{path.name} holds {SAYS[form]}; give {what} as .npy, .npz, .parquet or .csv")


def load_matrix(path: str | Path) -> Any:
    """A small square matrix from .npy, .npz, Parquet or CSV (with or without a header)."""
    place = Path(path)
    if form_of(place) in ("csv", "tsv"):
        head, *body = [
            [cell.strip() for cell in line.replace("\t", ",").split(",")]
            for line in place.read_text(encoding="utf-8-sig").splitlines()
            if line.strip()
        ]
        rows = [head, *body] if all(_number(cell) for cell in head) else body
        if not rows or any(
            len(row) != len(rows[0]) or not all(_number(cell) for cell in row) for row in rows
        ):
            raise ValueError(f"{place.name} must hold numbers, the same count on each line")
        return np.array([[float(cell) for cell in row] for row in rows])
    return np.asarray(read(place, "matrix")[0])


def array(value: Any, what: str) -> Any:
    """A float matrix from an object in memory: a NumPy array, a torch tensor or a list of rows.

    Sources that stay on disk are returned as they are.
    """
    if hasattr(value, "detach"):  # a torch tensor; its library is there already
        value = value.detach().cpu().numpy()
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if not isinstance(value, np.ndarray) and not (
        getattr(value, "ndim", 0) == 2 and hasattr(value, "dtype")
    ):
        value = np.asarray(value)
    return _floats(value, what)


def matched(
    labels: Labels, probs: Any, names: Names, what: str = "probs"
) -> tuple[Labels, Any, list[str]]:
    """Align labels and probabilities to the same classes in the same order; returns notes on what
    was done.

    Named columns are reordered to the classes of the labels; classes without a label are added to
    the labels; columns without names are taken in the order of the sorted class names. Raises
    ValueError, with both lists, if they cannot be aligned.
    """
    own = getattr(labels, "names", None)
    if own is None or getattr(probs, "ndim", 2) != 2:
        return labels, probs, []
    if names is None:
        return _unnamed(labels, probs, tuple(own), what)
    both = (
        f"the labels have {len(own)} classes {_list(own)}, {what} has {len(names)} columns "
        f"{_list(names)}"
    )
    if len(set(names)) != len(names):
        raise ValueError(f"column names of {what} must differ; {both}")
    if set(own) - set(names):
        raise ValueError(
            f"{what} lacks the classes {_list(sorted(set(own) - set(names)))}: {both}; write the "
            "columns under the names of the classes"
        )
    extra = tuple(sorted(set(names) - set(own), key=names.index))
    if extra and not isinstance(labels, Classes):
        raise ValueError(f"{what} has columns that are no class: {both}")
    notes = []
    if extra and isinstance(labels, Classes):
        labels = _widened(labels, own, names)
        own = labels.names
        notes.append(f"classes of {what} that no label has: {_list(extra)}")
    if tuple(own) == tuple(names):
        return labels, probs, notes
    notes.append(f"the columns of {what} were put in the order of the classes: {_list(own)}")
    return labels, _ordered(probs, names, tuple(own)), notes


def _unnamed(
    labels: Labels, probs: Any, own: tuple[str, ...], what: str
) -> tuple[Labels, Any, list[str]]:
    k = probs.shape[1]
    if k == len(own) or (isinstance(labels, MultiLabel) and k == len(own)):
        return labels, probs, []
    codes = [int(name) for name in own if name.isdecimal() and str(int(name)) == name]
    if (
        isinstance(labels, Classes)
        and len(codes) == len(own)
        and k > len(own)
        and max(codes, default=0) < k
    ):
        place = np.array([*codes, -1])
        return (
            Classes(place[labels.y], tuple(map(str, range(k)))),
            probs,
            [f"the labels are the numbers of the {k} columns of {what}"],
        )
    raise ValueError(
        f"{what} has {k} columns, the labels have {len(own)} classes {_list(own)}; columns stand "
        "for the sorted class names, "
        f"or say their own in an .npz with names or as Parquet column names"
    )


def _widened(labels: Classes, own: Sequence[str], names: Sequence[str]) -> Classes:
    whole = all(name.lstrip("-").isdecimal() for name in names)
    order = tuple(sorted(names, key=int) if whole else sorted(names))
    place = np.array([*(order.index(name) for name in own), -1])
    return Classes(place[labels.y], order)


def _ordered(probs: Any, names: tuple[str, ...], own: tuple[str, ...]) -> Any:
    if hasattr(probs, "select") and not isinstance(probs, np.ndarray):
        return probs.select(own)
    return np.ascontiguousarray(np.asarray(probs)[:, [names.index(name) for name in own]])


def _npy(path: Path) -> Any:
    with path.open("rb") as file:
        try:
            version = np.lib.format.read_magic(file)
            shape, _, dtype = (
                np.lib.format.read_array_header_1_0(file)
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0(file)
            )
        except (ValueError, EOFError, SyntaxError, TokenError) as error:
            raise ValueError(
                f"{path.name} is a broken NumPy file: {str(error).splitlines()[0]}"
            ) from None
        begin = file.tell()
    if dtype.hasobject:
        raise ValueError(
            f"{path.name} holds Python objects, which are not opened (they could run code); save "
            "plain numbers with np.save"
        )
    promised, held = (
        int(np.prod(shape, dtype=np.int64)) * dtype.itemsize,
        os.path.getsize(path) - begin,
    )
    if held < promised:
        raise ValueError(
            f"{path.name} promises {shape} of {dtype} ({promised:,} bytes) but holds {held:,}; it "
            "was cut short, copy it again"
        )
    return (
        np.load(path, mmap_mode="r", allow_pickle=False)
        if promised
        else np.load(path, allow_pickle=False)
    )


def _npz(path: Path, what: str) -> tuple[Any, Names]:
    head_of(path)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            keys = list(archive.files)
            others = [key for key in keys if key != "names"]
            key = what if what in keys else others[0] if len(others) == 1 else None
            if key is None:
                raise ValueError(
                    f"{path.name} holds {', '.join(keys) or 'nothing'}; name the {what} {what!r}, "
                    "or keep that one array"
                )
            names = (
                tuple(str(name) for name in archive["names"].tolist()) if "names" in keys else None
            )
            matrix = _floats(archive[key], f"{path.name}, {key}")
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        KeyError,
        NotImplementedError,
        SyntaxError,
        TokenError,
    ) as error:
        raise ValueError(f"{path.name} is a broken NumPy archive: {error}") from None
    if names is not None and (matrix.ndim != 2 or len(names) != matrix.shape[1]):
        raise ValueError(
            f"{path.name} holds {len(names)} names for {what} of shape {matrix.shape}; one name a "
            "column is wanted"
        )
    return matrix, names


def _floats(value: Any, what: str) -> Any:
    if value.dtype.kind in "iub":
        return value.astype(np.float64)
    if value.dtype.kind != "f":
        raise ValueError(f"{what} must hold numbers, got {value.dtype} of shape {value.shape}")
    return value.astype(np.float32) if value.dtype.itemsize == 2 else value


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, list(names)[:10]))
    return f"[{shown}{', ...' if len(names) > 10 else ''}]"
