"""Items that come to a model later, without labels: from a table that has the columns which the
model was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reliabel.core.dataset import Ids
from reliabel.core.spelling import nearest
from reliabel.reading.column_roles import Roles, id_column
from reliabel.reading.evidence_columns import (
    facts_of,
    feature_matrix,
    features_of,
    ids_of,
    opened_source,
)


def later_items(
    source: Any,
    *,
    task: str,
    columns: Sequence[str],
    text: str | Sequence[str] | None = None,
    image: str | None = None,
    id: str | None = None,
    features: Any = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> tuple[dict[str, Any], Ids, dict[str, Any]]:
    """Evidence (items or features), ids, and the source, as ``Dataset`` holds them.

    source: what ``rl.read`` takes as a table, or None where features stand alone.
    task: what the items are, "text", "image" or "table"; "arrays" where the model takes features.
    columns: those that the model was trained on.  text, image: their names in this table, where
        they are others.  id: the column that names the items; None takes one that looks like it.
    Raises ValueError for a table that lacks a column.
    """
    if source is None:
        matrix, notes = feature_matrix(features)
        return {"features": matrix}, Ids(), {"table": "arrays", "task": "arrays", "notes": notes}
    opened = opened_source(source, encoding, delimiter, None, sheet)
    table = opened.table
    about = {"table": opened.kind, "task": task, "frame": opened.frame, "path": opened.path}
    told: list[str] = []
    if id is not None:
        _there(table, (id,), "id")
    ids = ids_of(table, id or id_column(table, set(columns), told))
    if features is not None:
        matrix, notes = features_of(opened, features, ids.items)
        return {"features": matrix}, ids, {**about, "notes": told + notes}
    asked = text if task == "text" else image
    named = (
        tuple(columns) if asked is None else (asked,) if isinstance(asked, str) else tuple(asked)
    )
    if not named:
        raise ValueError(
            "the model does not know from which column its items came (it was trained on a list); "
            f"name it with {'image' if task == 'image' else 'text'}=; the table has "
            f"{', '.join(map(repr, table.columns))}"
        )
    _there(table, named, "the model was trained on")
    if task == "table":
        evidence: dict[str, Any] = {"items": {name: table.columns[name] for name in named}}
    else:
        roles = Roles(text=named if task == "text" else (), task=task)
        if task == "image":
            roles = Roles(image=named[0], task=task)
        evidence = {"items": facts_of(opened, roles, ())["items"]}
    return evidence, ids, {**about, "notes": [*table.notes, *told]}


def _there(table: Any, names: Sequence[str], why: str) -> None:
    lost = [name for name in names if name not in table.columns]
    if lost:
        raise ValueError(
            f"the table has no column {lost[0]!r} ({why})"
            f"{nearest(lost[0], list(table.columns))}; its columns: "
            f"{', '.join(map(repr, list(table.columns)[:20]))}"
        )
