"""Batch results of Amazon Mechanical Turk as CSV: each assignment that was not rejected is a vote
on its HIT.

Answers stand in ``Answer.NAME``: as text, as one true-or-false column an option
(``Answer.NAME.OPTION``), or as JSON in ``Answer.taskAnswers``.  What the HIT showed stands in
``Input.NAME``.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import numpy as np

from reliabel.formats.columns import Table
from reliabel.formats.platform_rows import (
    cells_of,
    chosen,
    is_flag,
    is_true,
    kept,
    several,
    single,
    table_of_votes,
)

ITEM, WORKER, ANSWER, INPUT = "HITId", "WorkerId", "Answer.", "Input."
STATUS, REJECT, JSON = "AssignmentStatus", "Reject", "Answer.taskAnswers"
TIME, SECONDS = "SubmitTime", "WorkTimeInSeconds"


def recognises(names: Collection[str]) -> bool:
    """Whether the columns are those of batch results."""
    return ITEM in names and WORKER in names and any(name.startswith(ANSWER) for name in names)


def votes(table: Table, what: str, question: str | None = None) -> Table:
    """The votes of batch results.

    what: the name of the file.  question: the answer that is meant, if there are several.
    """
    whole = table.rows
    table = _counted(table)
    answers = _answers(table)
    name = chosen(f"{what} holds batch results of Mechanical Turk", list(answers), question, ANSWER)
    items = cells_of(table, ITEM)
    labels, notes = single(answers[name], items, "HIT")
    beside = {TIME: "time", SECONDS: "seconds"}
    made = {ITEM: items, WORKER: cells_of(table, WORKER), ANSWER + name: labels}
    made |= {column: cells_of(table, column) for column in beside if column in table.columns}
    if SECONDS in made:
        made[SECONDS] = [None if v is None else float(v) for v in made[SECONDS]]
    inputs = [column for column in table.columns if column.startswith(INPUT)]
    read = [
        f"{what} holds batch results of Mechanical Turk: item is {ITEM}, worker is {WORKER}, label "
        f"is {ANSWER}{name} (label= names another)"
    ]
    if whole > table.rows:
        gone = several(whole - table.rows, "rejected assignment is", "rejected assignments are")
        read.append(f"{gone} left out")
    roles = {"item": ITEM, "worker": WORKER, "label": ANSWER + name}
    roles |= {role: column for column, role in beside.items() if column in made}
    facts = {column.removeprefix(INPUT): column for column in inputs}
    return table_of_votes(table, made, facts, [*read, *notes], roles)


def _counted(table: Table) -> Table:
    """The assignments that were not rejected, nor marked to be rejected."""
    keep = np.ones(table.rows, dtype=bool)
    if STATUS in table.columns:
        states = [str(v).strip().lower() for v in cells_of(table, STATUS)]
        keep &= np.array([state != "rejected" for state in states], dtype=bool)
    if REJECT in table.columns:
        keep &= np.array([v is None for v in cells_of(table, REJECT)], dtype=bool)
    return kept(table, keep)


def _answers(table: Table) -> dict[str, list[Any]]:
    """Question -> the answer of each assignment; a list where several options were chosen."""
    if JSON in table.columns:
        return _of_json(cells_of(table, JSON))
    columns = {
        name.removeprefix(ANSWER): cells_of(table, name)
        for name in table.columns
        if name.startswith(ANSWER)
    }
    options: dict[str, list[str]] = {}
    for name, cells in columns.items():
        if "." in name and all(map(is_flag, cells)):
            options.setdefault(name.rpartition(".")[0], []).append(name)
    found: dict[str, list[Any]] = {}
    for question, names in options.items():
        if len(names) > 1:
            rows = zip(*(columns.pop(name) for name in names), strict=True)
            ends = [name.removeprefix(f"{question}.") for name in names]
            found[question] = [
                [end for end, cell in zip(ends, row, strict=True) if is_true(cell)] for row in rows
            ]
    return columns | found


def _of_json(cells: list[Any]) -> dict[str, list[Any]]:
    rows = [_flat(cell, place) for place, cell in enumerate(cells)]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _flat(cell: Any, place: int) -> dict[str, Any]:
    if cell is None:
        return {}
    try:
        held = json.loads(cell)
    except (TypeError, json.JSONDecodeError):
        raise ValueError(
            f"column {JSON!r} holds {str(cell)!r:.60} in row {place}, which is no JSON; download "
            "the results again"
        ) from None
    parts = held if isinstance(held, list) else [held]
    found: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, dict):
            found |= {name: _value(value) for name, value in part.items()}
    return found


def _value(value: Any) -> Any:
    """An answer of JSON: {"label": x} is x, {"a": true, "b": false} is a."""
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(flag, bool) for flag in value.values()):
        return [name for name, flag in value.items() if flag]
    for name in ("label", "labels", "value"):
        if name in value:
            return value[name]
    return json.dumps(value, ensure_ascii=False)
