"""What the spans of two sets have to do with each other, sentence by sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Ints
from reliabel.core.short_repr import by_fields

SAME, TYPE, BOUNDARY, BOTH, ALONE = range(5)
KINDS = ("same", "type", "boundary", "both", "alone")


@dataclass(frozen=True, eq=False)
class Matched:
    """For each span of one set, what the other has there: ``partner`` (m,) the span of the other
    set, -1 where none shares a word; ``kind`` (m,) a place in KINDS: the same span, the same words
    with another type, other words with the same type, both other, or alone.
    """

    partner: Ints
    kind: Ints

    __repr__ = by_fields


def matched(
    start: Ints, end: Ints, y: Ints, item: Ints, other: tuple[Ints, Ints, Ints, Ints]
) -> Matched:
    """The span of the other set that fits each span best: the same words, else the one that shares
    most of the words that the two cover together, of several one of the same type, then the first.

    A span of one set alone is spurious or missing, by which set is the truth.  ``other``: start,
    end, class and item of the other set.  Both sets may overlap within themselves.

    >>> a = [np.array(part) for part in ([0, 3, 6, 8], [2, 5, 7, 9], [0, 0, 1, 1], [0, 0, 0, 0])]
    >>> b = [np.array(part) for part in ([0, 3, 5], [2, 4, 8], [0, 0, 0], [0, 0, 0])]
    >>> [KINDS[kind] for kind in matched(*a, b).kind]
    ['same', 'boundary', 'both', 'alone']
    """
    there, to, kind, owner = (np.asarray(part, dtype=np.int64) for part in other)
    start, end, item = (np.asarray(part, dtype=np.int64) for part in (start, end, item))
    reach = int(max(end.max(initial=0), to.max(initial=0))) + 1
    left, right = item * reach + start, item * reach + end  # one line on which items do not touch
    order = np.lexsort([to, owner * reach + there])
    begins = (owner * reach + there)[order]
    furthest = np.maximum.accumulate((owner * reach + to)[order]) if len(order) else begins
    low = np.searchsorted(furthest, left, side="right")  # all before these end before it
    high = np.maximum(np.searchsorted(begins, right, side="left"), low)
    size = high - low
    mine = np.repeat(np.arange(len(start)), size)
    inside = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    theirs = order[np.repeat(low, size) + inside]
    shared = np.minimum(end[mine], to[theirs]) - np.maximum(start[mine], there[theirs])
    near = (shared > 0) & (item[mine] == owner[theirs])
    mine, theirs, shared = mine[near], theirs[near], shared[near]
    together = (end - start)[mine] + (to - there)[theirs] - shared
    alike = np.asarray(y)[mine] == kind[theirs]
    best = np.lexsort([theirs, ~alike, -(shared / together), mine])
    _, first = np.unique(mine[best], return_index=True)
    chosen = best[first]
    partner = np.full(len(start), -1)
    partner[mine[chosen]] = theirs[chosen]
    code = np.full(len(start), ALONE)
    extent = shared[chosen] == together[chosen]
    code[mine[chosen]] = np.where(
        alike[chosen], np.where(extent, SAME, BOUNDARY), np.where(extent, TYPE, BOTH)
    )
    return Matched(partner, code)


def words_within(word_start: Ints, word_end: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """The words that ranges of characters touch: first, and one after the last.  Words are those of
    one text, in order, as ranges of its characters.

    >>> words = np.array([0, 3, 9]), np.array([2, 8, 10])
    >>> [part.tolist() for part in words_within(*words, np.array([3, 4]), np.array([8, 10]))]
    [[1, 1], [2, 3]]
    """
    first = np.searchsorted(word_end, start, side="right")
    after = np.searchsorted(word_start, end, side="left")
    return first, np.maximum(after, first)
