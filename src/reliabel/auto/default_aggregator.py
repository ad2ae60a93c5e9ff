"""Which one aggregator ``by="auto"`` is for votes on other labels than classes."""

from __future__ import annotations

from typing import Any

from reliabel.core.catalogue import Entry, catalogue
from reliabel.core.labels import Votes
from reliabel.core.lift import fits, kind_of


def default_aggregator(votes: Votes[Any]) -> Entry:
    """The aggregator whose file says STATUS = "default" and that takes these votes, as they are
    rather than unit by unit.

    Raises ValueError where there is none, with the names of those that take the votes.
    """
    able = [(fits(entry.takes, votes), entry) for entry in catalogue() if entry.verb == "aggregate"]
    usual = [(way, entry) for way, entry in able if way and entry.status == "default"]
    for way, entry in usual:
        if way == "native" and "Votes[Any]" not in entry.takes:
            return entry
    if usual:
        return usual[0][1]
    known = ", ".join(entry.name for way, entry in able if way)
    advice = f"name one with by=: {known}" if known else "no aggregator takes such votes"
    raise ValueError(f"by='auto' has no method for {kind_of(votes)}; {advice}")


def method_for(answers: str) -> str:
    """The aggregator whose file says that it is for answers of this kind word of ``read``; "auto"
    where the kind of their labels decides.

    >>> method_for("sets"), method_for("candidates")
    ('auto', 'candidate_sets')
    """
    named = (one for one in catalogue() if one.verb == "aggregate" and one.answers == answers)
    return next((one.name for one in named if answers), "auto")
