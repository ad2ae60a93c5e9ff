"""Several votes of one worker on one item: which of them count."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.catalogue import nearest
from reliabel.core.dataset import Ids
from reliabel.core.labels import Votes
from reliabel.core.orders import Comparisons

DUPLICATES = ("last", "first", "all", "error")


def one_vote_each(
    votes: Votes[Any], duplicates: str, ids: Ids | None = None
) -> tuple[Votes[Any], list[str]]:
    """The votes with at most one per worker and item, and warnings of what was left out.

    duplicates: which of repeated votes stay: the "last", the "first" or "all"; with "error" they
        are refused.
        Of comparisons "last" keeps all, since a worker who compares two things on several occasions
        casts a vote each time.
    ids: the names that a message uses; without them items and workers go by their numbers.
    Raises ValueError for repeated votes under "error", and for a policy of another name.
    """
    if duplicates not in DUPLICATES:
        raise ValueError(
            f"duplicates must be one of {', '.join(DUPLICATES)}, got {duplicates!r}"
            f"{nearest(str(duplicates), DUPLICATES)}"
        )
    if duplicates in ("last", "all") and isinstance(votes.labels, Comparisons):
        return votes, []
    from reliabel.ops.votes_by_item import one_per_pair

    stays = one_per_pair(votes, "last" if duplicates == "last" else "first")
    again = len(votes) - int(stays.sum())
    if not again:
        return votes, []
    if duplicates == "all":
        kept = f"{again:,} repeated votes of a worker on an item were kept (duplicates='all')"
        return votes, [kept]
    if duplicates == "error":
        first = int(np.flatnonzero(~stays)[0])
        raise ValueError(_refusal(votes, first, again, ids or Ids()))
    return votes.take(stays), [
        f"{again:,} of {len(votes):,} votes repeat a worker's vote on the same item; "
        f"the {duplicates} of each was kept"
    ]


def _refusal(votes: Votes[Any], first: int, again: int, ids: Ids) -> str:
    who, item = int(votes.worker[first]), int(votes.item[first])
    worker = str(who) if ids.workers is None else repr(ids.workers[who])
    place = str(item) if ids.items is None else repr(ids.items[item])
    return (
        f"worker {worker} voted more than once on item {place}, and {again:,} votes repeat in all; "
        "clean them, or choose duplicates='last', 'first' or 'all'"
    )
