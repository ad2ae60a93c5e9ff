"""Votes in wide tables and matrices: one column a worker (or labelling function), one row an item;
an empty cell or -1 is no vote.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.formats.columns import Table, listed, settled

NONE = (-1, "-1", -1.0, "")


def long(table: Table, *, item: str | None = None, workers: Sequence[str] | None = None) -> Table:
    """The long table (item, worker, label) of a wide one.

    item: the column of ids; None numbers the rows.  workers: the columns that hold votes; None
        takes all but ``item``.
    """
    for name in [*([item] if item else []), *(workers or ())]:
        if name not in table.columns:
            raise ValueError(
                f"no column is called {name!r}; there are "
                f"{', '.join(map(repr, list(table.columns)[:10]))}"
            )
    names = (
        list(workers) if workers is not None else [name for name in table.columns if name != item]
    )
    if not names:
        raise ValueError("a wide table of votes needs a column for each worker, got none")
    kinds = {table.kinds[name] for name in names}
    if len(kinds & {"text", "boolean"}) and len(kinds) > 1:
        odd = {
            kind: next(name for name in names if table.kinds[name] == kind)
            for kind in sorted(kinds)
        }
        raise ValueError(
            "columns of votes hold different things "
            f"({', '.join(f'{n!r}: {k}' for k, n in odd.items())}); name those that hold votes "
            "(workers=)"
        )
    ids = listed(table.written(item), "text") if item else [str(row) for row in range(table.rows)]
    voted = {
        name: [
            (row, value)
            for row, value in enumerate(listed(table.columns[name], table.kinds[name]))
            if _is_vote(value)
        ]
        for name in names
    }
    rows = [(row, name, value) for name in names for row, value in voted[name]]
    if not rows:
        raise ValueError(f"none of the {table.rows:,} rows holds a vote: all cells are empty or -1")
    rows.sort(key=lambda vote: vote[0])
    kind, label = settled([value for _, _, value in rows])
    columns = {
        "item": np.array([str(ids[row]) for row, _, _ in rows], dtype=object),
        "worker": np.array([name for _, name, _ in rows], dtype=object),
    }
    bare = table.rows - len({row for row, _, _ in rows})
    notes = (
        f"{len(rows):,} votes in {len(names):,} columns, one a worker",
        *([f"{bare:,} rows hold no vote"] if bare else []),
    )
    return Table(
        {**columns, "label": label},
        {"item": "text", "worker": "text", "label": kind},
        table.form,
        (*table.notes, *notes),
    )


def of_matrix(votes: Any, names: Sequence[str] = ()) -> Table:
    """The long table of a matrix (n, m) of class numbers with -1 for no vote, as labelling
    functions return it.
    """
    votes = np.asarray(votes)
    if votes.ndim != 2 or votes.dtype.kind not in "iuf":
        raise ValueError(
            f"a matrix of votes must be numbers of shape (items, workers), got {votes.dtype} of "
            f"shape {votes.shape}"
        )
    if names and len(names) != votes.shape[1]:
        raise ValueError(f"{len(names)} names for {votes.shape[1]} columns of votes")
    there = (votes >= 0) if votes.dtype.kind == "f" else votes != -1
    if votes.dtype.kind != "f" and votes.size and votes.min() < -1:
        raise ValueError(f"votes must be class numbers or -1 for none, got {int(votes.min())}")
    item, worker = np.nonzero(there)
    who = np.array([names[j] if names else str(j) for j in range(votes.shape[1])], dtype=object)
    label = votes[item, worker]
    whole = label.astype(np.int64)
    if (whole != label).any():
        raise ValueError(f"votes must be class numbers, got {float(label[whole != label][0])}")
    columns = {
        "item": np.array([str(i) for i in item.tolist()], dtype=object),
        "worker": who[worker],
        "label": whole,
    }
    notes = f"{len(item):,} votes of {votes.shape[1]:,} workers on {votes.shape[0]:,} items"
    return Table(
        columns, {"item": "text", "worker": "text", "label": "integer"}, "arrays", (notes,)
    )


def _is_vote(value: Any) -> bool:
    return value is not None and value == value and value not in NONE
