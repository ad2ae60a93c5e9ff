"""The rows of an export of votes: who is not named, which answers are no single class, and the rows
as a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.formats.columns import Table, settled
from reliabel.formats.odd_parts import listed

FEW = 0.1  # share of answers with several classes up to which they are left out


def table_of(
    rows: Sequence[Mapping[str, Any]],
    own: Sequence[str],
    form: str,
    notes: Sequence[str],
    roles: Mapping[str, str],
) -> Table:
    """Rows of votes as a table, the format's own columns first."""
    names = list(dict.fromkeys([*own, *(name for row in rows for name in row)]))
    found = {name: settled([row.get(name) for row in rows]) for name in names}
    return Table(
        {name: values for name, (_, values) in found.items()},
        {name: kind for name, (kind, _) in found.items()},
        form,
        tuple(notes),
        roles=roles,
    )


def name_the_unnamed(rows: Sequence[dict[str, Any]], worker: str = "worker") -> list[str]:
    """Give each vote that does not say whose it is a worker of its own, and say so.

    One worker for all would make their votes on an item repeats of each other.
    """
    nobody = [row for row in rows if row[worker] is None]
    taken = {row[worker] for row in rows}
    number = 0
    for row in nobody:
        number += 1
        while f"unnamed {number}" in taken:
            number += 1
        row[worker] = f"unnamed {number}"
    if not nobody:
        return []
    which = "no vote says" if len(nobody) == len(rows) else f"{len(nobody):,} votes do not say"
    return [
        f"{which} who gave it: each counts as a worker of its own, all of them are kept, and "
        "nothing can be said of the skill of these workers"
    ]


def without_several(rows: Sequence[dict[str, Any]], what: str, label: str = "label") -> list[str]:
    """Leave out a few answers with several classes where nearly all hold one, and name the first;
    ``what`` is how the source of an item is called.
    """
    held = [row for row in rows if row[label] is not None]
    many = [row for row in held if _is_several(row[label])]
    if not many or len(many) > FEW * len(held):
        return []
    for row in many:
        row[label] = None
    verb = "holds" if len(many) == 1 else "hold"
    return [
        f"{len(many):,} of {len(held):,} answers {verb} several choices, the first in {what} "
        f"{many[0]['item']}: a vote is one class, so that they are left out"
    ]


def _is_several(label: Any) -> bool:
    return isinstance(label, list) and not any(isinstance(part, list) for part in label)


def one_question(path: Path, names: Sequence[str], question: str | None) -> str | None:
    """The question that is meant: the one that was asked for, or the only one; None if there is
    none.  The word "label" that is no question means the only one.

    Raises ValueError for several questions of which none was named, and for unknown ones.
    """
    if question is not None and question in names:
        return question
    if question not in (None, "label"):
        raise ValueError(
            f"{path.name} has no question {question!r}; it has {listed(names) or 'none'}"
        )
    if len(names) > 1:
        raise ValueError(
            f"{path.name} asks {len(names)} questions ({listed(names)}); say which one is meant "
            f"with label={names[0]!r}"
        )
    return names[0] if names else None


def one_row_an_item(table: Table, what: str) -> Table:
    """The rows of an export with one label an item, in the order of the items' first appearance; of
    several labels of one person the last counts.

    Raises ValueError if several people labelled an item.
    """
    items, workers, labels = (
        table.columns[table.roles[role]].tolist() for role in ("item", "worker", "label")
    )
    place: dict[Any, int] = {}
    for row, (item, label) in enumerate(zip(items, labels, strict=True)):
        known = label is not None and label == label
        held = labels[place[item]] if item in place else None
        if known and held is not None and held == held and workers[place[item]] != workers[row]:
            raise ValueError(several_labels(table, what))
        if known or item not in place:
            place[item] = row
    index = np.array(list(place.values()), dtype=np.int64)
    return replace(table, columns={name: v[index] for name, v in table.columns.items()})


def several_labels(table: Table, what: str) -> str:
    """The sentence on an export that holds the votes of several people where labels are wanted."""
    people = len(set(table.columns[table.roles["worker"]].tolist()))
    items = len(set(table.columns[table.roles["item"]].tolist()))
    return (
        f"{what} holds {table.rows:,} votes of {people:,} people on {items:,} items, not one label "
        "an item; aggregate them first (reliabel aggregate, rl.aggregate), then audit the consensus"
    )
