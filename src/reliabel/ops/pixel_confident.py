"""Confident learning on pixels, in a stream of pictures: what a model sees in each region, and how
much that speaks against its class.

Source: Northcutt, Jiang, Chuang. Confident learning. JAIR 70 (2021) 1373-1411; Lad, Mueller.
Estimating label quality and errors in semantic segmentation data. arXiv:2307.05080 (image score).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.short_repr import by_fields
from reliabel.ops.class_maps import Picture, PictureBlock, picture_blocks
from reliabel.ops.class_probs import Channels, channels
from reliabel.ops.confident_parts import LEAST
from reliabel.ops.pixels_seen import (
    Fitted,
    Sums,
    confident_others,
    fitted,
    joined,
    nothing,
    region_sums,
    softmin,
    stream,
    sums_of,
)
from reliabel.ops.regions import near_edges

BAND = 2  # pixels on both sides of a border, where labels and models are vague
EVEN = 1e-3  # added to both chances, so that their ratio is not one of two numbers near nothing
CORE = 4  # pixels that a region must show to be judged, unless it is a speck
SPECK = 0.15  # weight of the log-odds of a speck, whatever its size
ALONE = 0.4  # lost of the log-odds of a region of which a model sees no other part as it is given
AROUND = 0.5  # and of one whose surroundings are of the class that the model sees instead


@dataclass(frozen=True, eq=False)
class Seen:
    """What a model sees in the regions of a label set.

    Of each row (a given region or a candidate): ``part`` (m,) whether it stands for a part of
    another row or where none is given, ``area`` (m,) the pixels it shows, ``mean`` (m, c) the mean
    probability of each class over them (of a part over those that the model is confident about),
    and ``other`` (m, c) how many of them the model confidently sees in each other class.
    ``around`` (m, c) is the share of the pixels beside its border that are given each class (a
    region's own parts left out), ``rest`` (m,) the mean probability of the class given to a part
    over the region that it is a part of (0 for a region itself) and ``speck`` (m,) whether it is a
    region of fewer than CORE pixels that lies within one other class.
    Of each picture: ``score`` (n,) the softmin of the probabilities of given classes,
    ``wrong`` (n,) the share of its pixels confidently seen in another class, away from borders,
    ``bare`` (n, c) the mean probabilities over the pixels without a region (NaN: there are none).
    ``joint`` (c, c) counts pixels [confident class, given class].  ``unfit`` are the pictures whose
    probabilities have another shape than their mask, of which nothing is known.
    """

    part: Bools
    area: Ints
    mean: Floats
    other: Ints
    around: Floats
    rest: Floats
    speck: Bools
    score: Floats
    wrong: Floats
    bare: Floats
    joint: Ints
    unfit: tuple[tuple[int, tuple[int, ...], tuple[int, int]], ...]

    __repr__ = by_fields


def area_weights(area: Ints, size: Ints) -> Floats:
    """(m,) how much the log-odds of a region's mean probabilities count: the fourth root of its
    share of the picture.  A model errs in small blobs more often than in large ones, at the same
    mean probability; the root is a choice, between none and that of as many independent pixels.
    """
    return np.asarray((np.maximum(area, 1) / np.maximum(size.prod(1), 1)) ** 0.25)


def region_odds(seen: Seen, given: Ints, size: Ints) -> tuple[Floats, Ints]:
    """(m,) the log-odds of the likeliest other class of each row against its own, by their mean
    probabilities, weighted by area (NaN where its own is unknown), and (m,) that class.

    People and models alike take a whole object for another; a model that sees all else of a region
    as it is given and one part of it not is seldom wrong about that part, so that the evidence
    loses up to ALONE without such a rest.  And both overlook what is there rather than draw what is
    not: where a row lies in surroundings of the class that the model sees, it is the model that
    misses an outline which somebody drew, and the evidence loses up to AROUND.  Specks are what an
    unsteady hand leaves, not what anybody drew as an object: they lose nothing.
    """
    rows, c = np.arange(len(given)), seen.mean.shape[1]
    known = given < c
    own = np.where(known, seen.mean[rows, np.minimum(given, c - 1)], np.nan)
    rest = np.nan_to_num(seen.mean, nan=-1.0)
    rest[rows[known], given[known]] = -1
    other = rest.max(1, initial=-1)
    best = rest.argmax(1)
    odds = np.log((np.maximum(other, 0) + EVEN) / (own + EVEN))
    share = 1 - ALONE * (1 - seen.rest)
    share *= 1 - AROUND * seen.around[rows, best]
    weight = area_weights(seen.area, size) * np.where(odds > 0, share, 1)
    odds *= np.where(seen.speck, SPECK, weight)
    return np.where(other >= 0, odds, np.nan), best


def seen_in_regions(labels: Grouped[Regions], probs: PixelProbs) -> Seen:
    """What a model sees in each region, in two passes over the pictures; in one where the
    thresholds of the classes are known, and in none where it was found for these labels before.
    """
    seen: Seen | None = probs.known("regions", labels)
    if seen is None:
        seen = _seen(labels, probs)
        probs.keep("regions", labels, seen)
    return seen


def _seen(labels: Grouped[Regions], probs: PixelProbs) -> Seen:
    told = channels(labels.units.names, probs)
    blocks, c = picture_blocks(labels, probs, told.classes), told.classes
    limit: Floats | None = probs.known("thresholds", labels)
    sums: Sums | None = None
    if limit is None:
        sums = region_sums(labels, probs, told)
        limit = sums.thresholds(labels, told)
    found: list[tuple[Any, _Confident]] = []
    stream("regions", _Regions(told, limit, sums is None), blocks, found)
    if sums is None:
        sums = joined(Sums, [sums_of([], c), *(one for one, _ in found)])
    sure: _Confident = joined(_Confident, [_none(c), *(one for _, one in found)])
    mean, counted = sums.mean, sure.other.sum(1)
    sparse = sure.part & (counted >= LEAST)  # pixels that joined a part for its shape say nothing
    mean[sparse] = sure.sums[sparse] / counted[sparse, None]
    speck = ~sure.part & (sums.area < CORE) & (sums.area > 0) & (sure.around.max(1) == 1)
    places = (sure.around, _rest(labels, sums, sure.parent), speck)
    pictures = (sure.score, sure.wrong, sums.bare_mean)
    columns = (sure.part, sums.area, mean, sure.other, *places, *pictures)
    unfit = tuple((item, (h, w), (down, wide)) for item, h, w, down, wide in sure.unfit.tolist())
    return Seen(*columns, sure.joint.sum(0), unfit)


def _rest(labels: Grouped[Regions], sums: Sums, parent: Ints) -> Floats:
    """(m,) the mean probability of the class given to a part over what else is given so: over the
    region that it is a part of, or over its picture's pixels without a region.
    """
    y, rest = labels.units.y, np.zeros(len(parent))
    own = np.flatnonzero(parent >= 0)
    rest[own] = sums.mean[parent[own], y[own]]
    bare = np.flatnonzero(y < 0)
    if len(bare) and sums.bare.shape[1] > labels.units.k:
        rest[bare] = sums.bare_mean[labels.item[bare], labels.units.k]
    return np.nan_to_num(rest)


@dataclass(frozen=True, eq=False)
class _Confident:
    """Of the rows and the pictures of a block: whether a row is a part of another and of which, how
    many of its pixels are confidently of each other class and, of parts, the sums of the
    probabilities over these; the classes around it; score and share of wrong pixels of each
    picture; counts [confident class, given class]; and the pictures that do not fit, each with the
    heights and widths of probabilities and mask.
    """

    part: Bools
    parent: Ints
    other: Ints
    sums: Floats
    around: Floats
    score: Floats
    wrong: Floats
    joint: Ints
    unfit: Ints

    __repr__ = by_fields


def _none(c: int, m: int = 0, unfit: tuple[int, ...] = ()) -> _Confident:
    """What is known of a picture that does not fit; without one, of no picture."""
    whole = np.full(1 if unfit else 0, np.nan)
    rows, sizes = np.zeros((m, c), np.int64), np.array(unfit, np.int64).reshape(-1, 5)
    joint, sums = np.zeros((1, c, c), np.int64), rows.astype(float)
    part, parent = np.zeros(m, bool), np.full(m, -1)
    return _Confident(part, parent, rows, sums, sums, whole, whole, joint, sizes)


@dataclass(frozen=True)
class _Regions:
    """Statistics of the regions of a block of pictures, ``whole``: with the sums over them."""

    told: Channels
    limit: Floats
    whole: bool

    __repr__ = by_fields

    def __call__(self, block: PictureBlock) -> tuple[Sums | None, _Confident]:
        c = self.told.classes
        sums: list[tuple[Floats, Ints]] = []
        found = [_none(c)]
        for picture, raw in block.pictures():
            beside, m = fitted(picture, raw, self.told), picture.last - picture.first
            if beside is None:
                assert raw is not None
                assert picture.size is not None
                sums.append(nothing(m, c))
                found.append(_none(c, m, (picture.item, *raw.shape[1:], *picture.size)))
                continue
            if self.whole:
                sums.append(beside.sums(m))
            found.append(self._of_picture(picture, beside))
        return sums_of(sums, c) if self.whole else None, joined(_Confident, found)

    def _of_picture(self, picture: Picture, beside: Fitted) -> _Confident:
        c, y, parent = self.told.classes, beside.y, picture.parents()
        part = (parent >= 0) | (picture.y < 0)
        m, n = len(part), len(y)
        pixel, best = confident_others(y, beside.own, beside.probs, self.limit)
        away = ~near_edges(beside.owners.reshape(beside.size), BAND).ravel()[pixel]
        row = beside.owners[pixel]
        own = row >= 0
        other = np.bincount(row[own] * c + best[own], minlength=m * c).reshape(m, c)
        sums = np.zeros((m, c))
        if part.any():
            sure = pixel[own][part[row[own]]]
            at, flat = beside.owners[sure], beside.probs.reshape(c, -1)
            sums = np.stack([np.bincount(at, one, minlength=m) for one in flat[:, sure]], axis=1)
        joint = np.bincount(best * c + y[pixel], minlength=c * c).reshape(1, c, c)
        score, wrong = np.array([softmin(beside.own)]), np.array([away.sum() / max(n, 1)])
        around = _around(beside, c, np.append(part, False))[:m]
        parent = np.where(parent >= 0, parent + picture.first, -1)
        fits = np.zeros((0, 5), np.int64)
        return _Confident(part, parent, other, sums, around, score, wrong, joint, fits)


def _around(beside: Fitted, c: int, part: Bools) -> Floats:
    """(m + 1, c) the share of the pixels beside the border of each region, the last being none,
    that are given each class.  part: which regions are parts of others; to a region they are no
    neighbours.
    """
    owners, classes, width = beside.owners, beside.y, beside.size[1]
    m = len(part)
    count = np.zeros((m, c))
    for step in (1, width):  # beside and below
        at = np.flatnonzero(owners[step:] != owners[:-step])
        at = at[(at + 1) % width > 0] if step == 1 else at
        both = (owners[at], classes[at]), (owners[at + step], classes[at + step])
        for (me, mine), (next_to, theirs) in (both, both[::-1]):
            some = (theirs >= 0) & ((mine != theirs) | part[me] | ~part[next_to])
            place = np.where(me[some] < 0, m - 1, me[some]) * c + theirs[some]
            count += np.bincount(place, minlength=m * c).reshape(m, c)
    return np.asarray(count / np.maximum(count.sum(1, keepdims=True), 1))
