"""A table of items whose truth is known, for votes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.formats.tables import read


def gold_of(path: str | Path, data: Dataset, *, notes: list[str] | None = None) -> Any:
    """(n,) class names of items whose truth the table gives (with the columns of the votes), None
    elsewhere.

    notes: a list to which a note about gold items without votes is appended.
    """
    roles = data.source.get("columns", {})
    table = read(Path(path))
    names = [roles.get("item", "item"), roles.get("label", "label")]
    for name in names:
        if name not in table.columns:
            raise ValueError(
                f"{path} has no column {name!r}; the gold table names item and label as the votes "
                f"do; its columns: {', '.join(table.columns)}"
            )
    known: dict[str, Any] = {}
    for item, value in zip(map(str, table.written(names[0])), table.written(names[1]), strict=True):
        if known.setdefault(item, value) != value and value == value:
            raise ValueError(
                f"{path} says both {known[item]!r} and {value!r} of item {item!r}; the truth of an "
                "item is one label: leave one row"
            )
    votes: Any = data.labels
    gold = [known.get(data.ids.item(i)) for i in range(votes.n)]
    if not any(value is not None for value in gold):
        raise ValueError(
            f"{path} names no item that was voted on; items are called {data.ids.item(0)!r}, ..."
        )
    idle = len(known) - sum(value is not None for value in gold)
    if idle and notes is not None:
        notes.append(
            f"{Path(path).name}: {idle:,} of {len(known):,} gold "
            f"item{'' if len(known) == 1 else 's'} have no vote and are left out"
        )
    return np.array(gold, dtype=object)
