"""Where a consensus contradicts all votes on an item, and what in the votes goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes

MUCH = 0.01  # of the items with votes, from which on it is told (a judgement)


class Contradicted(NamedTuple):
    """Items whose likeliest class no vote names; on how many of them all votes agree; the class
    that they get most, how many of them get it, and whether it is the likeliest class of most items
    as well; the source whose votes are contradicted most (-1: none), how many of its votes are, of
    how many, and the chance that they are right.
    """

    items: Ints
    unanimous: int
    gets: int
    many: int
    usual: bool
    source: int
    against: int
    cast: int
    right: float


def contradicted(votes: Votes[Classes], posterior: Floats) -> Contradicted | None:
    """The items whose label no vote names; None where there are none.

    posterior: (n, k) the chance of each class.  A class that is as likely as the likeliest one is
        not contradicted.

    >>> v = Votes([0, 0, 1], [0, 1, 1], Classes([1, 1, 0], ("a", "b")), n=3, w=2)
    >>> found = contradicted(v, np.array([[0.9, 0.1], [0.8, 0.2], [0.5, 0.5]]))
    >>> found.items.tolist(), found.unanimous, found.gets, found.source, round(found.right, 2)
    ([0], 1, 0, 0, 0.1)
    """
    n, k, y = votes.n, votes.labels.k, votes.labels.y
    named = np.zeros(n)
    np.maximum.at(named, votes.item, posterior[votes.item, y])
    voted = np.bincount(votes.item, minlength=n) > 0
    items = np.flatnonzero(voted & (posterior.max(1) > named + 1e-9))
    if not len(items):
        return None
    label = posterior.argmax(1)
    gets = np.bincount(label[items], minlength=k)
    most = int(gets.argmax())
    out = np.isin(votes.item, items)
    first = np.full(n, -1)
    first[votes.item] = y
    mixed = np.bincount(votes.item, y != first[votes.item], n) > 0
    against = np.bincount(votes.worker, out, votes.w)
    source = int(against.argmax())
    mine = votes.worker == source
    return Contradicted(
        items,
        int((~mixed[items]).sum()),
        most,
        int(gets[most]),
        bool(np.bincount(label[voted], minlength=k).argmax() == most),
        source,
        int(against[source]),
        int(mine.sum()),
        float(posterior[votes.item[mine], y[mine]].mean()),
    )


def contradiction_warnings(
    votes: Votes[Classes], labels: Any, names: Sequence[str] | None = None
) -> list[str]:
    """A sentence where it is not rare: how many labels contradict all votes, and what most likely
    is the reason.

    labels: the consensus.  names: of the sources.
    """
    if not isinstance(labels, Soft) or len(labels) != votes.n or labels.k != votes.labels.k:
        return []
    found, voted = contradicted(votes, labels.p), len(np.unique(votes.item))
    if found is None or len(found.items) < max(1, MUCH * voted):
        return []
    many, name = len(found.items), votes.labels.names[found.gets]
    who = f"worker {found.source}" if names is None else repr(names[found.source])
    agree = f" (on {found.unanimous:,} all votes agree)" if found.unanimous else ""
    if found.right < 1 / votes.labels.k and found.against >= many / 2:
        why = (
            f"the model takes votes of {who} for right with a chance of {found.right:.2f} only, "
            f"so that they count against the class they name, on {found.against:,} of these "
            "items: mend or drop it"
        )
    elif found.usual and found.many >= many / 2:
        why = (
            f"{found.many:,} of them get {name!r}, the label of most items: the model expects this "
            "class so often that few votes for another do not outweigh it; give gold= so that the "
            "balance can be checked"
        )
    else:
        why = (
            f"most often {name!r}; votes of {who} are contradicted most, on {found.against:,} of "
            f"its {found.cast:,} items: look at these first"
        )
    return [
        f"{many:,} of {voted:,} items get a class that no vote on them names{agree}: {why}; "
        "by='majority' never does so"
    ]
