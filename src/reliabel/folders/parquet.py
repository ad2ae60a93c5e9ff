"""Columns as Parquet files, whole or in blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reliabel.folders.atomic import writing


def write_table(
    path: Path, columns: Mapping[str, Any], metadata: Mapping[bytes, bytes] | None = None
) -> None:
    """Write columns of equal length as the table ``path``; ``metadata`` goes into its schema."""
    import pyarrow.parquet as pq

    table = _table(columns)
    if metadata:
        table = table.replace_schema_metadata(dict(metadata))
    with writing(path) as part:
        pq.write_table(table, part)


def write_blocks(path: Path, blocks: Iterable[Mapping[str, Any]]) -> None:
    """Write blocks of columns one after another, each as a row group of the table ``path``; the
    first block says the types.
    """
    import pyarrow.parquet as pq

    rest = iter(blocks)
    first = _table(next(rest))
    with writing(path) as part, pq.ParquetWriter(part, first.schema) as file:
        file.write_table(first)
        for block in rest:
            file.write_table(_table(block).cast(first.schema))


def _table(columns: Mapping[str, Any]) -> Any:
    import pyarrow as pa

    from reliabel.formats.frames import as_arrow

    return pa.table({name: as_arrow(values, name) for name, values in columns.items()})
