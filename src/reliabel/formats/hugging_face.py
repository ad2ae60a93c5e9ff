"""Hugging Face data sets saved to disk: Arrow streams beside dataset_info.json, one folder a split
if there are several.
"""

from __future__ import annotations

import json
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
