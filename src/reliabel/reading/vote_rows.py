"""Rows of votes as codes: names and their numbers, what stands beside a vote, known answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reliabel.core.alike_names import alike_note, merged_note, one_spelling
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.formats.columns import objects
from reliabel.formats.moments import seconds_since_1970
from reliabel.reading.column_roles import present

MEND = "merge_alike=True makes one of them"
CLOCK = (1, 60, 3600)


@dataclass(frozen=True, eq=False)
class Cast:
    """Rows of a long table as codes: worker, item and label, which rows hold one, and further
    columns.
    """

    item: Ints
    worker: Ints
    items: list[str]
    workers: list[str]
    labels: Any
    given: Bools
    notes: list[str]
    beside: Mapping[str, Any]

    __repr__ = by_fields


def numbered(table: Any, name: str, *, unless: Bools | None = None) -> tuple[Ints, list[str]]:
    """The number of each row's name, in the order of their first appearance, and the names.

    unless: (rows,) where a name may be lacking, which is then -1.
    Raises ValueError with the row of a name that is lacking.
    """
    values = table.written(name).tolist()
    if name in table.names:  # codes of names
        values = [None if v is None or v < 0 else table.names[name][v] for v in values]
    code: dict[str, int] = {}
    out = np.empty(len(values), dtype=np.int64)
    for row, value in enumerate(values):
        if value is None or value != value or not str(value).strip():
            if unless is None or not unless[row]:
                raise ValueError(
                    f"column {name!r} is empty in row {row}; every vote needs an item and a worker"
                )
            out[row] = -1
            continue
        out[row] = code.setdefault(str(value), len(code))
    return out, list(code)


def beside(table: Any, words: Mapping[str, Any]) -> dict[str, Any]:
    """The time of each vote and how long it took, if there are columns for them."""
    found = {}
    for role, read in (("time", seconds_since_1970), ("seconds", _durations)):
        name = words.get(role)
        if name is not None:
            column = present(table, name, role)
            found[role] = read(np.asarray(table.columns[column]), column)
    return found


def _durations(column: Any, name: str) -> Floats:
    """Seconds as they are; h:mm:ss and mm:ss as seconds; missing values as NaN."""
    if column.dtype.kind in "iuf":
        return np.asarray(column.astype(float))
    found = [_duration(cell) for cell in column.tolist()]
    bad = next((row for row, seconds in enumerate(found) if seconds is None), None)
    if bad is not None:
        raise ValueError(
            f"column {name!r} must hold how many seconds a vote took, or h:mm:ss; row {bad} holds "
            f"{column[bad]!r}"
        )
    return np.array(found, dtype=float)


def _duration(cell: Any) -> float | None:
    if cell is None or cell != cell:
        return float("nan")
    parts = str(cell).strip().split(":")[::-1]
    try:
        return sum(float(part) * size for part, size in zip(parts, CLOCK, strict=False))
    except ValueError:
        return None


def alike_names(cast: Cast) -> list[str]:
    """Notes on workers and on items whose names differ only in what people do not see."""
    return [
        *alike_note("workers", cast.workers, MEND),
        *alike_note("items", cast.items, MEND),
    ]


def one_spelling_each(cast: Cast) -> tuple[Cast, list[str]]:
    """Rows in which alike names of workers, and of items, have become one; and notes."""
    worker, workers, new = _merged(cast.worker, cast.workers)
    item, items, other = _merged(cast.item, cast.items)
    notes = [*merged_note("workers", new), *merged_note("items", other)]
    return replace(cast, item=item, worker=worker, items=items, workers=workers), notes


def _merged(code: Ints, names: list[str]) -> tuple[Ints, list[str], dict[str, str]]:
    size = np.bincount(code[code >= 0], minlength=len(names)).tolist()
    new = one_spelling(names, dict(zip(names, size, strict=True)))
    if not new:
        return code, names, {}
    kept = list(dict.fromkeys(new.get(name, name) for name in names))
    place = {name: number for number, name in enumerate(kept)}
    table = np.array([*(place[new.get(name, name)] for name in names), -1])
    return table[code].astype(code.dtype), kept, new


def without_votes(cast: Cast, keep: Bools, *, abstentions: bool) -> list[str]:
    """Notes on rows that are no votes, and on items that have none.

    keep: (rows,) which rows are votes.  abstentions: whether these are said.
    """
    notes = []
    none = int((~keep & (cast.worker >= 0)).sum())
    if none and abstentions:
        row = "row without a label is an abstention"
        notes.append(f"{none:,} {row if none == 1 else 'rows without a label are abstentions'}")
    bare = len(cast.items) - len(np.unique(cast.item[keep]))
    if bare:
        notes.append(
            f"{bare:,} {'item has' if bare == 1 else 'items have'} no vote and "
            f"{'is' if bare == 1 else 'are'} kept, with 0 votes"
        )
    return notes


def gold_in(table: Any, item: Ints, labels: Any, n: int) -> tuple[dict[str, Any], list[str]]:
    """The known answers that an export itself holds, as evidence, and notes.

    item: (rows,) the item of each row.  labels: of the votes, whose classes the answers are.
    """
    name = table.roles.get("gold")
    if name is None or not isinstance(labels, Classes):
        return {}, []
    code = {known: place for place, known in enumerate(labels.names)}
    truth: dict[int, str] = {}
    apart: set[int] = set()
    for place, value in zip(item.tolist(), _spelled(table, name), strict=True):
        if value is not None and truth.setdefault(place, value) != value:
            apart.add(place)
    notes = []
    if apart:
        notes.append(f"{len(apart):,} items have different known answers, which are left out")
    strange = [v for place, v in truth.items() if place not in apart and v not in code]
    if strange:
        are = "answer is a class" if len(strange) == 1 else "answers are classes"
        notes.append(
            f"{len(strange):,} known {are} that nobody voted for, such as {strange[0]!r}, and "
            f"{'is' if len(strange) == 1 else 'are'} left out"
        )
    gold = np.full(n, -1, dtype=np.int64)
    for place, value in truth.items():
        if place not in apart:
            gold[place] = code.get(value, -1)
    known = int((gold >= 0).sum())
    if not known:
        return {}, notes
    have = "item has a known answer" if known == 1 else "items have a known answer"
    return {"gold": gold}, [f"{known:,} {have} ({name}), which is used as gold", *notes]


def _spelled(table: Any, name: str) -> list[str | None]:
    """Cells as class names are spelled: whole numbers without decimals."""
    from reliabel.formats.votes_wide import one_type

    cells = [None if v is None or v != v else v for v in table.columns[name].tolist()]
    typed = one_type({name: objects(cells).tolist()})[name]
    return [None if v is None else str(v) for v in typed]
