"""Known answers of any kind from a file: a table like that of the votes, or a file like that of a
worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.known_answers import KnownAnswers
from reliabel.core.labels import Classes, Numbers
from reliabel.formats.tables import read
from reliabel.reading.gold_table import gold_columns
from reliabel.reading.vote_answers import answers_of
from reliabel.reading.vote_rows import numbered


def gold_strengths(
    path: str | Path, data: Dataset, *, encoding: str | None = None, delimiter: str | None = None
) -> tuple[KnownAnswers, list[str]]:
    """What is known of compared things: a table with a column of their names and one of numbers, a
    rank (1 is the best) or a strength (more is better).

    Raises ValueError where there are no such columns, or none of the things.
    """
    table = read(Path(path), encoding=encoding, delimiter=delimiter)
    names = data.labels.labels.names  # type: ignore[attr-defined]
    numbers = [name for name, kind in table.kinds.items() if kind in ("integer", "decimal")]
    things = [name for name in table.columns if name not in numbers]
    if len(things) != 1 or len(numbers) != 1:
        raise ValueError(
            f"{path} must have a column of things and a column of numbers (a rank or a strength); "
            f"its columns: {', '.join(table.columns)}"
        )
    place = {name: code for code, name in enumerate(names)}
    row = np.array([place.get(str(one), -1) for one in table.written(things[0]).tolist()])
    value = np.asarray(table.columns[numbers[0]], dtype=float)
    known = np.flatnonzero((row >= 0) & ~np.isnan(value))
    if not len(known):
        raise ValueError(f"{path} names none of the compared things, such as {names[0]!r}")
    is_rank = numbers[0].strip().lower() in ("rank", "place", "position")
    said = "rank, 1 is the best" if is_rank else "strength, more is better"
    note = f"{Path(path).name}: {numbers[0]!r} is taken as a {said}"
    sign = -1 if is_rank else 1
    return KnownAnswers(Numbers(sign * value[known]), row[known]), [note]


def gold_answers(
    path: str | Path,
    data: Dataset,
    kind: str,
    *,
    missing: Sequence[str] = (),
    separator: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> tuple[KnownAnswers, list[str]]:
    """The answers that a table gives, one row an item, and notes.

    Raises ValueError where no item of the votes is in the table.
    """
    path, notes = Path(path), list[str]()
    table = read(path, encoding=encoding, delimiter=delimiter)
    item, label = gold_columns(table, data, path, notes)
    labels, given, told = answers_of(table, label, kind, missing, separator)
    code, names = numbered(table, item)
    place = {data.ids.item(row): row for row in range(data.labels.n)}  # type: ignore[attr-defined]
    where = np.array([*(place.get(name, -1) for name in names), -1])[code]
    rows = np.flatnonzero(given & (where >= 0))
    if not len(rows):
        raise ValueError(
            f"{path} names no item that was voted on; items are called {data.ids.item(0)!r}, ... "
            f"there {names[0] if names else 'nothing'!r}, ..."
        )
    if len(np.unique(where[rows])) < len(rows):
        raise ValueError(f"{path} has several rows of one item; leave the one that is right")
    idle = int((where < 0).sum())
    if idle:
        notes.append(f"{path.name}: {idle:,} of {table.rows:,} gold rows are of no item here")
    return KnownAnswers(labels.take(rows), where[rows]), [*notes, *told]


def answers_of_classes(gold: Any) -> KnownAnswers:
    """Known classes (None elsewhere) as known answers."""
    rows = np.flatnonzero([value is not None for value in gold])
    return KnownAnswers(Classes.of([str(gold[row]) for row in rows.tolist()]), rows)
