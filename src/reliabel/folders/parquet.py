"""Columns as Parquet files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reliabel.folders.atomic import writing


def write_table(path: Path, columns: Mapping[str, Any]) -> None:
    """Write columns of equal length as the table ``path``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with writing(path) as part:
        pq.write_table(pa.table(dict(columns)), part)
