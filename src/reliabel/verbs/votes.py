"""Votes from a long table: one row is what one worker said of one item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Bools, Ints, Numbers, Votes
from reliabel.verbs.facts import Opened, about, facts_of, matrix_of, probs_of, same_rows
from reliabel.verbs.labelled import labels_of
from reliabel.verbs.roles import Roles, present


def opened_votes(source: Any) -> Opened | None:
    """The long table of an export that says itself who voted (Label Studio, Prodigy, WRENCH); None for any other source."""
    from reliabel.formats import label_studio, prodigy, wrench

    path = Path(source) if isinstance(source, str | Path) else None
    if path is None or not path.is_file():
        return None
    form = next((form for form in (label_studio, prodigy, wrench) if form.is_one(path)), None)
    return None if form is None else Opened(form.read(path), path, "pyarrow")


def votes(opened: Any, words: Mapping[str, Any], *, kind: str, duplicates: str, missing: Sequence[str], features: Any = None, probs: Any = None) -> Dataset:
    """The votes of a long table; items and workers are numbered as they first appear, and their names stand in the ids.

    A row without a label is an abstention: its item and worker count, its vote does not.
    """
    table = opened.table
    if not isinstance(words["worker"], str | None):
        from reliabel.formats.votes_wide import long

        item_name = None if words["item"] is None else present(table, words["item"], "item")
        table = long(table, item=item_name, workers=list(words["worker"]))
        opened, words = replace(opened, table=table), {**words, "item": "item", "worker": "worker", "label": "label"}
    for role in ("item", "worker", "label"):
        if words[role] is None:
            raise ValueError(f"votes need the columns item, worker and label; {role} is not given (--{role})")
    item_column, worker_column, label_column = (present(table, words[role], role) for role in ("item", "worker", "label"))
    item, items = _numbered(table, item_column)
    worker, workers = _numbered(table, worker_column)
    labels, said = labels_of(table, (label_column,), kind, missing)
    keep = ~np.isnan(labels.y) if isinstance(labels, Numbers) else labels.y >= 0  # type: ignore[attr-defined]
    if not keep.all():
        none = int((~keep).sum())
        said.append(f"{none:,} row{' without a label is an abstention' if none == 1 else 's without a label are abstentions'}")
    keep, more = _once(item, worker, labels.y, keep, duplicates)  # type: ignore[attr-defined]
    index = np.flatnonzero(keep)
    cast: Votes[Any] = Votes(item[index], worker[index], labels.take(index), len(items), len(workers))
    found = Roles(
        (label_column,), tuple(n for n in [words["text"]] if n), words["image"], task="text" if words["text"] else "image" if words["image"] else "arrays"
    )
    first = np.unique(item, return_index=True)[1]
    evidence: dict[str, Any] = {}
    if found.task != "arrays":
        whole = facts_of(opened, found, ())["items"]
        evidence["items"] = [whole[row] for row in first.tolist()]
    said += [*more, f"{len(cast):,} votes of {len(workers):,} workers on {len(items):,} items"]
    evidence |= _matrices(features, probs, cast)
    same_rows(evidence, len(items))
    source = about(opened, found, [*table.said, *said], None, None)
    source["columns"] |= {"item": item_column, "worker": worker_column}
    source["vote_columns"] = _beside(table, words, index)
    return Dataset(cast, evidence, Ids(items, workers), source)


def _beside(table: Any, words: Mapping[str, Any], index: Ints) -> dict[str, Any]:
    """When each vote was cast and how long it took, in the order of the votes, where a column says so."""
    found = {}
    for role in ("time", "seconds"):
        name = words.get(role)
        if name is not None:
            column = np.asarray(table.columns[present(table, name, role)])[index]
            found[role] = _as_seconds(column, role)
    return found


def _as_seconds(column: Any, role: str) -> Any:
    """Numbers as they are, moments as seconds since 1970, what is missing as NaN."""
    if column.dtype.kind == "M":
        return np.where(np.isnat(column), np.nan, column.astype("datetime64[ns]").astype(np.int64) / 1e9)
    try:
        return column.astype(float)
    except (TypeError, ValueError) as wrong:
        raise ValueError(f"the column of {role} must hold numbers or moments such as 2026-11-21T14:00:00, got {column[:3].tolist()}") from wrong


def _numbered(table: Any, name: str) -> tuple[Ints, list[str]]:
    values = table.written(name).tolist()
    code: dict[str, int] = {}
    out = np.empty(len(values), dtype=np.int64)
    for row, value in enumerate(values):
        if value is None or value != value:
            raise ValueError(f"column {name!r} is empty in row {row}; every vote needs an item and a worker")
        out[row] = code.setdefault(str(value), len(code))
    return out, list(code)


def _once(item: Ints, worker: Ints, y: Any, keep: Bools, duplicates: str) -> tuple[Bools, list[str]]:
    """Which votes count when a worker voted more than once on an item."""
    rows = np.flatnonzero(keep)
    pair = item[rows] * (int(worker.max(initial=0)) + 1) + worker[rows]
    order = rows if duplicates != "last" else rows[::-1]
    first = np.unique(pair if duplicates != "last" else pair[::-1], return_index=True)[1]
    repeated = len(rows) - len(first)
    words = f"{repeated:,} repeated vote{'s' * (repeated > 1)} of a worker on an item"
    if not repeated or duplicates == "all":
        return keep, [f"{words}: all count (--duplicates)"] if repeated else []
    if duplicates == "error":
        row = int(np.setdiff1d(np.arange(len(rows)), first)[0])
        raise ValueError(f"{words}, the first in row {int(rows[row])}; choose duplicates='last', 'first' or 'all'")
    chosen = np.zeros(len(keep), dtype=bool)
    chosen[order[first]] = True
    return chosen, [f"{words}: the {duplicates} one counts (--duplicates)"]


def _matrices(features: Any, probs: Any, cast: Votes[Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if features is not None:
        out["features"] = matrix_of(features)
    if probs is not None:
        out["probs"] = probs_of(cast.labels, probs)[1]
    return out
