"""Some rows of a data set, drawn at random."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.evidence import EVIDENCE


def sampled(data: Dataset, rows: int, seed: int) -> Dataset:
    """A random sample of rows in their order; items without ids get their row number as id."""
    n = len(data.labels)
    if rows < 1:
        raise ValueError(f"rows must be at least 1, got {rows}")
    if rows >= n:
        return data
    index = np.sort(np.random.default_rng(seed).choice(n, rows, replace=False))
    ids = Ids([data.ids.item(row) for row in index.tolist()])
    notes = [
        *data.source.get("notes", ()),
        f"{rows:,} of {n:,} rows, drawn at random with seed {seed}",
    ]
    evidence = {
        name: _taken(value, index) if EVIDENCE[name].has_rows else value
        for name, value in data.evidence.items()
    }
    of_file = data.source.get("row")  # items may be some of the records of a file
    row = index if of_file is None else np.asarray(of_file)[index]
    return Dataset(
        data.labels.take(index), evidence, ids, {**data.source, "notes": notes, "row": row}
    )


def _taken(value: Any, index: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: part[index] for name, part in value.items()}
    if isinstance(value, list):
        return [value[row] for row in index.tolist()]
    record = hasattr(value, "take") and not hasattr(value, "dtype")
    return value.take(index) if record else value[index]
