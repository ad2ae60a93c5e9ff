"""Exports of crowd platforms, known by their columns."""

from __future__ import annotations

from reliabel.formats import appen, mechanical_turk, toloka
from reliabel.formats.columns import Table

PLATFORMS = (mechanical_turk, toloka, appen)


def votes_of(table: Table, what: str, question: str | None = None) -> Table | None:
    """The votes of an export, with the role of each column; None for any other table.

    what: what the table is called in sentences.  question: the answer that is meant, if there are
        several.
    """
    for platform in PLATFORMS:
        if platform.recognises(table.columns):
            found: Table = platform.votes(table, what, question)
            return found
    return None
