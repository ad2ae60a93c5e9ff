"""What the items of votes look like: texts, pictures or other columns, from the table of the votes
or from a table of the items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reliabel.core.dataset import Dataset
from reliabel.formats.tables import read
from reliabel.reading.column_globs import columns_named
from reliabel.reading.column_roles import Roles, present
from reliabel.reading.evidence_columns import Opened, facts_of


def with_items(
    data: Dataset,
    source: str | Path,
    *,
    item: str | None = None,
    text: str | None = None,
    image: str | None = None,
    show: Sequence[str] = (),
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Dataset:
    """The votes with the items' content as evidence ``items``.

    source: the table of the votes or of the items; of several rows of an item the first counts.
    item: the column that names the item; None takes that of the votes, or the order of the rows
        where the items have no names.
    text, image, show: columns that hold a text, a path of a picture, further facts (globs too).
    Raises ValueError where a column is missing or the table names no item that was voted on.
    """
    path = Path(source)
    table = read(path, encoding=encoding, delimiter=delimiter)
    more, globs = columns_named(table, list(show), "show")
    rows = _rows(data, table, path, item)
    found = Roles(
        (),
        (present(table, text, "text"),) if text is not None and not more else (),
        None if image is None else present(table, image, "image"),
        task="image" if image is not None else "text" if text is not None else "table",
    )
    if image is None and more:
        names = [*([] if text is None else [present(table, text, "text")]), *more]
        columns = {name: table.written(name).tolist() for name in dict.fromkeys(names)}
        items: Any = {
            name: ["" if row is None else values[row] for row in rows]
            for name, values in columns.items()
        }
    else:
        whole = facts_of(Opened(table, path, "pyarrow"), found, ())["items"]
        items = [None if row is None else whole[row] for row in rows]
    notes = [*data.source.get("notes", ()), *globs, *_missing(rows, path)]
    source_of = {**data.source, "task": found.task, "notes": notes}
    return replace(data, evidence={**data.evidence, "items": items}, source=source_of)


def _rows(data: Dataset, table: Any, path: Path, item: str | None) -> list[int | None]:
    """The row of each item in the table."""
    n = data.labels.n  # type: ignore[attr-defined]
    name = item or data.source.get("columns", {}).get("item")
    if data.ids.items is None or name is None:
        if table.rows != n:
            raise ValueError(
                f"{path} has {table.rows:,} rows, the votes are on {n:,} items without names; name "
                "the column of the items with item="
            )
        return list(range(n))
    first: dict[str, int] = {}
    for row, value in enumerate(table.written(present(table, name, "item")).tolist()):
        first.setdefault(str(value), row)
    rows = [first.get(data.ids.item(i)) for i in range(n)]
    if all(row is None for row in rows):
        raise ValueError(
            f"{path} names no item that was voted on; items are called {data.ids.item(0)!r}, ..., "
            f"its column {name!r} begins with {next(iter(first), '')!r}"
        )
    return rows


def _missing(rows: Sequence[int | None], path: Path) -> list[str]:
    absent = sum(row is None for row in rows)
    if not absent:
        return []
    return [f"{path.name}: {absent:,} of {len(rows):,} items with votes are not in it"]
