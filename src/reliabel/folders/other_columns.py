"""The columns of an audited file that the audit did not use: they help people to judge an item."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import kind_for
from reliabel.core.labels import Ints
from reliabel.folders.items_file import COLUMN
from reliabel.folders.label_cells import file_rows, from_votes
from reliabel.folders.mended_tags import is_tagged


def other_columns(data: Dataset, items: Ints) -> dict[str, list[Any]]:
    """``column_NAME`` -> the cells of some items, for each column of the audited file that has no
    role in the audit; none where there is no such file any more, where it has changed since, where
    its rows are votes, or where it holds objects of pictures and no table.
    """
    if kind_for(data.labels).place is not None:
        return {}
    if is_tagged(data):  # whose fields of one value are the columns of its items
        known = data.evidence.get("columns") or {}
        return {f"{COLUMN}{name}": objects_at(held, items) for name, held in known.items()}
    if kind_for(data.labels).objects:  # whose file is no table
        return {}
    path, form = data.source.get("path"), data.source.get("form")
    if not path or form is None or from_votes(data) or not _is_same(Path(str(path)), data):
        return {}
    from reliabel.formats import tables
    from reliabel.formats.columns import listed, objects

    how: dict[str, Any] = {name: data.source.get(name) for name in ("encoding", "delimiter")}
    table = tables.read(Path(str(path)), **how)
    used, rows = _used(data), file_rows(data)[items]
    if len(rows) and int(rows.max()) >= table.rows:
        return {}
    return {
        f"{COLUMN}{name}": objects(listed(table.columns[name], kind))[rows].tolist()
        for name, kind in table.kinds.items()
        if name not in used and kind != "other"
    }


def objects_at(held: Any, items: Ints) -> list[Any]:
    """Some values of a column as plain values, None where there is none."""
    some = np.asarray(held, dtype=object)[items].tolist()
    return [None if one is None or one != one else one for one in some]


def _is_same(path: Path, data: Dataset) -> bool:
    from reliabel.formats.files import sha256_of

    return path.is_file() and sha256_of(path) == data.source.get("sha256")


def _used(data: Dataset) -> set[str]:
    """The columns with a role, and those that items.parquet shows already."""
    used: set[str] = set()
    for role in data.source.get("columns", {}).values():
        used |= {role} if isinstance(role, str) else set(map(str, role or ()))
    items = data.evidence.get("items")
    return used | (set(map(str, items)) if isinstance(items, dict) else set())
