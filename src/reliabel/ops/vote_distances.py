"""How far two votes are from each other, from 0 (the same) to 1 (nothing in common), for answers
that are no plain class or number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from reliabel.core.free_text import Texts
from reliabel.core.labels import Floats, Grouped, Ints, Spans, Votes
from reliabel.core.objects import Boxes, Regions
from reliabel.core.orders import LEFT, TIE, Comparisons, Rankings
from reliabel.ops.chunks import spans
from reliabel.ops.match import greedy, overlaps
from reliabel.ops.regions import areas, intersections
from reliabel.ops.word_tokens import tokens_of

# two arrays of places of votes -> (pairs,) how far they are apart
Distance: TypeAlias = Callable[[Ints, Ints], Floats]
BY_CHANCE = 0.5  # mean distance of two orders of the same things that are drawn by chance


def distance_of(votes: Votes[Any]) -> tuple[Distance, float | None]:
    """The distance of votes, and the mean one by chance where the kind of answer says what it is
    (None: that of votes on different items).

    Raises ValueError for kinds without a distance.

    >>> votes = Votes([0, 0], [0, 1], Texts(["a dog", "a cat"]), n=1, w=2)
    >>> distance_of(votes)[0](np.array([0]), np.array([1])).round(2).tolist()
    [0.5]
    """
    bare = votes.labels.units if isinstance(votes.labels, Grouped) else votes.labels
    made = DISTANCES.get(type(bare))
    if made is None:
        raise ValueError(f"there is no distance between votes on {type(bare).__name__}")
    return made(votes), BY_CHANCE if isinstance(bare, Comparisons | Rankings) else None


def _comparisons(votes: Votes[Comparisons]) -> Distance:
    """0 where both prefer the same thing of the pair, 1 where not, a half where one sees a tie."""
    told = votes.labels
    first = (told.y == LEFT) == (told.left < told.right)  # the thing with the lower number
    share = np.where(told.y == TIE, 0.5, first.astype(float))
    return lambda a, b: np.abs(share[a] - share[b])


def _rankings(votes: Votes[Rankings]) -> Distance:
    """The share of the pairs of things that both rank on whose order they differ."""
    labels = votes.labels
    place = np.full((len(labels), labels.n), np.nan)
    owner = np.repeat(np.arange(len(labels)), np.diff(labels.offsets))
    place[owner, labels.order] = np.arange(len(labels.order)) - labels.offsets[owner]
    one, two = np.triu_indices(labels.n, 1)

    def apart(a: Ints, b: Ints) -> Floats:
        found = np.full(len(a), np.nan)
        for start, stop in spans(len(a), 4 * len(one)):
            ways = [
                np.sign(place[rows[start:stop]][:, one] - place[rows[start:stop]][:, two])
                for rows in (a, b)
            ]
            both = np.isfinite(ways[0]) & np.isfinite(ways[1])
            many = both.sum(1)
            other = ((ways[0] != ways[1]) & both).sum(1)
            found[start:stop] = np.divide(other, many, out=found[start:stop], where=many > 0)
        return found

    return apart


def _texts(votes: Votes[Texts]) -> Distance:
    """One less the cosine of the counts of words."""
    tokens = tokens_of([text or "" for text in votes.labels.y])
    row = np.repeat(np.arange(len(votes)), np.diff(tokens.offsets))
    word = np.unique(tokens.code, return_inverse=True)[1].ravel()
    table: Any = sparse.coo_array(
        (np.ones(len(row)), (row, word)), shape=(len(votes), int(word.max(initial=0)) + 1)
    ).tocsr()
    size = np.sqrt(np.asarray(table.multiply(table).sum(1)).ravel())

    def apart(a: Ints, b: Ints) -> Floats:
        shared = np.asarray(table[a].multiply(table[b]).sum(1)).ravel()
        return _less(shared, size[a] * size[b], (size[a] == 0) & (size[b] == 0))

    return apart


def _spans(votes: Votes[Grouped[Spans]]) -> Distance:
    """One less the share (Dice) of the words with the same class."""
    units, owner = votes.labels.units, votes.labels.item
    use = units.y >= 0
    size = (units.end - units.start)[use]
    row = np.repeat(owner[use], size)
    word = np.repeat(units.start[use] - (np.cumsum(size) - size), size) + np.arange(int(size.sum()))
    cell = word * max(units.k, 1) + np.repeat(units.y[use], size)
    shape = (len(votes), int(cell.max(initial=0)) + 1)
    table: Any = sparse.coo_array((np.ones(len(row)), (row, cell)), shape=shape).tocsr()
    table.data[:] = 1
    many = np.diff(table.indptr).astype(float)

    def apart(a: Ints, b: Ints) -> Floats:
        shared = np.asarray(table[a].multiply(table[b]).sum(1)).ravel()
        return _less(2 * shared, many[a] + many[b], many[a] + many[b] == 0)

    return apart


def _boxes(votes: Votes[Grouped[Boxes]]) -> Distance:
    """One less the overlap (intersection over union) of matched boxes of one class, over the mean
    number of boxes.
    """
    labels = votes.labels

    def apart(a: Ints, b: Ints) -> Floats:
        one, two = labels.take(a), labels.take(b)
        pairs = overlaps(one.units.xyxy, one.offsets, two.units.xyxy, two.offsets, 1e-9)
        pairs = pairs.take(one.units.y[pairs.mine] == two.units.y[pairs.other])
        taken = greedy(pairs.mine, pairs.other, pairs.iou)
        shared = np.bincount(one.item[pairs.mine[taken]], pairs.iou[taken], len(a))
        many = np.diff(one.offsets) + np.diff(two.offsets)
        return _less(2 * shared, many.astype(float), many == 0)

    return apart


def _regions(votes: Votes[Grouped[Regions]]) -> Distance:
    """One less the share (Dice) of the pixels with the same class."""
    labels = votes.labels
    runs = len(labels.units.start) // max(len(votes), 1) + 1  # of a vote, on average

    def apart(a: Ints, b: Ints) -> Floats:
        blocks = spans(len(a), 8 * runs)
        return np.concatenate([block(a[i:j], b[i:j]) for i, j in blocks] or [np.zeros(0)])

    def block(a: Ints, b: Ints) -> Floats:
        one, two = labels.take(a), labels.take(b)
        mine, other, shared = intersections(one.units, two.units, (one.item, two.item))
        same = one.units.y[mine] == two.units.y[other]
        both = np.bincount(one.item[mine[same]], shared[same], len(a))
        sizes = [np.bincount(side.item, areas(side.units), len(a)) for side in (one, two)]
        return _less(2 * both, sizes[0] + sizes[1], sizes[0] + sizes[1] == 0)

    return apart


def _less(shared: Any, whole: Any, empty: Any) -> Floats:
    """One less a share; 0 for two votes that both hold nothing."""
    share = np.divide(shared, whole, out=np.zeros(len(shared)), where=whole > 0)
    return np.asarray(np.where(empty, 0.0, np.clip(1 - share, 0, 1)))


DISTANCES: Mapping[type[Any], Callable[[Any], Distance]] = {
    Comparisons: _comparisons,
    Rankings: _rankings,
    Texts: _texts,
    Spans: _spans,
    Boxes: _boxes,
    Regions: _regions,
}
