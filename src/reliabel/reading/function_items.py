"""What labelling functions look at: texts, pictures or rows of a table, without labels; and the
labels that are known for some of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Ints, MultiLabel, Votes
from reliabel.core.raw_labels import encode
from reliabel.reading.column_roles import Roles, present
from reliabel.reading.evidence_columns import facts_of, opened_source


def function_items(
    source: Any,
    *,
    text: str | None = None,
    image: str | None = None,
    id: str | None = None,
    label: str | None = None,
    missing: Sequence[str] = (),
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> tuple[Dataset, list[Any] | None]:
    """The items of a table as a data set without labels, and the known labels (None where a row has
    none); without a column of known labels None.

    text, image: the column that functions look at; without either they get a whole row.
    label: the column of known labels.
    missing: words of it that mean no label, beside empty cells.
    """
    opened = opened_source(source, encoding, delimiter, None, sheet)
    table = opened.table
    named = {"text": text, "image": image, "id": id, "label": label}
    columns = {role: present(table, name, role) for role, name in named.items() if name is not None}
    if not table.rows:
        raise ValueError(
            f"{source} has no rows: there is nothing for labelling functions to look at"
        )
    task = "image" if image is not None else "text" if text is not None else "table"
    if task == "table":
        beside = {columns.get("id"), columns.get("label")}
        items: Any = {
            name: table.written(name).tolist() for name in table.columns if name not in beside
        }
    else:
        texts = (columns["text"],) if "text" in columns else ()
        found = Roles((), texts if task == "text" else (), columns.get("image"), task=task)
        items = facts_of(opened, found, ())["items"]
    names = table.written(columns["id"]).tolist() if "id" in columns else None
    known = None
    if "label" in columns:
        written = table.written(columns["label"]).tolist()
        empty = {"", *missing}
        known = [None if one is None or str(one) in empty else str(one) for one in written]
    path = opened.path
    where = {"path": str(path)} if path is not None else {}
    source_of = {
        **where,
        "rows": table.rows,
        "columns": columns,
        "task": task,
        "table": opened.kind,
    }
    nothing = Classes(np.full(table.rows, -1))
    return Dataset(nothing, {"items": items}, Ids(names), source_of), known


def with_known(data: Dataset, known: Sequence[Any] | None) -> tuple[Dataset, Ints | None]:
    """The votes with all classes of the known labels, and these as (n,) classes, -1 where unknown.

    known: a class name or None for each item.
    """
    if known is None or all(one is None for one in known):
        return data, None
    votes: Votes[Any] = data.labels  # type: ignore[assignment]
    names, mine = votes.labels.names, {str(one) for one in known if one is not None}
    more = sorted(mine - set(names))
    if not more:
        place = {name: c for c, name in enumerate(names)}
        return data, np.array([-1 if one is None else place[str(one)] for one in known])
    joined = encode([*names, *more])[1]
    place = {name: c for c, name in enumerate(joined)}
    at = np.array([place[name] for name in names])
    y = votes.labels.y
    if isinstance(votes.labels, MultiLabel):
        wide = np.full((len(y), len(joined)), -1)
        wide[:, at] = y
        wide[(y == 1).any(1)[:, None] & (wide == -1)] = 0
        labels: Any = MultiLabel(wide, joined)
    else:
        labels = Classes(at[y], joined)
    whole = Votes(votes.item, votes.worker, labels, votes.n, votes.w)
    note = (
        f"no labelling function says {', '.join(map(repr, more[:5]))}, which known labels do; the "
        "votes can hardly find such items"
    )
    notes = [*data.source.get("notes", ()), note]
    gold = np.array([-1 if one is None else place[str(one)] for one in known])
    return replace(data, labels=whole, source={**data.source, "notes": notes}), gold
