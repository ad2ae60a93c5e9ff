"""verdicts.jsonl: the verdicts of reviews that an audit was given, so that a later audit into the
same folder still counts them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from reliabel.core.label_values import written
from reliabel.folders.atomic import write_text
from reliabel.folders.decision_table import DRAW, DecisionTable, decision_table
from reliabel.folders.lock import locked

VERDICTS_FILE = "verdicts.jsonl"
FIELDS = ("id", "unit", "verdict", "label", "who", "at")


def kept_verdicts(folder: Path) -> DecisionTable:
    """The verdicts that were kept in a folder; none where there are none."""
    path = folder / VERDICTS_FILE
    return decision_table(path) if path.is_file() else DecisionTable((), ())


def keep_verdicts(folder: Path, given: DecisionTable) -> None:
    """Add verdicts to those of the folder; a later one of the same person on the same label takes
    the place of an earlier one.
    """
    with locked(folder):
        before = kept_verdicts(folder)
        rows = _last([*_rows(before), *_rows(given)])
        if rows:
            write_text(folder / VERDICTS_FILE, "".join(f"{json.dumps(row)}\n" for row in rows))


def _rows(table: DecisionTable) -> list[dict[str, object]]:
    return [
        {name: getattr(one, name) for name in FIELDS}
        | {"label": None if one.label is None else written(one.label), DRAW: drawn or None}
        | ({"settles": True} if one.settles else {})
        | ({} if one.comment is None else {"comment": one.comment})
        for one, drawn in zip(table.decisions, table.drawn, strict=True)
    ]


def _last(rows: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    last: dict[tuple[object, ...], dict[str, object]] = {}
    for row in rows:
        key = (row["id"], row["unit"], row["who"], row.get("settles"))
        drawn = row[DRAW] or last.pop(key, {}).get(DRAW)
        last[key] = {**row, DRAW: drawn}
    return list(last.values())
