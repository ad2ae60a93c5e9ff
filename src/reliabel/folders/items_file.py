"""items.parquet: the items of an audit as text, so that a review can show them when the input has
moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.drawn import shows_pictures
from reliabel.core.words import Words

COLUMN = "column_"  # before the name of each column of a table
WORDS = "words"  # the column of items that are words


def item_rows(data: Dataset, some: Sequence[int] | None = None) -> dict[str, Any]:
    """The columns of items.parquet: ``id``, and ``text``, ``picture`` (a path; pictures given as
    bytes stay in the data set they came from) or one ``column_NAME`` for each column of a table.

    some: the items wanted, in this order; None: all.
    """
    items = data.evidence.get("items")
    wanted = range(len(data.labels)) if some is None else some
    rows: dict[str, Any] = {"id": [data.ids.item(i) for i in wanted]}
    if some is not None and items is not None:
        items = _picked(items, some)
    if isinstance(items, Mapping):
        rows |= {f"{COLUMN}{name}": _texts(values) for name, values in items.items()}
    elif items is not None and (shows_pictures(data) or _are_pixels(items)):
        rows["picture"] = [str(item) if isinstance(item, str | Path) else None for item in items]
    elif items is not None:
        rows["text"] = [str(item) for item in items]
    return rows


def items_table(data: Dataset) -> dict[str, Any]:
    """All columns of items.parquet: those of ``item_rows``, and ``words``, a list of words an item,
    where the items are words.
    """
    rows, items = item_rows(data), data.evidence.get("items")
    if isinstance(items, list) and items and all(isinstance(item, Words) for item in items):
        rows[WORDS] = list(map(list, items))
    return rows


def _picked(items: Any, some: Sequence[int]) -> Any:
    """Some of the items of a data set."""
    if isinstance(items, Mapping):
        return {name: _picked(values, some) for name, values in items.items()}
    return items[np.asarray(some)] if isinstance(items, np.ndarray) else [items[i] for i in some]


def read_items(file: BinaryIO, form: str | None) -> dict[str, Any]:
    """The evidence ``items`` as items.parquet has it; ``form`` is "columns" for a table, "list" for
    texts or pictures, None where the audit had no items.
    """
    import pyarrow.parquet as pq

    if form is None:
        return {}
    table = pq.read_table(file)
    names = table.column_names
    if form == "columns":
        columns = [name for name in names if name.startswith(COLUMN)]
        return {"items": {name.removeprefix(COLUMN): table[name].to_pylist() for name in columns}}
    if WORDS in names:
        return {"items": list(map(Words, table[WORDS].to_pylist()))}
    return {"items": table[next(name for name in names if name != "id")].to_pylist()}


def _are_pixels(items: Any) -> bool:
    """Whether items are pictures as one array, of which text would be no use."""
    return isinstance(items, np.ndarray) and items.ndim >= 3


def _texts(values: Any) -> list[str | None]:
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return _dates(np.datetime_as_string(values).tolist())
    cells = values.tolist() if isinstance(values, np.ndarray) else values
    return [None if v is None or v != v else str(v) for v in cells]


def _dates(texts: list[str]) -> list[str | None]:
    """ISO times, without the time of day where all of them are at midnight."""
    dates = all(text == "NaT" or text.endswith("T00:00:00") for text in texts)
    return [None if text == "NaT" else text[:10] if dates else text for text in texts]
