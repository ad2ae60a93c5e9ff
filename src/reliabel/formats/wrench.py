"""WRENCH's JSON of weak supervision, read as a long table of votes.

The format is {id: {"label": truth, "weak_labels": [class or -1, ...], "data": {...}}}.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from reliabel.formats.columns import Table, settled
from reliabel.formats.files import encoding_of


def is_one(path: Path) -> bool:
    """Whether the file looks like WRENCH's JSON."""
    if path.suffix.lower() != ".json":
        return False
    with path.open("rb") as file:
        head = file.read(65536).lstrip()
    return head.startswith(b"{") and b'"weak_labels"' in head


def read(path: Path) -> Table:
    """The votes: item, worker (the number of the labelling function), label, truth (if the file has
    it), and text if the data has it.
    """
    records = json.loads(path.read_text(encoding=encoding_of(path, None)))
    if not isinstance(records, dict) or not all(
        isinstance(r, dict) and isinstance(r.get("weak_labels"), list) for r in records.values()
    ):
        raise ValueError(
            f"{path.name} is no WRENCH file: an object of records with weak_labels is wanted"
        )
    sizes = {len(record["weak_labels"]) for record in records.values()}
    if len(sizes) != 1:
        raise ValueError(
            f"{path.name}: records hold {min(sizes, default=0)} to {max(sizes, default=0)} weak "
            "labels; each function needs its place in all of them"
        )
    rows = [
        (str(name), str(j), int(label), record.get("label"), (record.get("data") or {}).get("text"))
        for name, record in records.items()
        for j, label in enumerate(record["weak_labels"])
        if label != -1
    ]
    if not rows:
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
    bare = len(records) - len(set(item))
    notes = (
        f"{path.name} is a WRENCH file: {len(rows):,} votes of {max(sizes):,} functions on "
        f"{len(records):,} items",
        f"{bare:,} items no function speaks of",
    )
    return Table(
        {name: values for name, (_, values) in found.items()},
        {name: kind for name, (kind, _) in found.items()},
        "json",
        notes[: 1 + (bare > 0)],
    )
