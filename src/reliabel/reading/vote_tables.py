"""Votes from a long table: each row is the label that one worker gave to one item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Bools, Classes, Ints, Numbers, Votes
from reliabel.reading.column_roles import Roles, describing, present, text_column
from reliabel.reading.evidence_columns import (
    Opened,
    about,
    facts_of,
    feature_matrix,
    probs_of,
    same_rows,
)
from reliabel.reading.label_columns import class_column, labels_of


def of_export(table: Any, words: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an export of votes by role: what was named, else what the format says; its
    texts are guessed.
    """
    found = {
        role: table.roles.get(role) if words[role] is None else words[role]
        for role in (*table.roles, "text")
    }
    asked = words["label"]
    if not isinstance(asked, str) or asked not in table.columns:
        # it names the question, which was heeded in reading
        found["label"] = table.roles["label"]
    if found["text"] is None and words["image"] is None:
        found["text"] = text_column(table, {name for name in found.values() if name})
    return found


@dataclass(frozen=True, eq=False)
class _Cast:
    """Rows of a long table as codes: worker, item and label (-1 or NaN for none), and further
    columns.
    """

    item: Ints
    worker: Ints
    items: list[str]
    workers: list[str]
    labels: Any
    notes: list[str]
    beside: Mapping[str, Any]


def votes(
    opened: Any,
    words: Mapping[str, Any],
    *,
    kind: str,
    duplicates: str,
    missing: Sequence[str],
    features: Any = None,
    probs: Any = None,
) -> Dataset:
    """The votes of a long table; items and workers are numbered in the order of their first
    appearance, and their names are kept as ids.

    A row without a label is an abstention: its item and worker are counted, but it is no vote.
    """
    table = opened.table
    if not isinstance(words["worker"], str | None):
        from reliabel.formats.votes_wide import long

        item_name = None if words["item"] is None else present(table, words["item"], "item")
        table = long(table, item=item_name, workers=list(words["worker"]))
        opened, words = (
            replace(opened, table=table),
            {**words, "item": "item", "worker": "worker", "label": "label"},
        )
    for role in ("item", "worker", "label"):
        if words[role] is None:
            raise ValueError(
                f"votes need the columns item, worker and label; {role} is not given (--{role})"
            )
    names = {role: present(table, words[role], role) for role in ("item", "worker", "label")}
    (item, items), (worker, workers) = (
        _numbered(table, names[role]) for role in ("item", "worker")
    )
    _refuse_lists(table, names["label"])
    labels, notes = labels_of(table, (names["label"],), kind, missing)
    notes += _odd_names(workers)
    cast = _Cast(
        item, worker, items, workers, labels, [*table.notes, *notes], _beside(table, words)
    )
    return _data(cast, opened, words, names, duplicates, features, probs)


def streamed(
    path: Any,
    words: Mapping[str, Any],
    *,
    kind: str,
    duplicates: str,
    missing: Sequence[str],
    features: Any,
    probs: Any,
) -> Dataset | None:
    """The votes of a Parquet file, read in blocks; None if the file must be read as a table."""
    from reliabel.formats import votes_parquet
    from reliabel.formats.columns import Table

    wanted = {
        role: words[role]
        for role in ("item", "worker", "label", "time", "seconds")
        if words[role] is not None
    }
    long = all(isinstance(wanted.get(role), str) for role in ("item", "worker", "label")) and len(
        set(wanted.values())
    ) == len(wanted)
    path = Path(path) if isinstance(path, str | Path) else None
    if path is None or not long or words["text"] or words["image"] or not _is_parquet(path):
        return None
    names = tuple(wanted.values())
    if not votes_parquet.fits(path, names, kind == "numbers"):
        return None
    beside: dict[str, str] = {role: wanted[role] for role in ("time", "seconds") if role in wanted}
    found = votes_parquet.read(path, *names[:3], numbers=kind == "numbers", beside=beside)
    notes: list[str] = []
    labels: Any
    if found.answers is None:
        labels = Numbers(np.asarray(found.answer, dtype=float))
    else:
        distinct, notes = class_column(
            found.answers, names[2], missing, labels=int((found.answer >= 0).sum())
        )
        labels = Classes(np.append(distinct.y, -1).astype(np.int32)[found.answer], distinct.names)
    cast = _Cast(
        found.item,
        found.worker,
        found.items,
        found.workers,
        labels,
        [*notes, *_odd_names(found.workers)],
        found.beside,
    )
    # says how many rows there are
    shape = Table({"row": np.empty(len(found.item), dtype=np.int8)}, {"row": "integer"}, "parquet")
    return _data(
        cast,
        Opened(shape, path, "pyarrow"),
        words,
        dict(zip(("item", "worker", "label"), names, strict=False)),
        duplicates,
        features,
        probs,
    )


def _refuse_lists(table: Any, name: str) -> None:
    held = (
        next((v for v in table.columns[name].tolist() if isinstance(v, list | tuple | dict)), None)
        if table.kinds[name] == "other"
        else None
    )
    if held is not None:
        raise ValueError(
            f"the answers in {name!r} are lists such as {held!r:.60}: a vote read from a file is "
            "one class or one number; for several classes, spans or boxes "
            "an answer make the votes in Python, rl.Votes(item, worker, labels, n, w) with labels "
            "of that kind"
        )


def _odd_names(workers: list[str]) -> list[str]:
    from reliabel.formats.columns import MISSING_WORDS

    odd = [name for name in workers if name in MISSING_WORDS]
    return (
        [
            f"{', '.join(map(repr, odd))} counts as the name of a worker; leave out the rows where "
            "nobody is known"
        ]
        if odd
        else []
    )


