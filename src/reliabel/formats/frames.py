"""Parquet and Arrow (Feather) files, and tables of pandas, polars and pyarrow (through narwhals).

A library is imported only if the user's own table comes from it.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.class_order import order_in
from reliabel.core.columns import Coded, blank, plain_column
from reliabel.core.raw_labels import categories_of
from reliabel.formats.columns import Column, Table, distinct, objects, settled
from reliabel.ops.addresses import name_of
from reliabel.ops.row_files import arrow_table
from reliabel.ops.sources import parquet_file

KINDS = ("pandas", "polars", "pyarrow")


def kind_of(frame: Any) -> str | None:
    """The library that a table comes from; None if it is not a table."""
    if isinstance(frame, Mapping):
        return "dict"
    for name, table in (
        ("pandas", "DataFrame"),
        ("polars", "DataFrame"),
        ("polars", "LazyFrame"),
        ("pyarrow", "Table"),
    ):
        library = sys.modules.get(name)
        if library is not None and isinstance(frame, getattr(library, table)):
            return name
    return None


def read(path: Path, form: str) -> Table:
    """The table of a Parquet or an Arrow file."""
    return of_frame(whole(path, form), form=form, what=path.name)


def whole(path: Path | str, form: str, *, leave: Collection[str] = (), empty: bool = False) -> Any:
    """The pyarrow table of a file, as it is.

    path: also the address of a file that lies elsewhere.  leave: columns that are not read.
    empty: whether there may be no rows.
    """
    import pyarrow as pa

    name = name_of(str(path))
    try:
        table = (_parquet if form == "parquet" else _arrow)(str(path), leave)
        table.validate(full=True)  # a damaged file may hold offsets that point nowhere
    except (pa.ArrowException, OSError) as error:
        raise ValueError(
            f"{name} is a broken {'Parquet' if form == 'parquet' else 'Arrow'} file: "
            f"{str(error).splitlines()[0]}; was it cut short?"
        ) from None
    if not (table.num_rows or empty):
        raise ValueError(f"{name} has columns ({', '.join(table.column_names)}) and no rows")
    return table


def _parquet(place: str, leave: Collection[str]) -> Any:
    file = parquet_file(place)
    if not leave:
        return file.read()
    return file.read(columns=[name for name in file.schema_arrow.names if name not in leave])


def _arrow(place: str, leave: Collection[str]) -> Any:
    table = arrow_table(place)
    return table.drop_columns([name for name in leave if name in table.column_names])


def of_frame(frame: Any, *, form: str | None = None, what: str = "the table") -> Table:
    """The columns of a pandas, polars or pyarrow table, or of a mapping from names to columns."""
    kind = kind_of(frame)
    if kind == "dict":
        return _of_mapping(frame)
    names = [
        str(name)
        for name in (
            frame.column_names
            if kind == "pyarrow"
            else frame.collect_schema().names()
            if _lazy(frame)
            else frame.columns
        )
    ]
    distinct(names, what)
    import narwhals as nw

    table: Any = nw.from_native(frame.collect() if _lazy(frame) else frame, eager_only=True)
    if not len(table):
        raise ValueError(f"{what} has columns ({', '.join(names)}) and no rows")
    found = {
        name: _column(table.get_column(column))
        for name, column in zip(names, table.columns, strict=True)
    }
    columns: dict[str, Column] = {name: values for name, (_, values) in found.items()}
    whole = frame.collect() if _lazy(frame) else frame
    return Table(
        columns,
        {name: kind for name, (kind, _) in found.items()},
        form or kind or "frame",
        names=coded(frame) if kind == "pyarrow" else {},
        classes=_categories(whole, kind),
        ordered=_ordered(whole, kind),
    )


def to_frame(columns: Mapping[str, Any], kind: str) -> Any:
    """Columns as a table of the library ``kind``; pyarrow if it is none of the three."""
    if kind == "pandas":
        import pandas as pd

        return pd.DataFrame({name: _listed(values) for name, values in columns.items()})
    import pyarrow as pa

    table = pa.table({name: as_arrow(values, name) for name, values in columns.items()})
    if kind == "polars":
        import polars as pl

        return pl.from_arrow(table)
    return table


def as_arrow(values: Any, name: str = "") -> Any:
    """A pyarrow array of a column; mixed values become text, rows of numbers become lists."""
    import pyarrow as pa

    if isinstance(values, Coded):
        names = pa.array(list(values.names), pa.string())
        code = np.asarray(values.code, dtype=np.int64)
        return pa.DictionaryArray.from_arrays(
            pa.array(code, mask=code < 0), names
        ).dictionary_decode()
    if isinstance(values, np.ndarray) and values.ndim == 2:
        return _lists(values)
    if isinstance(values, np.ma.MaskedArray):
        return pa.array(values.data, mask=np.ma.getmaskarray(values))
    plain = values if isinstance(values, np.ndarray) and values.dtype != object else list(values)
    try:
        return pa.array(plain, from_pandas=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else str(value) for value in plain], pa.string())


def _lists(values: Any) -> Any:
    """A pyarrow array of lists, one a row; a row without any value is missing."""
    import pyarrow as pa

    none = blank(values)
    rest = values[~none]
    flat = pa.array(np.ma.getdata(rest).ravel(), mask=np.ma.getmaskarray(rest).ravel())
    starts = np.concatenate([[0], np.cumsum(np.where(none, 0, values.shape[1]))])
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32(), mask=np.r_[none, False]), flat)


def write(path: Path, table: Any, form: str, *, like: Path | None = None) -> None:
    """Write a pyarrow table as Parquet or Arrow; Parquet is compressed as the file ``like``."""
    import pyarrow.feather
    import pyarrow.parquet

    if form == "parquet":
        words = {} if like is None else _packing(like)
        pyarrow.parquet.write_table(table, path, **words)
    else:
        pyarrow.feather.write_feather(table, path, compression="uncompressed")


def _packing(path: Path) -> dict[str, Any]:
    """How a Parquet file is compressed, and the size of its row groups."""
    import pyarrow.parquet

    known = pyarrow.parquet.ParquetFile(path).metadata
    if not known.num_row_groups or not known.row_group(0).num_columns:
        return {}
    first = known.row_group(0)
    codec = first.column(0).compression.lower()
    codecs = {"uncompressed": "none", "lz4_raw": "lz4"}
    return {"compression": codecs.get(codec, codec), "row_group_size": max(first.num_rows, 1)}


def replaced(table: Any, change: Mapping[int, Mapping[str, Any]], drop: Collection[int]) -> Any:
    """A pyarrow table with some cells replaced and some rows removed; the schema is kept if the
    values allow it.
    """
    import pyarrow as pa

    for name in dict.fromkeys(name for cells in change.values() for name in cells):
        place = table.schema.get_field_index(name)
        field = table.schema.field(place)
        values = table.column(name).to_pylist()
        for row, cells in change.items():
            values[row] = cells.get(name, values[row])
        split = pa.types.is_integer(field.type) and any(map(_is_fraction, values))
        try:
            column = as_arrow(values) if split else pa.array(values, field.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # the new label does not fit the old type
            column = as_arrow(values)
        field = field.with_type(column.type)
        table = table.set_column(place, field, column)
    return table.take([row for row in range(table.num_rows) if row not in drop]) if drop else table


def _of_one_type(values: Any) -> list[Any]:
    """Whole numbers as floats where some have become fractions."""
    listed = list(values)
    numbers = all(value is None or isinstance(value, int | float) for value in listed)
    if not (numbers and any(map(_is_fraction, listed))):
        return listed
    return [None if value is None else float(value) for value in listed]


def _is_fraction(value: Any) -> bool:
    return isinstance(value, float) and not value.is_integer()


def mended(table: Any, labels: Mapping[str, Any], keep: Any) -> Any:
    """A pandas, polars or pyarrow table with some columns replaced and only the rows of ``keep``;
    types are kept if the values allow it.
    """
    import narwhals as nw

    frame: Any = nw.from_native(table.collect() if _lazy(table) else table, eager_only=True)
    by_text = {str(name): name for name in frame.columns}
    for name, values in labels.items():
        column = by_text[name]
        fresh = nw.new_series(column, _of_one_type(values), backend=frame.implementation)
        frame = frame.with_columns(_like(fresh, frame.get_column(column).dtype))
    return frame.filter(np.asarray(keep).tolist()).to_native()


def _like(series: Any, dtype: Any) -> Any:
    import pyarrow as pa

    if dtype.is_integer() and series.dtype.is_float() and not (series == series.round()).all():
        return series  # numbers that are no longer whole
    try:
        return series.cast(dtype)
    except (
        ValueError,
        TypeError,
        pa.ArrowInvalid,
        pa.ArrowNotImplementedError,
    ):  # a new class does not fit the old type
        return series


def _column(series: Any) -> tuple[str, Column]:
    import narwhals as nw

    dtype = series.dtype
    if isinstance(dtype, nw.Datetime | nw.Date):
        if isinstance(dtype, nw.Datetime) and dtype.time_zone is not None:
            series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return "date", np.array(series.to_numpy(), dtype="datetime64[us]")
    if isinstance(dtype, nw.Float32 | nw.Float64):
        return "decimal", np.array(
            series.to_numpy(), dtype=np.float32 if isinstance(dtype, nw.Float32) else float
        )
    if dtype.is_integer() and not series.null_count():
        return "integer", np.array(series.to_numpy())
    return settled(series.to_list())


def _of_mapping(columns: Mapping[Any, Any]) -> Table:
    found = {str(name): settled(_sequence(values, str(name))) for name, values in columns.items()}
    sizes = {name: len(values) for name, (_, values) in found.items()}
    if len(set(sizes.values())) > 1:
        raise ValueError(
            "columns must have one length, got "
            f"{', '.join(f'{name} {size}' for name, size in list(sizes.items())[:6])}"
        )
    if not found or not next(iter(sizes.values())):
        raise ValueError("the mapping holds no rows; give at least one column with values")
    return Table(
        {name: values for name, (_, values) in found.items()},
        {name: kind for name, (kind, _) in found.items()},
        "dict",
        classes={
            str(name): held[1]
            for name, values in columns.items()
            if (held := _names_of(values)) is not None
        },
        ordered=[str(name) for name, values in columns.items() if order_in(values) is not None],
    )


def _sequence(values: Any, name: str) -> Any:
    if hasattr(values, "detach"):  # a torch tensor; its library is there already
        values = values.detach().cpu().numpy()
    if isinstance(values, np.ndarray):
        return values if values.ndim == 1 else objects(list(values))
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise ValueError(
            f"column {name!r} must hold one value per row, got {type(values).__name__} "
            f"{values!r:.40}"
        )
    return list(values)


def _categories(frame: Any, kind: str | None) -> dict[str, tuple[str, ...]]:
    """The categories of columns that have such, by name."""
    held = {name: _names_of(column) for name, column in _each(frame, kind)}
    return {name: found[1] for name, found in held.items() if found is not None}


def _ordered(frame: Any, kind: str | None) -> list[str]:
    """The columns whose categories are ordered."""
    return [name for name, column in _each(frame, kind) if order_in(column) is not None]


def _each(frame: Any, kind: str | None) -> Iterator[tuple[str, Any]]:
    names = frame.column_names if kind == "pyarrow" else list(frame.columns)
    for place, name in enumerate(names):
        yield str(name), frame.iloc[:, place] if kind == "pandas" else frame[name]


def _names_of(column: Any) -> Any:
    """What ``categories_of`` says; None for categories that are no classes, such as 1.5: a column
    of them may describe the items, and is refused where it is named as the label.
    """
    try:
        return categories_of(column)
    except ValueError:
        return None


def coded(table: Any) -> dict[str, tuple[str, ...]]:
    """Class names of the columns that a Hugging Face data set stores as codes."""
    import json

    raw = (table.schema.metadata or {}).get(b"huggingface")
    features = json.loads(raw).get("info", {}).get("features", {}) if raw else {}
    return {
        name: tuple(known["names"])
        for name, what in features.items()
        if isinstance(known := _element(what), dict) and known.get("_type") == "ClassLabel"
    }


def _element(what: Any) -> Any:
    """What the lists of a column of lists hold, in each way that Hugging Face has written it; of
    other columns what they are.
    """
    if isinstance(what, list) and len(what) == 1:
        return what[0]
    lists = isinstance(what, dict) and what.get("_type") in ("Sequence", "List", "LargeList")
    return what.get("feature") if lists else what


def _lazy(frame: Any) -> bool:
    return type(frame).__name__ == "LazyFrame"


def _listed(values: Any) -> Any:
    return plain_column(values) if isinstance(values, np.ndarray | Coded) else list(values)
