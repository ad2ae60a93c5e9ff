"""Columns named by a pattern such as r* or Answer.*, for many columns of one role."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from typing import Any

from reliabel.reading.column_roles import present

WILD = "*?["


def is_glob(table: Any, name: Any) -> bool:
    """Whether a name given for a role is a pattern: a column of just that name is no pattern."""
    return isinstance(name, str) and any(c in name for c in WILD) and name not in table.columns


def columns_named(
    table: Any, names: Sequence[str], role: str, *, taken: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """The columns that names and patterns stand for, each once and in the order of the names (of a
    pattern: of the table), and notes on what the patterns found.

    taken: columns with another role, which no pattern takes.
    Raises ValueError for a column that is not there and for a pattern that fits none.
    """
    found: list[str] = []
    notes: list[str] = []
    for name in names:
        if not is_glob(table, name):
            found.append(present(table, name, role))
            continue
        fit = [column for column in table.columns if fnmatchcase(column, name)]
        own = [column for column in fit if column not in taken]
        if not own:
            raise ValueError(
                f"no column fits {name!r} for {role}; the columns are "
                f"{', '.join(map(repr, list(table.columns)[:20]))}"
            )
        found += own
        notes.append(f"{role}: {len(own)} columns fit {name!r}: {', '.join(own[:12])}")
    return list(dict.fromkeys(found)), notes
