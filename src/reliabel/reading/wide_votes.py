"""Wide tables of votes, one column a worker: which columns are workers, and the long table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reliabel.reading.column_globs import columns_named, is_glob
from reliabel.reading.column_roles import present


def is_wide(table: Any, worker: Any) -> bool:
    """Whether the workers are columns: several names, or a pattern such as r*."""
    return worker is not None and (not isinstance(worker, str) or is_glob(table, worker))


def long_of_wide(table: Any, words: Mapping[str, Any], missing: Sequence[str]) -> Any:
    """The long table of a wide one, with notes on what patterns found.

    words: role -> column; "worker" holds the names of columns or patterns.
    Raises ValueError for columns that are not there, or that a wide table has no use for.
    """
    from reliabel.formats.votes_wide import long

    for role in ("time", "seconds"):
        if words.get(role) is not None:
            raise ValueError(
                f"a wide table, with one column a worker, holds no {role} of each vote; leave "
                f"{role}= (--{role}) out, or give one row a vote"
            )
    item = None if words["item"] is None else present(table, words["item"], "item")
    facts = [
        present(table, name, role)
        for role in ("text", "image")
        for name in _listed(words.get(role))
    ]
    label = words.get("label")
    taken = [name for name in (item, *facts, label) if isinstance(name, str)]
    workers, notes = columns_named(table, _listed(words["worker"]), "worker", taken=taken)
    if item in workers:
        raise ValueError(
            f"column {item!r} names the items and cannot hold the votes of a worker too"
        )
    if label is not None:
        notes.append(
            f"label {label!r} is not used: in a wide table the columns of the workers hold the "
            "answers"
        )
    found = long(table, item=item, workers=workers, missing=missing, beside=facts)
    return replace(found, notes=(*notes, *found.notes))


def _listed(names: Any) -> list[Any]:
    return [] if names is None else [names] if isinstance(names, str) else list(names)
