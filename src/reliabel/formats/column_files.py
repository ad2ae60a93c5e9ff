"""Matrices in folders and at addresses, which stay where they lie: folders of Parquet, Arrow or
.npy files, and columns of lists in Parquet and Arrow files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from reliabel.formats.table_folder import ENDS, Folder, folder_of, listed
from reliabel.ops.addresses import address_of, name_of, opened
from reliabel.ops.row_files import RowFiles, arrow_table, holds_lists
from reliabel.ops.sources import ParquetMatrix

IN_MEMORY = 2**28  # bytes up to which a matrix is read at once: an audit passes over it many times


def near_enough(matrix: Any) -> Any:
    """A matrix of files as an array in memory where it is small; a larger one stays where it is."""
    size = int(np.prod(matrix.shape)) * matrix.dtype.itemsize
    return np.ascontiguousarray(matrix[:]) if size <= IN_MEMORY else matrix


def lists_at(place: Path | str, column: str) -> Any:
    """A column of lists of numbers at a path or an address as a matrix, which stays there if it is
    large; None where the files are of other formats or have no such column.
    """
    files = files_of(place)
    if files is None:
        return None
    form, places = files
    if not places or not _is_list(places[0], form, column):
        return None
    if form == "parquet" and len(places) == 1:
        return near_enough(ParquetMatrix(places[0], (column,)))
    return near_enough(RowFiles(form, places, (column,)))


def folder_matrix(source: Path | str) -> tuple[Any, Folder | None, str]:
    """The matrix in a folder of Parquet, Arrow or .npy files, the folder, and the column of lists
    that it is (empty where it is the number columns).

    Raises ValueError for a folder without such files.
    """
    folder = folder_of(source)
    if folder is None:
        every = listed(source) if isinstance(source, Path) else []
        arrays = [one.address for one in every if one.path.lower().endswith(".npy")]
        if arrays:
            return RowFiles("npy", arrays), None, ""
        raise ValueError(
            f"{name_of(str(source))} holds no Parquet, Arrow or .npy files; give a folder of them, "
            "or one file"
        )
    places = [one.address for one in folder.files]
    schema = schema_at(places[0], folder.form)
    lists = [name for name in schema.names if _holds_numbers(schema.field(name).type)]
    if len(lists) == 1:
        return RowFiles(folder.form, places, (lists[0],)), folder, lists[0]
    return RowFiles(folder.form, places), folder, ""


def schema_at(place: str, form: str) -> Any:
    """The schema of a Parquet or Arrow file, here or at an address."""
    import pyarrow.parquet as pq

    if form != "parquet":
        return arrow_table(place).schema
    address = address_of(place)
    if address is None:
        return pq.read_schema(place)
    system, path = opened(address)
    return pq.read_schema(path, filesystem=system)


def files_of(place: Path | str) -> tuple[str, list[str]] | None:
    """The form and the places of the files at a path or an address."""
    ends = Path(name_of(str(place))).suffix.lower()
    if isinstance(place, Path) and place.is_dir():
        folder = folder_of(place)
    elif ends in ENDS:
        return (ENDS[ends], [str(place)]) if isinstance(place, str) or place.is_file() else None
    elif isinstance(place, str) and not ends:
        folder = folder_of(place)
    else:
        return None
    return None if folder is None else (folder.form, [one.address for one in folder.files])


def _is_list(place: str, form: str, column: str) -> bool:
    import pyarrow as pa

    try:
        schema = schema_at(place, form)
    except (pa.ArrowException, OSError):  # whoever reads the table says what is wrong with it
        return False
    return column in schema.names and _holds_numbers(schema.field(column).type)


def _holds_numbers(kind: Any) -> bool:
    import pyarrow as pa

    if not holds_lists(kind):
        return False
    return bool(pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type))
