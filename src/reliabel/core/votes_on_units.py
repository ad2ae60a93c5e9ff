"""Votes on groups as votes on their units: what lets a method for votes on classes or numbers run
where several people label every token of a sentence.

All votes on an item must divide it into the same units; unit u of an item then becomes an item of
its own.  Units that a worker left unlabelled (-1, NaN) are abstentions and become no vote.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.dataset import Ids
from reliabel.core.labels import Classes, Floats, Grouped, Ints, Labels, Numbers, Votes


def unit_labels(labels: Labels) -> Labels:
    """The labels themselves, taken out of votes and groups.

    >>> unit_labels(Grouped(Numbers(np.array([0.5, 2.0])), np.array([0, 2]))).y.tolist()
    [0.5, 2.0]
    """
    while isinstance(labels, Grouped | Votes):
        labels = labels.units if isinstance(labels, Grouped) else labels.labels
    return labels


def units_are_shared(votes: Votes[Any]) -> bool:
    """Whether all votes on an item are on the same units: words, pixels.  Objects within an item
    are each worker's own.
    """
    grouped = isinstance(votes.labels, Grouped)
    return grouped and isinstance(votes.labels.units, Classes | Numbers)


def unit_counts(votes: Votes[Grouped[Any]], ids: Ids | None = None) -> Ints:
    """(n,) the number of units of each item, 0 for items without votes.

    ids: the names that a message uses; without them items and workers go by their numbers.
    Raises ValueError where two votes divide an item into different numbers of units.
    """
    size = np.diff(votes.labels.offsets)
    count = np.zeros(votes.n, dtype=np.int64)
    count[votes.item] = size
    if (count[votes.item] != size).any():
        raise ValueError(_disagreement(votes, size, ids or Ids()))
    return count


def votes_on_units(votes: Votes[Grouped[Any]], ids: Ids | None = None) -> tuple[Votes[Any], Ints]:
    """The votes with every unit as an item, and where each item's units begin: offsets (n + 1,).

    Raises ValueError where two votes divide an item into different numbers of units.

    >>> tags = Grouped(Classes(np.array([0, 1, 0, 0])), np.array([0, 2, 4]))
    >>> flat, offsets = votes_on_units(Votes(np.array([0, 0]), np.array([0, 1]), tags, n=1, w=2))
    >>> flat.item.tolist(), flat.worker.tolist(), flat.labels.y.tolist(), offsets.tolist()
    ([0, 1, 0, 1], [0, 0, 1, 1], [0, 1, 0, 0], [0, 2])
    """
    offsets = np.concatenate([[0], np.cumsum(unit_counts(votes, ids))])
    groups = votes.labels
    size = np.diff(groups.offsets)
    inside = np.arange(len(groups.units)) - np.repeat(groups.offsets[:-1], size)
    unit = np.repeat(offsets[votes.item], size) + inside
    worker = np.repeat(votes.worker, size)
    units = groups.units
    given = _labelled(units)
    if not given.all():
        unit, worker, units = unit[given], worker[given], units.take(given)
    return Votes(unit, worker, units, int(offsets[-1]), votes.w), offsets


def of_units(votes: Votes[Any]) -> Votes[Any]:
    """Votes on groups as votes on their units, any others as they are."""
    return votes_on_units(votes)[0] if isinstance(votes.labels, Grouped) else votes


def _labelled(units: Labels) -> Any:
    """(units,) True for units with a label."""
    if isinstance(units, Classes):
        return units.y >= 0
    if isinstance(units, Numbers):
        y: Floats = units.y.reshape(len(units), -1)
        return ~np.isnan(y).any(1)
    return np.ones(len(units), dtype=bool)


def _disagreement(votes: Votes[Any], size: Ints, ids: Ids) -> str:
    """What is wrong with the first item whose votes divide it differently."""
    first = np.zeros(votes.n, dtype=np.int64)
    first[votes.item[::-1]] = np.arange(len(votes))[::-1]  # the first vote on each item
    other = np.flatnonzero(size[first[votes.item]] != size)
    two = (int(first[votes.item[other[0]]]), int(other[0]))
    workers = [votes.worker[vote] for vote in two]
    names = [repr(ids.workers[who]) if ids.workers else str(who) for who in workers]
    item = int(votes.item[two[0]])
    more = len(np.unique(votes.item[other])) - 1
    return (
        f"item {repr(ids.item(item)) if ids.items else item} has {size[two[0]]} units in the vote "
        f"of worker {names[0]} and {size[two[1]]} in that of worker {names[1]}"
        + (f" ({more:,} more items are divided differently)" if more else "")
        + "; all votes on an item must divide it into the same units: align them, or leave one out"
    )
