"""How good each worker's masks are: by their agreement with an expert, or with other workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array

from reliabel.core.labels import Floats, Grouped, Ints, Votes
from reliabel.core.objects import Regions
from reliabel.core.short_repr import by_fields
from reliabel.ops.mask_votes import Canvas, picture_canvases
from reliabel.ops.metric_sources import error_of_sources
from reliabel.ops.regions import near_edges

FAITH = 3.0  # pictures' worth of trust that a worker is like the others
WITHIN = 2  # pixels from an expert's edge at which an edge is in its place


@dataclass(frozen=True, eq=False)
class Quality:
    """Agreement of each worker with the expert, each (w,) from 0 to 1 and NaN for a worker without
    an expert's picture: ``area`` (intersection over union), ``objects`` (of the numbers of regions
    the smaller over the larger), ``edges`` (F1 of the pixels at edges, two pixels apart at most),
    and ``pictures`` (w,), on how many.
    """

    area: Floats
    objects: Floats
    edges: Floats
    pictures: Ints

    __repr__ = by_fields

    @property
    def score(self) -> Floats:
        """(w,) the mean of the three."""
        return np.asarray((self.area + self.objects + self.edges) / 3)


def quality(votes: Votes[Grouped[Regions]], gold: Grouped[Regions]) -> Quality:
    """Each worker against the expert, on the pictures for which ``gold`` has a region."""
    known = np.diff(gold.offsets) > 0
    vote = np.flatnonzero(known[votes.item])
    sums, pictures = np.zeros((3, votes.w)), np.bincount(votes.worker[vote], minlength=votes.w)
    with_expert = joined_votes(votes.take(vote), gold)
    for one in picture_canvases(with_expert):
        expert = one.said[-1]
        mine = one.said[:-1]
        right = np.where((mine == expert) & (expert >= 0), one.pixels, 0).sum(1)
        drawn = np.where((mine >= 0) | (expert >= 0), one.pixels, 0).sum(1)
        sums[0] += np.bincount(one.workers[:-1], right / np.maximum(drawn, 1), votes.w)
        sums[2] += np.bincount(one.workers[:-1], _edges(one), votes.w)
    count = np.diff(votes.labels.offsets)[vote]
    true = np.diff(gold.offsets)[votes.item[vote]]
    close = np.minimum(count, true) / np.maximum(np.maximum(count, true), 1)
    sums[1] = np.bincount(votes.worker[vote], close, votes.w)
    mean = np.divide(sums, pictures, out=np.full(sums.shape, np.nan), where=pictures > 0)
    return Quality(mean[0], mean[1], mean[2], pictures)


def joined_votes(votes: Votes[Grouped[Regions]], gold: Grouped[Regions]) -> Votes[Grouped[Regions]]:
    """The votes with the expert as one worker more, the last, on the pictures that the expert
    drew in.
    """
    items = np.flatnonzero(np.diff(gold.offsets))
    mine, expert = votes.labels, gold.take(items)
    code = {name: place for place, name in enumerate(mine.units.names)}
    names = (*mine.units.names, *(name for name in expert.units.names if name not in code))
    code = {name: place for place, name in enumerate(names)}
    y = np.array([code[name] for name in expert.units.names], np.int64)[expert.units.y]
    one, two = mine.units, replace_class(expert.units, y, names)
    runs = np.concatenate([np.diff(one.offsets), np.diff(two.offsets)])
    units = Regions(
        np.concatenate([one.y, two.y]),
        np.concatenate([one.start, two.start]),
        np.concatenate([one.length, two.length]),
        np.append(0, np.cumsum(runs)),
        np.concatenate([one.size, two.size]),
        names,
    )
    count = np.concatenate([np.diff(mine.offsets), np.diff(expert.offsets)])
    return Votes(
        np.concatenate([votes.item, items]),
        np.concatenate([votes.worker, np.full(len(items), votes.w)]),
        Grouped(units, np.append(0, np.cumsum(count))),
        votes.n,
        votes.w + 1,
    )


def replace_class(units: Regions, y: Ints, names: Sequence[str]) -> Regions:
    """Regions with other codes and names."""
    return Regions(y, units.start, units.length, units.offsets, units.size, names)


def agreement_quality(canvases: Sequence[Canvas], w: int) -> Floats:
    """(w,) the expected share of pixels, of those that somebody drew, on which each worker is
    right, from how often workers agree with one another; NaN where nothing tells.
    """
    apart, both = np.zeros((w, w)), np.zeros((w, w))
    common = np.zeros((w, w))
    for one in canvases:
        drawn = (one.said >= 0).any(0)
        said, pixels = one.said[:, drawn], one.pixels[drawn]
        other = (said[:, None] != said[None]) @ pixels
        cell = np.ix_(one.workers, one.workers)
        if len(np.unique(one.workers)) < len(one.workers):  # a worker with several votes
            a, b = np.meshgrid(one.workers, one.workers, indexing="ij")
            place = (a.ravel(), b.ravel())
            apart += coo_array((other.ravel(), place), shape=(w, w)).toarray()
            both += coo_array((np.full(other.size, pixels.sum()), place), shape=(w, w)).toarray()
            common += coo_array((np.ones(other.size), place), shape=(w, w)).toarray()
            continue
        apart[cell] += other
        both[cell] += pixels.sum()
        common[cell] += 1
    distance = np.divide(apart, both, out=np.zeros((w, w)), where=both > 0)
    error, _ = error_of_sources(distance, common, faith=FAITH)
    return np.asarray(1 - np.clip(error, 0, 1))


def _edges(one: Canvas) -> Floats:
    """(r - 1,) how well the edges of each worker lie at the expert's, the last row."""
    rows = [np.repeat(said[one.pattern], one.length).reshape(one.size) for said in one.said]
    at, near = (
        [near_edges(grid, 1) for grid in rows],
        [near_edges(grid, 1 + WITHIN) for grid in rows],
    )
    true, around = at[-1], near[-1]
    found = []
    for mine, close in zip(at[:-1], near[:-1], strict=True):
        hit, seen = int((mine & around).sum()), int((true & close).sum())
        found.append((hit + seen) / max(int(mine.sum()) + int(true.sum()), 1))
    return np.array(found)
