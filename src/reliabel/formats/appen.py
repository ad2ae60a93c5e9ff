"""Full reports of Appen (Figure Eight, CrowdFlower) as CSV: each row is the judgment of one person
on a unit.

Columns of the platform begin with an underscore; a question has a column of its own name and one of
its known answers, ``NAME_gold``; the rest describes the unit.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from reliabel.formats.columns import Table, objects
from reliabel.formats.moments import seconds_since_1970
from reliabel.formats.platform_rows import (
    cells_of,
    chosen,
    is_true,
    several,
    single,
    table_of_votes,
)

ITEM, WORKER, GOLDEN, TAINTED = "_unit_id", "_worker_id", "_golden", "_tainted"
TIME, START, GOLD = "_created_at", "_started_at", "_gold"
SECONDS = "_seconds"  # from the start of a judgment to its end


def recognises(names: Collection[str]) -> bool:
    """Whether the columns are those of a full report."""
    return ITEM in names and WORKER in names


def votes(table: Table, what: str, question: str | None = None) -> Table:
    """The votes of a full report.

    what: the name of the file.  question: the question that is meant, if there are several.
    """
    own = [name for name in table.columns if not name.startswith("_")]
    known = [name for name in own if name + GOLD in table.columns]
    asked = [question] if question in own and question not in known else []
    name = chosen(f"{what} holds a full report of Appen", known or asked or own, question)
    items = cells_of(table, ITEM)
    labels, notes = single([_parts(v) for v in cells_of(table, name)], items, "unit")
    made: dict[str, Any] = {ITEM: items, WORKER: cells_of(table, WORKER), name: labels}
    roles = {"item": ITEM, "worker": WORKER, "label": name}
    read = [
        f"{what} holds a full report of Appen: item is {ITEM}, worker is {WORKER}, label is {name} "
        "(label= names another)"
    ]
    if TIME in table.columns:  # months come first: 11/2/2026 18:00:12
        made[TIME], roles["time"] = _moments(table, TIME), TIME
        if START in table.columns:
            made[SECONDS], roles["seconds"] = made[TIME] - _moments(table, START), SECONDS
    if name + GOLD in table.columns:
        made[name + GOLD], more = _gold(table, name)
        roles["gold"] = name + GOLD
        notes += more
    if TAINTED in table.columns:
        failed = sum(map(is_true, cells_of(table, TAINTED)))
        if failed:
            one = several(failed, "judgment is", "judgments are")
            notes.append(
                f"{one} of people who failed the test questions ({TAINTED}); they are kept, since "
                "skills are learnt"
            )
    gone = {*made, *known, *(other + GOLD for other in known)}
    facts = {column: column for column in own if column not in gone}
    return table_of_votes(table, made, facts, [*read, *notes], roles)


def _gold(table: Table, name: str) -> tuple[list[Any], list[str]]:
    """The known answer of each row, where there is just one."""
    cells = [_parts(v) for v in cells_of(table, name + GOLD)]
    if GOLDEN in table.columns:
        tests = map(is_true, cells_of(table, GOLDEN))
        cells = [cell if test else None for cell, test in zip(cells, tests, strict=True)]
    many = sum(isinstance(cell, list) for cell in cells)
    notes = (
        [f"{several(many, 'row allows', 'rows allow')} several known answers and count as unknown"]
        if many
        else []
    )
    return [None if isinstance(cell, list) else cell for cell in cells], notes


def _moments(table: Table, name: str) -> Any:
    cells = objects(cells_of(table, name))
    return seconds_since_1970(cells, name, month_first=True)


def _parts(value: Any) -> Any:
    """A cell; several answers stand in lines of their own."""
    if not isinstance(value, str) or "\n" not in value.strip():
        return value
    return [part.strip() for part in value.splitlines() if part.strip()]
