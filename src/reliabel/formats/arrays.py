"""Matrices of numbers from files (.npy, .npz, Parquet, CSV, tensors, sparse) and from memory.

.npy and Parquet files are not loaded; they are read in blocks where they are used.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np

from reliabel.formats import frames, number_text
from reliabel.formats.files import copied, form_of, head_of
from reliabel.formats.matrix_columns import Matrix, floats, of_table, without_row_numbers
from reliabel.formats.packed import unpacked
from reliabel.ops.addresses import name_of

TENSORS = (".pt", ".pth", ".safetensors")
SPARSE = {"csr", "csc", "coo", "bsr", "dia"}


def read(path: Path, what: str, rows: int | None = None) -> Matrix:
    """The matrix in a file, with column names if the file has them (.npz with ``names``, Parquet,
    CSV and other tables).

    what: "probs" or "features", for messages.  rows: how many items there are, where it is known:
        it tells whether a first line of numbers is a header.
    """
    if path.suffix.lower() in TENSORS:
        from reliabel.formats import tensor_files

        return of_memory(tensor_files.read(path, what), what, path.name)
    if path.suffix.lower() == ".npz":
        return _of_plain(path, what, rows)
    with unpacked(path) as (plain, _):
        return _of_plain(plain, what, rows)


def read_folder(source: Path | str, what: str, rows: int | None = None) -> Matrix:
    """The matrix in a folder of Parquet, Arrow or .npy files, or at an address, which stays where
    it lies; a file of another format at an address is read as a whole.
    """
    from reliabel.formats import column_files
    from reliabel.formats.table_folder import ENDS

    name, end = name_of(str(source)), Path(name_of(str(source))).suffix.lower()
    if isinstance(source, str) and end and end not in ENDS:
        with copied(source) as copy:
            found = read(copy, what, rows)
            return replace(found, values=np.array(found.values))  # the copy goes
    matrix, folder, column = column_files.folder_matrix(source)
    notes = () if folder is None or len(folder.files) == 1 else folder.notes
    near = column_files.near_enough
    if column:
        said = f"{name}: the features are column {column!r}"
        return Matrix(near(matrix), notes=(*notes, said))
    if folder is None or matrix.columns is None:
        return _bare(near(matrix), name)
    found = without_row_numbers(Matrix(matrix, matrix.columns), name)
    return replace(found, values=near(found.values), notes=(*notes, *found.notes))


def _of_plain(path: Path, what: str, rows: int | None) -> Matrix:
    form = form_of(path)
    if form == "npy":
        return _bare(floats(_npy(path), path.name, what), path.name)
    if form == "npz":
        return _npz(path, what)
    if form == "parquet":
        return _parquet(path, what)
    if form in ("csv", "tsv"):
        numbers = number_text.read(path, what, rows)
        if numbers is not None:
            return _bare(numbers, path.name)
    elif form == "json" and (listed := _listed(path)) is not None:
        return of_memory(listed, what, path.name)
    from reliabel.formats import tables

    return of_table(tables.read(path), what, path.name)


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
    return np.asarray(read(place, "matrix").values)


def of_memory(value: Any, what: str, called: str) -> Matrix:
    """The matrix of an object in memory: an array, a tensor, a sparse matrix, a table of another
    library, a mapping from names to columns, or a list of rows; sources that stay on disk are
    returned as they are.
    """
    if frames.kind_of(value) is not None:
        return of_table(frames.of_frame(value), what, called)
    if hasattr(value, "toarray") and hasattr(value, "nnz"):
        from reliabel.formats import sparse_matrix

        return sparse_matrix.dense(value, what, called)
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict | list):
        value = _of_records(value)
        if isinstance(value, dict):
            return of_table(frames.of_frame(value), what, called)
    plain = array(value, called)
    names = getattr(getattr(plain, "dtype", None), "names", None)
    if names:  # what numpy.genfromtxt(names=True) makes
        columns = {name: np.asarray(plain[name]) for name in names}
        return of_table(frames.of_frame(columns), what, called)
    return _bare(floats(plain, called, what), called)


def array(value: Any, what: str) -> Any:
    """An array of an object in memory that has no column names; sources stay as they are."""
    if isinstance(value, list | tuple) and value and hasattr(value[0], "detach"):
        value = [_of_tensor(one) for one in value]
    value = _of_tensor(value)
    if hasattr(value, "get") and hasattr(value, "__cuda_array_interface__"):
        value = value.get()
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if isinstance(value, np.ma.MaskedArray):
        value = np.ma.filled(value.astype(float), np.nan)
    if isinstance(value, np.matrix):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray) and not (
        getattr(value, "ndim", 0) == 2 and hasattr(value, "dtype")
    ):
        value = list(value) if hasattr(value, "__next__") else value
        try:
            value = np.asarray(value)
        except ValueError as ragged:
            raise ValueError(
                f"{what} must hold rows of one length; its rows differ in length"
            ) from ragged
    if value.dtype == object:
        value = _numbers_of(value, what)
    return value


def _bare(values: Any, called: str) -> Matrix:
    return without_row_numbers(Matrix(values), called)


def _of_tensor(value: Any) -> Any:
    """A tensor of torch, or of what behaves like it, as an array; its library is there already."""
    if hasattr(value, "detach"):
        value = value.detach()
        value = value.cpu() if hasattr(value, "cpu") else value
        if hasattr(value, "to_dense") and "strided" not in str(getattr(value, "layout", "strided")):
            value = value.to_dense()
        if str(getattr(value, "dtype", "")) in ("torch.bfloat16", "torch.float16"):
            value = value.float()
    if hasattr(value, "numpy") and not isinstance(value, np.ndarray):
        value = value.numpy()
    return value


def _numbers_of(value: Any, what: str) -> Any:
    """An object array of numbers and None, or of lists of them, as floats."""
    first = value.ravel()[0] if value.size else None
    if value.ndim == 1 and hasattr(first, "__len__") and not isinstance(first, str | dict):
        return array([list(row) for row in value], what)
    try:
        return np.array([np.nan if v is None else v for v in value.ravel()], float).reshape(
            value.shape
        )
    except (TypeError, ValueError):
        odd = next((v for v in value.ravel() if not isinstance(v, int | float | None)), None)
        raise ValueError(
            f"{what} must hold numbers, the same count in each row, got {odd!r:.60} among them"
        ) from None


def _of_records(value: Any) -> Any:
    """Records as a mapping from names to columns: {class: score} an item, or a list of {label,
    score} an item as text classifiers give it; anything else as it is.
    """
    pairs = {"label", "score"}
    if all(isinstance(row, list) and row and isinstance(row[0], dict) for row in value) and all(
        isinstance(one, dict) and pairs <= set(one) for row in value for one in row
    ):
        value = [{str(one["label"]): one["score"] for one in row} for row in value]
    if not all(isinstance(row, dict) for row in value):
        return value
    names = list(dict.fromkeys(str(name) for row in value for name in row))
    return {name: [row.get(name, np.nan) for row in value] for name in names}


def _listed(path: Path) -> Any:
    """The rows of a JSON file that holds a list of lists or of {label, score}; None for others."""
    head = head_of(path).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.startswith(b"[") or not head[1:].lstrip().startswith(b"["):
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"{path.name} is broken JSON: {error}") from None


def _parquet(path: Path, what: str) -> Matrix:
    """The number columns of a Parquet file, or its one column of lists."""
    import pyarrow as pa
    import pyarrow.parquet

    from reliabel.ops.sources import ParquetMatrix

    try:
        schema = pyarrow.parquet.read_schema(path)
    except (pa.ArrowException, OSError):
        ParquetMatrix(path)  # says what is wrong
        raise
    kinds = dict(zip(schema.names, schema.types, strict=True))
    lists = [name for name, kind in kinds.items() if _lists_numbers(kind)]
    plain = all(pa.types.is_floating(k) or pa.types.is_integer(k) for k in kinds.values())
    if len(lists) == 1 and what == "features":
        rest = tuple(name for name in kinds if name != lists[0])
        notes = (f"{path.name}: the features are column {lists[0]!r}",) if rest else ()
        return Matrix(ParquetMatrix(path, (lists[0],)), notes=notes)
    if lists and len(kinds) == 1:
        return Matrix(ParquetMatrix(path))
    if plain:
        matrix = ParquetMatrix(path)
        return without_row_numbers(Matrix(matrix, matrix.columns), path.name)
    return of_table(frames.read(path, "parquet"), what, path.name)


def _lists_numbers(kind: Any) -> bool:
    import pyarrow as pa

    listed = pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind)
    if not (listed or pa.types.is_large_list(kind)):
        return False
    return bool(pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type))


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


def _npz(path: Path, what: str) -> Matrix:
    head_of(path)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            keys = list(archive.files)
            if {"format", "shape", "data"} <= set(keys):  # of scipy.sparse.save_npz
                return _sparse(path, what)
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
            matrix = floats(archive[key], f"{path.name}, {key}")
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
    return without_row_numbers(Matrix(matrix, names), path.name)


def _sparse(path: Path, what: str) -> Matrix:
    from scipy.sparse import load_npz

    return of_memory(load_npz(path), what, path.name)


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