def _is_parquet(path: Path) -> bool:
    from reliabel.formats.files import form_of

    return (
        path.is_file() and path.suffix.lower() in (".parquet", ".pq") and form_of(path) == "parquet"
    )


def _data(
    cast: _Cast,
    opened: Opened,
    words: Mapping[str, Any],
    names: Mapping[str, str],
    duplicates: str,
    features: Any,
    probs: Any,
) -> Dataset:
    labels, notes = cast.labels, cast.notes
    keep = ~np.isnan(labels.y) if isinstance(labels, Numbers) else labels.y >= 0
    index: Any = slice(None) if keep.all() else np.flatnonzero(keep)
    if not keep.all():
        none = int((~keep).sum())
        if "worker" not in opened.table.roles:  # an export says itself what was not answered
            notes = [
                *notes,
                f"{none:,} row without a label is an abstention"
                if none == 1
                else "rows without a label are abstentions",
            ]
        labels = labels.take(index)
    every: Votes[Any] = Votes(
        cast.item[index], cast.worker[index], labels, len(cast.items), len(cast.workers)
    )
    stays, more = _once(every, index, duplicates)
    single = every if stays.all() else every.take(stays)
    found = Roles(
        (names["label"],),
        tuple(n for n in [words["text"]] if n),
        words["image"],
        task="text" if words["text"] else "image" if words["image"] else "arrays",
    )
    evidence: dict[str, Any] = {}
    if found.task != "arrays":
        whole = facts_of(opened, found, ())["items"]
        evidence["items"] = [
            whole[row] for row in np.unique(cast.item, return_index=True)[1].tolist()
        ]
    notes = [
        *notes,
        *more,
        f"{len(single):,} votes of {len(cast.workers):,} workers on {len(cast.items):,} items",
    ]
    if "worker" in opened.table.roles:
        evidence |= _facts(opened.table, cast, words)
    matrices, told = _matrices(features, probs, single)
    evidence |= matrices
    notes += told
    same_rows(evidence, len(cast.items))
    source = about(opened, found, notes, None, None)
    source["columns"] |= {"item": names["item"], "worker": names["worker"]}
    source["vote_columns"] = {role: column[index][stays] for role, column in cast.beside.items()}
    return Dataset(single, evidence, Ids(cast.items, cast.workers), source)


def _facts(table: Any, cast: _Cast, words: Mapping[str, Any]) -> dict[str, Any]:
    """What an export says of each item beside its votes."""
    first = np.unique(cast.item, return_index=True)[1]
    own = {name for role, name in table.roles.items()} | {words["text"], words["image"]}
    columns = {name: table.columns[name][first] for name in describing(table, own)}
    return {"columns": columns} if columns else {}


def _beside(table: Any, words: Mapping[str, Any]) -> dict[str, Any]:
    """The time of each vote and how long it took, if there are columns for them."""
    found = {}
    for role in ("time", "seconds"):
        name = words.get(role)
        if name is not None:
            found[role] = _as_seconds(np.asarray(table.columns[present(table, name, role)]), role)
    return found


def _as_seconds(column: Any, role: str) -> Any:
    """Numbers as they are, times as seconds since 1970, missing values as NaN."""
    if column.dtype.kind == "M":
        return np.where(
            np.isnat(column), np.nan, column.astype("datetime64[ns]").astype(np.int64) / 1e9
        )
    try:
        return column.astype(float)
    except (TypeError, ValueError) as wrong:
        raise ValueError(
            f"the column of {role} must hold numbers or moments such as 2026-11-21T14:00:00, got "
            f"{column[:3].tolist()}"
        ) from wrong


def _numbered(table: Any, name: str) -> tuple[Ints, list[str]]:
    values = table.written(name).tolist()
    code: dict[str, int] = {}
    out = np.empty(len(values), dtype=np.int64)
    for row, value in enumerate(values):
        if value is None or value != value or not str(value).strip():
            raise ValueError(
                f"column {name!r} is empty in row {row}; every vote needs an item and a worker"
            )
        out[row] = code.setdefault(str(value), len(code))
    return out, list(code)


def _once(votes: Votes[Any], index: Any, duplicates: str) -> tuple[Bools, list[str]]:
    """Which votes count when a worker voted more than once on an item; ``index``: the rows of the
    file that the votes stand in.
    """
    from reliabel.ops.votes_by_item import one_per_pair

    stays = one_per_pair(votes, "last" if duplicates == "last" else "first")
    repeated = len(votes) - int(stays.sum())
    words = f"{repeated:,} repeated vote{'s' * (repeated > 1)} of a worker on an item"
    if not repeated or duplicates == "all":
        return np.ones(len(votes), dtype=bool), [
            f"{words}: all are read; aggregate counts the last unless duplicates= says otherwise"
        ] if repeated else []
    if duplicates == "error":
        row = np.arange(len(votes)) if isinstance(index, slice) else index
        raise ValueError(
            f"{words}, the first in row {int(row[np.flatnonzero(~stays)[0]])}; choose "
            "duplicates='last', 'first' or 'all'"
        )
    return stays, [f"{words}: the {duplicates} one counts (--duplicates)"]


def _matrices(features: Any, probs: Any, cast: Votes[Any]) -> tuple[dict[str, Any], list[str]]:
    """Features and probabilities of the items, and notes on what was inferred."""
    out: dict[str, Any] = {}
    notes: list[str] = []
    if features is not None:
        out["features"], notes = feature_matrix(features, cast.n)
    if probs is not None:
        _, out["probs"], more = probs_of(cast.labels, probs, cast.n)
        notes = [*notes, *more]
    return out, notes
