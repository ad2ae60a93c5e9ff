"""WRENCH's JSON of weak supervision, read as a long table of votes.

The format is {id: {"label": truth, "weak_labels": [class or -1, ...], "data": {...}}}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.formats.columns import Table, settled
from reliabel.formats.files import encoding_of
from reliabel.formats.json_text import Rows, records_of

FORM = "wrench"
ROLES = {name: name for name in ("item", "worker", "label")}


def recognises(records: Rows) -> bool:
    """Whether records hold weak labels."""
    return any("weak_labels" in record for record in records)


def read(path: Path, *, question: str | None = None, encoding: str | None = None) -> Table:
    """The votes: item, worker (the number of the labelling function), label, truth (if the file has
    it), and text if the data has it.

    question: not used, the functions answer one question.
    """
    found_records = records_of(path, encoding_of(path, encoding))
    key = found_records.key if found_records.shape == "keyed" else "id"
    records: Mapping[str, Mapping[str, Any]] = {
        str(record.get(key, place)): record for place, record in enumerate(found_records.rows)
    }
    if not all(isinstance(r.get("weak_labels"), list) for r in records.values()):
        raise ValueError(
            f"{path.name} is no WRENCH file: an object of records with weak_labels is wanted"
        )
    for name, record in records.items():
        odd = next((v for v in record["weak_labels"] if _is_no_class(v)), 0)
        if _is_no_class(odd):
            raise ValueError(
                f"{path.name}: the weak labels of record {name!r} hold {odd!r:.40}; wanted are "
                "class numbers, -1 where a function abstains"
            )
    sizes = {len(record["weak_labels"]) for record in records.values()}
    if len(sizes) != 1:
        raise ValueError(
            f"{path.name}: records hold {min(sizes, default=0)} to {max(sizes, default=0)} weak "
            "labels; each function needs its place in all of them"
        )
    rows = [
        (str(name), str(j), label, record.get("label"), _text(record.get("data")))
        for name, record in records.items()
        for j, label in _votes(record["weak_labels"])
    ]
    if all(row[2] is None for row in rows):
        raise ValueError(f"{path.name} holds no vote: every function abstains everywhere")
    item, worker, label, truth, text = zip(*rows, strict=True)
    found = {
        "item": ("text", np.array(item, dtype=object)),
        "worker": ("text", np.array(worker, dtype=object)),
        "label": settled(label),
    }
    found |= {
        name: settled(values)
        for name, values in (("truth", truth), ("text", text))
        if any(value is not None for value in values)
    }
    bare = sum(one is None for one in label)
    notes = (
        f"{path.name} is a WRENCH file: {len(rows) - bare:,} votes of {max(sizes):,} functions on "
        f"{len(records):,} items",
        f"{bare:,} items no function speaks of; they are kept, without a vote",
    )
    return Table(
        {name: values for name, (_, values) in found.items()},
        {name: kind for name, (kind, _) in found.items()},
        FORM,
        notes[: 1 + (bare > 0)],
        roles=ROLES,
    )


def _votes(weak: Sequence[Any]) -> list[tuple[int, int | None]]:
    """The functions that speak of an item and their classes; an item that none speaks of keeps a
    row without a class, so that it is not lost.
    """
    said: list[tuple[int, int | None]] = [(j, int(c)) for j, c in enumerate(weak) if c != -1]
    return said or [(0, None)]


def _is_no_class(value: Any) -> bool:
    return isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0


def _text(data: Any) -> Any:
    return data.get("text") if isinstance(data, dict) else None
