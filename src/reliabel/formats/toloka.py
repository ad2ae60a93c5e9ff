"""Assignments of a Toloka pool as TSV: each row is one answer of a person to a task.

``INPUT:`` columns are what the task showed, ``OUTPUT:`` columns the answers, ``GOLDEN:`` columns
the known answers of control tasks, ``ASSIGNMENT:`` columns say who answered and when.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from reliabel.formats.columns import Table
from reliabel.formats.platform_rows import (
    cells_of,
    chosen,
    kept,
    several,
    single,
    table_of_votes,
)

INPUT, OUTPUT, GOLDEN = "INPUT:", "OUTPUT:", "GOLDEN:"
WORKER, TASK, STATUS = "ASSIGNMENT:worker_id", "ASSIGNMENT:task_id", "ASSIGNMENT:status"
TIMES = ("ASSIGNMENT:submitted", "ASSIGNMENT:started")
COUNTED = ("approved", "accepted", "submitted")


def recognises(names: Collection[str]) -> bool:
    """Whether the columns are those of a pool's assignments."""
    return WORKER in names and any(name.startswith(OUTPUT) for name in names)


def votes(table: Table, what: str, question: str | None = None) -> Table:
    """The votes of a pool.

    what: the name of the file.  question: the output that is meant, if there are several.
    """
    table = kept(table, np.array([v is not None for v in cells_of(table, WORKER)], dtype=bool))
    whole = table.rows
    if STATUS in table.columns:
        states = [str(v).strip().lower() for v in cells_of(table, STATUS)]
        table = kept(table, np.array([s in (*COUNTED, "none") for s in states], dtype=bool))
    outputs = [
        name.removeprefix(OUTPUT)
        for name in table.columns
        if name.startswith(OUTPUT) and any(v is not None for v in cells_of(table, name))
    ]
    name = chosen(f"{what} holds assignments of Toloka", outputs, question, OUTPUT)
    items, called = _items(table)
    labels, notes = single(cells_of(table, OUTPUT + name), items, "task")
    made: dict[str, Any] = {
        called: items,
        WORKER: cells_of(table, WORKER),
        OUTPUT + name: labels,
    }
    roles = {"item": called, "worker": WORKER, "label": OUTPUT + name}
    read = [
        f"{what} holds assignments of Toloka: item is {called}, worker is {WORKER}, label is "
        f"{OUTPUT}{name} (label= names another)"
    ]
    if whole > table.rows:
        gone = several(whole - table.rows, "answer was", "answers were")
        read.append(f"{gone} rejected, skipped or not finished, and left out")
    when = next((column for column in TIMES if column in table.columns), None)
    if when is not None:
        made[when], roles["time"] = cells_of(table, when), when
    if GOLDEN + name in table.columns:
        made[GOLDEN + name], roles["gold"] = cells_of(table, GOLDEN + name), GOLDEN + name
    facts = {
        column.removeprefix(INPUT): column for column in table.columns if column.startswith(INPUT)
    }
    return table_of_votes(table, made, facts, [*read, *notes], roles)


def _items(table: Table) -> tuple[list[Any], str]:
    """The name of each row's task: its id, else all that it showed."""
    if TASK in table.columns:
        ids = cells_of(table, TASK)
        if all(v is not None for v in ids):
            return ids, TASK
    shown = [cells_of(table, name) for name in table.columns if name.startswith(INPUT)]
    if not shown:
        raise ValueError(
            f"the file has neither {TASK!r} nor {INPUT} columns, so that nothing says which "
            "answers belong to one task; download it with the task ids"
        )
    rows = [
        " | ".join("" if v is None else str(v) for v in row) for row in zip(*shown, strict=True)
    ]
    return rows, f"{INPUT}*"
