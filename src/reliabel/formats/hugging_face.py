"""Hugging Face data sets saved to disk: Arrow streams beside dataset_info.json, one folder a split
if there are several.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reliabel.formats.columns import Table, objects
from reliabel.formats.frames import of_frame


def is_one(folder: Path) -> bool:
    """Whether a folder is such a data set."""
    return (folder / "dataset_info.json").exists() or (folder / "dataset_dict.json").exists()


def read(folder: Path) -> Table:
    """The rows of all splits, with a column ``split`` if there are several; class labels get the
    names defined in the data set.
    """
    parts = _splits(folder)
    tables = [_whole(folder / part if part else folder) for part in parts]
    import pyarrow as pa

    whole = pa.concat_tables(tables) if len(tables) > 1 else tables[0]
    table = of_frame(whole, form="huggingface", what=folder.name)
    if len(parts) < 2:
        return table
    column = objects(
        [part for part, rows in zip(parts, tables, strict=True) for _ in range(rows.num_rows)]
    )
    notes = (f"splits from the folders {', '.join(parts)}",)
    return Table(
        {**table.columns, "split": column},
        {**table.kinds, "split": "text"},
        table.form,
        notes,
        names=table.names,
    )


def _splits(folder: Path) -> list[str]:
    listed = folder / "dataset_dict.json"
    if not listed.exists():
        return [""]
    splits: list[str] = json.loads(listed.read_text(encoding="utf-8")).get("splits", [])
    if not splits:
        raise ValueError(f"{listed} names no splits")
    return splits


def _whole(folder: Path) -> Any:
    import pyarrow as pa

    state = folder / "state.json"
    if state.exists():
        files = [
            folder / part["filename"]
            for part in json.loads(state.read_text(encoding="utf-8")).get("_data_files", [])
        ]
    else:
        files = sorted(folder.glob("*.arrow"))
    if not files:
        raise ValueError(f"{folder} says it is a data set but holds no .arrow file")
    tables = []
    for file in files:
        if not file.exists():
            raise ValueError(
                f"{folder} names {file.name}, which is not there; copy the whole folder"
            )
        with pa.memory_map(str(file)) as source:
            try:
                tables.append(pa.ipc.open_stream(source).read_all())
                tables[-1].validate(full=True)
            except (pa.ArrowException, OSError) as error:
                raise ValueError(
                    f"{file} is a broken Arrow file: {str(error).splitlines()[0]}"
                ) from None
    whole = pa.concat_tables(tables)
    if not whole.num_rows:
        raise ValueError(f"{folder} has columns ({', '.join(whole.column_names)}) and no rows")
    metadata = whole.schema.metadata or {}
    info = folder / "dataset_info.json"
    if b"huggingface" in metadata or not info.exists():
        return whole
    return whole.replace_schema_metadata(
        {
            **metadata,
            b"huggingface": json.dumps(
                {"info": json.loads(info.read_text(encoding="utf-8"))}
            ).encode(),
        }
    )


def of_object(source: Any) -> tuple[Table, Any]:
    """The rows of a data set in memory or a stream (which is read to its end), or of several splits
    of either with a column ``split``; and the Arrow table they stand in.

    Raises ValueError for a data set without rows, and for a stream whose rows Arrow cannot hold.
    """
    import pyarrow as pa

    parts = dict(source) if isinstance(source, Mapping) else {"": source}
    tables = {name: _arrow(part) for name, part in parts.items()}
    if not any(table.num_rows for table in tables.values()):
        raise ValueError(f"the {type(source).__name__} holds no rows")
    if len(tables) > 1:
        tables = {
            name: table.append_column("split", pa.array([name] * table.num_rows, pa.string()))
            for name, table in tables.items()
            if "split" not in table.column_names
        } or tables
    whole = pa.concat_tables(tables.values(), promote_options="default")
    table = of_frame(whole, form="huggingface", what=type(source).__name__)
    streams = [name for name, part in parts.items() if not hasattr(part, "__len__")]
    notes = [f"a stream was read to its end: {whole.num_rows:,} rows"] if streams else []
    notes += [f"splits: {', '.join(tables)}"] if len(tables) > 1 else []
    return replace(table, notes=(*table.notes, *notes)), whole


def _arrow(part: Any) -> Any:
    """The Arrow table of a data set or of a stream, with what the data set says of its columns."""
    import pyarrow as pa

    if hasattr(part, "__len__"):
        return part.with_format("arrow")[:]
    schema = getattr(getattr(part, "features", None), "arrow_schema", None)
    try:
        rows = [dict(row) for row in part]
        table = pa.Table.from_pylist(rows, schema=schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise ValueError(
            "the rows of the stream do not make a table "
            f"({str(error).splitlines()[0]:.80}); make a Dataset of it first: "
            "datasets.Dataset.from_list(list(stream))"
        ) from None
    return table
