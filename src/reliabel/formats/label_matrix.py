"""Matrices of labelling functions: a row an item, a column a function, -1 where a function says
nothing; .npy, .npz (arrays, or SciPy's sparse matrices), and objects in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from reliabel.core.short_repr import by_fields

MATRIX = ("L", "L_train", "weak_labels", "votes", "matrix", "lf", "labels_lf")
KNOWN = ("y", "Y", "label", "labels", "truth", "gold", "Y_gold")
FUNCTIONS, CLASSES = ("functions", "names", "lf_names"), ("classes", "class_names")
SUFFIXES = (".npy", ".npz")
ROWS = 2**16  # of a dense matrix that are looked at at a time


@dataclass(frozen=True, eq=False)
class LabelMatrix:
    """Votes of functions as they stand in a matrix: ``item``, ``function`` and ``value`` (v,) of
    each cell that says something, of ``shape`` items and functions; names and known classes where
    the file has them, and notes.
    """

    item: NDArray[Any]
    function: NDArray[Any]
    value: NDArray[Any]
    shape: tuple[int, int]
    functions: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    known: NDArray[Any] | None = None
    notes: tuple[str, ...] = ()

    __repr__ = by_fields


def is_one(source: Any) -> bool:
    """Whether a source is a matrix, by its name or its type."""
    if isinstance(source, str | Path):
        return Path(str(source)).suffix.lower() in SUFFIXES
    return _sparse(source) or (isinstance(source, np.ndarray) and source.ndim == 2)


def read(source: Any, silent: frozenset[int] = frozenset()) -> LabelMatrix:
    """The votes of a matrix.

    silent: further numbers that mean that a function says nothing.
    Raises ValueError for what is no matrix of whole numbers.
    """
    if not isinstance(source, str | Path):
        return _votes(source, "the matrix", {}, silent)
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        if path.suffix.lower() == ".npy":
            return _votes(np.load(path, mmap_mode="r"), path.name, {}, silent)
        with path.open("rb") as file, np.load(file) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        raise ValueError(
            f"{path.name} is no array that can be read ({error}); save it with numpy.save, "
            "numpy.savez or scipy.sparse.save_npz"
        ) from None
    if "format" in arrays and "data" in arrays:
        from scipy import sparse

        return _votes(sparse.load_npz(path), path.name, {}, silent)
    return _of_archive(arrays, path.name, silent)


def _of_archive(
    arrays: Mapping[str, NDArray[Any]], called: str, silent: frozenset[int]
) -> LabelMatrix:
    wide = [name for name, array in arrays.items() if array.ndim == 2]
    named = [name for name in MATRIX if name in wide]
    chosen = named[:1] or (wide if len(wide) == 1 else [])
    if not chosen:
        raise ValueError(
            f"{called}: which array is the matrix of votes? It holds {_listed(arrays)}; call it L, "
            "a row an item, a column a function, -1 where a function says nothing"
        )
    return _votes(arrays[chosen[0]], called, arrays, silent)


def _listed(arrays: Mapping[str, NDArray[Any]]) -> str:
    return ", ".join(f"{name!r} {array.shape}" for name, array in list(arrays.items())[:8])


def _sparse(value: Any) -> bool:
    return hasattr(value, "tocoo") and hasattr(value, "nnz")


def _votes(
    matrix: Any, called: str, beside: Mapping[str, NDArray[Any]], silent: frozenset[int]
) -> LabelMatrix:
    if getattr(matrix, "ndim", 0) != 2 or not all(matrix.shape):
        raise ValueError(
            f"{called} must have a row an item and a column a function, got shape "
            f"{getattr(matrix, 'shape', ())}"
        )
    if matrix.dtype.kind not in "iufb":
        raise ValueError(f"{called} must hold class numbers, got {matrix.dtype}")
    item, function, value, notes = (_stored if _sparse(matrix) else _cells)(matrix, called, silent)
    n, m = matrix.shape
    return LabelMatrix(
        item,
        function,
        value,
        (int(n), int(m)),
        _texts(beside, FUNCTIONS, m),
        _texts(beside, CLASSES, None),
        _known(beside, n),
        notes,
    )


def _cells(matrix: Any, called: str, silent: frozenset[int]) -> tuple[Any, Any, Any, Any]:
    """The cells of a dense matrix that say something, in blocks of rows."""
    parts = []
    for start in range(0, matrix.shape[0], ROWS):
        block = np.asarray(matrix[start : start + ROWS])
        speaks = block != -1
        if block.dtype.kind == "f":
            speaks &= ~np.isnan(block)
        for number in silent:
            speaks &= block != number
        row, column = np.nonzero(speaks)
        value = _whole(block[row, column], called)
        parts.append(((row + start).astype(np.int32), column.astype(np.int32), value))
    item, function, value = (np.concatenate(part) for part in zip(*parts, strict=True))
    full = len(value) == matrix.shape[0] * matrix.shape[1] and matrix.shape[1] > 1
    said = (
        f"no cell of {called} is -1, so that every function speaks of every item; where another "
        "number means that a function says nothing, name it with missing=['0']",
    )
    return item, function, value, said if full else ()


def _stored(matrix: Any, called: str, silent: frozenset[int]) -> tuple[Any, Any, Any, Any]:
    """The stored entries of a sparse matrix; what is not stored says nothing."""
    rows = matrix.tocsr().tocoo()
    value = _whole(rows.data, called)
    keep = ~np.isin(value, [-1, *silent])
    said = f"{called} is sparse: what it does not store is read as no vote"
    notes = [said]
    if (value == -1).any() and not (value == 0).any():
        if set(np.unique(value).tolist()) == {-1, 1}:
            keep[:] = True
            notes.append(f"{called} stores -1 and 1 alone, which are read as the two classes")
        else:
            notes.append(f"{int((value == -1).sum()):,} stored entries are -1 and say nothing")
    row, column = rows.row[keep].astype(np.int32), rows.col[keep].astype(np.int32)
    return row, column, value[keep], tuple(notes)


def _whole(value: NDArray[Any], called: str) -> NDArray[Any]:
    if value.dtype.kind == "f":
        odd = np.flatnonzero(~(value == np.floor(value)))
        if len(odd):
            raise ValueError(
                f"{called} must hold class numbers, got {value[odd[0]]!r:.20} among them; -1 or "
                "NaN means that a function says nothing"
            )
    return value.astype(np.int64)


def _texts(
    arrays: Mapping[str, NDArray[Any]], words: tuple[str, ...], size: int | None
) -> tuple[str, ...]:
    found = next((arrays[word] for word in words if word in arrays), None)
    if found is None or found.ndim != 1 or (size is not None and len(found) != size):
        return ()
    return tuple(map(str, found.tolist()))


def _known(arrays: Mapping[str, NDArray[Any]], n: int) -> NDArray[Any] | None:
    found = next((arrays[word] for word in KNOWN if word in arrays), None)
    return found if found is not None and found.shape == (n,) and found.dtype.kind in "iu" else None
